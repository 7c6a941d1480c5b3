"""What prod brings to an app: its own table's capacity, key, alarms, rotation; and their cost."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenner import cli
from tenner.environment import brought
from tenner.errors import InputError
from tenner.estimate import Bill
from tenner.load import load_catalog
from tenner.manifest import Manifest, parse_manifest
from tenner.manifest_environment import TableLimits
from tenner.workload import workload_of
from tests.fixtures_generated import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.catalog import Catalog

APP = """\
schema_version: 1
app: todo
owner: me
region: us-east-1
environments: {{dev: {{}}, prod: {{{prod}}}}}
functions:
  api:
    trigger: http_api
    memory_mb: 128
    timeout_s: 10
    use: {{requests_per_month: {requests}, duration_ms: 10, writes_per_request: 1}}
secrets: {{shared: [vendor-key], app: [own-key]}}
"""
MONTH_S = 730 * 3600
PER_UNIT = MONTH_S * 7 // 10  # writes a month that one unit serves at 70 %
# A read and a write unit of the index, a read unit of the table, and 4 alarms for 4 targets.
ALWAYS = 730 * (2 * Decimal("0.00013") + Decimal("0.00065")) + 16 * Decimal("0.10")
UNIT = 730 * Decimal("0.00065")
ON_ALARMS = (
    "1 on the errors of functions + 1 on the errors of the API + 2 on the refused requests of the "
    "table"
)
WRITE = Decimal("0.625") / 10**6


def app(requests: int, prod: str = "") -> Manifest:
    """An app that writes as often as it is asked, with prod as given."""
    return parse_manifest(APP.format(requests=requests, prod=prod), "app.yaml")


@pytest.mark.parametrize(
    ("writes", "mode", "units"),
    [
        (1_000, "on_demand", 1),
        (6_659_680, "on_demand", 4),  # 4.1623 both
        (6_659_681, "provisioned", 4),
        (7_358_400, "provisioned", 4),  # four units, all in use
        (7_358_401, "on_demand", 5),
        (7_418_880, "on_demand", 5),  # 4.6368 both
        (7_418_881, "provisioned", 5),
    ],
)
def test_the_choice_flips_where_the_prices_cross(
    writes: int, mode: str, units: int, catalog: Catalog
) -> None:
    """Provisioned is taken from the write on from which it is cheaper, and never at a draw."""
    found = brought(app(writes), "prod", catalog).capacity
    assert -(-writes // PER_UNIT) == units
    assert found.on_demand == writes * WRITE
    assert found.provisioned == ALWAYS + units * UNIT
    assert found.mode == mode
    assert (found.provisioned < found.on_demand) == (mode == "provisioned")


def test_the_bill_has_what_was_chosen(catalog: Catalog) -> None:
    """On both sides of the flip the estimate counts the chosen way, and only that."""
    below = Bill(catalog, [workload_of(app(6_659_680), "prod", catalog)], "list")
    above = Bill(catalog, [workload_of(app(6_659_681), "prod", catalog)], "list")

    def dynamodb(bill: Bill) -> dict[str, Decimal]:
        names = [meter.item.key for meter in bill.meters]
        paid = dict(zip(names, bill.costs, strict=True))
        return {key: cost for key, cost in paid.items() if cost and key.startswith("dynamodb/")}

    assert dynamodb(below) == {"dynamodb/on_demand_writes": 6_659_680 * WRITE}
    assert dynamodb(above) == {
        "dynamodb/provisioned_rcu": 2 * 730 * Decimal("0.00013"),
        "dynamodb/provisioned_wcu": 5 * UNIT,
    }
    assert brought(app(6_659_681), "dev", catalog).capacity.mode == "on_demand"


def test_a_load_beyond_the_limits_stays_on_demand(catalog: Catalog) -> None:
    """Auto scaling ends at its limit, and refuses what is more: the load must fit."""
    most = 40 * PER_UNIT
    assert brought(app(most), "prod", catalog).capacity.mode == "provisioned"
    beyond = brought(app(most + 1), "prod", catalog).capacity
    assert beyond.mode == "on_demand"
    assert beyond.why == "the stated load needs 41 write units, and 40 is the limit"
    raised = app(most + 1, "table_limits: {most_write_units: 41}")
    assert brought(raised, "prod", catalog).capacity.mode == "provisioned"


def test_limits_that_nobody_states_are_the_price_book_s(catalog: Catalog) -> None:
    """A limit that is left out beside one that is given stays as it would be without both."""
    profile = catalog.environments["prod"].auto_scaling
    assert profile
    assert TableLimits().model_dump().items() <= profile.model_dump().items()


@given(st.integers(0, 200_000_000), st.integers(1, 200), st.integers(0, 200))
def test_the_cheaper_one_is_chosen_within_limits(writes: int, least: int, more: int) -> None:
    """Whatever the load and the limits, the choice serves the load and costs no more."""
    limits = f"table_limits: {{least_write_units: {least}, most_write_units: {least + more}}}"
    found = brought(app(writes, limits), "prod", load_catalog()).capacity
    if -(-writes // PER_UNIT) > least + more:
        assert found.mode == "on_demand"
    else:
        chosen = found.provisioned if found.mode == "provisioned" else found.on_demand
        assert chosen == min(found.provisioned, found.on_demand)


def test_a_person_may_choose(catalog: Catalog) -> None:
    """What app.yaml states is taken, cheaper or not."""
    assert brought(app(10, "table_capacity: provisioned"), "prod", catalog).capacity.mode == (
        "provisioned"
    )
    stated = brought(app(9_000_000, "table_capacity: on_demand"), "prod", catalog).capacity
    assert (stated.mode, stated.why) == ("on_demand", "so it is stated")


def test_two_functions_behind_the_api_have_one_alarm_on_it(catalog: Catalog) -> None:
    """The alarm is on the app's part of the API, which is one (production/watching.tf)."""
    second = """  admin:
    trigger: http_api
    memory_mb: 128
    timeout_s: 10
    use: {requests_per_month: 1, duration_ms: 10}
secrets:"""
    text = APP.format(requests=1, prod="alarms: true").replace("secrets:", second)
    found = workload_of(parse_manifest(text, "app.yaml"), "prod", catalog).usage
    (alarms,) = [each for each in found if each.item == "cloudwatch/alarm_standard"]
    assert alarms.quantity == 2 + 1 + 2


