"""What a rollout does to the bill: each app and the fleet, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenner.cost import collector_paused
from tenner.errors import TennerError
from tenner.estimate import Bill
from tenner.fleet import fleet_workloads
from tenner.load import load_catalog
from tenner.manifest import parse_manifest
from tenner.release_files import own_releases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from tenner.manifest import Manifest
    from tenner.registry import Record
    from tenner.rollout import Outcome


class Change(NamedTuple):
    """USD a month, before and after."""

    before: Decimal
    after: Decimal


class Costs(NamedTuple):
    """What each updated app adds to the bill, what the fleet costs, and what can't be counted."""

    apps: Mapping[str, Change]
    fleet: Change | None
    problems: Sequence[str]


def costs_of(outcomes: Sequence[Outcome], records: Sequence[Record]) -> Costs:
    """Count the bill with the manifests that apps have before and after their updates."""
    updated = [outcome for outcome in outcomes if outcome.status == "updated"]
    known = {record.manifest.app: record.manifest for record in records}
    before, after = dict[str, "Manifest"](), dict[str, "Manifest"]()
    problems = []
    for outcome in updated:
        try:
            if outcome.manifests is not None:
                old, new = (
                    parse_manifest(text, f"{outcome.app}: app.yaml", own_releases())
                    for text in outcome.manifests
                )
                before[outcome.app], after[outcome.app] = old, new
            elif outcome.app in known:
                before[outcome.app] = after[outcome.app] = known[outcome.app]
        except TennerError as error:
            problems.append(str(error))
    if not after:
        return Costs({}, None, problems)
    catalog = load_catalog()
    try:
        with collector_paused():
            old_bill, new_bill = (
                Bill(catalog, fleet_workloads(catalog, manifests.values(), records))
                for manifests in (before, after)
            )
    except TennerError as error:
        return Costs({}, None, [*problems, str(error)])
    apps = {app: Change(_marginal(old_bill, app), _marginal(new_bill, app)) for app in after}
    return Costs(apps, Change(old_bill.total, new_bill.total), problems)


def _marginal(bill: Bill, app: str) -> Decimal:
    return bill.marginal(bill.numbers_of(app))
