"""The bill of a fleet: pools taken once, shared things billed once, three figures for each app."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenner.estimate import Bill
from tenner.lines import fleet_lines, subject_lines
from tenner.money import exact
from tenner.usage import Usage
from tests.workloads import workload

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.workload import Workload

ZERO = Decimal(0)
ITEMS = [
    "api_gateway/http_requests",
    "cloudwatch_logs/ingest_lambda",
    "cloudwatch_logs/storage",
    "cognito/essentials",
    "cognito/lite",
    "dynamodb/on_demand_writes",
    "dynamodb/storage_standard",
    "kms/symmetric_requests",
    "lambda/duration_arm64",
    "lambda/duration_x86",
    "lambda/requests",
    "secrets_manager/api_calls",
    "sqs/fifo",
    "sqs/standard",
]
quantities = st.one_of(
    st.decimals(min_value=0, max_value=10, places=6),
    st.integers(min_value=0, max_value=2_000_000).map(Decimal),
    st.integers(min_value=0, max_value=10**11).map(Decimal),
)
uses = st.dictionaries(st.sampled_from(ITEMS), quantities, max_size=6)
secrets = st.sets(st.sampled_from(["a", "b", "c"]), max_size=3).map(tuple)
fleets = st.lists(st.tuples(uses, secrets), min_size=1, max_size=7).map(
    lambda apps: [workload(f"app-{n}", use, shared) for n, (use, shared) in enumerate(apps)]
)


def test_a_pool_is_taken_once_from_the_sum(catalog: Catalog) -> None:
    """Three apps with 400,000 requests each pay for 200,000, not for nothing."""
    apps = [workload(name, {"lambda/requests": 400_000}) for name in ("a", "b", "c")]
    bill = Bill(catalog, apps)
    assert bill.total == Decimal("0.04")  # 200,000 × $0.20 / 1,000,000
    assert bill.marginal([0]) == Decimal("0.04")  # without it, 800,000 are free
    assert bill.alone([0]) == 0
    assert bill.shares == [
        Decimal("0.013333333334"),
        Decimal("0.013333333333"),
        Decimal("0.013333333333"),
    ]


@pytest.mark.parametrize(
    ("others", "own", "expected"),
    [
        (600_000, 400_000, "0"),  # together exactly the pool
        (600_000, 400_001, "0.0000002"),  # one beyond
        (1_000_000, 1, "0.0000002"),  # others fill the pool
        (999_999, 1, "0"),
        (2_000_000, 500_000, "0.1"),  # far beyond: all of it is paid
    ],
)
def test_marginal_on_both_sides_of_a_pool(
    catalog: Catalog, others: int, own: int, expected: str
) -> None:
    """What an app adds depends on how much of the pool the others leave."""
    bill = Bill(
        catalog,
        [
            workload("own", {"lambda/requests": own}),
            workload("zz-others", {"lambda/requests": others}),
        ],
    )
    assert bill.marginal([0]) == Decimal(expected)


@pytest.mark.parametrize(
    ("others", "own", "expected"),
    [
        (299_999_999, 1, "0.000001"),  # the last one at $1.00
        (300_000_000, 1, "0.0000009"),  # the first one at $0.90
        (299_999_999, 2, "0.0000019"),  # one of each
    ],
)
def test_marginal_on_both_sides_of_a_tier(
    catalog: Catalog, others: int, own: int, expected: str
) -> None:
    """What an app adds is charged at the tier that the others have reached."""
    bill = Bill(
        catalog,
        [
            workload("own", {"api_gateway/http_requests": own}),
            workload("zz-others", {"api_gateway/http_requests": others}),
        ],
    )
    assert bill.marginal([0]) == Decimal(expected)


def test_shared_things_are_billed_once(catalog: Catalog) -> None:
    """Three apps with the same two secrets pay $0.80 together, and each adds nothing."""
    bill = Bill(catalog, [workload(name, {}, ("x", "y")) for name in ("a", "b", "c")])
    assert bill.total == Decimal("0.80")
    assert [bill.marginal([n]) for n in range(3)] == [ZERO] * 3
    assert [bill.alone([n]) for n in range(3)] == [Decimal("0.80")] * 3
    with exact():
        assert sum(bill.shares, ZERO) == Decimal("0.80")


def test_the_last_user_of_a_shared_thing_takes_its_cost_along(catalog: Catalog) -> None:
    """A secret that only one app uses is what that app adds; both users together add it too."""
    bill = Bill(catalog, [workload("a", {}, ("x", "y")), workload("b", {}, ("x",))])
    assert bill.marginal([0]) == Decimal("0.40")
    assert bill.marginal([1]) == 0
    assert bill.marginal([0, 1]) == Decimal("0.80")
    # x is halved between them, y is a's alone.
    assert bill.shares == [Decimal("0.6"), Decimal("0.2")]


def test_environments_of_one_app_are_a_part_of_the_fleet(catalog: Catalog) -> None:
    """An app's figures take its environments together; each has figures of its own too."""
    apps = [
        workload("a", {"lambda/requests": 700_000}, environment="dev"),
        workload("a", {"lambda/requests": 700_000}, environment="staging"),
    ]
    bill = Bill(catalog, apps)
    both = bill.figures(bill.numbers_of("a"))
    assert both.marginal == both.share == both.alone == Decimal("0.08")
    assert bill.figures(bill.numbers_of("a", "dev")).marginal == Decimal("0.08")
    assert bill.figures(bill.numbers_of("a", "dev")).alone == 0


