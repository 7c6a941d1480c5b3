"""Tells whether and where a new app fits into the shared account, before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenner.apis import Apis, on_api, put_api
from tenner.capacity import overfull
from tenner.errors import InputError, OutsideError, TennerError
from tenner.fields import MOST_APIS
from tenner.load import MANIFEST, load_manifest, load_quotas, read_text
from tenner.money import plain
from tenner.whole_fleet import most_apis, shared_around
from tenner.write import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tenner.capacity import Overfull
    from tenner.cost import Fleet
    from tenner.load import ManifestFile
    from tenner.manifest import Manifest
    from tenner.registry import Registry

_SECOND = "begin a second shared infrastructure: docs/decisions/0008-when-it-is-full.md"


class FullError(TennerError):
    """What all apps share has no room for another one, and AWS gives none."""


class Fit(NamedTuple):
    """On which HTTP API a new app is, and what must be done before it can be deployed."""

    api: int
    sentences: Sequence[str] = ()


def check_fits(fleet: Fleet, new: Manifest, registry: Registry, home: Path | None = None) -> Fit:
    """Say on which API a new app goes, and of each quota that AWS must raise before, a sentence.

    An app that is registered already is not new: it stays where it is. `home` is the app's folder.
    Raises FullError where a quota is full that AWS raises for nobody; where no fleet.yaml is known
    that says how many APIs there are, that is a sentence.
    """
    for record in fleet.records:
        if record.manifest.app == new.app:
            return Fit(record.manifest.api)
    try:
        infra, quotas, _ = shared_around(registry, load_quotas(), home)
    except (InputError, OutsideError):
        return Fit(new.api)  # no reason to refuse an app
    catalog, others = fleet.bill.catalog, [each for each in fleet.manifests if each.app != new.app]
    count = infra.apis if infra else most_apis(others)
    apis = Apis(quotas, catalog, count)
    for other in others:
        apis.add(other)
    new = on_api(new, apis.first_for(new))
    found = overfull(quotas, others, new, catalog)
    hard = [each for each in found if not each.quota.adjustable]
    if not hard:
        told = [f"  it is on HTTP API {new.api} of {count}"] if new.api > 1 else []
        return Fit(new.api, [*told, *(_request(new.app, each) for each in found)])
    if any(each.quota.scope != "api" for each in hard):
        raise FullError(f"{_sums(new.app, hard)}. {_instead(new.app, _SECOND)}")
    for api in range(2, count + 1):
        hard += overfull(quotas, others, on_api(new, api), catalog)
    words = _sums(new.app, [each for each in hard if not each.quota.adjustable])
    if infra is None:
        return Fit(new.api, [f"{words}. {_unknown(count + 1, registry)}"])
    more = f"have one more: `apis: {count + 1}` in fleet.yaml, then in its repo `make deploy`"
    raise FullError(f"{words}. {_instead(new.app, more if count < MOST_APIS else _SECOND)}")


def settled(file: ManifestFile, folder: Path, api: int) -> ManifestFile:
    """Write into the app.yaml of a new app on which API it is, and read it again.

    What a person has written there stays.
    """
    if file.manifest.api == api or "api" in file.content:
        return file
    path = folder / MANIFEST
    write_whole(path, put_api(read_text(path), api))
    return load_manifest(folder)._replace(folder=file.folder)


def _sums(app: str, full: Sequence[Overfull]) -> str:
    return "\n".join(
        f"{_sum(app, each)}, expected at most {plain(each.quota.limit)}, "
        "which AWS raises for nobody"
        for each in full
    )


def _instead(app: str, more: str) -> str:
    return (
        f"Make {app} without what fills it, take an app out that is gone (tenner doctor finds it), "
        f"or {more}"
    )


def _unknown(api: int, registry: Registry) -> str:
    return (
        f"Beside {registry.place} no fleet.yaml says how many APIs there are: where there is "
        f"`apis: {api}`, write `api: {api}` into app.yaml before the app is deployed"
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
