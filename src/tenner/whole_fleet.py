"""Reads the whole fleet: its records, the shared infrastructure around them, and the quotas."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner.capacity import raised, rooms
from tenner.cost import Answer, Fleet, collector_paused, fleet_with
from tenner.errors import TennerError
from tenner.load import (
    DEFAULT_REGISTRY,
    MANIFEST,
    SHARED_INFRA,
    is_shared_infra,
    load_catalog,
    load_manifest,
    load_quotas,
    load_shared_infra,
    registry_of_shared,
    registry_to_read,
)
from tenner.manifest import has_api
from tenner.overview import Versions, overview_of
from tenner.projection import project
from tenner.registry_folder import FolderRegistry
from tenner.release_files import own_releases
from tenner.report import fleet_report
from tenner.shared_infra import shared_workloads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tenner.estimate import AccountPlan
    from tenner.manifest import Manifest
    from tenner.overview import Overview
    from tenner.quotas import Quota
    from tenner.registry import Registry
    from tenner.shared_infra import SharedInfra


class FleetRequest(NamedTuple):
    """What `tenner fleet` was asked; without a plan, what fleet.yaml says."""

    plan: AccountPlan | None = None
    registry: str | None = None
    catalog: Path | None = None


class WholeFleet(NamedTuple):
    """The fleet, what it shares where that is known, and what AWS allows this account."""

    fleet: Fleet
    infra: SharedInfra | None
    quotas: Mapping[str, Quota]

    @property
    def apis(self) -> int:
        """Say how many HTTP APIs there are: where fleet.yaml is not known, as apps say."""
        return self.infra.apis if self.infra else most_apis(self.fleet.manifests)


def whole_fleet(request: FleetRequest) -> WholeFleet:
    """Read all registered apps, that of this folder in place of its record, and what they share.

    A fleet.yaml with defects is a problem among others. Raises TennerError where no app is
    registered, or for wrong input.
    """
    file = load_manifest(Path()) if Path(MANIFEST).exists() else None
    registry = open_whole(request.registry)
    infra, quotas, problems = shared_around(registry, load_quotas(request.catalog))
    book = load_catalog(request.catalog)
    given = [file.manifest] if file else []
    plan = request.plan or (infra.account_plan if infra else "always-free")
    shared = shared_workloads(infra, book) if infra else []
    fleet = fleet_with(given, registry, book, plan, shared)
    if not fleet.manifests:
        for problem in fleet.problems:
            raise TennerError(problem)
        message = f"No app is registered in {registry.place}. Make one: tenner new ../todo"
        raise TennerError(message)
    return WholeFleet(fleet._replace(problems=[*fleet.problems, *problems]), infra, quotas)


def open_whole(option: str | None) -> Registry:
    """Open the registry that is meant from an app's folder, or the shared infrastructure's."""
    file = load_manifest(Path()) if Path(MANIFEST).exists() else None
    return registry_to_read(option, file)


def apps_on(manifests: Sequence[Manifest], apis: int) -> Sequence[int]:
    """Count the apps that answer requests on each HTTP API; nothing where there is only one."""
    on = [each.api for each in manifests if has_api(each.functions)]
    return [on.count(number) for number in range(1, apis + 1)] if apis > 1 else []


def most_apis(manifests: Iterable[Manifest]) -> int:
    """Give the highest number of an API that an app is on."""
    return max((manifest.api for manifest in manifests), default=1)


def shared_around(
    registry: Registry | None, quotas: Mapping[str, Quota], app: Path | None = None
) -> tuple[SharedInfra | None, Mapping[str, Quota], Sequence[str]]:
    """Read fleet.yaml around a registry; gives it, the account's quotas, and problems.

    Around a table is the shared infrastructure, here or beside here, that names it; `app` is a
    folder to look from in place of here. Nothing where the registry stands alone.
    """
    home = home_of(registry, app or Path())
    if home is None:
        return None, quotas, []
    try:
        infra = load_shared_infra(home)
        return infra, raised(quotas, infra.quotas, str(home / SHARED_INFRA)), []
    except TennerError as error:
        return None, quotas, [str(error)]


def home_of(registry: Registry | None, near: Path = Path()) -> Path | None:
    """Find the shared infrastructure around a registry."""
    if isinstance(registry, FolderRegistry):
        home = registry.folder.parent
        return home if is_shared_infra(home) else None
    for home in (near, Path(os.path.normpath(near / DEFAULT_REGISTRY)).parent):
        with contextlib.suppress(TennerError):
            place = registry_of_shared(home).place if is_shared_infra(home) else ""
            if registry and place == registry.place:
                return home
    return None


def overview(whole: WholeFleet, sizes: Sequence[int] = ()) -> Overview:
    """Say all of the fleet at a glance, and of so many apps like these."""
    bill, manifests = whole.fleet.bill, whole.fleet.manifests
    versions = {each.manifest.app: each.template.version for each in whole.fleet.records}
    with collector_paused():
        found = overview_of(
            bill,
            manifests,
            Versions(versions, own_releases()),
            rooms(whole.quotas, manifests, bill.catalog, whole.apis),
            whole.infra.budget.monthly_usd if whole.infra else None,
        )
        projected = project(manifests, bill, whole.quotas, sizes, whole.apis)
        return replace(found, projected=projected, apps_on=apps_on(manifests, whole.apis))


def answer_of(whole: WholeFleet) -> Answer:
    """Answer as `tenner cost --fleet` does, for the formats that both have."""
    bill = whole.fleet.bill
    return Answer(fleet_report(bill), whole.fleet, range(len(bill.workloads)))
