"""Made-up runs: the numbers are drawn once from fixed seeds, and look like those of a real run."""

from dataclasses import replace

import numpy as np

from finetooth.details import (
    BootstrapDraws,
    Calibration,
    CalibrationBin,
    Calibrations,
    Declared,
    Details,
    SliceScores,
    Yardstick,
)
from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.space import Space
from finetooth.records import Candidate, DataRef, Fidelity, Finding, StageCost, Trial, Verdict, Waiver
from finetooth.report import RunRecord

SPACE = Space(
    [
        Float("learning_rate", 5e-3, 0.5, log=True),
        Int("max_depth", 2, 12),
        Float("min_child_weight", 0.1, 100.0, log=True),
        Float("subsample", 0.4, 1.0),
        Float("colsample_bytree", 0.3, 1.0),
        Float("reg_lambda", 1e-3, 100.0, log=True),
        Choice("grow_policy", ["depthwise", "lossguide"]),
    ],
    name="xgboost",
)
DEFAULT = {
    "learning_rate": 0.3,
    "max_depth": 6,
    "min_child_weight": 1.0,
    "subsample": 1.0,
    "colsample_bytree": 1.0,
    "reg_lambda": 1.0,
    "grow_policy": "depthwise",
}
IMPORTANCE = {
    "learning_rate": 0.46,
    "max_depth": 0.21,
    "min_child_weight": 0.12,
    "subsample": 0.09,
    "reg_lambda": 0.06,
    "colsample_bytree": 0.04,
    "grow_policy": 0.02,
}
DATA = DataRef("runs/churn/data", "9f2c41d07be3a815", 16840, 23, "churned", "binary")


def quality(params):
    """Made-up truth: a smooth hill near a learning rate of .06 and a depth of 5."""
    rate = np.log(params["learning_rate"] / 0.06)
    return 0.872 - 0.0035 * rate**2 - 0.0011 * (params["max_depth"] - 5) ** 2 - 0.004 * (1 - params["subsample"])


def _curve(top, rate, rounds, level=0.70):
    at = np.arange(1, rounds + 1)
    return tuple((top - (top - level) * np.exp(-at * rate / 3) - 1.2e-5 * np.maximum(at - 0.7 * rounds, 0)).tolist())


def trial(stage, index, params, origin, random, fidelity, *, repeat=0, curve=True):
    noise = 0.004 if stage == "coarse" else 0.0015
    level = quality(params) - (0.012 if stage == "coarse" else 0)
    scores = tuple((level + random.normal(0, noise) + random.normal(0, 0.004, fidelity.folds)).tolist())
    gap = 0.02 + 0.012 * params["max_depth"] / 6
    rounds = int(np.clip(30 / params["learning_rate"], 40, 900))
    return Trial(
        stage,
        Candidate(index, params, origin),
        fidelity,
        "complete",
        scores,
        tuple(score + gap for score in scores),
        _curve(float(np.mean(scores)), params["learning_rate"], rounds) if curve else (),
        int(rounds * 0.7) if curve else None,
        seconds=float(0.4 + 6 * fidelity.rows * rounds / 300),
        worker="worker-1",
        repeat=repeat,
    )


def trials(seed=0, coarse=16, refine=24):
    random = np.random.default_rng(seed)
    small, full = Fidelity(0.25, 3), Fidelity(1.0, 5)
    found = [trial("coarse", 0, DEFAULT, "default", random, small)]
    found += [trial("coarse", n, SPACE.from_unit(random.random(7)), "sobol", random, small) for n in range(1, coarse)]
    best = sorted(found[1:], key=lambda t: -t.score)[:5]
    found.append(trial("refine", 0, DEFAULT, "default", random, full))
    for index in range(1, refine):
        if index <= 5:
            params, origin = dict(best[index - 1].candidate.params), "coarse"
        else:
            unit = 0.75 * SPACE.to_unit(best[index % 3].candidate.params) + 0.25 * random.random(7)
            params, origin = SPACE.from_unit(unit), "crossover" if index % 3 else "mutation"
        found.append(trial("refine", index, params, origin, random, full))
    for stage, index, state, reason in (("coarse", 7, "failed", "out of memory"), ("refine", 11, "pruned", "hopeless")):
        at = next(n for n, t in enumerate(found) if (t.stage, t.candidate.index) == (stage, index))
        found[at] = replace(found[at], state=state, scores=(), train_scores=(), curve=(), rounds=None, reason=reason)
    leader = max((t for t in found if t.stage == "refine"), key=lambda t: t.score)
    # Finalists carry the rounds that their learning curves chose, and are numbered anew.
    finalists = [(number, t.params, t.candidate.origin) for number, t in enumerate((found[coarse], leader))]
    found += [
        trial("replicate", number, params, origin, random, full, repeat=repeat, curve=False)
        for repeat in range(4)
        for number, params, origin in finalists
    ]
    return tuple(found)


