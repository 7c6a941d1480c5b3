"""What was spent beside the estimate: sums, the month at this pace, and what explains it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenner.errors import InputError
from tenner.estimate import Bill
from tenner.load import load_names
from tenner.shared_infra import parse_shared_infra, shared_workloads
from tenner.spend import Spending, per_month, spending
from tenner.spend_answers import parse_answers, spent_of
from tenner.spend_names import parse_names, without_region
from tenner.usage import Usage
from tenner.workload import ONE_PAYER, SHARED_ACCOUNT, Workload
from tests.cost_explorer import anomalies, costs, records, usage
from tests.fixtures_fleet import FLEET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import Catalog
    from tenner.spend_names import Names

TODAY = date(2026, 11, 21)
WHOLE = ("2026-11-01", "2026-12-01")


@pytest.fixture(scope="module")
def names(catalog: Catalog) -> Names:
    """What Cost Explorer calls what is in the catalog."""
    return load_names(catalog)


def workload(app: str, *used: tuple[str, str]) -> Workload:
    """An app that uses so much of some items."""
    usages = tuple(Usage(item, Decimal(quantity), "it", "so much") for item, quantity in used)
    return Workload(app, "dev", "us-east-1", SHARED_ACCOUNT, ONE_PAYER, usages)


def compared(
    answers: Sequence[Any],
    workloads: Sequence[Workload],
    catalog: Catalog,
    names: Names,
    budget: Decimal | None = None,
) -> Spending:
    """What was spent beside the estimate of some workloads, at list prices."""
    spent = spent_of(parse_answers(json.dumps(answers)), "answers")
    return spending(spent, Bill(catalog, workloads, "list"), names, TODAY, budget)


def test_pages_are_added_exactly(catalog: Catalog, names: Names) -> None:
    """Amounts of several pages and negative ones add up to the last digit AWS gives."""
    found = compared(
        [
            costs(("app$todo|AWS Lambda", "0.1000000001"), after="more"),
            costs(("app$todo|AWS Lambda", "0.2000000002"), ("app$|Tax", "-0.0000000004")),
        ],
        [],
        catalog,
        names,
    )
    assert found.total.so_far == Decimal("0.2999999999")
    assert [(row.app, row.so_far) for row in found.by_app] == [
        ("todo", Decimal("0.3000000003")),
        ("", Decimal("-0.0000000004")),
    ]


def test_days_of_one_question_are_added(catalog: Catalog, names: Names) -> None:
    """Daily answers are the same as one of the month."""
    first = costs(("app$todo|AWS Lambda", "1"), days=("2026-11-01", "2026-11-02"))
    second = costs(("app$todo|AWS Lambda", "2"), days=("2026-11-02", "2026-11-03"))
    first["ResultsByTime"] += second["ResultsByTime"]
    found = compared([first], [], catalog, names)
    assert (found.days, found.total.so_far, found.total.month) == (2, Decimal(3), Decimal(45))


@pytest.mark.parametrize(
    ("amount", "days", "of", "expected"),
    [
        ("0.30", 30, 30, "0.30"),
        ("0.29", 29, 30, "0.3"),
        ("1", 1, 31, "31"),
        ("1", 3, 31, "10.3333333333"),
        ("-2", 3, 31, "-20.6666666667"),
        ("0", 5, 28, "0"),
    ],
)
def test_the_month_at_this_pace(amount: str, days: int, of: int, expected: str) -> None:
    """The days so far are scaled to all of the month's, to ten digits; a whole month is itself."""
    assert per_month(Decimal(amount), days, of) == Decimal(expected)


@given(
    st.lists(st.decimals(-1000, 1000, places=10, allow_nan=False), min_size=1, max_size=8),
    st.integers(1, 31),
)
def test_rows_add_up_to_the_total(amounts: list[Decimal], days: int) -> None:
    """By app and by service, so far and at this pace, the rows add up to the total exactly."""
    rows = [(f"app$app-{n % 3}|Service {n % 4}", f"{each:f}") for n, each in enumerate(amounts)]
    end = "2026-11-01" if days == 31 else f"2026-10-{days + 1:02}"
    spent = spent_of([costs(*rows, days=("2026-10-01", end))], "answers")
    found = spending(spent, Bill(_CATALOG, []), _NAMES, TODAY)
    assert found.total.so_far == sum(amounts, Decimal(0))
    for added in (found.by_app, found.by_service, found.rows):
        assert sum((row.so_far for row in added), Decimal(0)) == found.total.so_far
        assert sum((row.month for row in added), Decimal(0)) == found.total.month


