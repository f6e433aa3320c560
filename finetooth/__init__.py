"""finetooth: tune a model on a table, and say honestly whether it helped."""

__version__ = "0.1.0"
