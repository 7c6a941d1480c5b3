"""The Terraform tests that generated repos have: they pass, and they notice what they should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from copier import run_copy

from tests import real_terraform

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow
ALL_FEATURES = ["http_api", "job", "worker", "login", "ai", "static_site"]
SHARED = {"kind": "shared-infra", "prefix": "acme", "owner": "me", "github_org": "acme"}
GENERATED: dict[str, dict[str, Any]] = {
    "app": {"app_name": "todo", "features": ALL_FEATURES, "app_parameters": "greeting",
            "app_secrets": "token", "shared_secrets": "openai-api-key"},
    "api": {"app_name": "todo", "features": ["http_api"]},
    "site": {"app_name": "todo", "features": ["static_site"]},
    "production": {"app_name": "todo", "features": ALL_FEATURES, "app_secrets": "token",
                   "shared_secrets": "openai-api-key", "environments": ["dev", "prod"]},
    "site-in-production": {"app_name": "todo", "features": ["static_site"],
                           "environments": ["prod"]},
    "staging": {"app_name": "todo", "environments": ["staging"]},
    "account": SHARED,
    "stack": SHARED,
    "monorepo": {**SHARED, "topology": "monorepo", "shared_secrets": "openai-api-key"},
    "organization": {**SHARED, "organization_email": "aws+{account}@example.org"},
}  # fmt: skip


@pytest.fixture
def root_of(plain_template: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A generated repo's Terraform root; the shared one has two unlike apps registered."""

    def make(name: str) -> Path:
        def generate(answers: dict[str, Any], folder: str) -> Path:
            place = tmp_path / folder
            run_copy(
                str(plain_template), place, data=answers, defaults=True, unsafe=True, quiet=True
            )
            return place

        real_terraform.terraform()
        answers = GENERATED[name]
        if "kind" not in answers:
            inner = "terraform/production" if "production" in name else "terraform"
            return generate(answers, "todo") / inner
        shared = generate(answers, "aws-shared-infra")
        topology = {"topology": answers.get("topology", "stack")}
        generate({**GENERATED["app"], **topology}, "todo")
        with_prod = {"environments": ["dev", "prod"]} if name == "organization" else {}
        generate({"app_name": "pip", "features": ["http_api"], **topology, **with_prod}, "pip")
        return shared / "terraform" / (name if name in {"account", "organization"} else "shared")

    return make


def on_api_2(root: Path, apis: int) -> None:
    """Let fleet.yaml have so many APIs, and pip be on the second."""
    fleet, record = root / "../../fleet.yaml", root / "../../apps/pip.yaml"
    text = fleet.read_text(encoding="utf-8")
    assert "\napis: 1 " in text
    fleet.write_text(text.replace("\napis: 1 ", f"\napis: {apis} "), encoding="utf-8")
    text = record.read_text(encoding="utf-8")
    assert "\n  app: pip\n" in text
    record.write_text(text.replace("\n  app: pip\n", "\n  app: pip\n  api: 2\n"), encoding="utf-8")


@pytest.mark.parametrize("name", ["stack", "monorepo"])
def test_two_apis_pass(name: str, root_of: Callable[[str], Path], tmp_path: Path) -> None:
    """With a second API, and an app on it, the shared infrastructure passes its own tests."""
    root = root_of(name)
    on_api_2(root, 2)
    code, words = real_terraform.tested(root, tmp_path)
    assert code == 0, words
    assert " 0 failed." in words


def test_an_app_on_an_api_that_is_not_there(root_of: Callable[[str], Path], tmp_path: Path) -> None:
    """No plan is made where an app is on API 2 of 1, and the sentence names both."""
    root = root_of("monorepo")
    on_api_2(root, 1)
    code, words = real_terraform.tested(root, tmp_path)
    assert code == 1
    assert (
        "fleet.yaml has `apis: 1`, and these apps are on another: pip (api: 2). Expected `apis` to "
        "be as high as the highest `api`."
    ) in words


@pytest.mark.parametrize("name", GENERATED)
def test_a_new_repo_passes(name: str, root_of: Callable[[str], Path], tmp_path: Path) -> None:
    """What is generated passes its own tests, without AWS."""
    code, words = real_terraform.tested(root_of(name), tmp_path)
    assert code == 0, words
    assert " 0 failed." in words
    assert " 0 passed" not in words


