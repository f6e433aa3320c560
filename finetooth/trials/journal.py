"""The journal: every finished trial is on disk before the search hears of it.

One JSON object a line. A trial is found again by its stage, repeat and index, so that a run that was killed goes on
where it stopped, and one that is repeated reads what is already known.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import IO

from pydantic import ValidationError

from finetooth.errors import InputError
from finetooth.files import write_text
from finetooth.records import Trial, from_json, to_json

Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class EndedEarly:
    """A search that ended early: after how many trials, and why."""

    stage: str
    trials: int
    reason: str


def key(trial: Trial) -> Key:
    """What identifies a trial within a run."""
    return trial.stage, trial.repeat, trial.candidate.index


class Journal:
    """The trials of one run, and the file that holds them. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._trials: dict[Key, Trial] = {}
        self._cuts: dict[str, EndedEarly] = {}
        self._torn = 0
        if path.exists():
            self._read()

    def find(self, stage: str, repeat: int, index: int) -> Trial | None:
        """The trial recorded under these, if it has finished."""
        return self._trials.get((stage, repeat, index))

    def trials(self, stage: str | None = None) -> tuple[Trial, ...]:
        """All trials, or those of one stage, by stage, repeat and index."""
        with self._lock:
            return tuple(t for t in self._ordered() if stage in {None, t.stage})

    def cut(self, stage: str) -> EndedEarly | None:
        """Where and why `stage` ended early, if it did."""
        return self._cuts.get(stage)

    def append(self, trial: Trial) -> None:
        """Write a finished trial through to the disk."""
        with self._lock:
            if key(trial) not in self._trials:
                self._write(json.loads(to_json(trial)))
                self._trials[key(trial)] = trial

    def extend(self, trials: Iterable[Trial]) -> None:
        """Append each trial that is not there yet."""
        for trial in trials:
            self.append(trial)

    def record_cut(self, stage: str, trials: int, reason: str) -> None:
        """Record that `stage` ended early, after so many trials, so that the run can be repeated."""
        cut = EndedEarly(stage, trials, reason)
        with self._lock:
            if self._cuts.get(stage) != cut:
                self._write(_line(cut))
                self._cuts[stage] = cut

    def cuts(self) -> tuple[EndedEarly, ...]:
        """All searches that ended early, by stage."""
        return tuple(self._cuts[stage] for stage in sorted(self._cuts))

    def rewrite_sorted(self) -> None:
        """Put the file into the order of stage, repeat and index: it then does not tell which trial was faster."""
        with self._lock:
            lines = [to_json(trial) for trial in self._ordered()]
            lines += [json.dumps(_line(self._cuts[stage])) for stage in sorted(self._cuts)]
            write_text(self.path, "".join(line + "\n" for line in lines))
            self._torn = 0

    def _ordered(self) -> list[Trial]:
        order = {"coarse": 0, "refine": 1, "sweep": 1, "replicate": 2, "validate": 3}

        def place(trial: Trial) -> tuple[int, str, int, int]:
            # The coarse stage shuffles anew for each trial, and is one search all the same.
            repeat = 0 if trial.stage == "coarse" else trial.repeat
            return order.get(trial.stage, 9), trial.stage, repeat, trial.candidate.index

        return sorted(self._trials.values(), key=place)

    def _write(self, record: object) -> None:
        if self._torn:
            os.truncate(self.path, self.path.stat().st_size - self._torn)
            self._torn = 0
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
            _sync(file)

    def _read(self) -> None:
        text = self.path.read_bytes()
        lines = text.split(b"\n")
        # A kill can leave half a line at the very end: that trial was never told to the search, and is run again.
        # The half is cut off by whoever writes next, since a reader may find a line that is just being written.
        self._torn = len(lines[-1])
        for number, line in enumerate(lines[:-1], start=1):
            self._take(line, number)

    def _take(self, line: bytes, number: int) -> None:
        try:
            if line.startswith(b'{"cut"'):
                cut = json.loads(line)
                self._cuts[cut["cut"]] = EndedEarly(cut["cut"], int(cut["trials"]), str(cut["reason"]))
                return
            trial = from_json(Trial, line)
        except (ValidationError, ValueError, KeyError, TypeError):
            raise InputError(
                f"each line of the journal must be a trial; line {number} of {self.path} is not; "
                "restore the file, or delete that line and its trial is run again."
            ) from None
        self._trials[key(trial)] = trial


def _line(cut: EndedEarly) -> dict[str, str | int]:
    return {"cut": cut.stage, "trials": cut.trials, "reason": cut.reason}


def _sync(file: IO[str]) -> None:
    file.flush()
    os.fsync(file.fileno())


def untimed(trial: Trial) -> Trial:
    """The trial without what differs between two equal runs: seconds and the worker's name."""
    return replace(trial, seconds=0.0, worker="")
