"""A workload: what one app uses in one environment, as quantities of priced items."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenner import resources
from tenner.money import exact
from tenner.names import ENVIRONMENTS
from tenner.own import profile_of, with_own
from tenner.usage import Place, activity_of, facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.manifest_environment import Environment
    from tenner.usage import Usage

SHARED_ACCOUNT = "shared"
ONE_PAYER = "one-payer"
SHARED_APP = "shared"
"""Stands where an app's name does for the shared infrastructure itself; no app may be called so."""


class Workload(NamedTuple):
    """What one app uses in one environment, and where: account, payer (who is billed), region."""

    app: str
    environment: str
    region: str
    account: str
    payer: str
    usage: Sequence[Usage]

    @property
    def order(self) -> tuple[str, int]:
        """Sort workloads by app, and an app's from dev to prod."""
        return (self.app, ENVIRONMENTS.index(self.environment))


def workload_of(manifest: Manifest, environment: Environment, catalog: Catalog) -> Workload:
    """Derive the monthly usage of one app in one environment of its manifest.

    Raises InputError where the catalog lacks something that the manifest names.
    """
    place = _place(manifest, environment, catalog)
    with exact():
        usage = tuple(with_own(place, catalog, _found(place, catalog)))
    return Workload(manifest.app, environment, manifest.region, place.account, ONE_PAYER, usage)


def requests_of(manifest: Manifest, environment: Environment, catalog: Catalog) -> Sequence[Usage]:
    """Derive the usage of an app before its own table has found its capacity."""
    with exact():
        return _found(_place(manifest, environment, catalog), catalog)


def _place(manifest: Manifest, environment: Environment, catalog: Catalog) -> Place:
    profile = profile_of(manifest, environment, catalog)
    account = SHARED_ACCOUNT if profile.account == "shared" else f"{manifest.app}-{environment}"
    settings = manifest.environments[environment]
    with exact():
        facts = facts_of(catalog)
        activities = {
            name: activity_of(function, settings.use_multiplier, facts)
            for name, function in manifest.functions.items()
        }
    return Place(
        manifest, environment, profile, facts, account, settings.use_multiplier, activities
    )


def _found(place: Place, catalog: Catalog) -> list[Usage]:
    manifest = place.manifest
    found: list[Usage] = []
    for name, function in manifest.functions.items():
        found += resources.of_function(place, name, function)
    if manifest.functions:
        found += resources.of_table(place)
        found += resources.of_secrets(place)
        found += resources.of_parameters(place)
    if manifest.login:
        found += resources.of_login(place, manifest.login)
    if manifest.ai:
        found += resources.of_ai(place, manifest.ai, catalog.model_item(manifest.ai.model))
    if manifest.static_site:
        found += resources.of_static_site(place, manifest.static_site)
    return found


def workloads_of(manifest: Manifest, catalog: Catalog) -> list[Workload]:
    """Derive the workloads of all environments of a manifest, in its order."""
    return [workload_of(manifest, environment, catalog) for environment in manifest.environments]
