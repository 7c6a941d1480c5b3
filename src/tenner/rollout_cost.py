"""What a rollout does to the bill: each app and the fleet, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenner.cost import collector_paused
from tenner.errors import TennerError
from tenner.estimate import Bill
from tenner.fleet import fleet_workloads
from tenner.load import load_catalog
from tenner.manifest import parse_manifest
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from decimal import Decimal

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.registry import Record
    from tenner.rollout import Outcome


class Change(NamedTuple):
    """USD a month, before and after."""

    before: Decimal
    after: Decimal


class Costs(NamedTuple):
    """What each updated app adds to the bill, what the fleet costs, and what can't be counted.

    Before and after are at the same prices, those of this Tenner's catalog, so that they differ by
    what the update does and by nothing else; `prices_checked` is the oldest date of one.
    """

    apps: Mapping[str, Change]
    fleet: Change | None
    problems: Sequence[str]
    prices_checked: str = ""


class _Updated(NamedTuple):
    """The manifests of updated apps before and after, and who can't be counted, and why."""

    before: dict[str, Manifest]
    after: dict[str, Manifest]
    left_out: set[str]
    problems: list[str]


def costs_of(outcomes: Sequence[Outcome], records: Sequence[Record]) -> Costs:
    """Count the bill with the manifests that apps have before and after their updates.

    An app that can't be counted is one sentence, and the others are counted without it.
    """
    updated = _updated(outcomes, records)
    before, after, left_out, problems = updated
    if not after:
        return Costs({}, None, problems)
    catalog = load_catalog()
    with collector_paused():
        try:
            old, new = _bills(catalog, (before, after), records, left_out)
        except TennerError:
            _leave_out(updated, records, catalog)
            old, new = _bills(catalog, (before, after), records, left_out)
    counted = [app for app in after if app not in left_out]
    if not counted:
        return Costs({}, None, problems)
    changes = {app: Change(_marginal(old, app), _marginal(new, app)) for app in counted}
    checked = min((str(meter.item.checked) for meter in new.meters), default="")
    return Costs(changes, Change(old.total, new.total), problems, checked)


def _updated(outcomes: Sequence[Outcome], records: Sequence[Record]) -> _Updated:
    known = {record.manifest.app: record.manifest for record in records}
    found = _Updated({}, {}, set(), [])
    for outcome in outcomes:
        app = outcome.app
        if outcome.status != "updated":
            continue
        try:
            if outcome.manifests is not None:
                both = [parse_manifest(text, f"{app}: app.yaml") for text in outcome.manifests]
                found.before[app], found.after[app] = both
            elif app in known:
                found.before[app] = found.after[app] = known[app]
        except TennerError as error:
            found.problems.append(str(error))
            found.left_out.add(app)
    return found


def _leave_out(updated: _Updated, records: Sequence[Record], catalog: Catalog) -> None:
    """Find who can't be counted, one by one."""
    known = {record.manifest.app: record.manifest for record in records}
    fleets = (updated.before, updated.after, known)
    for app in sorted({*known, *updated.after} - updated.left_out):
        if problem := _problem(catalog, [fleet[app] for fleet in fleets if app in fleet]):
            updated.problems.append(f"{app} is not counted: {problem}")
            updated.left_out.add(app)


def _bills(
    catalog: Catalog,
    fleets: Iterable[Mapping[str, Manifest]],
    records: Sequence[Record],
    left_out: Collection[str],
) -> list[Bill]:
    rest = [record for record in records if record.manifest.app not in left_out]
    return [
        Bill(
            catalog,
            fleet_workloads(
                catalog, [each for app, each in fleet.items() if app not in left_out], rest
            ),
        )
        for fleet in fleets
    ]


def _problem(catalog: Catalog, manifests: Sequence[Manifest]) -> str:
    """Say why one app can't be counted, or nothing."""
    try:
        for manifest in manifests:
            Bill(catalog, workloads_of(manifest, catalog))
    except TennerError as error:
        return " ".join(str(error).split())
    return ""


def _marginal(bill: Bill, app: str) -> Decimal:
    return bill.marginal(bill.numbers_of(app))
