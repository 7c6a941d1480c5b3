"""`kind: shared-infra`: what is generated, what is refused, and what it is said to cost."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from copier import run_copy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenner.cli import main
from tenner.cli_options import PLANS
from tenner.errors import InputError
from tenner.estimate import Bill
from tenner.load import load_shared_infra
from tenner.registry_folder import FolderRegistry
from tenner.shared_infra import PUBLISHED, PUBLISHED_OF_API, parse_shared_infra, shared_workloads
from tests.fixtures_generated import ROOT
from tests.person import NEW_README_LINE
from tests.real_terraform import terraform
from tests.registrations import HOSTILE, NOW, make_repo, manifest_text, registration
from tests.test_answers import MORE_HOSTILE, OWNER_EXPECTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenner.catalog import Catalog
    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]

FLEET = """\
schema_version: 1
prefix: acme
owner: me
region: us-east-1
topology: stack
github_org: octo-org
account_plan: always-free
environments: [dev, staging]
budget:
  monthly_usd: 10
  alert_email: me@example.org
secrets:
  shared: [openai-api-key, stripe-test-key]
"""
PREFIX_EXPECTED = (
    "Expected: 3 to 20 small letters and digits, in words joined by single hyphens, beginning with "
    'a letter, such as "acme".'
)
EMAIL_EXPECTED = "Expected: one e-mail address of at most 50 characters, or nothing."
GITHUB_EXPECTED = (
    "Expected: the name of a GitHub user or organisation, such as octo-org, or nothing."
)


@pytest.fixture
def generate(plain_template: Path, tmp_path: Path) -> Callable[..., Path]:
    """Generate the shared infrastructure from answers, without tasks; gives its folder."""

    def run(**answers: Any) -> Path:
        folder = tmp_path / "aws-shared-infra"
        shutil.rmtree(folder, ignore_errors=True)
        run_copy(
            str(plain_template),
            folder,
            data={"kind": "shared-infra", **answers},
            defaults=True,
            skip_tasks=True,
            unsafe=True,
            quiet=True,
        )
        return folder

    return run


def refusal(generate: Callable[..., Path], **answers: Any) -> str:
    """Generate with a wrong answer; give the validator's sentence without Copier's words."""
    with pytest.raises(ValueError, match="Validation error for question") as caught:
        generate(**answers)
    return str(caught.value).partition("': ")[2]


def names_in(folder: Path) -> set[str]:
    """Give the paths of all files of a repo but git's own."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in paths if path.parts[0] != ".git"}


# --- What is generated -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environments", "topology", "more"),
    [
        (environments, topology, more)
        for (environments, topology), more in zip(
            product((["dev"], ["staging"], ["dev", "staging"]), ("stack", "monorepo")),
            [
                {},
                {"alert_email": "me@example.org"},
                {"github_org": "octo-org"},
                {"shared_secrets": "openai-api-key, stripe-test-key"},
                {"account_plan": "list", "budget_usd": "25"},
                {"account_plan": "legacy-12-months", "prefix": "acme-1", "owner": "Team Ä"},
            ],
            strict=True,
        )
    ],
)
def test_every_set_of_answers_makes_a_repo(
    generate: Callable[..., Path], environments: list[str], topology: str, more: dict[str, str]
) -> None:
    """fleet.yaml says the answers back, and only the figures of its environments are there."""
    folder = generate(shared_environments=environments, topology=topology, **more)
    infra = load_shared_infra(folder)
    assert infra.environments == tuple(environments)
    assert infra.topology == topology
    assert infra.prefix == more.get("prefix", "tenner")
    assert infra.owner == more.get("owner", "me")
    assert infra.account_plan == more.get("account_plan", "always-free")
    assert infra.budget.monthly_usd == Decimal(more.get("budget_usd", "10"))
    assert infra.budget.alert_email == more.get("alert_email", "")
    assert infra.github_org == more.get("github_org", "")
    assert len(infra.secrets.shared) == (2 if "shared_secrets" in more else 0)
    names = names_in(folder)
    figures = {name for name in names if name.endswith(".tfvars")}
    assert figures == {f"terraform/shared/environments/{name}.tfvars" for name in environments}
    assert {"apps/README.md", "Makefile", "README.md", ".github/workflows/ci.yml"} <= names
    assert {"tools/deploy.py", "tools/validate.py", "terraform/shared/modules/app/api.tf"} <= names
    assert "app.yaml" not in names
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "{{" not in readme
    assert ("Write `alert_email` into fleet.yaml first" in readme) == ("alert_email" not in more)
    for name in environments:
        assert f"`make deploy ENV={name}` makes all that is shared in {name}" in readme


