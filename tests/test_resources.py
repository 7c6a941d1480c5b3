"""Usage of each kind of resource: quantity and sentence, worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import pytest

from tenner.manifest import parse_manifest
from tenner.workload import workload_of

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.usage import Usage

HEAD = """
schema_version: 1
app: todo
owner: me
region: us-east-1
environments: {dev: {}, staging: {use_multiplier: 0.5}, prod: {use_multiplier: 3}}
"""
API = """
functions:
  api:
    trigger: http_api
    memory_mb: 512
    timeout_s: 10
    use:
      requests_per_month: 10000
      duration_ms: 120
      reads_per_request: 2
      writes_per_request: 0.5
      log_bytes_per_request: 100
      response_bytes_per_request: 600000
      cold_start_percent: 2
"""
Environment = Literal["dev", "staging", "prod"]


def found(catalog: Catalog, body: str, item: str, environment: Environment = "dev") -> list[Usage]:
    """Give what a manifest uses of one item in one environment."""
    manifest = parse_manifest(HEAD + body, "app.yaml")
    return [u for u in workload_of(manifest, environment, catalog).usage if u.item == item]


@pytest.mark.parametrize(
    ("item", "quantity", "derivation"),
    [
        ("lambda/requests", "10000", "10,000 requests"),
        (
            # 10,000 × 0.12 = 1,200 s; 200 cold × 0.4 = 80 s; 1,280 s × 0.5 GB
            "lambda/duration_arm64",
            "640",
            "(10,000 requests × 0.12 s + 200 cold starts × 0.4 s) × 0.5 GB",
        ),
        (
            # 600,000 bytes are two increments of 524,288
            "api_gateway/http_requests",
            "20000",
            "10,000 requests × 2 × 512 KB",
        ),
        ("data_transfer/out_to_internet", "6", "10,000 responses × 600,000 bytes"),
        (
            # 10,000 × 440 + 200 × 190 = 4,438,000 bytes
            "cloudwatch_logs/ingest_lambda",
            "0.004438",
            (
                "10,000 requests × (100 bytes of the code + 340 of Lambda's own lines) "
                "+ 200 cold starts × 190 bytes"
            ),
        ),
        (
            # 4,438,000 × 0.15 × 7 × 24 ÷ 730 = 153,202.19…, so 153,203 bytes
            "cloudwatch_logs/storage",
            "0.000153203",
            "0.004438 GB taken in × 0.15 compressed × 7 days ÷ a month of 730 hours",
        ),
        ("dynamodb/on_demand_reads", "20000", "20,000 reads of up to 4 KB by the functions"),
        ("dynamodb/on_demand_writes", "5000", "5,000 writes of up to 1 KB by the functions"),
    ],
)
def test_function_and_table(catalog: Catalog, item: str, quantity: str, derivation: str) -> None:
    """An HTTP function's use, each with its sentence."""
    (use,) = found(catalog, API, item)
    assert (use.quantity, use.derivation) == (Decimal(quantity), derivation)


@pytest.mark.parametrize(
    ("size", "increments"), [(0, 1), (1, 1), (524_288, 1), (524_289, 2), (1_048_577, 3)]
)
def test_http_increments(catalog: Catalog, size: int, increments: int) -> None:
    """An HTTP API bills a response in increments of 512 KB, and one at least."""
    body = API.replace("600000", str(size))
    (use,) = found(catalog, body, "api_gateway/http_requests")
    assert use.quantity == 10_000 * increments


@pytest.mark.parametrize(("days", "environment"), [(7, "dev"), (14, "staging"), (30, "prod")])
def test_logs_are_kept_as_long_as_the_profile_says(
    catalog: Catalog, days: int, environment: Environment
) -> None:
    """Dev keeps logs 7 days, staging 14, prod 30."""
    (use,) = found(catalog, API, "cloudwatch_logs/storage", environment)
    assert f"× {days} days" in use.derivation


def test_an_environment_multiplies_the_use(catalog: Catalog) -> None:
    """Staging has half of the use, prod three times as much."""
    assert found(catalog, API, "lambda/requests", "staging")[0].quantity == 5000
    assert found(catalog, API, "lambda/requests", "prod")[0].quantity == 30_000