APP = [
    ("functions.tf", 'tonumber(var.shared["log-retention-days"])', "30",
     "A log group is not kept as long as the shared infrastructure says."),
    ("functions.tf", "  timeout ", "  reserved_concurrent_executions = 1\n  timeout ",
     "A function reserves concurrency"),
    ("functions.tf", "  tags = local.tags", "  tags = {}", "A resource lacks a tag"),
    ("api.tf", '"ANY /${local.app}/{proxy+}" = local', '"ANY /{proxy+}" = local',
     "A route is not below /<app>"),
    ("policy.json.tftpl", '["${app}#*"]', '["*"]', "The app's role reaches rows of other apps"),
    ("role.tf", 'var.shared["permissions-boundary-arn"]', "null",
     "The app's role is outside the permissions boundary."),
]  # fmt: skip
PRODUCTION = [
    ("bucket.tf", "restrict_public_buckets = true", "restrict_public_buckets = false",
     "Somebody could make the bucket public."),
    ("bucket.tf", "!var.profile.deletion_protection", "true",
     "The bucket goes with its files though prod is protected."),
    ("boundary.tf", '"lambda:InvokeFunction"', '"lambda:*"',
     "The permissions boundary allows all actions of a service."),
    ("login.tf", "allow_admin_create_user_only = true", "allow_admin_create_user_only = false",
     "Anybody can sign up, or the users can be lost."),
    ("api.tf", "https://${var.profile.custom_domain}", "https://example.org",
     "The app does not say that it answers at its domain."),
    ("table.tf", "enabled = var.profile.point_in_time_recovery", "enabled = false",
     "The table of prod can be lost"),
    ("table.tf", "local.scaling.target_percent", "90", "Auto scaling does not keep 70 %"),
    ("secrets.tf", '"${local.app}/prod/${each.key}"', '"shared/prod/${each.key}"',
     "A secret is not called <app>/prod/<name>"),
    ("secrets.tf", "permissions_boundary = aws_iam_policy.boundary.arn", "",
     "What rotates is outside the permissions boundary."),
    ("watching.tf", "var.profile.dashboard && local.has_functions", "true",
     "What costs each month is made though app.yaml does not ask for it."),
]  # fmt: skip
MONOREPO = [
    ("published.tf", '=> value if number != "1"', "=> value",
     "What is of API 1 is published twice."),
    ("modules/app/api.tf", 'below = "${local.app}/*"', 'below = "${local.app}*"',
     "pip* would be pip2's, too."),
    ("table.tf", '"PAY_PER_REQUEST"', '"PROVISIONED"', "The table is not on demand"),
    ("api.tf", "throttling_rate_limit  = var.requests_per_second", "", "An API has no limit"),
    ("denied.tf", '"ec2:CreateNatGateway",', "", "Apps may make what costs by the hour."),
]  # fmt: skip
ORGANIZATION = [
    ("main.tf", 'contains(keys(record.manifest.environments), "prod")', "true",
     "There is not one account for each registered app that has prod."),
    ("main.tf", 'units = ["Dev"]', 'units = ["Dev", "Prod"]',
     "Production is denied what it may pay for on purpose, or development is not."),
    ("main.tf", 'Effect = "Deny"', 'Effect = "Allow"', "A service control policy only takes away"),
    ("main.tf", '"ALL" # with', '"CONSOLIDATED_BILLING" # with', "Without all features"),
]  # fmt: skip
ACCOUNT = [
    ("spend.tf", ":ref:refs/heads/main", ":*", "Another repo or branch may look at the cost."),
    ("spend.tf", '"ce:GetAnomalies"', '"ce:*"', "The weekly look may do more than look and tell."),
    ("spend.tf", "Resource = aws_sns_topic.news.arn", 'Resource = "*"',
     "The weekly look may tell other topics."),
    ("budget.tf", '"95"           = "ACTUAL"', "", "The budget does not tell of 50, 80, 95"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "folder", "edits"),
    [
        ("app", "app", APP),
        ("production", "", PRODUCTION),
        ("monorepo", "", MONOREPO),
        ("account", "", ACCOUNT),
        ("organization", "", ORGANIZATION),
    ],
)
def test_harmful_edits_are_noticed(
    name: str,
    folder: str,
    edits: list[tuple[str, str, str, str]],
    root_of: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """Edits fail the tests, each with the sentence that says what is wrong."""
    root = root_of(name)
    for file, old, new, _ in edits:
        path = root / folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    code, words = real_terraform.tested(root, tmp_path)
    assert (code, [each for *_, each in edits if each not in words]) == (1, []), words
