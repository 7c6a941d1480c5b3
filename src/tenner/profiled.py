"""A system in an environment: what the environment's profile changes in what the system states."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.kinds.auto_scaling import TableAutoScaled
from tenner.kinds.base import HUNDRED, Growth, Resource
from tenner.kinds.data import TableOnDemand, TableProvisioned
from tenner.kinds.operations import Alarm, ContributorInsights, Dashboard, LogGroup
from tenner.kinds.security import KmsKey, Parameter, Secret
from tenner.money import ceiling_division, exact
from tenner.own_table import NO_OTHER, Capacity, capacity_of
from tenner.usage import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.catalog import Catalog, Profile
    from tenner.manifest_environment import Environment
    from tenner.system import System, Variant
    from tenner.usage import Facts, Usage
    from tenner.workload import Workload

_FIXED = Growth(how="fixed")
_TARGET = Decimal(70)
"""Percent of provisioned capacity that is taken for used, where the system does not say."""
_MICRO = 6


class Profiled(NamedTuple):
    """A system in one environment: which variant was taken, what was changed, and what it uses.

    `capacities` has the choice for each table, by its name.
    """

    environment: Environment
    base: Variant
    changes: Sequence[str]
    capacities: Mapping[str, Capacity]
    workload: Workload


def in_environment(
    system: System,
    environment: Environment,
    catalog: Catalog,
    drivers: Mapping[str, Decimal] | None = None,
) -> Profiled:
    """Put a system into an environment, at its size or at that of `drivers`.

    The variant that it states for that environment is taken, or else its first one. Raises
    InputError where the catalog lacks something.
    """
    profile, facts = catalog.environments[environment], facts_of(catalog)
    base = next((v for v in system.variants.values() if v.environment == environment), system.first)
    stated = base.environment == environment
    resources: dict[str, Resource] = {}
    tables: dict[str, Profile] = {}
    changes: list[str] = []
    for name, resource in system.grown(base, drivers).items():
        if (table := _table(resource, facts)) is not None:
            tables[name] = _scaled(profile, resource)
            resources[name] = table.model_copy(
                update={"point_in_time_recovery": profile.point_in_time_recovery}
            )
            continue
        found, change = _changed(resource, profile, facts, stated=stated)
        if found is not None:
            resources[name] = found
        changes += [f"{name}: {change}"] if change else []
    workload = system.workload_of(catalog, environment, resources)
    capacities, usage = _with_capacities(workload, tables, catalog)
    changes += [f"{name}: {_mode(found)}" for name, found in capacities.items()]
    return Profiled(environment, base, changes, capacities, workload._replace(usage=usage))


def _changed(
    resource: Resource, profile: Profile, facts: Facts, *, stated: bool
) -> tuple[Resource | None, str]:
    """Change what is no table; None takes it away. Says what was done, or nothing.

    In an account of its own what a system states is paid for on purpose, so it stays.
    """
    found: tuple[Resource | None, str] = (resource, "")
    if isinstance(resource, LogGroup):
        kept = _kept(resource, profile, facts)
        if kept != resource:
            found = kept, f"kept {profile.log_retention_days} days"
    elif isinstance(resource, Alarm) and resource.of_auto_scaling:
        found = None, "counted with the tables that scale"
    elif profile.account == "shared":
        if isinstance(resource, (Alarm, Dashboard, ContributorInsights)):
            found = None, "none"
        elif isinstance(resource, KmsKey) and resource.customer_managed_keys:
            found = None, "the key that AWS owns"
        elif isinstance(resource, Secret) and not stated:
            found = _parameter(resource), "SecureString parameters"
    return found


def _kept(logs: LogGroup, profile: Profile, facts: Facts) -> LogGroup:
    """Keep what arrives in a month for as many days as the profile says."""
    with exact():
        days = Decimal(profile.log_retention_days)
        whole = logs.ingested_gb_per_month * facts.stored_log_share * days * 24
        stored = ceiling_division(whole.scaleb(_MICRO), facts.hours).scaleb(-_MICRO)
    return logs.model_copy(update={"stored_gb": stored})


def _parameter(secret: Secret) -> Parameter:
    """Keep secrets as SecureString parameters of the standard tier."""
    return Parameter.model_construct(
        kind="parameter",
        grows=_FIXED,
        standard_parameters=secret.secrets,
        secure_reads_per_month=secret.api_calls_per_month,
    )


def _table(resource: Resource, facts: Facts) -> TableOnDemand | None:
    """Give a table with the requests of a month, whatever its capacity; None for what is none."""
    with exact():
        if isinstance(resource, TableOnDemand):
            return resource
        if isinstance(resource, TableAutoScaled):
            reads = resource.read_units_per_second * facts.month_s
            writes = resource.write_units_per_second * facts.month_s
        elif isinstance(resource, TableProvisioned):
            used = (resource.utilisation_percent or _TARGET) * facts.month_s / HUNDRED
            reads = resource.read_capacity_units * used
            writes = resource.write_capacity_units * used
        else:
            return None
    return TableOnDemand(
        kind="table_on_demand",
        grows=_FIXED,
        read_units_per_month=ceiling_division(reads, Decimal(1)),
        write_units_per_month=ceiling_division(writes, Decimal(1)),
        stored_gb=resource.stored_gb,
    )


def _scaled(profile: Profile, resource: Resource) -> Profile:
    """Let a table that states how it scales keep its own limits."""
    if not isinstance(resource, TableAutoScaled) or profile.auto_scaling is None:
        return profile
    own = {
        "target_percent": int(resource.target_percent),
        "least_read_units": resource.least_read_capacity,
        "most_read_units": resource.most_read_capacity,
        "least_write_units": resource.least_write_capacity,
        "most_write_units": resource.most_write_capacity,
    }
    return profile.model_copy(update={"auto_scaling": profile.auto_scaling.model_copy(update=own)})


def _with_capacities(
    workload: Workload, tables: Mapping[str, Profile], catalog: Catalog
) -> tuple[dict[str, Capacity], tuple[Usage, ...]]:
    """Choose each table's capacity, and put it in the place of its requests."""
    capacities, usage = {}, [each for each in workload.usage if each.resource not in tables]
    for name, profile in tables.items():
        own = [each for each in workload.usage if each.resource == name]
        found = capacity_of(own, profile, catalog, workload.region, indexes=0, name=name)
        capacities[name] = found
        usage += found.applied(own)
    return capacities, tuple(usage)


def _mode(capacity: Capacity) -> str:
    said = capacity.said
    return said if capacity.why == NO_OTHER else f"{said}, since {capacity.why}"
