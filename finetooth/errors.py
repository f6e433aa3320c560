"""What can go wrong, and how it is said: what must hold, what came, what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class FinetoothError(Exception):
    """Anything finetooth raises on purpose. `exit_code` is what the command line ends with."""

    exit_code = 1


class InputError(FinetoothError):
    """What the user gave cannot be used. One line: what must hold, what came, what to do."""

    exit_code = 2


class UnreachableError(InputError):
    """A table elsewhere could not be read. It may be there a moment later."""


class StoreGoneError(InputError):
    """Stored rows were taken away while a run needs them: no trial can go on, and none has failed."""


class LeakageError(FinetoothError):
    """A leakage check found an error that nobody waived; no trial has been spent."""

    exit_code = 3


class VaultSpentError(FinetoothError):
    """The sealed rows were already opened for another commitment."""

    exit_code = 2


class VaultTamperedError(FinetoothError):
    """The sealed rows, the chain or a commitment are not what they were when they were written."""


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """A number with its noun: '1 row', '1,234 rows'; `nouns` where an s does not make the plural.

    >>> counted(1, "class", "classes"), counted(2, "class", "classes")
    ('1 class', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def one_line(message: object, limit: int | None = None) -> str:
    """An error or a message without line breaks, at most `limit` characters of it.

    >>> one_line(ValueError("first   second"), limit=7)
    'first s'
    """
    return " ".join(str(message).split())[:limit]


def unknown(what: str, name: str, where: str, known: Iterable[str]) -> InputError:
    """Say that `name` does not exist in `where`, list what does, and suggest the nearest.

    >>> str(unknown("column", "age", "data.csv", ["id", "age_years"]))
    "column 'age' must exist in data.csv; it has: id, age_years. Did you mean 'age_years'?"
    """
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.4)
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return InputError(f"{what} '{name}' must exist in {where}; it has: {shown or 'nothing'}.{hint}")
