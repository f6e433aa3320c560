"""What a verdict carries besides its result is written as 0.1.0 wrote it, and read as it was written."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from finetooth.details import CalibrationBin, Details, Incumbent, Monitor
from finetooth.records import Verdict, from_json, to_json

OLD_RUNS = Path(__file__).parents[1] / "compatibility" / "v0_1_0" / "out"


@pytest.mark.parametrize("run", ["boosted", "linear", "network"])
def test_a_verdict_of_0_1_0_is_written_again_byte_for_byte(run):
    text = (OLD_RUNS / run / "verdict.json").read_text()
    verdict = from_json(Verdict, text)
    assert json.dumps(json.loads(to_json(verdict)), indent=2) + "\n" == text
    assert isinstance(verdict.extra.monitor.incumbents[0], Incumbent)
    assert isinstance(verdict.extra.calibration.tuned.curve[0], CalibrationBin)


def test_what_was_not_measured_has_no_key_and_what_is_unknown_is_null():
    assert to_json(Details()) == "{}"
    assert to_json(Details(monitor=Monitor(()), slices=())) == '{"monitor":{"incumbents":[]},"slices":[]}'
    unknown = Details(confirmed=math.nan, monitor=Monitor((Incumbent(3, math.nan, 0.5),)))
    text = to_json(unknown)
    assert text == '{"confirmed":null,"monitor":{"incumbents":[[3,null,0.5]]}}'
    read = from_json(Details, text)
    assert math.isnan(read.confirmed)
    assert math.isnan(read.monitor.incumbents[0].train)
    assert replace(read, confirmed=None, monitor=None) == Details()
