"""Kinds of resources that keep data: tables, databases, buckets and images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tenner.kinds.base import ZERO, Amount, Count, Hours, Percent, Resource, Setting
from tenner.shown import shown
from tenner.validation import plain_errors

if TYPE_CHECKING:
    from decimal import Decimal

    from tenner.usage import Usage

StorageClass = Literal[
    "standard",
    "standard_ia",
    "one_zone_ia",
    "glacier_instant_retrieval",
    "glacier_flexible_retrieval",
    "glacier_deep_archive",
    "intelligent_tiering_frequent",
    "intelligent_tiering_infrequent",
    "intelligent_tiering_archive_instant",
]


def kept_rows(at: Setting, stored: Decimal, *, pitr: bool) -> list[Usage]:
    """Derive storage of a table, and its recovery to any point in time."""
    found = [at.use("dynamodb/storage_standard", stored, "{} GB kept", stored)]
    if pitr:
        found.append(at.use("dynamodb/pitr", stored, "{} GB recoverable", stored))
    return found


class TableOnDemand(Resource):
    """A DynamoDB table that is billed by request units."""

    FLOWS: ClassVar[tuple[str, ...]] = (
        "read_units_per_month",
        "write_units_per_month",
        "stored_gb",
    )

    kind: Literal["table_on_demand"]
    read_units_per_month: Amount
    write_units_per_month: Amount
    stored_gb: Amount
    point_in_time_recovery: bool = False

    def usage(self, at: Setting) -> list[Usage]:
        """Derive read and write request units, storage and recovery."""
        reads, writes = self.read_units_per_month, self.write_units_per_month
        return [
            at.use("dynamodb/on_demand_reads", reads, "{} read units", reads),
            at.use("dynamodb/on_demand_writes", writes, "{} write units", writes),
            *kept_rows(at, self.stored_gb, pitr=self.point_in_time_recovery),
        ]


class TableProvisioned(Resource):
    """A DynamoDB table with provisioned capacity: the average of a month with auto scaling.

    `utilisation_percent` of it is really used; not billed, but what advice goes by.
    """

    FLOWS: ClassVar[tuple[str, ...]] = ("stored_gb",)
    PEAKS: ClassVar[tuple[str, ...]] = ("read_capacity_units", "write_capacity_units")

    kind: Literal["table_provisioned"]
    read_capacity_units: Amount
    write_capacity_units: Amount
    stored_gb: Amount
    hours_per_month: Hours | None = None
    point_in_time_recovery: bool = False
    utilisation_percent: Annotated[Percent, Field(gt=0)] | None = None

    def usage(self, at: Setting) -> list[Usage]:
        """Derive capacity unit hours, storage and recovery."""
        hours = at.hours(self.hours_per_month)
        reads, writes = self.read_capacity_units, self.write_capacity_units
        return [
            at.use("dynamodb/provisioned_rcu", reads * hours, "{} RCU × {} hours", reads, hours),
            at.use("dynamodb/provisioned_wcu", writes * hours, "{} WCU × {} hours", writes, hours),
            *kept_rows(at, self.stored_gb, pitr=self.point_in_time_recovery),
        ]


class AuroraServerless(Resource):
    """An Aurora Serverless v2 cluster; backups of up to its own size are free."""

    FLOWS: ClassVar[tuple[str, ...]] = (
        "acu_hours_per_month",
        "stored_gb",
        "io_requests_per_month",
        "backup_gb",
    )

    kind: Literal["aurora_serverless"]
    acu_hours_per_month: Amount
    stored_gb: Amount
    io_requests_per_month: Amount
    backup_gb: Amount = ZERO
    io_optimized: bool = False

    def usage(self, at: Setting) -> list[Usage]:
        """Derive capacity, storage, requests where they are billed, and backups that are."""
        mode = "_io_optimized" if self.io_optimized else ""
        acu, stored, requests = (
            self.acu_hours_per_month,
            self.stored_gb,
            self.io_requests_per_month,
        )
        found = [
            at.use(f"rds/aurora_serverless_acu{mode}", acu, "{} ACU-hours", acu),
            at.use(f"rds/aurora_storage{mode}", stored, "{} GB kept", stored),
        ]
        if not self.io_optimized:
            found.append(at.use("rds/aurora_io", requests, "{} requests", requests))
        extra = max(self.backup_gb - stored, ZERO)
        if self.backup_gb:
            sentence = "{} GB of backups, of which {} GB are free"
            free = self.backup_gb - extra
            found.append(at.use("rds/aurora_backup", extra, sentence, self.backup_gb, free))
        return found


class RdsInstance(Resource):
    """An RDS instance for PostgreSQL in one zone, with gp3 storage."""

    FLOWS: ClassVar[tuple[str, ...]] = ("stored_gb",)
    PEAKS: ClassVar[tuple[str, ...]] = ("instances",)

    kind: Literal["rds_instance"]
    instance_class: Literal["db.t4g.micro"]
    instances: Count
    stored_gb: Annotated[Amount, Field(ge=20)]
    hours_per_month: Hours | None = None

    def usage(self, at: Setting) -> list[Usage]:
        """Derive instance hours, and storage of each instance."""
        hours, count = at.hours(self.hours_per_month), self.instances
        item = f"rds/{self.instance_class.replace('.', '_')}"
        return [
            at.use(item, count * hours, "{} instances × {} hours", count, hours),
            at.use(
                "rds/storage_gp3",
                count * self.stored_gb,
                "{} instances × {} GB",
                *(count, self.stored_gb),
            ),
        ]


_PRICED = {
    "put_requests_per_month": ("put", {"standard", "standard_ia"}),
    "get_requests_per_month": ("get", {"standard", "standard_ia"}),
    "retrieved_gb_per_month": ("retrieval", {"standard_ia"}),
}
"""What each field is billed as, and the classes for which the price book has it."""
_TRANSITIONS = {
    "standard_ia": "ia",
    "one_zone_ia": "ia",
    "glacier_instant_retrieval": "glacier_instant_retrieval",
    "glacier_flexible_retrieval": "glacier_flexible_retrieval",
    "glacier_deep_archive": "glacier_deep_archive",
}


class Bucket(Resource):
    """What one bucket keeps in one storage class; a lifecycle is several of them."""

    FLOWS: ClassVar[tuple[str, ...]] = (
        "stored_gb",
        "put_requests_per_month",
        "get_requests_per_month",
        "transitions_per_month",
        "retrieved_gb_per_month",
        "objects",
    )

    kind: Literal["bucket"]
    stored_gb: Amount
    storage_class: StorageClass = "standard"
    put_requests_per_month: Amount = ZERO
    get_requests_per_month: Amount = ZERO
    transitions_per_month: Amount = ZERO
    retrieved_gb_per_month: Amount = ZERO
    objects: Amount = ZERO

    @model_validator(mode="after")
    def _priced(self) -> Self:
        kind = self.storage_class
        wrong = [field for field, (_, kinds) in _PRICED.items() if kind not in kinds]
        if kind not in _TRANSITIONS:
            wrong.append("transitions_per_month")
        if not kind.startswith("intelligent"):
            wrong.append("objects")
        problems = [
            (field, f"given {shown(getattr(self, field))}, expected 0: no price for {kind}")
            for field in wrong
            if getattr(self, field)
        ]
        if problems:
            raise plain_errors(problems)
        return self

    def usage(self, at: Setting) -> list[Usage]:
        """Derive storage, requests, what moved into the class and what was read back."""
        kind = self.storage_class
        sentences = {"put": "{} writes", "get": "{} reads", "retrieval": "{} GB read back"}
        moved = _TRANSITIONS.get(kind)
        return [
            at.use(f"s3/storage_{kind}", self.stored_gb, "{} GB kept", self.stored_gb),
            *at.used(
                "s3",
                *(
                    (f"{item}_{kind}", getattr(self, field), sentences[item])
                    for field, (item, _) in _PRICED.items()
                ),
                (f"transition_to_{moved}", self.transitions_per_month, "{} objects moved here"),
                ("intelligent_tiering_monitoring", self.objects, "{} objects watched"),
            ),
        ]


class EcrRepository(Resource):
    """Container images in a private repository; `image_gb` is what one version adds."""

    FLOWS: ClassVar[tuple[str, ...]] = ("enhanced_scans_per_month",)
    PEAKS: ClassVar[tuple[str, ...]] = ("versions",)

    kind: Literal["ecr_repository"]
    image_gb: Amount
    versions: Count
    enhanced_scans_per_month: Amount = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive storage of all versions, and scans that Inspector bills."""
        stored = self.image_gb * self.versions
        scans = ("enhanced_scan", self.enhanced_scans_per_month, "{} scans")
        return [
            at.use("ecr/storage", stored, "{} GB × {} versions", self.image_gb, self.versions),
            *at.used("ecr", scans),
        ]
