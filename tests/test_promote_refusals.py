"""What `tenner promote` refuses: each in one sentence, with nothing changed anywhere."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from tenner import cli
from tests.mutations import MANIFEST
from tests.terminal import at_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SHARED, OWN = "123456789012", "222222222222"
ROWS = ("--rows", "--from-profile", "shared", "--to-profile", "prod")
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
KEY_SCHEMA = [("pk", "S", "HASH"), ("sk", "S", "RANGE")]
ERROR = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>{code}</Code><Message>The security token is expired</Message></Error></ErrorResponse>"""


class Place(NamedTuple):
    """A person's folder with the app's repo and the registry, and two accounts of moto's."""

    folder: Path
    clients: dict[str, Any]

    @property
    def todo(self) -> Path:
        """The app's repo."""
        return self.folder / "todo"

    @property
    def record(self) -> Path:
        """The app's record."""
        return self.folder / "apps/todo.yaml"

    def git(self, *words: str) -> str:
        """Run git in the repo, if it is there."""
        command = ["git", "-C", str(self.todo), "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def state(self) -> list[Any]:
        """All that a promotion could change: record, repo, tables and checkpoints."""
        tables = [
            client.scan(TableName=name)["Items"]
            for client in self.clients.values()
            for name in client.list_tables()["TableNames"]
        ]
        files = {
            str(file): file.read_bytes()
            for each in ("apps", "state", "todo")
            for file in sorted((self.folder / each).rglob("*"))
            if file.is_file() and file.name not in {"index", ".registry.lock"}
        }
        return [tables, files, self.git("status", "--porcelain"), self.git("for-each-ref")]

    def promote(self, *words: str, app: str = "todo") -> int:
        """Type the command."""
        return cli.main(["promote", app, "--registry", str(self.folder / "apps"), *words])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Todo in dev, registered; a shared table with a row, and an empty one in another account."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "TENNER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.chdir(tmp_path)
    with mock_aws():
        own = boto3.client("sts", "us-east-1")
        role = f"arn:aws:iam::{OWN}:role/admin"
        keys = own.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
        profiles = {
            "shared": ("local", "local", "local"),
            "prod": (keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]),
        }
        (tmp_path / "config").write_text(
            "".join(
                f"[profile {name}]\n"
                + "".join(
                    f"{key.lower()} = {value}\n" for key, value in zip(KEYS, each, strict=True)
                )
                for name, each in profiles.items()
            )
        )

        def client(name: str, service: str = "dynamodb") -> Any:
            session = boto3.session.Session(profile_name=name, region_name="us-east-1")
            return session.client(service)

        found = Place(tmp_path, {name: client(name) for name in profiles})
        make_table(found.clients["shared"], "acme-dev", KEY_SCHEMA)
        make_table(found.clients["prod"], "todo-prod", KEY_SCHEMA)
        row = {"pk": {"S": "todo#1"}, "sk": {"S": "1"}}
        found.clients["shared"].put_item(TableName="acme-dev", Item=row)
        client("shared", "ssm").put_parameter(
            Name="/shared/dev/table-name", Value="acme-dev", Type="String"
        )
        registered(found)
        yield found


def make_table(client: Any, name: str, keys: list[tuple[str, str, str]]) -> None:
    """Make a table with some keys."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, _, kind in keys],
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": each} for key, each, _ in keys
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def registered(place: Place) -> None:
    """Make the app's repo, with dev alone, and register it."""
    place.todo.mkdir()
    text = MANIFEST.replace("  prod: {}\n", "")
    (place.todo / "app.yaml").write_text(text, encoding="utf-8")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "App"]):
        place.git(*words)
    assert cli.main(["register", str(place.todo), "--registry", str(place.folder / "apps")]) == 0


