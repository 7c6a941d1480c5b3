"""app.yaml and the code agree."""

import importlib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
MANIFEST = yaml.safe_load((ROOT / "app.yaml").read_text("utf-8"))
FUNCTIONS: list[str] = sorted(MANIFEST.get("functions", {}))


def test_the_project_has_the_apps_name() -> None:
    """The name in pyproject.toml is that of the manifest."""
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    assert f'name = "{MANIFEST["app"]}"' in lines


def test_every_folder_is_a_function_of_the_manifest() -> None:
    """No function is forgotten in app.yaml, and none there is without code.

    Only what rotates secrets in prod is not of the manifest.
    """
    folders = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
    assert sorted(folders - {"rotation"}) == FUNCTIONS


def test_every_function_has_a_handler() -> None:
    """Lambda finds functions.<name>.handler.handler."""
    for name in FUNCTIONS:
        assert callable(importlib.import_module(f"functions.{name}.handler").handler)


def test_what_the_manifest_has_is_there() -> None:
    """Optional parts are in the manifest and in the code, or in neither."""
    parts = {"login": "functions/shared/login.py", "ai": "functions/shared/ai.py"}
    parts["static_site"] = "site/index.html"
    assert {name for name, path in parts.items() if (ROOT / path).exists()} == {
        name for name in parts if name in MANIFEST
    }
