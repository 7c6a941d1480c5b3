"""Each rule of advice: a case where it applies, one where it does not; money rebuilt by hand."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings

from tenner import cli
from tenner.advice import RULES
from tenner.advice.base import FIXED, made
from tenner.advice.compute import maker
from tenner.advise import advise_system, scene_of
from tenner.errors import InputError, TennerError, UnavailableError
from tenner.kinds.data import Bucket
from tenner.load import default_catalog_folder
from tenner.money import cents
from tenner.system import parse_system
from tenner.system_cost import load_system, system_names
from tests.mutations import mutated

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.advice.base import Scene
    from tenner.advice.engine import Advised
    from tenner.catalog import Catalog

HAIKU_3 = "anthropic.claude-3-haiku-20240307-v1:0"


class Case(NamedTuple):
    """Resources, what the rule saves of them on the list, and a part of what it says to do."""

    rule: str
    resources: str
    saving: str
    do: str
    environment: str = "prod"


FUNCTION = "api: {kind: function, memory_mb: 1024, duration_ms: 1000, requests_per_month: 1000000}"
HTTP = "http: {kind: http_api, requests_per_month: 1000000}"
PROVISIONED = FUNCTION.replace("}", ", provisioned_instances: 2}")
FARGATE = "web: {kind: fargate_service, tasks: 2, vcpu: 0.5, memory_gb: 1}"
NAT = "nat: {kind: nat_gateway, gateways: 2, data_gb_per_month: 100}"
TABLE = (
    "rows: {kind: table_on_demand, read_units_per_month: 10000000, "
    "write_units_per_month: 10000000, stored_gb: 1}"
)
CAPACITY = (
    "rows: {kind: table_provisioned, read_capacity_units: 100, write_capacity_units: 10, "
    "stored_gb: 1}"
)
SCALED = (
    "rows: {kind: table_auto_scaled, read_units_per_second: 1, write_units_per_second: 1, "
    "least_read_capacity: 100, most_read_capacity: 200, least_write_capacity: 20, "
    "most_write_capacity: 200, target_percent: 70, stored_gb: 1}"
)
AURORA = (
    "db: {kind: aurora_serverless, acu_hours_per_month: 730, stored_gb: 100, "
    "io_requests_per_month: 1000000000}"
)
SECRETS = "keys: {kind: secret, secrets: 3, api_calls_per_month: 100000}"
LOGS = "logs: {kind: log_group, ingested_gb_per_month: 50, stored_gb: 100}"
MODEL = (
    f"ai: {{kind: bedrock_model, model: '{HAIKU_3}', requests_per_month: 1000000, "
    "input_tokens_per_request: 1000, output_tokens_per_request: 1500}"
)
MODEL_US = MODEL.replace(HAIKU_3, "us.anthropic.claude-haiku-4-5-20251001-v1:0")
BUCKET = "files: {kind: bucket, stored_gb: 1000, put_requests_per_month: 10000}"
BUCKET_MOVED = "files-infrequent: {kind: bucket, stored_gb: 600, storage_class: standard_ia}"

APPLIES = [
    # 1,000,000 GB-s × (0.0000166667 - 0.0000133334)
    Case("arm64", FUNCTION, "3.3333", "Set the architecture of api to arm64."),
    # 1,000,000 GB-s become 1,000,000 × 1.6 s × 0.5 GB = 800,000
    Case("memory", FUNCTION, "3.33334", "from 1,024 to 512 MB; it then takes about 1.6 times"),
    # 2 × 1 GB × 730 h × 3,600 s × 0.0000041667, and duration at 0.0000097222, not 0.0000166667
    Case("provisioned-concurrency", PROVISIONED, "14.9556752", "Take the 2 provisioned instances"),
    # 2 × 730 × (0.5 × (0.04048 - 0.03238) + (0.004445 - 0.00356))
    Case("fargate-arm64", FARGATE, "7.2051", "Build the images of web for arm64"),
    # half of 2 × 730 × (0.5 × 0.04048 + 0.004445), half price
    Case("fargate-spot", FARGATE, "9.010025", "Run 50 % of web"),
    Case("fargate-spot", FARGATE, "18.02005", "Run 100 % of web", "dev"),
    # 10 GB become 6, at $0.10
    Case("image-size", "app: {kind: ecr_repository, image_gb: 2, versions: 5}", "0.4", "40 % less"),
    # 1,000 M in and 1,500 M out: 1.10 - 0.11 and 5.50 - 0.55 a million; a global one costs less
    Case("bedrock-model", MODEL_US, "8415", "us.anthropic.claude-haiku-5-5 for ai instead of"),
    # nine tenths of 250 + 1,875
    Case("bedrock-cache", MODEL, "1912.5", "until 90 % are answered without the model"),
    # 1,000 tokens fewer of each of 1,000,000 answers
    Case("bedrock-tokens", MODEL, "1250", "Set max_tokens of ai to 500"),
    Case(
        "http-for-rest", "api: {kind: rest_api, requests_per_month: 2000000}", "5", "an HTTP API."
    ),
    # the smallest cache is 730 × 0.02, its hits in functions are 27,000 × 0.20 / 1,000,000 and
    # 27,000 × 0.1 s × 0.125 GB × 0.0000166667
    Case(
        "api-cache",
        "api: {kind: rest_api, requests_per_month: 30000}\n"
        "cache: {kind: rest_api_cache, size_gb: 0.5, hit_percent: 90}\n"
        "run: {kind: function, memory_mb: 128, duration_ms: 100, requests_per_month: 3000}",
        "14.58897498875",
        "Take cache away; it answers 90 % of the requests",
    ),
    # 30 GB × 0.045
    Case(
        "gateway-endpoints",
        f"{NAT}\nfiles: {{kind: bucket, stored_gb: 1}}",
        "1.35",
        "Add gateway endpoints for S3 and DynamoDB: 30 % of the data",
    ),
    Case("gateway-endpoints", NAT.replace("}", ", s3_and_dynamodb_percent: 80}"), "3.6", "80 %"),
    # 2 × 730 × (0.045 + 0.005) + 100 × 0.045 less 2 endpoints × 2 × 7.30 + 100 × 0.01
    Case(
        "interface-endpoints",
        f"{NAT}\n{SECRETS}\nkey: {{kind: kms_key, customer_managed_keys: 1, "
        "requests_per_month: 0}",
        "47.3",
        "in 2 zones in place of nat: kms and secretsmanager.",
    ),
    # 100 h × (7 × (0.045 + 0.005) - 6 × 0.01) and 100 × (0.045 - 0.01): six zones at most
    Case(
        "interface-endpoints",
        f"{NAT.replace('gateways: 2', 'gateways: 7').replace('}', ', hours_per_month: 100}')}\n"
        + SECRETS,
        "32.5",
        "in 6 zones in place of nat: secretsmanager.",
    ),
    # 2 × 730 × (0.045 + 0.005) + 100 × 0.045
    Case("ipv6", NAT, "77.5", "egress-only internet gateway in place of nat"),
    # 730 × 0.05, less 50 GB from the other zone in both directions at 0.01
    Case("one-nat", NAT, "35.5", "Route all zones of staging through one gateway", "staging"),
    # 730 × (0.0225 + 0.008 + 2 × 0.005) less 3 × 1.00
    Case(
        "api-for-balancer",
        "alb: {kind: load_balancer, balancers: 1, lcu: 1, requests_per_month: 3000000}",
        "26.565",
        "in place of alb. The link needs Cloud Map (or an NLB)",
    ),
    Case("function-url", f"{FUNCTION}\n{HTTP}", "1", "its own URL in place of http."),
    # 730 × 0.02 and 1 × 3.50, less 500,000 more runs of 0.20 / 1,000,000 + 0.0000166667 GB-s
    Case(
        "function-url",
        f"{FUNCTION}\n{HTTP.replace('http_api', 'rest_api')}\n"
        "cache: {kind: rest_api_cache, size_gb: 0.5, hit_percent: 50}",
        "9.66665",
        "Give the function its own URL in place of http and cache.",
    ),
    # 50 GB × 0.15 × 30 days × 24 ÷ 730 = 7.397261 GB of 100, at 0.03
    Case("log-retention", LOGS, "2.77808217", "Set the retention of logs to 30 days."),
    Case("log-retention", LOGS, "2.94821916", "Set the retention of logs to 7 days.", "dev"),
    Case("log-class", LOGS, "12.5", "INFREQUENT_ACCESS"),  # 50 × (0.50 - 0.25)
    Case("log-filter", LOGS, "7", "25 % less in logs."),  # a quarter of 25 + 3
    Case(
        "vended-metrics",
        "own: {kind: metric, custom_metrics: 50, sent_by_aws: 30}",
        "9",
        "Take the 30 metrics out of own",
    ),
    Case(
        "data-events",
        "trail: {kind: cloudtrail, data_events_per_month: 1000000}",
        "0.5",
        "about 50 % of the data events",
    ),
    Case(
        "second-trail",
        "trail: {kind: cloudtrail, copied_management_events_per_month: 100000}",
        "2",
        "Have one trail in trail",
    ),
    Case(
        "cost-explorer",
        "daily: {kind: cost_explorer, api_requests_per_month: 31}",
        "0.26",
        "once a week",
    ),
    # 3 × 0.40 + 100,000 × 0.05 / 10,000, less 100,000 KMS requests at 0.03 for 10,000
    Case("parameter-store", SECRETS, "1.4", "Keep keys in Parameter Store as SecureString"),
    # two of three: 0.80 + 66,667 × (0.05 - 0.03) / 10,000
    Case(
        "parameter-store",
        SECRETS.replace("}", ", rotated_secrets: 1}"),
        "0.933334",
        "Keep keys in Parameter Store",
    ),
    Case("secret-caching", SECRETS, "0.4", "for 5 minutes: 20 % of the calls."),
    # 100 apps × 3 secrets become 3
    Case(
        "shared-secrets",
        "keys: {kind: secret, secrets: 3, api_calls_per_month: 0, grows: {how: linear, by: apps}}",
        "118.8",
        "Let all apps share 3 of the 300 secrets of keys.",
        "dev",
    ),
    # two secrets, and two of three calls: 66,666 × 0.05 / 10,000
    Case("one-secret", SECRETS, "1.13333", "Keep the 3 secrets of keys that one app reads in one"),
    # $1.00, and 100,000 requests at 0.03 for 10,000
    Case(
        "aws-owned-keys",
        "key: {kind: kms_key, customer_managed_keys: 1, requests_per_month: 100000}",
        "1.3",
        "with keys that AWS owns, instead of key.",
    ),
    # 10,000 × (0.015 - 0.0055)
    Case(
        "cognito-plan",
        "users: {kind: user_pool, plan: essentials, monthly_active_users: 10000}",
        "95",
        "from essentials to lite",
    ),
    # 10,000 × (0.0055 + 0.05 - 0.02): with threat protection it stays
    Case(
        "cognito-plan",
        "users: {kind: user_pool, plan: legacy, monthly_active_users: 10000, "
        "advanced_security: true}",
        "355",
        "from legacy to plus",
    ),
    Case(
        "threat-protection",
        "users: {kind: user_pool, plan: legacy, monthly_active_users: 10000, "
        "advanced_security: true}",
        "500",
        "Turn advanced security of users off.",
    ),
    Case(
        "threat-protection",
        "users: {kind: user_pool, plan: plus, monthly_active_users: 10000}",
        "50",
        "from plus to essentials",
    ),
    # 1.25 + 6.25, less 730 × 6 × (0.00013 + 0.00065): 10,000,000 ÷ 2,628,000 s ÷ 0.7 = 5.4;
    # less 8 alarms at 0.10
    Case("table-provisioned", TABLE, "3.2836", "about 6 RCU and 6 WCU; it makes 8 alarms."),
    # 730 × (100 × 0.00013 + 10 × 0.00065), less a tenth of 262,800,000 × 0.125 / 1,000,000 and of
    # 26,280,000 × 0.625 / 1,000,000
    Case(
        "table-on-demand",
        CAPACITY.replace("}", ", utilisation_percent: 10}"),
        "9.3075",
        "Set rows to on-demand; 10 % of its capacity is used.",
    ),
    # 730 × ((100 - 50) × 0.00013 + (10 - 5) × 0.00065)
    Case(
        "table-capacity",
        CAPACITY.replace("}", ", utilisation_percent: 35}"),
        "7.1175",
        "of which 35 % is used, to about 50 RCU and 5 WCU.",
    ),
    # 730 × (100 × 0.00013 + 20 × 0.00065), less 2,628,000 × 0.125 / 1,000,000 and as many × 0.625
    Case("table-on-demand", SCALED, "17.009", "which is not counted."),
    # 1 ÷ 0.7 is 2 of each, in place of 100 and 20
    Case("table-floor", SCALED, "17.8412", "Set the least capacity of rows to 2 RCU and 2 WCU."),
    # 1,000 × 0.20, less 730 × 0.04 and 100 × 0.125
    Case("aurora-io", AURORA, "158.3", "Set the storage of db to I/O-Optimized (aurora-iopt1)."),
    # 730 - 220 hours × 0.12
    Case("aurora-pause", AURORA, "61.2", "so that it runs 220 hours.", "staging"),
    Case("aurora-pooling", AURORA, "8.76", "10 % fewer ACU-hours"),
    # 600 GB × (0.023 - 0.0125), less 10,000 moved at 0.01 for 1,000
    Case("s3-lifecycle", BUCKET, "6.2", "to Standard-IA after 30 days, about 60 %"),
    # 600 GB × (0.023 - 0.0125), less 1,000,000 objects at 0.0025 for 1,000
    Case("s3-tiering", BUCKET, "3.8", "Keep files in Intelligent-Tiering"),
]

APPLIES_NOT = [
    Case("arm64", FUNCTION.replace("}", ", architecture: arm64}"), "", ""),
    Case("memory", FUNCTION.replace("1024", "255"), "", ""),
    Case("memory", FUNCTION.replace("duration_ms: 1000", "duration_ms: 562501"), "", ""),
    Case("provisioned-concurrency", FUNCTION, "", ""),
    Case("fargate-arm64", FARGATE.replace("}", ", architecture: arm64}"), "", ""),
    Case("fargate-spot", FARGATE.replace("}", ", spot_percent: 50}"), "", ""),
    Case("fargate-spot", FARGATE.replace("tasks: 2", "tasks: 1"), "", ""),
    Case("image-size", "app: {kind: ecr_repository, image_gb: 2, versions: 0}", "", ""),
    Case("bedrock-model", MODEL.replace(HAIKU_3, "amazon.nova-micro-v1:0"), "", ""),
    # by no profile there are older ones only, and others that cost more
    Case("bedrock-model", MODEL.replace("-haiku-20240307-v1", "-5-haiku-20241022-v1"), "", ""),
    Case("bedrock-cache", MODEL.replace("}", ", cache_hit_percent: 90}"), "", ""),
    Case("bedrock-tokens", MODEL.replace("1500", "500"), "", ""),
    Case("http-for-rest", "api: {kind: http_api, requests_per_month: 2000000}", "", ""),
    Case(  # 10,000,000 hits of half a second with 1 GB cost more than the cache
        "api-cache",
        "api: {kind: rest_api, requests_per_month: 20000000}\n"
        "cache: {kind: rest_api_cache, size_gb: 0.5, hit_percent: 50}\n"
        "run: {kind: function, memory_mb: 1024, duration_ms: 500, requests_per_month: 1000000}",
        "",
        "",
    ),
    Case("gateway-endpoints", NAT, "", ""),
    Case(  # 13 endpoints cost more than one gateway
        "interface-endpoints",
        "nat: {kind: nat_gateway, gateways: 1, data_gb_per_month: 0}\n"
        f"{SECRETS}\n{LOGS}\n{MODEL}\n"
        "images: {kind: ecr_repository, image_gb: 1, versions: 1}\n"
        "queue: {kind: queue, requests_per_month: 1}",
        "",
        "",
    ),
    Case("ipv6", NAT.replace("gateways: 2", "gateways: 0"), "", ""),
    Case("one-nat", NAT, "", ""),
    Case("one-nat", NAT.replace("gateways: 2", "gateways: 1"), "", "", "dev"),
    Case(
        "api-for-balancer",
        "alb: {kind: load_balancer, balancers: 1, lcu: 1, requests_per_month: 30000000}",
        "",
        "",
    ),
    Case("function-url", f"{FARGATE}\napi: {{kind: http_api, requests_per_month: 9}}", "", ""),
    *(
        Case("function-url", f"{FUNCTION}\n{HTTP}\n{also}", "", "")
        for also in (
            FUNCTION.replace("api", "other"),
            HTTP.replace("http:", "second:"),
            "users: {kind: user_pool, plan: lite, monthly_active_users: 10}",
        )
    ),
    Case("log-retention", LOGS.replace("stored_gb: 100", "stored_gb: 7.397"), "", ""),
    Case("log-class", LOGS.replace("}", ", infrequent_access: true}"), "", ""),
    Case("log-filter", LOGS.replace("month: 50", "month: 0"), "", ""),
    Case("vended-metrics", "own: {kind: metric, custom_metrics: 50}", "", ""),
    Case("data-events", "trail: {kind: cloudtrail, insights_events_per_month: 9}", "", ""),
    Case("second-trail", "trail: {kind: cloudtrail, data_events_per_month: 9}", "", ""),
    Case("cost-explorer", "weekly: {kind: cost_explorer, api_requests_per_month: 5}", "", ""),
    Case("parameter-store", SECRETS.replace("}", ", rotated_secrets: 3}"), "", ""),
    Case("secret-caching", SECRETS.replace("100000", "26280"), "", ""),
    Case("shared-secrets", SECRETS, "", "", "dev"),
    Case("one-secret", SECRETS.replace("secrets: 3", "secrets: 1"), "", ""),
    Case(
        "aws-owned-keys",
        "key: {kind: kms_key, customer_managed_keys: 0, requests_per_month: 9}",
        "",
        "",
    ),
    Case(
        "cognito-plan", "users: {kind: user_pool, plan: lite, monthly_active_users: 10000}", "", ""
    ),
    Case(
        "threat-protection",
        "users: {kind: user_pool, plan: essentials, monthly_active_users: 10000}",
        "",
        "",
    ),
    Case("table-provisioned", TABLE.replace("10000000", "1000"), "", ""),
    Case("table-on-demand", CAPACITY.replace("}", ", utilisation_percent: 29}"), "", ""),
    Case("table-on-demand", SCALED.replace("second: 1", "second: 14"), "", ""),
    Case("table-capacity", CAPACITY, "", ""),
    Case("table-floor", SCALED.replace("second: 1", "second: 70"), "", ""),
    Case("aurora-io", AURORA.replace("1000000000", "208500000"), "", ""),
    Case("aurora-pause", AURORA, "", ""),
    Case("aurora-pause", AURORA.replace("month: 730", "month: 364.9"), "", "", "dev"),
    Case("aurora-pooling", AURORA.replace("month: 730", "month: 0"), "", "", "dev"),
    Case("s3-lifecycle", BUCKET.replace("10000}", "630000}"), "", ""),
    Case("s3-tiering", f"{BUCKET}\n{BUCKET_MOVED}", "", ""),
    Case("s3-lifecycle", f"{BUCKET}\n{BUCKET_MOVED}", "", ""),
    Case("s3-tiering", BUCKET.replace("}", ", storage_class: standard_ia}"), "", ""),
]


def system_text(resources: str, environment: str) -> str:
    """Write a system of some resources; those that don't say how they grow are fixed."""
    lines = [
        line if "grows" in line else line.replace("{", "{grows: fixed, ", 1)
        for line in resources.splitlines()
    ]
    return (
        "system: x\ntitle: X\naccount_plan: list\ndrivers: {apps: 1}\nresources:\n  "
        + "\n  ".join(lines)
        + f"\nvariants:\n  only: {{summary: x, environment: {environment}, drivers: "
        + "{apps: 100}}\n"
    )


