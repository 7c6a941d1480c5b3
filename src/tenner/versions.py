"""How far behind each app of a fleet is, and what the releases that it lacks would save."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from tenner.changes import changed
from tenner.errors import InputError
from tenner.estimate import Bill
from tenner.manifest import Manifest
from tenner.releases import after, changes_of, is_version, release_of
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.releases import Release

_ZERO = Decimal(0)


class Standing(NamedTuple):
    """Where one app stands among the releases.

    `release` is the newest that it has, or nothing; `behind` counts those that it lacks, None where
    its version is none that is known; `saves` is what those would take off the bill in USD a month,
    None where that can't be said.
    """

    release: str
    behind: int | None
    saves: Decimal | None


class Standings(NamedTuple):
    """Where the apps stand, the newest release, and what the fleet would cost with it."""

    apps: Mapping[str, Standing]
    newest: str
    total: Decimal

    @property
    def behind(self) -> int:
        """Count the apps that lack a release."""
        return sum(bool(each.behind) for each in self.apps.values())


def standings_of(
    bill: Bill,
    manifests: Sequence[Manifest],
    versions: Mapping[str, str],
    releases: Sequence[Release],
) -> Standings:
    """Say how far behind each app is, and estimate the fleet with all apps at the newest release.

    No update is run: the releases' changes are applied to the manifests, and the whole fleet is
    estimated again, because apps share free tiers. What an app saves is what it adds to the bill
    before, less what it adds afterwards, as in a rollout. `versions` are the template's by app.
    """
    out = [release for release in releases if release.date]
    had = {each.app: release_of(out, versions.get(each.app, "")) for each in manifests}
    lacks = {
        each.app: after(out, had[each.app])
        for each in manifests
        if is_version(out, versions.get(each.app, ""))
    }
    updated, unsaid = _updated(manifests, lacks)
    now = _with(bill, updated)
    standings = {}
    for app, release in had.items():
        saves = _saved(bill, now, app) if app in updated else _ZERO
        is_known, is_said = app in lacks, app in lacks and app not in unsaid
        standings[app] = Standing(
            release.tag if release else "",
            len(lacks[app]) if is_known else None,
            saves if is_said else None,
        )
    return Standings(standings, out[-1].tag if out else "", now.total)


def brought_up(manifest: Manifest, missing: Sequence[Release]) -> Manifest:
    """Apply what some releases change; raises InputError or ValidationError where that is wrong."""
    changes = changes_of(missing, "manifest")
    if not changes:
        return manifest
    content = changed(_as_read(manifest.model_dump(exclude_unset=True)), changes, manifest.app)
    return Manifest.model_validate(content)


def _with(bill: Bill, updated: Mapping[str, Manifest]) -> Bill:
    if not updated:
        return bill
    others = [each for each in bill.workloads if each.app not in updated]
    new = [each for app in updated.values() for each in workloads_of(app, bill.catalog)]
    return Bill(bill.catalog, [*others, *new], bill.plan)


def _saved(before: Bill, now: Bill, app: str) -> Decimal:
    return before.marginal(before.numbers_of(app)) - now.marginal(now.numbers_of(app))


def _updated(
    manifests: Sequence[Manifest], lacks: Mapping[str, Sequence[Release]]
) -> tuple[dict[str, Manifest], set[str]]:
    """Give the manifests that change, and the apps of which that can't be said."""
    updated, unsaid = dict[str, Manifest](), set[str]()
    for manifest in manifests:
        try:
            new = brought_up(manifest, lacks.get(manifest.app, ()))
        except (InputError, ValidationError):
            unsaid.add(manifest.app)
        else:
            if new != manifest:
                updated[manifest.app] = new
    return updated, unsaid


def _as_read(value: Any) -> Any:
    """Give a dumped value as the reader of YAML gives it; what is not there is left out."""
    if isinstance(value, dict):
        return {key: _as_read(each) for key, each in value.items() if each is not None}
    if isinstance(value, tuple | list):
        return [_as_read(each) for each in value]
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
