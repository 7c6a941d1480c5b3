"""Environments side by side with their cost, and what compliance asks of what is used."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from tenner import cli
from tenner.compliance import parse_compliance
from tenner.errors import InputError
from tenner.load import default_catalog_folder, load_compliance
from tests.mutations import MANIFEST, assert_readable, mutated

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.catalog import Catalog

NOTES = default_catalog_folder() / "compliance.yaml"


@pytest.fixture
def todo(tmp_path: Path) -> list[str]:
    """The words that ask for the cost of an app with dev and prod."""
    (tmp_path / "app.yaml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "apps").mkdir()
    return ["cost", str(tmp_path), "--registry", str(tmp_path / "apps")]


def test_environments_of_an_app(todo: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """All three stand side by side, also the one that the app has not, each as `cost` says it."""
    assert cli.main([*todo, "--compare-environments", "--format", "json"]) == 0
    columns = json.loads(capsys.readouterr().out)["columns"]
    assert [column["name"] for column in columns] == ["dev", "staging", "prod"]
    assert [column["logs kept"] for column in columns] == ["7 days", "14 days", "30 days"]
    assert [column["recovery"] for column in columns] == ["none", "none", "35 days"]
    for column in columns:
        assert sum(map(Decimal, column["services"].values())) == Decimal(column["total"])
    dev, _, prod = (Decimal(column["services"]["Secrets Manager"]) for column in columns)
    # A shared secret in dev; in prod that and the app's own, each with its reads
    assert dev.quantize(Decimal("0.01")) == Decimal("0.40")
    assert prod.quantize(Decimal("0.01")) == Decimal("0.81")


def test_shown_side_by_side(todo: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """As text within 80 columns, and as Markdown."""
    assert cli.main([*todo, "--compare-environments"]) == 0
    text = capsys.readouterr().out
    assert "  own secrets        parameter store    parameter store  secrets manager" in text
    assert "  table            shared, on demand  shared, on demand   own, on demand" in text
    assert cli.main([*todo, "--compare-environments", "--format", "markdown"]) == 0
    assert "|  | dev | staging | prod |\n| --- | ---: | ---: | ---: |" in capsys.readouterr().out
    assert cli.main(["cost", "multi-app-account", "--compare-environments"]) == 0
    text += capsys.readouterr().out
    assert "  a month                        $120.84        $0.81                 $0.81" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_two_apps(todo: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Only one app is compared at a time."""
    assert cli.main([*todo, todo[1], "--compare-environments"]) == 2
    assert capsys.readouterr().err == f'given "{todo[1]}" too, expected one app or system here\n'


def test_variants_at_one_size(capsys: pytest.CaptureFixture[str]) -> None:
    """Variants of a system are compared at their own sizes, or all at a given one."""
    words = ["cost", "multi-app-account", "--compare-environments", "--format", "json"]
    assert cli.main([*words, "--usage", "apps=1"]) == 0
    columns = json.loads(capsys.readouterr().out)["columns"]
    totals = {column["name"]: column["total"] for column in columns}
    assert totals["hundred-apps"] == totals["one-app"] == totals["nothing-shared"]


def test_a_field_is_changed_in_every_variant_that_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two alarms for one are 10 cents more, side by side and in the table of variants."""
    path = tmp_path / "alarms.yaml"
    path.write_text(
        "system: x\ntitle: X\naccount_plan: list\nresources:\n"
        "  alarms: {kind: alarm, grows: fixed, alarms: 1}\n"
        "  board: {kind: dashboard, grows: fixed, dashboards: 1}\n"
        "variants:\n  all: {summary: x}\n  few: {summary: x, without: [board]}\n"
        "  none: {summary: x, without: [alarms]}\n",
        encoding="utf-8",
    )
    changed = ["cost", str(path), "--usage", "alarms.alarms=2", "--format", "json"]
    expected = {"all": "3.2", "few": "0.2", "none": "3"}
    assert cli.main([*changed, "--compare-environments"]) == 0
    columns = json.loads(capsys.readouterr().out)["columns"]
    assert {each["name"]: each["total"] for each in columns} == expected
    assert cli.main(changed) == 0
    content = json.loads(capsys.readouterr().out)
    assert {each["variant"]: each["total"] for each in content["variants"]} == expected
    assert content["what_if"] == {"alarms.alarms": "2"}
    for format_, line in (
        ("html", " · what if alarms.alarms = 2</p>"),
        ("text", "\n  what if: alarms.alarms = 2\n\n"),
        ("markdown", "\n\nWhat if: `alarms.alarms` = 2.\n\n|"),
    ):
        assert cli.main([*changed[:-1], format_]) == 0
        assert line in capsys.readouterr().out
    assert cli.main(["cost", str(path), "--compare-environments", "--usage", "alarms.x=2"]) == 2
    assert capsys.readouterr().err == (
        "--usage: alarms.x: unknown key; take it away or mend its spelling\n"
    )


def test_compliance_of_a_system(capsys: pytest.CaptureFixture[str]) -> None:
    """Each service that is used is shown with what it forces, and what the safeguards cost."""
    words = ["cost", "multi-app-account", "--compliance", "hipaa", "--environment", "avoided"]
    assert cli.main(words) == 0
    text = capsys.readouterr().out
    assert "  KMS: eligible\n    - A key of one's own for each store of health data.\n" in text
    # a key at 1.00, and a secret at 0.40 that a parameter would be
    assert "  Safeguards that it forbids to take away cost $1.40 a month here: key (advice:" in text
    assert cli.main([*words, "--format", "markdown"]) == 0
    assert "| VPC | eligible | Stores of health data" in capsys.readouterr().out
    assert cli.main([*words, "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["safeguards_cost"] == "1.4"
    assert content["safeguards"][0] == "key (advice: aws-owned-keys)"
    assert sorted(content["services"]) == ["elb", "kms", "rds", "secrets_manager", "vpc"]


def test_compliance_of_an_app(todo: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An app's services are shown, in one environment or all."""
    assert cli.main([*todo, "--compliance", "hipaa", "--environment", "dev"]) == 0
    assert "  Bedrock: eligible" in capsys.readouterr().out
    assert cli.main([*todo, "--compliance", "hipaa", "--environment", "staging"]) == 2
    assert capsys.readouterr().err == (
        '--environment: given "staging", expected one of dev, prod\n'
    )


