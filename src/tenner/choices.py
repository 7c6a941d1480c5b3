"""Choices that may flip with size: the same work in another form, as resources or as usage."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from tenner.advice.base import FIXED, having, made
from tenner.advice.data import as_on_demand, as_provisioned
from tenner.kinds.auto_scaling import TableAutoScaled
from tenner.kinds.base import ZERO, Setting
from tenner.kinds.compute import FargateService, Function
from tenner.kinds.data import AuroraServerless, TableOnDemand, TableProvisioned
from tenner.kinds.security import UserPool
from tenner.money import ceiling_division
from tenner.usage import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenner.advice.apps import AppScene
    from tenner.advice.base import Scene
    from tenner.catalog import Catalog
    from tenner.kinds.base import Resource
    from tenner.manifest import Function as AppFunction
    from tenner.usage import Usage
    from tenner.workload import Workload

ON_DEMAND, PROVISIONED = "on demand", "provisioned"
STANDARD, IO_OPTIMIZED = "Standard", "I/O-Optimized"
LAMBDA, FARGATE = "Lambda", "Fargate"
_TASK_VCPU, _TASK_GB = Decimal("0.5"), Decimal(1)


def options_of(scene: Scene) -> Mapping[str, Mapping[str, Scene]]:
    """Give each resource of a system that has a choice, with the whole scene for each option."""
    found = {}
    for name, each in scene.resources.items():
        forms = _forms(each, scene)
        if forms:
            found[name] = {
                label: replace(scene, resources={**scene.resources, name: form})
                for label, form in forms.items()
            }
    return found


def _forms(resource: Resource, scene: Scene) -> Mapping[str, Resource]:
    """Give the forms that a resource may take, the present one first."""
    if isinstance(resource, TableOnDemand | TableProvisioned | TableAutoScaled):
        return _modes(resource, scene)
    if isinstance(resource, AuroraServerless):
        modes = (STANDARD, IO_OPTIMIZED)
        other = having(resource, io_optimized=not resource.io_optimized)
        return {modes[resource.io_optimized]: resource, modes[other.io_optimized]: other}
    if isinstance(resource, Function):
        tasks = as_fargate(resource, scene.catalog, spare=scene.is_production)
        return {LAMBDA: resource, FARGATE: tasks}
    if isinstance(resource, UserPool):
        return _plans(resource)
    return {}


def _modes(
    table: TableOnDemand | TableProvisioned | TableAutoScaled, scene: Scene
) -> Mapping[str, Resource]:
    used = scene.assumed("provisioned_utilisation_percent")
    if isinstance(table, TableOnDemand):
        return {ON_DEMAND: table, PROVISIONED: as_provisioned(table, scene.facts, used)}
    if isinstance(table, TableProvisioned):
        used = table.utilisation_percent or used
    return {PROVISIONED: table, ON_DEMAND: as_on_demand(table, scene.facts, used)}


def _plans(pool: UserPool) -> Mapping[str, Resource]:
    """Give the plans with as much protection as a pool has."""
    watched = pool.advanced_security or pool.plan == "plus"
    own = "legacy with advanced security" if pool.advanced_security else pool.plan
    names = ("plus",) if watched else ("lite", "essentials")
    other = {
        name: having(pool, plan=name, advanced_security=False) for name in names if name != own
    }
    return {own: pool, **other} if other else {}


def as_fargate(function: Function, catalog: Catalog, *, spare: bool) -> FargateService:
    """Give the tasks of 0.5 vCPU and 1 GB, on average, that would do a function's work.

    A function has a vCPU for each 1,769 MB, so that its busy time says how many it needs. One
    task is there always, and two with `spare`.
    """
    seconds = (function.duration_ms + function.added_duration_ms) / 1000
    busy = function.requests_per_month * seconds * function.memory_mb * 100
    one = (
        facts_of(catalog).month_s
        * catalog.assumption("lambda_mb_per_vcpu")
        * _TASK_VCPU
        * catalog.assumption("container_utilisation_percent")
    )
    return FargateService(
        kind="fargate_service",
        grows=FIXED,
        tasks=max(ceiling_division(busy.scaleb(6), one).scaleb(-6), Decimal(2 if spare else 1)),
        vcpu=_TASK_VCPU,
        memory_gb=_TASK_GB,
        architecture=function.architecture,
    )


def app_options(scene: AppScene) -> Mapping[str, Mapping[str, AppScene]]:
    """Give each choice that an app has, with the whole scene for each option."""
    found: dict[str, Mapping[str, AppScene]] = {}
    if scene.manifest.functions:
        found["table"] = {ON_DEMAND: scene, PROVISIONED: scene.reworked(_provisioned)}
    for name, function in scene.manifest.functions.items():
        tasks = scene.reworked(partial(_on_fargate, name, function))
        found[f"function {name}"] = {LAMBDA: scene, FARGATE: tasks}
    if scene.manifest.login:
        found["login"] = {"essentials": scene, "lite": scene.adjusted(_lite)}
    return found


def _lite(use: Usage) -> Usage:
    return use._replace(item="cognito/lite") if use.item == "cognito/essentials" else use


def _provisioned(workload: Workload, catalog: Catalog) -> Workload:
    """Let an app's reads and writes be served by provisioned capacity."""
    items = ("dynamodb/on_demand_reads", "dynamodb/on_demand_writes")
    reads, writes = (
        sum((use.quantity for use in workload.usage if use.item == item), ZERO) for item in items
    )
    table = TableOnDemand(
        kind="table_on_demand",
        grows=FIXED,
        read_units_per_month=reads,
        write_units_per_month=writes,
        stored_gb=ZERO,
    )
    facts = facts_of(catalog)
    form = as_provisioned(table, facts, catalog.assumption("provisioned_utilisation_percent"))
    new = form.usage(Setting("table", facts, catalog))[:2]
    return _exchanged(workload, [use for use in workload.usage if use.item in items], new)


def _on_fargate(name: str, function: AppFunction, workload: Workload, catalog: Catalog) -> Workload:
    """Let tasks do one function's work."""
    old = [
        use
        for use in workload.usage
        if use.resource == f"function {name}" and use.item.startswith("lambda/")
    ]
    same = made(
        Function,
        kind="function",
        grows=FIXED,
        architecture=function.architecture,
        memory_mb=function.memory_mb,
        duration_ms=function.use.duration_ms,
        requests_per_month=old[0].quantity,
    )
    tasks = as_fargate(same, catalog, spare=workload.environment == "prod")
    new = tasks.usage(Setting(f"function {name}", facts_of(catalog), catalog))
    return _exchanged(workload, old, new)


def _exchanged(workload: Workload, old: list[Usage], new: list[Usage]) -> Workload:
    left = [use for use in workload.usage if not any(use is each for each in old)]
    return workload._replace(usage=(*left, *new))
