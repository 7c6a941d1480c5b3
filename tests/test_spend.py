"""What was spent beside the estimate: sums, the month at this pace, and what explains it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tenner.errors import InputError
from tenner.estimate import Bill
from tenner.load import load_names
from tenner.manifest import parse_manifest
from tenner.money import exact_text
from tenner.report_spend import write_spending
from tenner.shared_infra import parse_shared_infra, shared_workloads
from tenner.spend import Spending, only, spending
from tenner.spend_answers import parse_answers, per_month, spent_of
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
    bill = Bill(catalog, [*apps, *shared_workloads(infra, catalog)], "always-free")
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


TODO = """\
schema_version: 1
app: todo
owner: me
region: us-east-1
environments: {dev: {}}
functions:
  api:
    trigger: http_api
    memory_mb: 256
    timeout_s: 20
    use: {requests_per_month: 100000, duration_ms: 100, reads_per_request: 2}
  nightly:
    trigger: schedule
    schedule: rate(1 day)
    memory_mb: 256
    timeout_s: 20
    use: {requests_per_month: 300, duration_ms: 50}
"""


def lines(
    answers: Sequence[Any],
    used: Sequence[tuple[str, str]],
    catalog: Catalog,
    names: Names,
    apps: Sequence[str] = ("todo",),
) -> dict[str, list[tuple[str, str, str]]]:
    """The lines to change, by item: app, key, and what would fit."""
    manifests = [parse_manifest(TODO.replace("todo", app), "app.yaml") for app in apps]
    spent = spent_of(parse_answers(json.dumps(answers)), "answers")
    bill = Bill(catalog, [workload(app, *used) for app in apps], "list")
    found = spending(spent, bill, names, TODAY, manifests=manifests)
    return {
        reason.item.key: [
            (line.app, line.key, exact_text(line.to) if line.to is not None else "")
            for line in reason.lines
        ]
        for reason in found.reasons
    }


def test_lines_to_change(catalog: Catalog, names: Names) -> None:
    """Requests are scaled as AWS counts them, and what one request takes by what is left."""
    used = [("lambda/requests", "100300"), ("lambda/duration_arm64", "2503.75")]
    answers = [
        costs(("app$todo|AWS Lambda", "5")),
        usage(("app$todo|Request", "2006000"), ("app$todo|Lambda-GB-Second-ARM", "150225")),
    ]
    # 2,006,000 in 20 days are 3,009,000 in 30, 30 times as many; 150,225 GB-s are 225,337.5, 90
    # times as many, which is 3 times as long a run.
    assert lines(answers, used, catalog, names) == {
        "lambda/requests": [
            ("todo", "functions.api.use.requests_per_month", "3000000"),
            ("todo", "functions.nightly.use.requests_per_month", "9000"),
        ],
        "lambda/duration_arm64": [
            ("todo", "functions.api.use.duration_ms", "300"),
            ("todo", "functions.nightly.use.duration_ms", "150"),
        ],
    }


@pytest.mark.parametrize(("seconds", "is_named"), [("52578.75", False), ("52580", True)])
def test_requests_explain_the_duration(
    catalog: Catalog, names: Names, seconds: str, is_named: bool
) -> None:
    """Runs that are up to 5 % longer are not named: 30 times as many take 75,112.5 GB-s."""
    used = [("lambda/requests", "100300"), ("lambda/duration_arm64", "2503.75")]
    answers = [
        costs(("app$todo|AWS Lambda", "5")),
        usage(("app$todo|Request", "2006000"), ("app$todo|Lambda-GB-Second-ARM", seconds)),
    ]
    found = lines(answers, used, catalog, names)
    assert bool(found["lambda/duration_arm64"]) is is_named


def test_lines_of_several_apps(catalog: Catalog, names: Names) -> None:
    """Of what two apps use of the one API nobody knows whose it is: their lines have no figure."""
    answers = [
        costs(("app$shared|Amazon API Gateway", "5")),
        usage(("app$shared|USE1-ApiGatewayHttpRequest", "2000000")),
    ]
    used = [("api_gateway/http_requests", "1000")]
    key = "functions.api.use.requests_per_month"
    assert lines(answers, used, catalog, names, ("todo", "pip")) == {
        "api_gateway/http_requests": [("pip", key, ""), ("todo", key, "")]
    }
    assert lines(answers, used, catalog, names) == {
        "api_gateway/http_requests": [("todo", key, "300000000")]
    }


def test_use_that_no_line_states(catalog: Catalog, names: Names) -> None:
    """A queue of an app without one, an app that nobody registered, and a line with 0."""
    answers = [
        costs(("app$todo|Amazon Simple Queue Service", "5"), ("app$old|AWS Lambda", "1")),
        usage(
            ("app$todo|Requests-RBP", "9000000"),
            ("app$old|Request", "9000000"),
            ("app$shared|ReadRequestUnits", "9000000"),
        ),
    ]
    used = [("dynamodb/on_demand_reads", "200000")]
    found = lines(answers, used, catalog, names)
    assert found["lambda/requests"] == []
    assert found.get("sqs/standard", []) == []
    # 13,500,000 reads a month are 67.5 times 200,000; the job reads nothing so far
    assert found["dynamodb/on_demand_reads"] == [
        ("todo", "functions.api.use.reads_per_request", "135"),
        ("todo", "functions.nightly.use.reads_per_request", ""),
    ]


@pytest.mark.parametrize(("apps", "is_long"), [(20, True), (21, False)])
def test_a_hundred_apps_are_readable(
    catalog: Catalog, names: Names, apps: int, is_long: bool
) -> None:
    """Of more than 20 apps a person sees no services, and of more than 20 reasons the dearest."""
    answers = [
        costs(*((f"app$app-{n:02}|AWS Lambda", f"0.{n:02}") for n in range(apps))),
        usage(*((f"app$app-{n:02}|Request", f"{n + 1}00000") for n in range(apps))),
    ]
    found = compared(answers, [], catalog, names)
    text = write_spending(found, "spend", "text")
    assert found.by_app[0].app == f"app-{apps - 1:02}"
    assert ("  · AWS Lambda" in text) is is_long
    assert ("  and 1 more: --app NAME and --format json say them" in text) is not is_long
    assert "  app-01: Lambda, Requests:" in text
    assert ("  app-00: Lambda, Requests:" in text) is is_long
    one = write_spending(only(found, ["app-00"]), "spend", "text")
    assert "  app-00: Lambda, Requests:" in one
    assert "app-01" not in one


def test_what_is_charged_once(catalog: Catalog, names: Names) -> None:
    """A hosted zone is charged on the first day for the whole month, and is not scaled."""
    answers = [
        costs(("app$shared|Amazon Route 53", "0.52"), days=("2026-11-01", "2026-11-02")),
        usage(
            ("app$shared|HostedZone", "1 for 0.50"),
            ("app$shared|DNS-Queries", "50000 for 0.02"),
            days=("2026-11-01", "2026-11-02"),
        ),
    ]
    found = compared(answers, [], catalog, names, Decimal(2))
    assert found.total.month == Decimal("0.50") + 30 * Decimal("0.02")
    assert not found.is_over_budget
    (zone,) = (each for each in found.reasons if each.item.key == "route53/hosted_zone")
    assert (zone.billed, zone.real, zone.billed_usd) == (Decimal(1), Decimal(1), Decimal("0.50"))


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
    ("usage_usd", "credit", "expected"),
    [
        ("2.5000000003", "0", ("0", "0")),
        ("2.5000000003", "-0.0049", ("0", "0")),
        ("2.50", "-0.005", ("-0.005", "0")),
        ("2.5049", "-0.005", ("0", "-0.005")),
    ],
)
def test_sums_that_aws_rounds(
    catalog: Catalog, names: Names, usage_usd: str, credit: str, expected: tuple[str, str]
) -> None:
    """Less than half a cent between two sums of the same is no credit."""
    answers = [
        costs(("app$todo|AWS Lambda", "2.50")),
        records(("Usage", usage_usd), ("Credit", credit)),
    ]
    found = compared(answers, [], catalog, names)
    assert (found.credits, found.hidden_credits) == tuple(map(Decimal, expected))


def test_a_charge_that_a_credit_pays(catalog: Catalog, names: Names) -> None:
    """Of costs that are less than what is charged once, nothing is scaled below nothing."""
    days = ("2026-11-01", "2026-11-02")
    for so_far in ("0", "0.20", "-0.10"):
        answers = [
            costs(("app$shared|Amazon Route 53", so_far), days=days),
            usage(("app$shared|HostedZone", "1 for 0.50"), days=days),
        ]
        found = compared(answers, [], catalog, names)
        assert found.total.month == (Decimal(so_far) if so_far != "-0.10" else Decimal(-3))


def test_credits_that_hide_in_the_costs(catalog: Catalog, names: Names) -> None:
    """Saved costs that were asked with credits in them say so, because the pace is then wrong."""
    answers = [
        costs(("app$todo|AWS Lambda", "0.50")),
        records(("Usage", "2.50"), ("Credit", "-1.75"), ("Refund", "-0.25")),
    ]
    found = compared(answers, [], catalog, names)
    assert (found.credits, found.hidden_credits) == (Decimal(0), Decimal("-2.00"))
    assert "  Credits and refunds of -$2.00 are in the costs above and make them less" in (
        write_spending(found, "spend", "text")
    )


@pytest.mark.parametrize(
    ("start", "is_said"), [("2026-11-01", False), ("2026-10-01", True), ("2026-09-01", False)]
)
def test_figures_that_may_still_change(
    catalog: Catalog, names: Names, start: str, is_said: bool
) -> None:
    """On the first day of a month AWS still calls the month before estimated; later no more."""
    end = {"2026-11-01": "2026-11-21", "2026-10-01": "2026-11-01", "2026-09-01": "2026-10-01"}
    page = costs(("app$todo|AWS Lambda", "0.50"), days=(start, end[start]))
    page["ResultsByTime"][0]["Estimated"] = start != "2026-09-01"
    text = write_spending(compared([page], [], catalog, names), "spend", "text")
    assert ("AWS calls this month's figures estimated" in text) is is_said


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
            [costs(days=("0001-01-01", "0001-01-01"))],
            "given 0001-01-01 to 0001-01-01, expected days of one month",
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
            [costs(("app$\x1b[2J|AWS Lambda", "1"))],
            '0.ResultsByTime.0.Groups.0.Keys: given "app$\\x1b[2J", expected a name',
        ),
        (
            [costs(), {"Anomalies": [{"Impact": {}, "RootCauses": {"Service": 1}}]}],
            "1.Anomalies.0.AnomalyStartDate: given nothing, expected a date",
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


_WORDS = st.sampled_from(
    [
        "app$todo",
        "AWS Lambda",
        "Request",
        "HostedZone",
        "",
        "USD",
        "TAG",
        "\x1b[2J\n",
        "|",
        "9" * 50,
    ]
)
_HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | _WORDS
    | st.decimals(allow_nan=True, allow_infinity=True)
    | st.sampled_from(["1e40", "-1e-40", "1E+999999", "Infinity", "0.0000000001", "2026-11-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn) -> list[Any]:
    """Good answers, in one to three places of which something else stands."""
    found: list[Any] = [
        costs(("app$todo|AWS Lambda", "0.40"), ("app$|Tax", "0.10")),
        usage(("app$todo|Request", "2000000 for 0.40")),
        records(("Usage", "0.40"), ("Credit", "-0.10")),
        anomalies(0.35),
    ]
    for _ in range(draw(st.integers(1, 3))):
        place: Any = found
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = place[key]
            if not isinstance(inner, dict | list) or draw(st.integers(0, 4)) == 0:
                place[key] = draw(_HOSTILE)
                break
            place = inner
    return found


@given(damaged())
@settings(max_examples=150, deadline=None)
def test_hostile_answers(answers: list[Any]) -> None:
    """Whatever stands in an answer, it is read and written, or refused in one line."""
    try:
        spent = spent_of(answers, "answers")
    except InputError as error:
        refused = str(error)
        event("refused")
    else:
        refused = ""
    assert refused.isprintable()
    if refused:
        return
    found = spending(spent, Bill(_CATALOG, []), _NAMES, TODAY, Decimal(2))
    assert sum((row.so_far for row in found.by_app), Decimal(0)) == found.total.so_far
    for format_ in ("text", "markdown", "json"):
        text = write_spending(found, "spend", format_)
        assert all(line.isprintable() for line in text.split("\n"))


@pytest.fixture(autouse=True, scope="module")
def _for_hypothesis(catalog: Catalog, names: Names) -> None:
    """Keep the catalog where a test of many examples finds it."""
    globals().update(_CATALOG=catalog, _NAMES=names)


_CATALOG: Any = None
_NAMES: Any = None