def refuse(
    place: Place, capsys: pytest.CaptureFixture[str], code: int, sentence: str, *words: str,
    app: str = "todo",
) -> None:  # fmt: skip
    """See that it ends with one sentence and a code, and that all is as before."""
    before = place.state()
    capsys.readouterr()
    assert place.promote(*words, app=app) == code
    assert capsys.readouterr().err == f"{sentence}\n"
    assert place.state() == before


WRONG_WORDS: list[tuple[Sequence[str], int, str]] = [
    (["--back"], 2, "--back: given without --rows, expected with it"),
    (["--environment", "dev"], 2, "--environment: given without --rows, expected with it"),
    ([*ROWS, "--revenue", "1"], 2, "--revenue: given with --rows, expected without it"),
    (["--users", "--again"], 2, "--again: given with --users, expected with --rows"),
    (["--users", "--rows"], 2, "--users: given with --rows, expected one of them, rows first"),
    *(
        (
            ["--revenue", given],
            2,
            (
                f'--revenue: given "{given}", expected dollars a month in plain digits, such as '
                "80, up to 1,000,000,000"
            ),
        )
        for given in ("many", "-1", "-0.01", "1000000000.01", "1e400", "nan", "inf", "")
    ),
    (
        ["--rows", "--from-profile", "nobody"],
        2,
        "--from-profile nobody: there is no such profile; expected one of ~/.aws/config",
    ),
    (
        ["--rows", "--from-profile", "shared", "--to-profile", "shared"],
        2,
        (
            f"--to-profile: given account {SHARED}, which is the shared one; expected an account "
            "of its own for prod"
        ),
    ),
    (
        ["--rows", "--from-profile", "prod", "--to-profile", "shared"],
        2,
        (
            f"--from-profile prod: /shared/dev/table-name is not published in account {OWN}, "
            "us-east-1; expected the account of the shared infrastructure, or --from-table"
        ),
    ),
    (
        [*ROWS, "--environment", "staging"],
        2,
        '--environment: given "staging", expected one of todo: dev',
    ),
    (
        [*ROWS, "--to-table", "other"],
        2,
        (
            f"--to-table: there is no table other in account {OWN}, us-east-1; expected it "
            "from make deploy, or another name"
        ),
    ),
    (
        [*ROWS, "--from-table", "other"],
        2,
        (
            f"--from-table: there is no table other in account {SHARED}, us-east-1; expected it "
            "from make deploy, or another name"
        ),
    ),
    (
        ["--rows", "--from-profile", "shared"],
        3,
        (
            "--to-profile: AWS can't be asked: Unable to locate credentials. Expected credentials: "
            "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ),
    ),
]


def test_wrong_words(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not fit is said with what was given, what was expected and where."""
    with pytest.MonkeyPatch.context() as patch:
        for name in KEYS:  # which moto sets
            patch.delenv(name, raising=False)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for words, code, sentence in WRONG_WORDS:
            refuse(place, capsys, code, sentence, *words)


def test_not_registered(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """It says which apps are."""
    refuse(
        place, capsys, 2,
        '"nobody" is not registered in apps, which has todo; expected its name. In its repo: '
        "tenner register .",
        app="nobody",
    )  # fmt: skip


def test_a_record_without_a_region(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong with the record is said too, with the file and what is missing."""
    text = place.record.read_text(encoding="utf-8")
    assert "  region: us-east-1\n" in text
    place.record.write_text(text.replace("  region: us-east-1\n", ""), encoding="utf-8")
    refuse(
        place, capsys, 2,
        f"{place.record}: line 13: manifest.region: missing; expected a value\n"
        '"todo" is not registered in apps, which has none; expected its name. In its repo: '
        "tenner register .",
        *ROWS,
    )  # fmt: skip


def test_a_record_without_a_price(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """An app in a region that the price book lacks is registered all the same."""
    text = place.record.read_text(encoding="utf-8")
    elsewhere = text.replace("  region: us-east-1\n", "  region: ap-south-2\n")
    why = (
        'region: given "ap-south-2", where lambda/requests has no price; expected one of us-east-1'
    )
    place.record.write_text(elsewhere, encoding="utf-8")
    refuse(place, capsys, 2, f"apps: todo: {why}", "--dry-run")
    other = place.record.with_name("pip.yaml")
    other.write_text(elsewhere.replace("app: todo", "app: pip"), encoding="utf-8")
    place.record.write_text(text, encoding="utf-8")
    assert place.promote("--dry-run") == 0
    assert capsys.readouterr().err == f"apps: pip: {why}\n"


def test_a_table_with_other_keys(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows would not fit, or could not be found."""
    for number, (keys, said) in enumerate(
        [
            ([("pk", "S", "HASH")], "pk (S, hash)"),
            ([("id", "S", "HASH"), ("sk", "S", "RANGE")], "id (S, hash), sk (S, range)"),
            ([("pk", "S", "HASH"), ("sk", "N", "RANGE")], "pk (S, hash), sk (N, range)"),
        ]
    ):
        name = f"odd-{number}"
        make_table(place.clients["prod"], name, keys)
        refuse(
            place, capsys, 2,
            f"--to-table: {name} in account {OWN}, us-east-1 has the keys {said}; expected pk (S, "
            "hash), sk (S, range)",
            *ROWS, "--to-table", name,
        )  # fmt: skip


@contextlib.contextmanager
def refusing(content: str, type_: str) -> Iterator[str]:
    """A service of AWS that answers every request with an error; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(400)
            self.send_header("Content-Type", type_)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_an_expired_credential(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS's word is said, and how to log in with this very profile."""
    for code in ("ExpiredToken", "InvalidClientTokenId", "RequestExpired"):
        with refusing(ERROR.format(code=code), "text/xml") as address:
            monkeypatch.setenv("AWS_ENDPOINT_URL_STS", address)
            refuse(
                place, capsys, 3,
                "--from-profile shared: AWS does not know these credentials, or no longer: "
                f"{code}. Log in: aws sso login --profile shared",
                *ROWS,
            )  # fmt: skip


def test_no_permission(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says whose permission for what is missing."""
    denied = '{"__type": "com.amazonaws#AccessDeniedException", "message": "not you"}'
    before = place.state()
    with refusing(denied, "application/x-amz-json-1.0") as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", address)
        capsys.readouterr()
        assert place.promote(*ROWS) == 3
    assert capsys.readouterr().err == (
        "--from-profile shared: acme-dev can't be used: An error occurred (AccessDeniedException) "
        "when calling the DescribeTable operation: not you. Expected permission for DynamoDB's "
        "DescribeTable, Scan and BatchWriteItem\n"
    )
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB")
    assert place.state() == before


def test_a_checkpoint_of_something_else(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A torn one is named, and what to do; other tables have checkpoints of their own."""
    assert place.promote(*ROWS) == 0
    (file,) = (place.folder / "state/tenner/promote").iterdir()
    assert file.name == f"todo-{SHARED}-us-east-1-acme-dev-to-{OWN}-us-east-1-todo-prod.json"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole[:40], encoding="utf-8")
    refuse(
        place, capsys, 2,
        f"{file} is not of a copy of todo from acme-dev in account {SHARED}, us-east-1 to "
        f"todo-prod in account {OWN}, us-east-1. Expected what Tenner wrote; delete it, and the "
        "copy begins anew",
        *ROWS,
    )  # fmt: skip
    make_table(place.clients["prod"], "second", KEY_SCHEMA)
    assert place.promote(*ROWS, "--to-table", "second") == 0
    assert len(place.clients["prod"].scan(TableName="second")["Items"]) == 1


def in_the_way(place: Place, what: str) -> None:
    """Do to the app's repo what is in the way of a branch."""
    if what == "away":
        shutil.rmtree(place.todo)
    elif what == "no repo":
        shutil.rmtree(place.todo / ".git")
    elif what == "edited":
        (place.todo / "app.yaml").write_text("edited", encoding="utf-8")
    elif what == "branch":
        place.git("branch", "tenner/prod")
    elif what == "other app":
        text = MANIFEST.replace("app: todo", "app: pip").replace("  prod: {}\n", "")
        (place.todo / "app.yaml").write_text(text, encoding="utf-8")
        place.git("commit", "-qam", "Pip")


IN_THE_WAY = {
    "away": "is not there; expected the repo of todo. Clone it, then: tenner register FOLDER",
    "no repo": "is no git repo; expected that of todo, with a commit",
    "edited": "has what is not committed: app.yaml; expected nothing, since tenner/prod begins at "
    "the last commit. Commit it or stash it",
    "branch": "has the branch tenner/prod already; expected none. Take it in: git merge --no-ff "
    "tenner/prod; or delete it: git branch -D tenner/prod",
    "other app": "is the repo of pip; expected that of todo",
    "no answers": "has no .copier-answers.yml in its last commit; expected what Copier wrote",
}


@pytest.mark.parametrize(("what", "sentence"), IN_THE_WAY.items())
def test_a_repo_that_gets_no_branch(
    what: str, sentence: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """The repo is named, and what is in the way; it stays as it is."""
    in_the_way(place, what)
    refuse(place, capsys, 2, f"{place.todo} {sentence}", "--revenue", "80", "--yes")


def test_git_that_knows_nobody(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would have made the branch's commit: it says how to tell git a name."""
    (place.todo / ".copier-answers.yml").write_text("_src_path: gone\n", encoding="utf-8")
    place.git("add", "-A")
    place.git("commit", "-qm", "Answers")
    place.git("config", "user.useConfigOnly", "true")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    refuse(
        place, capsys, 3,
        "git does not know who you are. Run: git config --global user.name 'Your Name' && git "
        "config --global user.email you@example.com",
        "--revenue", "80", "--yes",
    )  # fmt: skip


def test_prod_that_is_there(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said, the steps are printed, and nothing is changed."""
    (place.todo / "app.yaml").write_text(MANIFEST, encoding="utf-8")
    place.git("commit", "-qam", "Prod")
    place.git("branch", "tenner/prod")  # merged long ago
    before = place.state()
    assert place.promote("--revenue", "80", "--yes") == 0
    said = capsys.readouterr().out
    assert f"  {place.todo} has prod already, and stays as it is.\n" in said
    assert "tenner secret put client-secret --environment prod" in said
    assert place.state() == before


@pytest.fixture
def ask(place: Place) -> Callable[..., tuple[int, str]]:
    """The command at a terminal of its own."""
    run = "import sys; from tenner.cli import main; sys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1]), "TERM": "xterm"}

    def type_(*answers: tuple[str, str]) -> tuple[int, str]:
        words = ["promote", "todo", "--registry", str(place.folder / "apps")]
        command = [sys.executable, "-c", run, *words]
        return at_terminal(command, place.folder, environment, *answers)

    return type_


QUESTION, AGREE = "What does it earn a month", "Add prod to its repo?"


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ([(QUESTION, "\b20\r"), (AGREE, "\r")], 1, "expected revenue of more than $50.00 a month"),
        ([(QUESTION, "\x03")], 130, "Interrupted."),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (
                ([(QUESTION, "\b80\r"), (AGREE, "n")], 1, "It is time: it earns more"),
                ([(QUESTION, "\bmany\r")], 2, '--revenue: given "many", expected dollars'),
                ([(QUESTION, "\b80\r"), (AGREE, "\x03")], 130, "Interrupted."),
            )
        ),
    ],
)
def test_a_person_who_does_not_agree(
    answers: list[tuple[str, str]], code: int, said: str, place: Place,
    ask: Callable[..., tuple[int, str]],
) -> None:  # fmt: skip
    """Asked at a terminal; too early, a no is the default; nothing is changed."""
    before = place.state()
    found, shown = ask(*answers)
    assert (found, said in shown) == (code, True), shown
    assert place.state() == before
