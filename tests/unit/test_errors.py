"""What a user is told, and what the command line ends with."""

import pytest

from finetooth import errors
from finetooth.errors import FinetoothError, InputError, LeakageError, VaultSpentError, unknown

MANY = [f"c{i}" for i in range(23)]


def test_each_kind_of_error_has_its_exit_code():
    codes = {FinetoothError: 1, InputError: 2, LeakageError: 3, VaultSpentError: 2}
    assert {kind: kind.exit_code for kind in codes} == codes
    raised = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert all(issubclass(kind, FinetoothError) for kind in raised)


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        (
            "age",
            ["id", "age_years"],
            "column 'age' must exist in t.csv; it has: id, age_years. Did you mean 'age_years'?",
        ),
        ("zzz", ["id", "income"], "column 'zzz' must exist in t.csv; it has: id, income."),
        ("x", [], "column 'x' must exist in t.csv; it has: nothing."),
        (
            "c7",
            iter(MANY),
            f"column 'c7' must exist in t.csv; it has: {', '.join(MANY[:20])} and 3 more. Did you mean 'c7'?",
        ),
    ],
)
def test_an_unknown_name_lists_what_there_is_and_suggests_the_nearest(name, known, said):
    error = unknown("column", name, "t.csv", known)
    assert (type(error), str(error)) == (InputError, said)
