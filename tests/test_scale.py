"""What growth costs, where choices flip, and when it pays; the points rebuilt by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner import cli
from tenner.errors import TennerError
from tenner.growth import Flip, Growth, Revenue, flips
from tenner.scale import Question, Sizes, parse_sizes, scale_system
from tenner.system import parse_system
from tests.mutations import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.catalog import Catalog


def grown(catalog: Catalog, resources: str, *sizes: int, revenue: Revenue | None = None) -> Growth:
    """Grow some resources by users, of which they are stated for a thousand, on the list."""
    text = (
        "system: x\ntitle: X\naccount_plan: list\ndrivers: {users: 1000}\nresources:\n  "
        + "\n  ".join(resources.splitlines())
        + "\nvariants: {all: {summary: x}}\n"
    )
    system = parse_system(text, "x.yaml")
    asked = Question(Sizes("users", tuple(map(Decimal, sizes))), {}, None, revenue)
    return scale_system(system, system.first, catalog, asked)


LINEAR = "grows: {how: linear, by: users}"
API = f"api: {{kind: http_api, {LINEAR}, requests_per_month: 1000000}}"
ADDRESS = "base: {kind: public_ipv4, grows: fixed, addresses: 1}"


def test_each_size_is_estimated(catalog: Catalog) -> None:
    """Cost, factor and cost per user at each size; above 300 million a request is cheaper."""
    found = grown(catalog, f"{API}\n{ADDRESS}", 1000, 10_000, 500_000)
    totals = [size.total for size in found.sizes]
    assert totals == [Decimal("4.65"), Decimal("13.65"), 300 + 180 + Decimal("3.65")]
    assert found.factor(totals[1]) == Decimal("13.65") / Decimal("4.65")
    assert found.sizes[1].per_unit == Decimal("0.001365")
    assert {row.name: row.how for row in found.rows} == {"api": "linear, slower", "base": "fixed"}


def test_how_each_resource_grows(catalog: Catalog) -> None:
    """What a system declares is said, and how the cost differs from it."""
    resources = (
        f"{API}\n"
        "tasks: {kind: fargate_service, grows: {how: per_peak, by: users, percent: 50}, "
        "tasks: 1, vcpu: 1, memory_gb: 2}\n"
        "nat: {kind: nat_gateway, grows: {how: stepped, by: users, one_per: 5000}, gateways: 1, "
        "data_gb_per_month: 0}\n"
        f"free: {{kind: parameter, {LINEAR}, standard_parameters: 1}}"
    )
    found = grown(catalog, resources, 1000, 2000)
    assert {row.name: row.how for row in found.rows} == {
        "api": "linear",
        "tasks": "per peak, 50 %",
        "nat": "one per 5,000",
        "free": "linear",
    }
    assert found.sizes[1].rows["tasks"] == 2 * found.sizes[0].rows["tasks"]


def choice(found: Growth, name: str) -> list[Flip]:
    """Give the flips of one choice."""
    (only,) = [each for each in found.choices if each.name == name]
    return list(only.flips)


def test_aurora_flips_where_the_requests_cost_more(catalog: Catalog) -> None:
    """From 208.5 million requests on: 730 × 0.04 + 100 × 0.125 are 41.70, a request 0.0000002."""
    database = (
        f"db: {{kind: aurora_serverless, grows: {{how: stepped, by: users, one_per: 1}}, "
        "acu_hours_per_month: 730, stored_gb: 100, io_requests_per_month: 0}\n"
        f"io: {{kind: aurora_serverless, {LINEAR}, acu_hours_per_month: 0, stored_gb: 0, "
        "io_requests_per_month: 1000000}"
    )
    found = grown(catalog, database, 1000)
    assert choice(found, "db") == [Flip(None, "Standard")]
    assert choice(found, "io") == [Flip(None, "I/O-Optimized")]
    together = (
        f"db: {{kind: aurora_serverless, {LINEAR}, acu_hours_per_month: 3.65, stored_gb: 0.5, "
        "io_requests_per_month: 1000000}"
    )
    assert choice(grown(catalog, together, 1000), "db") == [Flip(None, "Standard")]
    dearer = together.replace("io_requests_per_month: 1000000", "io_requests_per_month: 2000000")
    assert choice(grown(catalog, dearer, 1000), "db") == [Flip(None, "I/O-Optimized")]


def test_a_table_flips_where_capacity_is_full_enough(catalog: Catalog) -> None:
    """One RCU and one WCU cost 730 × 0.00078; a user's 1,000 reads and writes 0.00075."""
    table = (
        f"rows: {{kind: table_on_demand, {LINEAR}, read_units_per_month: 1000000, "
        "write_units_per_month: 1000000, stored_gb: 0}"
    )
    assert choice(grown(catalog, table, 1000), "rows") == [
        Flip(None, "on demand"),
        Flip(Decimal(760), "provisioned"),  # 0.5694 / 0.00075 = 759.2
    ]


