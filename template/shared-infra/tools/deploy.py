"""Plan, apply and destroy the shared infrastructure: `make plan|deploy|destroy`.

Two Terraform roots: terraform/account is there once, terraform/shared once for each environment.
This makes the bucket for their states, says which account it changes, and asks before it does.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from tools import account as accounts
from tools.account import Account
from tools.problem import NEEDS_A_PERSON, OUTSIDE, Problem, agreed, told
from tools.terraform import Terraform

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "account"


def main(argv: list[str] | None = None) -> int:
    """Do one step; 0 if done, 1 where a person said no, 2 or 3 if it can't."""
    parser = argparse.ArgumentParser(description="Plan, apply or destroy what all apps share.")
    parser.add_argument("step", choices=["plan", "apply", "destroy"])
    parser.add_argument("what", help="account, or an environment: dev, staging")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(argv)
    return told("deploy", lambda: run(options.step, options.what, options.yes))


def run(step: str, what: str, yes: bool) -> int:
    """Do one step against AWS."""
    fleet = read_fleet(what)
    account = accounts.on_aws(fleet["region"])
    print(f"{step} shared {what}: {account}", flush=True)
    if step == "apply":
        if not agreed("Apply this plan", yes):
            return NEEDS_A_PERSON
        terraform = root_of(account, what, ROOT / "build" / what)
        terraform.apply()
        tell(terraform.outputs())
        return 0
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
    make_state_bucket(account, bucket, fleet["owner"])
    terraform = root_of(account, what, work)
    terraform.init(bucket, f"shared/{what}", fleet["region"])
    return terraform


def figures_of(what: str) -> list[str]:
    """Name the file with the figures of an environment."""
    return [] if what == ACCOUNT else [f"-var-file=environments/{what}.tfvars"]


def root_of(account: Account, what: str, work: Path) -> Terraform:
    """Give the root module of the account or of an environment."""
    root = ROOT / "terraform" / (ACCOUNT if what == ACCOUNT else "shared")
    return Terraform(root, work, account.environment)


def read_fleet(what: str) -> dict[str, Any]:
    """Read fleet.yaml, and refuse an environment that is not in it."""
    fleet: dict[str, Any] = yaml.safe_load((ROOT / "fleet.yaml").read_text(encoding="utf-8"))
    if what not in (ACCOUNT, *fleet["environments"]):
        raise Problem(
            f'ENV is "{what}". Expected {" or ".join(fleet["environments"])}, as fleet.yaml has it '
            "under environments."
        )
    return fleet


def make_state_bucket(account: Account, bucket: str, owner: str) -> None:
    """Make the bucket for all states, where it is not there: private, encrypted, with versions."""
    s3 = account.client("s3")
    place = {"LocationConstraint": account.region}
    try:
        if bucket in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
            return
        print(f"making the bucket for states: {bucket}", flush=True)
        s3.create_bucket(
            Bucket=bucket,
            **({} if account.region == "us-east-1" else {"CreateBucketConfiguration": place}),
        )
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        tags = {"app": "shared", "environment": "all", "owner": owner}
        s3.put_bucket_tagging(
            Bucket=bucket,
            Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]},
        )
    except (BotoCoreError, ClientError) as error:
        raise Problem(f"The bucket {bucket} can't be made in {account}: {error}", OUTSIDE) from None


def tell(outputs: Mapping[str, Any]) -> None:
    """Say what there is now."""
    for name, value in outputs.items():
        for key, text in value.items() if isinstance(value, dict) else [(None, value)]:
            print(f"  {name.replace('_', ' ')}{f' of {key}' if key else ''}: {text}")


if __name__ == "__main__":
    sys.exit(main())
