"""Formulas are read and computed exactly, and say in one sentence what is wrong with them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenner.expression import Formula, FormulaError, Lookup


def value(text: str) -> Decimal:
    """Compute a formula in which every lookup is as long as its words."""
    return Formula(text).value(lambda lookup: Decimal(len(lookup.words)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.20", "1.20"),
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 3 - 2", "5"),
        ("16 / 4 / 2", "2"),
        ("-2 * -3", "6"),
        ("2 - -1", "3"),
        ("0.1 + 0.2", "0.3"),
        ("ceil(2.01)", "3"),
        ("ceil(2)", "2"),
        ("min(3, 2) + max(3, 2)", "5"),
        ("list[production]", "1"),
        ("list[a b=2 c-* x/y] / 2", "2"),
        ("ceil(list[a b] / (5 * 0.02))", "20"),
    ],
)
def test_value(text: str, expected: str) -> None:
    """A formula is computed as it is written, products before sums."""
    assert value(text) == Decimal(expected)


def test_lookups() -> None:
    """A formula knows all that it looks up, in order."""
    formula = Formula("list[a b] + price[x/y]")
    assert formula.lookups == [Lookup("list", ("a", "b")), Lookup("price", ("x/y",))]
    assert str(formula.lookups[0]) == "list[a b]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it ends too early"),
        ("1 +", "it ends too early"),
        ("1 2", '"2" was not expected there'),
        ("* 2", '"*" was not expected there'),
        ("(1", 'expected ")"'),
        ("min(1)", 'expected ")"'),
        ("ceil(1, 2)", 'expected ")"'),
        ("ceil 1", '"ceil 1" is no part of a formula'),
        ("1e3", '"e3" is no part of a formula'),
        ("list[a", '"list[a" is no part of a formula'),
        ("__import__('os')", "\"__import__('os')\" is no part of a formula"),
        ("(" * 31 + "1" + ")" * 31, "too many parentheses"),
        ("1 = 1", '"= 1" is no part of a formula'),
    ],
)
def test_refused(text: str, message: str) -> None:
    """What is no formula is refused when it is read."""
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert str(caught.value) == message


def test_division_by_nothing() -> None:
    """A division by 0 is told when it is computed, since a lookup may be 0."""
    with pytest.raises(FormulaError, match=r"^a division by 0$"):
        Formula("1 / list[a]").value(lambda _: Decimal(0))


@given(st.text(alphabet="0123456789.+-*/()[], abcdeilmnpstx", max_size=60))
def test_any_text(text: str) -> None:
    """Any text is a formula with a value, or refused in a sentence."""
    try:
        computed = value(text)
    except FormulaError:
        return
    assert computed.is_finite()
