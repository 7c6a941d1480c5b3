"""Each kind of resource knows its usage; the expected money is rebuilt by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.errors import InputError
from tenner.estimate import Bill
from tenner.kinds import KINDS
from tenner.money import cents
from tenner.system import parse_system

if TYPE_CHECKING:
    from tenner.catalog import Catalog

CASES = [
    ("alarm", "alarms: 12\nmetrics_per_alarm: 2", "2.40"),
    ("alarm", "alarms: 2\nresolution: high_resolution", "0.60"),
    (
        "aurora_serverless",
        (
            "acu_hours_per_month: 6480\nstored_gb: 500\nio_requests_per_month: 200000000\n"
            "backup_gb: 500"
        ),
        "867.60",  # 777.60 + 50 + 40, and no backup above the cluster's own size
    ),
    (
        "aurora_serverless",
        (
            "acu_hours_per_month: 6480\nstored_gb: 500\nio_requests_per_month: 200000000\n"
            "backup_gb: 600\nio_optimized: true"
        ),
        "1151.40",  # 6,480 × 0.16 + 500 × 0.225 + 100 × 0.021
    ),
    (
        "bedrock_model",
        (
            "model: anthropic.claude-3-haiku-20240307-v1:0\nrequests_per_month: 1000\n"
            "input_tokens_per_request: 200\noutput_tokens_per_request: 1500\ncache_hit_percent: 90"
        ),
        "0.19",  # 100 × (200 × 0.25 + 1,500 × 1.25) / 1,000,000
    ),
    ("bucket", "stored_gb: 100", "2.30"),
    (
        "bucket",
        "stored_gb: 100\nstorage_class: glacier_deep_archive\ntransitions_per_month: 10000",
        "0.60",  # 0.099 + 0.50
    ),
    (
        "bucket",
        (
            "stored_gb: 10\nstorage_class: standard_ia\nretrieved_gb_per_month: 5\n"
            "get_requests_per_month: 2000\nput_requests_per_month: 1000"
        ),
        "0.19",  # 0.125 + 0.05 + 0.002 + 0.01
    ),
    (
        "bucket",
        "stored_gb: 10\nstorage_class: intelligent_tiering_frequent\nobjects: 100000",
        "0.48",
    ),
    ("budget", "monitoring_budgets: 5\naction_budget_days_per_month: 30", "3.00"),
    ("cloudtrail", "data_events_per_month: 1000000", "1.00"),
    ("cloudtrail", "copied_management_events_per_month: 1000000", "20.00"),
    ("contributor_insights", "watches: dynamodb\nrules: 2\nevents_per_month: 1000000", "1.03"),
    ("cost_explorer", "api_requests_per_month: 30", "0.30"),
    ("dashboard", "dashboards: 4", "12.00"),
    ("data_transfer", "out_gb_per_month: 100\ncross_zone_gb_per_month: 50", "10.00"),
    ("distribution", "requests_per_month: 100000\nout_gb_per_month: 20", "1.80"),
    ("ecr_repository", "image_gb: 2\nversions: 5\nenhanced_scans_per_month: 10", "1.90"),
    ("eventbridge", "custom_events_per_month: 2000000\npipe_requests_per_month: 1000000", "2.40"),
    ("fargate_service", "tasks: 2\nvcpu: 0.5\nmemory_gb: 1", "36.04"),
    ("fargate_service", "tasks: 2\nvcpu: 0.5\nmemory_gb: 1\nspot_percent: 100", "18.02"),
    (
        "fargate_service",
        (
            "tasks: 1\nvcpu: 1\nmemory_gb: 2\narchitecture: arm64\nstorage_gb: 30\n"
            "public_ipv4_per_task: 1"
        ),
        "33.30",  # 23.6374 + 5.1976 + 10 × 730 × 0.000111 + 3.65
    ),
    (
        "function",
        (
            "memory_mb: 512\nduration_ms: 500\nadded_duration_ms: 50\nrequests_per_month: 2000000\n"
            "provisioned_instances: 10"
        ),
        "60.50",  # 0.40 + 13,140,000 × 0.0000041667 + 550,000 × 0.0000097222
    ),
    ("function", "memory_mb: 1024\nduration_ms: 3000\nrequests_per_month: 1000", "0.05"),
    (
        "function",
        (
            "memory_mb: 512\nduration_ms: 1000\nrequests_per_month: 1000000\narchitecture: arm64\n"
            "ephemeral_storage_mb: 10240"
        ),
        "7.16",  # 0.20 + 500,000 × 0.0000133334 + 1,000,000 × 9.5 × 0.0000000309
    ),
    ("hosted_zone", "zones: 26\nqueries_per_month: 1000000", "13.00"),  # 25 × 0.5 + 0.1 + 0.4
    ("http_api", "requests_per_month: 10000000", "10.00"),
    ("http_api", "requests_per_month: 1000000\nbytes_per_request: 524289", "2.00"),
    ("interface_endpoint", "endpoints: 1\nzones: 2\ndata_gb_per_month: 10", "14.70"),
    ("kms_key", "customer_managed_keys: 2\nrequests_per_month: 500000", "3.50"),
    ("load_balancer", "balancers: 1\nlcu: 1", "29.57"),  # 16.425 + 5.84 + 7.30
    ("log_group", "ingested_gb_per_month: 50\nstored_gb: 100", "28.00"),
    ("log_group", "ingested_gb_per_month: 50\nstored_gb: 0\ninfrequent_access: true", "12.50"),
    ("metric", "custom_metrics: 50", "15.00"),
    ("nat_gateway", "gateways: 1\ndata_gb_per_month: 100", "41.00"),  # 32.85 + 4.50 + 3.65
    ("parameter", "advanced_parameters: 10\nsecure_reads_per_month: 10000", "0.54"),
    ("public_ipv4", "addresses: 1", "3.65"),
    ("queue", "requests_per_month: 1000000\nfifo: true", "0.50"),
    ("rds_instance", "instance_class: db.t4g.micro\ninstances: 1\nstored_gb: 20", "13.98"),
    ("rest_api", "requests_per_month: 10000000", "35.00"),
    ("rest_api_cache", "size_gb: 0.5", "14.60"),
    ("secret", "secrets: 3\napi_calls_per_month: 100000", "1.70"),
    ("step_functions", "executions_per_month: 1000\ntransitions_per_execution: 10", "0.25"),
    (
        "step_functions",
        "executions_per_month: 1000000\nexpress_duration_ms: 1000\nexpress_memory_mb: 64",
        "2.04",  # 1.00 + 62,500 × 0.00001667
    ),
    (
        "table_auto_scaled",
        (
            "read_units_per_second: 70.1\nleast_read_capacity: 10\nmost_read_capacity: 1000\n"
            "write_units_per_second: 1\nleast_write_capacity: 5\nmost_write_capacity: 40\n"
            "stored_gb: 10\ntarget_percent: 70\npoint_in_time_recovery: true"
        ),
        "16.46",  # 101 × 730 × 0.00013 + 5 × 730 × 0.00065 + 2.50 + 2.00
    ),
    (
        "table_on_demand",
        "read_units_per_month: 25000\nwrite_units_per_month: 5000\nstored_gb: 0.1",
        "0.03",
    ),
    (
        "table_provisioned",
        "read_capacity_units: 28\nwrite_capacity_units: 53\nstored_gb: 0",
        "27.81",
    ),
    (
        "table_provisioned",
        (
            "read_capacity_units: 265\nwrite_capacity_units: 515\nstored_gb: 10\n"
            "point_in_time_recovery: true"
        ),
        "274.02",  # 25.1485 + 244.3675 + 2.50 + 2.00
    ),
    ("topic", "publishes_per_month: 1000000\nhttp_deliveries_per_month: 1000000", "1.10"),
    ("user_pool", "plan: legacy\nmonthly_active_users: 10000\nadvanced_security: true", "555.00"),
    ("user_pool", "plan: plus\nmonthly_active_users: 10000\nfederated_users: 100", "201.50"),
    ("user_pool", "plan: essentials\nmonthly_active_users: 20000", "300.00"),
]


def system_text(kind: str, fields: str, grows: str = "fixed") -> str:
    """Write a system of one resource."""
    lines = "".join(f"    {line}\n" for line in fields.splitlines())
    return (
        "system: one\ntitle: One resource\ndrivers: {users: 100}\nresources:\n  thing:\n"
        f"    kind: {kind}\n    grows: {grows}\n{lines}variants:\n  only-one: {{summary: alone}}\n"
    )


def listed(catalog: Catalog, text: str, **drivers: int) -> Decimal:
    """Price a system's only variant without any free tier."""
    system = parse_system(text, "one.yaml")
    sizes = {name: Decimal(value) for name, value in drivers.items()}
    return Bill(catalog, [system.workload(catalog, system.first, sizes)], "list").total


