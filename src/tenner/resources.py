"""Resources: each kind knows its monthly usage, in one small function.

Quantities are exact; where AWS counts whole things (calls, bytes kept), they are rounded up.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.money import ceiling_division
from tenner.names import app_secret, shared_secret
from tenner.secret_places import stores_of
from tenner.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.fields import SecretStore
    from tenner.manifest import Ai, Function, Login, StaticSite
    from tenner.usage import Facts, Place

_ZERO, _ONE, _HUNDRED, _GIGA = Decimal(0), Decimal(1), Decimal(100), Decimal(10) ** 9


def of_function(place: Place, name: str, function: Function) -> list[Usage]:
    """Derive requests, duration, logs and what sets the function off."""
    facts, use = place.facts, function.use
    requests, cold, _ = place.activities[name]
    resource = f"function {name}"
    memory_gb = Decimal(function.memory_mb) / 1024
    duration_s = use.duration_ms / 1000
    gb_s = (requests * duration_s + cold * facts.init_s) * memory_gb
    item = "lambda/duration_arm64" if function.architecture == "arm64" else "lambda/duration_x86"
    found = [
        Usage("lambda/requests", requests, resource, "{} requests", (requests,)),
        Usage(
            item,
            gb_s,
            resource,
            "({} requests × {} s + {} cold starts × {} s) × {} GB",
            (requests, duration_s, cold, facts.init_s, memory_gb),
        ),
    ]
    found += _trigger(place, resource, function, requests)
    return found + _logs(place, resource, function, requests, cold)


def _trigger(place: Place, resource: str, function: Function, requests: Decimal) -> list[Usage]:
    if function.trigger == "http_api":
        size = function.use.response_bytes_per_request
        increments = max(ceiling_division(size, place.facts.http_increment), _ONE)
        return [
            Usage(
                "api_gateway/http_requests",
                requests * increments,
                resource,
                "{} requests × {} × 512 KB",
                (requests, increments),
            ),
            Usage(
                "data_transfer/out_to_internet",
                requests * size / _GIGA,
                resource,
                "{} responses × {} bytes",
                (requests, size),
            ),
        ]
    if function.trigger == "schedule":
        runs = Usage(
            "eventbridge/scheduler",
            requests,
            resource,
            "{} runs, {}",
            (requests, function.schedule),
        )
        return [runs]
    idle = place.facts.idle_polls
    return [
        Usage(
            "sqs/standard",
            requests * 3 + idle,
            resource,
            "{} messages × 3 (send, receive, delete) + {} polls of the idle queue",
            (requests, idle),
        )
    ]


def _logs(
    place: Place, resource: str, function: Function, requests: Decimal, cold: Decimal
) -> list[Usage]:
    facts = place.facts
    own, days = function.use.log_bytes_per_request, Decimal(place.profile.log_retention_days)
    taken = requests * (own + facts.request_log_bytes) + cold * facts.cold_log_bytes
    return [
        Usage(
            "cloudwatch_logs/ingest_lambda",
            taken / _GIGA,
            resource,
            "{} requests × ({} bytes of the code + {} of Lambda's own lines) + {} cold starts "
            "× {} bytes",
            (requests, own, facts.request_log_bytes, cold, facts.cold_log_bytes),
        ),
        stored_logs(resource, taken, days, facts),
    ]


def stored_logs(resource: str, taken_bytes: Decimal, days: Decimal, facts: Facts) -> Usage:
    """Derive what is kept of the bytes that a month's lines have, compressed, for so many days."""
    kept = ceiling_division(taken_bytes * facts.stored_log_share * days * 24, facts.hours)
    return Usage(
        "cloudwatch_logs/storage",
        kept / _GIGA,
        resource,
        "{} GB taken in × {} compressed × {} days ÷ a month of {} hours",
        (taken_bytes / _GIGA, facts.stored_log_share, days, facts.hours),
    )


def of_table(place: Place) -> list[Usage]:
    """Derive reads, writes and storage of the app's rows."""
    resource, manifest = "table", place.manifest
    reads = writes = _ZERO
    for name, function in manifest.functions.items():
        requests = place.activities[name].requests
        reads += requests * function.use.reads_per_request
        writes += requests * function.use.writes_per_request
    found = [
        Usage(
            "dynamodb/on_demand_reads",
            reads,
            resource,
            "{} reads of up to 4 KB by the functions",
            (reads,),
        ),
        Usage(
            "dynamodb/on_demand_writes",
            writes,
            resource,
            "{} writes of up to 1 KB by the functions",
            (writes,),
        ),
    ]
    if manifest.table:
        stored = manifest.table.use.stored_gb
        sentence = "{} GB in app.yaml"
        found.append(Usage("dynamodb/storage_standard", stored, resource, sentence, (stored,)))
        if place.profile.point_in_time_recovery:
            found.append(Usage("dynamodb/pitr", stored, resource, sentence, (stored,)))
    return found


