"""Finds a system's variant, and applies what-ifs to one or to all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenner.errors import TennerError
from tenner.shown import shown
from tenner.what_if import MOST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tenner.system import System, Variant


def variant_of(system: System, name: str) -> Variant:
    """Find a variant by its name, or the first one; raises TennerError with those there are."""
    if not name:
        return system.first
    if name not in system.variants:
        known = ", ".join(system.variants)
        message = f"--environment: given {shown(name)}, expected one of {known}"
        raise TennerError(message)
    return system.variants[name]


def with_changes(
    system: System, variant: Variant, changes: Mapping[str, Decimal]
) -> tuple[Variant, Mapping[str, Decimal]]:
    """Apply `driver=number` and `resource.field=number`: the changed variant, and the drivers.

    Raises TennerError that lists the known keys, or says what the field expects.
    """
    drivers: dict[str, Decimal] = {}
    for key, number in changes.items():
        resource, dot, field = key.partition(".")
        if key in system.drivers and 0 < number <= MOST:
            drivers[key] = number
        elif dot and resource in variant.resources:
            variant = variant.with_field(resource, field, number)
        elif key in system.drivers:
            limit = f"at most {MOST}" if number > 0 else "more than 0"
            message = f"--usage: {key}: given {shown(number)}, expected {limit}"
            raise TennerError(message)
        else:
            known = [*system.drivers, *(f"{name}.…" for name in variant.resources)]
            message = f"--usage: given {shown(key)}, expected one of {', '.join(known)}"
            raise TennerError(message)
    return variant, drivers


def all_changed(
    system: System, changes: Mapping[str, Decimal]
) -> list[tuple[Variant, Mapping[str, Decimal]]]:
    """Apply changes to every variant, those of a field to each variant that has the field.

    Raises TennerError for what no variant has.
    """
    known = {key for key in changes for each in system.variants.values() if _has(each, key)}
    return [
        with_changes(
            system,
            each,
            {key: n for key, n in changes.items() if key not in known or _has(each, key)},
        )
        for each in system.variants.values()
    ]


def _has(variant: Variant, key: str) -> bool:
    resource, _, field = key.partition(".")
    found = variant.resources.get(resource)
    return found is not None and field in type(found).model_fields
