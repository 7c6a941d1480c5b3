"""What `tenner promote` prints: the figures, and the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenner.money import cents
from tenner.promotion import RULE_USD
from tenner.report_text import columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenner.promotion import Promotion
    from tenner.promotion_steps import Step


def figures(found: Promotion) -> str:
    """Write what an app costs today and with prod, what it earns, and whether it is time."""
    earned = "not said" if found.revenue is None else cents(found.revenue)
    rows = [
        ["it adds to the bill today", cents(found.today)],
        ["prod would add", cents(found.prod)],
        ["alone, with prod, it would cost", cents(found.alone)],
        ["it earns", earned],
        ["it pays for itself from", cents(found.break_even)],
    ]
    if found.margin is not None:
        rows.append(["margin with prod", f"{found.margin * 100:.0f} %"])
    if found.is_time:
        said = f"It is time: it earns more than {cents(RULE_USD)} a month, and more than it costs."
    elif found.revenue is None:
        said = (
            f"It is time when it earns more than {cents(found.least)} a month: --revenue says it."
        )
    else:
        said = f"It is too early: expected revenue of more than {cents(found.least)} a month."
    return f"{found.manifest.app}, a month\n\n{columns(rows, left={0})}\n\n  {said}"


def written(steps: Iterable[Step]) -> str:
    """Write steps with their numbers, each command on a line of its own."""
    lines = []
    for number, step in enumerate(steps, 1):
        lines += [f"  {number}. {step.what}", *(f"       {each}" for each in step.commands)]
    return "\n".join(lines)
