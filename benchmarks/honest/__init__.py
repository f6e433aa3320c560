"""Honest tables, on which no check may stop a run: generated ones by kind, and real ones with their declarations."""

from benchmarks.cases import Generator
from benchmarks.honest import everyday, strong

KINDS: dict[str, Generator] = {**everyday.KINDS, **strong.KINDS}
