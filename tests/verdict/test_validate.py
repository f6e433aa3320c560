"""From the first trial to the verdict: the same for every executor, and the sealed rows open for one commitment."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from finetooth.config.loading import load_tune
from finetooth.data import vault
from finetooth.data.split import Gate, split_table
from finetooth.data.store import open_development
from finetooth.details import Declared
from finetooth.errors import VaultSpentError
from finetooth.metrics import DEFAULTS, METRICS
from finetooth.records import DataRef, Fidelity, Finding, StageCost, Verdict, Waiver, from_json, to_json
from finetooth.runs.run import Run
from finetooth.trials import searches
from finetooth.trials.inline_executor import InlineExecutor
from finetooth.trials.journal import Journal
from finetooth.trials.study import Study
from finetooth.verdict.measurements import _dependence
from finetooth.verdict.replicate import Replicated, finalists, replicate, select, still_in
from finetooth.verdict.sealed_rows import Comparison, Pair, commitment
from finetooth.verdict.validate import ValidationResult, compare, fit_pair, wants_more_seeds

TINY = {
    "coarse": {"trials": 3, "folds": 2},
    "refine": {"trials": 5, "folds": 2, "window": 2},
    "replicate": {"finalists": 2, "repeats": 2, "folds": 2},
    "validation": {"seeds": 2, "bootstrap": 200},
}
CONFIG = load_tune(TINY)
COSTS = (StageCost("coarse", 3, 0.5, 0.25), StageCost("refine", 5, 1.0, 0.75))
WARNING = Finding("shift", "warning", (), "seen", waiver=Waiver("shift", "known"))
LEAK = Finding("single feature", "error", ("x",), "seen")


@dataclass(frozen=True)
class Made:
    """A run up to the sealed rows, and where they lie."""

    study: Study
    chosen: Replicated
    pairs: list[Pair]

    def outcome(self, findings=(), config=None, pairs=None):
        study = self.study if config is None else replace(self.study, config=config)
        comparison = Comparison(study, self.chosen, tuple(pairs or self.pairs))
        return compare(study, self.chosen, [comparison], comparison.pairs[0], findings, COSTS)


def run(config, data: DataRef, folder, family, executor, metric):
    journal = Journal(folder / "trials.jsonl")
    study = Study(config, Run(folder / "run", config), data, family, METRICS[metric], executor, journal)
    refined = searches.refine(study, searches.coarse(study))
    entered, trials = finalists(refined, config.replicate.finalists), []
    for repeat in range(config.replicate.repeats):
        trials.append(replicate(study, entered, repeat))
        entered = still_in(entered, trials)
    chosen = select(entered, trials)
    pairs = [fit_pair(study, chosen, number) for number in range(config.validation.seeds)]
    return Made(study, chosen, pairs)


@pytest.fixture(scope="module")
def original(tmp_path_factory, boosted):
    """A run that nobody has opened the sealed rows for."""
    return tune(tmp_path_factory.mktemp("original"), boosted, InlineExecutor())


@pytest.fixture
def made(original, tmp_path):
    """The same with sealed rows of its own."""
    run = replace(original.study.run, folder=tmp_path / "run")
    shutil.copytree(original.study.run.store, run.store)
    return replace(original, study=replace(original.study, run=run))


def tune(folder, family, executor, config=CONFIG, metric="roc_auc"):
    """Everything before the sealed rows."""
    sealed = split_table(config, folder / ".store", Gate(lambda *_: (), lambda *_: ()))
    return run(config, sealed.data, folder, family, executor, metric)


def again(**validation):
    """The configuration with another section of validation."""
    return load_tune(TINY | {"validation": TINY["validation"] | validation})


def test_the_verdict_is_the_same_for_every_executor(made, boosted, tmp_path):
    (tmp_path / "threads").mkdir()
    with ThreadPoolExecutor(2) as pool:
        both = tune(tmp_path / "threads", boosted, pool)
    assert both.chosen == made.chosen
    assert both.outcome() == made.outcome()


def test_a_verdict_says_what_was_compared_and_reads_back_from_its_file(made):
    verdict = made.outcome((WARNING,)).verdict
    assert (verdict.metric, verdict.seeds, verdict.vault_openings) == ("roc_auc", 2, 1)
    assert (verdict.trials, verdict.seconds, verdict.costs) == (8, 1.0, COSTS)
    assert verdict.waivers == (Waiver("shift", "known"),)
    assert verdict.findings[0] == WARNING
    assert verdict.holdout_rows + made.study.data.rows == 569
    assert (verdict.tuned_params, verdict.default_params) == (made.chosen.winner.params, made.chosen.default.params)
    assert verdict.difference == pytest.approx(verdict.tuned - verdict.default, abs=1e-9)
    assert verdict.ci_low <= verdict.difference <= verdict.ci_high
    promised = made.chosen.search_score - made.chosen.search_default
    assert verdict.optimism == pytest.approx(promised - verdict.difference)
    assert verdict.sentence.startswith(f"{verdict.label}: ")
    assert from_json(Verdict, to_json(verdict)) == verdict


def test_scores_are_those_of_both_models_on_the_sealed_rows(made):
    verdict = made.outcome().verdict
    folder = made.study.run.store / "vault" / made.study.data.fingerprint
    sealed = vault.open_vault(folder, commitment(made.study, made.chosen))
    for side, reported in (("tuned", verdict.tuned), ("default", verdict.default)):
        scores = [METRICS["roc_auc"].natural(sealed.y, getattr(pair, side).scores(sealed.X)) for pair in made.pairs]
        assert reported == pytest.approx(np.mean(scores))
    assert sealed.openings == 1


def test_the_model_that_ships_is_the_one_that_the_label_names(made):
    found = made.outcome()
    kept = {"tuned": made.pairs[0].tuned, "default": made.pairs[0].default}
    assert (found.model, found.tuned) == (kept[found.verdict.shipped], made.pairs[0].tuned)
    assert found.verdict.params == found.model.params


def test_the_same_commitment_may_be_looked_at_again_and_with_more_seeds(made):
    first = made.outcome()
    assert made.outcome() == first
    more = [*made.pairs, *(fit_pair(made.study, made.chosen, number) for number in (2, 3))]
    wider = made.outcome(pairs=more).verdict
    assert (wider.seeds, wider.vault_openings, first.verdict.vault_openings) == (4, 1, 1)


def test_another_comparison_on_the_same_rows_is_refused(made):
    made.outcome()
    other = again(min_gain=0.01)
    with pytest.raises(VaultSpentError, match="the vault must be opened for one commitment"):
        made.outcome(config=other)
    changed = replace(made, chosen=replace(made.chosen, winner=replace(made.chosen.winner, params={"max_depth": 2})))
    with pytest.raises(VaultSpentError):
        changed.outcome()


def test_a_second_look_is_counted_and_its_interval_is_wider(made):
    first = made.outcome().verdict
    second = made.outcome(config=again(min_gain=first.min_gain, again=True)).verdict
    assert second.vault_openings == 2
    assert second.difference == first.difference
    assert (second.ci_low, second.ci_high) != (first.ci_low, first.ci_high)
    assert second.ci_low <= first.ci_low <= first.ci_high <= second.ci_high
    assert any("Opening 2 of the vault" in note for note in second.notes)
    third = made.outcome(config=again(min_gain=0.5, again=True)).verdict
    assert third.vault_openings == 3
    assert plain(made.outcome().verdict) == plain(first)  # the first look stays what it was


def plain(verdict):
    """A verdict without the head of the chain, which grows with each look."""
    return replace(verdict, extra=replace(verdict.extra, vault_head=None))


def test_a_leak_that_nobody_waived_makes_the_comparison_invalid(made):
    verdict = made.outcome((LEAK,)).verdict
    assert (verdict.label, verdict.shipped, verdict.params) == ("INVALID", "default", verdict.default_params)


def test_the_commitment_names_all_that_the_verdict_depends_on(made):
    committed = commitment(made.study, made.chosen)
    assert set(committed) >= {"config", "winner", "default", "metric", "margin", "bootstrap", "seeds", "data", "code"}
    assert len(set(committed["seeds"])) == 4
    assert commitment(replace(made.study, config=again(again=True)), made.chosen) == committed
    for changed in (again(min_gain=0.1), again(bootstrap=300), again(seeds=3)):
        assert commitment(replace(made.study, config=changed), made.chosen) != committed


def test_a_pair_has_one_seed_and_each_pair_its_own(made):
    winner = replace(made.chosen.winner, params=dict(made.chosen.winner.params) | {"subsample": 0.5})
    chosen = replace(made.chosen, winner=winner, default=winner)
    first, same, other = (fit_pair(made.study, chosen, number) for number in (0, 0, 1))
    assert first == same
    assert first.tuned.payload == first.default.payload != other.tuned.payload


def test_a_loss_is_reported_in_its_own_direction(tables, boosted, tmp_path):
    for kind in ("multiclass", "regression"):
        (tmp_path / kind).mkdir()
        config = load_tune(TINY | {"data": tables[kind].config.data.model_dump()})
        made = tune(tmp_path / kind, boosted, InlineExecutor(), config, DEFAULTS[kind])
        verdict = made.outcome().verdict
        assert verdict.tuned > 0
        assert verdict.difference == pytest.approx(verdict.default - verdict.tuned, abs=1e-9)
        assert verdict.search_score == -made.chosen.search_score > 0
        assert verdict.min_gain == pytest.approx(0.005 * verdict.default)


def test_seeds_are_doubled_once_where_they_matter_much(made):
    found = made.outcome()

    def asks(share, seeds):
        verdict = replace(found.verdict, extra=replace(found.verdict.extra, seed_share=share), seeds=seeds)
        return wants_more_seeds(made.study, ValidationResult(verdict, found.model, found.tuned))

    assert [asks(0.31, 2), asks(0.29, 2), asks(0.9, 4)] == [True, False, False]


def test_the_verdict_says_which_fit_ships_and_what_it_scores(made):
    """The scores are means over seeds, and what ships is one fit."""
    found = made.outcome()
    folder = made.study.run.store / "vault" / made.study.data.fingerprint
    sealed = vault.open_vault(folder, commitment(made.study, made.chosen))
    assert found.verdict.extra.shipped_score == METRICS["roc_auc"].natural(sealed.y, found.model.scores(sealed.X))


def test_yardsticks_are_measured_on_the_sealed_rows_against_what_ships(made):
    """A gain over the default says nothing of whether anything was learned."""
    verdict = made.outcome().verdict
    ours = verdict.tuned if verdict.shipped == "tuned" else verdict.default
    found = verdict.extra.yardsticks
    assert [each.name for each in found] == ["constant", "linear"]
    assert found[0].score == 0.5
    for each in found:
        assert each.difference == pytest.approx(ours - each.score)
        assert each.low <= each.difference <= each.high
    assert verdict.extra.declared == Declared()


def test_a_vault_that_was_sealed_without_times_has_no_forecasts(made):
    """Rows that an earlier version sealed are compared as before."""
    declared = load_tune(TINY | {"split": {"time": "mean radius"}})
    study = replace(made.study, config=declared)
    assert [each.name for each in replace(made, study=study).outcome().verdict.extra.yardsticks] == [
        "constant",
        "linear",
    ]


def in_time(folder, boosted, days):
    """A run by time on 300 rows, so many rows a day that there are `days` of them; the winner is not the default."""
    rng = np.random.default_rng(0)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(300) * days // 300, unit="D")
    x = rng.normal(size=(2, 300))
    frame = pd.DataFrame({"day": day, "a": x[0], "b": x[1], "target": x[0] + rng.normal(size=300)})
    frame.to_csv(folder / "days.csv", index=False)
    sections = {"data": {"source": str(folder / "days.csv")}, "split": {"time": "day", "embargo": "0d"}}
    made = tune(folder, boosted, InlineExecutor(), load_tune(TINY | sections), "rmse")
    winner = replace(made.chosen.winner, index=1, params={"learning_rate": 0.1, "max_depth": 2, "n_estimators": 5})
    made = replace(made, chosen=replace(made.chosen, winner=winner))
    return replace(made, pairs=[fit_pair(made.study, made.chosen, number) for number in range(2)])


def test_a_split_by_time_names_its_period_and_draws_times(tmp_path, boosted):
    verdict = in_time(tmp_path, boosted, 300).outcome().verdict
    extra = verdict.extra
    assert (extra.period, extra.unseen) == (("2024-08-28", "2024-10-26"), "later times")
    assert (extra.bootstrap.unit, extra.bootstrap.reason) == ("period", None)
    assert 5 <= extra.bootstrap.units <= 60
    assert f"on 60 sealed rows in {extra.bootstrap.units} periods of 'day'" in verdict.sentence
    assert "The sealed rows run from 2024-08-28 to 2024-10-26 ('day'); later ones may differ." in verdict.sentence
    assert [each.name for each in extra.yardsticks][:3] == ["constant", "linear", "last value"]
    assert verdict.ci_low < verdict.difference < verdict.ci_high
    assert from_json(Verdict, to_json(verdict)) == verdict


def test_a_handful_of_sealed_days_gives_no_interval_and_keeps_the_default(tmp_path, boosted):
    """Eight days with many rows each are eight values, of which none shows whether they go together."""
    verdict = in_time(tmp_path, boosted, 40).outcome().verdict
    assert np.isnan([verdict.ci_low, verdict.ci_high, verdict.bootstrap_support]).all()
    assert (verdict.label, verdict.shipped, verdict.extra.bootstrap.draws) == ("INCONCLUSIVE", "default", 0)
    assert verdict.extra.bootstrap.reason.startswith("8 sealed times are worth ")
    assert ", without an interval, since 8 sealed times are worth " in verdict.sentence
    assert ": more periods of 'day' would tell. Compared with" in verdict.sentence
    assert all(np.isfinite(each.difference) for each in verdict.extra.yardsticks)
    assert np.isfinite(verdict.difference)


def test_folds_by_time_are_tested_with_their_own_dependence(tmp_path, boosted):
    made = in_time(tmp_path, boosted, 300)
    found = _dependence(made.study, 2, 2)
    shares = [
        len(test) / len(train)
        for repeat in range(2)
        for train, test in open_development(made.study.data).folds(Fidelity(1.0, 2), 0, "replicate", repeat)
    ]
    least = np.mean(shares) / (1 + np.mean(shares))
    assert found.correlation > least > 1 / 2 - 0.2
    assert 0 < found.freedom < 3
