"""`tenner secret put`, `list` and `check`, against moto's Secrets Manager and Parameter Store."""

from __future__ import annotations

import getpass
import io
import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from tenner import cli_secret_values
from tenner.aws import Account
from tenner.cli import main
from tenner.manifest import parse_manifest
from tenner.names import ENVIRONMENTS
from tenner.registry_folder import FolderRegistry
from tenner.secret_names import kept_of, value_problem
from tests.fixtures_fleet import WITHOUT_SECRETS
from tests.registrations import NOW, make_repo, manifest_text, registration
from tests.secret_cloud import client, cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MARK = "Marked-Value-9f2c"
WANTS = "secrets: {shared: [openai-key], app: [stripe-key]}\nparameters: [greeting]\n"
FLEET = WITHOUT_SECRETS + "secrets: {shared: [openai-key, spare]}\n"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account of moto's with what Terraform makes for `todo` in dev, without values."""
    with cloud(monkeypatch):
        secrets().create_secret(Name="shared/dev/openai-key")
        for name, type_ in (("stripe-key", "SecureString"), ("greeting", "String")):
            ssm().put_parameter(Name=f"/todo/dev/{name}", Type=type_, Value="not set yet")
        yield


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of `todo`, in dev alone, in which commands are typed."""
    return in_app(tmp_path, monkeypatch, manifest_text("todo") + WANTS)


def in_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """Make an app's folder and go there."""
    repo = make_repo(tmp_path / "todo", text)
    monkeypatch.chdir(repo)
    monkeypatch.delenv("TENNER_REGISTRY", raising=False)
    return repo


def with_environments(*more: str) -> str:
    """Give todo's manifest with environments besides dev."""
    text = manifest_text("todo") + WANTS
    return text.replace("  dev: {}\n", "".join(f"  {each}: {{}}\n" for each in ("dev", *more)))


def secrets() -> Any:
    """Give a client of Secrets Manager."""
    return client("secretsmanager")


def ssm() -> Any:
    """Give a client of Parameter Store."""
    return client("ssm")


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Make stdin what is piped in."""

    def piped(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return piped


@pytest.mark.usefixtures("aws", "app")
@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_put_from_a_pipe(
    pipe: Callable[[bytes], None], capsys: pytest.CaptureFixture[str], ending: bytes
) -> None:
    """What is piped in is the value, without its last newline, in the place that code reads."""
    for name, said in {
        "openai-key": "openai-key: put into Secrets Manager, shared/dev/openai-key\n",
        "stripe-key": "stripe-key: put into Parameter Store, /todo/dev/stripe-key\n",
        "greeting": "greeting: put into Parameter Store, /todo/dev/greeting\n",
    }.items():
        pipe(MARK.encode() + ending)
        assert main(["secret", "put", name]) == 0
        assert capsys.readouterr() == (said, "")
    assert secrets().get_secret_value(SecretId="shared/dev/openai-key")["SecretString"] == MARK
    for name, type_ in (("stripe-key", "SecureString"), ("greeting", "String")):
        found = ssm().get_parameter(Name=f"/todo/dev/{name}", WithDecryption=True)["Parameter"]
        assert (found["Type"], found["Value"]) == (type_, MARK)


@pytest.mark.usefixtures("aws", "app")
def test_put_asks_with_hidden_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At a terminal a secret is asked for without an echo until it is there, a setting with one."""
    asked = []

    def ask(words: str) -> str:
        asked.append(words)
        return "" if len(asked) == 1 else MARK

    monkeypatch.setattr(getpass, "getpass", ask)
    monkeypatch.setattr(click, "prompt", ask)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert main(["secret", "put", "stripe-key"]) == 0
    assert main(["secret", "put", "greeting"]) == 0
    assert asked == ["stripe-key (dev): ", "stripe-key (dev): ", "greeting (dev)"]
    assert MARK not in "".join(capsys.readouterr())


@pytest.mark.usefixtures("aws", "app")
@pytest.mark.parametrize(("size", "code"), [(4094, 0), (4095, 2)])
def test_a_line_that_a_terminal_cuts_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], size: int, code: int
) -> None:
    """A terminal gives 4,095 bytes of a longer line and says nothing of the rest."""
    monkeypatch.setattr(cli_secret_values, "_MOST_TYPED", 4095)
    monkeypatch.setattr(getpass, "getpass", lambda _: "x" * size)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert main(["secret", "put", "openai-key"]) == code
    said = (
        "openai-key: given 4,095 bytes or more, and a terminal cuts off what is further in a line, "
        "expected: tenner secret put openai-key --environment dev < FILE\n"
    )
    assert capsys.readouterr().err == (said if code else "")


