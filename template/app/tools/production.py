"""Plan, apply and destroy this app in prod, in an account of its own: `make deploy ENV=prod`.

Nothing is shared there, the bucket for the state neither: this makes it where it is not there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.account import Account, refuse_shared
from tools.problem import NEEDS_A_PERSON, Problem, agreed, read_yaml, tell
from tools.state_bucket import make_state_bucket
from tools.terraform import Terraform


def run(step: str, account: Account, manifest: Mapping[str, Any], root: Path, yes: bool) -> int:
    """Do one step; 0 if done, 1 where a person said no."""
    app, work = manifest["app"], root / "build" / "prod"
    print(f"{step} {app} prod: {account}", flush=True)
    refuse_shared(account, "an account of its own for prod")
    terraform = terraform_of(account, root, work)
    if step == "apply":
        if not agreed("Apply this plan", yes):
            return NEEDS_A_PERSON
        terraform.apply()
        tell(terraform.outputs())
        return 0
    profile = work / "profile.tfvars.json"
    if not profile.is_file():
        raise Problem(f"{profile} is not there. Expected it from: make {step} ENV=prod")
    if step == "destroy":
        refuse_protected(app, read_yaml(profile, {"profile": dict})["profile"])
    bucket = f"{app}-terraform-state-{account.id}"
    owner = str(manifest.get("owner", ""))
    make_state_bucket(account, bucket, {"app": app, "environment": "prod", "owner": owner})
    terraform.init(bucket, f"{app}/prod", manifest["region"])
    options = ["-destroy"] if step == "destroy" else []
    plan = terraform.plan(variables(account), f"-var-file={profile}", *options)
    if step == "destroy":
        refuse_still_protected(app, json.loads(plan.read_text()))
        if not agreed(f"Destroy {app} prod in {account}, with its table", yes):
            return NEEDS_A_PERSON
        terraform.apply()
    return 0


def refuse_protected(app: str, profile: Mapping[str, Any]) -> None:
    """Refuse to destroy what nobody has said may go."""
    if profile.get("deletion_protection"):
        raise Problem(
            f"{app} prod is protected from deletion. Where it may go with all its rows, write "
            "`deletion_protection: false` under environments.prod of app.yaml, then: "
            "make deploy ENV=prod, and again make destroy ENV=prod",
            NEEDS_A_PERSON,
        )


def refuse_still_protected(app: str, plan: Mapping[str, Any]) -> None:
    """Refuse where AWS would keep one part after the others are gone: app.yaml was not deployed."""
    state = plan.get("prior_state", {}).get("values", {}).get("root_module", {})
    there = [
        each["address"]
        for each in state.get("resources", [])
        if each["values"].get("deletion_protection_enabled")
        or each["values"].get("deletion_protection") == "ACTIVE"
    ]
    if there:
        raise Problem(
            f"{app} prod is protected in AWS still: {', '.join(there)}. Expected first, so that "
            "app.yaml takes effect: make deploy ENV=prod",
            NEEDS_A_PERSON,
        )


def variables(account: Account) -> dict[str, str]:
    """Say what is otherwise on an emulator."""
    return {"emulated": "true"} if account.endpoint else {}


def terraform_of(account: Account, root: Path, work: Path) -> Terraform:
    """Give the root module of prod; a repo made without prod has none."""
    place = root / "terraform" / "production"
    if not (place / "main.tf").is_file():
        raise Problem(
            "This repo has no terraform/production. Add prod with: tenner promote, or "
            "copier update --trust --data 'environments=[dev, prod]'"
        )
    return Terraform(place, work, account.environment)
