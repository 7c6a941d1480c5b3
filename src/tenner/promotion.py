"""Whether an app has earned an account of its own, with figures; and the steps that lead there."""

from __future__ import annotations

import shlex
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.estimate import AccountPlan, Bill
from tenner.manifest import EnvironmentSettings
from tenner.money import exact
from tenner.workload import workload_of, workloads_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.workload import Workload

RULE_USD = Decimal(50)
"""More revenue a month than this earns an account of its own: document 000, line 129."""
SHARED_FIRST = ("dev", "staging")


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
        return self.revenue is not None and self.revenue > max(RULE_USD, self.break_even)

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


class Step(NamedTuple):
    """One step of a promotion: what it is for, and the commands."""

    what: str
    commands: Sequence[str]


def steps_of(manifest: Manifest, folder: str) -> list[Step]:
    """List what a person does after prod was added, in order; the last one is the way back."""
    app, place = manifest.app, shlex.quote(folder)
    names = (*manifest.secrets.shared, *manifest.secrets.app)
    copy = f"tenner promote {app} --rows --from-profile SHARED --to-profile PROD"
    first = next((name for name in SHARED_FIRST if name in manifest.environments), "dev")
    steps = [
        Step(
            "look at the branch, and take it in",
            [
                f"cd {place}",
                "git diff HEAD...tenner/prod",
                "git merge --no-ff tenner/prod",
                "tenner register .",
            ],
        ),
        Step(
            "log in to an account of its own, made in your AWS Organization",
            ["aws sso login --profile PROD"],
        ),
        Step(
            "make what prod has for itself; look at the plan before you agree",
            ["AWS_PROFILE=PROD make deploy ENV=prod"],
        ),
    ]
    if names:
        put = [f"AWS_PROFILE=PROD tenner secret put {n} --environment prod" for n in names]
        steps.append(Step("give each secret its value; you are asked, and nothing is shown", put))
    if manifest.functions:
        steps.append(
            Step(
                f"copy its rows of {first}; the old app goes on, and what is cut off goes on too",
                [f"{copy} --dry-run", copy],
            )
        )
    steps.append(
        Step(
            "see that it answers, then point users to it",
            [f"AWS_PROFILE=PROD make -C {place} deploy ENV=prod YES=1"],
        )
    )
    back = [f"{copy} --back --again"] if manifest.functions else []
    back += [
        f"AWS_PROFILE=PROD make -C {place} destroy ENV=prod    # refused while it is protected",
        f"cd {place} && git revert -m 1 MERGE    # the commit that took tenner/prod in",
    ]
    steps.append(Step(f"the way back: users to {first}, rows back, then away with prod", back))
    return steps
