"""Gradient-boosted trees by XGBoost."""

from collections.abc import Sequence
from dataclasses import replace

from finetooth.domains.domains import Choice, Domain, Float, Int
from finetooth.domains.space import Space
from finetooth.models.learner import Family, Learner
from finetooth.models.schedules import CONSTANT, NAMES
from finetooth.records import Kind, Params

# XGBoost's documented defaults (its parameter reference; a test reads them back from the library), also for
# parameters that only a user's own space may search.
LIBRARY_DEFAULTS: Params = {
    "booster": "gbtree",
    "colsample_bylevel": 1.0,
    "colsample_bynode": 1.0,
    "colsample_bytree": 1.0,
    "gamma": 0.0,
    "grow_policy": "depthwise",
    "learning_rate": 0.3,
    "max_bin": 256,
    "max_cat_threshold": 64,
    "max_cat_to_onehot": 4,
    "max_delta_step": 0.0,
    "max_depth": 6,
    "max_leaves": 0,
    "min_child_weight": 1.0,
    "n_estimators": 100,
    "num_parallel_tree": 1,
    "reg_alpha": 0.0,
    "reg_lambda": 1.0,
    "sampling_method": "uniform",
    "scale_pos_weight": 1.0,
    "subsample": 1.0,
}

# Where sources differ: of 25,000 random configurations on five small tables the best fiftieth lay (5 % to 95 %) in
# subsample .56-.97, colsample_bytree .41-.97, min_child_weight up to 14, reg_lambda .002-33, reg_alpha up to 3.5 and
# gamma up to 1.9.
_SHARED: tuple[Domain, ...] = (
    Float(
        "learning_rate",
        0.02,
        0.5,
        log=True,
        why="Among the most tunable parameters (Probst et al. 2019). rbv2 searches 1e-4 to 1; below 0.02 the best "
        "round often lies beyond 1,000, and a fit costs accordingly.",
    ),
    Int(
        "max_leaves",
        4,
        256,
        log=True,
        why="Trees grow leaf by leaf, as LightGBM and FLAML grow theirs: what a tree costs is bounded, which a depth "
        "does not do. 64 is what depth 6 allows.",
    ),
    Float(
        "min_child_weight",
        0.1,
        100.0,
        log=True,
        why="Least weight of a leaf. rbv2 and Grinsztajn et al. search 1 to 100; less than the default of 1 suits "
        "rare classes, whose rows weigh little.",
    ),
    Float("subsample", 0.5, 1.0, why="Share of rows a tree, as in Grinsztajn et al.; rbv2 searches 0.1 to 1."),
    Float(
        "colsample_bytree", 0.3, 1.0, why="Share of columns a tree. Grinsztajn et al. search 0.5 to 1, rbv2 0.01 to 1."
    ),
    Float("reg_lambda", 0.01, 100.0, log=True, why="L2 penalty: the middle of rbv2's 1e-4 to 1e3."),
)

# Both are thresholds on gradients, so their unit is the target's: only for a probability do they mean the same on
# every table.
_CLASSIFICATION: tuple[Domain, ...] = (
    Float("reg_alpha", 1e-4, 10.0, log=True, why="L1 penalty. rbv2 searches 1e-4 to 1e3; strong ones end learning."),
    Float("gamma", 1e-4, 7.0, log=True, why="Least gain of a split. rbv2 searches 1e-5 to 7."),
)
_REGRESSION: tuple[Domain, ...] = (
    Float("colsample_bylevel", 0.3, 1.0, why="Share of columns a level, of those of the tree; in rbv2 0.01 to 1."),
)
# The default is XGBoost's own: trees of depth 6, level by level, which have 64 leaves at most.
_DEFAULT_TREES: Params = {"grow_policy": "depthwise", "max_depth": 6, "max_leaves": 64}
_LEAF_BY_LEAF: Params = {"grow_policy": "lossguide", "max_depth": 0}

# Points that are good on many tables: a slower rate than the default's, and a random share of the rows and columns for
# each tree (Friedman 2002, Stochastic gradient boosting), with trees of middling, small and larger size.
_STARTERS: tuple[Params, ...] = (
    {"learning_rate": 0.1, "max_leaves": 31, "min_child_weight": 5.0, "subsample": 0.8, "colsample_bytree": 0.8},
    {"learning_rate": 0.1, "max_leaves": 12, "min_child_weight": 5.0, "subsample": 0.9, "colsample_bytree": 0.6},
    {"learning_rate": 0.05, "max_leaves": 64, "min_child_weight": 10.0, "subsample": 0.8, "colsample_bytree": 0.6},
)
_STARTER_PENALTIES: Params = {"reg_lambda": 1.0, "reg_alpha": 1e-3, "gamma": 1e-3, "colsample_bylevel": 1.0}

_FALLING = tuple(name for name in NAMES if name != CONSTANT)
_SCHEDULE: tuple[Domain, ...] = (
    Choice("schedule", NAMES, why="How the learning rate goes on from its start, round by round."),
    Float(
        "schedule_decay",
        0.05,
        0.8,
        log=True,
        when={"schedule": _FALLING},
        why="The factor by which the rate has fallen at the end of the first period.",
    ),
    Int(
        "schedule_period",
        20,
        300,
        log=True,
        when={"schedule": _FALLING},
        why="Rounds of a period: given, since how long boosting will go on is only read off the curve.",
    ),
)


def family(kind: Kind) -> Family:
    """Boosted trees; the number of rounds is read from the learning curve, not searched."""
    domains = _SHARED + (_REGRESSION if kind == "regression" else _CLASSIFICATION)
    names = [domain.name for domain in domains]
    default = {name: LIBRARY_DEFAULTS[name] for name in (*names, "n_estimators")}
    return Family(
        # Boosting releases the interpreter lock for whole rounds.
        learner=Learner("xgboost", "xgboost", parallel="threads"),
        space=Space(domains, _LEAF_BY_LEAF, name="xgboost"),
        default={**default, **_DEFAULT_TREES},
        starters=tuple(_starter(names, starter) for starter in _STARTERS),
        summary="Boosted trees: the strongest choice for most tables. Takes missing values and categories as they "
        "are; the number of rounds is read from the learning curve.",
        source="Probst, Boulesteix, Bischl (2019), Tunability, JMLR 20(53); rbv2 space of Binder, Pfisterer, Bischl "
        "(2020), as in YAHPO Gym; Grinsztajn, Oyallon, Varoquaux (2022); XGBoost parameter reference.",
    )


def _starter(names: Sequence[str], starter: Params) -> Params:
    known = {**_STARTER_PENALTIES, **starter}
    return {**_LEAF_BY_LEAF, **{name: known[name] for name in names}}


def scheduled(kind: Kind) -> Family:
    """The same with a schedule of the learning rate among what is searched; the default keeps the rate constant."""
    plain = family(kind)
    return replace(
        plain,
        learner=replace(plain.learner, name="xgboost-scheduled"),
        space=Space((*plain.space.domains, *_SCHEDULE), plain.space.constants, name="xgboost-scheduled"),
        default={**plain.default, "schedule": CONSTANT},
        starters=tuple({**starter, "schedule": CONSTANT} for starter in plain.starters),
        summary="Boosted trees whose learning rate may fall while they are boosted: by steps, exponentially, along a "
        "cosine, or with restarts.",
        source=plain.source + " Loshchilov and Hutter (2017), SGDR, arXiv 1608.03983.",
    )