def test_an_archive_is_counted_class_by_class(catalog: Catalog) -> None:
    """30 days standard, 60 infrequent, 275 in Glacier, the rest deep; and each move of a file.

    The bucket has versions: what is deleted stays where it was for 30 days more.
    """

    def kept(days: int) -> dict[str, Decimal]:
        chosen = f"archive: {{gb_per_month: 2, files_per_month: 100, kept_days: {days}}}"
        plain = workload_of(app(10), "prod", catalog).usage
        found = workload_of(app(10, chosen), "prod", catalog).usage
        return {each.item: each.quantity for each in found if each not in plain}

    def gb(days: int) -> Decimal:  # two a month, rounded up to a byte
        return -(-2 * 10**9 * days * 24 // 730) / Decimal(10**9)

    two_years = kept(730)
    assert two_years == {
        "s3/storage_standard": gb(30), "s3/put_standard": 100,
        "s3/storage_standard_ia": gb(60), "s3/transition_to_ia": 100,
        "s3/storage_glacier_flexible_retrieval": gb(275),
        "s3/transition_to_glacier_flexible_retrieval": 100,
        "s3/storage_glacier_deep_archive": gb(365 + 30),
        "s3/transition_to_glacier_deep_archive": 100,
    }  # fmt: skip
    assert kept(30) == {"s3/storage_standard": gb(30 + 30), "s3/put_standard": 100}
    assert list(kept(31))[2:] == ["s3/storage_standard_ia", "s3/transition_to_ia"]
    assert kept(31)["s3/storage_standard_ia"] == gb(1 + 30)
    glacier, deep = "s3/storage_glacier_flexible_retrieval", "s3/storage_glacier_deep_archive"
    assert kept(91)[glacier] == kept(150)[glacier] == gb(90)  # the least that is billed
    assert kept(151)[glacier] == gb(61 + 30)
    assert kept(366)[deep] == kept(515)[deep] == gb(180)
    assert kept(516)[deep] == gb(151 + 30)
    assert kept(366)[glacier] == gb(275)
    hundred = "archive: {gb_per_month: 2, kept_days: 100}"
    (said,) = [u for u in workload_of(app(10, hundred), "prod", catalog).usage if u.item == glacier]
    assert said.derivation == (
        "2 GB a month × 90 days, the least that is billed, × 24 ÷ a month of 730 hours"
    )
    bucket = (ROOT / "template/app/terraform/production/bucket.tf").read_text(encoding="utf-8")
    assert bucket.count("noncurrent_days = 30\n") == bucket.count("noncurrent_days") == 1
    with pytest.raises(InputError, match=r"environments\.prod\.archive\.kept_days: missing"):
        app(10, "archive: {gb_per_month: 2}")


@pytest.mark.parametrize(
    ("prod", "item", "quantity", "derivation"),
    [
        ("key: customer", "kms/customer_managed_key", 1, "1 key"),
        ("key: aws_managed", "kms/symmetric_requests", 8760,
         "at most one request in 300 s of a month of 730 hours"),
        # errors of a function and of the API, refused reads and writes of the table
        ("alarms: true", "cloudwatch/alarm_standard", 4,
         ON_ALARMS),
        ("dashboard: true", "cloudwatch/dashboard", 1, "1 dashboard"),
        ("rotate: [own-key]", "secrets_manager/api_calls", 13,
         "1 rotation, of each of 1 secret every 90 days at the most, × 13 calls"),
        ("rotate: [own-key, vendor-key]", "lambda/requests", 8,
         "2 rotations, of each of 2 secrets every 90 days at the most, × 4 steps"),
    ],
)  # fmt: skip
def test_what_is_paid_for_on_purpose(
    prod: str, item: str, quantity: int, derivation: str, catalog: Catalog
) -> None:
    """Each is in the estimate where app.yaml asks for it, and nowhere else."""
    plain = workload_of(app(1000), "prod", catalog).usage
    chosen = workload_of(app(1000, prod), "prod", catalog).usage
    more = [each for each in chosen if each not in plain]
    assert [(each.quantity, each.derivation) for each in more if each.item == item] == [
        (Decimal(quantity), derivation)
    ]
    dev = workload_of(app(1000, prod), "dev", catalog)
    assert dev == workload_of(app(1000), "dev", catalog)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("dev: {}", "dev: {deletion_protection: false}",
         "dev.deletion_protection: only prod has it, because it has an account of its own"),
        ("dev: {}", "dev: {alarms: true}",
         "environments.dev.alarms: only prod has it, because it has an account of its own"),
        ("prod: {}", "prod: {rotate: [nothing]}",
         'secrets: environments.prod.rotate has "nothing", expected a name that stands here'),
        ("prod: {}", "prod: {custom_domain: api}",
         'environments.prod.custom_domain: given "api", expected a name such as api.example.org'),
        ("prod: {}", "prod: {alert_email: me}",
         'environments.prod.alert_email: given "me", expected an address such as me@example.org'),
        ("prod: {}", "prod: {table_limits: {least_read_units: 9, most_read_units: 8}}",
         "environments.prod.table_limits.most_read_units: given 8, expected at least 9, the least"),
        ("prod: {}", "prod: {table_limits: {least_write_units: 41}}",
         "table_limits.most_write_units: 40 unless given, expected at least 41, the least"),
    ],
)  # fmt: skip
def test_what_a_manifest_may_not_say(old: str, new: str, sentence: str) -> None:
    """Each is one sentence that names the field."""
    text = APP.format(requests=10, prod="")
    assert old in text
    with pytest.raises(InputError) as caught:
        parse_manifest(text.replace(old, new), "app.yaml")
    assert sentence in str(caught.value)