@pytest.mark.parametrize(("kind", "fields", "usd"), CASES)
def test_list_price(catalog: Catalog, kind: str, fields: str, usd: str) -> None:
    """One resource, without free tiers, costs what a person computes from the price list."""
    assert cents(listed(catalog, system_text(kind, fields))) == f"${Decimal(usd):,.2f}"


def test_every_kind_has_a_case() -> None:
    """No kind is left without a price that was computed by hand."""
    assert {kind for kind, _, _ in CASES} == set(KINDS)


def test_every_growing_field_exists() -> None:
    """What a kind says grows are fields of it."""
    for kind in KINDS.values():
        assert set(kind.FLOWS) | set(kind.PEAKS) <= set(kind.model_fields)


@pytest.mark.parametrize(
    ("users", "tasks"), [(100, 2), (101, 3), (150, 3), (151, 4), (50, 1), (1000, 20)]
)
def test_peaks_are_whole(catalog: Catalog, users: int, tasks: int) -> None:
    """What is held ready for the peak grows in whole tasks, from the first user above a step."""
    text = system_text(
        "fargate_service", "tasks: 2\nvcpu: 1\nmemory_gb: 1", "{how: per_peak, by: users}"
    )
    expected = tasks * 730 * (Decimal("0.04048") + Decimal("0.004445"))
    assert listed(catalog, text, users=users) == expected


