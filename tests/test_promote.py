"""Promotion: when it is time, the branch with prod, and rows that arrive whole."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from copier import run_copy

from tenner import cli
from tenner.estimate import Bill
from tenner.manifest import parse_manifest
from tenner.promotion import promotion_of, with_prod
from tenner.promotion_steps import Names, steps_of
from tenner.workload import workload_of, workloads_of
from tests.fixtures_generated import plain_copy
from tests.mutations import MANIFEST
from tests.terminal import at_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tenner.catalog import Catalog


@pytest.mark.parametrize(
    ("revenue", "is_time"), [(None, False), ("50", False), ("50.01", True), ("80", True)]
)
def test_the_rule(revenue: str | None, is_time: bool, catalog: Catalog) -> None:
    """It is time above $50 a month, not at it."""
    earned = Decimal(revenue) if revenue else None
    found = promotion_of(parse_manifest(MANIFEST, "app.yaml"), [], catalog, "list", earned)
    assert found.is_time == is_time
    assert found.break_even < 50


def test_revenue_must_pay_for_prod(catalog: Catalog) -> None:
    """Above $50 an app that costs more than it earns has not earned an account."""
    text = MANIFEST.replace("requests_per_month: ", "requests_per_month: 1000000")
    manifest = parse_manifest(text, "app.yaml")
    cost = promotion_of(manifest, [], catalog, "list", None).break_even
    assert cost > 50
    at, above = (
        promotion_of(manifest, [], catalog, "list", cost + more)
        for more in (Decimal(0), Decimal("0.01"))
    )
    assert (at.is_time, above.is_time) == (False, True)
    assert at.margin == 0


def test_figures_are_those_of_the_estimate(catalog: Catalog) -> None:
    """Today, prod and alone are three bills and their differences."""
    manifest = parse_manifest(MANIFEST, "app.yaml")
    only_dev = manifest.model_copy(update={"environments": {"dev": manifest.environments["dev"]}})
    other = workloads_of(only_dev.model_copy(update={"app": "other"}), catalog)
    found = promotion_of(only_dev, other, catalog, "always-free", Decimal(100))
    dev = workloads_of(only_dev, catalog)
    prod = workload_of(with_prod(only_dev), "prod", catalog)
    rest, now, then = (
        Bill(catalog, each).total for each in (other, [*other, *dev], [*other, *dev, prod])
    )
    assert (found.today, found.prod) == (now - rest, then - now)
    assert found.alone == Bill(catalog, [*dev, prod]).total
    assert found.margin == (100 - found.today - found.prod) / 100


NAMES = Names("/somewhere/my app", "our shared", "todo", "/our/apps")


def commands_of(text: str, names: Names = NAMES) -> list[str]:
    """All commands of the steps for a manifest."""
    steps = steps_of(parse_manifest(text, "app.yaml"), names)
    assert steps[-1].what.startswith("the way back")
    return [command for step in steps for command in step.commands]


def test_the_steps_are_complete() -> None:
    """From the branch to the way back: account, log in, deploy, values, rows, users, switch."""
    steps = steps_of(parse_manifest(MANIFEST, "app.yaml"), NAMES)
    assert [step.what for step in steps] == [
        "look at the branch, and take it in",
        "make an account for it in your AWS Organization, where there is none yet",
        "log in to both accounts, and see that they are two",
        "make what prod has for itself; look at the plan before you agree",
        "give each secret and parameter its value; a secret is asked for unseen",
        "copy its rows of dev; the old app goes on, and what is cut off goes on too",
        "make its users in its own pool; each sets a new password, since none can be copied",
        "see its addresses, and that it answers there",
        "stop the old app in dev, and copy what it has written since",
        "give users the new address",
        "when nobody asks the old app any more: let dev run, for you alone",
        "the way back: users to dev, rows back, then away with prod",
    ]


def test_steps_name_secrets_but_no_values() -> None:
    """Each secret and each parameter has its command, as `tenner secret put` takes it."""
    puts = [each for each in commands_of(MANIFEST) if "tenner secret put" in each]
    assert puts == [
        f"AWS_PROFILE=todo tenner secret put {name} --environment prod"
        for name in ("openai-api-key", "client-secret", "page-size", "greeting")
    ]


def test_steps_say_what_was_said() -> None:
    """Folder, profiles and registry are in the commands, quoted; so is the environment of rows."""
    commands = commands_of(MANIFEST.replace("  dev:", "  staging:"))
    assert "cd '/somewhere/my app'" in commands
    assert "tenner register . --registry /our/apps" in commands
    assert (
        "tenner promote todo --rows --environment staging --from-profile 'our shared' --to-profile "
        "todo --registry /our/apps --again"
    ) in commands
    assert (
        "AWS_PROFILE='our shared' tenner guard engage --stage stop --app todo --environment "
        "staging --region us-east-1"
    ) in commands


def test_steps_of_a_site_without_functions() -> None:
    """What has neither rows nor secrets nor users gets no steps for them."""
    text = MANIFEST[: MANIFEST.index("functions:")] + MANIFEST[MANIFEST.index("static_site:") :]
    said = "\n".join(commands_of(text))
    assert "output -raw site_url" in said
    for word in ("--rows", "--users", "secret put", "guard", "health_url"):
        assert word not in said


def test_a_domain_of_its_own_is_pointed_to_prod() -> None:
    """With a domain users keep their address: its CNAME is what changes."""
    text = MANIFEST.replace("prod: {}", "prod: {custom_domain: api.example.org}")
    steps = steps_of(parse_manifest(text, "app.yaml"), NAMES)
    (step,) = [step for step in steps if "api.example.org" in step.what]
    assert step.what == "point api.example.org, a CNAME, to prod"
    assert step.commands[0].endswith("output -raw domain_target")


@pytest.fixture
def promoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command, about an app with dev that is registered in this folder, for who has a name."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "me")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "me@example.org")
    template = plain_copy(tmp_path / "template")

    def git(*words: str, folder: Path = template) -> str:
        command = ["git", "-C", str(folder), "-c", "user.name=me", "-c", "user.email=me@x", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "All")
    git("tag", "v1.0.0")
    run_copy(
        str(template), tmp_path / "todo", vcs_ref="v1.0.0", defaults=True, unsafe=True, quiet=True,
        data={"app_name": "todo", "app_secrets": "token", "registry": "../apps"},
    )  # fmt: skip

    # Copier's tasks see the environment of before: without an identity there, nothing is committed.
    git("commit", "--quiet", "--all", "--allow-empty", "-mMine", folder=tmp_path / "todo")

    def run(*words: str, app: str = "todo") -> int:
        return cli.main(["promote", app, "--registry", str(tmp_path / "apps"), *words])

    return run


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.slow
def test_prod_comes_on_a_branch(
    promoted: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The branch has Terraform of prod; the folder, its branch and the registry are as before."""
    todo, record = tmp_path / "todo", tmp_path / "apps/todo.yaml"
    before = (_git(todo, "rev-parse", "HEAD"), record.read_text(encoding="utf-8"))
    assert promoted("--revenue", "80", "--dry-run") == 0
    assert "would get the branch tenner/prod" in capsys.readouterr().out
    assert promoted("--revenue", "20") == 1
    assert "It is too early" in capsys.readouterr().out
    assert _git(todo, "branch", "--list", "tenner/*") == ""

    assert promoted("--revenue", "80", "--yes") == 0
    said = capsys.readouterr().out
    assert "It is time" in said
    assert "tenner secret put token --environment prod" in said
    assert (_git(todo, "rev-parse", "HEAD"), record.read_text(encoding="utf-8")) == before
    assert _git(todo, "status", "--porcelain") == ""
    files = _git(todo, "diff", "--name-only", "HEAD...tenner/prod").split()
    assert {"app.yaml", "terraform/production/table.tf", "functions/rotation/issuer.py"} <= {*files}
    manifest = _git(todo, "show", "tenner/prod:app.yaml")
    assert list(parse_manifest(manifest, "app.yaml").environments) == ["dev", "prod"]
    assert promoted("--revenue", "80", "--yes") == 2
    assert "has the branch tenner/prod already" in capsys.readouterr().err


