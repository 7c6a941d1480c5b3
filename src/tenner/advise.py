"""Answers `tenner advise`: the rules, over one variant of a system, or over an app in its fleet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenner.advice import RULES
from tenner.advice.apps import APP_RULES, AppScene
from tenner.advice.base import Scene
from tenner.advice.engine import advise
from tenner.estimate import AccountPlan, Bill
from tenner.money import exact
from tenner.usage import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tenner.advice.base import Rule
    from tenner.advice.engine import Advised
    from tenner.catalog import Catalog
    from tenner.system import System, Variant
    from tenner.targets import App

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)\Z")


@dataclass(frozen=True, slots=True)
class Counsel:
    """What `tenner advise` answers: about what, all advice, and at which template version."""

    subject: str
    region: str
    advised: Advised[Any]
    version: str = ""

    def is_by_update(self, rule: Rule[Any]) -> bool:
        """Tell whether `copier update` brings a change: the template has it since a later one."""
        mine, since = _VERSION.match(self.version), _VERSION.match(rule.since)
        if mine is None or since is None:
            return False
        return tuple(map(int, mine.groups())) < tuple(map(int, since.groups()))


def scene_of(
    system: System, variant: Variant, catalog: Catalog, drivers: Mapping[str, Decimal]
) -> Scene:
    """Set the scene: a variant's resources at its size."""
    return Scene(
        resources=system.grown(variant, drivers),
        stated=variant.resources,
        environment=variant.environment,
        region=system.region,
        catalog=catalog,
        facts=facts_of(catalog),
    )


def total_of(system: System, scene: Scene, plan: AccountPlan) -> Decimal:
    """Estimate a scene in USD a month."""
    workload = system.workload_of(scene.catalog, scene.environment, scene.resources)
    return Bill(scene.catalog, [workload], plan).total


def advise_system(
    system: System, scene: Scene, plan: AccountPlan, compliance: str = ""
) -> Advised[Scene]:
    """Find what saves money in a system."""
    with exact():
        return advise(scene, RULES, lambda each: total_of(system, each, plan), compliance)


def safeguards_of(
    system: System, scene: Scene, plan: AccountPlan, compliance: str
) -> Advised[Scene]:
    """Find what could be saved by all that compliance forbids."""
    forbidden = [rule for rule in RULES if compliance in rule.against]
    with exact():
        return advise(scene, forbidden, lambda each: total_of(system, each, plan))


def counsel_for_system(
    system: System, scene: Scene, variant: str, plan: AccountPlan, compliance: str
) -> Counsel:
    """Advise on a system."""
    advised = advise_system(system, scene, plan, compliance)
    return Counsel(f"{system.name}, {variant}", system.region, advised)


def counsel_for_app(app: App, plan: AccountPlan, compliance: str) -> Counsel:
    """Advise on an app: what it adds to the bill of its fleet, and what that could be."""
    advised = advise_app(AppScene(app.manifest, app.catalog, app.others), plan, compliance)
    return Counsel(app.manifest.app, app.manifest.region, advised, app.version)


def advise_app(scene: AppScene, plan: AccountPlan, compliance: str = "") -> Advised[AppScene]:
    """Find what saves money in an app: the bill of its fleet, before and after."""

    def total(scene: AppScene) -> Decimal:
        return Bill(scene.catalog, [*scene.others, *scene.workloads()], plan).total - rest

    with exact():
        rest = Bill(scene.catalog, scene.others, plan).total
        return advise(scene, APP_RULES, total, compliance)
