"""Usage: a quantity of one priced item with the sentence that derives it, and what it rests on."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tenner.money import ceiling_division, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenner.catalog import Catalog, Profile
    from tenner.manifest import Function, Manifest

_ONE = Decimal(1)
_COUNTED = re.compile(r"\{\}(?:(?P<before> (?:[a-z]+ )??)(?P<noun>[a-z]{2,}s)\b(?! that ))?")
_SINGULAR = {"ies": "y", "sses": "ss", "s": ""}


class Usage(NamedTuple):
    """A quantity of one priced item, and the sentence that derives it.

    `shared` names the thing that several apps use and that is billed once; empty for one's own.
    """

    item: str
    quantity: Decimal
    resource: str
    sentence: str
    terms: tuple[Decimal | str, ...] = ()
    shared: str = ""

    @property
    def derivation(self) -> str:
        """Give the sentence with its figures, such as `10,000 requests × 0.1 s × 0.25 GB`."""
        sentence = self.sentence
        if _ONE in self.terms:
            ones = iter(self.terms)
            sentence = _COUNTED.sub(lambda found: _counted(found, next(ones, "")), sentence)
        terms = [plain(term) if isinstance(term, Decimal) else term for term in self.terms]
        return sentence.format(*terms)


def _counted(found: re.Match[str], term: Decimal | str) -> str:
    """Give a placeholder and its noun, in the singular where there is one of it."""
    noun = found["noun"]
    if term != _ONE or not noun:
        return found[0]
    ending = next(ending for ending in _SINGULAR if noun.endswith(ending))
    return f"{{}}{found['before']}{noun.removesuffix(ending)}{_SINGULAR[ending]}"


class Facts(NamedTuple):
    """The catalog's assumptions, looked up once."""

    month_s: Decimal
    init_s: Decimal
    request_log_bytes: Decimal
    cold_log_bytes: Decimal
    stored_log_share: Decimal
    hours: Decimal
    secret_refreshes: Decimal
    idle_polls: Decimal
    http_increment: Decimal
    message_chunk: Decimal
    ai_writes: Decimal
    least_days_ia: Decimal
    least_days_glacier: Decimal
    least_days_deep_archive: Decimal


@lru_cache(maxsize=8)
def facts_of(catalog: Catalog) -> Facts:
    """Look the assumptions up once for each catalog."""
    get = catalog.assumption
    hours = get("hours_per_month")
    month_s = hours * 3600
    return Facts(
        month_s=month_s,
        init_s=get("init_ms") / 1000,
        request_log_bytes=get("platform_log_bytes_per_request"),
        cold_log_bytes=get("platform_log_bytes_per_cold_start"),
        stored_log_share=get("stored_log_percent") / 100,
        hours=hours,
        secret_refreshes=ceiling_division(month_s, get("secret_cache_s")),
        idle_polls=get("queue_pollers") * ceiling_division(month_s, get("queue_long_poll_s")),
        http_increment=get("http_api_increment_bytes"),
        message_chunk=get("message_chunk_bytes"),
        ai_writes=get("ai_cache_writes_per_answer"),
        least_days_ia=get("s3_standard_ia_least_days"),
        least_days_glacier=get("s3_glacier_flexible_retrieval_least_days"),
        least_days_deep_archive=get("s3_glacier_deep_archive_least_days"),
    )


class Activity(NamedTuple):
    """How often a function runs in a month, starts cold, and reads one secret."""

    requests: Decimal
    cold_starts: Decimal
    secret_reads: Decimal


def activity_of(function: Function, multiplier: Decimal, facts: Facts) -> Activity:
    """Count a function's requests, its cold starts, and the reads of one secret.

    A secret is read at each cold start, and again when its cache has expired: at most once per
    expiry and environment, of which there are as many as requests run at the same time.
    """
    requests = function.use.requests_per_month * multiplier
    cold = requests * function.use.cold_start_percent / 100
    busy_s = requests * function.use.duration_ms / 1000
    at_once = max(ceiling_division(busy_s, facts.month_s), Decimal(1))
    refreshes = min(requests - cold, at_once * facts.secret_refreshes)
    return Activity(requests, cold, cold + refreshes)


class Place(NamedTuple):
    """Where usage is derived: one app in one environment, and how busy its functions are."""

    manifest: Manifest
    environment: str
    profile: Profile
    facts: Facts
    account: str
    multiplier: Decimal
    activities: Mapping[str, Activity]
