"""All generated kinds: tables with a trap, and honest ones. Another module with these two names may stand in for it."""

from benchmarks.cases import Generator
from benchmarks.honest import KINDS as HONEST_KINDS
from benchmarks.traps import KINDS as TRAP_KINDS

TRAPS: dict[str, Generator] = TRAP_KINDS
HONEST: dict[str, Generator] = HONEST_KINDS
