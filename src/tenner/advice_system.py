"""Answers `tenner advise` for a system: its rules, over one variant at one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenner.advice import RULES
from tenner.advice.base import Scene
from tenner.advice.engine import advise
from tenner.estimate import AccountPlan, Bill
from tenner.money import exact
from tenner.usage import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tenner.advice.engine import Advised
    from tenner.catalog import Catalog
    from tenner.system import System, Variant


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
