"""Every app that can be generated passes its own tests, ruff and mypy, unchanged."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import chain, combinations
from typing import TYPE_CHECKING

import pytest
from allpairspy import AllPairs
from copier import run_copy

from tenner.load import load_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FEATURES = ("http_api", "job", "worker", "login", "ai", "static_site")
FUNCTIONS = {"http_api", "job", "worker"}
ENVIRONMENTS = ("dev", "staging", "prod")
MANIFEST_ONLY = ("tests/test_manifest.py",)


def subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Give every subset that is not empty."""
    return list(chain.from_iterable(combinations(names, n) for n in range(1, len(names) + 1)))


def is_valid(features: Iterable[str]) -> bool:
    """Tell whether the questions allow these features together."""
    chosen = set(features)
    return (
        bool(chosen & (FUNCTIONS | {"static_site"}))
        and ("login" not in chosen or "http_api" in chosen)
        and ("ai" not in chosen or bool(chosen & FUNCTIONS))
    )


VALID = [features for features in subsets(FEATURES) if is_valid(features)]
ENVIRONMENT_SETS = subsets(ENVIRONMENTS)


def pairwise() -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Choose combinations in which every pair of choices occurs that can occur."""
    parameters = [[False, True] for _ in FEATURES] + [list(range(len(ENVIRONMENT_SETS)))]

    def possible(row: list[int]) -> bool:
        return len(row) < len(FEATURES) or is_valid(
            name for name, chosen in zip(FEATURES, row, strict=False) if chosen
        )

    return [
        (
            tuple(name for name, chosen in zip(FEATURES, row, strict=False) if chosen),
            ENVIRONMENT_SETS[row[-1]],
        )
        for row in AllPairs(parameters, filter_func=possible)
    ]


def generate(
    template: Path, folder: Path, features: tuple[str, ...], environments: tuple[str, ...]
) -> Path:
    """Generate an app with secrets and parameters where it has functions."""
    names = (
        {}
        if not FUNCTIONS & set(features)
        else {
            "shared_secrets": "openai-api-key",
            "app_parameters": "page-size",
            "app_secrets": "token",
        }
    )
    run_copy(
        str(template),
        folder,
        data={
            "app_name": "link-hub",
            "features": list(features),
            "environments": list(environments),
            "description": 'Keeps "links" {{ safe }} & <sound>',
            **names,
        },
        defaults=True,
        skip_tasks=True,
        unsafe=True,
        quiet=True,
    )
    return folder


def run(folder: Path, *command: str) -> None:
    """Run a Python module in an app's folder; show what it said if it fails.

    pytest's plugins are those of the app: it has none, and loading Tenner's takes longer than
    most of its tests.
    """
    environment = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def check_style_and_types(folder: Path, cache: Path) -> None:
    """Pass the formatter, the linter and the type checker."""
    run(folder, "ruff", "format", "--check", "--no-cache", ".")
    run(folder, "ruff", "check", "--no-cache", ".")
    run(folder, "mypy", "--cache-dir", str(cache))


def python_files(folder: Path) -> dict[str, str]:
    """Give a checksum for each file that the linter or the type checker reads."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".py", ".toml"}
    }


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all apps of a worker: what they import is the same."""
    return tmp_path_factory.mktemp("mypy")


def test_valid_combinations_are_counted() -> None:
    """45 of the 63 sets of features are possible, and 7 sets of environments."""
    assert (len(VALID), len(ENVIRONMENT_SETS)) == (45, 7)


def test_pairwise_covers_every_pair_of_features() -> None:
    """The ordinary run has every feature with and without every other one that allows it."""
    rows = [set(features) for features, _ in pairwise()]
    for one, other in combinations(FEATURES, 2):
        assert any({one, other} <= row for row in rows)
        assert any(one in row and other not in row for row in rows) or other == "http_api"


@pytest.mark.parametrize(("features", "environments"), pairwise(), ids=str)
def test_pairwise(
    plain_template: Path,
    tmp_path: Path,
    mypy_cache: Path,
    features: tuple[str, ...],
    environments: tuple[str, ...],
) -> None:
    """The app is generated, and passes ruff, mypy and its own tests."""
    folder = generate(plain_template, tmp_path / "link-hub", features, environments)
    manifest = load_manifest(folder).manifest
    assert tuple(manifest.environments) == environments
    check_style_and_types(folder, mypy_cache)
    run(folder, "pytest", "-q", "-p", "no:cacheprovider")


@pytest.mark.slow
@pytest.mark.parametrize("features", VALID, ids=",".join)
def test_all_combinations(
    plain_template: Path, tmp_path: Path, mypy_cache: Path, features: tuple[str, ...]
) -> None:
    """All seven sets of environments pass too.

    Their code is the same but for what rotates secrets in prod, so types are checked twice, and
    what runs without a look at the environments of app.yaml is run for the first and the largest
    set.
    """
    first: dict[bool, dict[str, str]] = {}
    for number, environments in enumerate(ENVIRONMENT_SETS):
        folder = tmp_path / str(number) / "link-hub"
        generate(plain_template, folder, features, environments)
        assert tuple(load_manifest(folder).manifest.environments) == environments
        files = python_files(folder)
        known = first.setdefault("prod" in environments, files)
        assert files == known
        if files is known:
            check_style_and_types(folder, mypy_cache)
        is_whole = environments in {("dev",), ENVIRONMENTS}
        run(folder, "pytest", "-q", "-p", "no:cacheprovider", *(() if is_whole else MANIFEST_ONLY))