def test_the_estimate_is_split_by_who_bears_the_tag(catalog: Catalog, names: Names) -> None:
    """Own use is an app's, what is shared is the shared infrastructure's, and all adds up."""
    infra = parse_shared_infra(FLEET, "fleet.yaml")
    apps = [
        workload("todo", ("lambda/requests", "3000000"), ("kms/symmetric_requests", "10000")),
        workload("pip", ("lambda/requests", "1000000"), ("api_gateway/http_requests", "3000000")),
    ]
    bill = Bill(catalog, [*apps, *shared_workloads(infra)], "always-free")
    found = spending(spent_of([costs()], "answers"), bill, names, TODAY)
    # 4,000,000 requests less the million that is free cost 3 × $0.20, three quarters of it todo's;
    # two secrets in each of two environments 4 × $0.40; KMS is within its 20,000. The API's
    # requests of pip are billed on the shared API: 3,000,000 × $1 a million.
    # The two guards run 1,460 times a month and so share in the requests; 2,920 reads of theirs
    # cost $0.125 a million.
    requests = Decimal(4_001_460)
    each = (requests - 1_000_000) * Decimal("0.0000002") / requests
    assert [(row.app, row.service, round(row.estimate, 9)) for row in found.rows] == [
        ("pip", "AWS Lambda", round(1_000_000 * each, 9)),
        ("shared", "AWS Lambda", round(1460 * each, 9)),
        ("shared", "AWS Secrets Manager", Decimal("1.6")),
        ("shared", "Amazon API Gateway", Decimal(3)),
        ("shared", "Amazon DynamoDB", Decimal("0.000365")),
        ("todo", "AWS Lambda", round(3_000_000 * each, 9)),
    ]
    assert found.total.estimate == bill.total == Decimal("5.200657")


@pytest.mark.parametrize(
    ("item", "shared", "own"),
    [
        ("lambda/requests", "todo", "todo"),
        ("cloudwatch_logs/ingest_lambda", "todo", "todo"),
        ("dynamodb/on_demand_reads", "shared", "todo"),
        ("cognito/lite", "shared", "todo"),
        ("kms/symmetric_requests", "", ""),
        ("bedrock/nova_micro_input", "", ""),
    ],
)
def test_whose_tag_use_bears(names: Names, item: str, shared: str, own: str) -> None:
    """In the shared account some of it is the shared infrastructure's, or nobody's."""
    used = workload("todo")
    assert names.bearer(item, used) == shared
    assert names.bearer(item, used._replace(account="todo-prod")) == own


def test_use_that_differs_is_named(catalog: Catalog, names: Names) -> None:
    """Quantities at this pace stand beside the manifest's, with the difference by the list."""
    found = compared(
        [
            costs(("app$todo|AWS Lambda", "0.40")),
            usage(("app$todo|EUC1-Request", "1500000"), ("app$todo|Request", "500000")),
        ],
        [workload("todo", ("lambda/requests", "100000"), ("lambda/duration_arm64", "1000"))],
        catalog,
        names,
    )
    # 2,000,000 in 20 of 30 days are 3,000,000: 2,900,000 × $0.20 a million more. Of duration none
    # was seen: 1,000 × $0.0000133334 less, which is more than half a cent.
    assert [(each.item.key, each.real, each.estimated, each.usd) for each in found.reasons] == [
        ("lambda/requests", Decimal(3_000_000), Decimal(100_000), Decimal("0.58")),
        ("lambda/duration_arm64", Decimal(0), Decimal(1000), Decimal("-0.0133334")),
    ]


@pytest.mark.parametrize(("requests", "is_named"), [("25000", True), ("24999", False)])
def test_half_a_cent_is_named(
    catalog: Catalog, names: Names, requests: str, is_named: bool
) -> None:
    """25,000 requests at $0.20 a million are half a cent; one less is not."""
    answers = [costs(days=WHOLE), usage(("app$todo|Request", requests), days=WHOLE)]
    assert bool(compared(answers, [], catalog, names).reasons) is is_named