@pytest.mark.parametrize(("users", "gateways"), [(1, 2), (1000, 2), (1001, 3), (1500, 3)])
def test_steps_never_fall_below_what_is_stated(catalog: Catalog, users: int, gateways: int) -> None:
    """One gateway is held ready for every 500 users, and never fewer than two."""
    text = system_text(
        "nat_gateway",
        "gateways: 2\ndata_gb_per_month: 0",
        "{how: stepped, by: users, one_per: 500}",
    )
    assert listed(catalog, text, users=users) == gateways * 730 * Decimal("0.05")


def test_steps_follow_what_arrives(catalog: Catalog) -> None:
    """Of a growth from 100 to 2,100, a half arrives: 1,100 users have three gateways, not five."""
    text = system_text(
        "nat_gateway",
        "gateways: 1\ndata_gb_per_month: 0",
        "{how: stepped, by: users, one_per: 500, percent: 50}",
    )
    assert listed(catalog, text, users=2100) == 3 * 730 * Decimal("0.05")


@pytest.mark.parametrize(("users", "alarms"), [(150, 5), (10, 1), (100, 3), (101, 4)])
def test_counts_are_rounded_up(catalog: Catalog, users: int, alarms: int) -> None:
    """Three alarms for 100 users are five for 150, and never none."""
    text = system_text("alarm", "alarms: 3", "{how: linear, by: users}")
    assert listed(catalog, text, users=users) == alarms * Decimal("0.10")


