"""What growth costs, where choices flip, and when it pays; the points rebuilt by hand."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenner import cli
from tenner.advice.base import FIXED, made
from tenner.choices import as_fargate
from tenner.errors import TennerError
from tenner.growth import Flip, Growth, Revenue, flips
from tenner.kinds.compute import Function
from tenner.scale import Question, Sizes, parse_sizes, scale_system
from tenner.system import parse_system
from tests.mutations import MANIFEST

if TYPE_CHECKING:
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


LIMITS = "expected plain digits, more than 0 and at most 1000000000000, such as 10000"
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
        f"db: {{kind: aurora_serverless, grows: fixed, "
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
    """One RCU, WCU cost 730 × 0.00078, 8 alarms 0.80; a user's 1,000 reads and writes 0.00075."""
    table = (
        f"rows: {{kind: table_on_demand, {LINEAR}, read_units_per_month: 1000000, "
        "write_units_per_month: 1000000, stored_gb: 0}"
    )
    assert choice(grown(catalog, table, 1000), "rows") == [
        Flip(None, "on demand"),
        Flip(Decimal(2586), "provisioned"),  # (2 × 0.5694 + 0.80) / 0.00075 = 2,585.1
    ]


def test_functions_flip_to_containers(catalog: Catalog) -> None:
    """Two arm64 tasks with addresses cost 36.135; a user's 1,000 requests of 10 ms 0.000216…."""
    function = (
        f"run: {{kind: function, {LINEAR}, architecture: arm64, memory_mb: 128, "
        "duration_ms: 10, requests_per_month: 1000000}"
    )
    tasks = 2 * 730 * (Decimal("0.03238") / 2 + Decimal("0.00356") + Decimal("0.005"))
    user = Decimal("0.0002") + 10 * Decimal("0.0000133334") / 8
    first = int(tasks / user) + 1
    assert first == 166_777
    assert choice(grown(catalog, function, 1000), "run") == [
        Flip(None, "Lambda"),
        Flip(Decimal(first), "Fargate"),
    ]
    # Behind an API a balancer is added: 730 × (0.0225 + 2 × 0.005), and 730 × 0.008 for 25
    # requests a second, of 2,628,000.
    balancer, lcu = 730 * Decimal("0.0325"), 730 * Decimal("0.008") * 1000 / (25 * 2_628_000)
    (start, later) = choice(grown(catalog, f"{function}\n{API}", 1000), "run")
    assert (start, later.option) == (Flip(None, "Lambda"), "Fargate")
    assert later.size is not None
    assert abs(later.size - (tasks + balancer) / (user - lcu)) <= 1  # LCU are rounded up
    balanced = (
        f"{function}\n{API}\nalb: {{kind: load_balancer, grows: fixed, balancers: 1, lcu: 1}}"
    )
    assert choice(grown(catalog, balanced, 1000), "run")[1] == Flip(Decimal(first), "Fargate")


@pytest.mark.parametrize(
    ("memory_mb", "task"),
    [
        (128, ("0.5", 1)),
        (1025, ("0.5", 2)),
        (4096, ("0.5", 4)),
        (4097, ("1", 5)),
        (10_240, ("2", 10)),
    ],
)
def test_a_task_has_no_less_memory_than_the_function(
    memory_mb: int, task: tuple[str, int], catalog: Catalog
) -> None:
    """Memory is in whole GB, and Fargate gives 4 with half a vCPU, 8 with one, 16 with two."""
    function = made(
        Function,
        kind="function",
        grows=FIXED,
        memory_mb=memory_mb,
        duration_ms=1,
        requests_per_month=1,
    )
    tasks = as_fargate(function, catalog, spare=False)
    assert (tasks.vcpu, tasks.memory_gb) == (Decimal(task[0]), Decimal(task[1]))


@pytest.mark.parametrize(
    ("millions", "spare", "vcpu", "tasks"),
    [
        ("1", False, "0.5", Decimal("1.522071")),  # 1,000,000 ÷ 657,000
        ("5.256", False, "4", Decimal(1)),
        ("5.256", True, "2", Decimal(2)),
        ("13.14", True, "4", Decimal("2.5")),
    ],
)
def test_tasks_are_as_large_as_the_work_leaves(
    millions: str, spare: bool, vcpu: str, tasks: Decimal, catalog: Catalog
) -> None:
    """Half of a vCPU's 2,628,000 s are used: 5,256,000 s of one vCPU's memory need four."""
    function = made(
        Function,
        kind="function",
        grows=FIXED,
        memory_mb=1769,
        duration_ms=1000,
        requests_per_month=Decimal(millions) * 1_000_000,
    )
    found = as_fargate(function, catalog, spare=spare)
    assert (found.vcpu, found.tasks) == (Decimal(vcpu), tasks)
    assert found.memory_gb == max(2 * found.vcpu, Decimal(2))


