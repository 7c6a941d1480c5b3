"""Plan, apply and destroy the shared infrastructure: `make plan|deploy|destroy`.

Terraform roots: terraform/account is there once, terraform/shared once for each environment; and
terraform/organization, where one was asked for, in the management account. This makes the bucket
for their states, says which account it changes, and asks before it does.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools import account as accounts
from tools.account import Account, refuse_shared
from tools.guard_package import pack
from tools.problem import NEEDS_A_PERSON, OUTSIDE, Problem, agreed, read_yaml, tell, told
from tools.state_bucket import make_state_bucket
from tools.terraform import Terraform

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT, ORGANIZATION = "account", "organization"
SHARED = {"dev", "staging"}


def main(argv: list[str] | None = None) -> int:
    """Do one step; 0 if done, 1 where a person said no, 2 or 3 if it can't."""
    parser = argparse.ArgumentParser(description="Plan, apply or destroy what all apps share.")
    parser.add_argument("step", choices=["plan", "apply", "destroy"])
    parser.add_argument("what", help="account, organization, or an environment: dev, staging")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(argv)
    return told("deploy", lambda: run(options.step, options.what, options.yes))


def run(step: str, what: str, yes: bool) -> int:
    """Do one step against AWS."""
    fleet = read_fleet(what)
    account = accounts.on_aws(fleet["region"])
    print(f"{step} shared {what}: {account}", flush=True)
    if what == ORGANIZATION:
        refuse_organization(step, account)
    if step == "apply":
        if not agreed("Apply this plan", yes):
            return NEEDS_A_PERSON
        terraform = root_of(account, what, ROOT / "build" / what)
        terraform.apply()
        tell(terraform.outputs())
        return 0
    if step == "destroy":
        refuse_with_apps(account, fleet, what)
    terraform = with_state(account, fleet, what, ROOT / "build" / what)
    terraform.plan({}, *figures_of(what), *(["-destroy"] if step == "destroy" else []))
    if step == "destroy":
        if not agreed(f"Destroy all that apps share in {what}, in {account}", yes):
            return NEEDS_A_PERSON
        terraform.apply()
    return 0


def with_state(account: Account, fleet: Mapping[str, Any], what: str, work: Path) -> Terraform:
    """Give one root with its own state: shared/<account or environment>."""
    bucket = f"{fleet['prefix']}-terraform-state-{account.id}"
    tags = {"app": "shared", "environment": "all", "owner": fleet["owner"]}
    make_state_bucket(account, bucket, tags)
    pack()
    terraform = root_of(account, what, work)
    terraform.init(bucket, f"shared/{what}", fleet["region"])
    return terraform


def figures_of(what: str) -> list[str]:
    """Name the file with the figures of an environment."""
    return [] if what in {ACCOUNT, ORGANIZATION} else [f"-var-file=environments/{what}.tfvars"]


def root_of(account: Account, what: str, work: Path) -> Terraform:
    """Give the root module of the account or of an environment."""
    root = ROOT / "terraform" / (what if what in {ACCOUNT, ORGANIZATION} else "shared")
    return Terraform(root, work, account.environment)


def read_fleet(what: str) -> dict[str, Any]:
    """Read fleet.yaml, and refuse an environment that is not in it."""
    needed = {"prefix": str, "owner": str, "region": str, "environments": list}
    fleet = read_yaml(ROOT / "fleet.yaml", needed)
    if what == ORGANIZATION and not fleet.get(ORGANIZATION):
        raise Problem(
            "fleet.yaml has no organization. Where one is wanted: copier update --trust --data "
            "'organization_email=aws+{account}@example.org'"
        )
    if what not in (ACCOUNT, ORGANIZATION, *fleet["environments"]):
        raise Problem(f'ENV is "{what}". {expected(fleet)}')
    return fleet


def refuse_organization(step: str, account: Account) -> None:
    """Refuse to take an organization away, and to manage one from the account that apps share."""
    if step == "destroy":
        raise Problem(
            "An organization and its accounts are not destroyed from here, since what is in them "
            "would be lost. Expected: a person closes each account, in AWS's console"
        )
    refuse_shared(
        account,
        "the management account, in which nothing else runs, because no policy of the "
        "organization binds it",
    )


def expected(fleet: Mapping[str, Any]) -> str:
    """Say which environments there are."""
    known = " or ".join(fleet["environments"])
    return f"Expected {known}, as fleet.yaml has it under environments."


def refuse_with_apps(account: Account, fleet: Mapping[str, Any], what: str) -> None:
    """Refuse to take away what apps still stand on: an app's state says what it has."""
    s3, bucket = account.client("s3"), f"{fleet['prefix']}-terraform-state-{account.id}"
    there = []
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        for key in keys:
            app, _, environment = key.partition("/")
            if app != "shared" and environment in {what} | (SHARED if what == ACCOUNT else set()):
                state = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
                there += [app] if state.get("resources") else []
    except s3.exceptions.NoSuchBucket:
        return
    except (BotoCoreError, ClientError, ValueError) as error:
        raise Problem(f"The states in {bucket} can't be read: {error}", OUTSIDE) from None
    if there:
        raise Problem(
            f"Apps are still there: {', '.join(there)}. Expected none; first, in each app's repo: "
            f"make destroy ENV={what}"
        )


if __name__ == "__main__":
    sys.exit(main())
