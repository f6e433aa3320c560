"""Does it matter that a value is missing?"""

from finetooth.leakage.association import association, measure_name
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "missingness"
WARNING = 0.70  # AUC of is-missing
Z = 4.0  # null standard deviations; a class of a few rows has a high AUC by chance
SHOWN = 5  # columns that the message names


def check(table: Table) -> tuple[Finding, ...]:
    """AUC (concordance for numbers) of the indicator that a value is missing, either way round; one finding for all."""
    y = table.y
    telling: dict[str, tuple[float, float]] = {}
    for name in table.features:
        missing = table.column(name).missing()
        if not missing.any() or missing.all():
            continue
        indicator = association(table.kind, y, missing.astype(float))
        if indicator.strength >= WARNING and indicator.z > Z:
            telling[name] = indicator.strength, float(missing.mean())
    return (_warning(table, telling),) if telling else ()


def _warning(table: Table, telling: dict[str, tuple[float, float]]) -> Finding:
    names = sorted(telling, key=lambda name: -telling[name][0])
    best = names[0]
    strength, share = telling[best]
    others = ", ".join(f"'{name}' ({telling[name][0]:.3f})" for name in names[1:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return Finding(
        check=CHECK,
        severity="warning",
        columns=tuple(names),
        message=f"whether '{best}' is missing ({share:.1%} of rows) tells '{table.target}' "
        f"with {measure_name(table.kind)} of {strength:.3f}" + (f"; so does {others}{more}." if others else "."),
        meaning="Values are often missing because of the outcome; in production other rows may miss them.",
        remedy=f"Ask why '{best}' is missing; if it is filled in after the outcome, declare it as post_outcome.",
        evidence={"strength": strength, "missing": share, "rows": len(table)},
    )