def test_functions_flip_to_containers(catalog: Catalog) -> None:
    """Two arm64 tasks cost 28.83; a user's 1,000 requests of 1 s with 1 GB cost 0.0135334."""
    function = (
        f"api: {{kind: function, {LINEAR}, architecture: arm64, memory_mb: 1024, "
        "duration_ms: 1000, requests_per_month: 1000000}"
    )
    tasks = 2 * 730 * (Decimal("0.03238") / 2 + Decimal("0.00356"))
    first = int(tasks / Decimal("0.0135334")) + 1
    assert first == 2131
    assert choice(grown(catalog, function, 1000), "api") == [
        Flip(None, "Lambda"),
        Flip(Decimal(first), "Fargate"),
    ]


def test_a_plan_of_cognito_flips(catalog: Catalog) -> None:
    """Advanced security gets cheaper by the user, plus does not."""
    pool = (
        f"users: {{kind: user_pool, {LINEAR}, plan: legacy, monthly_active_users: 1000, "
        "advanced_security: true}"
    )
    found = choice(grown(catalog, pool, 1000, 1_000_000), "users")
    assert found[0] == Flip(None, "plus")
    # Above a million a user costs 0.015 + 0.00325; what was paid more before is
    # 50,000 × 0.0355 + 50,000 × 0.0205 + 900,000 × 0.0046 = 6,940, at 0.00175 less each.
    assert found[1:] == [Flip(Decimal(1_000_000 + 3_965_715), "legacy with advanced security")]


def test_break_even_and_margin(catalog: Catalog) -> None:
    """A fixed cost of 3.65 is paid by users of whom 2 % pay 5 dollars, of which 0.001 is spent."""
    found = grown(catalog, f"{API}\n{ADDRESS}", 10, 1000, revenue=Revenue(Decimal(5), Decimal(2)))
    assert found.break_even == [Flip(None, "loses"), Flip(Decimal(37), "earns")]
    assert [size.revenue for size in found.sizes] == [1, 100]
    assert [size.margin_percent for size in found.sizes] == [
        (1 - Decimal("3.66")) * 100,
        Decimal("95.35"),
    ]


def test_document_002_breaks_even_later_than_it_says(catalog: Catalog) -> None:
    """Of 211 dollars a month, 5 dollars from 2 % are 2,110 users, not 85."""
    fixed = "rest: {kind: bedrock_model, grows: fixed, model: 'amazon.nova-micro-v1:0', "
    fixed += "requests_per_month: 1000000, input_tokens_per_request: 0, "
    fixed += "output_tokens_per_request: 1507.142858}"
    found = grown(catalog, fixed, 100, revenue=Revenue(Decimal(5), Decimal(2)))
    assert found.sizes[0].total.quantize(Decimal("0.01")) == 211
    assert found.break_even is not None
    assert found.break_even[-1] == Flip(Decimal(2111), "earns")  # a hair more than 211


def test_flips_are_found_on_both_sides() -> None:
    """The point is the first size that is another; several between two points are all found."""

    def word(size: Decimal) -> str:
        return "a" if size < 5 else "b" if size < 7 else "c"

    points = [Decimal(1), Decimal(16)]
    assert flips(points, word) == [Flip(None, "a"), Flip(Decimal(5), "b"), Flip(Decimal(7), "c")]
    assert flips([Decimal(7), Decimal(8)], word) == [Flip(None, "c")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--users", "10,20"], Sizes("users", (Decimal(10), Decimal(20)))),
        (["--users=1"], Sizes("users", (Decimal(1),))),
        (["--monthly-active-users", "5"], Sizes("monthly_active_users", (Decimal(5),))),
        (["--nat.gateways", "1,2"], Sizes("nat.gateways", (Decimal(1), Decimal(2)))),
    ],
)
def test_sizes(words: list[str], expected: Sizes) -> None:
    """A key is an option; its sizes are a list."""
    assert parse_sizes(words) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--users"], 'given "--users", expected sizes by a key, such as --users 10000,50000'),
        (["users", "1"], 'given "users 1", expected sizes by a key, such as --users 10000,50000'),
        (["--users", "0"], '--users: given "0", expected a number above 0, such as 10000'),
        (["--users", "1,x"], '--users: given "x", expected a number above 0, such as 10000'),
        (["--users", "1e3"], '--users: given "1e3", expected a number above 0, such as 10000'),
        (
            ["--users", "1000000000001"],
            '--users: given "1000000000001", expected a number above 0, such as 10000',
        ),
        (["--users", "2,1"], '--users: given "2,1", expected rising sizes, such as 10000,50000'),
        (["--users", "1,1"], '--users: given "1,1", expected rising sizes, such as 10000,50000'),
    ],
)
def test_wrong_sizes(words: list[str], message: str) -> None:
    """What is no size is told with what was expected."""
    with pytest.raises(TennerError) as caught:
        parse_sizes(words)
    assert str(caught.value) == message