def advised(case: Case, catalog: Catalog, compliance: str = "") -> Advised[Scene]:
    """Ask for all advice on a case, without free tiers."""
    system = parse_system(system_text(case.resources, case.environment), "x.yaml")
    scene = scene_of(system, system.first, catalog, {})
    return advise_system(system, scene, "list", compliance)


@pytest.mark.parametrize("case", APPLIES, ids=lambda case: f"{case.rule} {case.saving}")
def test_applies(case: Case, catalog: Catalog) -> None:
    """A rule finds its case, and saves what is rebuilt by hand."""
    (found,) = [each for each in advised(case, catalog).advice if each.name == case.rule]
    assert found.saving == Decimal(case.saving)
    assert case.do in found.change.do


@pytest.mark.parametrize("case", APPLIES_NOT, ids=lambda c: c.rule)
def test_applies_not(case: Case, catalog: Catalog) -> None:
    """A rule is silent where there is nothing to change, or where the change would cost more."""
    assert case.rule not in {each.name for each in advised(case, catalog).advice}


def test_each_rule_has_both_cases() -> None:
    """No rule is without a case where it applies and one where it does not."""
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert {case.rule for case in APPLIES} == set(names)
    assert {case.rule for case in APPLIES_NOT} == set(names)


def test_the_greatest_saving_comes_first(catalog: Catalog) -> None:
    """Advice is sorted by what it saves."""
    found = advised(Case("", f"{FARGATE}\n{NAT}\n{LOGS}", "", ""), catalog)
    savings = [each.saving for each in found.advice]
    assert savings == sorted(savings, reverse=True)
    assert found.advice[0].name == "ipv6"


