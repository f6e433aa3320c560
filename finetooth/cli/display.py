"""How a command says that it was interrupted, or what went wrong: one line on the standard error."""

from pathlib import Path

from finetooth.api.progress import console
from finetooth.errors import InputError, one_line


def interrupted(folder: Path, *, untracked: bool) -> None:
    """How to go on."""
    how = " --untracked" if untracked else ""
    console.print(f"interrupted; go on with: finetooth resume {folder}{how}", markup=False, soft_wrap=True)


def fail(error: Exception) -> None:
    """One line on the standard error."""
    head = "bad input" if isinstance(error, InputError) else "error"
    console.print(f"finetooth: {head}: {one_line(error)}", style="red", markup=False, soft_wrap=True)
