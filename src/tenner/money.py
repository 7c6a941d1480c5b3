"""Exact decimal arithmetic: a result that would have to be rounded is an error, not a figure."""

from __future__ import annotations

from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
_ROUNDING = Context(prec=400)
_CENT = Decimal("0.01")
HALF_A_CENT = Decimal("0.005")
"""The least USD that is not shown as nothing."""


def exact() -> AbstractContextManager[Context]:
    """Trap rounding: a Decimal operation inside this context is exact or raises Inexact."""
    return localcontext(_EXACT)


def ceiling_division(amount: Decimal, part: Decimal) -> Decimal:
    """Count how many parts cover an amount, as whole parts; exact where `/` would round."""
    whole, rest = divmod(amount, part)
    return whole + 1 if rest else whole


def plain(number: Decimal) -> str:
    """Write a number in full with thousands separators and no idle zeros: 1,314,000.5."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact_text(number: Decimal) -> str:
    """Write a number in full for machines: no exponent, no separators, no idle zeros."""
    return plain(number).replace(",", "")


def rounded(number: Decimal, last_digit: Decimal) -> Decimal:
    """Round for people, half up, also inside `exact()`."""
    return number.quantize(last_digit, ROUND_HALF_UP, context=_ROUNDING)


def cents(amount: Decimal) -> str:
    """Round USD to cents for people, half up."""
    result = rounded(amount, _CENT)
    return f"${result:,f}" if result >= 0 else f"-${-result:,f}"


def cents_or_less(amount: Decimal) -> str:
    """Round USD to cents for people; of what is less than one, show two figures."""
    if not 0 < abs(amount) < _CENT:
        return cents(amount)
    last = Decimal(1).scaleb(max(abs(amount).adjusted() - 1, -9))
    return f"{'-' if amount < 0 else ''}${rounded(abs(amount), last):f}"