def of_secrets(place: Place) -> list[Usage]:
    """Derive secrets kept and read: shared ones are billed once for all apps of the account."""
    manifest, found, read = place.manifest, [], 0
    for name in manifest.secrets.all:
        stores = _stores(place, name)
        if "secrets_manager" not in stores:
            continue
        together = name in manifest.secrets.shared and place.profile.shared_secrets == "shared"
        full = (
            shared_secret(name, place.environment)
            if together
            else app_secret(manifest.app, place.environment, name)
        )
        shared = f"secret {place.account}/{manifest.region}/{full}" if together else ""
        found.append(_secret(full, shared))
        read += stores[0] == "secrets_manager"
    if read:
        found.append(_reads(place, "secrets_manager/api_calls", "secrets", Decimal(read), "secret"))
    return found


def _stores(place: Place, name: str) -> Sequence[SecretStore]:
    return stores_of(place.manifest, place.environment, name, place.profile.app_secrets)


def _secret(name: str, shared: str) -> Usage:
    return Usage("secrets_manager/secret", _ONE, f"secret {name}", "1 secret", (), shared)


def _reads(place: Place, item: str, resource: str, count: Decimal, what: str) -> Usage:
    reads = cold = _ZERO
    for activity in place.activities.values():
        reads += activity.secret_reads
        cold += activity.cold_starts
    return Usage(
        item,
        reads * count,
        resource,
        "{} {} × ({} cold starts + {} reads after the cache expired)",
        (count, what if count == 1 else f"{what}s", cold, reads - cold),
    )


def of_parameters(place: Place) -> list[Usage]:
    """Derive parameters kept, and the KMS requests that reading a SecureString makes."""
    manifest, plain_ones = place.manifest, Decimal(len(place.manifest.parameters))
    stores = {name: _stores(place, name) for name in manifest.secrets.all}
    is_shared = place.profile.shared_secrets == "shared"
    # A shared secret's parameter is one of the shared infrastructure's.
    own = [name for name in stores if not is_shared or name in manifest.secrets.app]
    secure = Decimal(sum("parameter_store" in stores[name] for name in own))
    read = Decimal(sum(found[0] == "parameter_store" for found in stores.values()))
    found = []
    if plain_ones or secure:
        found.append(
            Usage(
                "parameter_store/standard_parameter",
                plain_ones + secure,
                "parameters",
                "{} String + {} SecureString, standard tier",
                (plain_ones, secure),
            )
        )
    if read:
        found.append(_reads(place, "kms/symmetric_requests", "parameters", read, "SecureString"))
    return found


def of_login(place: Place, login: Login) -> list[Usage]:
    """Derive the active users of the shared pool; one who uses two apps is counted in both."""
    users = login.use.monthly_active_users * place.multiplier
    return [Usage("cognito/lite", users, "login", "{} active users", (users,))]


def of_ai(place: Place, ai: Ai, model: str) -> list[Usage]:
    """Derive tokens of the prompts that miss the cache, and the cache's reads and writes."""
    use = ai.use
    prompts = use.prompts_per_month * place.multiplier
    calls = prompts * (_HUNDRED - use.cache_hit_percent) / _HUNDRED
    output = min(use.output_tokens_per_prompt, Decimal(ai.max_output_tokens))
    return [
        Usage(
            f"{model}_input",
            calls * use.input_tokens_per_prompt,
            "ai",
            "{} prompts not in the cache × {} tokens",
            (calls, use.input_tokens_per_prompt),
        ),
        Usage(
            f"{model}_output",
            calls * output,
            "ai",
            "{} answers × {} tokens",
            (calls, output),
        ),
        Usage("dynamodb/on_demand_reads", prompts, "ai", "{} looks into the cache", (prompts,)),
        Usage(
            "dynamodb/on_demand_writes",
            calls * place.facts.ai_writes,
            "ai",
            "{} answers into the cache × {} writes",
            (calls, place.facts.ai_writes),
        ),
    ]


def of_static_site(place: Place, site: StaticSite) -> list[Usage]:
    """Derive storage, requests and transfer of the site; no view is assumed to be cached."""
    use, resource = site.use, "static site"
    views = use.page_views_per_month * place.multiplier
    return [
        Usage("s3/storage_standard", use.stored_gb, resource, "{} GB", (use.stored_gb,)),
        Usage("s3/get_standard", views, resource, "{} page views", (views,)),
        Usage("cloudfront/https_requests", views, resource, "{} page views", (views,)),
        Usage(
            "cloudfront/data_transfer_out",
            views * use.bytes_per_page_view / _GIGA,
            resource,
            "{} page views × {} bytes",
            (views, use.bytes_per_page_view),
        ),
    ]