@pytest.mark.parametrize(
    ("requests", "on_demand"), [(2_628_000, 0), (2_628_001, 1), (10_000_000, 7_372_000)]
)
def test_what_provisioned_instances_cannot_serve_is_on_demand(
    catalog: Catalog, requests: int, on_demand: int
) -> None:
    """One instance is busy for 730 × 3,600 s at most, at 1 GB and 1 s a request."""
    text = system_text(
        "function",
        f"memory_mb: 1024\nduration_ms: 1000\nrequests_per_month: {requests}\n"
        "provisioned_instances: 1",
    )
    assert listed(catalog, text) == (
        requests * Decimal("0.0000002")
        + 2_628_000 * (Decimal("0.0000041667") + Decimal("0.0000097222"))
        + on_demand * Decimal("0.0000166667")
    )


def test_linear_growth_in_part(catalog: Catalog) -> None:
    """Of a growth by 400 %, 62.5 % arrives: 1,000,000 requests become 3,500,000."""
    text = system_text(
        "http_api", "requests_per_month: 1000000", "{how: linear, by: users, percent: 62.5}"
    )
    assert listed(catalog, text, users=500) == Decimal("3.5")


@pytest.mark.parametrize(
    ("users", "reads", "writes"),
    [(1, 10, 5), (100, 100, 5), (101, 101, 5), (180, 180, 8), (181, 180, 8), (10**6, 180, 25)],
)
def test_auto_scaling_stays_within_its_bounds(
    catalog: Catalog, users: int, reads: int, writes: int
) -> None:
    """Capacity follows the load in whole units, and never leaves the floor and the ceiling."""
    text = system_text(
        "table_auto_scaled",
        "read_units_per_second: 70\nleast_read_capacity: 10\nmost_read_capacity: 180\n"
        "write_units_per_second: 3\nleast_write_capacity: 5\nmost_write_capacity: 25\n"
        "target_percent: 70\nstored_gb: 0",
        "{how: linear, by: users}",
    )
    expected = 730 * (reads * Decimal("0.00013") + writes * Decimal("0.00065"))
    assert listed(catalog, text, users=users) == expected


@pytest.mark.parametrize(
    ("duration_ms", "memory_mb", "gb_seconds"),
    [
        (100, 64, "0.00625"),
        (101, 64, "0.0125"),
        (99, 65, "0.0125"),
        (801, 1200, "1.06875"),
        (0, 64, "0"),
    ],
)
def test_express_workflows_are_billed_in_steps(
    catalog: Catalog, duration_ms: int, memory_mb: int, gb_seconds: str
) -> None:
    """An express workflow's duration counts in steps of 100 ms, its memory in chunks of 64 MB."""
    fields = (
        f"executions_per_month: 1000\nexpress_duration_ms: {duration_ms}\n"
        f"express_memory_mb: {memory_mb}"
    )
    expected = Decimal("0.001") + 1000 * Decimal(gb_seconds) * Decimal("0.00001667")
    assert listed(catalog, system_text("step_functions", fields)) == expected


@pytest.mark.parametrize(("size", "chunks"), [(0, 1), (1, 1), (65536, 1), (65537, 2), (262144, 4)])
def test_messages_are_billed_in_chunks(catalog: Catalog, size: int, chunks: int) -> None:
    """A message of more than 64 KB is several requests, to a queue and to a topic."""
    queue = f"requests_per_month: 1000000\nbytes_per_request: {size}"
    topic = f"publishes_per_month: 1000000\nbytes_per_publish: {size}"
    assert listed(catalog, system_text("queue", queue)) == chunks * Decimal("0.4")
    assert listed(catalog, system_text("topic", topic)) == chunks * Decimal("0.5")


def test_interactions_with_advanced_parameters(catalog: Catalog) -> None:
    """Reading advanced parameters costs $0.05 for 10,000 interactions."""
    fields = "advanced_parameters: 1\nbilled_interactions_per_month: 100000"
    assert listed(catalog, system_text("parameter", fields)) == Decimal("0.5511")


