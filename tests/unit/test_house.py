"""The picture of the house in CONTRIBUTING.md is the one that its imports give."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_picture_of_the_house_is_drawn_from_the_imports():
    drawn = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "house.py")], capture_output=True, text=True, check=True, timeout=60
    )
    assert f"```\n{drawn.stdout}```" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