def test_x86_is_another_item(catalog: Catalog) -> None:
    """A function on x86_64 is billed at its own rate."""
    body = API.replace("memory_mb", "architecture: x86_64\n    memory_mb")
    assert found(catalog, body, "lambda/duration_arm64") == []
    assert found(catalog, body, "lambda/duration_x86")[0].quantity == 640


SECRETS = API + "secrets: {shared: [openai, stripe], app: [xero]}\nparameters: [a, b, c]\n"


def test_shared_secrets_in_dev(catalog: Catalog) -> None:
    """Each shared secret is one thing of the account, under the environment's name."""
    kept = found(catalog, SECRETS, "secrets_manager/secret")
    assert [use.resource for use in kept] == [
        "secret shared/dev/openai",
        "secret shared/dev/stripe",
    ]
    assert [use.shared for use in kept] == [
        "secret shared/us-east-1/shared/dev/openai",
        "secret shared/us-east-1/shared/dev/stripe",
    ]


def test_secrets_in_prod_are_the_apps_own(catalog: Catalog) -> None:
    """Production shares no secret, and keeps the app's secrets in Secrets Manager too."""
    kept = found(catalog, SECRETS, "secrets_manager/secret", "prod")
    assert [(use.resource, use.shared) for use in kept] == [
        ("secret todo/prod/openai", ""),
        ("secret todo/prod/stripe", ""),
        ("secret todo/prod/xero", ""),
    ]
    assert found(catalog, SECRETS, "kms/symmetric_requests", "prod") == []


def test_secrets_are_read_at_cold_starts_and_when_the_cache_expires(catalog: Catalog) -> None:
    """200 cold starts, and one environment that reads again 61 times a month."""
    (calls,) = found(catalog, SECRETS, "secrets_manager/api_calls")
    assert calls.quantity == 2 * (200 + 61)
    assert calls.derivation == ("2 secrets × (200 cold starts + 61 reads after the cache expired)")


@pytest.mark.parametrize(
    ("requests", "reads"),
    [
        (0, 0),
        (10, 10),  # no more reads than requests
        (62, Decimal("1.24") + Decimal("60.76")),
        (63, Decimal("1.26") + 61),
        # 10,950,000 × 0.12 s = 1,314,000 s: half a month, so still one environment
        (10_950_000, Decimal(219_000) + 61),
        # 21,900,000 × 0.12 s is exactly a month; one more needs a second environment
        (21_900_000, Decimal(438_000) + 61),
        (21_900_001, Decimal("438000.02") + 2 * 61),
    ],
)
def test_reads_of_one_secret(catalog: Catalog, requests: int, reads: Decimal | int) -> None:
    """Reads grow with cold starts, and with how many environments are warm at once."""
    body = API.replace("10000", str(requests)) + "secrets: {shared: [openai]}\n"
    (calls,) = found(catalog, body, "secrets_manager/api_calls")
    assert calls.quantity == reads


def test_parameters(catalog: Catalog) -> None:
    """Standard parameters are counted; reading SecureStrings makes KMS requests."""
    (kept,) = found(catalog, SECRETS, "parameter_store/standard_parameter")
    assert (kept.quantity, kept.derivation) == (
        Decimal(4),
        "3 String + 1 SecureString, standard tier",
    )
    (requests,) = found(catalog, SECRETS, "kms/symmetric_requests")
    assert (requests.quantity, requests.derivation) == (
        Decimal(261),
        "1 SecureString × (200 cold starts + 61 reads after the cache expired)",
    )


JOB_AND_WORKER = """
functions:
  job:
    trigger: schedule
    schedule: rate(1 day)
    memory_mb: 128
    timeout_s: 60
    use: {requests_per_month: 31, duration_ms: 1000, cold_start_percent: 100}
  worker:
    trigger: queue
    memory_mb: 128
    timeout_s: 60
    use: {requests_per_month: 1000, duration_ms: 50}
"""


