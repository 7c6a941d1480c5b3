"""A system is read strictly, has variants, and can be priced at any size."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from tenner import cli
from tenner.comparison import Comparison
from tenner.errors import InputError, TennerError
from tenner.estimate import Bill
from tenner.load import default_catalog_folder, load_catalog
from tenner.money import cents
from tenner.system import parse_system
from tenner.system_cost import (
    is_system_file,
    load_system,
    load_system_file,
    system_names,
)
from tenner.variants import variant_of, with_changes
from tests.fixtures_generated import ROOT
from tests.mutations import assert_readable, mutated

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.catalog import Catalog

SYSTEM = """\
system: link-hub
title: A hub of links
document: "009"
dated: 2024-01-09
region: us-east-1
account_plan: always-free
assumes: [one]
drivers:
  users: 1000
resources:
  api:
    kind: http_api
    grows: {how: linear, by: users, percent: 100}
    requests_per_month: 1000000
  tasks:
    kind: fargate_service
    grows: {how: per_peak, by: users}
    tasks: 2
    vcpu: 0.5
    memory_gb: 1
  nat:
    kind: nat_gateway
    grows: {how: stepped, by: users, one_per: 5000}
    gateways: 2
    data_gb_per_month: 0
  table:
    kind: table_on_demand
    grows: fixed
    read_units_per_month: 1000000
    write_units_per_month: 1000000
    stored_gb: 1
  budget: {kind: budget, grows: fixed, limit_usd: 300, alerts_at_percent: [80, 100]}
givens: {revenue_usd: 5}
variants:
  production:
    summary: two zones
    environment: prod
  staging:
    summary: one zone
    environment: staging
    drivers: {users: 100}
    without: [table]
    resources:
      nat: {gateways: 1}
      queue: {kind: queue, grows: fixed, requests_per_month: 1}
  database:
    summary: only the table
    only: [table]
printed:
  - lines: [16, 17]
    what: Two tasks
    usd: 60
    computed: list[production tasks]
    because: The document takes the price of a vCPU-hour for that of a task.
  - lines: 21
    what: The table
    usd: 1.50
    computed: pays[production table]
    priced_on: 2024-01-09
    because: Its price was twice today's.
  - {lines: 30, what: Cost per user, number: 0.1 to 0.2, unit: USD, computed: "list[production users=2000] / given[users]", because: Given for the sake of the test.}
  - {lines: 40, what: Revenue of half of the users, usd: 2500, computed: "given[users] / 2 * given[revenue_usd]"}
  - {lines: 41, what: First alert, usd: 240, computed: "alert[production budget 80]"}
"""  # noqa: E501


REAL = (ROOT / "catalog" / "systems" / "multi-app-account.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The catalog, read once for all examples."""
    return load_catalog()


def refusal(old: str, new: str) -> str:
    """Give the sentences that a changed system is refused with."""
    assert SYSTEM.count(old) == 1, old
    with pytest.raises(InputError) as caught:
        parse_system(SYSTEM.replace(old, new), "x.yaml")
    return str(caught.value)


def total(catalog: Catalog, variant: str, **drivers: int) -> Decimal:
    """Price a variant without free tiers."""
    system = parse_system(SYSTEM, "x.yaml")
    sizes = {name: Decimal(value) for name, value in drivers.items()}
    workload = system.workload(catalog, system.variants[variant], sizes)
    return Bill(catalog, [workload], "list").total


TASK = 730 * (Decimal("0.04048") / 2 + Decimal("0.004445"))
NAT = 730 * Decimal("0.05")
TABLE = Decimal("0.125") + Decimal("0.625") + Decimal("0.25")


def test_variants(catalog: Catalog) -> None:
    """A variant is the base at its size, without what it leaves out, with what it changes."""
    assert total(catalog, "production") == 1 + 2 * TASK + 2 * NAT + TABLE
    assert total(catalog, "staging") == (
        Decimal("0.1") + 1 * TASK + 1 * NAT + Decimal("0.4") / 1_000_000
    )
    assert total(catalog, "database") == TABLE


def test_any_size(catalog: Catalog) -> None:
    """Each resource grows in its own way when a driver does."""
    assert total(catalog, "production", users=11_000) == 11 + 22 * TASK + 3 * NAT + TABLE


