"""Runs the Terraform of this machine, wherever its AWS provider is.

With the user's own CLI configuration; else with one for a filesystem mirror that is found here;
else from the registry.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROVIDER = "registry.terraform.io/hashicorp/aws"
_ROOTS = ("/opt", "/usr/local", "/usr/share", "/usr/lib", "/var/lib", "~")
_LEVELS = ("", "*/", "*/*/")
_MACHINE = ("timestamp", "terraform_version")


def terraform() -> str:
    """Find Terraform, or skip the test with the reason."""
    found = shutil.which("terraform")
    if not found:
        pytest.skip("Terraform is not installed")
    return found


def plan(config: Path, folder: Path) -> dict[str, Any]:
    """Plan a configuration without AWS; give the plan without what differs by machine."""
    binary, environment = terraform(), _environment(folder)
    shutil.copy2(config, folder / "main.tf")
    for command in (
        ["init", "-input=false", "-no-color"],
        ["plan", "-input=false", "-no-color", "-out=made.plan"],
    ):
        _run([binary, *command], folder, environment)
    content = json.loads(_run([binary, "show", "-json", "made.plan"], folder, environment))
    return {key: value for key, value in content.items() if key not in _MACHINE}


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{' '.join(command[1:])}:\n{done.stderr}")
    return done.stdout


def _environment(folder: Path) -> dict[str, str]:
    return with_mirror(os.environ, folder)


def with_mirror(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Keep a user's CLI configuration; where there is none, write one for a mirror."""
    environment = {**given, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    own = environment.pop("TF_CLI_CONFIG_FILE", "")
    if own and Path(own).is_file():
        return {**environment, "TF_CLI_CONFIG_FILE": own}
    if (Path.home() / ".terraformrc").is_file():
        return environment
    mirror = _mirror()
    if mirror is None:
        return environment
    text = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    file = folder / "mirror.tfrc"
    file.write_text(text, encoding="utf-8")
    return {**environment, "TF_CLI_CONFIG_FILE": str(file)}


def _mirror() -> Path | None:
    for root in _ROOTS:
        for level in _LEVELS:
            for found in Path(root).expanduser().glob(f"{level}{_PROVIDER}"):
                return found.parents[2]
    return None


def template(file: Path, variables: dict[str, Any], folder: Path) -> str:
    """Fill a Terraform template as Terraform does, without a provider."""
    given = json.dumps(variables)
    line = f'jsonencode(templatefile("{file}", {given}))\n'
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    environment.pop("TF_CLI_CONFIG_FILE", None)
    done = subprocess.run(
        [terraform(), "console"],
        cwd=folder,
        env=environment,
        input=line,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stderr)
    return str(json.loads(json.loads(done.stdout)))


def tested(root: Path, folder: Path) -> tuple[int, str]:
    """Run a root's own `terraform test`; give its exit code and words. Needs no backend, no AWS."""
    binary, environment = terraform(), _environment(folder)
    environment["TF_DATA_DIR"] = str(folder / "terraform")
    _run([binary, "init", "-backend=false", "-input=false", "-no-color"], root, environment)
    done = subprocess.run(
        [binary, "test", "-no-color"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, " ".join(f"{done.stdout}{done.stderr}".replace("│", " ").split())