def test_savings_together_are_estimated_one_after_another(catalog: Catalog) -> None:
    """Where the gateway is gone, endpoints that relieve it save nothing more."""
    nat = NAT.replace("}", ", s3_and_dynamodb_percent: 80}")
    found = advised(Case("", nat, "", ""), catalog)
    assert {each.name: each.saving for each in found.advice} == {
        "ipv6": Decimal("77.5"),
        "gateway-endpoints": Decimal("3.6"),
    }
    assert (found.before, found.low_risk_together, found.together) == (
        Decimal("77.5"),
        Decimal("3.6"),
        Decimal("77.5"),
    )


def test_arm64_and_spot_together(catalog: Catalog) -> None:
    """The second change saves a part of what the first has left."""
    found = advised(Case("", FARGATE, "", "", "dev"), catalog)
    task = 730 * (Decimal("0.01619") / 2 + Decimal("0.00178"))
    assert found.before - found.together == 2 * task


def test_compliance_forbids_some_rules(catalog: Catalog) -> None:
    """With HIPAA nothing is advised that takes away a safeguard that it asks for."""
    case = Case(
        "",
        "key: {kind: kms_key, customer_managed_keys: 1, requests_per_month: 0}\n"
        "trail: {kind: cloudtrail, data_events_per_month: 1000000}\n"
        "users: {kind: user_pool, plan: plus, monthly_active_users: 10}\n"
        f"{LOGS.replace('}', ', infrequent_access: true}')}\n"
        f"{SECRETS.replace('secrets: 3', 'secrets: 1').replace('100000', '9')}",
        "",
        "",
    )
    names = {each.name for each in advised(case, catalog).advice}
    safeguards = {"aws-owned-keys", "data-events", "threat-protection"}
    assert names == safeguards | {"log-filter", "log-retention", "parameter-store"}
    assert not advised(case, catalog, "hipaa").advice


