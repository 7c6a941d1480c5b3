"""Choices that may flip with size: the same work in another form, as resources or as usage."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from tenner.advice.base import FIXED, having, made, millionths
from tenner.advice.data import as_on_demand, as_provisioned, scaling_alarms
from tenner.kinds.auto_scaling import TableAutoScaled
from tenner.kinds.base import ZERO, Setting
from tenner.kinds.compute import FargateService, Function
from tenner.kinds.data import AuroraServerless, TableOnDemand, TableProvisioned
from tenner.kinds.network import HttpApi, LoadBalancer, RestApi
from tenner.kinds.operations import Alarm
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
    from tenner.usage import Facts, Usage
    from tenner.workload import Workload

ON_DEMAND, PROVISIONED = "on demand", "provisioned"
STANDARD, IO_OPTIMIZED = "Standard", "I/O-Optimized"
LAMBDA, FARGATE = "Lambda", "Fargate"
_GB_PER_VCPU = 2
_TASK_SIZES = ((Decimal("0.5"), 4), (Decimal(1), 8), (Decimal(2), 16), (Decimal(4), 30))
"""The vCPU of a task, and the most GB that it may have with it."""
_CONNECTIONS_PER_LCU = 25  # new ones a second
Form: TypeAlias = "Mapping[str, Resource]"
"""What a resource would become, and what has to stand beside it, by what its name ends with."""


def options_of(scene: Scene) -> Mapping[str, Mapping[str, Scene]]:
    """Give each resource of a system that has a choice, with the whole scene for each option."""
    found = {}
    for name, each in scene.resources.items():
        forms = _forms(each, scene)
        if forms:
            found[name] = {label: _with(scene, name, form) for label, form in forms.items()}
    return found


def _with(scene: Scene, name: str, form: Form) -> Scene:
    """Put a form in a resource's place."""
    named = {f"{name}{ending}": each for ending, each in form.items()}
    return replace(scene, resources={**scene.resources, **named})


def _forms(resource: Resource, scene: Scene) -> Mapping[str, Form]:
    """Give the forms that a resource may take, the present one first."""
    if isinstance(resource, TableOnDemand | TableProvisioned | TableAutoScaled):
        return _modes(resource, scene)
    if isinstance(resource, AuroraServerless):
        modes = (STANDARD, IO_OPTIMIZED)
        other = having(resource, io_optimized=not resource.io_optimized)
        return {modes[each.io_optimized]: {"": each} for each in (resource, other)}
    if isinstance(resource, Function):
        return {LAMBDA: {"": resource}, FARGATE: _tasks(resource, scene)}
    if isinstance(resource, UserPool):
        return _plans(resource)
    return {}


def _modes(
    table: TableOnDemand | TableProvisioned | TableAutoScaled, scene: Scene
) -> Mapping[str, Form]:
    """Give both modes; auto scaling's alarms are added to it where the system states none."""
    used = scene.assumed("provisioned_utilisation_percent")
    alarms = {"-scaling-alarms": scaling_alarms()}
    if isinstance(table, TableOnDemand):
        new = as_provisioned(table, scene.facts, used)
        return {ON_DEMAND: {"": table}, PROVISIONED: {"": new, **alarms}}
    if isinstance(table, TableProvisioned):
        used = table.utilisation_percent or used
    stated = isinstance(table, TableProvisioned) or scene.of(Alarm)
    present: Form = {"": table} if stated else {"": table, **alarms}
    return {PROVISIONED: present, ON_DEMAND: {"": as_on_demand(table, scene.facts, used)}}


def _tasks(function: Function, scene: Scene) -> Form:
    """Give a function's work to tasks, behind a balancer where an API stands before it now."""
    tasks = as_fargate(function, scene.catalog, spare=scene.is_production)
    by_api = any(isinstance(each, HttpApi | RestApi) for each in scene.resources.values())
    if not by_api or scene.of(LoadBalancer):
        return {"": tasks}
    return {"": tasks, "-balancer": balancer_of(function.requests_per_month, scene.facts)}