def test_said_and_written_for_terraform(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`tenner env` says what there is, and gives Terraform the same choice."""

    def said(*words: str, requests: int = 6_659_681, prod: str = "") -> Any:
        text = APP.format(requests=requests, prod=prod)
        (tmp_path / "app.yaml").write_text(text, encoding="utf-8")
        assert cli.main(["env", str(tmp_path), *words]) == 0
        return capsys.readouterr().out

    assert (
        "On demand its requests cost $4.16 a month; provisioned with auto scaling $4.16" in said()
    )
    assert "The table is provisioned: it is cheaper for the stated load." in said()
    profile = json.loads(said("--format", "terraform"))["profile"]
    assert profile["billing_mode"] == "PROVISIONED"
    assert profile["auto_scaling"]["target_percent"] == 70
    assert profile["auto_scaling"]["cooldown_s"] == 60
    assert profile["log_retention_days"] == 30
    few = json.loads(said("--format", "terraform", requests=6_659_680))["profile"]
    assert few == {**profile, "billing_mode": "PAY_PER_REQUEST"}
    shown = json.loads(said("--format", "json", prod="custom_domain: api.example.org"))
    assert (shown["API"], shown["capacity"]["mode"]) == ("api.example.org", "provisioned")
    assert profile["deletion_protection"] is True
    may_go = json.loads(said("--format", "terraform", prod="deletion_protection: false"))["profile"]
    assert may_go == {**profile, "deletion_protection": False}
    assert "deletion        possible" in said(prod="deletion_protection: false")
    assert "rotation        90 days, 1 named" in said(prod="rotate: [own-key]")


def test_terraform_of_an_environment_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Terraform gets no profile of what the app has not."""
    (tmp_path / "app.yaml").write_text(APP.format(requests=1, prod=""), encoding="utf-8")
    words = ["env", str(tmp_path), "--environment", "staging"]
    assert cli.main(words) == 0
    assert cli.main([*words, "--format", "terraform"]) == 2
    assert capsys.readouterr().err == '--environment: given "staging", expected one of dev, prod\n'