def test_figures(catalog: Catalog) -> None:
    """A figure is computed at its day's prices, and says what it would be today."""
    figures = Comparison(parse_system(SYSTEM, "x.yaml"), catalog).figures()
    two_tasks, table, per_user, revenue, alert = figures
    assert two_tasks.computed == 2 * TASK
    assert (two_tasks.agrees, two_tasks.is_explained) == (False, True)
    assert table.computed == Decimal("0.25") + Decimal("1.25")  # storage is in the free 25 GB
    assert table.agrees
    assert table.today == Decimal("0.125") + Decimal("0.625")
    assert per_user.computed == (2 + 4 * TASK + 2 * NAT + TABLE) / 1000
    assert (revenue.agrees, alert.agrees) == (True, True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "system: link-hub",
            "system: Link Hub",
            'line 1: system: given "Link Hub", expected',
        ),
        ('document: "009"\n', "", "printed: expected document beside it"),
        ("  users: 1000", "  users: 0", "line 9: drivers.users: given 0, expected more than 0"),
        (
            "requests_per_month: 1000000",
            "requests: 1",
            "line 14: resources.api.requests: unknown key; take it away or mend its spelling",
        ),
        (
            "kind: http_api",
            "kind: api",
            'line 12: resources.api.kind: given "api"; expected',
        ),
        (
            "      nat: {gateways: 1}",
            "      nat: {gateways: -1}",
            "line 44: variants.staging.resources.nat.gateways: given -1, expected at least 0",
        ),
        (
            "without: [table]",
            "without: [tables]",
            'variants.staging.without.0: given "tables", expected one of the system\'s resources',
        ),
        (
            "drivers: {users: 100}",
            "drivers: {people: 100}",
            "variants.staging.drivers.people: unknown driver; expected one of the system's drivers",
        ),
        (
            "list[production tasks]",
            "list[prod tasks]",
            "printed.0.computed: list[prod tasks]: expected one of the variants first: production,",
        ),
        (
            "list[production tasks]",
            "list[production task]",
            "list[production task]: task: expected one of the variant's resources",
        ),
        (
            "list[production tasks]",
            "list[production users=-1]",
            "list[production users=-1]: users=-1: expected a driver of the system and a number abo",
        ),
        (
            "list[production tasks]",
            "sum[production tasks]",
            "sum[production tasks]: expected one of alert, field, free, given, legacy, list, pays",
        ),
        (
            "list[production tasks]",
            "list[production tasks",
            'printed.0.computed: given "list[production tasks": "list[production task" is no part',
        ),
        (
            "list[production tasks]",
            "given[revenue]",
            "printed.0.computed: given[revenue]: expected one of the system's drivers or givens",
        ),
        (
            "list[production tasks]",
            "alert[production 80]",
            "expected a variant, one of its resources, and a percentage",
        ),
        (
            "givens: {revenue_usd: 5}",
            "givens: {Revenue: 5}",
            'givens.Revenue: given "Revenue", exp',
        ),
        (
            "givens: {revenue_usd: 5}",
            "givens: {users: 5}",
            "givens.users: is a driver too; expected another name",
        ),
        ("usd: 60", "usd: 60 dollars", 'printed.0.usd: given "60 dollars", expected a number, "2'),
        ("usd: 60", "usd: 5 to 2", 'printed.0.usd: given "5 to 2", expected a number'),
        ("    usd: 60\n", "", "printed.0.usd: expected either usd or number"),
        ("unit: USD, ", "", "printed.2.unit: expected with number, and only there"),
        ("lines: 21", "lines: 0", "printed.1.lines: given 0, expected a line's number, or a list"),
        (
            "    because: Its price was twice today's.\n",
            "",
            "printed.1.because: missing; expected why the prices of another day are taken",
        ),
    ],
)
def test_refused(old: str, new: str, message: str) -> None:
    """Each defect names the line, the key path, what is given and what was expected."""
    assert message in refusal(old, new)


@pytest.mark.parametrize(
    ("computed", "message"),
    [
        ("list[production] / 0", "list[production] / 0: a division by 0"),
        ("list[production sqs/*]", "list[production sqs/*] names no line of the estimate"),
        ("price[sqs/none]", "catalog: sqs/none: the price book has no such item"),
        ("field[production api colour]", "api has no number colour"),
        ("alert[production budget 90]", "budget has no alert at 90 %"),
        ("alert[production api 80]", "api has no alert at 80 %"),
        (
            "quantity[production table]",
            "quantity[production table] adds up unlike units: read request unit, write request",
        ),
        (f"'{'9' * 450}'", "999: a value beyond 10^30, more than anything costs or counts"),
        (f"'-{'9' * 50}'", "999: a value beyond 10^30, more than anything costs or counts"),
    ],
)
def test_figure_without_a_value(catalog: Catalog, computed: str, message: str) -> None:
    """A formula that has no value is one sentence with its key path, never a figure."""
    text = SYSTEM.replace("list[production tasks]", computed)
    with pytest.raises(InputError) as caught:
        Comparison(parse_system(text, "x.yaml"), catalog).figures()
    assert str(caught.value).startswith("x.yaml: printed.0.computed: ")
    assert message in str(caught.value)


