"""Kinds of resources whose capacity follows their load, between a floor and a ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tenner.kinds.base import HUNDRED, Amount, Count, Hours, Percent, Resource, Setting
from tenner.kinds.data import kept_rows
from tenner.money import ceiling_division
from tenner.validation import plain_errors

if TYPE_CHECKING:
    from decimal import Decimal

    from tenner.usage import Usage


class TableAutoScaled(Resource):
    """A DynamoDB table whose provisioned capacity follows its load by target tracking.

    What is consumed in a second, on average over the month, is `target_percent` of the capacity;
    the capacity never leaves the bounds that are stated.
    """

    FLOWS: ClassVar[tuple[str, ...]] = (
        "read_units_per_second",
        "write_units_per_second",
        "stored_gb",
    )

    kind: Literal["table_auto_scaled"]
    read_units_per_second: Amount
    write_units_per_second: Amount
    least_read_capacity: Count
    most_read_capacity: Count
    least_write_capacity: Count
    most_write_capacity: Count
    stored_gb: Amount
    target_percent: Annotated[Percent, Field(ge=20, le=90)]
    hours_per_month: Hours | None = None
    point_in_time_recovery: bool = False

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        problems = [
            (f"most_{side}_capacity", f"given {most}, expected at least {least}")
            for side, least, most in (
                ("read", self.least_read_capacity, self.most_read_capacity),
                ("write", self.least_write_capacity, self.most_write_capacity),
            )
            if most < least
        ]
        if problems:
            raise plain_errors(problems)
        return self

    def usage(self, at: Setting) -> list[Usage]:
        """Derive capacity unit hours of both sides, storage and recovery."""
        sides = (
            ("r", self.read_units_per_second, self.least_read_capacity, self.most_read_capacity),
            ("w", self.write_units_per_second, self.least_write_capacity, self.most_write_capacity),
        )
        return [
            *(self._capacity(at, *side) for side in sides),
            *kept_rows(at, self.stored_gb, pitr=self.point_in_time_recovery),
        ]

    def _capacity(self, at: Setting, side: str, consumed: Decimal, least: int, most: int) -> Usage:
        hours = at.hours(self.hours_per_month)
        wanted = ceiling_division(consumed * HUNDRED, self.target_percent)
        capacity = min(max(int(wanted), least), most)
        return at.use(
            f"dynamodb/provisioned_{side}cu",
            capacity * hours,
            "{} units a second at {} % of capacity, from {} to {}: {} units × {} hours",
            *(consumed, self.target_percent, least, most, capacity, hours),
        )
