"""Apps that really run: generated, applied by their own `make local`, on MiniStack, on loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import pytest
from copier import run_copy

from tests.environments import outside_make, run_folder, share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ALL_FEATURES = ["http_api", "job", "worker", "login", "ai", "static_site"]
REGION = "us-east-1"
OWN_ACCOUNT = "222222222222"
KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
PASSWORD = "Only-4-tests-on-loopback"  # noqa: S105 - of an emulator
WAIT_S = 60


class Answer(NamedTuple):
    """What an app answered: the status, the headers by small name, and the JSON or None."""

    status: int
    headers: Mapping[str, str]
    json: Any


class Deployed:
    """A shared infrastructure and its apps in one folder, on one emulator."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shared = folder / "aws-shared-infra"
        self.words: dict[str, str] = {}

    def generate(self, template: Path, name: str, **answers: Any) -> Path:
        """Generate a repo from the template and register it, as `copier copy --trust` does."""
        place = self.folder / name
        run_copy(str(template), place, data=answers, defaults=True, unsafe=True, quiet=True)
        share(place, run_folder(self.folder))
        return place

    def generate_shared(self, template: Path, **answers: Any) -> Path:
        """Generate the shared infrastructure's repo."""
        return self.generate(
            template,
            "aws-shared-infra",
            kind="shared-infra",
            prefix="acme",
            owner="me",
            github_org="acme",
            shared_secrets="openai-api-key",
            **answers,
        )

    def generate_full(self, template: Path, app: str, **answers: Any) -> Path:
        """Generate an app with all features, and a name of each kind of secret and parameter."""
        return self.generate(
            template,
            app,
            app_name=app,
            features=ALL_FEATURES,
            shared_secrets="openai-api-key",
            app_secrets="token",
            app_parameters="greeting",
            **answers,
        )

    def start(self, *apps: str) -> None:
        """Let `make local` of all apps run at once."""
        with ThreadPoolExecutor(len(apps)) as pool:
            found = pool.map(lambda app: self.make(app, "local"), apps)
        self.words |= dict(zip(apps, found, strict=True))

    def stop(self) -> None:
        """End the emulator."""
        if (self.shared / "build/local.json").exists():
            self.make("aws-shared-infra", "local-stop")

    def make(self, repo: str, target: str, *options: str, code: int = 0, **environ: str) -> str:
        """Run a make target of a repo; give all its words. Fails where the exit code differs."""
        kept = outside_make()
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"  # the tenner command
        done = subprocess.run(
            ["make", "--no-print-directory", "-C", str(self.folder / repo), target, *options],
            env={**kept, "PATH": path, **self.debug, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"make {target} in {repo}:\n{done.stdout}\n{self.log()}"
        return done.stdout

    @property
    def debug(self) -> dict[str, str]:
        """What makes Terraform write down each request."""
        return {"TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": str(self.folder / "requests.log")}

    def log(self) -> str:
        """The end of what the emulator said, and the requests that Terraform made again."""
        log, requests = self.shared / "build/local/ministack.log", self.folder / "requests.log"
        words = log.open().readlines()[-100:] if log.exists() else ["(no emulator)"]
        again = re.compile(r"attempt=([2-9]|1\d)|status_code=(409|5\d\d)|send failed|reset by peer")
        lines = requests.open().readlines() if requests.exists() else []
        return "".join([*words, *(line[:2000] for line in lines if again.search(line))])

    def aws(self, repo: str, target: str, *options: str, code: int = 0) -> str:
        """Run a make target that talks to AWS, which here is the emulator."""
        return self.make(
            repo, target, *options, code=code, AWS_ENDPOINT_URL=self.endpoint, **KEYS
        )  # fmt: skip

    @property
    def endpoint(self) -> str:
        """Where the emulator is."""
        return str(json.loads((self.shared / "build/local.json").read_text())["endpoint"])

    def client(self, service: str, account: str = "local") -> Any:
        """A client of a service of the emulator, which takes the key for the account."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=account,
            aws_secret_access_key="local",  # noqa: S106 - an emulator's
        )

    def own(self, service: str) -> Any:
        """A client of a service in an app's own account."""
        return self.client(service, OWN_ACCOUNT)

    def pages(self, service: str, call: str, key: str, **given: Any) -> list[Any]:
        """All that a listing call gives, page by page."""
        client = self.client(service)
        if not client.can_paginate(call):
            return list(getattr(client, call)(**given)[key])
        pages = client.get_paginator(call).paginate(**given)
        return [each for page in pages for each in page.get(key, [])]

    def published(self, api: int = 1) -> dict[str, str]:
        """What the shared infrastructure published for dev, by name; of another API, its own."""
        path = "/shared/dev/" if api == 1 else f"/shared/dev/apis/{api}/"
        found = self.pages("ssm", "get_parameters_by_path", "Parameters", Path=path)
        return {each["Name"].rpartition("/")[2]: each["Value"] for each in found}

    def request(
        self, method: str, path: str, body: Any = None, token: str = "", **headers: str
    ) -> Answer:
        """Ask the one API, as a browser or a program does."""
        return self.ask(1, method, path, body, token, **headers)

    def ask(
        self, number: int, method: str, path: str, body: Any = None, token: str = "", **headers: str
    ) -> Answer:
        """Ask one of several APIs."""
        api = self.published(number)["api-id"]
        url = f"{self.endpoint}/_aws/execute-api/{api}/%24default/{path}"
        data = None if body is None else json.dumps(body).encode()
        given = {"content-type": "application/json", **headers}
        if token:
            given["authorization"] = f"Bearer {token}"
        request = urllib.request.Request(url, data, given, method=method)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                return _answer(answer)
        except urllib.error.HTTPError as error:
            return _answer(error)

    def token(self, app: str, user: str = "me@example.org") -> str:
        """Sign a user in at an app; give the access token."""
        pool = self.published()["user-pool-id"]
        cognito = self.client("cognito-idp")
        users = {each["Username"] for each in cognito.list_users(UserPoolId=pool)["Users"]}
        emails = {
            attribute["Value"]
            for each in cognito.list_users(UserPoolId=pool)["Users"]
            for attribute in each["Attributes"]
            if attribute["Name"] == "email"
        }
        if user not in users | emails:
            cognito.admin_create_user(
                UserPoolId=pool,
                Username=user,
                UserAttributes=[{"Name": "email", "Value": user}],
                MessageAction="SUPPRESS",
            )
            cognito.admin_set_user_password(
                UserPoolId=pool, Username=user, Password=PASSWORD, Permanent=True
            )
        signed_in = cognito.initiate_auth(
            ClientId=self.login_client(app),
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": PASSWORD},
        )
        return str(signed_in["AuthenticationResult"]["AccessToken"])

    def login_client(self, app: str) -> str:
        """The id of an app's client of the shared pool."""
        pool = self.published()["user-pool-id"]
        clients = self.pages(
            "cognito-idp", "list_user_pool_clients", "UserPoolClients", UserPoolId=pool
        )
        return str({each["ClientName"]: each["ClientId"] for each in clients}[f"{app}-dev"])

    def rows(self, app: str) -> list[dict[str, Any]]:
        """The rows of an app, by the prefix of their keys."""
        table = self.published()["table-name"]
        found = self.pages("dynamodb", "scan", "Items", TableName=table)
        return [row for row in found if row["pk"]["S"].startswith(f"{app}#")]

    def states(self) -> dict[str, str]:
        """Every version of every state file, by key and version."""
        bucket = self.published()["state-bucket"]
        s3 = self.client("s3")
        versions = self.pages("s3", "list_object_versions", "Versions", Bucket=bucket)
        return {
            f"{each['Key']} {each['VersionId']}": s3.get_object(
                Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"]
            )["Body"]
            .read()
            .decode()
            for each in versions
            if not each["Key"].endswith(".tflock")
        }


def _answer(answer: Any) -> Answer:
    text = answer.read().decode()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, headers, json.loads(text) if text else None)


def until(check: Callable[[], Any], what: str) -> Any:
    """Ask again until there is an answer; fails after a minute."""
    limit = time.monotonic() + WAIT_S
    while time.monotonic() < limit:
        if found := check():
            return found
        time.sleep(0.2)
    pytest.fail(f"{what}: not within {WAIT_S} s")
