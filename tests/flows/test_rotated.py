"""A run with outer folds: each sealed from a search of its own, one opening a fold, one answer on any workers."""

import json

import numpy as np
import pytest

from finetooth.cli.vault_table import audit_run
from finetooth.errors import VaultSpentError
from finetooth.models.model import load_model
from finetooth.trials.journal import Journal
from tests.flows.running import answer, found, frame, small, trials, tuned, written

OUTER = {"outer": 2, "slices": ["color"]}


def config_of(folder, **sections):
    settings = {"model": {"constants": {"learning_rate": 0.3}}, "split": {"group": "member"}, "validation": OUTER}
    return small(folder, written(folder), **settings | sections)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run with two outer folds, and its configuration."""
    config = config_of(tmp_path_factory.mktemp("rotated"))
    return tuned(config), config


def test_the_verdict_rests_on_every_row_once(finished):
    run, _ = finished
    verdict = run.verdict()
    assert verdict.holdout_rows == 240
    assert sum(fold.rows for fold in verdict.extra.outer) == 240
    assert verdict.vault_openings == 1
    shares = np.array([fold.rows for fold in verdict.extra.outer]) / 240
    assert verdict.tuned == pytest.approx(float(shares @ [fold.tuned for fold in verdict.extra.outer]))
    assert verdict.default == pytest.approx(float(shares @ [fold.default for fold in verdict.extra.outer]))
    assert any("2 outer folds" in note for note in verdict.notes)
    assert {part.slice for part in verdict.extra.slices or ()} <= {"color = red", "color = green", "color = blue"}


def test_each_search_has_its_own_journal_and_luck(finished):
    run, _ = finished
    searched = [Journal(run.outer_journal(number)).trials("refine") for number in (1, 2)]
    assert all(searched)
    folds = {trial.folds for journal in searched for trial in journal}
    assert len(folds) == 2


def test_one_opening_a_fold_stands_in_a_chain_that_is_whole(finished):
    run, _ = finished
    audits = audit_run(run)
    assert [len(audit.openings) for audit in audits] == [1, 1]
    assert [audit.problems for audit in audits] == [(), ()]
    assert sum(audit.rows for audit in audits) == 240


def test_what_ships_learned_from_all_rows(finished):
    run, _ = finished
    model = load_model(run.model)
    assert json.loads((run.folder / "data.json").read_text())["rows"] == 240
    assert len(model.predict(frame().drop(columns="target"))) == 240


def test_a_run_that_is_taken_up_again_ends_the_same(finished):
    """A crash between the folds must cost nothing and change nothing."""
    run, config = finished
    before, journal = answer(run), trials(run)
    (run.folder / "verdict.json").unlink()
    run.outer_journal(2).unlink()
    assert answer(tuned(config)) == before
    assert trials(found(config)) == journal


def test_one_worker_gives_the_same_answer(finished, tmp_path):
    run, _ = finished
    alone = tuned(config_of(tmp_path, cluster={"workers": 1}))

    def values(of):
        kept = answer(of)
        for fold in kept["extra"]["outer"]:
            fold.pop("vault_head")
        return kept

    assert values(alone) == values(run)


def test_another_configuration_may_not_look_at_the_same_folds(finished):
    _, config = finished
    other = config.model_copy(update={"output": config.output.model_copy(update={"run": "other"})})
    other = other.model_copy(update={"validation": config.validation.model_copy(update={"seeds": 3})})
    with pytest.raises(VaultSpentError):
        tuned(other)
