"""Rules for tables, databases and buckets, and the choices that `tenner scale` watches too."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.advice.base import FIXED, figure, having, made, millionths, percent_of
from tenner.kinds.auto_scaling import TableAutoScaled
from tenner.kinds.base import HUNDRED, ONE, ZERO
from tenner.kinds.data import AuroraServerless, Bucket, TableOnDemand, TableProvisioned
from tenner.kinds.operations import Alarm
from tenner.money import ceiling_division, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenner.advice.base import Change, Scene
    from tenner.usage import Facts

_HOUR_S = 3600
_ALARMS = 8  # of target tracking for one table: four for reads and four for writes
_LEAST_ACU = Decimal("0.5")
_MOVE_NOT_COUNTED = "Moving, once, what is kept there already is not counted."


def as_provisioned(
    table: TableOnDemand, facts: Facts, utilisation_percent: Decimal
) -> TableProvisioned:
    """Give the capacity that auto scaling would hold on average for a table's use."""
    month = facts.month_s * utilisation_percent
    return made(
        TableProvisioned,
        kind="table_provisioned",
        grows=table.grows,
        read_capacity_units=max(ceiling_division(table.read_units_per_month * 100, month), ONE),
        write_capacity_units=max(ceiling_division(table.write_units_per_month * 100, month), ONE),
        stored_gb=table.stored_gb,
        point_in_time_recovery=table.point_in_time_recovery,
    )


def scaling_alarms() -> Alarm:
    """Give the alarms by which auto scaling follows a table's load; they are billed as others."""
    return made(Alarm, kind="alarm", grows=FIXED, alarms=_ALARMS)


def as_on_demand(
    table: TableProvisioned | TableAutoScaled, facts: Facts, utilisation_percent: Decimal
) -> TableOnDemand:
    """Give the requests that a table serves in a month.

    Those of an auto-scaled one are stated; of a provisioned one they are a part of its capacity.
    """
    hours = facts.hours if table.hours_per_month is None else table.hours_per_month
    seconds = hours * _HOUR_S
    if isinstance(table, TableAutoScaled):
        reads = millionths(table.read_units_per_second * seconds)
        writes = millionths(table.write_units_per_second * seconds)
    else:
        reads = percent_of(table.read_capacity_units * seconds, utilisation_percent)
        writes = percent_of(table.write_capacity_units * seconds, utilisation_percent)
    return made(
        TableOnDemand,
        kind="table_on_demand",
        grows=table.grows,
        read_units_per_month=reads,
        write_units_per_month=writes,
        stored_gb=table.stored_gb,
        point_in_time_recovery=table.point_in_time_recovery,
    )


def table_provisioned(scene: Scene) -> Iterator[Change[Scene]]:
    """Provision capacity with auto scaling for a steady load; the first 25 units are free."""
    used = scene.assumed("provisioned_utilisation_percent")
    for name, each in scene.of(TableOnDemand):
        new = as_provisioned(each, scene.facts, used)
        do = (
            f"Provision {name} with auto scaling at {figure(used)} %, about "
            f"{plain(new.read_capacity_units)} RCU and {plain(new.write_capacity_units)} WCU; it "
            f"makes {_ALARMS} alarms."
        )
        yield scene.change(do, {name: new, f"{name}-scaling-alarms": scaling_alarms()})


def table_on_demand(scene: Scene) -> Iterator[Change[Scene]]:
    """Pay a table by the request where its capacity is more than it needs."""
    for name, each in scene.of(TableProvisioned):
        used = _utilisation(scene, each)
        do = (
            f"Set {name} to on-demand; {figure(used)} % of its capacity is used. Alarms of auto "
            "scaling go too, if it has any, which is not counted."
        )
        yield scene.change(do, {name: as_on_demand(each, scene.facts, used)})
    for name, scaled in scene.of(TableAutoScaled):
        new = as_on_demand(scaled, scene.facts, HUNDRED)
        do = (
            f"Set {name} to on-demand; it is used less than its floor. The alarms of its scaling "
            "go too, which is not counted."
        )
        yield scene.change(do, {name: new})


def table_capacity(scene: Scene) -> Iterator[Change[Scene]]:
    """Lower the floor of auto scaling where a table's capacity is hardly used."""
    target = scene.assumed("provisioned_utilisation_percent")
    for name, each in scene.of(TableProvisioned):
        used = _utilisation(scene, each)
        if used < target:
            reads, writes = (
                ceiling_division(units * used, target)
                for units in (each.read_capacity_units, each.write_capacity_units)
            )
            do = (
                f"Lower the least capacity of {name}, of which {figure(used)} % is used, to about "
                f"{plain(reads)} RCU and {plain(writes)} WCU."
            )
            lower = having(
                each,
                read_capacity_units=reads,
                write_capacity_units=writes,
                utilisation_percent=target,
            )
            yield scene.change(do, {name: lower})