def test_a_usage_type_of_two_services(names: Names) -> None:
    """`TimedStorage-ByteHrs` is of DynamoDB, S3 and ECR: the app's costs say which, or nothing."""
    of = names.item_of
    assert of("TimedStorage-ByteHrs", {"Amazon DynamoDB"}) == "dynamodb/storage_standard"
    assert of("USW2-TimedStorage-ByteHrs", {"Amazon Simple Storage Service"}) == (
        "s3/storage_standard"
    )
    assert of("TimedStorage-ByteHrs", {"Amazon DynamoDB", "Amazon Simple Storage Service"}) == ""
    assert of("TimedStorage-ByteHrs", set()) == ""
    assert of("USE1-Nobody-Knows", {"AWS Lambda"}) == ""


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Request", "Request"),
        ("USE1-ApiGatewayHttpRequest", "ApiGatewayHttpRequest"),
        ("EU-Request", "Request"),
        ("us-east-1-KMS-Requests", "KMS-Requests"),
        ("Lambda-GB-Second-ARM", "Lambda-GB-Second-ARM"),
        ("CW:AlarmMonitorUsage", "CW:AlarmMonitorUsage"),
    ],
)
def test_regions_are_left_out(given_: str, expected: str) -> None:
    """A usage type begins with its region, or with none in us-east-1."""
    assert without_region(given_) == expected


def test_names_of_services(catalog: Catalog, names: Names) -> None:
    """Every service has a name in Cost Explorer, and every name is of something there is."""
    assert {service for service in catalog.services if names.of_item(service) == service} == set()
    for named in names.items:
        service, _, item = named.partition("/")
        assert not item or item in catalog.services[service].items
    assert names.of_item("vpc/nat_gateway") == "EC2 - Other"
    assert names.of_item("vpc/public_ipv4") == "Amazon Virtual Private Cloud"
    assert names.of_service("Claude Opus 5.5 (Amazon Bedrock Edition)") == "Amazon Bedrock"
    assert names.of_service("CloudWatch Events") == "Amazon EventBridge"
    assert names.of_service("Tax") == "Tax"


def test_names_file_with_defects(catalog: Catalog) -> None:
    """A wrong catalog file is told with line and key."""
    with pytest.raises(InputError) as error:
        parse_names("services:\n  AWS Lambda: {items: []}\n", "ce.yaml", catalog.services)
    assert str(error.value).splitlines() == [
        'ce.yaml: line 2: services."AWS Lambda".items: given an empty list, expected at least one',
        'ce.yaml: line 2: services."AWS Lambda".source: missing; expected a value',
        'ce.yaml: line 2: services."AWS Lambda".checked: missing; expected a value',
    ]


def test_credits_stand_apart(catalog: Catalog, names: Names) -> None:
    """What the record types sum to beyond the costs is credits and the like; it isn't scaled."""
    answers = [costs(("app$todo|AWS Lambda", "2.50")), records(("Usage", "2.50"))]
    assert compared(answers, [], catalog, names).credits == 0
    answers = [answers[0], records(("Usage", "2.50"), ("Credit", "-2.25"), ("Refund", "-1"))]
    found = compared(answers, [], catalog, names)
    assert (found.credits, found.total.so_far) == (Decimal("-3.25"), Decimal("2.50"))


@pytest.mark.parametrize(
    ("budget", "is_over"), [("3.75", False), ("3.74", True), ("3.76", False), (None, False)]
)
def test_the_budget(catalog: Catalog, names: Names, budget: str | None, is_over: bool) -> None:
    """$2.50 in 20 of 30 days are $3.75 a month: just the budget is not over it."""
    limit = Decimal(budget) if budget else None
    found = compared([costs(("app$todo|AWS Lambda", "2.50"))], [], catalog, names, limit)
    assert (found.is_over_budget, found.needs_a_person) == (is_over, is_over)


def test_what_needs_a_person(catalog: Catalog, names: Names) -> None:
    """An anomaly does, and a tag that no cost bears; apps that nobody registered are named."""
    tagged = costs(("app$old|AWS Lambda", "0.01"))
    assert not compared([tagged, anomalies()], [], catalog, names).needs_a_person
    found = compared([tagged, anomalies(0.1, 2.5)], [], catalog, names)
    assert found.needs_a_person
    assert found.unregistered == ["old"]
    untagged = compared([costs(("app$|AWS Lambda", "0.01"))], [], catalog, names)
    assert (untagged.is_tagged, untagged.needs_a_person) == (False, True)
    nothing = compared([costs()], [], catalog, names)
    assert (nothing.is_tagged, nothing.needs_a_person) == (True, False)


