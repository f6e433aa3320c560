"""The registry: numbered versions of a model that never change, and which of them serves.

    <registry>/<model>/files/<digest>/      a model's files, named by their content
    <registry>/<model>/versions/0003.json   where version 3 comes from, and the digest of each of its files
    <registry>/<model>/history/             champion and previous: see `finetooth.registry.history`

The registry is a folder (`models/` by default) or any fsspec URL: `finetooth.registry.storage` says what each promises.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from finetooth.errors import InputError, unknown
from finetooth.records import from_json, to_json
from finetooth.registry import cache
from finetooth.registry.history import Action, Change, append_change, champion_moved, latest_change, read_changes
from finetooth.registry.storage import Storage, storage_at
from finetooth.registry.version import Version, check_name, contents_of, is_name, is_same, new_version

__all__ = ["Registry", "Version"]


class Registry:
    """The models at a location. It keeps nothing but the location: every answer is what lies there now."""

    def __init__(self, location: str = "models") -> None:
        self.location = location
        self.storage: Storage = storage_at(location)

    def register(self, model: str, folder: Path, lineage: Mapping[str, Any], parent: int | None = None) -> Version:
        """Copy a saved model into the registry as the next version of `model`; nothing there is written over.

        `lineage` may hold fingerprint, label, metric, difference, ci_low, ci_high, config, code and run, which become
        fields of the version, and anything else that JSON can hold. The same model of the same run is registered
        once: asked again, the version that is there is returned. Raises `InputError` when `folder` holds no model, the
        name cannot be one, or the copy is not what was copied.
        """
        from finetooth.models.model import load_model

        check_name(model)
        load_model(folder)
        contents = contents_of(folder)
        new = new_version(model, contents, lineage, parent)
        for version in self.versions(model):
            if is_same(version, new):
                return version
        for name, content in contents.items():
            self.storage.create(f"{model}/{new.folder}/{name}", content)
        self._check_files(new)
        return self._with_number(new)

    def _with_number(self, version: Version) -> Version:
        """Give a version the next free number: of two that ask at once, one gets the number after."""
        number, created = max(self._numbers(version.model), default=0), False
        while not created:
            number += 1
            content = to_json(replace(version, number=number)).encode() + b"\n"
            created = self.storage.create(f"{version.model}/versions/{number:04d}.json", content)
        return self._version(version.model, number)

    def versions(self, model: str) -> tuple[Version, ...]:
        """Every version of a model, oldest first; none for a model that nobody registered."""
        return tuple(self._version(model, number) for number in self._numbers(model))

    def version(self, model: str, number: int) -> Version:
        """One version. Raises `InputError` when there is none of that number."""
        numbers = self._numbers(model)
        if number not in numbers:
            if not numbers:
                raise unknown("model", model, f"the registry '{self.location}'", self.models())
            raise InputError(
                f"version {number} of '{model}' must exist in the registry '{self.location}'; "
                f"it has: {', '.join(map(str, numbers))}."
            )
        return self._version(model, number)

    def models(self) -> tuple[str, ...]:
        """The names of all models."""
        return tuple(name for name in self.storage.names("") if is_name(name) and self._numbers(name))

    def check_writable(self) -> None:
        """Raise `InputError` unless something can be registered here: before a search, not after it."""
        self.storage.check_writable()

    def champion(self, model: str) -> Version | None:
        """The version that serves, if one was ever promoted."""
        latest = self._latest_change(model)
        return None if latest is None or latest.champion is None else self.version(model, latest.champion)

    def previous(self, model: str) -> Version | None:
        """The version that served before the champion, if there was one."""
        latest = self._latest_change(model)
        return None if latest is None or latest.previous is None else self.version(model, latest.previous)

    def history(self, model: str) -> tuple[Change, ...]:
        """Every decision about a model, oldest first."""
        check_name(model)
        return read_changes(self.storage, model)

    def promote(self, model: str, number: int, expected: int | None, reason: str = "") -> Version:
        """Make a version the champion if the champion is still `expected` (None: there is none yet).

        The files are checked first. Asked again, as when a flow was cut off just after it, nothing is recorded. Raises
        `ChampionMovedError` when somebody else was first, `InputError` for a version that is not there or was altered.
        """
        version = self.version(model, number)
        latest = self._latest_change(model)
        champion = None if latest is None else latest.champion
        if latest is not None and champion == number and expected in {number, latest.previous}:
            return version
        if champion != expected:
            raise champion_moved(model, expected, latest)
        self._check_files(version)
        append_change(self.storage, model, latest, "promote", number, reason, (number, champion))
        return version

    def rollback(self, model: str, reason: str = "") -> Version:
        """Make the previous champion the champion again; the one it replaces becomes the previous one.

        So a second rollback undoes the first. Raises `InputError` when there is no previous champion or its files
        were altered, and `ChampionMovedError` when somebody else was first.
        """
        latest = self._latest_change(model)
        if latest is None or latest.previous is None:
            if not self._numbers(model):
                raise unknown("model", model, f"the registry '{self.location}'", self.models())
            raise InputError(f"'{model}' must have had another champion before; it has had none; promote a version.")
        version = self.version(model, latest.previous)
        self._check_files(version)
        append_change(
            self.storage, model, latest, "rollback", version.number, reason, (version.number, latest.champion)
        )
        return version

    def record_decision(self, model: str, action: Action, number: int, reason: str) -> Change:
        """Record that a version was looked at and the champion kept (`keep`), or that a person is asked (`hold`)."""
        if action not in {"keep", "hold"}:
            raise ValueError(f"the action must be 'keep' or 'hold'; got '{action}'")
        latest = self._latest_change(model)
        pointers = (None, None) if latest is None else (latest.champion, latest.previous)
        return append_change(self.storage, model, latest, action, number, reason, pointers)

    def open(self, version: Version) -> Path:
        """A local folder with the files of a version: they are read, and their digests compared, every time.

        Those of a remote registry are copied into the user's cache. Raises `InputError` when files are gone or altered.
        """
        contents = self._check_files(version)
        if self.storage.local:
            return Path(self.storage.url(f"{version.model}/{version.folder}"))
        return cache.cached_copy(version, contents)

    def _check_files(self, version: Version) -> dict[str, bytes]:
        """The content of each file. Raises `InputError` unless all are there and are what they were."""
        contents = {}
        for name, expected in version.files.items():
            path = f"{version.model}/{version.folder}/{name}"
            content = self.storage.read(path)
            if content is None or sha256(content).hexdigest() != expected:
                what = "gone" if content is None else "altered"
                raise InputError(
                    f"the files of a registered model must be as they were registered; {self.storage.url(path)} is "
                    f"{what}; restore it, or go on with another version."
                )
            contents[name] = content
        return contents

    def _latest_change(self, model: str) -> Change | None:
        check_name(model)
        return latest_change(self.storage, model)

    def _numbers(self, model: str) -> tuple[int, ...]:
        check_name(model)
        names = self.storage.names(f"{model}/versions")
        return tuple(sorted(int(name[:-5]) for name in names if re.fullmatch(r"\d+\.json", name)))

    def _version(self, model: str, number: int) -> Version:
        path = f"{model}/versions/{number:04d}.json"
        try:
            stored = from_json(Version, self.storage.read(path) or b"")
        except ValidationError:
            raise InputError(
                f"a version's file must be as it was written; {self.storage.url(path)} is not; restore it."
            ) from None
        return replace(stored, uri=self.storage.url(f"{model}/{stored.folder}"))  # the registry may have been moved