def test_job(catalog: Catalog) -> None:
    """A scheduled job is an invocation of the scheduler for each run."""
    (use,) = found(catalog, JOB_AND_WORKER, "eventbridge/scheduler")
    assert (use.quantity, use.derivation) == (Decimal(31), "31 runs, rate(1 day)")


def test_worker_pays_for_idle_polls(catalog: Catalog) -> None:
    """Five pollers wait 20 seconds at a time all month: 657,000 requests before any message."""
    (use,) = found(catalog, JOB_AND_WORKER, "sqs/standard")
    # 2,628,000 s ÷ 20 s × 5 = 657,000; and 3 requests for each of 1,000 messages
    assert use.quantity == 660_000
    assert use.derivation == (
        "1,000 messages × 3 (send, receive, delete) + 657,000 polls of the idle queue"
    )


def test_table_storage_and_recovery(catalog: Catalog) -> None:
    """Rows are stored; production adds point-in-time recovery of the same size."""
    body = API + "table: {use: {stored_gb: 1.5}}\n"
    assert found(catalog, body, "dynamodb/storage_standard")[0].quantity == Decimal("1.5")
    assert found(catalog, body, "dynamodb/pitr") == []
    assert found(catalog, body, "dynamodb/pitr", "prod")[0].quantity == Decimal("1.5")


def test_login(catalog: Catalog) -> None:
    """Users of the shared pool are counted in the plan that new pools have."""
    body = API + "login: {use: {monthly_active_users: 25}}\n"
    (use,) = found(catalog, body, "cognito/lite")
    assert (use.quantity, use.derivation) == (Decimal(25), "25 active users")


AI = """
ai:
  model: amazon.nova-micro-v1:0
  max_output_tokens: 200
  use:
    prompts_per_month: 1000
    cache_hit_percent: 80
    input_tokens_per_prompt: 500
    output_tokens_per_prompt: 300
"""


@pytest.mark.parametrize(
    ("item", "quantity", "derivation"),
    [
        ("bedrock/nova_micro_input", 100_000, "200 prompts not in the cache × 500 tokens"),
        # 300 tokens are expected, but the code asks for 200 at most
        ("bedrock/nova_micro_output", 40_000, "200 answers × 200 tokens"),
    ],
)
def test_ai(catalog: Catalog, item: str, quantity: int, derivation: str) -> None:
    """Only prompts that miss the cache reach the model, and answers are bounded."""
    (use,) = found(catalog, API + AI, item)
    assert (use.quantity, use.derivation) == (Decimal(quantity), derivation)


def test_ai_cache(catalog: Catalog) -> None:
    """Each prompt looks into the cache; each answer is written to it."""
    reads = found(catalog, API + AI, "dynamodb/on_demand_reads")
    writes = found(catalog, API + AI, "dynamodb/on_demand_writes")
    assert (reads[1].quantity, reads[1].derivation) == (Decimal(1000), "1,000 looks into the cache")
    assert (writes[1].quantity, writes[1].derivation) == (
        Decimal(400),
        "200 answers into the cache × 2 writes",
    )


def test_static_site(catalog: Catalog) -> None:
    """A site has storage, and a request and a transfer for each view."""
    body = "static_site: {use: {stored_gb: 0.05, page_views_per_month: 5000, "
    body += "bytes_per_page_view: 200000}}\n"
    quantities = {
        item: found(catalog, body, item)[0].quantity
        for item in (
            "s3/storage_standard",
            "s3/get_standard",
            "cloudfront/https_requests",
            "cloudfront/data_transfer_out",
        )
    }
    assert list(quantities.values()) == [Decimal("0.05"), 5000, 5000, 1]
    assert found(catalog, body, "lambda/requests") == []


def test_an_app_without_any_use_costs_only_what_stands(catalog: Catalog) -> None:
    """No request, no cost but for secrets: nothing divides by zero."""
    manifest = parse_manifest(HEAD + API.replace("10000", "0"), "app.yaml")
    uses = workload_of(manifest, "dev", catalog).usage
    assert {use.quantity for use in uses} == {Decimal(0)}
