"""Rules for generated apps: each where it applies and where it does not; money by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner import cli
from tenner.advice.apps import APP_RULES, AppScene
from tenner.advice.base import Rule
from tenner.advice.engine import advise
from tenner.advise import Counsel, advise_app
from tenner.estimate import Bill
from tenner.manifest import parse_manifest
from tenner.money import exact
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.advice.engine import Advice, Advised
    from tenner.catalog import Catalog

HAIKU_US = "us.anthropic.claude-haiku-4-5-20251001-v1:0"  # 1.10 and 5.50; 5.5 has 0.11 and 0.55
HAIKU_3 = "anthropic.claude-3-haiku-20240307-v1:0"
TEXT = f"""\
schema_version: 1
app: todo
owner: me
region: us-east-1
environments: {{dev: {{}}}}
functions:
  api:
    trigger: http_api
    architecture: x86_64
    memory_mb: 1024
    timeout_s: 10
    use: {{requests_per_month: 1000000, duration_ms: 1000, log_bytes_per_request: 4000, cold_start_percent: 0}}
secrets: {{shared: [anthropic-key, openai-key]}}
login: {{use: {{monthly_active_users: 10000}}}}
ai:
  model: {HAIKU_3}
  max_output_tokens: 1500
  use: {{prompts_per_month: 1000000, cache_hit_percent: 50, input_tokens_per_prompt: 1000, output_tokens_per_prompt: 1500}}
"""  # noqa: E501
PROD = TEXT.replace("dev: {}", "prod: {}").replace("[anthropic-key, openai-key]", "[], app: [key]")
OPEN = TEXT.replace("login", "parameters: [] #")

APPLIES = [
    ("arm64", TEXT, "3.3333"),  # 1,000,000 GB-s × (0.0000166667 - 0.0000133334)
    ("memory", TEXT, "3.33334"),  # 200,000 GB-s fewer
    ("log-filter", TEXT, "0.50103562"),  # 1 GB × (0.50 + 0.15 × 7 × 24 ÷ 730 × 0.03 a GB)
    ("log-class", TEXT, "1.085"),  # 4.34 GB × (0.50 - 0.25)
    ("function-url", OPEN, "1"),
    # 2 × 0.40 and 2 × 61 reads at 0.05 for 10,000, which are KMS requests at 0.03 instead
    ("unshared-secrets", TEXT, "0.800244"),
    ("parameter-store", PROD, "0.400122"),
    ("bedrock-model", TEXT.replace(HAIKU_3, HAIKU_US), "4207.5"),  # 500 M × 0.99 + 750 M × 4.95
    # 400,000 prompts fewer × (1,000 × 0.25 + 1,500 × 1.25) / 1,000,000, and 800,000 writes
    ("bedrock-cache", TEXT, "850.5"),
    ("bedrock-tokens", TEXT, "625"),  # 500,000 × 1,000 × 1.25 / 1,000,000
]
APPLIES_NOT = [
    ("arm64", TEXT.replace("x86_64", "arm64")),
    ("memory", TEXT.replace("1024", "255")),
    ("memory", TEXT.replace("duration_ms: 1000", "duration_ms: 6251")),
    ("log-filter", TEXT.replace("log_bytes_per_request: 4000, ", "")),
    ("log-class", TEXT.replace("requests_per_month: 1000000", "requests_per_month: 0")),
    ("function-url", TEXT),  # users log in
    ("function-url", OPEN.replace("http_api", "queue")),
    (
        "function-url",
        OPEN.replace(
            "  api:",
            "  web: {trigger: http_api, memory_mb: 128, timeout_s: 9, "
            "use: {duration_ms: 9, requests_per_month: 9}}\n  api:",
        ),
    ),
    ("unshared-secrets", PROD),
    ("parameter-store", PROD.replace("prod", "dev")),
    ("bedrock-model", TEXT.replace(HAIKU_3, "amazon.nova-micro-v1:0")),
    ("bedrock-model", TEXT.replace(HAIKU_3, HAIKU_US.replace("4-5-20251001-v1:0", "5-5"))),
    ("bedrock-cache", TEXT.replace("hit_percent: 50", "hit_percent: 90")),
    ("bedrock-tokens", TEXT.replace("max_output_tokens: 1500", "max_output_tokens: 500")),
]


def advised(text: str, catalog: Catalog, other: str = "") -> Advised[AppScene]:
    """Ask for all advice on an app, beside another one, without free tiers."""
    others = workloads_of(parse_manifest(other, "app.yaml"), catalog) if other else []
    scene = AppScene(parse_manifest(text, "app.yaml"), catalog, others)
    with exact():
        return advise(
            scene,
            APP_RULES,
            lambda each: Bill(each.catalog, [*each.others, *each.workloads()], "list").total,
        )


def of_rule(found: Advised[AppScene], name: str) -> list[Advice[AppScene]]:
    """Give the advice of one rule."""
    return [each for each in found.advice if each.name == name]


@pytest.mark.parametrize(("rule", "text", "saving"), APPLIES, ids=lambda value: str(value)[:20])
def test_applies(rule: str, text: str, saving: str, catalog: Catalog) -> None:
    """A rule finds its case, and saves what is rebuilt by hand."""
    (found,) = of_rule(advised(text, catalog), rule)
    assert found.saving.quantize(Decimal("0.00000001")) == Decimal(saving)


@pytest.mark.parametrize(("rule", "text"), APPLIES_NOT, ids=lambda value: str(value)[:20])
def test_applies_not(rule: str, text: str, catalog: Catalog) -> None:
    """A rule is silent where there is nothing to change."""
    assert not of_rule(advised(text, catalog), rule)


def test_each_rule_has_both_cases() -> None:
    """No rule is without a case where it applies and one where it does not."""
    names = {rule.name for rule in APP_RULES}
    assert {case[0] for case in APPLIES} == names
    assert {case[0] for case in APPLIES_NOT} == names


def test_a_secret_that_others_share_stays_shared(catalog: Catalog) -> None:
    """Only the secret that no other app has is worth a parameter."""
    other = TEXT.replace("app: todo", "app: pip").replace(", openai-key", "")
    (found,) = of_rule(advised(TEXT, catalog, other), "unshared-secrets")
    assert found.change.do == (
        "In app.yaml move openai-key from secrets.shared to secrets.app, and take it out of "
        "fleet.yaml: no app shares it."
    )
    assert found.change.where == ("openai-key",)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("v0.0.9", True), ("0.0.9", True), ("v0.1.0", False), ("v0.1.0-3-gabc", False), ("", False)],
)
def test_by_update(version: str, expected: bool, catalog: Catalog) -> None:
    """`copier update` brings what the template has since a later version than the app's."""
    counsel = Counsel("todo", "us-east-1", advised(TEXT, catalog), version)
    by_rule = {each.name: counsel.is_by_update(each.rule) for each in counsel.advised.advice}
    assert by_rule["arm64"] is expected
    assert by_rule["memory"] is False


