"""The sealed rows: opened for one commitment a vault, and predicted by the pairs that were fitted without them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.config.tune import SplitConfig, identity
from finetooth.data import slices, vault
from finetooth.data.split_rows import GROUP, TIME
from finetooth.data.store import open_development
from finetooth.models import score_table
from finetooth.models.model import Model
from finetooth.models.user_code import own_code
from finetooth.records import Finding
from finetooth.trials.study import Study
from finetooth.verdict import run_audit
from finetooth.verdict.dependence import Unit
from finetooth.verdict.diagnostics import Ints
from finetooth.verdict.evidence import SealedPredictions
from finetooth.verdict.replicate import Replicated
from finetooth.verdict.weighted_metrics import Floats
from finetooth.verdict.yardsticks import Plain, PlainModels, SealedRows, fit_plain, predict_plain
from finetooth.version import code_version


@dataclass(frozen=True, slots=True)
class Pair:
    """Tuned and default, fitted on all development rows with the same seed."""

    tuned: Model
    default: Model


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one search chose and its fitted pairs, a seed each, to be compared on the rows that its study sealed."""

    study: Study
    chosen: Replicated
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """The sealed rows as they were predicted, also by the yardsticks, and what the audits of the searches found.

    `notes` say which yardstick failed; `heads` are the last entries of the vaults' hash chains, and `openings` counts
    how often a vault was opened, that of the fold which was opened most often.
    """

    predictions: SealedPredictions
    plain: tuple[Plain, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    heads: tuple[str, ...]
    openings: int


def open_sealed(study: Study, comparisons: Sequence[Comparison]) -> Opened:
    """Open the vault of each comparison: one, or one an outer fold."""
    models = [fit_plain(each.study) for each in comparisons]
    vaults = [_open(study, each) for each in comparisons]
    plain, failed = _predict_plain(comparisons, models, vaults)
    return Opened(
        _predict(study, comparisons, vaults),
        plain,
        tuple(dict.fromkeys(note for model in models for note in model.notes)) + failed,
        _audits(comparisons, vaults),
        tuple(sealed.head for sealed in vaults),
        max(sealed.openings for sealed in vaults),
    )


def commitment(study: Study, chosen: Replicated, sealing: Study | None = None) -> dict[str, Any]:
    """What is fixed before a vault is opened: that of the study, or of `sealing`, the study of an outer fold."""
    config, sealing = study.config, sealing or study
    return {
        "config": identity(config),
        "winner": dict(chosen.winner.params),
        "default": dict(chosen.default.params),
        "metric": study.metric.name,
        "margin": config.validation.min_gain,
        "bootstrap": config.validation.bootstrap,
        "seeds": [seeds.seed(sealing.config.seed, "validate", i) for i in range(2 * config.validation.seeds)],
        "data": sealing.data.fingerprint,
        "code": code_version(),
        "own_code": own_code(study.family.learner),
    }


def _open(study: Study, comparison: Comparison) -> vault.Holdout:
    folder = study.run.store / "vault" / comparison.study.data.fingerprint
    unread = score_table.unread([model for pair in comparison.pairs for model in (pair.tuned, pair.default)])
    payload = commitment(study, comparison.chosen, comparison.study)
    return vault.open_vault(folder, payload, again=study.config.validation.again, unread=unread)


def _audits(comparisons: Sequence[Comparison], vaults: Sequence[vault.Holdout]) -> tuple[Finding, ...]:
    """What the audits of all searches found, each kind once."""
    audits = [run_audit.audit_run(each.study, sealed.ids) for each, sealed in zip(comparisons, vaults, strict=True)]
    return tuple({(finding.check, finding.message): finding for audit in audits for finding in audit}.values())


def _predict(study: Study, comparisons: Sequence[Comparison], vaults: Sequence[vault.Holdout]) -> SealedPredictions:
    """The sealed rows as each pair predicts them; with outer folds, one after the other."""
    tuned, default = (
        [
            score_table.sealed_scores([getattr(pair, side) for pair in each.pairs], sealed.X, sealed.extra)
            for each, sealed in zip(comparisons, vaults, strict=True)
        ]
        for side in ("tuned", "default")
    )
    model = comparisons[0].pairs[0].tuned
    sizes = [len(sealed.y) for sealed in vaults]
    return SealedPredictions(
        y=np.concatenate([sealed.y for sealed in vaults]),
        tuned=np.concatenate(tuned, axis=1),
        default=np.concatenate(default, axis=1),
        blocks=_blocks(vaults),
        slices=_parts(study, vaults),
        probable=_are_probabilities(model, *tuned, *default),
        time=_times(vaults),
        block_name=_block_name(study.config.split),
        folds=np.repeat(np.arange(len(sizes)), sizes) if study.outer else None,
    )


def _predict_plain(
    comparisons: Sequence[Comparison], models: Sequence[PlainModels], vaults: Sequence[vault.Holdout]
) -> tuple[tuple[Plain, ...], tuple[str, ...]]:
    """The sealed rows as each yardstick predicts them that has predictions in all vaults, and what failed."""
    by_vault: list[dict[str, Plain]] = []
    notes: list[str] = []
    for each, fitted, sealed in zip(comparisons, models, vaults, strict=True):
        rows = SealedRows(sealed.X, sealed.extra.get(TIME), sealed.extra.get(GROUP))
        plain, failed = predict_plain(each.study, fitted, rows)
        by_vault.append({yardstick.name: yardstick for yardstick in plain})
        notes += failed
    shared = [each for name, each in by_vault[0].items() if all(name in other for other in by_vault)]
    joined = (replace(each, predicted=np.concatenate([v[each.name].predicted for v in by_vault])) for each in shared)
    return tuple(joined), tuple(dict.fromkeys(notes))


def _block_name(split: SplitConfig) -> Unit:
    # A vault that was sealed by an earlier version holds blocks of neighbours in time, and no times.
    return "group" if split.by_group else "period" if split.by_time else "different row"


def _times(vaults: Sequence[vault.Holdout]) -> Floats | None:
    """What orders the rows; no outer fold is sealed in a split by time."""
    return vaults[0].extra.get(TIME) if len(vaults) == 1 else None


def _blocks(vaults: Sequence[vault.Holdout]) -> Ints | None:
    """What the interval draws as a whole; no block lies in two outer folds."""
    if all(sealed.blocks is None for sealed in vaults):
        return None
    coded = [
        np.unique(np.arange(len(sealed.y)) if sealed.blocks is None else sealed.blocks, return_inverse=True)[1]
        for sealed in vaults
    ]
    starts = np.cumsum([0, *(int(codes.max()) + 1 for codes in coded[:-1])])
    return np.concatenate([codes + start for codes, start in zip(coded, starts, strict=True)])


def _parts(study: Study, vaults: Sequence[vault.Holdout]) -> Mapping[str, NDArray[np.str_]]:
    """The name of each sealed row's part in each column that the user wants the gain apart for."""
    columns = study.config.validation.slices
    if not columns:
        return {}
    rules = slices.read_rules(Path(study.data.uri))
    if not study.outer:
        return slices.slice_names(rules, vaults[0].extra["slices"], columns)
    # Each fold learned its own edges; those of the whole table name the same parts in all of them.
    development = open_development(study.data)
    codes = slices.encode(rules, development.frame())
    rows = np.concatenate([np.searchsorted(development.row_numbers, sealed.ids) for sealed in vaults])
    return slices.slice_names(rules, codes[rows], columns)


def _are_probabilities(model: Model, *predicted: Floats) -> bool:
    """Whether the predictions are probabilities: what an objective of the user's own returns may look otherwise."""
    return model.probable and all(bool(((p >= 0) & (p <= 1)).all()) for p in predicted)
