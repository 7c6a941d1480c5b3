"""The bucket for Terraform's states, made where it is not there: private, with versions."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools.account import Account
from tools.problem import OUTSIDE, Problem


def make_state_bucket(account: Account, bucket: str, tags: Mapping[str, str]) -> None:
    """Make the bucket, unless the account has it."""
    s3 = account.client("s3")
    try:
        if bucket in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
            return
        print(f"making the bucket for the state: {bucket}", flush=True)
        s3.create_bucket(Bucket=bucket, **place(account.region))
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
        s3.put_bucket_tagging(
            Bucket=bucket,
            Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]},
        )
    except (BotoCoreError, ClientError) as error:
        raise Problem(f"The bucket {bucket} can't be made in {account}: {error}", OUTSIDE) from None


def place(region: str) -> dict[str, Any]:
    """Name the region, which S3 wants to hear of every one but its first."""
    if region == "us-east-1":
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}
