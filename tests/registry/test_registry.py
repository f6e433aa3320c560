"""The registry: versions that never change, one champion at a time whoever asks, and files that are what they were."""

import json
import multiprocessing
import os
import threading
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from finetooth.errors import InputError
from finetooth.registry import registry as registry_module
from finetooth.registry import storage
from finetooth.registry.history import ChampionMovedError
from finetooth.registry.registry import Registry

LINEAGE = {
    "fingerprint": "f1",
    "label": "IMPROVED",
    "metric": "roc_auc",
    "difference": 0.01,
    "ci_low": 0.004,
    "ci_high": 0.016,
    "config": "c1",
    "code": "0.1.0+abc",
    "run": "first",
    "versions": {"xgboost": "3.2.0"},
}
ABOUT = {
    "learner": {"name": "xgboost", "engine": "xgboost"},
    "params": {"n_estimators": 3},
    "metric": "roc_auc",
    "about": {
        "schema": {"columns": []},
        "target": "target",
        "kind": "binary",
        "classes": ["no", "yes"],
        "purge": 0.0,
        "grouped": False,
        "stratify": True,
        "dropped": [],
    },
}


def model(folder, weights="weights"):
    """The files of a saved model; the registry does not look into the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_text(json.dumps(ABOUT))
    (folder / "model.ubj").write_text(weights)
    return folder


@pytest.fixture(params=["folder", "file", "memory"])
def registry(request, tmp_path, monkeypatch):
    """An empty registry of each kind; what is fetched from a remote one is kept below the test's folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fsspec.filesystem("memory").store.clear()
    places = {
        "folder": str(tmp_path / "models"),
        "file": (tmp_path / "models").as_uri(),
        "memory": "memory://models",
    }
    return Registry(places[request.param])


@pytest.fixture
def local(tmp_path):
    return Registry(str(tmp_path / "models"))


def filled(registry, folder, count=3):
    """A registry with `count` versions of `credit`."""
    return [
        registry.register("credit", model(folder / "run", f"w{i}"), LINEAGE | {"run": f"r{i}"}) for i in range(count)
    ]


def test_a_version_says_where_it_comes_from_and_keeps_everything_it_was_told(registry, tmp_path):
    made = registry.register("credit", model(tmp_path / "run" / "model"), LINEAGE)
    assert registry.versions("credit") == (made,)
    assert registry.models() == ("credit",)
    assert (made.model, made.number, made.parent, made.run) == ("credit", 1, None, "first")
    assert (made.fingerprint, made.config, made.code) == ("f1", "c1", "0.1.0+abc")
    assert (made.label, made.metric, made.difference, made.ci_low, made.ci_high) == (
        "IMPROVED",
        "roc_auc",
        0.01,
        0.004,
        0.016,
    )
    assert made.lineage == LINEAGE
    assert sorted(made.files) == ["model.json", "model.ubj"]
    assert made.by.endswith(f"@{os.uname().nodename}")


def test_numbers_go_up_and_a_version_names_its_parent(registry, tmp_path):
    first, second, third = filled(registry, tmp_path / "model")
    child = registry.register("credit", model(tmp_path / "model", "w9"), LINEAGE | {"run": "r9"}, parent=2)
    assert [v.number for v in (first, second, third, child)] == [1, 2, 3, 4]
    assert child.parent == 2
    assert registry.versions("other") == ()
    assert registry.champion("other") is None


def test_the_same_run_is_registered_once_and_another_run_again(registry, tmp_path):
    first = registry.register("credit", model(tmp_path / "run"), LINEAGE)
    assert registry.register("credit", model(tmp_path / "run"), LINEAGE) == first
    other = registry.register("credit", model(tmp_path / "run"), LINEAGE | {"run": "second"})
    assert (other.number, other.uri) == (2, first.uri)


def test_a_run_that_goes_on_is_registered_once_although_its_files_hold_another_time(registry, tmp_path):
    lineage = LINEAGE | {"params": {"max_depth": 3}}
    first = registry.register("credit", model(tmp_path / "run"), lineage)
    assert registry.register("credit", model(tmp_path / "again", "written later"), lineage) == first
    for change in ({"params": {"max_depth": 4}}, {"fingerprint": "f2"}, {"config": "c2"}, {"code": "0.2.0"}):
        registry.register("credit", model(tmp_path / "again", f"written with {change}"), lineage | change)
    assert [version.number for version in registry.versions("credit")] == [1, 2, 3, 4, 5]


