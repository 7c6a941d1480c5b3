"""Shares add up to the whole exactly."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenner.money import exact
from tenner.shares import split, whole_weights

amounts = st.decimals(min_value=0, max_value=10**9, places=9)
weights = st.lists(st.integers(min_value=0, max_value=10**18), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("total", "parts", "expected"),
    [
        ("1", [1, 1], ["0.5", "0.5"]),
        ("1", [1, 1, 1], ["0.333333333334", "0.333333333333", "0.333333333333"]),
        ("2", [1, 1, 1], ["0.666666666667", "0.666666666667", "0.666666666666"]),
        ("10", [3, 1], ["7.5", "2.5"]),
        ("1", [0, 0], ["0.5", "0.5"]),
        ("0", [5, 7], ["0", "0"]),
        ("1", [0, 9], ["0", "1"]),
    ],
)
def test_split(total: str, parts: list[int], expected: list[str]) -> None:
    """An amount is split in proportion; what can't be divided goes to those that lost most."""
    assert split(Decimal(total), parts) == [Decimal(part) for part in expected]


def test_split_among_nobody() -> None:
    """Nobody gets nothing."""
    assert split(Decimal(1), []) == []


@given(total=amounts, parts=weights)
def test_shares_add_up_exactly(total: Decimal, parts: list[int]) -> None:
    """Whatever the weights, the shares add up to the whole to the last digit, none below 0."""
    with exact():
        shares = split(total, parts)
        assert sum(shares, Decimal(0)) == total
    assert min(shares) >= 0


@given(total=amounts, parts=weights)
def test_more_weight_never_means_less(total: Decimal, parts: list[int]) -> None:
    """Who weighs more has at least as large a share."""
    ranked = sorted(zip(parts, split(total, parts), strict=True))
    for (light, small), (heavy, large) in pairwise(ranked):
        assert light == heavy or small <= large


def test_whole_weights_keep_the_proportion() -> None:
    """Quantities become whole numbers in the same proportion."""
    quantities = [Decimal("0.5"), Decimal(2), Decimal("0.25")]
    assert whole_weights(quantities) == [50, 200, 25]
    assert whole_weights(quantities, factor=3) == [150, 600, 75]
