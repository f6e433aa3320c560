"""What the columns of a table are for: target, group, time, or features, and which of them are left out."""

from collections.abc import Iterable, Mapping

from finetooth.config.tune import TuneConfig
from finetooth.errors import InputError, unknown

_ORDERED = ("date", "number")  # types that a time column may be declared as


def check_columns(config: TuneConfig, table_columns: list[str]) -> None:
    """Raise `InputError` for a column that the table lacks, or that is declared to be two things."""
    split, source = config.split, config.data.source
    declared = {
        "target column": (config.data.target,),
        "column to leave out": config.data.drop,
        "group column": (split.group,),
        "time column": (split.time,),
        "post-outcome column": config.leakage.post_outcome,
        "slice column": config.validation.slices,
    }
    for role, names in declared.items():
        for name in names:
            if name is not None and name not in table_columns:
                raise unknown(role, name, source, table_columns)
            if name == config.data.target and role != "target column":
                raise InputError(f"the {role} must not be the target; got '{name}' for both.")
    for role, value in (("horizon", split.horizon), ("embargo", split.embargo)):
        if value is not None and split.time is None:
            raise InputError(f"the {role} must come with a time column; got {value!r} and no time column.")
    needed = {"times": ("time",), "groups": ("group",), "both": ("group", "time")}.get(split.unseen, ())
    if lacking := [role for role in needed if getattr(split, role) is None]:
        raise InputError(
            f"split.unseen: {split.unseen} must come with a {' and a '.join(needed)} column; "
            f"there is no {' and no '.join(lacking)} column."
        )
    kind = config.data.declared.get(split.time or "")
    if kind is not None and kind.kind not in _ORDERED:
        raise InputError(
            f"the time column must hold dates or numbers; '{split.time}' is declared as {kind}; take that away."
        )


def columns_to_drop(config: TuneConfig, identifiers: Iterable[str]) -> tuple[str, ...]:
    """The columns that are no features: target, group, what is declared so, and `identifiers`."""
    group = () if config.split.group is None else (config.split.group,)
    declared = (config.data.target, *config.data.left_out, *config.leakage.post_outcome, *group)
    return tuple(dict.fromkeys((*declared, *identifiers)))


def column_roles(config: TuneConfig, dropped: tuple[str, ...]) -> Mapping[str, str]:
    """What the columns are for that are no features."""
    roles = dict.fromkeys(dropped, "left out: id")
    roles |= dict.fromkeys(config.data.left_out, "left out: declared")
    roles |= dict.fromkeys(config.leakage.post_outcome, "left out: known only afterwards")
    if config.split.group is not None:
        roles[config.split.group] = "group"
    return roles | {config.data.target: "target"}
