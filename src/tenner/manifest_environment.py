"""What a manifest says of one environment; all but its use is chosen for prod alone."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from tenner.catalog import Key, Units
from tenner.fields import Amount, Names, Stores
from tenner.shown import shown
from tenner.validation import Exact, Strict, Whole, plain_error, plain_errors

Environment = Literal["dev", "staging", "prod"]
_DOMAIN = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z")
_EMAIL = re.compile(r"[^\s@,;<>\"']{1,64}@[^\s@,;<>\"']{1,190}\Z")


class TableLimits(Strict):
    """Between what a provisioned table of one's own may scale; its index has the same limits."""

    least_read_units: Units = 1
    most_read_units: Units = 40
    least_write_units: Units = 1
    most_write_units: Units = 40

    @model_validator(mode="after")
    def _not_below(self) -> Self:
        sides = (
            ("most_read_units", self.least_read_units, self.most_read_units),
            ("most_write_units", self.least_write_units, self.most_write_units),
        )
        problems = []
        for key, least, most in sides:
            if most < least:
                said = f"given {most}" if key in self.model_fields_set else f"{most} unless given"
                problems.append((key, f"{said}, expected at least {least}, the least"))
        if problems:
            raise plain_errors(problems)
        return self


class ArchiveUse(Strict):
    """What goes under `archive/` of the app's own bucket, and after how many days it is deleted."""

    gb_per_month: Amount
    files_per_month: Amount = Decimal(0)
    kept_days: Annotated[Whole, Field(ge=1, le=36_500)]


class EnvironmentSettings(Strict):
    """How one environment differs from the others; all but its use is chosen for prod alone."""

    use_multiplier: Annotated[Exact, Field(ge=0, le=1_000_000, decimal_places=6)] = Decimal(1)
    table_capacity: Literal["on_demand", "provisioned", "cheaper"] | None = None
    table_limits: TableLimits | None = None
    deletion_protection: bool | None = None
    key: Key | None = None
    alarms: bool | None = None
    dashboard: bool | None = None
    archive: ArchiveUse | None = None
    rotate: Names = ()
    secret_stores: Stores = Field(default_factory=dict)
    custom_domain: str = ""
    alert_email: str = ""
    budget_usd: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = None

    @field_validator("custom_domain")
    @classmethod
    def _a_domain(cls, domain: str) -> str:
        if domain and not _DOMAIN.match(domain):
            raise plain_error(f"given {shown(domain)}, expected a name such as api.example.org")
        return domain

    @field_validator("alert_email")
    @classmethod
    def _an_address(cls, address: str) -> str:
        if address and not _EMAIL.match(address):
            raise plain_error(f"given {shown(address)}, expected an address such as me@example.org")
        return address
