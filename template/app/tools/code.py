"""Put this app's code where the shared infrastructure has made its functions (topology monorepo).

There Terraform makes all apps in one apply of the shared infrastructure's repo; an app's own repo
deploys nothing but code: the zip of its functions, and the files of its site.
"""

import mimetypes
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from tools.account import Account
from tools.problem import OUTSIDE, Problem

PAGES = ".html"


def deploy(
    account: Account,
    manifest: Mapping[str, Any],
    environment: str,
    shared: Mapping[str, str],
    root: Path,
    package: str,
) -> dict[str, Any]:
    """Upload code and site; give the app's address, as Terraform's outputs do."""
    app, bucket = manifest["app"], shared["bucket"]
    functions = [f"{app}-{environment}-{name}" for name in manifest.get("functions", {})]
    tags = tags_of(manifest, environment, root)
    try:
        if functions:
            key = f"artifacts/{app}/{environment}.zip"
            put_code(account, functions, bucket, key, root / package, tags)
        if "static_site" in manifest:
            put_site(account, bucket, f"sites/{app}/", root / "site", tags)
    except (BotoCoreError, ClientError) as error:
        raise Problem(
            f"The code of {app} can't be put into {account}: {error}. Expected an app that is "
            f"registered, and then in the shared repo: make deploy ENV={environment}",
            OUTSIDE,
        ) from None
    triggers = {function["trigger"] for function in manifest.get("functions", {}).values()}
    url = f"{shared['api-url']}/{app}" if "http_api" in triggers else None
    return {"url": url, "health_url": url and f"{url}/health"}


def put_code(
    account: Account, functions: list[str], bucket: str, key: str, package: Path, tags: str
) -> None:
    """Give every function the new code, and wait until it runs.

    It stays in the bucket, so that a function that Terraform makes anew begins with it.
    """
    code = package.read_bytes()
    account.client("s3").put_object(Bucket=bucket, Key=key, Body=code, Tagging=tags)
    client = account.client("lambda")
    for function in functions:
        client.update_function_code(FunctionName=function, S3Bucket=bucket, S3Key=key)
        client.get_waiter("function_updated_v2").wait(FunctionName=function)
        print(f"  {function} has the new code", flush=True)


def put_site(account: Account, bucket: str, prefix: str, site: Path, tags: str) -> None:
    """Make the bucket's sites/<app>/ the same as the folder: new files in, old ones out."""
    client = account.client("s3")
    here = {
        f"{prefix}{path.relative_to(site).as_posix()}": path
        for path in site.rglob("*")
        if path.is_file()
    }
    for key, path in here.items():
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=path.read_bytes(),
            ContentType=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            CacheControl="no-cache" if path.suffix == PAGES else "public, max-age=3600",
            Tagging=tags,
        )
    remove_others(account, bucket, prefix, here.keys())
    print(f"  {len(here)} files are at {prefix}", flush=True)


def remove_site(account: Account, bucket: str, app: str) -> None:
    """Take the site's files out of the bucket: Terraform does not know them here."""
    try:
        remove_others(account, bucket, f"sites/{app}/", set())
    except (BotoCoreError, ClientError) as error:
        raise Problem(
            f"The site of {app} can't be taken out of {account}: {error}", OUTSIDE
        ) from None


def remove_others(account: Account, bucket: str, prefix: str, kept: Set[str]) -> None:
    """Delete what is below a prefix and not kept."""
    client = account.client("s3")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", []):
            if each["Key"] not in kept:
                client.delete_object(Bucket=bucket, Key=each["Key"])


def tags_of(manifest: Mapping[str, Any], environment: str, root: Path) -> str:
    """Write the tags that Terraform gives to all that is the app's, as S3 takes them."""
    answers = root / ".copier-answers.yml"
    known = yaml.safe_load(answers.read_text(encoding="utf-8")) if answers.is_file() else {}
    tags = {
        "app": manifest["app"],
        "environment": environment,
        "owner": manifest["owner"],
        "template_version": str(known.get("_commit", "unknown")),
    }
    return urlencode(tags)