def test_growth_that_does_not_divide(catalog: Catalog) -> None:
    """A third of a request is rounded up to a millionth, never lost and never endless."""
    text = system_text("http_api", "requests_per_month: 1", "{how: linear, by: users}").replace(
        "users: 100", "users: 3"
    )
    assert listed(catalog, text, users=1) == Decimal("0.333334") / 1_000_000


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("function", "memory_mb: 64", "memory_mb: given 64, expected at least 128"),
        ("rest_api_cache", "size_gb: 1", "size_gb: given 1, expected one of 0.5, 1.6, 6.1"),
        (
            "user_pool",
            "plan: plus\nmonthly_active_users: 1\nadvanced_security: true",
            "advanced_security: given true, expected false: only a legacy pool adds it",
        ),
        (
            "bucket",
            "stored_gb: 1\nstorage_class: one_zone_ia\nretrieved_gb_per_month: 1",
            "retrieved_gb_per_month: given 1, expected 0: no price for one_zone_ia",
        ),
        ("step_functions", "executions_per_month: 1", "expected transitions_per_execution, or"),
        ("nat_gateway", "gateways: 1.5", "gateways: given 1.5, expected a whole number"),
        ("lambda", "", 'kind: given "lambda"; expected one of alarm, aurora_serverless'),
        ("queue", "requests_per_month: -1", "given -1, expected at least 0"),
        ("budget", "alerts_at_percent: [80, 0]", "alerts_at_percent.1: given 0, expected more"),
        (
            "table_auto_scaled",
            (
                "read_units_per_second: 1\nleast_read_capacity: 5\nmost_read_capacity: 4\n"
                "write_units_per_second: 1\nleast_write_capacity: 5\nmost_write_capacity: 5\n"
                "target_percent: 70\nstored_gb: 0"
            ),
            "most_read_capacity: given 4, expected at least 5",
        ),
    ],
)
def test_refused(kind: str, fields: str, message: str) -> None:
    """A field that is wrong for its kind is refused with its line and key path."""
    with pytest.raises(InputError) as caught:
        parse_system(system_text(kind, fields), "one.yaml")
    assert str(caught.value).startswith("one.yaml: line ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("grows", "message"),
    [
        ("{how: linear}", "grows.by: given nothing, expected the driver that it grows by"),
        ("{how: fixed, by: users}", 'grows.by: given "users", expected none with fixed'),
        ("{how: stepped, by: users}", "grows.one_per: expected with stepped, and only there"),
        ("{how: linear, by: apps}", 'grows.by: given "apps", expected one of users'),
        ("slowly", 'grows: given "slowly", expected a mapping of keys to values'),
    ],
)
def test_growth_refused(grows: str, message: str) -> None:
    """A resource that does not say how it grows is refused."""
    with pytest.raises(InputError) as caught:
        parse_system(system_text("queue", "requests_per_month: 1", grows), "one.yaml")
    assert f"resources.thing.{message}" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "fields", "how", "words"),
    [
        ("dashboard", "dashboards: 1", "linear", "fixed"),
        ("public_ipv4", "addresses: 1", "linear", "fixed or per_peak or stepped"),
        ("queue", "requests_per_month: 1", "stepped, one_per: 5", "fixed or linear"),
    ],
)
def test_growth_that_nothing_follows(kind: str, fields: str, how: str, words: str) -> None:
    """A resource that would stay as it is, whatever its driver does, says that it is fixed."""
    with pytest.raises(InputError) as caught:
        parse_system(system_text(kind, fields, f"{{by: users, how: {how}}}"), "one.yaml")
    given = how.partition(",")[0]
    assert str(caught.value).endswith(
        f'resources.thing.grows.how: given "{given}", which no field of this kind follows; '
        f"expected {words}"
    )
