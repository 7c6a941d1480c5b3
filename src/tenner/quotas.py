"""Quotas: what one AWS account allows, and how much of it a fleet uses."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Field

from tenner import exact_yaml
from tenner.money import ceiling_division, exact, rounded
from tenner.secret_places import stores_of
from tenner.service import Checked, Figure, Sources, Text
from tenner.usage import activity_of, facts_of
from tenner.validation import Strict, read
from tenner.workload import SHARED_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.usage import Activity

Measure = Literal[
    "http_integrations",
    "http_routes",
    "authorizers",
    "jwt_audiences",
    "http_requests_per_second",
    "app_clients",
    "concurrency",
    "parameters",
    "parameter_reads_per_second",
    "roles",
    "table_reads_per_second",
    "table_writes_per_second",
]
_ZERO, _ONE, _MICRO = Decimal(0), Decimal(1), Decimal("0.000001")


class Quota(Strict):
    """One limit of an account; without `measure` Tenner can't count how much of it is used."""

    name: Text
    limit: Annotated[Figure, Field(gt=0)]
    unit: Text
    scope: Literal[
        "account", "account_region", "environment", "api", "function", "role", "partition"
    ]
    adjustable: bool
    measure: Measure | None = None
    note: Text
    source: Sources
    checked: Checked


class _Quotas(Strict):
    quotas: dict[str, Quota] = Field(min_length=1)


class Place(NamedTuple):
    """Where a quota counts; what it is the same for is empty, and 0 of `api`."""

    account: str
    region: str = ""
    environment: str = ""
    api: int = 0

    def __str__(self) -> str:
        """Name it for people; who has one API is not told its number."""
        account = "the shared account" if self.account == SHARED_ACCOUNT else self.account
        api = f"API {self.api}" if self.api > 1 else ""
        return ", ".join(part for part in (account, self.region, self.environment, api) if part)


class Standing(NamedTuple):
    """How much of a quota is used where it is fullest; `used` is None where it can't be counted."""

    quota: Quota
    place: Place | None
    used: Decimal | None

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded up: what is used at all is not 0 %."""
        if self.used is None:
            return None
        return int(ceiling_division(self.used * 100, self.quota.limit))


class _Seen(NamedTuple):
    """One app in one environment, and how busy its functions are."""

    manifest: Manifest
    activities: Mapping[str, Activity]
    multiplier: Decimal
    month_s: Decimal
    secure: int

    @property
    def has_api(self) -> bool:
        return any(each.trigger == "http_api" for each in self.manifest.functions.values())

    def a_second(self, amount: Decimal) -> Decimal:
        """Spread a month's amount evenly, in millionths, rounded up."""
        return ceiling_division(amount.scaleb(6), self.month_s).scaleb(-6)


def parse_quotas(text: str, source: str) -> Mapping[str, Quota]:
    """Read the quotas by name; raises InputError with every defect."""
    return read(_Quotas, exact_yaml.parse(text, source)).quotas


def standings(
    quotas: Mapping[str, Quota], manifests: Iterable[Manifest], catalog: Catalog
) -> list[Standing]:
    """Say how much of each quota the apps use where it is fullest; the fullest first.

    Those that can't be counted come last.
    """
    with exact():
        counts = counted(quotas, manifests, catalog)
        found = [_standing(quota, counts[name]) for name, quota in quotas.items()]
        return sorted(found, key=_nearness)


def counted(
    quotas: Mapping[str, Quota], manifests: Iterable[Manifest], catalog: Catalog
) -> Mapping[str, Mapping[Place, Decimal]]:
    """Count what the apps use of each quota, by its name, in each place."""
    counts: dict[str, dict[Place, Decimal]] = {name: {} for name in quotas}
    with exact():
        for manifest in manifests:
            for environment in manifest.environments:
                _count(quotas, manifest, environment, catalog, counts)
    return counts


