"""How much error each further comparison with one champion may spend."""

import pytest

from finetooth.retraining.alpha_spending import error_of


def test_each_further_comparison_with_one_champion_spends_less():
    assert error_of(1) == pytest.approx(0.05)
    assert error_of(2) == pytest.approx(0.10 / 6)
    assert sum(error_of(k) for k in range(1, 10)) < 0.10
    assert error_of(52) == 0.001
    with pytest.raises(ValueError, match="counted from 1"):
        error_of(0)
