"""Splits an amount into shares that add up to it exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = 12


def split(total: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """Split an amount in proportion to whole weights; the shares add up to it, to the last digit.

    Largest-remainder method: each share is rounded down to 10^-12 (or finer, if the amount is),
    and what is left goes, a last digit each, to those that lost most; ties go to the earlier one,
    so give the weights in an order that means something. Without any weight all shares are equal.
    """
    if not weights:
        return []
    if not any(weights):
        weights = [1] * len(weights)
    exponent = total.as_tuple().exponent
    digits = max(_DIGITS, -exponent if isinstance(exponent, int) else 0)
    amount, whole = int(total.scaleb(digits)), sum(weights)
    parts = [divmod(amount * weight, whole) for weight in weights]
    left = amount - sum(part for part, _ in parts)
    losers = sorted(range(len(parts)), key=lambda index: -parts[index][1])[:left] if left else []
    extra = set(losers)
    return [
        Decimal(part + (index in extra)).scaleb(-digits) for index, (part, _) in enumerate(parts)
    ]


def whole_weights(quantities: Sequence[Decimal], factor: int = 1) -> list[int]:
    """Scale quantities to whole numbers in the same proportion; `factor` clears fractions."""
    digits = 0
    for quantity in quantities:
        exponent = quantity.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > digits:
            digits = -exponent
    return [int(quantity.scaleb(digits)) * factor for quantity in quantities]