def test_its_tools_are_in_order(generate: Callable[..., Path]) -> None:
    """What deploys it passes the formatter, the linter and the type checker, unchanged."""
    folder = generate()
    for command in (("ruff", "format", "--check"), ("ruff", "check"), ("mypy",)):
        paths = () if command == ("mypy",) else ("tools",)
        done = subprocess.run(
            [sys.executable, "-m", *command, *paths],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_answers_of_an_app_do_not_matter(generate: Callable[..., Path]) -> None:
    """No feature of an app takes a file or a question away from the shared infrastructure."""
    plain = names_in(generate(shared_secrets="a-key"))
    folder = generate(shared_secrets="a-key", features=["static_site"])
    assert names_in(folder) == plain
    answers = yaml.safe_load((folder / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert answers["shared_secrets"] == "a-key"
    assert not {"app_name", "features", "environments", "registry"} & set(answers)


def test_answers_of_the_shared_infrastructure_are_not_asked_for_an_app(
    generated_todo: Path,
) -> None:
    """An app's answers have its topology, and nothing that is asked once for all."""
    answers = yaml.safe_load((generated_todo / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert answers["topology"] == "stack"
    assert not {"prefix", "budget_usd", "shared_environments", "account_plan"} & set(answers)


def test_a_monorepo_s_app_has_no_terraform(plain_template: Path, tmp_path: Path) -> None:
    """Whoever makes it has the module; app.yaml is the same."""
    for topology in ("stack", "monorepo"):
        run_copy(
            str(plain_template),
            tmp_path / topology / "todo",
            data={"topology": topology},
            defaults=True,
            skip_tasks=True,
            unsafe=True,
            quiet=True,
        )
    stack, monorepo = (tmp_path / name / "todo" for name in ("stack", "monorepo"))
    gone = names_in(stack) - names_in(monorepo)
    assert gone
    assert all(name.startswith("terraform/") for name in gone)
    assert (stack / "app.yaml").read_bytes() == (monorepo / "app.yaml").read_bytes()


def test_a_folder_of_any_name_will_do(plain_template: Path, tmp_path: Path) -> None:
    """The folder's name is no app's name here, so nothing is wrong with it."""
    folder = tmp_path / "My Infra"
    answers = {"kind": "shared-infra"}
    run_copy(str(plain_template), folder, data=answers, defaults=True, unsafe=True, quiet=True,
             skip_tasks=True)  # fmt: skip
    assert load_shared_infra(folder).prefix == "tenner"


def test_the_terraform_is_in_its_form(generate: Callable[..., Path]) -> None:
    """`terraform fmt` has nothing to change, so the new repo passes its own check."""
    command = [terraform(), "fmt", "-check", "-recursive", "-list=true", "terraform"]
    folder = generate(organization_email="aws+{account}@example.org")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_make_says_what_there_is(generate: Callable[..., Path]) -> None:
    """Every target that a person is told of has its line."""
    done = subprocess.run(
        ["make", "--no-print-directory"], cwd=generate(), capture_output=True, text=True, check=True
    )
    targets = re.findall(r"(?m)^make (\S+) +\S", done.stdout)
    expected = "help setup fmt validate check cost local local-stop plan deploy destroy clean"
    assert targets == expected.split()


@pytest.mark.parametrize(("name", "jobs"), [("ci", {"check", "plan"}), ("spend", {"spend"})])
def test_the_workflow_pins_every_action(
    generate: Callable[..., Path], name: str, jobs: set[str]
) -> None:
    """By commit, as the app's workflow does; and each is readable YAML."""
    text = (generate() / f".github/workflows/{name}.yml").read_text(encoding="utf-8")
    assert set(yaml.safe_load(text)["jobs"]) == jobs
    uses = re.findall(r"uses: (\S+)", text)
    assert uses
    assert all(re.search(r"@[0-9a-f]{40}\Z", each) for each in uses)


def test_what_is_published_is_counted() -> None:
    """The estimate's number of parameters is that of the Terraform."""
    text = (ROOT / "template/shared-infra/terraform/shared/published.tf").read_text("utf-8")
    of_api = text.partition("published_of_api = {")[2].partition("\n  }")[0]
    assert len(re.findall(r"(?m)^      [a-z-]+ +=", of_api)) == PUBLISHED_OF_API
    others = text.partition("published = merge(")[2].partition("\n  }")[0]
    assert len(re.findall(r"(?m)^    [a-z-]+ +=", others)) == PUBLISHED - PUBLISHED_OF_API


def test_the_command_and_the_question_know_the_same_plans() -> None:
    """`--account-plan` takes what fleet.yaml may have."""
    questions = yaml.safe_load((ROOT / "questions/shared_infra.yml").read_text(encoding="utf-8"))
    assert list(questions["account_plan"]["choices"].values()) == list(PLANS.choices)


# --- What is refused ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        ("prefix", "", f'prefix is "". {PREFIX_EXPECTED}'),
        ("prefix", "ab", f'prefix is "ab". {PREFIX_EXPECTED}'),
        ("prefix", "a" * 21, f'prefix is "{"a" * 21}". {PREFIX_EXPECTED}'),
        ("prefix", "Acme", f'prefix is "Acme". {PREFIX_EXPECTED}'),
        ("prefix", "acme\n", f'prefix is "acme\\n". {PREFIX_EXPECTED}'),
        ("prefix", "${x}", f'prefix is "${{x}}". {PREFIX_EXPECTED}'),
        (
            "prefix",
            "sthree-x",
            (
                'prefix is "sthree-x", but S3 keeps names that begin with sthree for itself. '
                "Choose another name."
            ),
        ),
        (
            "budget_usd",
            "0",
            "budget_usd is 0. Expected: from 1 to 1000000 dollars.",
        ),
        (
            "budget_usd",
            "1000001",
            "budget_usd is 1000001. Expected: from 1 to 1000000 dollars.",
        ),
        (
            "budget_usd",
            "ten",
            (
                'budget_usd is "ten". Expected: a whole number of dollars in digits, from 1 to '
                "1000000."
            ),
        ),
        ("alert_email", "me", f'alert_email is "me". {EMAIL_EXPECTED}'),
        ("alert_email", "me@localhost", f'alert_email is "me@localhost". {EMAIL_EXPECTED}'),
        ("alert_email", "a@b.c, d@e.f", f'alert_email is "a@b.c, d@e.f". {EMAIL_EXPECTED}'),
        ("alert_email", "a@b.c\n", f'alert_email is "a@b.c\\n". {EMAIL_EXPECTED}'),
        ("alert_email", f"{'a' * 46}@b.cd", f'alert_email is "{"a" * 46}@b.cd". {EMAIL_EXPECTED}'),
        ("github_org", "octo_org", f'github_org is "octo_org". {GITHUB_EXPECTED}'),
        ("github_org", "octo--org", f'github_org is "octo--org". {GITHUB_EXPECTED}'),
        ("github_org", "a/b", f'github_org is "a/b". {GITHUB_EXPECTED}'),
        ("github_org", "a" * 40, f'github_org is "{"a" * 40}". {GITHUB_EXPECTED}'),
        ("shared_environments", [], "Given: no environment. Expected: dev, staging or both."),
        ("owner", "#", f'owner is "#". {OWNER_EXPECTED}'),
        (
            "shared_secrets",
            "a, a",
            'shared_secrets has the name "a" twice. Expected: each name once.',
        ),
    ],
)
def test_a_wrong_answer_gets_its_sentence(
    generate: Callable[..., Path], question: str, answer: Any, sentence: str
) -> None:
    """What was given, what was expected; the same words each time."""
    assert refusal(generate, **{question: answer}) == sentence


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("prefix", "abc"),
        ("prefix", "a" * 20),
        ("budget_usd", "1"),
        ("budget_usd", "1000000"),
        ("alert_email", f"{'a' * 45}@b.cd"),
        ("github_org", "a" * 39),
        ("github_org", "1-a-2"),
    ],
)
def test_what_is_just_right_is_taken(
    generate: Callable[..., Path], question: str, answer: str
) -> None:
    """The other side of each boundary, for the question and for fleet.yaml."""
    infra = load_shared_infra(generate(**{question: answer}))
    budget = infra.budget
    found = {
        "prefix": infra.prefix,
        "budget_usd": str(budget.monthly_usd),
        "alert_email": budget.alert_email,
        "github_org": infra.github_org,
    }
    assert found[question] == answer


@pytest.mark.parametrize(
    ("old", "new", "defect"),
    [
        (
            "prefix: acme",
            "prefix: Acme",
            (
                'prefix: given "Acme", expected 3 to 20 small letters and digits, in words joined '
                'by single hyphens, beginning with a letter, such as "acme"'
            ),
        ),
        (
            "prefix: acme",
            "prefix: amzn",
            (
                'prefix: given "amzn", but S3 keeps names that begin with amzn for itself; choose '
                "another name"
            ),
        ),
        (
            "[dev, staging]",
            "[]",
            "environments: given an empty list, expected at least one",
        ),
        (
            "[dev, staging]",
            "[dev, prod]",
            "environments.1: given \"prod\", expected one of 'dev' or 'staging'",
        ),
        (
            "[dev, staging]",
            "[dev, dev]",
            'environments.1: given "dev" again, expected each name once',
        ),
        ("monthly_usd: 10", "monthly_usd: 0", "budget.monthly_usd: given 0, expected at least 1"),
        (
            "me@example.org",
            "me",
            (
                'budget.alert_email: given "me", expected one e-mail address of at most 50 '
                'characters, or "" for nobody'
            ),
        ),
        (
            "octo-org",
            "a_b",
            (
                'github_org: given "a_b", expected the name of a GitHub user or organisation, such '
                'as octo-org, or "" for none'
            ),
        ),
        (
            "topology: stack",
            "topology: heap",
            "topology: given \"heap\", expected one of 'stack' or 'monorepo'",
        ),
        (
            "stripe-test-key]",
            "openai-api-key]",
            'secrets.shared.1: given "openai-api-key" again, expected each name once',
        ),
        ("owner: me", "owners: me", "owner: missing; expected a value"),
    ],
)
def test_a_wrong_fleet_yaml_gets_its_sentence(old: str, new: str, defect: str) -> None:
    """People edit fleet.yaml: each defect has its key path and what was expected."""
    assert old in FLEET
    with pytest.raises(InputError) as caught:
        parse_shared_infra(FLEET.replace(old, new), "fleet.yaml")
    problem = re.sub(r"line \d+: ", "", str(caught.value.problems[0]))
    assert problem == defect


ANY_TEXT = st.text(max_size=60) | st.sampled_from(HOSTILE + MORE_HOSTILE)


ANSWERS = {
    "owner": st.from_regex(r"\A[\w.:/=+@ -]{1,100}\Z") | ANY_TEXT,
    "prefix": st.from_regex(r"\A[a-z0-9-]{1,21}\Z") | st.just("yes") | ANY_TEXT,
    "alert_email": st.from_regex(r"\A[a-z.]{1,9}@[a-z.-]{1,9}\Z") | ANY_TEXT,
    "github_org": st.from_regex(r"\A[A-Za-z0-9-]{1,41}\Z") | st.just("1e3") | ANY_TEXT,
}


def check_answer(generate: Callable[..., Path], question: str, answer: str) -> None:
    """Assert that an answer gets a sentence, or that fleet.yaml and the answers say it back."""
    try:
        folder = generate(**{question: answer})
    except ValueError:
        assert "xpected: " in refusal(generate, **{question: answer})
        return
    infra = load_shared_infra(folder)
    plain = yaml.safe_load((folder / "fleet.yaml").read_text(encoding="utf-8"))
    answers = yaml.safe_load((folder / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert answers[question] == answer
    if question == "alert_email":
        assert infra.budget.alert_email == plain["budget"]["alert_email"] == answer
    else:
        assert getattr(infra, question) == plain[question] == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("owner", "yes"),
        ("owner", "1e3"),
        ("owner", "a: b =+/@"),
        ("owner", "Ünï Çödé/٣"),
        ("owner", "{{ 7*191 }}"),
        ("owner", '"\nprefix: "x'),
        ("owner", "${7*191}"),
        ("prefix", "null"),
        ("prefix", "{{ 7*191 }}"),
        ("github_org", "1e3"),
        ("github_org", "010"),
        ("github_org", "No"),
        ("github_org", "${x}"),
        ("alert_email", "1@2.3"),
        ("alert_email", '"@b.c'),
    ],
)
def test_hostile_answers_come_back_or_are_refused(
    generate: Callable[..., Path], question: str, answer: str
) -> None:
    """Text that a YAML reader, a template or Terraform could take for something else."""
    check_answer(generate, question, answer)


@pytest.mark.slow
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(answers=st.fixed_dictionaries(ANSWERS))
def test_any_answer_comes_back_or_is_refused(
    generate: Callable[..., Path], answers: dict[str, str]
) -> None:
    """The same with any text at all."""
    for question, answer in answers.items():
        check_answer(generate, question, answer)


# --- What it costs -----------------------------------------------------------------------


def test_shared_secrets_are_what_costs_before_any_app(catalog: Catalog) -> None:
    """Two names in two environments are four secrets at $0.40; the guards read their state."""
    bill = Bill(catalog, shared_workloads(parse_shared_infra(FLEET, "fleet.yaml"), catalog))
    reads = 2 * 730 * 2 * Decimal("0.125") / 10**6
    assert reads == Decimal("0.000365")
    assert bill.total == Decimal("1.60") + reads


def test_what_the_guards_cost_by_list(catalog: Catalog) -> None:
    """Without free tiers: 9 alarms at $0.10, and 730 runs an environment of 2 s and 256 MB."""
    fleet = FLEET.replace("  shared: [openai-api-key, stripe-test-key]", "  shared: []")
    bill = Bill(catalog, shared_workloads(parse_shared_infra(fleet, "fleet.yaml"), catalog), "list")
    runs, million = 2 * 730, Decimal(10) ** 6
    logs = runs * 530 / Decimal(10) ** 9
    expected = {
        "cloudwatch": (2 * 4 + 1) * Decimal("0.10"),
        "lambda": runs * Decimal("0.20") / million
        + runs * 2 * Decimal("0.25") * Decimal("0.0000133334"),
        "dynamodb": runs * 2 * Decimal("0.125") / million,
        "logs": logs * Decimal("0.50") + logs * Decimal("0.15") * 7 * 24 / 730 * Decimal("0.03"),
    }
    assert round(bill.total, 12) == round(sum(expected.values()), 12)
    assert round(bill.total, 4) == Decimal("0.9108")


def test_the_guards_use_rests_on_the_price_book(catalog: Catalog) -> None:
    """Another month, and other lines of Lambda, are another use: 10 × (300 + 190) bytes a guard."""
    of_book = {
        name: each.model_copy(update={"value": Decimal(value)})
        for name, value in (
            ("hours_per_month", 10),
            ("platform_log_bytes_per_request", 300),
            ("stored_log_percent", 50),
        )
        for each in [catalog.assumptions[name]]
    }
    changed = replace(catalog, assumptions={**catalog.assumptions, **of_book})
    found = shared_workloads(parse_shared_infra(FLEET, "fleet.yaml"), changed)[0].usage
    used = {each.item: each.quantity for each in found if each.resource == "the guard"}
    assert used["lambda/requests"] == 10
    assert used["dynamodb/on_demand_reads"] == 20
    assert used["cloudwatch_logs/ingest_lambda"] == Decimal(4900).scaleb(-9)
    # 4,900 bytes × 0.5 × 7 days × 24 ÷ 10 hours
    assert used["cloudwatch_logs/storage"] == Decimal(41_160).scaleb(-9)


def test_the_guards_alarms_are_free(catalog: Catalog) -> None:
    """Nine of the ten free alarms in two environments; an eleventh metric would be $0.10."""
    workloads = shared_workloads(parse_shared_infra(FLEET, "fleet.yaml"), catalog)
    alarms = sum(
        usage.quantity
        for usage in {
            (each.app, each.environment, use.resource if not use.shared else ""): use
            for each in workloads
            for use in each.usage
            if use.item == "cloudwatch/alarm_standard"
            for each in [each if not use.shared else workloads[0]]
        }.values()
    )
    assert alarms == 9
    assert catalog.services["cloudwatch"].pools["alarms"].amount == 10


def test_an_app_s_shared_secret_is_the_same_secret(catalog: Catalog, tmp_path: Path) -> None:
    """A secret that fleet.yaml and an app name is billed once."""
    from tenner.workload import workloads_of

    text = manifest_text() + "secrets:\n  shared: [openai-api-key]\n"
    app = workloads_of(registration(tmp_path, text).manifest, catalog)
    infra = shared_workloads(parse_shared_infra(FLEET, "fleet.yaml"), catalog)
    bill = Bill(catalog, [*app, *infra])
    assert sum(key.startswith("secret ") for key in bill.shared) == 4


def test_cost_and_check_know_the_shared_infrastructure(
    here: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its folder they mean all that is shared and every registered app."""
    text = manifest_text() + "secrets:\n  shared: [a-key]\n"
    FolderRegistry(here.apps).register(registration(make_repo(here.place / "todo"), text), NOW)
    assert main(["new", "--kind", "shared-infra", "--defaults", "aws-shared-infra"]) == 0
    lacking = (
        'fleet.yaml: secrets.shared: "a-key" is missing, which todo names; expected it here too, '
        "or nothing makes it\n"
    )
    assert lacking in capsys.readouterr().out
    monkeypatch.chdir(here.place / "aws-shared-infra")
    assert main(["check"]) == 2
    said = capsys.readouterr()
    assert said == ("fleet.yaml: the shared infrastructure is in order\n", lacking)
    fleet = Path("fleet.yaml")
    fleet.write_text(fleet.read_text().replace("shared: []", "shared: [a-key, b-key]"))
    assert main(["check", "."]) == 0
    assert capsys.readouterr() == ("fleet.yaml: the shared infrastructure is in order\n", "")
    assert main(["cost"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("fleet of 1 app · us-east-1")
    assert "  Secrets Manager  2 secrets, 561 calls " in out
    assert "  the fleet costs " in out
    (here.apps / "todo.yaml").write_text("revision: one\n", encoding="utf-8")
    assert main(["check"]) == 2
    assert "apps/todo.yaml: line 1: revision: given " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--usage", "requests=1"],
            "--usage: expected the folder of an app beside it, not what all apps share",
        ),
        (
            ["--environment", "dev"],
            "--environment: expected the folder of an app beside it, not what all apps share",
        ),
    ],
)
def test_what_is_an_app_s_option_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    """A what-if or one environment is asked of an app."""
    (tmp_path / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    assert main(["cost", str(tmp_path), *arguments]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_fleet_yaml_says_which_free_tiers_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its account plan is taken, unless the command says another."""
    text = FLEET.replace("account_plan: always-free", "account_plan: list")
    (tmp_path / "fleet.yaml").write_text(text, encoding="utf-8")
    assert main(["cost", str(tmp_path)]) == 0
    assert "Free tiers are not counted (--account-plan list)." in capsys.readouterr().out
    assert main(["cost", str(tmp_path), "--account-plan", "always-free"]) == 0
    assert "Free tiers are not counted" not in capsys.readouterr().out


def test_a_region_without_prices_is_a_defect_of_fleet_yaml(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names the file that a person edits."""
    (tmp_path / "fleet.yaml").write_text(FLEET.replace("us-east-1", "eu-west-1"), encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f'{tmp_path}/fleet.yaml: region: given "eu-west-1", where secrets_manager/secret has no '
        "price; expected one of us-east-1\n"
    )


# --- With plain Copier -------------------------------------------------------------------


def test_copier_makes_it_where_apps_are_registered(person: Person, git_template: Path) -> None:
    """`copier copy --trust` into the folder that registering an app has made: nothing is lost."""
    done = person.copier("copy", "--trust", "--defaults", "-q", str(git_template), "todo")
    assert done.returncode == 0, done.stderr
    record = (person.apps / "todo.yaml").read_bytes()
    arguments = ("--trust", "--defaults", "--data=kind=shared-infra", str(git_template))
    done = person.copier("copy", *arguments, "aws-shared-infra")
    assert done.returncode == 0, done.stderr
    assert "The shared infrastructure is ready in aws-shared-infra. Next:" in done.stderr
    assert "\n  the fleet costs " in done.stdout
    folder = person.apps.parent
    assert (person.apps / "todo.yaml").read_bytes() == record
    assert person.git(folder, "status", "--porcelain") == ""
    log = person.git(folder, "log", "--format=%s")
    assert log == "Generate the shared infrastructure with Tenner\n"
    assert "apps/todo.yaml" in person.git(folder, "ls-files").splitlines()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "| API Gateway | nothing | $0.00 | $0.00 |\n" in readme
    assert "With the app that `apps/` had when this was\nwritten, " in readme


def test_an_update_keeps_edits_and_records(person: Person, git_template: Path) -> None:
    """A new version comes, a person's lines stay, and no record is touched."""
    arguments = ("--trust", "--defaults", "-q", "--vcs-ref=v0.1.0", "--data=kind=shared-infra")
    done = person.copier("copy", *arguments, str(git_template), "aws-shared-infra")
    assert done.returncode == 0, done.stderr
    folder = person.apps.parent
    fleet, readme = folder / "fleet.yaml", folder / "README.md"
    fleet.write_text(fleet.read_text().replace("shared: []", "shared: [mine]  # mine"))
    readme.write_text(readme.read_text().replace("## Limits\n", "## Limits\n\nMine.\n"))
    FolderRegistry(person.apps).register(registration(make_repo(person.place / "todo")), NOW)
    record = (person.apps / "todo.yaml").read_bytes()
    person.git(folder, "add", "--all")
    person.git(folder, "commit", "--quiet", "--message=mine")
    done = person.copier("update", "--trust", "--defaults", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "shared: [mine]  # mine" in fleet.read_text()
    text = readme.read_text()
    assert "\nMine.\n" in text
    assert text.endswith(NEW_README_LINE)
    assert "| Secrets Manager | 1 secret | $0.40 | $0.40 |" in text
    assert (person.apps / "todo.yaml").read_bytes() == record
    assert person.git(folder, "diff", "--check") == ""
    assert done.stdout.count("the fleet costs") == 1
    assert yaml.safe_load((folder / ".copier-answers.yml").read_text())["_commit"] == "v0.2.0"


@pytest.mark.slow
def test_an_update_with_a_broken_fleet_yaml_is_kept(person: Person, git_template: Path) -> None:
    """A defect is said, and the update is there all the same."""
    arguments = ("--trust", "--defaults", "-q", "--vcs-ref=v0.1.0", "--data=kind=shared-infra")
    assert person.copier("copy", *arguments, str(git_template), "infra").returncode == 0
    folder = person.place / "infra"
    fleet = folder / "fleet.yaml"
    fleet.write_text(fleet.read_text().replace("monthly_usd: 10", "monthly_usd: ten"))
    person.git(folder, "commit", "--quiet", "--all", "--message=mine")
    done = person.copier("update", "--trust", "--defaults", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert 'budget.monthly_usd: given "ten", expected a number in plain digits' in done.stderr
    assert "The update is kept. When that is mended: tenner cost\n" in done.stderr
    assert (folder / "README.md").read_text().endswith(NEW_README_LINE)
