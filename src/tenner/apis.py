"""Which shared HTTP API an app goes to: the first with room for all that it needs there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.capacity import ITS_OWN, ONCE
from tenner.money import exact
from tenner.quotas import counted
from tenner.workload import SHARED_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.quotas import Place, Quota

_ZERO = Decimal(0)


class Apis:
    """What apps use of each of so many APIs, by the quotas that an API has."""

    def __init__(self, quotas: Mapping[str, Quota], catalog: Catalog, count: int) -> None:
        self._quotas = {
            name: quota
            for name, quota in quotas.items()
            if quota.scope == "api" and quota.measure not in ONCE
        }
        self._catalog = catalog
        self._count = count
        self._used: dict[tuple[str, Place], Decimal] = {}

    def add(self, manifest: Manifest) -> None:
        """Count an app on the API that its manifest says."""
        with exact():
            for name, place, amount in self._needs(manifest):
                self._used[name, place] = self._used_of(name, place) + amount

    def first_for(self, manifest: Manifest) -> int:
        """Give the first API with room for an app: without, where AWS can be asked for more.

        Number 1 where AWS raises no limit that the app would need.
        """
        needs = list(self._needs(manifest))
        for asks in (False, True):
            for number in range(1, self._count + 1):
                if all(self._has_room(need, number, asks=asks) for need in needs):
                    return number
        return 1

    def _has_room(self, need: tuple[str, Place, Decimal], number: int, *, asks: bool) -> bool:
        name, place, amount = need
        quota = self._quotas[name]
        used = self._used_of(name, place._replace(api=number))
        return (asks and quota.adjustable) or used + amount <= quota.limit

    def _needs(self, manifest: Manifest) -> Iterator[tuple[str, Place, Decimal]]:
        """Say what an app has of each quota in each environment that it shares."""
        for name, places in counted(self._quotas, [manifest], self._catalog).items():
            for place, used in places.items():
                amount = used - self._own(name)
                if amount and place.account == SHARED_ACCOUNT:
                    yield name, place, amount

    def _used_of(self, name: str, place: Place) -> Decimal:
        return self._used.get((name, place), self._own(name))

    def _own(self, name: str) -> Decimal:
        return ITS_OWN.get(self._quotas[name].measure or "", _ZERO)


def spread(
    quotas: Mapping[str, Quota], manifests: Iterable[Manifest], catalog: Catalog, count: int
) -> list[Manifest]:
    """Give each app to one of so many APIs in turn, as they would be if all were new."""
    if count == 1:
        return list(manifests)
    apis, found = Apis(quotas, catalog, count), []
    for manifest in manifests:
        found.append(on_api(manifest, apis.first_for(manifest)))
        apis.add(found[-1])
    return found


def on_api(manifest: Manifest, number: int) -> Manifest:
    """Give a manifest with another API."""
    return manifest.model_copy(update={"api": number})


def put_api(text: str, number: int) -> str:
    """Write into the text of a new app.yaml, which says no API, on which it is."""
    line = f"api: {number}  # which of the shared HTTP APIs; another one is another URL\n"
    head, mark, rest = text.partition("\nenvironments:")
    return f"{head}\n{line}{mark}{rest}" if mark else f"{text}{line}"