def test_a_price_that_is_lacking(catalog: Catalog) -> None:
    """What has no price in the region is not advised; a service that is missing is a defect."""
    service = catalog.services["api_gateway"]
    elsewhere = {
        key: each.model_copy(update={"regions": {"eu-west-1": each.regions["us-east-1"]}})
        for key, each in service.items.items()
    }
    abroad = service.model_copy(update={"items": elsewhere})
    less = replace(catalog, services={**catalog.services, "api_gateway": abroad})
    case = next(case for case in APPLIES if case.rule == "api-for-balancer")
    assert {each.name for each in advised(case, catalog).advice} == {"api-for-balancer"}
    assert not advised(case, less).advice
    without = {name: each for name, each in catalog.services.items() if name != "api_gateway"}
    with pytest.raises(InputError, match="the price book has no such item"):
        advised(case, replace(catalog, services=without))


@pytest.mark.parametrize("command", ["advise", "scale"])
def test_a_broken_price_is_told(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A defect of a catalog's file ends the command, and drops neither a rule nor an option."""
    shutil.copytree(default_catalog_folder(), tmp_path / "catalog")
    for name in ("parameter_store", "fargate"):
        file = tmp_path / "catalog" / "services" / f"{name}.yaml"
        file.write_text(file.read_text("utf-8").replace("usd: 0", "usd: abc 0"), "utf-8")
    words = {"advise": ["advise"], "scale": ["scale", "--apps", "1"]}[command]
    assert cli.main([*words, "multi-app-account", "--catalog", str(tmp_path / "catalog")]) == 2
    assert "expected a number in plain digits" in capsys.readouterr().err


def test_a_form_beyond_the_limits_of_its_kind(catalog: Catalog) -> None:
    """A rule whose change can't be is silent, and so fine an amount is rounded up."""
    huge = CAPACITY.replace("capacity_units: 100", "capacity_units: 1000000000000")
    assert "table-on-demand" not in {
        each.name for each in advised(Case("", huge, "", ""), catalog).advice
    }
    fine = SCALED.replace("read_units_per_second: 1", "read_units_per_second: 0.000001")
    fine = fine.replace("}", ", hours_per_month: 0.000001}").replace("capacity: 100", "capacity: 1")
    assert advised(Case("", fine, "", ""), catalog).before >= 0
    assert made(Bucket, kind="bucket", grows=FIXED, stored_gb=1).stored_gb == 1
    with pytest.raises(UnavailableError, match="stored_gb"):
        made(Bucket, kind="bucket", grows=FIXED, stored_gb=-1)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("amazon.nova-micro-v1:0", ("", "amazon")),
        ("us.amazon.nova-micro-v1:0", ("us", "amazon")),
        ("global.anthropic.claude", ("global", "anthropic")),
        ("claude", ("", "claude")),
    ],
)
def test_maker(model: str, expected: tuple[str, str]) -> None:
    """A model's maker stands first, or after the profile, which says where it may run."""
    assert maker(model) == expected


