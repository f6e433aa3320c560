"""The journal: what was finished is on disk, in any state that a kill can leave the file in."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.trials.journal import EndedEarly, Journal, untimed

FULL = Fidelity(1.0, 3)


def trial(index, stage="refine", repeat=0, **changes):
    params = {"eta": 0.1 + index / 7, "depth": index, "flag": True, "booster": "gbtree", "none": None}
    made = Trial(stage, Candidate(index, params, "random", (1,)), FULL, "complete", (0.5, 0.25 + index), repeat=repeat)
    return replace(made, **changes)


def failed(index):
    return trial(index, state="failed", scores=(), reason='it did not fit: é "quoted"')


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "trials.jsonl")


def test_what_was_written_is_read_back_as_it_was(journal):
    trials = (
        trial(0, train_scores=(0.9, 0.8), curve=(0.1, 1 / 3), rounds=2, seconds=0.25, worker="one"),
        failed(1),
        trial(2, reason="ConvergenceWarning: not yet"),
    )
    journal.extend(trials)
    again = Journal(journal.path)
    assert again.trials() == trials
    assert again.find("refine", 0, 1) == trials[1]
    assert (again.find("refine", 1, 1), again.find("coarse", 0, 1), again.find("refine", 0, 3)) == (None, None, None)


def test_each_trial_is_on_disk_when_append_returns(journal):
    for index in range(3):
        journal.append(trial(index))
        assert len(Journal(journal.path).trials()) == index + 1


def test_a_trial_is_written_once(journal):
    journal.append(trial(0))
    journal.append(trial(0, scores=(0.9, 0.9)))
    journal.extend([trial(0), trial(1)])
    assert journal.trials() == (trial(0), trial(1))
    assert len(journal.path.read_text().splitlines()) == 2


def test_trials_of_a_stage_come_in_the_order_of_repeat_and_index(journal):
    wanted = [
        trial(0, "coarse", 0),
        trial(1, "coarse", 1),
        trial(0),
        trial(10),
        trial(0, "replicate", 0),
        trial(2, "replicate", 0),
        trial(0, "replicate", 1),
        trial(0, "validate"),
    ]
    journal.extend(reversed(wanted))
    assert journal.trials() == tuple(wanted)
    assert journal.trials("replicate") == tuple(wanted[4:7])
    assert journal.trials("sweep") == ()


@pytest.mark.parametrize("cut", [1, 30, -1])
def test_half_a_line_at_the_end_is_forgotten_and_its_trial_can_be_written_again(journal, cut):
    journal.extend([trial(0), trial(1)])
    whole = journal.path.read_bytes()
    end = whole.index(b"\n") + 1
    journal.path.write_bytes(whole[: end + cut if cut > 0 else cut])
    again = Journal(journal.path)
    assert again.trials() == (trial(0),)
    again.append(trial(1))
    assert (Journal(journal.path).trials(), journal.path.read_bytes()) == ((trial(0), trial(1)), whole)


def test_reading_changes_nothing_so_that_a_run_can_be_looked_at_while_it_writes(journal):
    journal.extend([trial(0), trial(1)])
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-20])  # the writer is in the middle of its line
    assert Journal(journal.path).trials() == (trial(0),)
    with journal.path.open("ab") as writer:
        writer.write(whole[-20:])
    assert Journal(journal.path).trials() == (trial(0), trial(1))


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b'{"stage": "refine"}', b"[1, 2]", b'{"cut": "refine"}', b'{"cut": "x", "trials": null}', b"\xff"],
)
def test_a_line_in_the_middle_that_is_no_trial_is_named(journal, line):
    journal.extend([trial(0), trial(1), trial(2)])
    lines = journal.path.read_bytes().split(b"\n")
    journal.path.write_bytes(b"\n".join([lines[0], line, *lines[2:]]))
    with pytest.raises(InputError) as caught:
        Journal(journal.path)
    assert str(caught.value) == (
        f"each line of the journal must be a trial; line 2 of {journal.path} is not; "
        "restore the file, or delete that line and its trial is run again."
    )


def test_a_settled_file_does_not_tell_who_was_faster(journal, tmp_path):
    other = Journal(tmp_path / "other.jsonl")
    trials = [trial(0, "coarse"), trial(0), failed(1), trial(2), trial(0, "replicate", 1)]
    journal.extend(trials)
    other.extend(reversed(trials))
    for each in (journal, other):
        each.record_cut("refine", 3, "late")
        each.rewrite_sorted()
    assert journal.path.read_bytes() == other.path.read_bytes()
    assert Journal(journal.path).trials() == tuple(trials)
    journal.append(trial(9))
    assert Journal(journal.path).trials("refine") == (trial(0), failed(1), trial(2), trial(9))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.jsonl", "trials.jsonl"]


def test_where_a_time_limit_cut_is_kept(journal):
    journal.append(trial(0))
    journal.record_cut("refine", 1, "the time limit was reached")
    cut = EndedEarly("refine", 1, "the time limit was reached")
    assert (journal.cut("refine"), journal.cut("coarse")) == (cut, None)
    journal.rewrite_sorted()
    assert Journal(journal.path).cut("refine") == cut


def test_threads_may_share_a_journal(journal):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(journal.append, [trial(i % 40) for i in range(120)]))
        list(pool.map(lambda n: journal.rewrite_sorted() if n % 3 else journal.append(trial(40 + n)), range(12)))
    expected = tuple(trial(i) for i in [*range(40), *(40 + n for n in range(0, 12, 3))])
    assert journal.trials() == expected
    assert Journal(journal.path).trials() == expected


def test_threads_that_bring_the_same_trial_write_it_once(journal, monkeypatch):
    monkeypatch.setattr("finetooth.trials.journal.os.fsync", lambda _: time.sleep(0.01))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(journal.append, [trial(0)] * 4))
    assert len(journal.path.read_text().splitlines()) == 1


def test_each_line_is_plain_json(journal):
    journal.append(trial(0, train_scores=(float("nan"), 1.0)))
    line = journal.path.read_text().strip()
    assert json.loads(line, parse_constant=pytest.fail)["train_scores"] == [None, 1.0]


def test_untimed_leaves_out_what_differs_between_equal_runs():
    assert untimed(trial(1, seconds=3.0, worker="here")) == untimed(trial(1, seconds=5.0, worker="there"))
    assert untimed(trial(1)) != untimed(trial(2))
