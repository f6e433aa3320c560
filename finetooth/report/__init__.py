"""What does a person look at?"""

from finetooth.report.content import RunRecord
from finetooth.report.markdown import markdown
from finetooth.report.page import html, write
from finetooth.report.ranking import leaderboard
from finetooth.report.terminal import summary

__all__ = ["RunRecord", "html", "leaderboard", "markdown", "summary", "write"]