def _plans(pool: UserPool) -> Mapping[str, Form]:
    """Give the plans with as much protection as a pool has."""
    watched = pool.advanced_security or pool.plan == "plus"
    own = "legacy with advanced security" if pool.advanced_security else pool.plan
    names = ("plus",) if watched else ("lite", "essentials")
    other: dict[str, Form] = {
        name: {"": having(pool, plan=name, advanced_security=False)}
        for name in names
        if name != own
    }
    return {own: {"": pool}, **other} if other else {}


def as_fargate(function: Function, catalog: Catalog, *, spare: bool) -> FargateService:
    """Give the tasks that would on average do a function's work, with no less memory than it has.

    A function has a vCPU for each 1,769 MB, so that its busy time says how many it needs. One
    task is there always, and two with `spare`; they are as large as so many leave. Each has a
    public address to reach AWS by.
    """
    seconds = (function.duration_ms + function.added_duration_ms) / 1000
    busy = function.requests_per_month * seconds * function.memory_mb * 100
    of_one_vcpu = (
        facts_of(catalog).month_s
        * catalog.assumption("lambda_mb_per_vcpu")
        * catalog.assumption("container_utilisation_percent")
    )
    least, own_gb = 2 if spare else 1, ceiling_division(Decimal(function.memory_mb), Decimal(1024))
    sizes = [vcpu for vcpu, most_gb in _TASK_SIZES if own_gb <= most_gb]
    vcpu = max((each for each in sizes if busy >= least * each * of_one_vcpu), default=sizes[0])
    return made(
        FargateService,
        kind="fargate_service",
        grows=FIXED,
        tasks=max(ceiling_division(busy.scaleb(6), vcpu * of_one_vcpu).scaleb(-6), Decimal(least)),
        vcpu=vcpu,
        memory_gb=max(own_gb, _GB_PER_VCPU * vcpu),
        architecture=function.architecture,
        public_ipv4_per_task=1,
    )


def balancer_of(requests: Decimal, facts: Facts) -> LoadBalancer:
    """Give the load balancer before tasks that HTTP requests reach, each a new connection."""
    per_lcu = facts.month_s * _CONNECTIONS_PER_LCU
    return made(
        LoadBalancer,
        kind="load_balancer",
        grows=FIXED,
        balancers=1,
        lcu=ceiling_division(requests.scaleb(6), per_lcu).scaleb(-6),
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
        found["login"] = {"lite": scene, "essentials": scene.adjusted(_essentials)}
    return found


def _essentials(use: Usage) -> Usage:
    return use._replace(item="cognito/essentials") if use.item == "cognito/lite" else use


def _provisioned(workload: Workload, catalog: Catalog) -> Workload:
    """Let an app's reads and writes be served by provisioned capacity."""
    items = ("dynamodb/on_demand_reads", "dynamodb/on_demand_writes")
    reads, writes = (
        sum((use.quantity for use in workload.usage if use.item == item), ZERO) for item in items
    )
    table = made(
        TableOnDemand,
        kind="table_on_demand",
        grows=FIXED,
        read_units_per_month=millionths(reads),
        write_units_per_month=millionths(writes),
        stored_gb=ZERO,
    )
    facts = facts_of(catalog)
    form = as_provisioned(table, facts, catalog.assumption("provisioned_utilisation_percent"))
    at = Setting("table", facts, catalog)
    new = [*form.usage(at)[:2], *scaling_alarms().usage(at)]
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
        duration_ms=millionths(function.use.duration_ms),
        requests_per_month=millionths(old[0].quantity),
    )
    at = Setting(f"function {name}", facts_of(catalog), catalog)
    new = as_fargate(same, catalog, spare=workload.environment == "prod").usage(at)
    if function.trigger == "http_api":
        new += balancer_of(same.requests_per_month, at.facts).usage(at)
    return _exchanged(workload, old, new)


def _exchanged(workload: Workload, old: list[Usage], new: list[Usage]) -> Workload:
    left = [use for use in workload.usage if not any(use is each for each in old)]
    return workload._replace(usage=(*left, *new))
