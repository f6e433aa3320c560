"""Check leakage: each check is a task run of its own, and an error stops the run before any trial is spent."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from prefect.artifacts import create_table_artifact

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
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import note, step, tracked
from finetooth.trials.study import Study


@dataclass
class _ChecksDependOn(DependsOn):
    """What a user's code does depends on all that it imports and reads, so its test is never taken from before."""

    def compute_key(
        self, task_ctx: Any, inputs: dict[str, Any], flow_parameters: dict[str, Any], **more: Any
    ) -> str | None:
        return None if inputs["name"] == SCRAMBLE else super().compute_key(task_ctx, inputs, flow_parameters, **more)


_POLICY = _ChecksDependOn(sections=("data", "split", "leakage"), arguments=("name",))


def check_leakage(study: Study) -> tuple[Finding, ...]:
    """Run every check on the development rows; the findings with those of the split, the worst first.

    Writes `findings.json`. Raises `LeakageError` when an error is not waived.
    """
    collected = list(study.split_findings)
    for check_findings in check.map(checks_of(study), study):
        collected += check_findings
    findings = waive(tuple(collected), study.config.leakage.allow, open_development(study.data).frame().columns)
    study.run.write_findings(findings)
    for finding in findings:
        if finding.severity != "info":
            note(f"{finding.severity}: {finding.check}: {finding.message}", warning=True)
    if tracked():
        create_table_artifact(_rows(findings), key="leakage-findings", description=_summary(findings))
    stopping = [finding for finding in findings if finding.stops]
    if stopping:
        messages = " ".join(finding.message for finding in stopping)
        raise LeakageError(f"stopped before any trial was spent: {messages}")
    return findings


def checks_of(study: Study) -> tuple[str, ...]:
    """The checks of the development rows, and that of the model's code if the user wrote it."""
    return (*FEATURE_CHECKS, SCRAMBLE) if is_own(study.family.learner) else tuple(FEATURE_CHECKS)


def _rows(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    rows = Findings(findings).to_frame()[["severity", "check", "columns", "message", "remedy", "waived"]]
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.itertuples(index=False)]


def _summary(findings: tuple[Finding, ...]) -> str:
    counts = Counter(finding.severity for finding in findings)
    return (
        f"Leakage findings, the worst first: {count(counts['error'], 'error')}, {count(counts['warning'], 'warning')}."
    )


@step("leakage check", task_run_name="check-{name}", tags=["leakage"], cache_policy=_POLICY, persist_result=True)
def check(name: str, study: Study) -> tuple[Finding, ...]:
    """One check, on a worker of the cluster."""
    config, executor = study.config, study.executor
    if name == SCRAMBLE:
        family = study.family
        job = OwnCode(family.learner, family.default, study.data, config.data.source, config.seed)
        return executor.submit(check_own_code, job).result()
    return executor.submit(check_stored, name, config, study.data).result()
