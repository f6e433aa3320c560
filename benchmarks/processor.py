"""Processor time of a process and all below it: what stays comparable where a machine is shared."""

import threading
import time
from contextlib import suppress

import numpy as np
import psutil


def used() -> float:
    """Processor seconds so far of this process and its children."""
    total = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:2])
    return total


class Meter(threading.Thread):
    """Reads the processor time ten times a second, from its making until it is first asked."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._begun, self._ended = time.perf_counter(), threading.Event()
        self._readings = [(0.0, used())]
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self._readings.append((time.perf_counter() - self._begun, used()))

    def stop(self) -> None:
        """Read no more."""
        self._ended.set()

    def at(self, seconds: float) -> float:
        """Processor seconds used by then."""
        walls, readings = np.array(self._readings).T
        return float(np.interp(seconds, walls, np.maximum.accumulate(readings) - readings[0]))