def test_compliance_forbids_some_rules(catalog: Catalog) -> None:
    """With HIPAA, logs, an API's own login and rotation stay; memory may be less all the same."""
    forbidden = {"log-filter", "function-url", "parameter-store"}
    text = OPEN.replace("dev: {}", "prod: {}").replace(
        "[anthropic-key, openai-key]", "[], app: [k]"
    )
    scene = AppScene(parse_manifest(text, "app.yaml"), catalog, [])
    every, allowed = (
        {each.name for each in advise_app(scene, "list", regime).advice} for regime in ("", "hipaa")
    )
    assert every - allowed == forbidden
    assert "memory" in allowed


def test_rules_that_the_template_brings() -> None:
    """A rule says since which version the template does as it says."""
    since = {rule.name: rule.since for rule in APP_RULES if isinstance(rule, Rule) and rule.since}
    assert since == dict.fromkeys(("arm64", "bedrock-model", "bedrock-tokens"), "0.1.0")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An older app is told what `copier update` does, as text and for machines."""
    (tmp_path / "app.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / ".copier-answers.yml").write_text("_commit: v0.0.9\n", encoding="utf-8")
    (tmp_path / "apps").mkdir()
    words = ["advise", str(tmp_path), "--registry", str(tmp_path / "apps")]
    assert cli.main(words) == 0
    text = capsys.readouterr().out
    assert "arm64 is the\n              default. `copier update` does this." in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert cli.main([*words, "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["subject"] == "todo"
    (arm64,) = [each for each in content["advice"] if each["rule"] == "arm64"]
    assert (arm64["by_copier_update"], arm64["impact"]) == (True, "low")
    assert cli.main([*words, "--format", "markdown"]) == 0
    assert "## High: $50 a month and more" in capsys.readouterr().out
    assert cli.main([*words, "--environment", "prod"]) == 2
    assert capsys.readouterr().err == (
        "--environment: expected with a system; an app is advised in all of its own\n"
    )


def test_the_command_of_a_system(capsys: pytest.CaptureFixture[str]) -> None:
    """A system is advised in one of its variants, at any size."""
    words = ["advise", "multi-app-account", "--environment", "nothing-shared", "--format", "json"]
    assert cli.main([*words, "--usage", "apps=10"]) == 0
    content = json.loads(capsys.readouterr().out)
    savings = {each["rule"]: each["saving"] for each in content["advice"]}
    assert savings["shared-secrets"] == "10.8"
    assert cli.main(["advise", "multi-app-account", "--environment", "one-app"]) == 0
    assert "1 more saves less than a cent each" in capsys.readouterr().out
