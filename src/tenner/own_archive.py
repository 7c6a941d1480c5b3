"""What is kept long under `archive/` of an app's own bucket: it moves to ever cheaper classes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.money import ceiling_division
from tenner.usage import Usage

if TYPE_CHECKING:
    from tenner.usage import Place

_DAY_HOURS, _GIGA = 24, Decimal(10) ** 9
_KEPT = "{} GB a month × {} days in this class × 24 ÷ a month of {} hours"


def archive_usage(place: Place) -> list[Usage]:
    """Derive what is kept in each class once as much goes as comes, and the files that move."""
    chosen = place.manifest.environments[place.environment].archive  # type: ignore[index]
    profile = place.profile.archive
    if chosen is None or profile is None:
        return []
    ends = (
        ("standard", "put_standard", profile.infrequent_access_days),
        ("standard_ia", "transition_to_ia", profile.glacier_days),
        (
            "glacier_flexible_retrieval",
            "transition_to_glacier_flexible_retrieval",
            profile.deep_archive_days,
        ),
        ("glacier_deep_archive", "transition_to_glacier_deep_archive", chosen.kept_days),
    )
    found, begins, hours = [], 0, place.facts.hours
    for kind, request, ends_after in ends:
        days = Decimal(min(ends_after, chosen.kept_days) - begins)
        if days <= 0:
            break
        kept_bytes = ceiling_division(chosen.gb_per_month * _GIGA * days * _DAY_HOURS, hours)
        terms = (chosen.gb_per_month, days, hours)
        found.append(Usage(f"s3/storage_{kind}", kept_bytes / _GIGA, "archive", _KEPT, terms))
        files = chosen.files_per_month
        found.append(Usage(f"s3/{request}", files, "archive", "{} files", (files,)))
        begins = ends_after
    return found
