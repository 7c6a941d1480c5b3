"""`renovate.json` in generated repos, against the schema that Renovate publishes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fixtures_generated import ROOT

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("app", "shared-infra")


def checked(schema: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Check a file with a schema that comes with check-jsonschema; nothing is fetched."""
    return subprocess.run(
        [f"{sys.prefix}/bin/check-jsonschema", "--builtin-schema", schema, str(path)],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_settings_are_renovates(kind: str, tmp_path: Path) -> None:
    """Every key and value is one that Renovate knows; a misspelt one would be found."""
    path = ROOT / "template" / kind / "renovate.json"
    done = checked("vendor.renovate", path)
    assert done.returncode == 0, done.stdout
    spoilt = tmp_path / "renovate.json"
    spoilt.write_text(path.read_text("utf-8").replace('"ignoreScripts": false', '"rebaseWhen": 3'))
    assert checked("vendor.renovate", spoilt).returncode == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_copier_manager_is_on(kind: str) -> None:
    """It may run the template's hooks, and what Copier writes shortly becomes a URL for git."""
    settings = json.loads((ROOT / "template" / kind / "renovate.json").read_text(encoding="utf-8"))
    assert "copier" in settings["enabledManagers"]
    assert settings["ignoreScripts"] is False
    rules = [rule for rule in settings["packageRules"] if "overridePackageName" in rule]
    assert [rule["matchManagers"] for rule in rules] == [["copier"]] * 2
    found = {}
    for rule in rules:
        (pattern,) = rule["matchPackageNames"]
        given = re.fullmatch(r"/\^(g[hl]:)/", pattern)
        replaced = re.fullmatch(
            r"(https://\S+/)\{\{\{replace '\^(g[hl]:)' '' packageName\}\}\}",
            rule["overridePackageName"],
        )
        assert given
        assert replaced
        assert given[1] == replaced[2]
        found[given[1]] = replaced[1]
    assert found == {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