@pytest.mark.parametrize(("end", "includes"), [("2026-11-21", False), ("2026-11-22", True)])
def test_a_day_that_is_not_over(catalog: Catalog, names: Names, end: str, includes: bool) -> None:
    """Answers up to yesterday are of whole days; today's is not over."""
    answers = [costs(days=("2026-11-01", end))]
    assert compared(answers, [], catalog, names).includes_today is includes


def broken(**changes: Any) -> dict[str, Any]:
    """A page of costs with something else in it."""
    return {**costs(("app$todo|AWS Lambda", "1")), **changes}


def with_amount(amount: Any, unit: str = "USD") -> dict[str, Any]:
    """A page of costs with one amount."""
    page = costs(("app$todo|AWS Lambda", "1"))
    metrics = {"UnblendedCost": {"Amount": amount, "Unit": unit}}
    page["ResultsByTime"][0]["Groups"][0]["Metrics"] = metrics
    return page


_WHAT = (
    "expected answers of Cost Explorer: GetCostAndUsage by tag app and SERVICE, by tag app and "
    "USAGE_TYPE, by RECORD_TYPE, or GetAnomalies"
)
OTHER_DAYS = (
    "given answers of 2026-11-01 to 2026-11-21 and 2026-11-01 to 2026-12-01, expected all of the "
    "same days"
)
_METRIC = "0.ResultsByTime.0.Groups.0.Metrics.UnblendedCost"


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([], "given no costs by tag app and SERVICE, expected that answer at least"),
        (["text"], f'0: given "text", {_WHAT}'),
        ([{"Total": 1}], f"0: {_WHAT}"),
        (
            [broken(GroupDefinitions=[{"Type": "DIMENSION", "Key": "AZ"}])],
            f"0.GroupDefinitions: given DIMENSION AZ, {_WHAT}",
        ),
        ([broken(GroupDefinitions=[])], f"0.GroupDefinitions: given nothing, {_WHAT}"),
        ([broken(GroupDefinitions=3)], "0.GroupDefinitions: given 3, expected a list"),
        ([broken(ResultsByTime={})], "0.ResultsByTime: given an empty mapping, expected a list"),
        (
            [broken(NextPageToken="more")],
            "DIMENSION SERVICE and TAG app goes on: it has a NextPageToken; expected all pages",
        ),
        (
            [costs(), costs()],
            "given DIMENSION SERVICE and TAG app 2 times, expected it once",
        ),
        ([with_amount("1", "EUR")], f'{_METRIC}: given "EUR", expected USD'),
        ([with_amount("many")], f'{_METRIC}: given "many", expected an amount'),
        ([with_amount("NaN")], f'{_METRIC}: given "NaN", expected an amount'),
        ([with_amount("1e-99")], f'{_METRIC}: given "1e-99", expected an amount'),
        ([with_amount(None)], f"{_METRIC}: given nothing, expected an amount"),
        (
            [costs(days=("2026-10-31", "2026-11-02"))],
            "given 2026-10-31 to 2026-11-02, expected days of one month",
        ),
        (
            [costs(days=("2026-11-01", "2026-11-01"))],
            "given 2026-11-01 to 2026-11-01, expected days of one month",
        ),
        (
            [costs(days=("yesterday", "2026-11-01"))],
            '0.ResultsByTime.0.Start: given "yesterday", expected a date',
        ),
        (
            [costs(), usage(days=WHOLE)],
            OTHER_DAYS,
        ),
        (
            [costs(), {"Anomalies": [{}]}],
            "1.Anomalies.0.Impact: given nothing, expected a mapping",
        ),
    ],
)
def test_what_is_no_answer(answers: list[Any], message: str) -> None:
    """Each wrong answer is one sentence that names the place."""
    with pytest.raises(InputError) as error:
        spent_of(answers, "saved.json")
    assert str(error.value) == f"saved.json: {message}"


@pytest.fixture(autouse=True, scope="module")
def _for_hypothesis(catalog: Catalog, names: Names) -> None:
    """Keep the catalog where a test of many examples finds it."""
    globals().update(_CATALOG=catalog, _NAMES=names)


_CATALOG: Any = None
_NAMES: Any = None
