"""Whether an app has earned an account of its own, with figures."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.estimate import AccountPlan, Bill
from tenner.manifest_environment import EnvironmentSettings
from tenner.money import exact
from tenner.workload import workload_of, workloads_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.workload import Workload

RULE_USD = Decimal(50)
"""More revenue a month than this earns an account of its own: document 000, line 129."""


class Promotion(NamedTuple):
    """What an app adds to the bill today, what prod would add, and what both cost alone.

    USD a month; so is `revenue`, None where nobody said what it earns.
    """

    manifest: Manifest
    today: Decimal
    prod: Decimal
    alone: Decimal
    revenue: Decimal | None

    @property
    def is_time(self) -> bool:
        """Tell whether the rule is met: it earns more than it says, and more than it costs."""
        return self.revenue is not None and self.revenue > self.least

    @property
    def least(self) -> Decimal:
        """Give the revenue above which it is time."""
        return max(RULE_USD, self.break_even)

    @property
    def break_even(self) -> Decimal:
        """Give the revenue that pays for all that the app costs with prod."""
        return self.today + self.prod

    @property
    def margin(self) -> Decimal | None:
        """Give what is left with prod, of each dollar earned; None where nothing is earned."""
        if not self.revenue:
            return None
        return (self.revenue - self.break_even) / self.revenue


def with_prod(manifest: Manifest) -> Manifest:
    """Give the manifest with prod, as it is where it has it already."""
    if "prod" in manifest.environments:
        return manifest
    environments = {**manifest.environments, "prod": EnvironmentSettings()}
    return manifest.model_copy(update={"environments": environments})


def promotion_of(
    manifest: Manifest,
    others: Sequence[Workload],
    catalog: Catalog,
    plan: AccountPlan,
    revenue: Decimal | None,
) -> Promotion:
    """Count what prod changes; `others` are the workloads of the rest of the fleet."""
    shared = {name: each for name, each in manifest.environments.items() if name != "prod"}
    before = (
        workloads_of(manifest.model_copy(update={"environments": shared}), catalog)
        if shared
        else []
    )
    prod = workload_of(with_prod(manifest), "prod", catalog)
    with exact():
        rest = Bill(catalog, others, plan).total
        now = Bill(catalog, [*others, *before], plan).total
        then = Bill(catalog, [*others, *before, prod], plan)
        own = Bill(catalog, [*before, prod], plan).total
        return Promotion(manifest, now - rest, then.total - now, own, revenue)
