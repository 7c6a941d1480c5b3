"""`tenner check`: what a person sees, exit codes, and that no value of a plan is ever shown."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tenner.cli import main
from tests.fixtures_plans import PLANS, change, plan_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    PlanFile = Callable[[str], Path]

SECRET = "s3cr3t-v4lue"  # noqa: S105 - what must not be shown
TAGS = {"app": "todo", "environment": "staging", "owner": "me", "template_version": "1"}


def test_text_of_a_refused_plan(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each finding says what, where, what it costs, why and what to do instead; exit 1."""
    shutil.copy2(PLANS / "rds_instance" / "violating" / "plan.json", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "plan.json"]) == 1
    assert capsys.readouterr().out == (
        "plan.json · dev · 1 resource: 1 finding, $13.98 a month\n"
        "\n"
        "  aws_db_instance.main (new): an RDS instance in dev\n"
        "    costs    $13.98 a month as a db.t4g.micro with 20 GB, the smallest: 730\n"
        "             hours × $0.016 + 20 GB-months × $0.115\n"
        "    why      it is billed by the hour, used or not\n"
        "    instead  rows of the shared DynamoDB table, on demand and with 25 GB free\n"
    )


def test_text_of_a_plan_in_order(capsys: pytest.CaptureFixture[str], plan_file: PlanFile) -> None:
    """A plan in which nothing is refused says so; exit 0."""
    path = plan_file(plan_json([change("aws_sqs_queue.jobs", {"tags_all": TAGS})]))
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path} · staging · 1 resource: in order\n"


def test_json_can_be_traced(capsys: pytest.CaptureFixture[str], plan_file: PlanFile) -> None:
    """JSON has the cost as exact text, with price, source and date of every part."""
    path = plan_file(plan_json([change("aws_nat_gateway.out", {})]))
    assert main(["check", str(path), "--format", "json"]) == 1
    (plan,) = json.loads(capsys.readouterr().out, parse_float=pytest.fail)["plans"]
    (finding,) = plan["findings"]
    assert plan["environment"] == "dev"
    assert plan["fixed_usd_per_month"] == finding["fixed_usd_per_month"] == "36.5"
    assert [
        (part["item"], part["usd_per_month"], part["derivation"]) for part in finding["fixed"]
    ] == [
        ("vpc/nat_gateway", "32.85", "730 hours × $0.045"),
        ("vpc/public_ipv4", "3.65", "730 address-hours × $0.005"),
    ]
    assert [part["item"] for part in finding["variable"]] == ["vpc/nat_gateway_data"]
    for part in (*finding["fixed"], *finding["variable"]):
        assert part["price"]["source"]
        assert part["price"]["checked"] >= "2025-06-18"
    assert (finding["address"], finding["type"], finding["status"], finding["guardrail"]) == (
        "aws_nat_gateway.out",
        "aws_nat_gateway",
        "new",
        "nat_gateway",
    )


def test_option_overrides_the_tags(capsys: pytest.CaptureFixture[str], plan_file: PlanFile) -> None:
    """--environment is stronger than the tags, which then are wrong."""
    path = plan_file(plan_json([change("aws_sqs_queue.jobs", {"tags_all": TAGS})]))
    assert main(["check", str(path), "--environment", "prod"]) == 1
    assert (
        "aws_sqs_queue.jobs (new): a resource of which the tag environment is not prod"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize(
    "after",
    [
        {"name": SECRET, "retention_in_days": SECRET, "tags_all": {"environment": SECRET}},
        {"tags": SECRET, "tags_all": [SECRET], "secret_string": SECRET, SECRET: SECRET},
        {"name": f"shared/{SECRET}", "tags_all": {SECRET: SECRET, "app": SECRET, "owner": ""}},
    ],
)
def test_no_value_is_shown(
    after: dict[str, Any],
    format_: str,
    environment: str,
    capsys: pytest.CaptureFixture[str],
    plan_file: PlanFile,
) -> None:
    """Whatever attribute a secret stands in, it is not in what is printed."""
    types = ("aws_cloudwatch_log_group", "aws_secretsmanager_secret", "aws_lb", "aws_db_instance")
    path = plan_file(
        plan_json(
            [change(f"{type_}.one", after, before=after) for type_ in types],
            variables={"password": {"value": SECRET}},
        )
    )
    assert main(["check", str(path), "--format", format_, "--environment", environment]) == 1
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err


@pytest.mark.parametrize("text", [f'{{"{SECRET}"', f'["{SECRET}"]', f'{{"a": "{SECRET}"}}'])
def test_no_value_is_shown_of_what_is_no_plan(
    text: str, capsys: pytest.CaptureFixture[str], plan_file: PlanFile
) -> None:
    """A broken plan may hold secrets, too."""
    assert main(["check", str(plan_file(text))]) == 2
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
    assert "terraform show -json" in printed.err


def test_plans_and_manifests_together(
    capsys: pytest.CaptureFixture[str], plan_file: PlanFile, generated_todo: Path
) -> None:
    """One command checks both; what is in order is said, and a defect makes it exit 2."""
    good = plan_file(plan_json([]))
    missing = good.with_name("missing.json")
    assert main(["check", str(generated_todo), str(good), str(missing)]) == 2
    printed = capsys.readouterr()
    assert printed.out == (
        f"{generated_todo}: todo is in order\n{good} · dev · 0 resources: in order\n"
    )
    assert printed.err == f"{missing}: not found\n"


def test_manifests_as_json(capsys: pytest.CaptureFixture[str], generated_todo: Path) -> None:
    """--format json lists manifests beside plans."""
    assert main(["check", str(generated_todo), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "plans": [],
        "manifests": [{"path": str(generated_todo), "app": "todo"}],
    }


def test_manifest_written_as_json(capsys: pytest.CaptureFixture[str], plan_file: PlanFile) -> None:
    """JSON is YAML: a manifest may be a .json file, and its defects are a manifest's."""
    assert main(["check", str(plan_file('{"schema_version": 1}'))]) == 2
    assert "owner: missing" in capsys.readouterr().err


def test_terraforms_own_plan_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The binary file that `terraform plan -out` writes is named as what it is not."""
    path = tmp_path / "plan.json"
    path.write_bytes(b"PK\x03\x04\x14\x00\x08\xff\xfe")
    assert main(["check", str(path)]) == 2
    assert "not UTF-8 text" in capsys.readouterr().err


def test_lines_fit_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """What the gate says of costs and reasons is wrapped."""
    plans = [str(path) for path in sorted(PLANS.glob("*/violating/plan.json"))]
    main(["check", *plans])
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("    "):
            assert len(line) <= 80
            assert line == line.rstrip()
