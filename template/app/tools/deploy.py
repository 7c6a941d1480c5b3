"""Plan, apply and destroy this app in one environment: `make plan`, `make deploy`, `make destroy`.

Terraform does the work (../terraform); this finds its state, says which account it changes, and
asks before it does. Where the shared infrastructure makes all apps (topology monorepo) only code is
deployed. `make local` does the same against an emulator.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools import account as accounts
from tools import code, production
from tools.account import Account
from tools.problem import NEEDS_A_PERSON, Problem, agreed, read_yaml, tell, told
from tools.terraform import Terraform

ROOT = Path(__file__).resolve().parent.parent
SHARED_ENVIRONMENTS = ("dev", "staging")
OWN = "prod"
PACKAGE = "build/app.zip"


def main(argv: list[str] | None = None) -> int:
    """Do one step in one environment; 0 if done, 1 where a person said no, 2 or 3 if it can't."""
    parser = argparse.ArgumentParser(description="Plan, apply or destroy what this app has in AWS.")
    parser.add_argument("step", choices=["plan", "apply", "destroy"])
    parser.add_argument("environment", help="dev, staging or prod")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(argv)
    return told("deploy", lambda: run(options.step, options.environment, options.yes))


def run(step: str, environment: str, yes: bool) -> int:
    """Do one step against AWS."""
    manifest = read_manifest(environment, with_own=True)
    account = accounts.on_aws(manifest["region"])
    if environment == OWN:
        return production.run(step, account, manifest, ROOT, yes)
    shared = accounts.published(account, environment, manifest.get("api", 1))
    print(f"{step} {manifest['app']} {environment}: {account}", flush=True)
    if shared["topology"] == "monorepo":
        return run_monorepo(step, account, manifest, environment, shared, yes)
    if step == "apply":
        if not agreed("Apply this plan", yes):
            return NEEDS_A_PERSON
        terraform = terraform_of(account, ROOT / "build" / environment)
        terraform.apply()
        tell(terraform.outputs())
        return 0
    work = ROOT / "build" / environment
    terraform = with_state(account, manifest, environment, shared, work)
    options = ["-destroy"] if step == "destroy" else []
    terraform.plan({"environment": environment}, *options)
    if step == "destroy":
        if not agreed(f"Destroy {manifest['app']} {environment} in {account}", yes):
            return NEEDS_A_PERSON
        terraform.apply()
    return 0


def run_monorepo(
    step: str,
    account: Account,
    manifest: Mapping[str, Any],
    environment: str,
    shared: Mapping[str, str],
    yes: bool,
) -> int:
    """Deploy code; all else is the shared infrastructure's."""
    if step == "apply":
        if not agreed(f"Put the code of {manifest['app']} there", yes):
            return NEEDS_A_PERSON
        tell(code.deploy(account, manifest, environment, shared, ROOT, PACKAGE))
    elif step == "destroy":
        app = manifest["app"]
        if "static_site" in manifest:
            if not agreed(f"Take the site of {app} out of {account}", yes):
                return NEEDS_A_PERSON
            code.remove_site(account, shared["bucket"], app)
        raise Problem(
            "The shared infrastructure makes and destroys its apps (topology monorepo). Do: "
            f"tenner unregister {app}, then in its repo: make deploy ENV={environment}",
            NEEDS_A_PERSON,
        )
    else:
        print("  nothing to plan: the shared infrastructure makes this app (topology monorepo)")
    return 0


def with_state(
    account: Account,
    manifest: Mapping[str, Any],
    environment: str,
    shared: Mapping[str, str],
    work: Path,
) -> Terraform:
    """Give the app's root module with its own state: <app>/<environment>."""
    terraform = terraform_of(account, work)
    terraform.init(shared["state-bucket"], f"{manifest['app']}/{environment}", manifest["region"])
    return terraform


def terraform_of(account: Account, work: Path) -> Terraform:
    """Give the app's root module; a repo made for topology monorepo has none."""
    root = ROOT / "terraform"
    if not (root / "main.tf").is_file():
        raise Problem(
            "Each app has its own Terraform here (topology stack), and this repo was made without. "
            "Do: copier update --trust --data topology=stack"
        )
    return Terraform(root, work, account.environment)


def read_manifest(environment: str, *, with_own: bool = False) -> dict[str, Any]:
    """Read app.yaml, and refuse an environment that is not in it, or prod where it can't be."""
    manifest = read_yaml(ROOT / "app.yaml", {"app": str, "region": str, "environments": dict})
    refuse_other_name(manifest["app"])
    there = (*SHARED_ENVIRONMENTS, *([OWN] if with_own else []))
    known = [name for name in there if name in manifest["environments"]]
    if environment not in known:
        more = " prod shares nothing: it has an account of its own." if environment == OWN else ""
        raise Problem(
            f'ENV is "{environment}". Expected {" or ".join(known) or "dev or staging"}, as '
            f"app.yaml has it under environments.{more}"
        )
    return manifest


def refuse_other_name(app: str) -> None:
    """Refuse a name that this repo was not made with: its state would be another's."""
    if app == "shared" or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", app):
        raise Problem(f'app.yaml: app is "{app}", which no app can be called. See: tenner check .')
    answers = ROOT / ".copier-answers.yml"
    if answers.is_file():
        made_as = read_yaml(answers, {}).get("app_name", app)
        if made_as != app:
            raise Problem(
                f'app.yaml: app is "{app}", but this repo was made as "{made_as}", and the name '
                "decides every name in AWS. Expected the same; for another app make another repo"
            )


if __name__ == "__main__":
    sys.exit(main())
