"""The catalogue as a person reads it."""

from io import StringIO
from itertools import product

import pytest
from rich.console import Console

from finetooth.spaces.catalogue import FAMILIES, family
from finetooth.spaces.explain import explain, explain_family, listing
from finetooth.spaces.resolve import resolve
from tests.models.own_named import PATH, SPACE

WIDTH = 80


def printed(what):
    console = Console(width=WIDTH, record=True, file=StringIO())
    console.print(what)
    return console.export_text()


def test_the_listing_names_every_family_within_80_columns():
    text = printed(listing())
    assert all(f"\n {name} " in text or f"\n{name} " in text for name in FAMILIES)
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize(("name", "kind"), product(FAMILIES, ("binary", "regression")))
def test_each_family_shows_whole_parameter_names_and_its_sources(name, kind):
    text = printed(explain(name, kind))
    found = family(name, kind)
    assert all(f" {domain} " in text for domain in found.space.names)
    assert "Sources: " in text
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize(("wanted", "sees"), [("auto", "what each candidate asks for"), ("frame", "with their names")])
def test_what_an_own_model_gets_is_shown(wanted, sees):
    """A person sees what the model is given before a trial is spent."""
    assert sees in " ".join(printed(explain_family(resolve(PATH, "binary", SPACE, wanted), "binary")).split())


def test_a_condition_a_range_and_a_default_are_spelled_out():
    text = " ".join(printed(explain("mlp", "binary")).split())
    assert "width_2 16 to 512 whole log - If layers is 2 or 3." in text
    assert "learning_rate_init 0.0001 to 0.03 log 0.001 Step" in text
    assert "n_estimators = 100" in printed(explain("xgboost", "binary"))
