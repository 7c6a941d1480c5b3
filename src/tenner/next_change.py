"""Finds the cheapest next change: of least effort, then of least risk, then the one saving most."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.advice.apps import AppScene
from tenner.advise import advise_app, advise_system, scene_of
from tenner.condensed import condensed
from tenner.money import HALF_A_CENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenner.advice.engine import Advice
    from tenner.cost import Answer
    from tenner.system_cost import SystemAnswer


class NextChange(NamedTuple):
    """A change that saves money: USD a month, what it is, what to do, its effort and risk."""

    saving: Decimal
    name: str
    do: str
    effort: str
    risk: str


COSTLIEST = 10
"""Of a fleet so many apps are looked at: those that add most to the bill."""
_EFFORTS, _RISKS = ("minutes", "hours", "days"), ("low", "medium")


def of_system(answer: SystemAnswer) -> NextChange | None:
    """Find the cheapest next change of a variant of a system; None where nothing saves a cent."""
    scene = scene_of(answer.system, answer.variant, answer.bill.catalog, answer.variant.drivers)
    advised = advise_system(answer.system, scene, answer.bill.plan)
    return cheapest(("", each) for each in advised.advice)


def of_apps(answer: Answer) -> NextChange | None:
    """Find the cheapest next change of an answer's apps, of the costliest where there are many."""
    bill, adds = answer.fleet.bill, defaultdict[str, Decimal](Decimal)
    for part in answer.report.parts:
        adds[part.app] += part.figures.marginal
    costliest = sorted(adds, key=lambda app: (-adds[app], app))[:COSTLIEST]
    found: list[tuple[str, Advice[Any]]] = []
    for manifest in answer.fleet.manifests:
        if manifest.app in costliest:
            others = [each for each in bill.workloads if each.app != manifest.app]
            scene = AppScene(manifest, bill.catalog, condensed(others, bill.catalog))
            found += [(manifest.app, each) for each in advise_app(scene, bill.plan).advice]
    return cheapest(found)


def cheapest(advice: Iterable[tuple[str, Advice[Any]]]) -> NextChange | None:
    """Choose among advice, each with the app that it is for; none of high risk."""
    worth = [
        (app, each)
        for app, each in advice
        if each.saving >= HALF_A_CENT and each.rule.risk != "high"
    ]
    if not worth:
        return None
    app, best = min(
        worth,
        key=lambda each: (
            _EFFORTS.index(each[1].rule.effort),
            _RISKS.index(each[1].rule.risk),
            -each[1].saving,
            each[0],
            each[1].name,
        ),
    )
    name = f"{app}: {best.name}" if app else best.name
    return NextChange(best.saving, name, best.change.do, best.rule.effort, best.rule.risk)
