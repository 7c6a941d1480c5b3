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


def costs_of(outcomes: Sequence[Outcome], records: Sequence[Record]) -> Costs:
    """Count the bill with the manifests that apps have before and after their updates.

    An app that can't be counted is one sentence, and the others are counted without it.
    """
    known = {record.manifest.app: record.manifest for record in records}
    before, after = dict[str, "Manifest"](), dict[str, "Manifest"]()
    problems, left_out = list[str](), set[str]()
    for outcome in outcomes:
        if outcome.status != "updated":
            continue
        try:
            if outcome.manifests is not None:
                source = f"{outcome.app}: app.yaml"
                both = [parse_manifest(text, source, own_releases()) for text in outcome.manifests]
                before[outcome.app], after[outcome.app] = both
            elif outcome.app in known:
                before[outcome.app] = after[outcome.app] = known[outcome.app]
        except TennerError as error:
            problems.append(str(error))
            left_out.add(outcome.app)
    if not after:
        return Costs({}, None, problems)
    catalog = load_catalog()
    with collector_paused():
        try:
            bills = _bills(catalog, (before, after), records, left_out)
        except TennerError:
            for app in sorted({*known, *after} - left_out):
                manifests = [given[app] for given in (before, after, known) if app in given]
                if problem := _problem(catalog, manifests):
                    problems.append(f"{app} is not counted: {problem}")
                    left_out.add(app)
            bills = _bills(catalog, (before, after), records, left_out)
    old, new = bills
    changes = {
        app: Change(_marginal(old, app), _marginal(new, app))
        for app in after
        if app not in left_out
    }
    checked = min((str(meter.item.checked) for meter in new.meters), default="")
    return Costs(changes, Change(old.total, new.total), problems, checked)


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
