"""Runs Terraform: finds it and its AWS provider, and keeps environments apart."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.problem import OUTSIDE, Problem

OLDEST = (1, 11)
PROVIDER = "registry.terraform.io/hashicorp/aws"
MIRRORS = ("/opt", "/usr/local", "/usr/share", "/usr/lib", "/var/lib", "~")
MIRROR_CONFIGURATION = """\
provider_installation {
  filesystem_mirror {
    path = PATH
  }
}
"""
INSTALL = "https://developer.hashicorp.com/terraform/install"


class Terraform:
    """One root module in one environment; `work` holds what is no source: plans, providers."""

    def __init__(self, root: Path, work: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.work = work
        work.mkdir(parents=True, exist_ok=True)
        given = {**environment, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        given["TF_DATA_DIR"] = str(work / "terraform")
        self.environment = with_provider(given, work)
        self.program = find(self.environment)

    def init(self, bucket: str, key: str, region: str) -> None:
        """Get the providers, and the state from its bucket."""
        given = (f"bucket={bucket}", f"key={key}", f"region={region}")
        backend = [f"-backend-config={each}" for each in given]
        self.run("init", "-reconfigure", *backend, quiet=True)

    def plan(self, variables: Mapping[str, str], *options: str) -> Path:
        """Plan; give the file of the plan as JSON. What is applied later is this very plan."""
        self.run("plan", f"-out={self.work / 'plan'}", *as_options(variables), *options)
        file = self.work / "plan.json"
        file.write_text(self.run("show", "-json", str(self.work / "plan"), quiet=True))
        return file

    def apply(self) -> None:
        """Apply what was planned last."""
        file = self.work / "plan"
        if not file.exists():
            raise Problem("Nothing is planned. Expected a plan first: make plan")
        try:
            self.run("apply", str(file))
        finally:
            file.unlink()  # a plan is good for one apply

    def apply_now(self, variables: Mapping[str, str], *options: str) -> None:
        """Plan and apply at once, where nobody needs to look at the plan."""
        self.run("apply", "-auto-approve", "-compact-warnings", *as_options(variables), *options)

    def outputs(self) -> dict[str, Any]:
        """Give the outputs by name."""
        found = json.loads(self.run("output", "-json", quiet=True))
        return {name: output["value"] for name, output in found.items()}

    def run(self, command: str, *options: str, quiet: bool = False) -> str:
        """Run one command; with `quiet` its words are given back, and shown only if it fails."""
        plain = [] if command in {"show", "output"} else ["-input=false"]
        if quiet or not sys.stdout.isatty():
            plain.append("-no-color")
        process = subprocess.Popen(
            [self.program, f"-chdir={self.root}", command, *plain, *options],
            env=self.environment,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.PIPE if quiet else None,
            text=True,
        )
        try:
            said, complaint = process.communicate()
        except KeyboardInterrupt:
            process.communicate()  # it was interrupted too: it writes its state, then ends
            raise
        if process.returncode == 0:
            return said or ""
        words = f":\n{complaint.strip()}" if quiet else "; its words are above"
        raise Problem(f"terraform {command} failed{words}", OUTSIDE)


def as_options(variables: Mapping[str, str]) -> list[str]:
    """Write variables as Terraform takes them."""
    return [f"-var={name}={value}" for name, value in variables.items()]


def find(environment: Mapping[str, str]) -> str:
    """Find a Terraform that is new enough."""
    program = shutil.which("terraform", path=environment.get("PATH"))
    if program is None:
        raise Problem(
            f"Terraform is not here. Expected {version_text(OLDEST)} or newer: {INSTALL}", OUTSIDE
        )
    done = subprocess.run(
        [program, "version", "-json"], env=environment, capture_output=True, text=True, check=False
    )
    try:
        text = json.loads(done.stdout)["terraform_version"]
        version = tuple(int(part) for part in text.split("-")[0].split(".")[:2])
    except (ValueError, KeyError):
        said = done.stderr.strip() or done.stdout.strip()[:200] or "nothing"
        raise Problem(f"terraform version failed; it says: {said}", OUTSIDE) from None
    if version < OLDEST:
        raise Problem(
            f"Terraform here is {text}. Expected {version_text(OLDEST)} or newer: {INSTALL}",
            OUTSIDE,
        )
    return program


def version_text(version: tuple[int, int]) -> str:
    """Write a version as people do."""
    return ".".join(str(part) for part in version)


def with_provider(environment: dict[str, str], work: Path) -> dict[str, str]:
    """Keep a person's CLI configuration; where there is none, use a mirror that is on the disk."""
    given = environment.get("TF_CLI_CONFIG_FILE", "")
    if given and not Path(given).is_file():
        del environment["TF_CLI_CONFIG_FILE"]
    if "TF_CLI_CONFIG_FILE" in environment or (Path.home() / ".terraformrc").is_file():
        return environment
    for place in MIRRORS:
        for level in ("", "*/", "*/*/"):
            for found in Path(place).expanduser().glob(f"{level}{PROVIDER}"):
                file = work / "mirror.tfrc"
                path = json.dumps(str(found.parents[2]))
                file.write_text(MIRROR_CONFIGURATION.replace("PATH", path))
                return {**environment, "TF_CLI_CONFIG_FILE": str(file)}
    return environment
