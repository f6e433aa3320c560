"""What a family searches and why, as a person reads it in a terminal of 80 columns."""

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from finetooth.domains.domains import Choice, Domain, Float
from finetooth.models.inputs import WHAT
from finetooth.models.learner import Family
from finetooth.records import Kind, Params, Value
from finetooth.spaces import catalogue


def listing() -> Table:
    """Every family: its name, how many parameters it searches for classes and for numbers, and what it is."""
    table = Table(box=SIMPLE, pad_edge=False, caption="finetooth spaces NAME shows one in full", caption_justify="left")
    table.add_column("model", no_wrap=True, style="bold")
    table.add_column("searched", justify="right", no_wrap=True)
    table.add_column("what it is")
    for name in catalogue.names():
        classes, numbers = (len(catalogue.family(name, kind).space.names) for kind in ("binary", "regression"))
        count = str(classes) if classes == numbers else f"{classes} or {numbers}"
        table.add_row(name, count, catalogue.family(name, "binary").summary)
    return table


def explain(name: str, kind: Kind = "binary") -> RenderableType:
    """One family in full: summary, parameters with range, default and reason, and the sources."""
    return explain_family(catalogue.family(name, kind), kind)


def explain_family(family: Family, kind: Kind) -> RenderableType:
    """The same for any family, such as a user's own."""
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("parameter", no_wrap=True, style="bold")
    table.add_column("range", max_width=20)
    table.add_column("default", no_wrap=True, justify="right")
    table.add_column("why")
    for domain in family.space.domains:
        reason = Text(domain.why)
        for parent, values in domain.when.items():
            reason = Text(f"If {parent} is {_either(values)}. ", style="italic").append_text(reason)
        table.add_row(domain.name, _range(domain), _default(family.default, domain.name), reason)
    parts: list[RenderableType] = [
        Text.assemble((family.learner.name, "bold"), f" for a {kind} target"),
        Padding(Text(family.summary), (0, 0, 0, 2)),
        table,
    ]
    return Group(*parts, *_notes(family))


def _notes(family: Family) -> list[RenderableType]:
    fixed = {**family.learner.constants, **family.space.constants}
    beside = {name: value for name, value in family.default.items() if name not in {*family.space.names, *fixed}}
    lines = [
        ("Fixed", ", ".join(f"{name} = {_shown(value)}" for name, value in fixed.items())),
        ("Default also", ", ".join(f"{name} = {_shown(value)}" for name, value in beside.items())),
        ("Constraints", "; ".join(str(getattr(rule, "text", rule)) for rule in family.space.constraints)),
        ("Sees", WHAT[family.learner.prepare]),
        ("Sources", family.source),
    ]
    return [Text.assemble((f"{title}: ", "bold"), text) for title, text in lines if text]


def _range(domain: Domain) -> str:
    if isinstance(domain, Choice):
        return ", ".join(_shown(option) for option in domain.options)
    # Whole numbers are told from real ones by the word, logarithmic scales likewise.
    kind = "" if isinstance(domain, Float) else " whole"
    return f"{_shown(domain.low)} to {_shown(domain.high)}{kind}{' log' if domain.log else ''}"


def _default(default: Params, name: str) -> str:
    return _shown(default[name]) if name in default else "-"


def _either(values: tuple[Value, ...] | list[Value]) -> str:
    return " or ".join(_shown(value) for value in values)


def _shown(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
