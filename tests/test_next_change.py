"""The cheapest next change that a page shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tenner.advice.base import Change, Rule
from tenner.advice.engine import Advice
from tenner.estimate import Bill
from tenner.money import exact
from tenner.next_change import cheapest, of_apps, of_system
from tenner.system_cost import SystemRequest, answer_for_system, load_system
from tests.pages import fleet_of, many


def advice(effort: Any, risk: Any, saving: str, name: str = "rule") -> Advice[None]:
    """One piece of advice of a rule that finds nothing."""
    rule: Rule[None] = Rule(name, lambda _: iter(()), effort, risk, "none")
    return Advice(rule, Change(f"Do {name}.", (name,), None), Decimal(saving))


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (advice("minutes", "medium", "0.01"), advice("hours", "low", "99")),
        (advice("hours", "low", "0.01"), advice("days", "low", "99")),
        (advice("hours", "low", "0.01"), advice("hours", "medium", "99")),
        (advice("days", "medium", "0.01"), advice("minutes", "high", "99")),
        (advice("hours", "low", "2"), advice("hours", "low", "1.99")),
        (advice("hours", "low", "2", "a"), advice("hours", "low", "2", "b")),
        (advice("days", "medium", "0.005"), advice("minutes", "low", "0.00499")),
    ],
)
def test_the_cheapest_is_of_least_effort_then_risk_then_saves_most(
    better: Advice[None], worse: Advice[None]
) -> None:
    """Effort counts first, then risk, then the saving; high risk and less than a cent never do."""
    for both in ((better, worse), (worse, better)):
        found = cheapest(("", each) for each in both)
        assert found == (better.saving, better.name, better.change.do, *effort_and_risk(better))


def effort_and_risk(of: Advice[None]) -> tuple[str, str]:
    """What it asks of people."""
    return of.rule.effort, of.rule.risk


def test_nothing_to_save() -> None:
    """Where nothing saves a cent there is no next change."""
    assert cheapest([]) is None
    assert cheapest([("", advice("minutes", "low", "0.0049"))]) is None
    assert cheapest([("", advice("minutes", "high", "99"))]) is None


def test_a_system() -> None:
    """Bedrock Budgeteer's audit table keeps 10 RCU and 25 WCU, of which it uses 1 and 3.

    The four tables keep 28 RCU, and 25 are free: 3 RCU × 730 h × $0.00013 + 22 WCU × 730 h ×
    $0.00065 = $0.2847 + $10.439.
    """
    answer = answer_for_system(SystemRequest(load_system("bedrock-budgeteer"), "", (), None, None))
    change = of_system(answer)
    assert change is not None
    assert (change.name, change.effort, change.risk) == ("table-floor", "minutes", "low")
    assert change.saving == Decimal("10.7237")


def test_a_fleet_names_the_app(everything_text: str) -> None:
    """The change says which app it is for, and saves what the fleet's bill falls by."""
    answer = fleet_of(many(everything_text, 12))
    change = of_apps(answer)
    assert change is not None
    app, _, rule = change.name.partition(": ")
    assert app in {part.app for part in answer.report.parts}
    assert rule
    assert change.saving > 0
    with exact():
        bill = answer.fleet.bill
        without = [each for each in bill.workloads if each.app != app]
        assert change.saving <= bill.total - Bill(bill.catalog, without, bill.plan).total
