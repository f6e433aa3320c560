"""Does it matter that a value is missing?"""

from finetooth.leakage.association import association, measure_name
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "missingness"
WARNING = 0.70  # AUC of is-missing


def check(table: Table) -> tuple[Finding, ...]:
    """AUC (concordance for numbers) of the indicator that a value is missing, either way round."""
    y = table.y
    findings = []
    for name in table.features:
        missing = table.column(name).missing()
        if not missing.any() or missing.all():
            continue
        indicator = association(table.kind, y, missing.astype(float))
        if indicator.strength >= WARNING:
            findings.append(_warning(table, name, float(missing.mean()), indicator.strength))
    return tuple(findings)


def _warning(table: Table, name: str, share: float, strength: float) -> Finding:
    measure = measure_name(table.kind)
    return Finding(
        check=CHECK,
        severity="warning",
        columns=(name,),
        message=f"whether '{name}' is missing ({share:.1%} of rows) tells '{table.target}' "
        f"with {measure} of {strength:.3f}.",
        meaning="Values are often missing because of the outcome; in production other rows may miss them.",
        remedy=f"Ask why '{name}' is missing; if it is filled in after the outcome, declare it as post_outcome.",
        evidence={"strength": strength, "missing": share, "rows": len(table)},
    )