def _count(
    quotas: Mapping[str, Quota],
    manifest: Manifest,
    environment: str,
    catalog: Catalog,
    counts: dict[str, dict[Place, Decimal]],
) -> None:
    """Add what one app has in one environment to the counts of each quota's place."""
    facts, profile = facts_of(catalog), catalog.environments[environment]
    multiplier = next(
        each.use_multiplier for name, each in manifest.environments.items() if name == environment
    )
    seen = _Seen(
        manifest,
        {
            name: activity_of(function, multiplier, facts)
            for name, function in manifest.functions.items()
        },
        multiplier,
        facts.month_s,
        sum(
            stores_of(manifest, environment, name, profile.app_secrets)[0] == "parameter_store"
            for name in manifest.secrets.all
        ),
    )
    is_shared = profile.account == "shared"
    account = SHARED_ACCOUNT if is_shared else f"{manifest.app}-{environment}"
    for name, quota in quotas.items():
        if quota.measure is None:
            continue
        place = Place(
            account,
            manifest.region if quota.scope != "account" else "",
            environment if quota.scope in {"environment", "api"} else "",
            (manifest.api if is_shared else 1) if quota.scope == "api" else 0,
        )
        here = counts[name]
        amount = _MEASURES[quota.measure](seen)
        if quota.measure == "authorizers":
            here[place] = max(here.get(place, _ZERO), amount)
            continue
        if quota.measure == "jwt_audiences" and place not in here:
            here[place] = _ONE
        here[place] = here.get(place, _ZERO) + amount


def _standing(quota: Quota, counts: Mapping[Place, Decimal]) -> Standing:
    if quota.measure is None:
        return Standing(quota, None, None)
    place = min(counts, key=lambda place: (-counts[place], place), default=None)
    used = counts[place] if place else _ZERO
    return Standing(quota, place, used if used >= 1 else rounded(used, _MICRO))


def _nearness(standing: Standing) -> tuple[bool, Decimal]:
    """Sort the fullest first; compared as whole millionths of a percent, which is near enough."""
    if standing.used is None:
        return (True, _ZERO)
    return (False, -(standing.used.scaleb(8) // standing.quota.limit))


def _routes(seen: _Seen) -> Decimal:
    if not seen.has_api:
        return _ZERO
    return Decimal(5 if seen.manifest.login else 2)


def _roles(seen: _Seen) -> Decimal:
    functions = seen.manifest.functions.values()
    has_schedule = any(function.trigger == "schedule" for function in functions)
    return Decimal(1 + bool(functions) + has_schedule)


def _concurrency(seen: _Seen) -> Decimal:
    busy_s = sum(
        (
            seen.activities[name].requests * function.use.duration_ms / 1000
            for name, function in seen.manifest.functions.items()
        ),
        _ZERO,
    )
    return seen.a_second(busy_s)


def _api_requests(seen: _Seen) -> Decimal:
    requests = sum(
        (
            seen.activities[name].requests
            for name, function in seen.manifest.functions.items()
            if function.trigger == "http_api"
        ),
        _ZERO,
    )
    return seen.a_second(requests)


def _parameter_reads(seen: _Seen) -> Decimal:
    reads = _ZERO
    for activity in seen.activities.values():
        reads += activity.secret_reads if seen.secure else activity.cold_starts
    return seen.a_second(reads if seen.manifest.parameters or seen.secure else _ZERO)


def _rows(seen: _Seen, field: str) -> Decimal:
    amount = sum(
        (
            seen.activities[name].requests * Decimal(getattr(function.use, field))
            for name, function in seen.manifest.functions.items()
        ),
        _ZERO,
    )
    if seen.manifest.ai and field == "reads_per_request":
        amount += seen.manifest.ai.use.prompts_per_month * seen.multiplier
    return seen.a_second(amount)


_MEASURES: Mapping[Measure, Callable[[_Seen], Decimal]] = {
    "http_integrations": lambda seen: Decimal(seen.has_api),
    "http_routes": _routes,
    "authorizers": lambda seen: Decimal(seen.manifest.login is not None),
    "jwt_audiences": lambda seen: Decimal(seen.manifest.login is not None),
    "http_requests_per_second": _api_requests,
    "app_clients": lambda seen: Decimal(seen.manifest.login is not None),
    "concurrency": _concurrency,
    "parameters": lambda seen: Decimal(len(seen.manifest.parameters) + seen.secure),
    "parameter_reads_per_second": _parameter_reads,
    "roles": _roles,
    "table_reads_per_second": lambda seen: _rows(seen, "reads_per_request"),
    "table_writes_per_second": lambda seen: _rows(seen, "writes_per_request"),
}
