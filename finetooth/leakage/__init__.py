"""May it be trusted? One function a check."""

from finetooth.leakage.findings import Findings
from finetooth.leakage.library import check
from finetooth.leakage.scramble import scramble
from finetooth.leakage.table import Declared, Table

__all__ = ["Declared", "Findings", "Table", "check", "scramble"]
