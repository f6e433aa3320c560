"""How much error each further comparison with one champion may spend.

The k-th spends .10 / (k (k + 1)), but .001 at least: about .13 in a year of weekly arrivals. At .05 each, luck alone
would replace the champion once a year.
"""

ALPHA = 0.10  # spent over all comparisons with one champion; the first spends half of it, a 95 % interval
LEAST_ALPHA = 0.001  # from the tenth comparison on; finer percentiles would need more draws than they are worth


def error_of(order: int) -> float:
    """What the k-th comparison with one champion may spend: ALPHA / (k (k + 1)), but not less than `LEAST_ALPHA`."""
    if order < 1:
        raise ValueError(f"comparisons are counted from 1; got {order}")
    return max(ALPHA / (order * (order + 1)), LEAST_ALPHA)
