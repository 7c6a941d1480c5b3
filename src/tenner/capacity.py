"""Capacity: how many more apps fit into the account, and what another app would overfill."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.errors import InputError, Problem
from tenner.money import exact, plain
from tenner.quotas import Place, Quota, counted, standings
from tenner.shown import key_part
from tenner.workload import SHARED_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.quotas import Standing

_ZERO, _ONE = Decimal(0), Decimal(1)
ONCE = {"authorizers"}
"""Measures that all apps of a place have together."""
ITS_OWN = {"jwt_audiences": _ONE}
"""What the shared infrastructure has of a measure before any app."""


@dataclass(frozen=True, slots=True)
class Room:
    """How near a quota is, and how many more apps like the average one it allows.

    `more` is None where more apps use no more of it, or where it can't be counted; `ends_in` is
    the shared place that is full first. Of HTTP APIs, `more` is the sum over those of one place.
    """

    name: str
    standing: Standing
    more: int | None
    ends_in: Place | None


class Overfull(NamedTuple):
    """A quota of the shared account that is exceeded with another app, and by how much."""

    name: str
    quota: Quota
    place: Place
    before: Decimal
    after: Decimal


def rooms(
    quotas: Mapping[str, Quota], manifests: Sequence[Manifest], catalog: Catalog, apis: int = 1
) -> list[Room]:
    """Say how many more apps fit, by each quota; the fullest first.

    The average app has what all apps have in a shared place, divided by their number; `apis` is
    how many HTTP APIs they are spread over. Accounts of their own are never full of other apps.
    """
    counts = counted(quotas, manifests, catalog)
    names = {id(quota): name for name, quota in quotas.items()}
    found = []
    for standing in standings(quotas, manifests, catalog):
        name = names[id(standing.quota)]
        ends = [
            (more, place)
            for place, used in _by_api(standing.quota, counts[name], apis).items()
            if (more := _more(standing.quota, place, used, len(manifests), apis)) is not None
        ]
        more, place = min(ends, default=(None, None))
        found.append(Room(name, standing, more, place))
    return found


def first_ends(found: Iterable[Room]) -> list[Room]:
    """Give the quota that ends growth first and, where that one can be raised, the first hard one.

    Empty where no quota ends it.
    """
    ending = sorted(
        (room for room in found if room.more is not None),
        key=lambda room: (room.more, room.standing.quota.adjustable, room.name),
    )
    first = ending[:1]
    hard = [room for room in ending if not room.standing.quota.adjustable][:1]
    return [*first, *(room for room in hard if room not in first)]


def overfull(
    quotas: Mapping[str, Quota], others: Sequence[Manifest], new: Manifest, catalog: Catalog
) -> list[Overfull]:
    """Say which quotas of the shared account an app would exceed beside the others.

    Only those of which the app itself uses something; the hard ones first.
    """
    before = counted(quotas, others, catalog)
    after = counted(quotas, [*others, new], catalog)
    found = [
        Overfull(name, quota, place, before[name].get(place, _ZERO), used)
        for name, quota in quotas.items()
        for place, used in after[name].items()
        if place.account == SHARED_ACCOUNT
        and used > quota.limit
        and used > before[name].get(place, _ZERO)
    ]
    return sorted(found, key=lambda each: (each.quota.adjustable, each.name, each.place))


def raised(
    quotas: Mapping[str, Quota], limits: Mapping[str, Decimal], source: str
) -> Mapping[str, Quota]:
    """Take over the limits that AWS has raised for this account, by the quotas' names.

    Raises InputError, naming `source`, for a quota that is not known or never raised.
    """
    problems = [
        Problem(f"quotas.{key_part(name)}", words)
        for name, limit in limits.items()
        if (words := _limit_problem(quotas.get(name), limit, quotas))
    ]
    if problems:
        raise InputError(source, problems)
    return {
        name: quota.model_copy(update={"limit": limits[name]}) if name in limits else quota
        for name, quota in quotas.items()
    }


def _limit_problem(quota: Quota | None, limit: Decimal, quotas: Mapping[str, Quota]) -> str:
    if quota is None:
        known = ", ".join(sorted(name for name, each in quotas.items() if each.adjustable))
        return f"expected one of {known}"
    if not quota.adjustable and limit != quota.limit:
        return f"given {limit}, expected {plain(quota.limit)}, which AWS raises for nobody"
    return ""


def _by_api(
    quota: Quota, counts: Mapping[Place, Decimal], apis: int
) -> Mapping[Place, dict[int, Decimal]]:
    """Bring together what is used of each API of one place; one that no app is on is empty."""
    found: dict[Place, dict[int, Decimal]] = {}
    for place, used in counts.items():
        whole = place._replace(api=0)
        if whole not in found:
            own = ITS_OWN.get(quota.measure or "", _ZERO)
            empty = range(1, apis + 1) if place.api and place.account == SHARED_ACCOUNT else ()
            found[whole] = dict.fromkeys(empty, own)
        found[whole][place.api] = used
    return found


def _more(
    quota: Quota, place: Place, used: Mapping[int, Decimal], apps: int, apis: int
) -> int | None:
    """Count how many more average apps fit; None where no number of them fills it."""
    own = ITS_OWN.get(quota.measure or "", _ZERO)
    with exact():
        grows = sum(used.values(), -own * len(used))
        if quota.measure in ONCE or place.account != SHARED_ACCOUNT or grows <= 0:
            return None
        return sum(
            max(int((quota.limit - each) * apps // grows), 0)
            for number, each in used.items()
            if number <= apis
        )