@pytest.fixture
def todo(tmp_path: Path) -> list[str]:
    """The words that name an app and its registry."""
    (tmp_path / "app.yaml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "apps").mkdir()
    return [str(tmp_path), "--registry", str(tmp_path / "apps")]


def test_the_command_of_a_system(capsys: pytest.CaptureFixture[str]) -> None:
    """A system grows by its driver, as text, Markdown and for machines, in any order of words."""
    words = ["scale", "--apps", "10,1000", "multi-app-account"]
    assert cli.main([*words, "--revenue-per-user", "0.1"]) == 0
    text = capsys.readouterr().out
    assert "  1,000   $13.65   10.63     $0.01  $100.00   86.3 %" in text
    assert "It pays for itself from 14 apps on." in text
    assert cli.main([*words, "--format", "markdown"]) == 0
    markdown = capsys.readouterr().out
    assert "| shared-secrets | $1.20 | $1.20 | 1.00 | fixed |" in markdown
    assert "Break-even" not in markdown
    assert cli.main([*words, "--format", "json", "--revenue-per-user", "0"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["sizes"][0]["margin_percent"] is None
    assert content["break_even"] == [{"from": None, "option": "loses"}]
    assert content["choices"][1] == {
        "resource": "table",
        "now": "on demand",
        "cheapest": [{"from": None, "option": "provisioned"}],
    }


def test_the_command_of_an_app(todo: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An app grows by a key of its use; its rows are its resources, its choices its own."""
    assert cli.main(["scale", *todo, "--requests", "10000,1000000", "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    names = {each["resource"] for each in content["choices"]}
    assert names == {"table", "function api", "function daily", "login"}
    for size in content["sizes"]:
        assert sum(map(Decimal, size["resources"].values())) == Decimal(size["total"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--userz", "1"], '--userz: given "userz", expected one of apps, shared-secrets.…, '),
        ([], "expected sizes by a key, such as --users 10000,50000"),
        (["x", "--apps", "1"], 'given "x" too, expected one system or app, and one --KEY SIZES'),
        (
            ["--functions.memory_mb", "1"],
            "--functions.memory_mb: functions.memory_mb: given 1, expected at least 128",
        ),
        (
            ["--apps", "1", "--conversion-percent", "100.1"],
            "--conversion-percent: given 100.1, expected at most 100",
        ),
        (["--apps", "1", "--usage", "x=1"], '--usage: given "x", expected one of apps, '),
    ],
)
def test_wrong_words(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each mistake is one sentence, and exit code 2."""
    assert cli.main(["scale", "multi-app-account", *words]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_the_search_ends_where_sizes_do(capsys: pytest.CaptureFixture[str]) -> None:
    """A field has limits; flips are searched within them."""
    words = ["scale", "multi-app-account", "--functions.memory_mb", "256,1024"]
    assert cli.main(words) == 0
    assert "where a choice flips, from 1 to 8,192" in capsys.readouterr().out


def test_wrong_use_of_an_app(todo: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A key that no use has is told with those that there are."""
    assert cli.main(["scale", *todo, "--request", "1"]) == 2
    assert capsys.readouterr().err.startswith('--request: given "request", expected one of bytes')
    assert cli.main(["scale", *todo, "--requests", "1", "--environment", "prod"]) == 2
    assert capsys.readouterr().err == (
        "--environment: expected with a system; an app grows in all of its own\n"
    )


def test_document_001_flips_to_io_optimized_later_than_it_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """6,480 × 0.04 + 500 × 0.125 are 1,608,500,000 requests at 0.0000002, not 250,000,000."""
    words = ["scale", "healthcare-backend", "--database.io_requests_per_month"]
    assert cli.main([*words, "200000000,2000000000", "--format", "json"]) == 0
    choices = json.loads(capsys.readouterr().out)["choices"]
    assert choices[0]["cheapest"] == [
        {"from": None, "option": "Standard"},
        {"from": "1608500001", "option": "I/O-Optimized"},
    ]


def test_an_auto_scaled_table_flips_above_its_floor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Document 003's tables are cheaper on demand while they hardly leave their floor."""
    words = ["scale", "bedrock-budgeteer", "--load_percent", "10,100", "--format", "json"]
    assert cli.main([*words, "--account-plan", "list"]) == 0
    choices = json.loads(capsys.readouterr().out)["choices"]
    # 5 × 730 × 0.00078 for the floor; 1 % of 28 a second cost 0.28 × 2.628 × 0.75
    first = 1 + int(Decimal("2.847") / (Decimal("0.28") * Decimal("2.628") * Decimal("0.75")))
    assert choices[0] == {
        "resource": "user-budgets",
        "now": "provisioned",
        "cheapest": [
            {"from": None, "option": "on demand"},
            {"from": str(first), "option": "provisioned"},
        ],
    }
