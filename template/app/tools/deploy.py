"""Plan, apply and destroy this app's infrastructure in one environment: `make plan|deploy|destroy`.

Terraform does the work (../terraform); this finds its state, says which account it changes, and
asks before it does. `make local` does the same against an emulator.
"""

import argparse
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tools import account as accounts
from tools.account import Account
from tools.problem import NEEDS_A_PERSON, Problem, agreed, told
from tools.terraform import Terraform

ROOT = Path(__file__).resolve().parent.parent
SHARED_ENVIRONMENTS = ("dev", "staging")


def main(argv: list[str] | None = None) -> int:
    """Do one step in one environment; 0 if done, 1 where a person said no, 2 or 3 if it can't."""
    parser = argparse.ArgumentParser(description="Plan, apply or destroy what this app has in AWS.")
    parser.add_argument("step", choices=["plan", "apply", "destroy"])
    parser.add_argument("environment", help="dev or staging")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(argv)
    return told("deploy", lambda: run(options.step, options.environment, options.yes))


def run(step: str, environment: str, yes: bool) -> int:
    """Do one step against AWS."""
    manifest = read_manifest(environment)
    account = accounts.on_aws(manifest["region"])
    print(f"{step} {manifest['app']} {environment}: {account}", flush=True)
    if step == "apply":
        if not agreed("Apply this plan", yes):
            return NEEDS_A_PERSON
        terraform = Terraform(ROOT / "terraform", ROOT / "build" / environment, account.environment)
        terraform.apply()
        tell(terraform.outputs())
        return 0
    terraform = planned(account, manifest, environment, {}, destroy=step == "destroy")
    if step == "destroy":
        if not agreed(f"Destroy {manifest['app']} {environment} in {account}", yes):
            return NEEDS_A_PERSON
        terraform.apply()
    return 0


def planned(
    account: Account,
    manifest: Mapping[str, Any],
    environment: str,
    variables: Mapping[str, str],
    *,
    work: Path | None = None,
    destroy: bool = False,
    quiet: bool = False,
) -> Terraform:
    """Plan the app in an account, with its own state: <app>/<environment>."""
    shared = accounts.published(account, environment)
    if shared["topology"] != "stack":
        raise Problem(
            "The shared infrastructure makes all apps itself (topology monorepo), and this app is "
            "made with topology stack. Expected the same: copier update --data topology=monorepo"
        )
    terraform = Terraform(
        ROOT / "terraform", work or ROOT / "build" / environment, account.environment
    )
    terraform.init(shared["state-bucket"], f"{manifest['app']}/{environment}", manifest["region"])
    terraform.plan({"environment": environment, **variables}, *(["-destroy"] if destroy else []), quiet=quiet)
    return terraform


def read_manifest(environment: str) -> dict[str, Any]:
    """Read app.yaml, and refuse an environment that is not in it or not shared."""
    manifest: dict[str, Any] = yaml.safe_load((ROOT / "app.yaml").read_text(encoding="utf-8"))
    known = [name for name in SHARED_ENVIRONMENTS if name in manifest["environments"]]
    if environment not in known:
        more = (
            " prod shares nothing: it gets an account of its own by tenner promote."
            if environment == "prod"
            else ""
        )
        raise Problem(
            f'ENV is "{environment}". Expected {" or ".join(known) or "dev or staging"}, as '
            f"app.yaml has it under environments.{more}"
        )
    return manifest


def host_variables() -> dict[str, str]:
    """Say what is different on an emulator: it runs functions on this machine's own processor."""
    architecture = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    return {"package": "../build/app-host.zip", "architecture": architecture}


def tell(outputs: Mapping[str, Any]) -> None:
    """Say where the app is."""
    for name, value in outputs.items():
        for key, text in value.items() if isinstance(value, dict) else [(None, value)]:
            if text:
                print(f"  {name.replace('_', ' ')}{f' of {key}' if key else ''}: {text}")


if __name__ == "__main__":
    sys.exit(main())
