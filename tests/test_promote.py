"""Promotion: when it is time, the branch with prod, and rows that arrive whole."""

from __future__ import annotations

import os
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from copier import run_copy

from tenner import cli
from tenner.estimate import Bill
from tenner.manifest import parse_manifest
from tenner.promotion import promotion_of, with_prod
from tenner.promotion_steps import steps_of
from tenner.workload import workload_of, workloads_of
from tests.fixtures_generated import plain_copy
from tests.mutations import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tenner.catalog import Catalog

OWN = "todo-prod"
MANY = 40_000.0  # units a second: tests don't wait


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


def test_steps_name_secrets_but_no_values() -> None:
    """Each secret of the app has its command, and the last step is the way back."""
    steps = steps_of(parse_manifest(MANIFEST, "app.yaml"), "/somewhere/my app")
    commands = [command for step in steps for command in step.commands]
    assert "cd '/somewhere/my app'" in commands
    puts = [command for command in commands if "tenner secret put" in command]
    assert puts
    assert all(command.endswith(" --environment prod") for command in puts)
    assert steps[-1].what.startswith("the way back")


@pytest.fixture
def promoted(tmp_path: Path) -> Callable[..., int]:
    """The command, about an app with dev that is registered in this folder."""
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


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--back"], "--back: given without --rows, expected with it"),
        (["--revenue", "many"],
         '--revenue: given "many", expected dollars a month in plain digits, such as 80'),
        (["--revenue", "-1"],
         '--revenue: given "-1", expected dollars a month in plain digits, such as 80'),
        (["--rows", "--from-profile", "nobody"],
         "--from-profile nobody: there is no such profile; expected one of ~/.aws/config"),
    ],
)  # fmt: skip
def test_wrong_words(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each is one sentence, and nothing is changed."""
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    (tmp_path / "todo").mkdir()
    (tmp_path / "todo/app.yaml").write_text(MANIFEST, encoding="utf-8")
    registry = ["--registry", str(tmp_path / "apps")]
    subprocess.run(["git", "init", "-q", str(tmp_path / "todo")], check=True)
    assert cli.main(["register", str(tmp_path / "todo"), *registry]) == 0
    capsys.readouterr()
    assert cli.main(["promote", "todo", *registry, *words]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"
    assert cli.main(["promote", "nobody", *registry]) == 2
    assert '"nobody" is not registered in ' in capsys.readouterr().err
