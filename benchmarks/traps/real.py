"""Real tables with a trap that is known of them, nothing declared: what an error or a warning must name."""

from dataclasses import dataclass

from benchmarks.honest.real import RealTable


@dataclass(frozen=True, slots=True)
class RealTrap:
    """A table as it came, and the columns of which a finding must name one."""

    table: RealTable
    columns: tuple[str, ...]


TRAPS = (
    RealTrap(RealTable("titanic3", "survived"), ("boat", "body")),
    RealTrap(RealTable("bike_hour", "cnt"), ("casual", "registered")),
    RealTrap(
        RealTable("bike_hour", "cnt", {"post_outcome": ["casual", "registered"], "drop": ["instant"]}), ("dteday",)
    ),
    RealTrap(RealTable("parkinsons_tele", "total_UPDRS"), ("subject",)),
    RealTrap(RealTable("parkinsons_tele", "total_UPDRS", {"drop": ["subject"]}), ("age", "sex", "subject")),
    RealTrap(RealTable("bank_marketing", "deposit"), ("duration",)),
)
