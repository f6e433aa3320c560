"""What does a person look at?"""

from finetooth.report.leaderboard import leaderboard_rows
from finetooth.report.markdown import markdown
from finetooth.report.page import html, write
from finetooth.report.record import RunRecord
from finetooth.report.terminal import columns_table, summary

__all__ = ["RunRecord", "columns_table", "html", "leaderboard_rows", "markdown", "summary", "write"]