def test_every_service_has_a_note(catalog: Catalog) -> None:
    """No service of the price book is unknown to the rule, and it knows no other."""
    regime = load_compliance()["hipaa"]
    assert set(regime.services) == set(catalog.services)
    assert regime.of(["x"]) == {"x": None}


def test_a_demand_is_a_sentence(catalog: Catalog) -> None:
    """What a comma cuts off from its sentence, where quotes are missing, is refused."""
    text = NOTES.read_text(encoding="utf-8")
    whole = '"Access logs, and no health data in paths or query strings."'
    line = text[: text.index(whole)].count("\n") + 1
    with pytest.raises(InputError) as caught:
        parse_compliance(text.replace(whole, whole.strip('"')), "c", catalog.services)
    expected = "expected a sentence in quotes: a capital, and a full stop"
    key = f"c: line {line}: hipaa.services.api_gateway.forces"
    assert str(caught.value).splitlines() == [
        f'{key}.0: given "Access logs", {expected}',
        f'{key}.1: given "and no health data in paths or query strings.", {expected}',
    ]


def test_an_unknown_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A note on a service that the price book lacks is refused and not shown as unknown."""
    book = shutil.copytree(default_catalog_folder(), tmp_path / "book")
    text = NOTES.read_text(encoding="utf-8").replace("    lambda:", "    lamda:")
    (book / "compliance.yaml").write_text(text, encoding="utf-8")
    words = ["cost", "multi-app-account", "--compliance", "hipaa", "--catalog", str(book)]
    assert cli.main(words) == 2
    line = text[: text.index("    lamda:")].count("\n") + 1
    known = ", ".join(sorted(path.stem for path in (book / "services").glob("*.yaml")))
    assert capsys.readouterr().err == (
        f'{book}/compliance.yaml: line {line}: hipaa.services.lamda: given "lamda", expected a '
        f"service of the catalog: {known}\n"
    )


def test_wrong_notes(catalog: Catalog) -> None:
    """A wrong note is told with file, line and key path."""
    text = NOTES.read_text(encoding="utf-8")
    line = text.split("budgets:", maxsplit=1)[0].count("\n") + 1
    with pytest.raises(InputError) as caught:
        parse_compliance(
            text.replace("budgets: {status: no_data}", "budgets: {status: x}"),
            "c",
            catalog.services,
        )
    assert str(caught.value) == (
        f"c: line {line}: hipaa.services.budgets.status: given \"x\", expected one of 'eligible', "
        "'not_eligible' or 'no_data'"
    )


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(mutated(NOTES.read_text(encoding="utf-8")))
def test_any_mutation_of_the_notes(catalog: Catalog, text: str) -> None:
    """Broken notes are refused with line and key path, or still mean something."""
    try:
        assert parse_compliance(text, "c.yaml", catalog.services)["hipaa"].services
    except InputError as error:
        assert_readable(error, "c.yaml")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--fleet", "--compare-environments"],
            "--fleet: expected without --compare-environments",
        ),
        (
            ["--compliance", "hipaa", "--as-printed"],
            "--as-printed: expected without --compliance",
        ),
        (
            ["--compliance", "hipaa", "--compare-environments"],
            "--compare-environments: expected without --compliance",
        ),
        (
            ["--as-printed", "--usage", "apps=10"],
            "--usage: expected without --as-printed",
        ),
        (
            ["--as-printed", "--account-plan", "list"],
            "--account-plan: expected without --as-printed",
        ),
        (
            ["--as-printed", "--environment", "one-app"],
            "--environment: expected without --as-printed",
        ),
        (
            ["--as-printed", "--full", "--format", "markdown"],
            "--full: expected without --as-printed",
        ),
        (
            ["--fleet"],
            "--fleet: expected without multi-app-account, since a system stands alone",
        ),
        (
            ["--usage", "apps=10", "--usage", "apps=20"],
            "--usage: apps: given twice, expected once",
        ),
        (
            ["--compliance", "hipaa", "--format", "csv"],
            "--compliance: given --format csv, expected text, markdown or json",
        ),
        (
            [".", "--compare-environments"],
            "multi-app-account: a system stands alone; expected nothing else beside it",
        ),
        (
            ["codelearn"],
            "multi-app-account: a system stands alone; expected nothing else beside it",
        ),
        (
            ["--environment", "dev", "--compare-environments"],
            "--environment: expected without --compare-environments",
        ),
    ],
)
def test_wrong_words(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not go together is told in one sentence."""
    assert cli.main(["cost", "multi-app-account", *words]) == 2
    assert capsys.readouterr().err == f"{message}\n"
