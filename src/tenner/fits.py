"""Tells whether a new app still fits into the shared account, before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenner.capacity import overfull
from tenner.errors import InputError, OutsideError, TennerError
from tenner.load import load_quotas
from tenner.money import plain
from tenner.whole_fleet import shared_around

if TYPE_CHECKING:
    from tenner.capacity import Overfull
    from tenner.cost import Fleet
    from tenner.manifest import Manifest
    from tenner.registry import Registry


class FullError(TennerError):
    """What all apps share has no room for another one, and AWS gives none."""


def check_fits(fleet: Fleet, new: Manifest, registry: Registry) -> list[str]:
    """Give a sentence for each quota that AWS must raise before a new app can be deployed.

    An app that is registered already is not new, and has none. Raises FullError where a quota is
    full that AWS raises for nobody.
    """
    if any(record.manifest.app == new.app for record in fleet.records):
        return []
    try:
        _, quotas, _ = shared_around(registry, load_quotas())
    except (InputError, OutsideError):
        return []  # no reason to refuse an app
    others = [each for each in fleet.manifests if each.app != new.app]
    found = overfull(quotas, others, new, fleet.bill.catalog)
    hard = [each for each in found if not each.quota.adjustable]
    if hard:
        raise FullError("\n".join(_refusal(new.app, each) for each in hard))
    return [_request(new.app, each) for each in found]


def _refusal(app: str, full: Overfull) -> str:
    return (
        f"{_sum(app, full)}, expected at most {plain(full.quota.limit)}, which AWS raises for "
        f"nobody. Make {app} without what fills it, take an app out that is gone (tenner doctor "
        "finds it), or begin a second shared infrastructure: docs/decisions/0008-when-it-is-full.md"
    )


def _request(app: str, full: Overfull) -> str:
    asked = full.quota.limit * 2
    while asked < full.after:
        asked *= 2
    return (
        f"{_sum(app, full)}, but AWS allows {plain(full.quota.limit)} until it is asked for more. "
        f"Ask in Service Quotas before {app} is deployed; then note it in fleet.yaml as "
        f"`quotas: {{{full.name}: {asked:f}}}`"
    )


def _sum(app: str, full: Overfull) -> str:
    return f"{full.quota.name}: with {app} {plain(full.after)} in {full.place}"