def test_the_alarms_of_a_scaled_table_that_the_system_does_not_count(catalog: Catalog) -> None:
    """At 5 RCU and WCU, 2.847, on demand is cheaper to 3.796 millions; with 0.80, to 4.863."""
    table = (
        f"rows: {{kind: table_auto_scaled, {LINEAR}, read_units_per_second: 0.001, "
        "write_units_per_second: 0.001, least_read_capacity: 5, most_read_capacity: 5, "
        "least_write_capacity: 5, most_write_capacity: 5, target_percent: 70, stored_gb: 0}"
    )
    counted = f"{table}\nalarms: {{kind: alarm, grows: fixed, alarms: 8}}"
    user = Decimal("0.000001") * 2_628_000 * Decimal("0.75") / 1_000_000
    for text, cost in ((table, Decimal("3.647")), (counted, Decimal("2.847"))):
        first = int(cost / user) + 1
        assert choice(grown(catalog, text, 1000, 10_000_000), "rows") == [
            Flip(None, "on demand"),
            Flip(Decimal(first), "provisioned"),
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


def test_flips_between_sizes_that_are_not_whole() -> None:
    """The search stays between both sizes, and ends where a size can't be."""

    def word(size: Decimal) -> str:
        return "a" if size < Decimal("1.2") else "b"

    points = [Decimal("0.2"), Decimal("1.4")]
    assert flips(points, word) == [Flip(None, "a"), Flip(Decimal("1.4"), "b")]

    def of_cache(size: Decimal) -> str:
        if size not in {118, 237}:
            raise ValueError(size)
        return "a" if size < 200 else "b"

    sizes = [Decimal(118), Decimal(237)]
    assert flips(sizes, of_cache) == [Flip(None, "a"), Flip(Decimal(237), "b")]


def test_an_option_that_cannot_be_so_big(catalog: Catalog) -> None:
    """On demand a table has 10^15 units at most; beyond, its cost is told and no choice."""
    table = (
        "rows: {kind: table_provisioned, grows: {how: per_peak, by: users}, "
        "read_capacity_units: 1, write_capacity_units: 1000, stored_gb: 0}"
    )
    found = grown(catalog, table, 1000, 10**12)
    assert found.searched_to == 2**29  # × 2,628,000 s × 70 % are 0.988 × 10^15
    assert found.sizes[1].total == 10**9 * found.sizes[0].total
    bigger = table.replace("1000,", "1000000000000000,")  # 10^12 for one user
    assert grown(catalog, bigger, 1000).choices == []


@pytest.mark.parametrize("sizes", [("0.5", "1.6"), ("118", "237"), ("0.5",)])
def test_a_field_with_few_sizes(catalog: Catalog, sizes: tuple[str, ...]) -> None:
    """A cache has eight sizes, most of them not whole; those given are all searched."""
    text = (
        "system: x\ntitle: X\naccount_plan: list\nresources:\n"
        "  cache: {kind: rest_api_cache, grows: fixed, size_gb: 0.5}\n"
        "  rows: {kind: table_on_demand, grows: fixed, read_units_per_month: 1, "
        "write_units_per_month: 0, stored_gb: 0}\n"
        "variants: {all: {summary: x}}\n"
    )
    system = parse_system(text, "x.yaml")
    asked = Question(Sizes("cache.size_gb", tuple(map(Decimal, sizes))), {}, None, None)
    found = scale_system(system, system.first, catalog, asked)
    assert [size.size for size in found.sizes] == list(map(Decimal, sizes))
    assert [each.name for each in found.choices] == ["rows"] * (len(sizes) > 1)
    assert (found.searched_from, found.searched_to) == (Decimal(sizes[0]), Decimal(sizes[-1]))


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
        (["--users", "0"], f'--users: given "0", {LIMITS}'),
        (["--users", "1,x"], f'--users: given "x", {LIMITS}'),
        (["--users", "1e3"], f'--users: given "1e3", {LIMITS}'),
        (
            ["--users", "1000000000001"],
            f'--users: given "1000000000001", {LIMITS}',
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
        "tied": False,
        "cheapest": [{"from": None, "option": "provisioned"}],
    }


def test_plans_of_an_app_that_cost_the_same(
    todo: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten thousand users are free in both plans; on the list a user costs 0.0055 or 0.015."""
    words = ["scale", *todo, "--monthly_active_users", "1,2"]
    assert cli.main([*words[:-2], "--requests", "1,2"]) == 0
    assert "login: lite and essentials cost the same at every size." in capsys.readouterr().out
    assert cli.main([*words, "--account-plan", "list"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "login: lite is the cheapest at every size, never essentials." in text


def test_finer_amounts_than_a_resource_may_have(
    todo: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Choices of an app whose amounts have eight decimals are estimated all the same."""
    file = Path(todo[0]) / "app.yaml"
    finer = re.sub(r"hit_percent: \d+", "hit_percent: 0.000001", file.read_text("utf-8"))
    assert "0.000001" in finer
    file.write_text(finer, encoding="utf-8")
    assert cli.main(["scale", *todo, "--prompts", "1,2"]) == 0
    assert "table: on demand is the cheapest" in capsys.readouterr().out


def test_the_command_of_an_app(todo: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An app grows by a key of its use; its rows are its resources, its choices its own."""
    assert cli.main(["scale", *todo, "--requests", "10000,1000000", "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    names = {each["resource"] for each in content["choices"]}
    assert names == {"table", "function api", "function daily", "login"}
    login = next(each for each in content["choices"] if each["resource"] == "login")
    assert (login["now"], login["tied"]) == ("lite", True)  # 5,000 users are free in both plans
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
        (
            ["--apps", "1", "--conversion-percent", "5"],
            "--conversion-percent: expected with --revenue-per-user\n",
        ),
        (
            ["--functions.memory_mb", "128,512", "--revenue-per-user", "5"],
            "--revenue-per-user: given with --functions.memory_mb, expected with a key that ",
        ),
        (
            ["--apps", "1", "--usage", "apps=2"],
            "--usage: apps: given beside --apps, expected another key\n",
        ),
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
    assert "where a choice flips, from 128 to 8,192" in capsys.readouterr().out


def test_wrong_use_of_an_app(todo: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A key that no use has is told with those that there are."""
    assert cli.main(["scale", *todo, "--request", "1"]) == 2
    assert capsys.readouterr().err.startswith('--request: given "request", expected one of bytes')
    assert cli.main(["scale", *todo, "--requests", "1", "--environment", "staging"]) == 2
    assert capsys.readouterr().err == (
        '--environment: given "staging", expected one of dev, prod\n'
    )
    assert cli.main(["scale", *todo, "--requests", "1", "--revenue-per-user", "5"]) == 2
    assert capsys.readouterr().err == (
        "--revenue-per-user: given for dev and prod together, expected --environment with the one "
        "that earns it\n"
    )


def test_an_app_counts_all_its_environments(
    todo: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Half as many requests in dev, and all in prod: the cost is for one and a half times."""
    assert cli.main(["scale", *todo, "--requests", "1000000", "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    (size,) = content["sizes"]
    for_each = Decimal(size["total"]) / 1_500_000
    assert (content["times"], Decimal(size["for_each"])) == ("1.5", round(for_each, 10))
    assert cli.main(["scale", *todo, "--requests", "1000000"]) == 0
    assert "by requests, each in dev × 0.5 and prod × 1\n" in capsys.readouterr().out
    assert cli.main(["scale", *todo, "--table.stored_gb", "1,2"]) == 0
    assert "by table.stored_gb, each in dev and prod\n" in capsys.readouterr().out


def test_an_app_grows_in_one_environment(
    todo: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What dev costs is what it adds to prod; it has, and earns from, half of each size."""
    words = ["--requests", "1000000", "--environment", "dev", "--format", "json"]
    assert cli.main(["scale", *todo, *words, "--revenue-per-user", "2"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["times"], content["sizes"][0]["revenue"]) == ("0.5", "1000000")
    assert cli.main(["scale", *todo, "--requests", "1000000", "--environment", "prod"]) == 0
    assert "by requests, in prod\n" in capsys.readouterr().out
    assert cli.main(["scale", *todo, "--daily.duration_ms", "100", *words[2:]]) == 0
    assert json.loads(capsys.readouterr().out)["times"] == "1"


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
        "tied": False,
        "cheapest": [
            {"from": None, "option": "on demand"},
            {"from": str(first), "option": "provisioned"},
        ],
    }