def table_floor(scene: Scene) -> Iterator[Change[Scene]]:
    """Lower the floor of auto scaling to what the load needs on average."""
    for name, each in scene.of(TableAutoScaled):
        reads, writes = (
            min(least, max(int(ceiling_division(load * HUNDRED, each.target_percent)), 1))
            for least, load in (
                (each.least_read_capacity, each.read_units_per_second),
                (each.least_write_capacity, each.write_units_per_second),
            )
        )
        do = f"Set the least capacity of {name} to {reads} RCU and {writes} WCU."
        lower = having(each, least_read_capacity=reads, least_write_capacity=writes)
        yield scene.change(do, {name: lower})


def _utilisation(scene: Scene, table: TableProvisioned) -> Decimal:
    assumed = scene.assumed("provisioned_utilisation_percent")
    return assumed if table.utilisation_percent is None else table.utilisation_percent


def aurora_io(scene: Scene) -> Iterator[Change[Scene]]:
    """Switch between Standard and I/O-Optimized to the cheaper one."""
    for name, each in scene.of(AuroraServerless):
        new = not each.io_optimized
        mode = "I/O-Optimized (aurora-iopt1)" if new else "Standard (aurora)"
        do = f"Set the storage of {name} to {mode}."
        yield scene.change(do, {name: having(each, io_optimized=new)})


def aurora_pause(scene: Scene) -> Iterator[Change[Scene]]:
    """Let a cluster outside production pause when nobody works."""
    if scene.is_production:
        return
    hours = scene.assumed("working_hours_per_month")
    for name, each in scene.of(AuroraServerless):
        if each.acu_hours_per_month >= _LEAST_ACU * scene.facts.hours:  # with less, it pauses
            acu = ceiling_division(
                (each.acu_hours_per_month * hours).scaleb(6), scene.facts.hours
            ).scaleb(-6)
            do = f"Set the minimum of {name} to 0 ACU, so that it runs {figure(hours)} hours."
            yield scene.change(do, {name: having(each, acu_hours_per_month=acu)})


def aurora_pooling(scene: Scene) -> Iterator[Change[Scene]]:
    """Hold fewer connections, and with them fewer ACU."""
    less = scene.assumed("pooled_acu_percent")
    for name, each in scene.of(AuroraServerless):
        if each.acu_hours_per_month:
            acu = percent_of(each.acu_hours_per_month, HUNDRED - less)
            do = (
                f"Pool connections to {name} in the code, and lower its ACU range: "
                f"{figure(less)} % fewer ACU-hours."
            )
            yield scene.change(do, {name: having(each, acu_hours_per_month=acu)})


def s3_lifecycle(scene: Scene) -> Iterator[Change[Scene]]:
    """Move objects that are no longer read to Standard-IA; each new one moves once."""
    cold = scene.assumed("cold_storage_percent")
    for name, each in _standard_buckets(scene):
        moved = made(
            Bucket,
            kind="bucket",
            grows=each.grows,
            storage_class="standard_ia",
            stored_gb=percent_of(each.stored_gb, cold),
            transitions_per_month=each.put_requests_per_month,
        )
        left = having(each, stored_gb=percent_of(each.stored_gb, HUNDRED - cold))
        do = (
            f"Add a lifecycle rule to {name}: to Standard-IA after 30 days, about {figure(cold)} % "
            f"of what is kept. {_MOVE_NOT_COUNTED}"
        )
        yield scene.change(do, {name: left, f"{name}-infrequent": moved})


def s3_tiering(scene: Scene) -> Iterator[Change[Scene]]:
    """Let S3 find what is not read, for a fee by the object."""
    cold, size_mb = scene.assumed("cold_storage_percent"), scene.assumed("object_mb")
    for name, each in _standard_buckets(scene):
        objects = ceiling_division(each.stored_gb * 1000, size_mb)
        rare = made(
            Bucket,
            kind="bucket",
            grows=each.grows,
            storage_class="intelligent_tiering_infrequent",
            stored_gb=percent_of(each.stored_gb, cold),
            objects=objects,
        )
        often = made(
            Bucket,
            kind="bucket",
            grows=each.grows,
            storage_class="intelligent_tiering_frequent",
            stored_gb=percent_of(each.stored_gb, HUNDRED - cold),
        )
        changed = {
            name: having(each, stored_gb=ZERO),  # its requests stay
            f"{name}-frequent": often,
            f"{name}-infrequent": rare,
        }
        do = (
            f"Keep {name} in Intelligent-Tiering; objects of {figure(size_mb)} MB are assumed. "
            f"{_MOVE_NOT_COUNTED}"
        )
        yield scene.change(do, changed)


def _standard_buckets(scene: Scene) -> list[tuple[str, Bucket]]:
    """Give the buckets of which no part is kept elsewhere already."""
    return [
        (name, each)
        for name, each in scene.of(Bucket)
        if each.storage_class == "standard"
        and each.stored_gb
        and f"{name}-infrequent" not in scene.resources
    ]