@pytest.mark.parametrize("name", system_names())
def test_every_reference_system(name: str, catalog: Catalog) -> None:
    """Every variant of every system can be advised; what is left to pay is never below nothing."""
    system = load_system(name)
    for variant in system.variants.values():
        found = advise_system(system, scene_of(system, variant, catalog, {}), "always-free")
        assert all(each.saving > 0 for each in found.advice)
        assert 0 <= found.low_risk_together <= found.before
        assert 0 <= found.together <= found.before
        best = max((each.saving for each in found.advice), default=Decimal(0))
        assert found.together >= best


def test_document_001(catalog: Catalog) -> None:
    """What document 001 proposes is found, with what it really saves."""
    system = load_system("healthcare-backend")
    scene = scene_of(system, system.first, catalog, {})
    found = advise_system(system, scene, "always-free")
    savings = {each.name: cents(each.saving) for each in found.advice}
    assert savings["threat-protection"] == "$500.00"
    assert savings["aurora-pooling"] == "$77.76"  # a tenth of 6,480 × 0.12
    assert savings["secret-caching"] == "$0.40"
    assert savings["vended-metrics"] == "$4.50"
    assert "aurora-io" not in savings  # it would cost $281.70 more


def all_cases() -> str:
    """Write a system that has the first resource of every case."""
    rows = (case.resources.splitlines()[0].partition(":")[2] for case in APPLIES)
    return system_text("\n".join(f"r{n}:{row}" for n, row in enumerate(rows)), "dev")


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(mutated(all_cases()))
def test_any_mutation_is_advised_or_refused(catalog: Catalog, text: str) -> None:
    """A broken system is refused in words, or advised with plain amounts of money."""
    try:
        system = parse_system(text, "x.yaml")
        for variant in system.variants.values():
            found = advise_system(system, scene_of(system, variant, catalog, {}), "list")
            assert all(each.saving.is_finite() for each in found.advice)
    except TennerError:
        return
