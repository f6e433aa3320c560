"""What comes of a call: the verdict, the model, the report, and everything that the run's folder holds."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from finetooth.errors import InputError, counted
from finetooth.records import Finding, Trial, Verdict
from finetooth.runs.run import Run
from finetooth.trials.journal import Journal

if TYPE_CHECKING:
    from finetooth.models.model import Model


@dataclass(frozen=True, repr=False)
class Result:
    """A run that has ended, of the flow `tune`, `sweep` or `check`.

    `state` is the verdict's label, "done" or "stopped by a leak"; `verdict` is None for a sweep and a check; `trials`
    are those of all stages, in the journal's order. `folder` is the run's folder, and `report` its HTML page.
    """

    flow: str
    state: str
    folder: Path
    report: Path
    verdict: Verdict | None
    findings: tuple[Finding, ...]
    trials: tuple[Trial, ...]

    @property
    def name(self) -> str:
        """The run's name, which is that of its folder: what `finetooth report` and `finetooth predict` take."""
        return self.folder.name

    @cached_property
    def model(self) -> "Model":
        """The model that ships, loaded when it is first asked for. Raises `InputError` where the run ships none."""
        from finetooth.models.model import load_model

        if self.flow != "tune":
            raise InputError(f"a run must tune a model to ship one; {self.name} is a {self.flow}; call finetooth.tune.")
        return load_model(self.folder / "model")

    def __repr__(self) -> str:
        return f"<{self.flow} '{self.name}': {self._summary()}\n {self.folder}>"

    def _summary(self) -> str:
        if self.verdict is not None:
            return self.verdict.sentence  # it begins with the label
        if self.flow == "check":
            stopping = sum(finding.stops for finding in self.findings)
            return f"{self.state}; {counted(len(self.findings), 'finding')}, {stopping or 'none'} of them an error"
        return f"{self.state}; {counted(len(self.trials), 'trial')}"


def result_of(run: Run) -> Result:
    """The result that a run's folder holds."""
    trials = Journal(run.journal).trials()
    return Result(run.flow, run.state(), run.folder, run.report, run.verdict(), run.findings(), trials)
