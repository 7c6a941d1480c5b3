"""Money is exact, and written in full."""

from __future__ import annotations

from decimal import Decimal, Inexact

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenner.money import ceiling_division, cents, exact, exact_text, plain, rounded

_NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, places=9, min_value=0, max_value=10**9
)


def test_what_would_be_rounded_is_an_error() -> None:
    """A third of a dollar is no figure."""
    with exact(), pytest.raises(Inexact):
        Decimal(1) / 3


def test_exact_is_exact() -> None:
    """Digits beyond Python's usual 28 are kept."""
    with exact():
        assert Decimal("1E+30") + Decimal("1E-30") - Decimal("1E+30") == Decimal("1E-30")


@pytest.mark.parametrize(
    ("amount", "part", "count"),
    [("0", "3", 0), ("1", "3", 1), ("3", "3", 1), ("3.000000001", "3", 2), ("7", "0.5", 14)],
)
def test_ceiling_division(amount: str, part: str, count: int) -> None:
    """So many parts cover an amount."""
    assert ceiling_division(Decimal(amount), Decimal(part)) == count


@given(_NUMBERS, st.integers(1, 10**6))
def test_ceiling_division_covers(amount: Decimal, part: int) -> None:
    """The parts cover the amount, and one less would not."""
    count = ceiling_division(amount, Decimal(part))
    assert (count - 1) * part < amount <= count * part or count == amount == 0


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1314000.50", "1,314,000.5"),
        ("1E+6", "1,000,000"),
        ("1E-9", "0.000000001"),
        ("100", "100"),
        ("0.00", "0"),
        ("-1234.5", "-1,234.5"),
    ],
)
def test_plain(number: str, text: str) -> None:
    """A number is written in full with thousands separators and no idle zeros."""
    assert plain(Decimal(number)) == text


@given(_NUMBERS)
def test_exact_text_comes_back(number: Decimal) -> None:
    """For machines a number is digits that say the same number."""
    text = exact_text(number)
    assert Decimal(text) == number
    assert not set(text) - set("0123456789.")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("0.004999", "$0.00"),
        ("0.005", "$0.01"),
        ("0.015", "$0.02"),
        ("1234567.895", "$1,234,567.90"),
        ("-0.005", "-$0.01"),
        ("1E+3", "$1,000.00"),
    ],
)
def test_cents(amount: str, text: str) -> None:
    """Money for people is rounded half up, also where all else must be exact."""
    with exact():
        assert cents(Decimal(amount)) == text


@pytest.mark.parametrize(("number", "text"), [("2.5", "3"), ("3.5", "4"), ("2.4999", "2")])
def test_rounded(number: str, text: str) -> None:
    """Half is rounded up, not to even."""
    assert str(rounded(Decimal(number), Decimal(1))) == text