def test_a_version_outlives_the_run_that_it_came_from(registry, tmp_path):
    made = registry.register("credit", model(tmp_path / "model"), LINEAGE)
    model(tmp_path / "model", "overwritten")
    assert (registry.open(made) / "model.ubj").read_text() == "weights"
    assert registry.open(made) == registry.open(made)


def test_champion_and_previous_follow_each_promotion_and_a_second_rollback_undoes_the_first(registry, tmp_path):
    filled(registry, tmp_path)
    assert (registry.champion("credit"), registry.previous("credit")) == (None, None)
    registry.promote("credit", 1, expected=None, reason="the first")
    registry.promote("credit", 3, expected=1, reason="better")
    assert (registry.champion("credit").number, registry.previous("credit").number) == (3, 1)
    assert registry.rollback("credit", "complaints").number == 1
    assert (registry.champion("credit").number, registry.previous("credit").number) == (1, 3)
    assert registry.rollback("credit").number == 3
    told = [(c.generation, c.action, c.previous, c.champion, c.reason) for c in registry.history("credit")]
    assert told == [
        (1, "promote", None, 1, "the first"),
        (2, "promote", 1, 3, "better"),
        (3, "rollback", 3, 1, "complaints"),
        (4, "rollback", 1, 3, ""),
    ]
    assert all(c.by and c.moment for c in registry.history("credit"))


def test_a_decision_to_keep_or_hold_is_kept_and_moves_nothing(registry, tmp_path):
    filled(registry, tmp_path)
    registry.record_decision("credit", "hold", 1, "no champion yet; a person is asked")
    registry.promote("credit", 1, expected=None)
    registry.promote("credit", 2, expected=1)
    registry.record_decision("credit", "keep", 3, "not better")
    assert (registry.champion("credit").number, registry.previous("credit").number) == (2, 1)
    last = registry.history("credit")[-1]
    assert (last.action, last.version, last.champion, last.reason) == ("keep", 3, 2, "not better")
    with pytest.raises(ValueError, match="'keep' or 'hold'"):
        registry.record_decision("credit", "promote", 3, "by the back door")


def test_whoever_expects_another_champion_is_told_and_changes_nothing(registry, tmp_path):
    filled(registry, tmp_path)
    registry.promote("credit", 1, expected=None)
    before = registry.history("credit")
    with pytest.raises(ChampionMovedError) as caught:
        registry.promote("credit", 2, expected=None)
    said = str(caught.value)
    assert said.startswith("'credit' must still have no champion yet; it is version 1 since ")
    assert "nothing was changed" in said
    assert "\n" not in said
    with pytest.raises(ChampionMovedError, match="must still have version 3 as its champion; it is version 1"):
        registry.promote("credit", 2, expected=3)
    assert registry.history("credit") == before


def test_promoting_the_champion_again_records_nothing(registry, tmp_path):
    filled(registry, tmp_path)
    registry.promote("credit", 1, expected=None)
    assert registry.promote("credit", 1, expected=1).number == 1
    assert registry.promote("credit", 1, expected=None).number == 1  # as a flow asks that was cut off after the first
    assert len(registry.history("credit")) == 1


def test_of_two_promotions_from_the_same_state_one_wins_and_the_other_is_told(registry, tmp_path, monkeypatch):
    """The second change comes after the first one's look and before its writing: the narrowest place."""
    filled(registry, tmp_path)
    registry.promote("credit", 1, expected=None)
    append_change = registry_module.append_change

    def late(*arguments):
        monkeypatch.setattr(registry_module, "append_change", append_change)
        registry.promote("credit", 2, expected=1)
        return append_change(*arguments)

    monkeypatch.setattr(registry_module, "append_change", late)
    with pytest.raises(ChampionMovedError, match="it is version 2"):
        registry.promote("credit", 3, expected=1)
    assert (registry.champion("credit").number, registry.previous("credit").number) == (2, 1)


def _won(location, number, rounds):
    """Promote as often as it works from what is seen; how often that was."""
    registry, won = Registry(location), 0
    for _ in range(rounds):
        champion = registry.champion("credit")
        try:
            registry.promote("credit", number, None if champion is None else champion.number)
            won += champion is None or champion.number != number
        except ChampionMovedError:
            continue
    return won


