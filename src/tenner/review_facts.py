"""What a review knows of an app (what it is, a plan, AWS), and what a check finds there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from tenner.catalog import Catalog, Profile
    from tenner.manifest import Manifest
    from tenner.manifest_environment import Environment
    from tenner.plan import Plan
    from tenner.shared_infra import SharedInfra


class Unknown(NamedTuple):
    """What is not known, and in a few words why."""

    why: str


class DeployedFunction(NamedTuple):
    """A function as it runs: `memory_mb`, `timeout_s`, and the concurrency reserved for it."""

    memory_mb: int
    timeout_s: int
    reserved: int | None


class LogGroup(NamedTuple):
    """A log group; `days` it keeps logs, None for ever."""

    name: str
    days: int | None
    stored_bytes: int


class DeployedTable(NamedTuple):
    """The table: how it is billed, what is provisioned (units a second), its indexes, scaling."""

    name: str
    billing_mode: str
    read_units: int
    write_units: int
    indexes: Sequence[str]
    scales: bool


class FunctionMetrics(NamedTuple):
    """A function's runs in some days; durations in milliseconds."""

    runs: Decimal
    errors: Decimal
    average_ms: Decimal
    longest_ms: Decimal


class TableMetrics(NamedTuple):
    """What was read, written and refused of the table in some days, in units and requests."""

    reads: Decimal
    writes: Decimal
    throttled: Decimal


class Deployed(NamedTuple):
    """What AWS says of an app in one environment; each part may be unknown.

    Functions and their metrics are by their name in app.yaml. `weekly` figures are of the last
    7 days, `monthly` of the last 30. `throttle` is of the API's stage, in requests a second.
    """

    functions: Mapping[str, DeployedFunction] | Unknown
    log_groups: Sequence[LogGroup] | Unknown
    table: DeployedTable | Unknown
    insights: bool | Unknown
    throttle: Decimal | Unknown | None
    weekly: Mapping[str, FunctionMetrics] | Unknown
    monthly: Mapping[str, FunctionMetrics] | Unknown
    table_week: TableMetrics | Unknown
    tokens_week: tuple[Decimal, Decimal] | Unknown

    @classmethod
    def unknown(cls, why: str) -> Deployed:
        """Say why nothing is known, as of an account that was not asked."""
        return cls(*[Unknown(why)] * len(cls._fields))


class Spend(NamedTuple):
    """When what was spent was looked at last, and how many anomalies were found."""

    on: date
    anomalies: int


class Scene(NamedTuple):
    """All that the checks may look at; what is not known says why.

    `advice` has a sentence for each saving; `same_model` are other apps that call the same model.
    """

    manifest: Manifest
    environment: Environment
    profile: Profile
    catalog: Catalog
    today: date
    plan: Plan | None
    deployed: Deployed
    infra: SharedInfra | Unknown
    spend: Spend | None
    advice: Sequence[str]
    same_model: Sequence[str]

    @property
    def prefix(self) -> str:
        """Give the beginning of all names in AWS."""
        return f"{self.manifest.app}-{self.environment}"

    @property
    def has_own_account(self) -> bool:
        """Tell whether the environment is in an account of the app's own."""
        return self.profile.account == "own"

    @property
    def environments_here(self) -> list[Environment]:
        """Give the app's environments that are in the same account, this one too."""
        if self.has_own_account:
            return [self.environment]
        profiles = self.catalog.environments
        return [each for each in self.manifest.environments if profiles[each].account == "shared"]


class Found(NamedTuple):
    """What a check found, with one sentence that says on what it rests."""

    outcome: Literal["pass", "fail", "unchecked"]
    why: str


def passed(why: str) -> Found:
    """Say that it is in order."""
    return Found("pass", why)


def unchecked(unknown: Unknown) -> Found:
    """Say why it can't be checked."""
    return Found("unchecked", unknown.why)


def judged(wrong: list[str], fine: str) -> Found:
    """Fail with all that is wrong, or pass."""
    return Found("fail", "; ".join(wrong)) if wrong else passed(fine)
