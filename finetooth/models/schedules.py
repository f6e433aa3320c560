"""Learning-rate schedules: the rate of a round of boosting, or of an epoch, however many there will be in the end.

`schedule` names one, `schedule_period` is its length in rounds and `schedule_decay` the factor by which the rate has
fallen at the end of the first period:

    step          decay ** (round // period)
    exponential   decay ** (round / period)
    cosine        falls along half a cosine to decay, and stays there
    restarts      the same again from the full rate in each period (Loshchilov and Hutter 2017, arXiv 1608.03983)
"""

import math
from collections.abc import Mapping
from typing import Any

from finetooth.errors import InputError, unknown

CONSTANT, RESTARTS = "constant", "restarts"
NAMES = ("constant", "step", "exponential", "cosine", "restarts")
PARAMETERS = ("schedule", "schedule_decay", "schedule_period")
_RATE = 0.3  # XGBoost's own
DECAY, PERIOD = 0.1, 100


def rate(params: Mapping[str, Any], round_: int) -> float | None:
    """The learning rate of round 0, 1, ...; None where it is constant. Raises `InputError` for an unknown schedule."""
    name = params.get("schedule", CONSTANT)
    if name == CONSTANT:
        return None
    if name not in NAMES:
        raise unknown("schedule", str(name), "the list of schedules", NAMES)
    decay, period = float(params.get("schedule_decay", DECAY)), int(params.get("schedule_period", PERIOD))
    if not 0 < decay <= 1 or period < 1:
        raise InputError(
            "a schedule must have a schedule_decay in (0, 1] and a schedule_period of at least 1 round; "
            f"got {decay:g} and {period}."
        )
    start = params.get("learning_rate", params.get("eta"))
    return (_RATE if start is None else float(start)) * _factor(str(name), decay, period, round_)


def _factor(name: str, decay: float, period: int, round_: int) -> float:
    if name == "step":
        return float(decay ** (round_ // period))
    if name == "exponential":
        return float(decay ** (round_ / period))
    place = round_ % period if name == RESTARTS else min(round_, period)
    return decay + (1 - decay) * (1 + math.cos(math.pi * place / period)) / 2