def _whole(registry):
    """The chain of changes: each follows from the one before it, and none is missing."""
    history = registry.history("credit")
    assert [change.generation for change in history] == list(range(1, len(history) + 1))
    assert [change.previous for change in history] == [None, *(change.champion for change in history[:-1])]
    return len(history)


def test_many_threads_that_promote_at_once_leave_one_unbroken_history(registry, tmp_path):
    filled(registry, tmp_path, count=4)
    won = []
    threads = [threading.Thread(target=lambda n=n: won.append(_won(registry.location, n, 20))) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _whole(registry) == sum(won)
    assert registry.champion("credit").number == registry.history("credit")[-1].champion


def test_processes_that_promote_at_once_leave_one_unbroken_history(local, tmp_path):
    filled(local, tmp_path, count=3)
    with multiprocessing.get_context("fork").Pool(3) as pool:
        won = pool.starmap(_won, [(local.location, number, 20) for number in (1, 2, 3)])
    assert _whole(local) == sum(won)


def test_without_hard_links_a_lock_stands_in(local, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    filled(local, tmp_path, count=2)
    local.promote("credit", 1, expected=None)
    assert not storage.storage_at(local.location).create("credit/versions/0001.json", b"other")
    assert local.champion("credit") == local.versions("credit")[0]


def _registered(location, folder, name):
    return Registry(location).register("credit", model(folder / name, name), {"run": name}).number


def test_registrations_at_once_get_a_number_each(local, tmp_path):
    names = [f"run{i}" for i in range(12)]
    with multiprocessing.get_context("fork").Pool(4) as pool:
        numbers = pool.starmap(_registered, [(local.location, tmp_path, name) for name in names])
    assert sorted(numbers) == list(range(1, 13))
    assert sorted(version.run for version in local.versions("credit")) == sorted(names)


def test_a_kill_in_the_middle_of_writing_leaves_the_state_before(local, tmp_path, monkeypatch):
    filled(local, tmp_path)
    local.promote("credit", 1, expected=None)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", killed)
        with pytest.raises(KeyboardInterrupt):
            local.promote("credit", 2, expected=1)
    assert local.champion("credit").number == 1
    (Path(local.location) / "credit" / "history" / ".half.tmp").write_text('{"gen')  # what a power cut leaves
    assert local.promote("credit", 2, expected=1).number == 2


@pytest.mark.parametrize("what", ["gone", "altered"])
@pytest.mark.parametrize("name", ["model.json", "model.ubj"])
def test_a_version_whose_files_are_gone_or_altered_is_neither_opened_nor_promoted(registry, tmp_path, what, name):
    first, second, _ = filled(registry, tmp_path)
    registry.promote("credit", 2, expected=None)
    registry.promote("credit", 1, expected=2)
    system, path = fsspec.core.url_to_fs(f"{second.uri}/{name}")
    if what == "gone":
        system.rm_file(path)
    else:
        system.pipe_file(path, b"altered")
    for attempt in (
        lambda: registry.open(second),
        lambda: registry.promote("credit", 2, expected=1),
        lambda: registry.rollback("credit"),
    ):
        with pytest.raises(InputError) as caught:
            attempt()
        assert str(caught.value) == (
            f"the files of a registered model must be as they were registered; {second.uri}/{name} is {what}; "
            "restore it, or go on with another version."
        )
    assert registry.champion("credit") == first


def test_a_cached_copy_that_was_altered_is_not_served(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fsspec.filesystem("memory").store.clear()
    registry = Registry("memory://models")
    made = registry.register("credit", model(tmp_path / "model"), LINEAGE)
    kept = registry.open(made)
    assert kept.is_relative_to(tmp_path / "cache")
    (kept / "model.ubj").write_text("altered")
    assert (registry.open(made) / "model.ubj").read_text() == "weights"


def test_a_moved_registry_finds_its_files(local, tmp_path):
    made = local.register("credit", model(tmp_path / "run"), LINEAGE)
    local.promote("credit", 1, expected=None)
    (tmp_path / "models").rename(tmp_path / "elsewhere")
    moved = Registry(str(tmp_path / "elsewhere"))
    champion = moved.champion("credit")
    assert replace(champion, uri=made.uri) == made
    assert moved.open(champion).is_relative_to(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda r, _: r.version("credti", 1),
            "model 'credti' must exist in the registry '{at}'; it has: credit. Did you",
        ),
        (lambda r, _: r.version("credit", 7), "version 7 of 'credit' must exist in the registry '{at}'; it has: 1."),
        (lambda r, _: r.promote("credit", 7, None), "version 7 of 'credit' must exist"),
        (lambda r, _: r.rollback("credit"), "'credit' must have had another champion before; it has had none"),
        (lambda r, _: r.rollback("credti"), "model 'credti' must exist"),
        (lambda r, f: r.register("../up", f, {}), "a model's name must be made of letters"),
        (lambda r, _: r.champion(""), "a model's name must be made of letters"),
        (lambda r, f: r.register("credit", f / "none", {}), "a saved model must be in "),
    ],
)
def test_what_cannot_be_is_said_in_one_line(registry, tmp_path, ask, said):
    folder = model(tmp_path / "run")
    registry.register("credit", folder, LINEAGE)
    with pytest.raises(InputError) as caught:
        ask(registry, folder)
    assert str(caught.value).startswith(said.format(at=registry.location))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("location", ["nothing://models", "s3x://bucket/models"])
def test_a_location_that_nobody_knows_is_said_so(location):
    with pytest.raises(InputError, match="the registry must be a folder or a URL that fsspec knows"):
        Registry(location)


def test_a_registry_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match=r"the registry must be writable; .* answered NotADirectoryError"):
        Registry(str(tmp_path / "file")).register("credit", model(tmp_path / "run"), LINEAGE)


