"""Applies rules to a workload: what each change saves, and what several save together."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Generic

from tenner.advice.base import Change, Rule, State
from tenner.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Advice(Generic[State]):
    """One change that saves money; `saving` in USD a month is before less after."""

    rule: Rule[State]
    change: Change[State]
    saving: Decimal

    @property
    def name(self) -> str:
        """Give the name of its rule."""
        return self.rule.name


@dataclass(frozen=True, slots=True)
class Advised(Generic[State]):
    """All advice for one workload, the greatest saving first; all in USD a month."""

    before: Decimal
    advice: Sequence[Advice[State]]
    low_risk_together: Decimal
    together: Decimal


def advise(
    state: State,
    rules: Sequence[Rule[State]],
    total: Callable[[State], Decimal],
    compliance: str = "",
) -> Advised[State]:
    """Find what saves money, by estimating before and after each change.

    With `compliance`, rules that it forbids are left out.
    """
    allowed = [rule for rule in rules if compliance not in rule.against]
    before = total(state)
    found = [each for rule in allowed for each in _of_rule(rule, state, before, total)]
    found.sort(key=lambda each: (-each.saving, each.name, each.change.where))
    safe = [each for each in found if each.rule.risk == "low"]
    return Advised(
        before=before,
        advice=found,
        low_risk_together=before - _after_all(state, safe, total),
        together=before - _after_all(state, found, total),
    )


def _of_rule(
    rule: Rule[State], state: State, before: Decimal, total: Callable[[State], Decimal]
) -> Iterator[Advice[State]]:
    """Give what saves; of several changes of the same things only the best.

    A change for which the price book lacks a price in the region is passed over.
    """
    best: dict[tuple[str, ...], Advice[State]] = {}
    for change in _possible(rule, state):
        try:
            saving = before - total(change.state)
        except UnavailableError:
            continue
        if saving > best[change.where].saving if change.where in best else saving > _ZERO:
            best[change.where] = Advice(rule, change, saving)
    yield from best.values()


def _possible(rule: Rule[State], state: State) -> Iterator[Change[State]]:
    """Give the changes that a rule finds, until one is beyond the limits of a kind."""
    with suppress(UnavailableError):
        yield from rule.find(state)


def _after_all(
    state: State, advice: Sequence[Advice[State]], total: Callable[[State], Decimal]
) -> Decimal:
    """Apply one after another, each found anew where others have been; give what is left to pay."""
    left = total(state)
    for each in advice:
        again = [
            found
            for found in _of_rule(each.rule, state, left, total)
            if found.change.where == each.change.where
        ]
        for found in again:
            state, left = found.change.state, left - found.saving
    return left