def test_what_was_free_on_a_day(catalog: Catalog) -> None:
    """Cognito had 50,000 users free until 2024-11-22, and 10,000 since."""
    text = SYSTEM.replace("pays[production table]", "free[cognito/lite]")
    found = Comparison(parse_system(text, "x.yaml"), catalog).figures()[1]
    assert (found.computed, found.today) == (Decimal(50_000), Decimal(10_000))


def assert_tells(error: InputError, *keys: str) -> None:
    """Check that each line of an error names the file and one of these key paths."""
    for line in str(error).splitlines():
        assert line.startswith(tuple(f"x.yaml: {key}" for key in keys))


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(mutated(SYSTEM))
def test_any_mutation_costs_money_or_is_a_readable_error(catalog: Catalog, text: str) -> None:
    """A broken system is refused with line and key path, or costs a plain amount of money."""
    check_hostile(catalog, text)


@pytest.mark.slow
@settings(
    max_examples=2_500,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(mutated(REAL))
def test_many_mutations_of_a_real_system(catalog: Catalog, text: str) -> None:
    """The same at length, with a system of the catalog."""
    check_hostile(catalog, text)


def check_hostile(catalog: Catalog, text: str) -> None:
    """Read and price a system that may be broken in any way."""
    try:
        system = parse_system(text, "x.yaml")
    except InputError as error:
        assert_readable(error, "x.yaml")
        return
    for variant in system.variants.values():
        try:
            workload = system.workload(catalog, variant)
        except InputError as error:
            assert_tells(error, "resources.", "region: ")
            continue
        bill = Bill(catalog, [workload], system.account_plan)
        assert bill.total >= 0
        assert bill.total.is_finite()
        assert all(usage.quantity >= 0 for usage in workload.usage)
    try:
        Comparison(system, catalog).figures()
    except InputError as error:
        assert_tells(error, "printed.", "resources.", "region: ")


def test_what_if(catalog: Catalog) -> None:
    """A driver or a resource's field can be changed; anything else names what there is."""
    system = parse_system(SYSTEM, "x.yaml")
    changes = {"users": Decimal(2000), "table.stored_gb": Decimal(5)}
    variant, drivers = with_changes(system, system.first, changes)
    bill = Bill(catalog, [system.workload(catalog, variant, drivers)], "list")
    assert bill.total == 2 + 4 * TASK + 2 * NAT + TABLE + 1
    with pytest.raises(TennerError) as caught:
        with_changes(system, system.first, {"apps": Decimal(1)})
    assert str(caught.value) == (
        '--usage: given "apps", expected one of users, api.…, tasks.…, nat.…, table.…, budget.…'
    )
    with pytest.raises(InputError) as refused:
        with_changes(system, system.first, {"table.stored_gb": Decimal(-1)})
    assert str(refused.value) == "--usage: table.stored_gb: given -1, expected at least 0"
    with pytest.raises(TennerError, match="--usage: users: given 0, expected more than 0"):
        with_changes(system, system.first, {"users": Decimal(0)})
    with pytest.raises(
        TennerError, match="given 1000000000000001, expected at most 10000000000000"
    ):
        with_changes(system, system.first, {"users": Decimal(10**15 + 1)})


def test_two_fields_of_one_resource(catalog: Catalog) -> None:
    """A second field of a resource leaves the first one changed."""
    system = parse_system(SYSTEM, "x.yaml")
    changes = {"table.read_units_per_month": Decimal(0), "table.write_units_per_month": Decimal(0)}
    variant, drivers = with_changes(system, system.variants["database"], changes)
    bill = Bill(catalog, [system.workload(catalog, variant, drivers)], "list")
    assert bill.total == Decimal("0.25")


def test_names() -> None:
    """A system is found by its name, which its file has too; another name tells all names."""
    for name in system_names():
        assert load_system(name).name == name
    with pytest.raises(TennerError, match='given "hub", expected a system of the catalog: '):
        load_system("hub")
    with pytest.raises(TennerError, match=r"--environment: given .* expected one of production, "):
        variant_of(parse_system(SYSTEM, "x.yaml"), "dev")


def test_command(tmp_path: Path, catalog: Catalog, capsys: pytest.CaptureFixture[str]) -> None:
    """`tenner cost` takes a system's file; `--as-printed` shows both figures and the reason."""
    path = tmp_path / "hub.yaml"
    path.write_text(SYSTEM, encoding="utf-8")
    assert cli.main(["cost", str(path), "--account-plan", "list"]) == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert ["a", "month", cents(total(catalog, "production"))] in lines
    assert ["a", "year", cents(total(catalog, "production") * 12)] in lines
    assert ["database:", "only", "the", "table", cents(TABLE)] in lines
    assert cli.main(["cost", str(path), "--as-printed"]) == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert "16, 17: Two tasks $60 $36.04 -$23.96".split() in lines
    assert "21: The table $1.50 $1.50".split() in lines
    assert "(with the prices of 2024-01-09; today $0.75)" in " ".join(out.split())
    assert out.endswith("  6 figures: 4 reproduced, 2 differ and say why\n")
    path.write_text(SYSTEM.replace("    because: The document takes", "    what: x"), "utf-8")
    assert cli.main(["cost", str(path), "--as-printed"]) == 2
    for format_ in ("json", "markdown"):
        path.write_text(SYSTEM, encoding="utf-8")
        assert cli.main(["cost", str(path), "--as-printed", "--format", format_]) == 0
        assert "Two tasks" in capsys.readouterr().out


def test_unexplained_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A difference without a reason is said and counted, and the command gives 1."""
    path = tmp_path / "hub.yaml"
    text = SYSTEM.replace(
        "    because: The document takes the price of a vCPU-hour for that of a task.\n", ""
    )
    path.write_text(text, encoding="utf-8")
    assert cli.main(["cost", str(path), "--as-printed"]) == 1
    out = capsys.readouterr().out
    assert "      not explained\n" in out
    assert "2 not explained" in out


def test_as_printed_needs_a_system(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a system there is nothing printed."""
    assert cli.main(["cost", "--as-printed"]) == 2
    assert capsys.readouterr().err == (
        "--as-printed: expected one system of the catalog, by its name\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["cost", "codelearn"],
        ["cost", "codelearn", "--as-printed"],
        ["cost", "codelearn", "--compare-environments"],
        ["cost", "codelearn", "--compliance", "hipaa"],
        ["advise", "codelearn"],
        ["scale", "codelearn", "--users", "10,20"],
    ],
)
@pytest.mark.parametrize(
    ("new", "message"),
    [
        (
            "usd: -1",
            "items.storage_standard.regions.us-east-1.tiers.0.usd: given -1, expected at least 0",
        ),
        (
            "usd: a lot",
            (
                'items.storage_standard.regions.us-east-1.tiers.0.usd: given "a lot", expected '
                "a number in plain digits"
            ),
        ),
    ],
)
def test_a_defect_of_the_price_book_is_told_there(
    arguments: list[str],
    new: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong price is told once, at its own file and line, and not at the system."""
    book = shutil.copytree(default_catalog_folder(), tmp_path / "book")
    path = book / "services" / "s3.yaml"
    text = path.read_text(encoding="utf-8")
    line = text[: text.index("usd: 0.023")].count("\n") + 1
    path.write_text(text.replace("usd: 0.023", new, 1), encoding="utf-8")
    assert cli.main([*arguments, "--catalog", str(book)]) == 2
    assert capsys.readouterr().err == f"{path}: line {line}: {message}\n"


@pytest.mark.parametrize("command", ["cost", "advise"])
def test_a_catalog_that_is_none(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong `--catalog` is told as that, and not as an unknown system."""
    book = tmp_path / "none"
    assert cli.main([command, "codelearn", "--catalog", str(book)]) == 2
    assert capsys.readouterr().err == (f"{book}: expected a catalog folder with services/*.yaml\n")


@pytest.mark.parametrize("more", [[], ["--full"], ["--as-printed"]])
def test_texts_stay_texts_in_markdown(
    more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a person wrote breaks no table of Markdown, and is no link, code or tag there."""
    path, bad = tmp_path / "x.yaml", "a | [b](https://x.example) `c` <d>"
    text = SYSTEM
    for old in ("summary: two zones", "what: Two tasks", "title: A hub of links"):
        text = text.replace(old, f"{old.partition(':')[0]}: '{bad}'")
    path.write_text(text, encoding="utf-8")
    assert cli.main(["cost", str(path), "--format", "markdown", *more]) == 0
    written = capsys.readouterr().out
    assert r"a \| \[b\](https://x.example) \`c\` \<d>" in written
    assert bad not in written


def test_a_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    """A system's file that an editor began with a byte order mark is a system all the same."""
    path = tmp_path / "x.yaml"
    path.write_text(SYSTEM, encoding="utf-8-sig")
    assert is_system_file(path)
    assert load_system_file(path).name == "link-hub"
