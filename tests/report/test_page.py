"""What the page must hold, whatever became of the run."""

import re
import threading
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

from finetooth.details import Details, FoldTest, Posterior, SliceScores, Yardstick
from finetooth.records import Candidate, Fidelity, Finding, Trial
from finetooth.report import RunRecord, comparison, curves, history, html, text_sections, write
from finetooth.report.record import drawn_trials, tuned_digest
from tests.report import samples

TITLES = [
    "Tuned against default",
    "Search history",
    "Learning curves",
    "Parameters",
    "Subset against all rows",
    "Over- and underfitting",
    "Leakage findings",
    "Calibration and slices",
    "Checklist",
    "Cost by stage",
    "Leaderboard",
    "To repeat this run",
]


class Shape(HTMLParser):
    """Tags, attributes and text of a page; an error when tags do not close."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.titles = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open and self.open[-1] == "h2":
            self.titles.append(text)


@pytest.fixture(scope="module")
def page():
    return html(samples.full())


def _section(page, key):
    return re.search(rf'<section id="{key}".*?</section>', page, re.DOTALL).group()


def _words(fragment):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", fragment)).split())


def test_the_verdict_comes_first_with_its_label_and_what_ships(page):
    body = _words(page.split("<body>")[1])
    start = (
        "churn-2026-03-01 target churned, 16,840 development rows, 23 features BETTER Tuned beats default by +.0061 AUC"
    )
    assert body.startswith(start)
    assert body.index("The tuned model ships. n_estimators =") < body.index("Sealed rows 4,210")
    assert samples.SENTENCE in unescape(re.search(r'name="description" content="(.*?)"', page).group(1))


def test_every_section_is_there_in_the_order_of_reading(page):
    assert Shape(page).titles == TITLES


def test_the_page_loads_nothing_and_runs_nothing(page):
    shape = Shape(page)
    assert not {"script", "link", "img", "iframe", "object", "image"} & set(shape.tags)
    addresses = [value for name, value in shape.attributes if name in {"src", "href", "action", "data"}]
    assert all(address.startswith("#") for address in addresses)
    assert "http" not in page.replace("http-equiv", "")
    assert re.findall(r"url\((?!#)|@import|@font-face", page) == []


def test_all_tags_close_and_no_id_is_used_twice(page):
    shape = Shape(page)
    ids = [value for name, value in shape.attributes if name == "id"]
    assert shape.open == []
    assert len(ids) == len(set(ids))
    targets = [value[1:] for name, value in shape.attributes if name == "href"]
    assert set(targets) <= set(ids)


def test_drawings_have_names_for_readers_and_colours_of_the_style_sheet(page):
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) > 15
    for drawing in drawings:
        assert re.match(r'<svg [^>]*role="img" aria-label="[^"]{10,}"', drawing)
        assert re.findall(r"#0101..|DejaVu", drawing) == []
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_points_say_which_trial_they_are(page):
    history = _section(page, "history")
    assert "<title>coarse trial 7 (sobol): failed, out of memory</title>" in history
    assert "<title>refine trial 11 (" in history


def test_history_counts_what_failed_and_names_the_default(page):
    text = _words(_section(page, "history"))
    assert "Coarse: 16 trials on 25 % of the rows, 3 folds; best 0." in text
    assert "; 1 failed." in text
    assert "; 1 pruned." in text
    assert "crosses have no score" in text


def test_subset_agreement_gives_spearman_over_the_shared_candidates(page):
    assert "Spearman 0.83 over 6 shared candidates" in _words(_section(page, "agreement"))


def test_fitting_shows_the_scores_of_the_verdict_on_sealed_rows(page):
    text = _words(_section(page, "fitting"))
    assert re.search(r"tuned 0\.\d{4} 0\.\d{4} 0\.\d{4} 0\.8671 ", text)
    assert re.search(r"default 0\.\d{4} 0\.\d{4} 0\.\d{4} 0\.8610 ", text)


def test_findings_show_message_meaning_remedy_waiver_and_table(page):
    text = _words(_section(page, "findings"))
    assert text.startswith(
        "Leakage findings 1 error, 1 warning, 1 for information; 1 of them waived. error, waived exact_duplicates"
    )
    waived = samples.FINDINGS[0]
    for said in (waived.message, waived.meaning, waived.remedy, "column AUC z last_call_reason .961 41.2"):
        assert said in text
    assert "Waived, because: Plans are few; equal customers are different people." in text


def test_checklist_says_declared_checked_waived_and_not_checkable(page):
    text = _words(_section(page, "checklist"))
    assert "L1.1 No test set checked 4,210 rows sealed before the search; 1 opening" in text
    assert "L1.4 Duplicates in the data waived 61 of 4,210" in text
    assert "L2 Features that are not legitimate warning 'last_call_reason' alone" in text
    assert "L1.2 Pre-processing on training and test set not checked" in text
    assert "L3.1 Temporal leakage checked in part nothing found by row_order; no time is declared" in text
    assert (
        "L3.2 Training and test samples depend on each other checked nothing found by declared_group, row_order" in text
    )
    assert "L3.3 Sampling bias in the test distribution checked nothing found by shift" in text
    assert "7b Uncertainty of the result checked 95 % interval, two-way bootstrap over groups of 'household'" in text
    assert "it takes the sealed groups of 'household' for independent draws" in text
    assert "trial 0 of the search, and a constant and a linear model, on the same sealed rows" in text
    assert "6b Rows that belong together declared group column household" in text
    assert "6b The order of time not declared" in text
    assert "8a, 8b Evidence that the result holds elsewhere, and where it would not not checkable" in text


def test_a_check_that_could_not_look_is_not_called_checked():
    blind = Finding("shift", "info", (), "not checked: there are too few rows.")
    text = _words(_section(html(replace(samples.stopped(), findings=(samples.STOP, blind))), "checklist"))
    assert "L3.3 Sampling bias in the test distribution not checked shift: not checked: there are too few rows." in text


def test_what_one_check_saw_is_not_hidden_by_another_that_could_not_look():
    blind = Finding("near_duplicates", "info", (), "not checked: 2 columns are continuous.")
    made = replace(samples.full(), verdict=None, findings=(blind,))
    text = _words(_section(html(made), "checklist"))
    assert "checked in part nothing found by exact_duplicates; near_duplicates: not checked: 2 columns" in text


def test_what_was_not_declared_is_not_called_checked():
    """Neither of these checks can look for what nobody named."""
    split = {**samples.full().config["split"], "group": None, "time": "day"}
    lineage = {"checks": ["time", "row_order", "declared_group", "undeclared_group"], "code": "1.2+abc"}
    config = {**samples.full().config, "split": split}
    made = replace(samples.full(), verdict=None, findings=(), lineage=lineage, config=config)
    text = _words(_section(html(made), "checklist"))
    assert "L3.1 Temporal leakage checked nothing found by time " in text
    assert "depend on each other not checked no group is declared, and under a split by time none is looked for" in text
    assert "2b The code and its versions declared finetooth 1.2+abc" in text


def test_settings_to_repeat_the_run_are_complete(page):
    text = _words(_section(page, "repeat"))
    assert samples.LINEAGE["command"] in text
    assert "group: household" in text
    assert "xgboost 3.2.0" in text
    assert "validate 11, 12, 13, 14, 15" in text
    assert "fingerprint 9f2c41d07be3a815" in text


def test_the_same_record_gives_the_same_page_also_from_two_threads_at_once(page):
    found = []
    threads = [threading.Thread(target=lambda: found.append(html(samples.full()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [page, page]


def test_a_run_stopped_by_leakage_leads_with_the_error_and_keeps_all_sections():
    page = html(samples.stopped())
    body = _words(page.split("<body>")[1])
    assert (
        "STOPPED Leakage found by 'state_purity', so no trial was spent and no model ships. 'refund_code' is filled"
        in body
    )
    assert Shape(page).titles == ["Leakage findings", *(t for t in TITLES if t != "Leakage findings")]
    assert page.count('class="empty"') == 9
    assert "L2 Features that are not legitimate found 'refund_code'" in body


def test_a_sweep_leads_with_its_best_trial_and_warns_that_it_flatters():
    body = _words(html(samples.sweep()).split("<body>")[1])
    assert (
        "SWEEP Best of 24 trials: AUC 0.8685 by trial 21. The default scored 0.8637. This is what the search itself saw"
        in body
    )
    assert "No comparison: the sealed rows were not opened in this run." in body
    assert "This run searched at one fidelity only" in body


def test_a_loss_is_shown_as_a_loss():
    page = html(samples.regression())
    text = _words(page)
    assert "RMSE (lower is better), on 4,210 sealed rows" in text
    assert "Tuned 34,912 Default 36,481 Difference +1,568" in text
    assert re.search(r"best 3\d,\d{3} by trial", text)
    assert re.findall("[-\u2212]3\\d,\\d{3}", text) == []


def test_an_unfinished_run_says_that_there_is_no_verdict():
    said = text_sections.lead(replace(samples.full(), verdict=None))
    assert (said.badge.text, said.sentence) == ("NO VERDICT", "Best of 24 trials: AUC 0.8685 by trial 21.")


def test_an_empty_record_gives_a_page_with_every_section():
    page = html(RunRecord("nothing"))
    assert Shape(page).titles == TITLES
    assert "NO VERDICT Nothing was run yet." in _words(page)


def _one(**changes):
    made = Trial("refine", Candidate(0, samples.DEFAULT, "default"), Fidelity(), "complete", (0.8, 0.82))
    return replace(made, **changes)


@pytest.mark.parametrize(
    "trials",
    [
        (_one(),),
        (_one(state="failed", scores=(), reason="out of memory"),),
        (_one(), _one(candidate=Candidate(1, samples.DEFAULT | {"max_depth": 3}, "random"))),
        (_one(scores=(0.5,)), _one(candidate=Candidate(1, {}, "random"), scores=(0.5,))),
        (
            _one(candidate=Candidate(0, {"max_depth": None, "learning_rate": 0}, "random")),
            _one(state="running", scores=()),
        ),
    ],
    ids=["one trial", "all failed", "two alike", "no parameters", "odd values"],
)
def test_few_or_broken_trials_still_give_a_page(trials):
    record = replace(samples.full(), verdict=None, trials=trials, importance={})
    assert Shape(html(record)).titles == TITLES
    assert Shape(html(replace(record, space=None))).titles == TITLES


def test_a_verdict_without_trials_still_compares():
    text = _words(html(replace(samples.full(), trials=())))
    assert "Difference +0.0061" in text
    assert "Search history No trial was run." in text


def test_an_incomplete_comparison_draws_no_interval():
    lost = replace(samples.full().verdict, label="INVALID", ci_low=float("nan"), ci_high=float("nan"))
    section = comparison.section(replace(samples.full(), verdict=lost))
    assert section.text == ("There is no interval to draw.",)
    assert section.charts == ()


def test_a_default_that_was_kept_before_the_vault_is_not_compared_with_itself():
    kept = replace(samples.full().verdict, label="NO-CANDIDATE", shipped="default", tuned_params=samples.DEFAULT)
    record = replace(samples.full(), verdict=kept)
    section = comparison.section(record)
    assert section.text == (
        "No candidate was clearly better on fresh folds, so the default stays; no difference to draw.",
    )
    assert section.charts == ()
    assert curves.section(record).text == ("Default: round 70 chosen of 420 fitted.",)


def test_tests_on_fresh_folds_are_shown_where_recorded():
    test = FoldTest(0.005, 0.0312, 0.0006, 0.0094)
    made = replace(samples.full().verdict, extra=Details(nadeau_bengio=test, bayesian=Posterior(0.012, 0.2, 0.788)))
    assert comparison.table(samples.full(), made).rows[-2:] == (
        (
            "Gain on fresh folds",
            "+0.0006 to +0.0094",
            f"{comparison.SELECTED}: 95 % interval, corrected t-test (Nadeau and Bengio), p 0.0312",
        ),
        (
            "Chances on fresh folds",
            "1.2 % / 20 % / 78.8 %",
            f"{comparison.SELECTED}: worse / as good / better, correlated Bayesian t-test",
        ),
    )


def test_yardsticks_stand_in_a_table_of_their_own_with_how_they_compare():
    """Somebody who reads that tuned beats default must see that a line would have done."""
    yardsticks = (
        Yardstick("constant", "the share of the positive class", 0.5, 0.3671, 0.3512, 0.3826),
        Yardstick("linear", "logistic regression", 0.8659, 0.0012, -0.0031, 0.0055),
        Yardstick("last value", "at the end of the development rows", 0.8, 0.01, -0.02, 0.04),
        Yardstick("last season", "the last 7 steps of 'day', repeated", 0.9, -0.03, -0.05, -0.01),
    )
    made = replace(samples.full().verdict, extra=Details(yardsticks=yardsticks))
    table = comparison.section(replace(samples.full(), verdict=made)).tables[1]
    assert [tuple(map(str, row)) for row in table.rows] == [
        ("A constant (the share of the positive class)", "0.5000", "+0.3671", "+0.3512 to +0.3826", "beaten"),
        ("A linear model (logistic regression)", "0.8659", "+0.0012", "\u22120.0031 to +0.0055", "does as well"),
        ("The last value (at the end of the development rows)", "0.8000", "+0.0100", "\u22120.0200 to +0.0400", "may do as well"),
        ("The last season (the last 7 steps of 'day', repeated)", "0.9000", "\u22120.0300", "\u22120.0500 to \u22120.0100", "does better"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.0021, 0.01, "lies above the smallest gain that matters, +0.0020."),
        (0.0014, 0.0108, "lies above zero, but it reaches below the smallest gain that matters, +0.0020."),
        (0.0004, 0.0015, "lies above zero and below the smallest gain that matters, +0.00200."),
        (-0.001, 0.0015, "lies within the smallest gain that matters, +0.0020 either way."),
        (-0.02, -0.001, "lies below zero: the default is better."),
    ],
)
def test_the_interval_is_told_as_the_label_has_it(low, high, words):
    """A gain that is shown and ships, however small, is no gain within the margin."""
    made = replace(samples.full().verdict, ci_low=low, ci_high=high)
    assert f"The whole interval {words}" in comparison.section(replace(samples.full(), verdict=made)).text[0]


def test_nothing_says_that_a_gain_below_the_margin_keeps_the_default():
    """A gain that is shown ships, whether or not it is shown to reach the margin."""
    made = samples.full().verdict
    (row,) = [row for row in comparison.table(samples.full(), made).rows if row[0] == "Smallest gain that matters"]
    assert (made.shipped, row[2]) == ("tuned", "the margin: IMPROVED is shown above it")


def test_a_sentence_of_an_earlier_version_is_shown_with_its_label_of_today():
    """The label stands once, and nothing of the former one is left."""
    old = replace(samples.full().verdict, sentence=samples.SENTENCE.replace("BETTER:", "BETTER-BUT-SMALL:"))
    record = replace(samples.full(), verdict=old)
    assert text_sections.lead(record) == text_sections.lead(samples.full())
    assert text_sections.sentence(record) == samples.SENTENCE


def test_each_label_has_its_own_reason_for_what_ships():
    """Where nothing was compared, no gain was looked for."""
    verdict = samples.full().verdict
    shipped = {
        name: text_sections.lead(replace(samples.full(), verdict=replace(verdict, label=name))).ships
        for name in text_sections.TONES
    }
    assert {name for name, text in shipped.items() if text == "The tuned model ships."} == {"IMPROVED", "BETTER"}
    assert shipped["NO-CANDIDATE"] == "The default ships: nothing was compared."
    assert len(set(shipped.values())) == 6


def test_what_to_beware_of_stands_apart_from_the_result():
    """A reader who skips the numbers still meets what was waived and what nobody declared."""
    lead = text_sections.lead(samples.full())
    assert lead.sentence.endswith("which is not above the margin of .0020.")
    assert lead.rest.startswith("Compared with 5 paired seeds on 4,210 sealed rows of 1,871 groups of 'household'")
    assert lead.beware.startswith('Waived: exact_duplicates, since "Plans are few')
    assert ("Groups", "1,871") in lead.numbers


def test_missing_curves_are_said_not_hidden():
    bare = tuple(replace(trial, curve=(), rounds=None) for trial in samples.trials())
    section = curves.section(replace(samples.full(), trials=bare))
    assert section.empty == "No learning curve was recorded: the model has no rounds, or none was kept."


def test_fewer_than_three_shared_candidates_are_said():
    kept = tuple(t for t in samples.trials() if not (t.stage == "refine" and 0 < t.candidate.index <= 5))
    said = history.agreement_section(replace(samples.full(), trials=kept)).empty
    assert said.startswith("Only 1 candidate completed in both coarse and refine: at least 3 are needed")


def test_names_from_the_data_cannot_become_markup():
    evil = "<script>alert('x')</script> $a$ & 年齢 \x1b[31m\x00"
    finding = Finding("ids", "warning", (evil,), evil, evil, evil, {evil: 1}, ((evil,), (evil,)))
    params = {evil: 1.0}
    trials = tuple(_one(candidate=Candidate(n, {evil: n + 0.5}, evil), scores=(0.5 + n / 50,)) for n in range(5))
    record = replace(
        samples.full(), name=evil, findings=(finding,), config={evil: evil}, lineage={evil: evil}, trials=trials
    )
    made = replace(record.verdict, params=params, notes=(evil,), sentence=f"WORSE: {evil}", extra=_slices_named(evil))
    page = html(replace(record, verdict=made, importance={evil: 1.0}, space=None))
    shape = Shape(page)
    assert "script" not in shape.tags
    assert shape.open == []
    assert "年齢" in page


def _slices_named(name):
    return Details(slices=(SliceScores(name, 1, 0.5, 0.4, 0.0, 0.2),))


def test_many_trials_are_thinned_but_tuned_and_default_stay():
    record = samples.full()
    refined = tuple(trial for trial in record.trials if trial.stage == "refine")
    kept = drawn_trials(record, refined, 6)
    assert len(kept) <= 8
    assert {tuned_digest(record), samples.trials()[0].candidate.digest} <= {trial.candidate.digest for trial in kept}


def test_writing_replaces_the_old_page_and_leaves_nothing_beside_it(tmp_path):
    place = tmp_path / "run" / "report.html"
    assert write(samples.stopped(), place) == place
    write(samples.stopped(), str(place))
    assert place.read_text(encoding="utf-8") == html(samples.stopped())
    assert [path.name for path in place.parent.iterdir()] == ["report.html"]


def test_a_failed_write_keeps_the_old_page(tmp_path):
    place = tmp_path / "report.html"
    place.write_text("old")
    with pytest.raises(AttributeError):
        write(None, place)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.html", "old")]
