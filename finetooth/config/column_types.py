"""What a person may declare a column to be, in words such as `low < medium < high` or `date %d/%m/%Y Europe/Berlin`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args
from zoneinfo import available_timezones

from finetooth.errors import InputError, unknown

DeclaredKind = Literal["category", "number", "ordinal", "date", "text", "id", "drop"]
Decimal = Literal[".", ","]

KINDS: tuple[DeclaredKind, ...] = get_args(DeclaredKind)
LEFT_OUT: tuple[DeclaredKind, ...] = ("id", "drop")  # what a model does not see
EPOCH = "epoch"  # in place of a format: seconds since 1970, or parts of them
_ORDERS = {"day-first": True, "month-first": False}
_DECIMALS: dict[str, Decimal] = {"decimal-comma": ",", "decimal-point": "."}


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What a column is declared to be.

    `order` holds the levels of an ordinal, the lowest first. Of a date, `format` is one of strptime's or "epoch",
    `zone` where a clock without a zone stood, `day_first` the order in 01/02/2020; `decimal` parts a number's digits.
    """

    kind: DeclaredKind
    order: tuple[str, ...] = ()
    format: str = ""
    zone: str = ""
    day_first: bool | None = None
    decimal: Decimal | None = None

    def __str__(self) -> str:
        if self.kind == "ordinal":
            return " < ".join(self.order)
        marks = [mark for mark, value in _ORDERS.items() if value is self.day_first]
        marks += [mark for mark, value in _DECIMALS.items() if value == self.decimal]
        return " ".join(filter(None, [self.kind, *marks, self.format, self.zone]))


def parse(text: str) -> ColumnType:
    """The type that words declare. Raises `InputError` for words that declare none."""
    if "<" in text:
        parts = text.split(" < ") if " < " in text else text.split("<")
        return _ordinal([part.strip() for part in parts])
    kind, *details = text.split() or [""]
    if kind == "ordinal":
        raise InputError("an ordinal must name its levels, the lowest first, such as 'low < medium < high'; got none.")
    if kind not in KINDS:
        raise unknown("type of a column", text, "the types", [*KINDS, "low < medium < high"])
    return _detailed(kind, text, details)


def words_of(value: Any) -> str:
    """The words for a type that is given as words, as the list of an ordinal's levels, or as a mapping of its fields.

    Raises `InputError` for what declares no type.
    """
    if isinstance(value, str):
        return str(parse(value))
    if isinstance(value, ColumnType):
        return str(value)
    if isinstance(value, Mapping):
        known = [field.name for field in fields(ColumnType)]
        for name in value:
            if name not in known:
                raise unknown("key of a type", str(name), "the keys", known)
        if "order" in value or value.get("kind") == "ordinal":
            return str(_ordinal(value.get("order", ())))
        kind = value.get("kind", "date" if {"format", "zone", "day_first"} & set(value) else "number")
        return str(parse(str(ColumnType(**{**value, "kind": kind}))))
    if isinstance(value, Iterable):
        return str(_ordinal(value))
    raise InputError(f"a type must be words such as category, or the list of an ordinal's levels; got {value!r}.")


def _ordinal(levels: Iterable[Any]) -> ColumnType:
    order = tuple(str(level).strip() for level in levels)
    if len(order) < 2 or len(set(order)) < len(order) or "" in order:
        raise InputError(
            f"an ordinal must have two levels or more, each once, the lowest first; got '{' < '.join(order)}'."
        )
    return ColumnType("ordinal", order)


def _detailed(kind: DeclaredKind, text: str, details: list[str]) -> ColumnType:
    given: dict[str, Any] = {}
    pattern: list[str] = []
    for place, detail in enumerate(details):
        if kind == "date" and detail in _ORDERS:
            given["day_first"] = _ORDERS[detail]
        elif kind == "number" and detail in _DECIMALS:
            given["decimal"] = _DECIMALS[detail]
        elif kind == "date" and place == len(details) - 1 and detail in available_timezones():
            given["zone"] = detail
        elif kind == "date":
            pattern.append(detail)
        else:
            raise InputError(f"the type {kind} must stand alone; got '{text}'; say {kind}.")
    if pattern and pattern != [EPOCH] and not any("%" in part for part in pattern):
        raise InputError(
            "a date must come with a format such as %d/%m/%Y, with epoch (seconds since 1970), day-first, month-first "
            f"or a zone such as Europe/Berlin; got '{text}'."
        )
    if pattern and "day_first" in given:
        raise InputError(f"a date must have a format or an order of day and month, not both; got '{text}'.")
    return ColumnType(kind, format=" ".join(pattern), **given)