@pytest.mark.slow
def test_what_a_person_changed_stays(
    promoted: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A change that does not meet prod's is on the branch; one that does ends it, in a sentence."""
    todo = tmp_path / "todo"
    text = (todo / "app.yaml").read_text(encoding="utf-8")
    kept = text.replace("requests_per_month: 10000", "requests_per_month: 4321")
    assert kept != text

    def commit(text: str) -> None:
        (todo / "app.yaml").write_text(text, encoding="utf-8")
        _git(todo, "-c", "user.name=me", "-c", "user.email=me@x", "commit", "-qam", "Mine")

    commit(kept.replace("  dev: {}", "  dev: {use_multiplier: 2}\n  # mine"))
    assert promoted("--revenue", "80", "--yes") in {2, 3}
    assert "app.yaml" in capsys.readouterr().err
    assert _git(todo, "branch", "--list", "tenner/*") == ""
    commit(kept)
    assert promoted("--revenue", "80", "--yes") == 0
    assert "4321" in _git(todo, "show", "tenner/prod:app.yaml")


@pytest.mark.slow
def test_a_person_who_agrees(promoted: Callable[..., int], tmp_path: Path) -> None:
    """Asked at a terminal what it earns, Enter is a yes where it is time, and makes the branch."""
    run = "import sys; from tenner.cli import main; sys.exit(main())"
    words = ["promote", "todo", "--registry", str(tmp_path / "apps")]
    code, shown = at_terminal(
        [sys.executable, "-c", run, *words],
        tmp_path,
        {**os.environ, "TERM": "xterm"},
        ("What does it earn a month", "\b80\r"),
        ("Add prod to its repo?", "\r"),
    )
    assert code == 0, shown
    assert "It is time" in shown
    assert "tenner secret put token --environment prod" in shown
    assert "app.yaml" in _git(tmp_path / "todo", "diff", "--name-only", "HEAD...tenner/prod")