def test_accounts_of_one_payer_share_a_pool(catalog: Catalog) -> None:
    """Splitting into accounts adds no free tier; another payer has one of its own."""
    one = workload("a", {"lambda/requests": 1_000_000})
    other = workload("b", {"lambda/requests": 1_000_000}, account="b-prod")
    stranger = workload("b", {"lambda/requests": 1_000_000}, account="b-prod", payer="stranger")
    assert Bill(catalog, [one, other]).total == Decimal("0.2")
    assert Bill(catalog, [one, stranger]).total == 0


@pytest.mark.parametrize(
    ("plan", "expected"), [("always-free", "1"), ("legacy-12-months", "0"), ("list", "1.2")]
)
def test_account_plans(catalog: Catalog, plan: str, expected: str) -> None:
    """By default nothing counts that expires; `list` counts no free tier at all."""
    use = {"lambda/requests": 1_000_000, "api_gateway/http_requests": 1_000_000}
    assert Bill(catalog, [workload("a", use)], plan).total == Decimal(expected)  # type: ignore[arg-type]


@settings(deadline=None)
@given(fleet=fleets)
def test_shares_add_up_to_the_total(catalog: Catalog, fleet: list[Workload]) -> None:
    """Whatever the fleet uses, its shares add up to its total to the last digit."""
    bill = Bill(catalog, fleet)
    with exact():
        assert sum(bill.shares, ZERO) == bill.total


@settings(deadline=None)
@given(fleet=fleets, data=st.data())
def test_order_never_matters(catalog: Catalog, fleet: list[Workload], data: st.DataObject) -> None:
    """A fleet in another order has the same total, shares, marginals and costs alone."""
    shuffled = data.draw(st.permutations(fleet))
    one, other = Bill(catalog, fleet), Bill(catalog, shuffled)
    assert one.total == other.total
    for n in range(len(fleet)):
        assert one.figures([n]) == other.figures([n])


@settings(deadline=None)
@given(fleet=fleets, item=st.sampled_from(ITEMS), more=quantities)
def test_cost_never_falls_when_usage_grows(
    catalog: Catalog, fleet: list[Workload], item: str, more: Decimal
) -> None:
    """More use of anything never makes the bill smaller."""
    grown = [*fleet, workload("more", {item: more})]
    assert Bill(catalog, grown).total >= Bill(catalog, fleet).total


@settings(deadline=None)
@given(fleet=fleets, part=st.decimals(min_value=0, max_value=1, places=3))
def test_splitting_an_app_never_changes_the_total(
    catalog: Catalog, fleet: list[Workload], part: Decimal
) -> None:
    """Two apps with the use of one, and the same shared secrets, cost what the one cost."""
    with exact():
        first, *rest = fleet
        names = tuple(use.shared for use in first.usage if use.shared)
        own = [use for use in first.usage if not use.shared]
        one = workload("half-1", {use.item: use.quantity * part for use in own}, names)
        two = workload("half-2", {use.item: use.quantity * (1 - part) for use in own}, names)
    assert Bill(catalog, [one, two, *rest]).total == Bill(catalog, fleet).total


@settings(deadline=None)
@given(fleet=fleets)
def test_marginal_is_the_fall_of_the_bill(catalog: Catalog, fleet: list[Workload]) -> None:
    """An app's marginal figure is the total with it less the total without it."""
    bill = Bill(catalog, fleet)
    for number, gone in enumerate(bill.workloads):
        rest = [other for other in bill.workloads if other is not gone]
        with exact():
            assert bill.marginal([number]) == bill.total - Bill(catalog, rest).total
        assert bill.alone([number]) == Bill(catalog, [gone]).total


@settings(deadline=None)
@given(fleet=fleets, data=st.data())
def test_lines_add_up_to_the_figures(
    catalog: Catalog, fleet: list[Workload], data: st.DataObject
) -> None:
    """The lines of a part of the fleet pay its marginal; the fleet's lines pay the total."""
    bill = Bill(catalog, fleet)
    numbers = sorted(data.draw(st.sets(st.sampled_from(range(len(fleet))), min_size=1)))
    with exact():
        lines = subject_lines(bill, numbers)
        assert sum((line.pays for line in lines), ZERO) == bill.marginal(numbers)
        assert all(line.pays >= 0 for line in lines)
        assert sum((line.pays for line in fleet_lines(bill)), ZERO) == bill.total


def test_an_empty_fleet_costs_nothing(catalog: Catalog) -> None:
    """No workload, no cost, no share."""
    bill = Bill(catalog, [])
    assert bill.total == 0
    assert bill.shares == []


@pytest.mark.parametrize(
    ("sentence", "terms", "text"),
    [
        ("{} alarms × {} metrics", (1, 1), "1 alarm × 1 metric"),
        ("{} alarms × {} metrics", (2, 1), "2 alarms × 1 metric"),
        ("{} standard parameters", (1,), "1 standard parameter"),
        ("{} queries to {} addresses", (1, 1), "1 query to 1 address"),
        ("{} s × {} GB of {} requests", (1, 1, 10), "1 s × 1 GB of 10 requests"),
        ("{} s of requests", (1,), "1 s of requests"),
    ],
)
def test_one_of_a_thing_is_said_in_the_singular(
    sentence: str, terms: tuple[int, ...], text: str
) -> None:
    """A derivation says `1 alarm`, and leaves every other number's noun as it is."""
    use = Usage("x/y", Decimal(1), "r", sentence, tuple(map(Decimal, terms)))
    assert use.derivation == text
