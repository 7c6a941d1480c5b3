"""A person with two accounts who promotes an app, on MiniStack; and what they look at."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.deployed import OWN_ACCOUNT, REGION, Answer, Deployed
from tests.environments import outside_make
from tests.terminal import at_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDENTIAL = f"X-Amz-Credential={OWN_ACCOUNT}/20261121/{REGION}/execute-api/aws4_request"
ROWS, OTHERS = 5_000, 400


class Promoted(Deployed):
    """The shared infrastructure with `todo`, and a person with a profile for each account."""

    steps: Mapping[str, list[str]]

    @property
    def todo(self) -> Path:
        """The app's repo."""
        return self.folder / "todo"

    @property
    def environment(self) -> dict[str, str]:
        """The person's environment: a home of their own, and the emulator in the place of AWS."""
        kept = outside_make("AWS_", "XDG_", "TENNER_", "GIT_")
        return kept | {
            "HOME": str(self.folder / "home"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
            "VENV": str(Path(sys.executable).parent.parent),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def settle(self) -> None:
        """Write what a person has at home: who they are, and a profile for each account."""
        home = self.folder / "home"
        (home / ".aws").mkdir(parents=True)
        (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
        (home / ".aws/config").write_text(
            "".join(
                f"[profile {name}]\nregion = {REGION}\naws_access_key_id = {key}\n"
                "aws_secret_access_key = local\n"
                for name, key in (("SHARED", "local"), ("PROD", OWN_ACCOUNT))
            )
        )

    def type(self, command: str, code: int = 0) -> str:
        """Type a command into a shell in the app's folder; give what it printed."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.todo,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{command}:\n{done.stdout}"
        return done.stdout

    def answer(self, command: str, *answers: tuple[str, str], code: int = 0) -> str:
        """Type a command that asks, and answer; give what was shown."""
        words = ["bash", "-c", command]
        found, shown = at_terminal(words, self.todo, self.environment, *answers)
        assert found == code, f"{command}:\n{shown}"
        return shown

    def step(self, word: str) -> list[str]:
        """The commands of the one printed step that has a word in its title."""
        (found,) = [commands for what, commands in self.steps.items() if word in what]
        return found

    def own_pool(self) -> str:
        """The id of the app's own user pool."""
        pools = self.own("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
        return str({each["Name"]: each["Id"] for each in pools}["todo-prod"])

    def published(self, api: int = 1) -> dict[str, str]:
        """As ever; number 0 is the app's own API."""
        if api:
            return super().published(api)
        apis = self.own("apigatewayv2").get_apis()["Items"]
        return {"api-id": {each["Name"]: each["ApiId"] for each in apis}["todo-prod"]}

    def prod(self, path: str, token: str = "", method: str = "GET", body: Any = None) -> Answer:
        """Ask the app in its own account, which MiniStack takes from what signs a request."""
        parts = "&" if "?" in path else "?"
        return self.ask(0, method, f"todo/{path}{parts}{CREDENTIAL}", body, token)

    def table(self, *, own: bool) -> list[dict[str, Any]]:
        """All rows of the app in one of both tables."""
        client = self.own("dynamodb") if own else self.client("dynamodb")
        name = "todo-prod" if own else self.published()["table-name"]
        pages = client.get_paginator("scan").paginate(TableName=name)
        items = [each for page in pages for each in page["Items"]]
        return [each for each in items if each["pk"]["S"].startswith("todo#")]


def steps_in(text: str) -> dict[str, list[str]]:
    """The commands that were printed, by the title of their step."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if title := re.fullmatch(r"  \d+\. (.*)", line):
            found[title[1]] = []
        elif found and line.startswith("       "):
            found[[*found][-1]].append(line.strip())
    return found


def checksums(rows: list[dict[str, Any]], now_s: float) -> list[str]:
    """A checksum of each row that lives, by rules of this test's own: types, sets, bytes."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items()}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return value.hex() if isinstance(value, bytes) else value

    found = []
    for row in rows:
        if int(row.get("expires_at", {"N": "9" * 12})["N"]) <= now_s:
            continue
        parts = []
        for name, value in sorted(row.items()):
            ((kind, content),) = value.items()
            given = sorted(map(plain, content)) if kind in {"SS", "NS", "BS"} else plain(content)
            parts.append((name, kind, json.dumps(given, sort_keys=True)))
        found.append(hashlib.md5(repr(parts).encode(), usedforsecurity=False).hexdigest())
    return sorted(found)


def fill(cloud: Promoted) -> None:
    """Put 5,000 rows of todo into the shared table, some already gone, beside other apps' rows."""
    now_s = int(time.time())
    rows: list[dict[str, Any]] = [
        {
            "pk": {"S": f"todo#list#{number % 97}"},
            "sk": {"S": f"{number:05}"},
            "text": {"S": f"thing {number} ü"},
            "bytes": {"B": number.to_bytes(4, "big")},
            "tags": {"SS": ["a", f"t{number % 5}"]},
            "sizes": {"NS": [str(number), "0.5"]},
            "deep": {"M": {"l": {"L": [{"NULL": True}, {"N": str(number)}]}}},
            "expires_at": {"N": str(now_s + 86_400)},
        }
        for number in range(ROWS)
    ]
    rows += [
        {"pk": {"S": "todo#gone"}, "sk": {"S": str(each)}, "expires_at": {"N": str(now_s - 9)}}
        for each in range(20)
    ]
    rows += [
        {"pk": {"S": f"{app}#1"}, "sk": {"S": f"{each:05}"}}
        for app in ("tod", "todo2", "pip")
        for each in range(OTHERS // 3)
    ]
    table, client = cloud.published()["table-name"], cloud.client("dynamodb")
    for start in range(0, len(rows), 25):
        puts = [{"PutRequest": {"Item": each}} for each in rows[start : start + 25]]
        assert not client.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]
