"""What can go wrong, and how it is said: what must hold, what came, what to do."""

import math
from collections.abc import Iterable
from difflib import get_close_matches

_LARGE = 1e15  # beyond, a float does not hold every whole number
_SMALL = 1e-3
_MOST_PLACES = 6


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


def most_decimals(scale: float, most: int = _MOST_PLACES) -> int:
    """How many decimals a number of the size `scale` may have: `most`, and as many digits below a thousandth.

    >>> most_decimals(0.6), most_decimals(0.0), most_decimals(6e-13)
    (6, 6, 18)
    """
    size = abs(scale)
    return most if not math.isfinite(size) or size == 0 or size >= _SMALL else most - 1 - math.floor(math.log10(size))


def decimal(value: float, places: int, *, signed: bool = False) -> str:
    """A number with so many decimals, thousands apart; as a power of ten where it is huge or these are many.

    >>> decimal(49432.1, 0), decimal(0.0061, 4, signed=True), decimal(5.458e-13, 15), decimal(4e30, 0)
    ('49,432', '+0.0061', '5.46e-13', '4.00000e+30')
    """
    sign = "+" if signed else ""
    if places <= _MOST_PLACES and abs(value) < _LARGE:
        return f"{value:{sign},.{places}f}"
    if value == 0:
        return f"{sign}0"
    digits = min(max(places + math.floor(math.log10(abs(value))), 0), 5)
    return f"{value:{sign}.{digits}e}"


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