FINDINGS = (
    Finding(
        "single_feature",
        "warning",
        ("last_call_reason",),
        "'last_call_reason' alone reaches an out-of-fold AUC of .961; the next best column has .742.",
        "A column this strong is often written after the outcome.",
        "Find out when it is written. If that is after the outcome, name it under post_outcome.",
        {"auc": 0.961, "second": 0.742, "z": 41.2},
        (("column", "AUC", "z"), ("last_call_reason", ".961", "41.2"), ("tenure_months", ".742", "18.0")),
    ),
    Finding(
        "exact_duplicates",
        "error",
        (),
        "61 of 4,210 sealed rows (1.45 %) have an exact copy among the development rows; by chance, 9 would.",
        "A model that remembers rows looks better on copies than it is on new ones.",
        "Remove the copies, or name a group column that keeps them together.",
        {"rows": 61, "share": 0.0145},
        (("tenure", "plan", "copies"), ("12", "basic", "14"), ("24", "basic", "9"), ("1", "plus", "6")),
        waiver=Waiver("exact_duplicates", "Plans are few; equal customers are different people."),
    ),
    Finding("shift", "info", (), "Development and sealed rows are told apart with an AUC of .512 (p = .41): no shift."),
)

STOP = Finding(
    "state_purity",
    "error",
    ("refund_code",),
    "'refund_code' is filled for 1,204 rows, of which 99.8 % churned.",
    "Being filled at all gives the outcome away: it is written when a customer leaves.",
    "Name refund_code under post_outcome, or waive it with a reason.",
    {"rows": 1204, "share": 0.998},
    (("state", "rows", "churned"), ("filled", "1,204", "99.8 %"), ("empty", "15,636", "11.3 %")),
)

CONFIG = {
    "name": "churn",
    "seed": 0,
    "metric": "auto",
    "data": {"source": "churn.csv", "target": "churned", "kind": None, "drop": []},
    "model": {"name": "xgboost", "space": None, "constants": {}},
    "split": {"holdout": 0.2, "group": "household", "time": None, "horizon": None, "embargo": None, "stratify": True},
    "leakage": {
        "post_outcome": ["closing_date"],
        "allow": [{"check": "exact_duplicates", "reason": "Plans are few; equal customers are different people."}],
    },
    "coarse": {"trials": 16, "rows": 0.25, "folds": 3, "method": "sobol"},
    "refine": {"trials": 24, "folds": 5, "window": 8, "method": "genetic", "seconds": None},
    "replicate": {"finalists": 10, "repeats": 4, "folds": 5},
    "validation": {"seeds": 5, "bootstrap": 2000, "min_gain": None},
}
LINEAGE = {
    "command": "finetooth tune churn.csv --target churned --group household --seed 0",
    "fingerprint": "9f2c41d07be3a815",
    "commitment": "1be4a77f90c2d3e8",
    "machine": "Linux x86-64, 2 cores, 8 GB",
    "checks": [
        "row_order",
        "ids",
        "exact_duplicates",
        "single_feature",
        "state_purity",
        "missingness",
        "shift",
        "declared_group",
        "undeclared_group",
    ],
    "versions": {
        "finetooth": "0.1.0",
        "python": "3.11.7",
        "xgboost": "3.2.0",
        "scikit-learn": "1.9.0",
        "numpy": "2.4.0",
    },
    "seeds": {"root": 0, "split": 1735221, "validate": [11, 12, 13, 14, 15]},
    "timings": {"split": 0.81234, "coarse": 21.25, "refine": 96.5, "replicate": 64.12345, "validate": 12.5},
}
SENTENCE = (
    "BETTER: tuned beats default by +.0061 AUC, 95 % interval [+.0014, +.0108]: at least +.0014 is shown, which "
    "is not above the margin of .0020. Compared with 5 paired seeds on 4,210 sealed rows of 1,871 groups of "
    "'household' (two-way bootstrap; support .994). Sealed AUC: .8671 tuned, .8610 default. What ships is the "
    "first of 5 fits of the tuned model, which scores .8668. The search promised +.0142; 57 % of it is not borne "
    "out (selection optimism, and chance). Seed SD .0012. A linear model (logistic regression) does as well: AUC "
    '.8659; the gain over it is +.0012 [-.0031, +.0055]. Waived: exact_duplicates, since "Plans are few; equal '
    "customers are different people\". Open warnings: single_feature ('last_call_reason'). Vault openings: 1. Left "
    "out, since known only afterwards: 'closing_date'. Unknown, since not declared: the period (no time column)."
)
FACTS = {
    "bootstrap": BootstrapDraws(2000, 0, 1871, "group"),
    "declared": Declared("household", None, ("closing_date",)),
    "shipped_score": 0.8668,
    "yardsticks": (
        Yardstick("constant", "the share of the positive class", 0.5, 0.3671, 0.3512, 0.3826),
        Yardstick("linear", "logistic regression", 0.8659, 0.0012, -0.0031, 0.0055),
    ),
}


