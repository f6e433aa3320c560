"""The section of a rotated vault: a row a fold, and nothing where one holdout was sealed."""

from dataclasses import replace

from finetooth.details import OuterResult
from finetooth.report import comparison, html, markdown, outer_folds
from tests.report import samples

FOLDS = (
    OuterResult(2_105, 0.8731, 0.8702, False, {"max_depth": 5}, "abc", "def"),
    OuterResult(2_105, 0.8690, 0.8690, True, {"max_depth": 6}, "bcd", "efg"),
)


def rotated():
    record = samples.full()
    return replace(record, verdict=replace(record.verdict, extra=replace(record.verdict.extra, outer=FOLDS)))


def test_each_fold_says_its_rows_its_scores_and_what_its_search_chose():
    section = outer_folds.section(rotated())
    assert "each of 4,210 rows was sealed once, in one of 2 outer folds" in section.text[0]
    assert "1 of 2 searches found a candidate" in section.text[0]
    (table,) = section.tables
    assert table.header == ("fold", "sealed rows", "tuned AUC", "default", "gain", "chosen by its search")
    assert [row[:2] + row[5:] for row in table.rows] == [("1", "2,105", "max_depth = 5"), ("2", "2,105", "the default")]
    assert [row[4] for row in table.rows] == ["+0.0029", "+0.0000"]


def test_a_comparison_is_drawn_also_where_the_search_on_all_rows_kept_the_default():
    """The folds compared candidates, whatever the last search chose."""
    record = rotated()
    kept = replace(record.verdict, tuned_params=record.verdict.default_params)
    assert comparison.section(replace(record, verdict=kept)).charts
    none = replace(kept, label="NO-CANDIDATE")
    assert not comparison.section(replace(record, verdict=none)).charts


def test_the_page_and_its_markdown_show_it_for_a_rotated_vault_alone():
    for shown in (html, markdown):
        assert "Outer folds" in shown(rotated())
        assert "Outer folds" not in shown(samples.full())
