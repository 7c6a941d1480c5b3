"""What is kept long under `archive/` of an app's own bucket: it moves to ever cheaper classes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.money import ceiling_division
from tenner.usage import Usage

if TYPE_CHECKING:
    from tenner.usage import Place

_DAY_HOURS, _GIGA = 24, Decimal(10) ** 9
_OLD_DAYS = Decimal(30)
"""How long the bucket keeps what is deleted as an old version (terraform/production/bucket.tf)."""
_KEPT = "{} GB a month × {} days in this class × 24 ÷ a month of {} hours"
_LAST = (
    "{} GB a month × ({} days in this class + {} days as an old version) × 24 ÷ a month of {} hours"
)
_LEAST = "{} GB a month × {} days, the least that is billed, × 24 ÷ a month of {} hours"


def archive_usage(place: Place) -> list[Usage]:
    """Derive what is kept in each class once as much goes as comes, and the files that move.

    A class is billed for a least number of days, however soon a file is deleted from it.
    """
    chosen = place.manifest.environments[place.environment].archive  # type: ignore[index]
    profile = place.profile.archive
    if chosen is None or profile is None:
        return []
    facts = place.facts
    ends = (
        ("standard", "put_standard", profile.infrequent_access_days, Decimal(0)),
        ("standard_ia", "transition_to_ia", profile.glacier_days, facts.least_days_ia),
        (
            "glacier_flexible_retrieval",
            "transition_to_glacier_flexible_retrieval",
            profile.deep_archive_days,
            facts.least_days_glacier,
        ),
        (
            "glacier_deep_archive",
            "transition_to_glacier_deep_archive",
            chosen.kept_days,
            facts.least_days_deep_archive,
        ),
    )
    found, begins, hours = [], 0, facts.hours
    for kind, request, ends_after, least in ends:
        days = Decimal(min(ends_after, chosen.kept_days) - begins)
        if days <= 0:
            break
        sentence, stays = _stay(days, least, ends_after >= chosen.kept_days)
        monthly_bytes = chosen.gb_per_month * _GIGA * sum(stays) * _DAY_HOURS
        kept_gb = ceiling_division(monthly_bytes, hours) / _GIGA
        terms = (chosen.gb_per_month, *stays, hours)
        found.append(Usage(f"s3/storage_{kind}", kept_gb, "archive", sentence, terms))
        files = chosen.files_per_month
        found.append(Usage(f"s3/{request}", files, "archive", "{} files", (files,)))
        begins = ends_after
    return found


def _stay(days: Decimal, least: Decimal, is_last: bool) -> tuple[str, tuple[Decimal, ...]]:
    """Give the sentence on a class, and the days in it that are billed."""
    sentence, stays = (_LAST, (days, _OLD_DAYS)) if is_last else (_KEPT, (days,))
    return (_LEAST, (least,)) if sum(stays) < least else (sentence, stays)
