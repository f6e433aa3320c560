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
from finetooth.registry import history as pointer
from finetooth.registry.history import Action, Change
from finetooth.registry.storage import Place, place
from finetooth.registry.version import Version, check_name, contents_of, described, is_name, is_same

__all__ = ["Registry", "Version"]


class Registry:
    """The models at a location. It holds nothing but the location: what is said is what lies there now."""

    def __init__(self, location: str = "models") -> None:
        self.location = location
        self._place: Place = place(location)

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
        made = described(model, contents, lineage, parent)
        for version in self.versions(model):
            if is_same(version, made):
                return version
        for name, content in contents.items():
            self._place.create(f"{model}/{made.folder}/{name}", content)
        self._check(made)
        return self._numbered(made)

    def _numbered(self, made: Version) -> Version:
        """Give a version the next free number: of two that ask at once, one gets the number after."""
        number = max(self._numbers(made.model), default=0)
        created = False
        while not created:
            number += 1
            made = replace(made, number=number)
            created = self._place.create(f"{made.model}/versions/{number:04d}.json", to_json(made).encode() + b"\n")
        return self._version(made.model, number)

    def versions(self, model: str) -> tuple[Version, ...]:
        """Every version of a model, oldest first; none for a model that nobody registered."""
        return tuple(self._version(model, number) for number in self._numbers(model))

    def version(self, model: str, number: int) -> Version:
        """One version. Raises `InputError` when there is none of that number."""
        known = self._numbers(model)
        if number not in known:
            if not known:
                raise unknown("model", model, f"the registry '{self.location}'", self.models())
            raise InputError(
                f"version {number} of '{model}' must exist in the registry '{self.location}'; "
                f"it has: {', '.join(map(str, known))}."
            )
        return self._version(model, number)

    def models(self) -> tuple[str, ...]:
        """The names of all models."""
        return tuple(name for name in self._place.names("") if is_name(name) and self._numbers(name))

    def check_writable(self) -> None:
        """Raise `InputError` unless something can be registered here: before a search, not after it."""
        self._place.check_writable()

    def champion(self, model: str) -> Version | None:
        """The version that serves, if one was ever promoted."""
        stands = self._stands(model)
        return None if stands is None or stands.champion is None else self.version(model, stands.champion)

    def previous(self, model: str) -> Version | None:
        """The version that served before the champion, if there was one."""
        stands = self._stands(model)
        return None if stands is None or stands.previous is None else self.version(model, stands.previous)

    def history(self, model: str) -> tuple[Change, ...]:
        """Every decision about a model, oldest first."""
        check_name(model)
        return pointer.changes(self._place, model)

    def promote(self, model: str, number: int, expected: int | None, reason: str = "") -> Version:
        """Make a version the champion if the champion is still `expected` (None: there is none yet).

        The files are checked first. Asked again, as when a flow was cut off just after it, nothing is recorded. Raises
        `ChampionMovedError` when somebody else was first, `InputError` for a version that is not there or was altered.
        """
        version = self.version(model, number)
        stands = self._stands(model)
        champion = None if stands is None else stands.champion
        if stands is not None and champion == number and expected in {number, stands.previous}:
            return version
        if champion != expected:
            raise pointer.moved(model, expected, stands)
        self._check(version)
        pointer.advance(self._place, model, stands, "promote", number, reason, (number, champion))
        return version

    def rollback(self, model: str, reason: str = "") -> Version:
        """Make the previous champion the champion again; the one it replaces becomes the previous one.

        So a second rollback undoes the first. Raises `InputError` when there is no previous champion or its files
        were altered, and `ChampionMovedError` when somebody else was first.
        """
        stands = self._stands(model)
        if stands is None or stands.previous is None:
            if not self._numbers(model):
                raise unknown("model", model, f"the registry '{self.location}'", self.models())
            raise InputError(f"'{model}' must have had another champion before; it has had none; promote a version.")
        version = self.version(model, stands.previous)
        self._check(version)
        pointer.advance(
            self._place, model, stands, "rollback", version.number, reason, (version.number, stands.champion)
        )
        return version

    def note(self, model: str, action: Action, number: int, reason: str) -> Change:
        """Record that a version was looked at and the champion kept (`keep`), or that a person is asked (`hold`)."""
        if action not in {"keep", "hold"}:
            raise ValueError(f"a note must be 'keep' or 'hold'; got '{action}'")
        stands = self._stands(model)
        pointers = (None, None) if stands is None else (stands.champion, stands.previous)
        return pointer.advance(self._place, model, stands, action, number, reason, pointers)

    def open(self, version: Version) -> Path:
        """A local folder with the files of a version: they are read, and their digests compared, every time.

        Those of a remote registry are copied into the user's cache. Raises `InputError` when files are gone or altered.
        """
        contents = self._check(version)
        if self._place.local:
            return Path(self._place.url(f"{version.model}/{version.folder}"))
        return cache.kept(version, contents)

    def _check(self, version: Version) -> dict[str, bytes]:
        """The content of each file. Raises `InputError` unless all are there and are what they were."""
        contents = {}
        for name, expected in version.files.items():
            path = f"{version.model}/{version.folder}/{name}"
            content = self._place.read(path)
            if content is None or sha256(content).hexdigest() != expected:
                what = "gone" if content is None else "altered"
                raise InputError(
                    f"the files of a registered model must be as they were registered; {self._place.url(path)} is "
                    f"{what}; restore it, or go on with another version."
                )
            contents[name] = content
        return contents

    def _stands(self, model: str) -> Change | None:
        check_name(model)
        return pointer.newest(self._place, model)

    def _numbers(self, model: str) -> tuple[int, ...]:
        check_name(model)
        names = self._place.names(f"{model}/versions")
        return tuple(sorted(int(name[:-5]) for name in names if re.fullmatch(r"\d+\.json", name)))

    def _version(self, model: str, number: int) -> Version:
        path = f"{model}/versions/{number:04d}.json"
        try:
            stored = from_json(Version, self._place.read(path) or b"")
        except ValidationError:
            raise InputError(
                f"a version's file must be as it was written; {self._place.url(path)} is not; restore it."
            ) from None
        return replace(stored, uri=self._place.url(f"{model}/{stored.folder}"))  # the registry may have been moved
