"""A program without a guard gives one line, not the traceback of every worker that could not start."""

import sys
from types import ModuleType

import pytest

from finetooth.config.tune import ClusterConfig
from finetooth.errors import InputError
from finetooth.trials.cluster import check_main_module, cluster


@pytest.fixture
def program(monkeypatch, tmp_path):
    def make(text, name="program.py"):
        main = ModuleType("__main__")
        if text is not None:
            (tmp_path / name).write_text(text)
            main.__file__ = str(tmp_path / name)
        monkeypatch.setitem(sys.modules, "__main__", main)

    return make


def complaint():
    """What is said of the program; nothing when it may start worker processes."""
    try:
        check_main_module()
    except InputError as error:
        return str(error)
    return ""


def test_a_program_without_a_guard_is_told_so_before_any_worker_starts(program):
    program("from finetooth.flows import tune\ntune()  # without __name__\n")
    with pytest.raises(InputError, match=r"must do so under if __name__ == '__main__':.*program\.py has no such line"):
        check_main_module()
    with pytest.raises(InputError), cluster(ClusterConfig(workers=1, processes=True), "threads"):
        pass


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('if __name__ == "__main__":\n    print()\n', "program.py"),
        ("print()\n", "no-python-name"),
        (None, ""),
    ],
)
def test_a_guard_a_console_script_and_a_session_are_fine(program, text, name):
    program(text, name)
    assert complaint() == ""