def verdict(run_trials, **changes):
    leader = max((t for t in run_trials if t.stage == "refine"), key=lambda t: t.score)
    made = Verdict(
        label="BETTER",
        metric="roc_auc",
        tuned=0.8671,
        default=0.8610,
        difference=0.0061,
        ci_low=0.0014,
        ci_high=0.0108,
        bootstrap_support=0.994,
        search_score=leader.score,
        optimism=0.0081,
        min_gain=0.002,
        seeds=5,
        seed_sd=0.0012,
        holdout_rows=4210,
        vault_openings=1,
        waivers=(FINDINGS[1].waiver,),
        trials=len(run_trials),
        seconds=195.4,
        shipped="tuned",
        params=leader.params,
        tuned_params=leader.params,
        default_params=DEFAULT,
        findings=FINDINGS,
        costs=(
            StageCost("coarse", 16, 38.2, 21.3),
            StageCost("refine", 24, 181.0, 96.5),
            StageCost("replicate", 44, 120.7, 64.1),
            StageCost("validate", 10, 22.0, 12.5),
        ),
        extra=Details(calibration=_calibrations(), slices=_slices(), **FACTS),
        sentence=SENTENCE,
    )
    return replace(made, **changes)


def _calibrations():
    at = [0.03, 0.09, 0.17, 0.28, 0.39, 0.52, 0.64, 0.77, 0.9]
    rows = [1450, 820, 510, 380, 300, 240, 200, 170, 140]
    wavy = tuple(CalibrationBin(p, p + 0.015 * np.sin(9 * p), n) for p, n in zip(at, rows, strict=True))
    flat = tuple(CalibrationBin(p, 0.12 + 0.76 * p, n) for p, n in zip(at, rows, strict=True))
    return Calibrations(Calibration(0.0912, np.nan, wavy), Calibration(0.0967, np.nan, flat))


def _slices():
    rows = (
        ("plan = basic", 2104, 0.861, 0.853, 0.002, 0.014),
        ("plan = plus", 1310, 0.872, 0.868, -0.003, 0.011),
        ("plan = family", 796, 0.858, 0.861, -0.012, 0.006),
        ("tenure under a year", 1023, 0.843, 0.836, -0.001, 0.015),
    )
    return tuple(SliceScores(*row) for row in rows)


def full(**changes):
    run_trials = trials()
    made = RunRecord(
        "churn-2026-03-01",
        verdict(run_trials),
        run_trials,
        DATA,
        FINDINGS,
        CONFIG,
        LINEAGE,
        IMPORTANCE,
        SPACE,
    )
    return replace(made, **changes)


def stopped():
    return RunRecord("churn-stopped", None, (), DATA, (STOP, *FINDINGS), CONFIG, LINEAGE)


def sweep():
    taken = tuple(replace(t, stage="sweep") for t in trials() if t.stage == "refine")
    return RunRecord("churn-sweep", None, taken, DATA, (), CONFIG, LINEAGE, IMPORTANCE, SPACE)


def regression():
    """RMSE in the tens of thousands: inside, scores are its negative."""

    def loss(score):
        return -48_000 * (1.6 - score)

    def turned(held):
        scores = {name: tuple(map(loss, getattr(held, name))) for name in ("scores", "train_scores", "curve")}
        return replace(held, **scores)

    run_trials = tuple(turned(t) for t in trials())
    leader = max((t for t in run_trials if t.stage == "refine"), key=lambda t: t.score)
    made = verdict(
        run_trials,
        label="IMPROVED",
        metric="rmse",
        tuned=34_912.4,
        default=36_480.9,
        difference=1568.5,
        ci_low=902.1,
        ci_high=2211.7,
        min_gain=182.4,
        search_score=-leader.score,
        optimism=210.0,
        seed_sd=88.0,
        extra=Details(),
        sentence="IMPROVED: tuned beats default by 1,568.5 RMSE, 95 % interval [+902.1, +2,211.7]. Vault openings: 1.",
    )
    data = replace(DATA, kind="regression", target="price")
    return RunRecord("houses", made, run_trials, data, FINDINGS, CONFIG, LINEAGE, IMPORTANCE, SPACE)
