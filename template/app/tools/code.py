"""Put this app's code where the shared infrastructure has made its functions (topology monorepo).

There Terraform makes all apps in one apply of the shared infrastructure's repo; an app's own repo
deploys nothing but code: the zip of its functions, and the files of its site.
"""

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
    app = manifest["app"]
    try:
        if manifest.get("functions"):
            put_code(account, manifest, f"{app}-{environment}", root / package)
        if "static_site" in manifest:
            put_site(account, shared["bucket"], app, root / "site")
    except (BotoCoreError, ClientError) as error:
        raise Problem(
            f"The code of {app} can't be put into {account}: {error}. Expected an app that is "
            f"registered, and then in the shared repo: make deploy ENV={environment}",
            OUTSIDE,
        ) from None
    triggers = {function["trigger"] for function in manifest.get("functions", {}).values()}
    url = f"{shared['api-url']}/{app}" if "http_api" in triggers else None
    return {"url": url, "health_url": url and f"{url}/health"}


def put_code(account: Account, manifest: Mapping[str, Any], prefix: str, package: Path) -> None:
    """Give every function the new code, and wait until it runs."""
    client = account.client("lambda")
    code = package.read_bytes()
    for name in manifest["functions"]:
        function = f"{prefix}-{name}"
        client.update_function_code(FunctionName=function, ZipFile=code)
        client.get_waiter("function_updated_v2").wait(FunctionName=function)
        print(f"  {function} has the new code", flush=True)


def put_site(account: Account, bucket: str, app: str, site: Path) -> None:
    """Make sites/<app>/ of the shared bucket the same as the folder: new files in, old ones out."""
    client = account.client("s3")
    prefix = f"sites/{app}/"
    here = {
        f"{prefix}{path.relative_to(site).as_posix()}": path
        for path in site.rglob("*")
        if path.is_file()
    }
    for key, path in here.items():
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        cache = "no-cache" if path.suffix == PAGES else "public, max-age=3600"
        client.put_object(
            Bucket=bucket, Key=key, Body=path.read_bytes(), ContentType=kind, CacheControl=cache
        )
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", []):
            if each["Key"] not in here:
                client.delete_object(Bucket=bucket, Key=each["Key"])
    print(f"  {len(here)} files are at {prefix}", flush=True)