def test_whether_a_registry_can_be_written_is_known_beforehand_and_nothing_is_left(registry, tmp_path):
    registry.check_writable()
    assert registry.models() == ()
    assert not (tmp_path / "models").exists()
    assert not [path for path in fsspec.filesystem("memory").store if "models" in path]
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match=r"the registry must be writable; .*file is not; name another place"):
        Registry(str(tmp_path / "file" / "models")).check_writable()


def test_what_else_lies_in_the_folder_is_no_model(local, tmp_path):
    filled(local, tmp_path, count=1)
    (Path(local.location) / "my notes").mkdir()
    (Path(local.location) / "README.md").write_text("ours")
    assert local.models() == ("credit",)


@pytest.mark.parametrize("name", ["versions/0001.json", "history/00000001.json"])
@pytest.mark.parametrize("content", ["", "{", '{"model": 3}'])
def test_a_record_that_was_damaged_is_named(local, tmp_path, name, content):
    filled(local, tmp_path)
    local.promote("credit", 1, expected=None)
    path = Path(local.location) / "credit" / name
    path.write_text(content)
    with pytest.raises(InputError, match=r"must be as it was written; .* is not; restore it") as caught:
        local.champion("credit")
    assert str(path) in str(caught.value)


def test_a_version_cannot_name_files_outside_its_folder(local, tmp_path):
    filled(local, tmp_path, count=1)
    path = Path(local.location) / "credit" / "versions" / "0001.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps(values | {"files": {"../../../secret": "0" * 64}}))
    with pytest.raises(InputError, match="must be as it was written"):
        local.version("credit", 1)


class Forgetful:
    """A store that takes whatever comes, and in which somebody else writes between our writing and our reading."""

    def __init__(self, other=None):
        self.held, self.other = {}, other

    def exists(self, path):
        return path in self.held

    def pipe_file(self, path, content, mode):
        self.held[path] = content if self.other is None else self.other

    def cat_file(self, path):
        return self.held[path]

    def invalidate_cache(self):
        pass


def test_a_store_without_conditions_is_read_back_and_a_lost_race_is_seen():
    store = Forgetful()
    assert storage.Storage("any", store, "models", local=False).create("a/1", b"mine")
    assert not storage.Storage("any", store, "models", local=False).create("a/1", b"second")
    assert store.held == {"models/a/1": b"mine"}
    assert not storage.Storage("any", Forgetful(b"theirs"), "models", local=False).create("a/1", b"mine")


def test_what_a_store_says_to_the_second_of_two_is_not_taken_for_a_failure():
    class Late(Forgetful):
        def pipe_file(self, path, content, mode):
            self.held[path] = b"theirs"
            raise OSError("412 Precondition Failed")

    class Broken(Forgetful):
        def pipe_file(self, path, content, mode):
            raise OSError("no route")

    assert not storage.Storage("any", Late(), "models", local=False).create("a/1", b"mine")
    with pytest.raises(InputError, match="the registry must be writable; any answered OSError: no route"):
        storage.Storage("any", Broken(), "models", local=False).create("a/1", b"mine")
