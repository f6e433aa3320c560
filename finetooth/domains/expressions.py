"""Constraints between parameters as text, such as "min_leaf <= max_leaf": evaluated by a list of what is allowed."""

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from finetooth.errors import InputError, unknown
from finetooth.records import Params

_ARITHMETIC: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: Mapping[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_SIGNS: Mapping[type[ast.AST], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_ALLOWED = (
    "names of parameters, numbers, text in quotes, True, False, None, + - * / // %, < <= > >= == !=, and, or, not"
)


class _InactiveError(Exception):
    """A parameter that the constraint speaks of is not part of this candidate."""


@dataclass(frozen=True)
class Expression:
    """A constraint of a space, true where it holds; it also holds where a parameter that it needs is inactive.

    `InputError` at once for text that does not parse or goes beyond arithmetic and comparisons: there are no calls,
    no attributes and no powers, so that a space file can do nothing but compare numbers.
    """

    text: str

    def __post_init__(self) -> None:
        for node in ast.walk(_parse(self.text)):
            _check(node, self.text)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that it speaks of, sorted."""
        return tuple(sorted({node.id for node in ast.walk(_parse(self.text)) if isinstance(node, ast.Name)}))

    def check(self, known: Iterable[str], where: str) -> None:
        """Raise `InputError` for a name that is not in `known`."""
        names = tuple(known)
        for name in self.names:
            if name not in names:
                raise unknown("parameter", name, f"{where}, since the constraint '{self.text}' needs it", names)

    def __call__(self, params: Params) -> bool:
        """Whether `params` satisfy it."""
        try:
            return bool(_value(_parse(self.text), params))
        except _InactiveError:
            return True
        except (TypeError, ZeroDivisionError) as error:
            raise InputError(
                f"the constraint '{self.text}' must be computable for every candidate; got {error} for {dict(params)}."
            ) from None


@cache
def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(f"a constraint must be one expression such as min_leaf <= max_leaf; got '{text}'.") from None


def _check(node: ast.AST, text: str) -> None:
    kinds = (ast.Name, ast.Load, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.BinOp, ast.Compare)
    fine = isinstance(node, (*kinds, *_ARITHMETIC, *_COMPARISONS, *_SIGNS))
    if isinstance(node, ast.Constant):
        fine = node.value is None or isinstance(node.value, bool | int | float | str)
    if not fine:
        raise InputError(f"a constraint may hold {_ALLOWED}; got {type(node).__name__} in '{text}'.")


def _value(node: ast.expr, params: Params) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            if node.id not in params:
                raise _InactiveError
            return params[node.id]
        case ast.UnaryOp():
            return _SIGNS[type(node.op)](_value(node.operand, params))
        case ast.BinOp():
            return _ARITHMETIC[type(node.op)](_value(node.left, params), _value(node.right, params))
        case ast.BoolOp():
            join = all if isinstance(node.op, ast.And) else any
            return join(_value(part, params) for part in node.values)
        case ast.Compare():
            return _compare(node, params)
        case _:  # pragma: no cover - `_check` has refused it
            raise InputError(f"a constraint may hold {_ALLOWED}; got {type(node).__name__}.")


def _compare(node: ast.Compare, params: Params) -> bool:
    values = [_value(part, params) for part in (node.left, *node.comparators)]
    pairs = zip(node.ops, values[:-1], values[1:], strict=True)
    return all(_COMPARISONS[type(sign)](left, right) for sign, left, right in pairs)