@pytest.mark.usefixtures("aws", "app")
def test_list_and_check(pipe: Callable[[bytes], None], capsys: pytest.CaptureFixture[str]) -> None:
    """What has no value yet is said, with the command that puts it; then nothing is missing."""
    assert main(["secret", "check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{name}: no value yet in {store}, {address}, which is for todo. Put it: "
        f"tenner secret put {name} --environment dev"
        for name, store, address in (
            ("openai-key", "Secrets Manager", "shared/dev/openai-key"),
            ("stripe-key", "Parameter Store", "/todo/dev/stripe-key"),
            ("greeting", "Parameter Store", "/todo/dev/greeting"),
        )
    ]
    for name in ("openai-key", "stripe-key", "greeting"):
        pipe(MARK.encode())
        main(["secret", "put", name])
    capsys.readouterr()
    assert main(["secret", "check"]) == 0
    assert capsys.readouterr().out == "todo: all 3 are put\n"
    assert main(["secret", "list"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split("  ")[1] == "name in AWS"
    assert [row.split()[0] for row in rows] == [
        *("shared/dev/openai-key", "/todo/dev/stripe-key", "/todo/dev/greeting")
    ]
    assert main(["secret", "list", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["state"] for each in found] == ["put"] * 3
    assert found[0]["needed_by"] == ["todo"]


@pytest.mark.usefixtures("aws", "app")
def test_what_is_not_deployed(
    pipe: Callable[[bytes], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is made beside Terraform: the sentence says what to deploy first."""
    secrets().delete_secret(SecretId="shared/dev/openai-key", ForceDeleteWithoutRecovery=True)
    ssm().delete_parameter(Name="/todo/dev/greeting")
    for name, place, what in (
        ("openai-key", "Secrets Manager has no shared/dev/openai-key", "the shared infrastructure"),
        ("greeting", "Parameter Store has no /todo/dev/greeting", "the app"),
    ):
        pipe(MARK.encode())
        assert main(["secret", "put", name]) == 2
        assert capsys.readouterr().err == (
            f"{name}: {place} in this account and region yet. Deploy {what} first: "
            "make deploy ENV=dev\n"
        )
    assert [each["Name"] for each in ssm().describe_parameters()["Parameters"]] == [
        "/todo/dev/stripe-key"
    ]
    assert main(["secret", "check"]) == 1
    assert "openai-key: Secrets Manager has no" in capsys.readouterr().err


@pytest.mark.usefixtures("aws", "app")
def test_a_secret_that_is_being_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    """A secret in its recovery window is no place for a value."""
    secrets().delete_secret(SecretId="shared/dev/openai-key")
    main(["secret", "check"])
    assert "openai-key: Secrets Manager has no shared/dev/openai-key" in capsys.readouterr().err


@pytest.mark.usefixtures("aws", "app")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "stripe-key: given an empty value, expected some text\n"),
        (b" \n", "stripe-key: given an empty value, expected some text\n"),
        (b"\xff\xfe", "stripe-key: the value is not UTF-8 text\n"),
        (
            b"-----BEGIN PRIVATE KEY-----",
            (
                "stripe-key: given the beginning of a key in several lines, expected all of it: "
                "tenner secret put stripe-key --environment dev < FILE\n"
            ),
        ),
        (
            b"x" * 4097,
            "stripe-key: given 4,097 bytes, expected at most 4,096 in Parameter Store\n",
        ),
    ],
)
def test_values_that_no_store_takes(
    pipe: Callable[[bytes], None], capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    """What is wrong with a value is said without any of it, and nothing is written."""
    pipe(content)
    assert main(["secret", "put", "stripe-key"]) == 2
    assert capsys.readouterr().err == said
    assert ssm().describe_parameters()["Parameters"][0]["Version"] == 1


def test_sizes_at_the_boundary() -> None:
    """4,096 bytes fit into a standard parameter and 65,536 into a secret, and one more does not."""
    manifest = parse_manifest(manifest_text("todo") + WANTS, "app.yaml")
    shared, own, _ = kept_of(manifest, "dev")
    for kept, most in ((shared, 65_536), (own, 4_096)):
        assert not value_problem("x" * most, kept)
        assert f"given {most + 1:,} bytes" in value_problem("x" * (most + 1), kept)
        assert f"given {most + 2:,} bytes" in value_problem("é" * (most // 2 + 1), kept)


@pytest.mark.usefixtures("aws", "app")
def test_a_value_in_place_of_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Who types the value as the name does not see it again."""
    assert main(["secret", "put", f"sk-live-{MARK}"]) == 2
    assert capsys.readouterr().err == (
        "NAME: given what is no name, expected a name of todo: openai-key, stripe-key, greeting\n"
    )
    assert main(["secret", "put", "other"]) == 2
    assert 'NAME: given "other", expected' in capsys.readouterr().err


def test_in_prod_an_app_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each environment's addresses are those that the generated code and Terraform use."""
    text = with_environments("staging", "prod")
    in_app(tmp_path, monkeypatch, text)
    manifest = parse_manifest(text, "app.yaml")
    assert [[each.address for each in kept_of(manifest, name)] for name in ENVIRONMENTS] == [
        ["shared/dev/openai-key", "/todo/dev/stripe-key", "/todo/dev/greeting"],
        ["shared/staging/openai-key", "/todo/staging/stripe-key", "/todo/staging/greeting"],
        ["todo/prod/openai-key", "todo/prod/stripe-key", "/todo/prod/greeting"],
    ]
    assert {each.store for each in kept_of(manifest, "prod")[:2]} == {"Secrets Manager"}


@pytest.mark.usefixtures("aws")
def test_which_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where an app has several, the environment must be given, and be one of them."""
    text = with_environments("prod")
    in_app(tmp_path, monkeypatch, text)
    assert main(["secret", "put", "greeting"]) == 2
    assert capsys.readouterr().err == "--environment: expected one of todo: dev, prod\n"
    assert main(["secret", "put", "greeting", "-e", "staging"]) == 2
    assert capsys.readouterr().err == (
        "--environment: given staging, expected one of todo: dev, prod\n"
    )
    assert main(["secret", "list", "--format", "json"]) == 0
    assert {each["environment"] for each in json.loads(capsys.readouterr().out)} == {"dev"}
    assert main(["secret", "check", "-e", "prod"]) == 1
    assert "todo/prod/openai-key" in capsys.readouterr().err


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared infrastructure's folder, with `todo` and `links` registered."""
    folder = tmp_path / "aws-shared-infra"
    folder.mkdir()
    (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    registry = FolderRegistry(folder / "apps")
    texts = {
        "todo": manifest_text("todo") + WANTS,
        "links": manifest_text("links") + "secrets: {shared: [openai-key, lost-key]}\n",
    }
    for name, text in texts.items():
        registry.register(registration(make_repo(tmp_path / name, text), text), NOW)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("TENNER_REGISTRY", raising=False)
    return folder


@pytest.mark.usefixtures("aws", "home")
def test_of_the_whole_fleet(
    pipe: Callable[[bytes], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """In the shared infrastructure's folder all apps are checked, and what fleet.yaml lacks."""
    assert main(["secret", "check", "--environment", "dev"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        (
            "openai-key: no value yet in Secrets Manager, shared/dev/openai-key, which is for "
            "links, todo. Put it: tenner secret put openai-key --environment dev"
        ),
        (
            "spare: Secrets Manager has no shared/dev/spare in this account and region yet. Deploy "
            "the shared infrastructure first: make deploy ENV=dev"
        ),
        (
            "stripe-key: no value yet in Parameter Store, /todo/dev/stripe-key, which is for todo. "
            "Put it, in the folder of todo: tenner secret put stripe-key --environment dev"
        ),
        (
            "greeting: no value yet in Parameter Store, /todo/dev/greeting, which is for todo. Put "
            "it, in the folder of todo: tenner secret put greeting --environment dev"
        ),
        (
            "links: needs the shared secret lost-key, which fleet.yaml lacks: add it to "
            "secrets.shared, then make deploy"
        ),
    ]
    pipe(MARK.encode())
    assert main(["secret", "put", "openai-key", "-e", "dev"]) == 0
    assert main(["secret", "put", "stripe-key", "-e", "dev"]) == 2
    assert "expected a name of fleet.yaml: openai-key, spare" in capsys.readouterr().err


def test_neither_app_nor_fleet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In another folder the command says in which folders it works."""
    monkeypatch.chdir(tmp_path)
    assert main(["secret", "check"]) == 2
    assert capsys.readouterr().err == (
        f"{tmp_path}: expected an app's folder, with app.yaml, or the shared infrastructure's, "
        "with fleet.yaml\n"
    )


class Client:
    """A client of AWS whose every action raises one error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, _action: str) -> Callable[..., Any]:
        """Give an action that fails."""

        def action(**_given: object) -> Any:
            raise self.error

        return action


def no(code: str, message: str = f"1 validation error: Value '{MARK}' at 'value'") -> ClientError:
    """Make an answer of AWS that has the value in it, as its validation errors have."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "PutParameter")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            no("ValidationException"),
            3,
            "openai-key: shared/dev/openai-key can't be used: AWS answers ValidationException\n",
        ),
        (
            no(
                "AccessDeniedException",
                "User: arn:aws:iam::111122223333:user/me is not authorized to perform: "
                "secretsmanager:PutSecretValue on resource: shared/dev/openai-key because of "
                f"'{MARK}'",
            ),
            3,
            (
                "openai-key: shared/dev/openai-key can't be used: AWS answers "
                "AccessDeniedException: User: arn:aws:iam::111122223333:user/me is not authorized "
                "to perform: secretsmanager:PutSecretValue on resource: shared/dev/openai-key\n"
            ),
        ),
        (
            no("ThrottlingException", "Rate exceeded"),
            3,
            (
                "openai-key: shared/dev/openai-key can't be used: AWS answers "
                "ThrottlingException, more than once; try again in a minute\n"
            ),
        ),
        (
            no("KMSAccessDeniedException"),
            3,
            (
                "openai-key: shared/dev/openai-key can't be used: AWS answers "
                "KMSAccessDeniedException\n"
            ),
        ),
        (
            no("ExpiredTokenException", "expired"),
            3,
            (
                "AWS does not know these credentials, or no longer: ExpiredTokenException. "
                "Expected credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY\n"
            ),
        ),
        (
            ParamValidationError(report=f"value: {MARK}"),
            3,
            "AWS can't be asked: secretsmanager put_secret_value does not take what was given\n",
        ),
        (
            NoCredentialsError(),
            3,
            (
                "AWS can't be asked: Unable to locate credentials. Expected credentials: set "
                "AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
            ),
        ),
        (
            EndpointConnectionError(endpoint_url="https://aws.test"),
            3,
            'AWS can\'t be reached: Could not connect to the endpoint URL: "https://aws.test"\n',
        ),
    ],
)
def test_errors_never_have_the_value(
    pipe: Callable[[bytes], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    said: str,
) -> None:
    """AWS's and botocore's own words may repeat the value: it is in no sentence of ours."""
    monkeypatch.setattr(Account, "_client", lambda _self, _service: Client(error))
    pipe(MARK.encode())
    assert main(["secret", "put", "openai-key"]) == code
    assert capsys.readouterr().err == said
    assert MARK not in said


@pytest.mark.usefixtures("aws")
def test_a_value_is_written_nowhere(
    app: Path,
    tmp_path: Path,
    pipe: Callable[[bytes], None],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After put, list and check no file, no log and no output has the value in it."""
    caplog.set_level(logging.INFO)
    for name in ("openai-key", "stripe-key", "greeting"):
        pipe(f"{MARK}\n".encode())
        assert main(["secret", "put", name]) == 0
    for command in ("list", "check"):
        assert main(["secret", command]) == 0
        assert main(["secret", command, "--format", "json"]) == 0
    said = "".join(capsys.readouterr()) + caplog.text
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert app / "app.yaml" in files
    assert MARK not in said
    assert not [path for path in files if MARK.encode() in path.read_bytes()]


@pytest.mark.usefixtures("app")
def test_no_region_and_no_credentials_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process of its own without any credentials: one sentence, exit code 3."""
    for key in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(key, raising=False)
    for key in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(key, "none")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    check = ["secret", "check"]
    done = subprocess.run(
        [sys.executable, "-c", "from tenner.cli import main; raise SystemExit(main())", *check],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr == (
        "AWS can't be asked: Unable to locate credentials. Expected credentials: set AWS_PROFILE, "
        "or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    )
