"""No value of a secret in anything that was written: marked values go every way, on MiniStack.

Every way that works: typed at a hidden prompt in a person's shell, piped in, moved to the other
store, rotated, given anew in prod; with real Terraform for the shared infrastructure, the app, and
prod in a second account. The ways that fail are in test_marked.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import marked
from tests.deployed import OWN_ACCOUNT, Deployed
from tests.real_terraform import terraform
from tests.terminal import at_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("marked")]
KILLS = 6
SHARED_MARK, OWN_MARK, PROD_MARK, PROD_SHARED, ROTATED = (marked.new_mark() for _ in range(5))
ALL = [SHARED_MARK, OWN_MARK, PROD_MARK, PROD_SHARED, ROTATED]
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
IN_BOTH = "secret_stores: {openai-api-key: [secrets_manager, parameter_store]}"
"""As the first step of a move leaves app.yaml, so that one deploy makes both places."""
MOVE = ["tenner", "secret", "move"]
DEPLOY = ["make", "deploy", "ENV=dev", "YES=1"]


class Marked(Deployed):
    """The shared infrastructure and `todo` with dev and prod; a person with a home of their own."""

    said: bytes = b""

    @property
    def debug(self) -> dict[str, str]:
        """Terraform's own log at DEBUG has what the provider was answered: it is not asked for."""
        return {"TMPDIR": str(self.folder / "tmp"), "VENV": str(Path(sys.executable).parent.parent)}

    def environment(self, *, own: bool = False) -> dict[str, str]:
        """The person's environment, in the shared account or in the app's own."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "HISTFILE": str(self.folder / "home/.bash_history"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
            "VENV": str(Path(sys.executable).parent.parent),
            "PS1": "$ ",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": OWN_ACCOUNT if own else "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }

    def do(self, repo: str, *words: str, given: str = "", own: bool = False, code: int = 0) -> str:
        """Run a command in a repo, and keep what it says."""
        done = subprocess.run(
            words,
            cwd=self.folder / repo,
            env=self.environment(own=own),
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.said += done.stdout
        assert done.returncode == code, done.stdout.decode()
        return done.stdout.decode()

    def type_in_shell(self, repo: str, command: str, prompt: str, value: str) -> None:
        """Type a command and then a value into an interactive shell, which keeps a history."""
        shell = [sys.executable, "-c", IN_SHELL]
        typed = (("$ ", command), (prompt, value), (": put into", "exit"))
        lines = [(words, f"{each}\n") for words, each in typed]
        code, shown = at_terminal(shell, self.folder / repo, self.environment(), *lines)
        assert code == 0, shown
        self.said += shown.encode()

    def value(self, address: str, *, own: bool = False) -> str:
        """The value that a store has."""
        client = self.own if own else self.client
        if address.startswith("/"):
            found = client("ssm").get_parameter(Name=address, WithDecryption=True)
            return str(found["Parameter"]["Value"])
        return str(client("secretsmanager").get_secret_value(SecretId=address)["SecretString"])


IN_SHELL = """
import os
os.login_tty(os.dup(0))
os.execvp("bash", ["bash", "--norc", "-i"])
"""


@pytest.fixture(scope="module")
def cloud(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    """All deployed, with a git repo each, and no value yet."""
    terraform()
    cloud = Marked(tmp_path_factory.mktemp("marked"))
    for name in ("home", "tmp"):
        (cloud.folder / name).mkdir()
    cloud.generate_shared(plain_template)
    cloud.generate(
        plain_template, "todo", app_name="todo", features=["http_api"],
        environments=["dev", "prod"], shared_secrets="openai-api-key", app_secrets="token",
    )  # fmt: skip
    written(cloud.folder / "todo/app.yaml", "prod: {}", f"prod: {{rotate: [token], {IN_BOTH}}}")
    names = 'shared: ["openai-api-key"]'
    written(cloud.folder / "aws-shared-infra/fleet.yaml", names, f"{names}\n  {IN_BOTH[7:]}")
    for repo in ("todo", "aws-shared-infra"):
        committed(cloud, repo, "As it was made")
    try:
        cloud.said += cloud.make("aws-shared-infra", "local").encode()
        cloud.do("todo", *DEPLOY)
        yield cloud
    finally:
        cloud.stop()


def written(path: Path, old: str, new: str) -> None:
    """Write something else into a file, where it stands once."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def committed(cloud: Marked, repo: str, message: str) -> None:
    """Commit all of a repo."""
    git = ["git", "-c", "user.name=me", "-c", "user.email=me@example.org"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", message]):
        subprocess.run([*git, *words], cwd=cloud.folder / repo, check=True)


@pytest.fixture(scope="module")
def gone_through(cloud: Marked) -> Mapping[str, Any]:
    """Let the marks go every way; gives the watcher of processes and what else became a value."""
    watcher = marked.Watcher(ALL)
    with watcher.watching():
        typed = "tenner secret put openai-api-key -e dev"
        cloud.type_in_shell("aws-shared-infra", typed, "(dev):", SHARED_MARK)
        piped = ["tenner", "secret", "put", "token", "-e", "dev"]
        cloud.do("todo", *piped, given=f"{OWN_MARK}\n")
        cloud.do("todo", "tenner", "secret", "check", "-e", "dev")
        cloud.do("todo", "tenner", "secret", "list", "--format", "json")

        to = ["--to", "parameter-store"]
        shared = [*MOVE, "openai-api-key", *to]
        cloud.do("aws-shared-infra", *shared, "--dry-run")
        killed(cloud, shared)
        cloud.do("aws-shared-infra", *shared)
        cloud.do("todo", *shared, "-e", "dev")
        cloud.do("todo", "tenner", "register")
        cloud.do("aws-shared-infra", *shared, "--delete-old", code=2)
        cloud.do("todo", *DEPLOY)
        cloud.do("aws-shared-infra", *shared, "--delete-old")
        cloud.said += cloud.make("aws-shared-infra", "local").encode()

        prod(cloud)
        key = rotated(cloud)
        broken(cloud)
        for repo in ("todo", "aws-shared-infra"):
            committed(cloud, repo, "After all of it")
    kept(cloud)
    return {"watcher": watcher, "key": key}


def killed(cloud: Marked, shared: list[str]) -> None:
    """Kill the move at moments of its way: fleet.yaml is whole each time, and no value is lost."""
    path = cloud.folder / "aws-shared-infra/fleet.yaml"
    before = path.read_text()
    for number in range(KILLS):
        path.write_text(before)
        process = subprocess.Popen(
            shared, cwd=path.parent, env=cloud.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.4 + 0.4 * number)
        process.kill()
        process.wait()
        words = "[secrets_manager, parameter_store]", "[parameter_store, secrets_manager]"
        assert path.read_text() in {before, before.replace(*words)}
        assert cloud.value("shared/dev/openai-api-key") == SHARED_MARK
    path.write_text(before)


def prod(cloud: Marked) -> None:
    """Deploy prod, give it values of its own, and move one of them."""
    deploy = ["make", "deploy", "ENV=prod", "YES=1"]
    cloud.do("todo", *deploy, own=True)
    for name, mark in (("token", PROD_MARK), ("openai-api-key", PROD_SHARED)):
        words = ["tenner", "secret", "put", name, "-e", "prod"]
        cloud.do("todo", *words, given=mark, own=True)
    own = [*MOVE, "openai-api-key", "-e", "prod", "--to", "parameter-store"]
    cloud.do("todo", *own, own=True)
    cloud.do("todo", *own, "--delete-old", own=True, code=2)
    cloud.do("todo", *deploy, own=True)
    cloud.do("todo", *own, "--delete-old", own=True)


def rotated(cloud: Marked) -> str:
    """Rotate the token by the function's four steps; give the new key.

    MiniStack's RotateSecret begins nothing, so that the key of an earlier try is there before them.
    """
    cloud.own("secretsmanager").put_secret_value(
        SecretId="todo/prod/token",
        ClientRequestToken=TOKEN,
        SecretString=ROTATED,
        VersionStages=["AWSPENDING"],
    )
    for step in STEPS:
        event = {"SecretId": "todo/prod/token", "ClientRequestToken": TOKEN, "Step": step}
        answer = cloud.own("lambda").invoke(
            FunctionName="todo-prod-rotation", Payload=json.dumps(event)
        )
        payload = answer["Payload"].read()
        assert "FunctionError" not in answer, payload
        cloud.said += payload
    return cloud.value("todo/prod/token", own=True)


TOKEN = str(uuid.uuid4())


def broken(cloud: Marked) -> None:
    """Let Terraform fail, with all values in place."""
    manifest = cloud.folder / "todo/app.yaml"
    text = manifest.read_text()
    manifest.write_text(text.replace("memory_mb: ", "memory_mb: 99"))
    cloud.do("todo", "make", "plan", "ENV=dev", code=2)
    manifest.write_text(text)


def kept(cloud: Marked) -> None:
    """Write what AWS keeps of it beside the secrets: every version of each state, and the logs."""
    place = cloud.folder / "kept"
    place.mkdir()
    for number, client in enumerate((cloud.client, cloud.own)):
        s3, logs = client("s3"), client("logs")
        for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
            found = s3.list_object_versions(Bucket=bucket).get("Versions", [])
            for at, each in enumerate(found):
                given = {"Key": each["Key"], "VersionId": each["VersionId"]}
                body = s3.get_object(Bucket=bucket, **given)["Body"].read()
                (place / f"{number}-{bucket}-{at}").write_bytes(body)
        for group in logs.describe_log_groups()["logGroups"]:
            events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
            name = f"{number}{group['logGroupName'].replace('/', '-')}.log"
            (place / name).write_text(json.dumps(events))


def test_the_values_arrived(cloud: Marked, gone_through: Mapping[str, Any]) -> None:
    """Each store has the marks where code reads them, and no longer where they were moved from."""
    assert cloud.value("/shared/secrets/dev/openai-api-key") == SHARED_MARK
    assert cloud.value("/todo/dev/token") == OWN_MARK
    assert cloud.value("/todo/prod/openai-api-key", own=True) == PROD_SHARED
    assert gone_through["key"] == ROTATED
    names = [each["Name"] for each in cloud.pages("secretsmanager", "list_secrets", "SecretList")]
    assert "shared/dev/openai-api-key" not in names
    found = cloud.client("lambda").get_function_configuration(FunctionName="todo-dev-api")
    said = json.loads(found["Environment"]["Variables"]["SECRET_STORES"])
    assert said == {"openai-api-key": "parameter_store"}


def test_no_value_is_in_anything_written(cloud: Marked, gone_through: Mapping[str, Any]) -> None:
    """Repos with all git objects, plans, states, logs, outputs, home and temporary files."""
    assert gone_through
    assert list(marked.search(cloud.folder, ALL)) == []
    assert list(marked.found_in(cloud.said, ALL)) == []
    for name in ("home/.bash_history", "aws-shared-infra/build/local/ministack.log"):
        assert (cloud.folder / name).stat().st_size > 0  # it was there to be searched
    assert "tenner secret put" in (cloud.folder / "home/.bash_history").read_text()
    files = [path.name for path in cloud.folder.rglob("*")]
    assert [name for name in files if name.endswith("plan")]
    assert [name for name in files if name.startswith("1-todo-terraform-state")]
    assert [name for name in files if name.startswith("1-aws-lambda-todo-prod-rotation")]


def test_no_process_had_a_value(gone_through: Mapping[str, Any]) -> None:
    """No process had one among its arguments or in its environment, at hundreds of looks."""
    watcher = gone_through["watcher"]
    assert watcher.found == set()
    assert watcher.looks > 100


def test_it_would_be_found(cloud: Marked, gone_through: Mapping[str, Any]) -> None:
    """The same search finds a mark that is planted in each of these places, and only there."""
    assert gone_through
    planted = marked.new_mark()
    places = [
        *("home/.bash_history", "todo/build/prod/plan.json", "kept/planted", "tmp/planted"),
        *("todo/.git/planted", "aws-shared-infra/apps/planted.yaml"),
    ]
    for name in places:
        with (cloud.folder / name).open("a") as file:
            file.write(json.dumps(planted))
    found = marked.search(cloud.folder, [planted])
    assert {each.split(": ")[0] for each in found} == {str(cloud.folder / each) for each in places}
