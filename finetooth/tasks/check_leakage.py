"""Check leakage: each check is a task run of its own, and an error stops the run before any trial is spent."""

from collections import Counter
from typing import Any

from prefect.artifacts import create_table_artifact

from finetooth.config.tune import TuneConfig
from finetooth.data.store import open_development
from finetooth.errors import LeakageError
from finetooth.leakage.findings import Findings
from finetooth.leakage.scramble import CHECK as SCRAMBLE
from finetooth.leakage.stored import check_stored
from finetooth.leakage.suite import FEATURE_CHECKS, waive
from finetooth.leakage.user_code import OwnCode, check_own_code
from finetooth.models.user_code import is_own
from finetooth.records import Finding
from finetooth.report.formatting import count
from finetooth.runs.run import Run
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import note, step, tracked
from finetooth.trials.searches import Bench

_POLICY = DependsOn(sections=("data", "split", "leakage"), arguments=("name",))


def check_leakage(config: TuneConfig, run: Run, bench: Bench, across: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Run every check on the development rows; `across` is what the split saw between both sides.

    Writes `findings.json`. Raises `LeakageError` when an error is not waived.
    """
    found = list(across)
    for seen in check.map(checks_of(bench), config, bench):
        found += seen
    findings = waive(tuple(found), config.leakage.allow, open_development(bench.data).frame().columns)
    run.write_findings(findings)
    for finding in findings:
        if finding.severity != "info":
            note(f"{finding.severity}: {finding.check}: {finding.message}", warning=True)
    if tracked():
        create_table_artifact(_shown(findings), key="leakage-findings", description=_told(findings))
    stopping = [finding for finding in findings if finding.stops]
    if stopping:
        said = " ".join(finding.message for finding in stopping)
        raise LeakageError(f"stopped before any trial was spent: {said}")
    return findings


def checks_of(bench: Bench) -> tuple[str, ...]:
    """The checks of the development rows, and that of the model's code if the user wrote it."""
    return (*FEATURE_CHECKS, SCRAMBLE) if is_own(bench.family.learner) else tuple(FEATURE_CHECKS)


def _shown(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    rows = Findings(findings).to_frame()[["severity", "check", "columns", "message", "remedy", "waived"]]
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.itertuples(index=False)]


def _told(findings: tuple[Finding, ...]) -> str:
    counts = Counter(finding.severity for finding in findings)
    return (
        f"Leakage findings, the worst first: {count(counts['error'], 'error')}, {count(counts['warning'], 'warning')}."
    )


@step("leakage check", task_run_name="check-{name}", tags=["leakage"], cache_policy=_POLICY, persist_result=True)
def check(name: str, config: TuneConfig, bench: Bench) -> tuple[Finding, ...]:
    """One check, on a worker of the cluster."""
    if name == SCRAMBLE:
        family = bench.family
        work = OwnCode(family.learner, family.default, bench.data, config.data.source, config.seed)
        return bench.executor.submit(check_own_code, work).result()
    return bench.executor.submit(check_stored, name, config, bench.data).result()
