"""`tenner review`: an app by name or folder, AWS as moto has it, answers that are kept.

moto has functions, log groups, metrics, parameters and the table; what it lacks (Contributor
Insights, the HTTP API's stages) is answered through botocore's Stubber in AWS's own shape.
"""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from tenner import cli_review
from tenner.aws import Account
from tenner.cli import main
from tenner.load import load_catalog, load_checklists
from tenner.manifest import parse_manifest
from tenner.registry_folder import FolderRegistry
from tenner.review_ask import Asker
from tenner.review_facts import (
    Deployed,
    DeployedFunction,
    DeployedTable,
    FunctionMetrics,
    LogGroup,
    TableMetrics,
    Unknown,
)
from tenner.review_scene import Asked, find_app, scene_of
from tests.cost_explorer import ACCOUNT, KEYS, anomalies, costs
from tests.fixtures_generated import ROOT
from tests.registrations import NOW as STAMP
from tests.registrations import make_repo, manifest_text, registration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenner.manifest_environment import Environment

    World = Callable[[str, str, str, str, dict[str, Any]], None]

GOLDEN = ROOT / "tests" / "golden"
FORMATS = {"text": "txt", "markdown": "md", "json": "json"}
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
REGION = "us-east-1"
SHARED = "/shared/dev"


@pytest.fixture(autouse=True)
def home(fleet_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Three registered apps, no credentials, an empty cache, and a day of November."""
    for name in (*cli_review._CREDENTIALS, *KEYS, "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cli_review, "now", lambda: NOW)
    return fleet_home


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with todo's function, its logs, the table, and what the shared repo publishes."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        put_function("todo-dev-api")
        table = boto3.client("dynamodb", REGION)
        table.create_table(
            TableName="acme-dev",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        parameters = boto3.client("ssm", REGION)
        for name, value in (("table-name", "acme-dev"), ("api-id", "abc123")):
            parameters.put_parameter(Name=f"{SHARED}/{name}", Value=value, Type="String")
        logs = boto3.client("logs", REGION)
        for name, days in (("todo-dev-api", 7), ("todo-dev-old", 0), ("todo-prod-api", 30)):
            logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
            if days:
                logs.put_retention_policy(logGroupName=f"/aws/lambda/{name}", retentionInDays=days)
        yield


def put_function(name: str, memory_mb: int = 1024, timeout_s: int = 10) -> None:
    """Make a function."""
    role = boto3.client("iam", REGION).create_role(RoleName="todo", AssumeRolePolicyDocument="{}")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as package:
        package.writestr("handler.py", "")
    boto3.client("lambda", REGION).create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="handler.handler",
        Code={"ZipFile": code.getvalue()},
        MemorySize=memory_mb,
        Timeout=timeout_s,
    )


def put_metric(namespace: str, name: str, of: tuple[str, str], *values: float) -> None:
    """Put values of a metric, an hour apart, the last an hour ago."""
    boto3.client("cloudwatch", REGION).put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": of[0], "Value": of[1]}],
                "Timestamp": NOW - timedelta(hours=hours),
                "Value": value,
            }
            for hours, value in enumerate(values, start=1)
        ],
    )


def opened(throttle: float | None = 20.0, insights: str = "ENABLED") -> Account:
    """The account, with what moto lacks answered in AWS's shape."""
    found = Account(REGION)
    stage = boto3.client("apigatewayv2", REGION)
    stubber = Stubber(stage)
    settings = {"ThrottlingBurstLimit": 40, "ThrottlingRateLimit": throttle} if throttle else {}
    stubber.add_response(
        "get_stage",
        {"StageName": "$default", "DefaultRouteSettings": settings},
        {"ApiId": "abc123", "StageName": "$default"},
    )
    stubber.activate()
    found._clients["apigatewayv2"] = stage
    real = found.ask

    def ask(service: str, action: str, **given: Any) -> Any:
        if action == "describe_contributor_insights":
            assert given == {"TableName": "acme-dev"}
            return {"TableName": "acme-dev", "ContributorInsightsStatus": insights}
        return real(service, action, **given)

    found.ask = ask  # type: ignore[method-assign]
    return found


@pytest.fixture
def account(aws: None) -> Account:
    """The account, with the two services that moto lacks stubbed."""
    return opened()


def test_what_aws_says(account: Account) -> None:
    """Functions, logs, table, throttle and metrics are read as they are; other apps' are not."""
    function = ("FunctionName", "todo-dev-api")
    put_metric("AWS/Lambda", "Invocations", function, 30, 10)
    put_metric("AWS/Lambda", "Errors", function, 2)
    put_metric("AWS/Lambda", "Duration", function, 5000, 1000)
    put_metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", ("TableName", "acme-dev"), 12.5, 7.5)
    put_metric("AWS/DynamoDB", "WriteThrottleEvents", ("TableName", "acme-dev"), 3)
    manifest = parse_manifest(manifest_text("todo"), "app.yaml")
    found = Asker(manifest, "dev", NOW, account).deployed()
    assert found.functions == {"api": DeployedFunction(1024, 10, None)}
    assert found.log_groups == [
        LogGroup("/aws/lambda/todo-dev-api", 7, 0),
        LogGroup("/aws/lambda/todo-dev-old", None, 0),
    ]
    assert found.table == DeployedTable("acme-dev", "PAY_PER_REQUEST", 0, 0, [], scales=False)
    assert found.insights is True
    assert found.throttle == Decimal(20)
    # 6,000 ms in 40 runs
    assert found.weekly == {"api": FunctionMetrics(*map(Decimal, (40, 2, 150, 5000)))}
    assert found.monthly == found.weekly
    assert found.table_week == TableMetrics(Decimal(20), Decimal(0), Decimal(3))
    assert found.tokens_week == (Decimal(0), Decimal(0))


def test_before_the_first_deploy(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account without anything of the app is read too; what is missing says so."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    manifest = parse_manifest(manifest_text("todo"), "app.yaml")
    with mock_aws():
        found = Asker(manifest, "dev", NOW).deployed()
    missing = Unknown("AWS says ParameterNotFound")
    assert (found.functions, found.log_groups) == ({}, [])
    assert (found.table, found.throttle, found.insights) == (missing, missing, missing)


@pytest.mark.parametrize("format_", FORMATS)
def test_reports(
    account: Account,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    format_: str,
) -> None:
    """All lists of a registered app, from the manifest and from AWS, in each format."""
    monkeypatch.setattr("tenner.review_ask.Account", lambda _region: account)
    assert main(["review", "todo", "--format", format_]) == 1
    said = capsys.readouterr()
    assert said.err == f"Reading account {ACCOUNT}, us-east-1.\n"
    path = GOLDEN / f"review.{FORMATS[format_]}"
    if request.config.getoption("--update-golden"):
        path.write_text(said.out, encoding="utf-8")
    assert said.out == path.read_text(encoding="utf-8")


UNSIGNED = (
    "AWS refuses the signature: the secret access key is wrong, or this machine's clock is "
    "(SignatureDoesNotMatch)"
)
NOT_SAID = (
    "AWS does not say whose account this is: An error occurred (Throttling) when calling the "
    "GetCallerIdentity operation: no"
)


@pytest.mark.parametrize(
    ("code", "said"), [("SignatureDoesNotMatch", UNSIGNED), ("Throttling", NOT_SAID)]
)
def test_nobody_says_whose_account_it_is(
    code: str,
    said: str,
    home: Path,
    account: Account,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """AWS's no to the first question is one sentence."""
    sts = account._clients["sts"] = boto3.client("sts", REGION)
    stubber = Stubber(sts)
    stubber.add_client_error("get_caller_identity", code, "no.")
    stubber.activate()
    monkeypatch.setattr("tenner.review_ask.Account", lambda _region: account)
    assert main(["review", "todo"]) == 3
    assert capsys.readouterr() == ("", f"{said}\n")


def test_one_session_asks_all(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever logs in with a code is asked for it once, and not for each service."""
    made, session = [], boto3.session.Session

    def counted(**given: Any) -> Any:
        made.append(given)
        return session(**given)

    monkeypatch.setattr("boto3.session.Session", counted)
    account.ask("dynamodb", "list_tables")
    account.ask("logs", "describe_log_groups")
    assert made == [{"profile_name": None, "region_name": REGION}]


def write_answers(path: Path, *lines: str) -> Path:
    """Write answers of a person."""
    path.write_text("answers:\n" + "".join(f"  {line}\n" for line in lines), encoding="utf-8")
    return path


def test_answers_are_kept(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers stand beside the app, count the next time, and are due again after their list."""
    given = write_answers(home / "given.yaml", "new_features: yes", "budget_fits: no")
    options = ["--list", "monthly", "--no-aws", "--format", "json"]
    assert main(["review", "todo", "--answers", str(given), *options]) == 1
    said = capsys.readouterr()
    kept = home.parent / "todo" / "review.yaml"
    assert said.err == f"Answers are kept in {kept}\n"
    assert kept.read_text(encoding="utf-8") == (
        "# Answers to `tenner review`; they hold until their list is due again.\n"
        "answers:\n"
        "  dev:\n"
        '    budget_fits: {answer: "no", on: "2026-11-21"}\n'
        '    new_features: {answer: "yes", on: "2026-11-21"}\n'
    )
    monkeypatch.setattr(cli_review, "now", lambda: NOW + timedelta(days=29))
    main(["review", "todo", *options])
    assert outcomes(capsys)["new_features"] == "pass"
    monkeypatch.setattr(cli_review, "now", lambda: NOW + timedelta(days=30))
    main(["review", "todo", *options])
    assert outcomes(capsys) | {"new_features": "asked", "budget_fits": "asked"} == outcomes_of(
        home, capsys, options
    )


def test_what_dev_may_prod_may_not(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer holds for its environment only, and one of prod leaves those of dev."""
    manifest = home.parent / "todo" / "app.yaml"
    text = manifest.read_text(encoding="utf-8").replace("  dev: {}\n", "  dev: {}\n  prod: {}\n")
    manifest.write_text(text.replace("memory_mb: 256", "memory_mb: 1024"), encoding="utf-8")
    given = write_answers(home / "given.yaml", "memory: {answer: accepted, note: only in dev}")
    options = ["--list", "before-launch", "--no-aws", "--format", "json"]
    main(["review", "todo", "--answers", str(given), *options])
    assert outcomes(capsys)["memory"] == "pass"
    main(["review", "todo", "--environment", "prod", *options])
    assert outcomes(capsys)["memory"] == "fail"
    other = write_answers(home / "given.yaml", "memory: {answer: accepted, note: in prod too}")
    main(["review", "todo", "--environment", "prod", "--answers", str(other), *options])
    assert outcomes(capsys)["memory"] == "pass"
    kept = (home.parent / "todo" / "review.yaml").read_text(encoding="utf-8")
    assert [line for line in kept.splitlines() if line.endswith(":")] == [
        *("answers:", "  dev:", "  prod:")
    ]


def outcomes(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """The outcomes that were printed, by item."""
    lists = json.loads(capsys.readouterr().out)["lists"]
    return {each["id"]: each["outcome"] for items in lists.values() for each in items}


def outcomes_of(
    home: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> dict[str, str]:
    """The outcomes of todo, from its folder."""
    main(["review", str(home.parent / "todo"), *options])
    return outcomes(capsys)


def test_nothing_to_do(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 where nothing fails; what can't be checked or is not answered is no failure."""
    fleet = home / "fleet.yaml"
    text = fleet.read_text(encoding="utf-8")
    fleet.write_text(text.replace("2}", "2, alert_email: me@example.com}"), encoding="utf-8")
    assert main(["review", "pip", "--list", "before-launch", "--no-aws"]) == 0
    assert capsys.readouterr().out.endswith("  3 in order, 4 can't be checked here\n")


def test_questions_of_a_terminal(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a terminal what is due is asked, once; `not now` leaves it open."""
    asked = []

    class Prompt:
        def __init__(self, message: str, choices: list[str]) -> None:
            assert choices == ["yes", "no", "not now"]
            asked.append(message)

        def ask(self) -> str:
            return "yes" if "cheaper" in asked[-1] else "not now"

    monkeypatch.setattr("questionary.select", Prompt)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    main(["review", "todo", "--list", "monthly", "--no-aws"])
    assert len(asked) == 2
    assert "1 not answered" in capsys.readouterr().out
    main(["review", "todo", "--list", "monthly", "--no-aws"])
    assert len(asked) == 3


def test_what_was_spent_this_week(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The week's look at the cost is known from what `tenner spend` has kept."""
    folder = tmp_path / "cache" / "tenner" / "spend"
    folder.mkdir(parents=True)
    (folder / "000000000000.json").write_text("broken", encoding="utf-8")
    kept = folder / f"{ACCOUNT}.json"
    for found, expected in ((anomalies(), "pass"), (anomalies(0.5), "fail")):
        saved = {"answers": [costs(), found], "asked": "2026-11-15T09:00:00+00:00"}
        kept.write_text(json.dumps(saved), encoding="utf-8")
        main(["review", "pip", "--list", "weekly", "--no-aws", "--format", "json"])
        assert outcomes(capsys)["spend"] == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["nobody"],
            'given "nobody", expected a folder or a registered app: links, pip, todo',
        ),
        (
            ["todo", "--environment", "prod"],
            '--environment: given "prod", expected one of dev',
        ),
        (
            ["todo", "--plan", "fleet.yaml"],
            "fleet.yaml: expected a plan: terraform show -json PLAN > plan.json",
        ),
        (["todo", "--answers", "none.yaml"], "none.yaml: not found"),
        ([], ".: expected a folder with app.yaml, or a manifest's file"),
    ],
)
def test_wrong_input(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """Each is one sentence, and nothing is written."""
    assert main(["review", *words, "--no-aws"]) == 2
    assert capsys.readouterr().err == f"{message}\n"
    assert not (home.parent / "todo" / "review.yaml").exists()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("app-0004", "app-004, app-000, app-010 and 8 more (tenner apps)"),
        ("zzz", "app-000, app-001, app-002 and 8 more (tenner apps)"),
    ],
)
def test_a_misspelt_app_of_many(
    home: Path, capsys: pytest.CaptureFixture[str], given: str, named: str
) -> None:
    """Of more than ten apps those are named that may be meant."""
    registry = FolderRegistry(home / "many")
    for number in range(11):
        text = manifest_text(f"app-{number:03}")
        repo = make_repo(home.parent / f"app-{number:03}", text)
        registry.register(registration(repo, text), STAMP)
    assert main(["review", given, "--registry", "many", "--no-aws"]) == 2
    assert capsys.readouterr().err == (
        f'given "{given}", expected a folder or a registered app: {named}\n'
    )


def test_an_app_whose_folder_is_gone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The record says where it was."""
    (home.parent / "todo" / "app.yaml").unlink()
    assert main(["review", "todo", "--no-aws"]) == 2
    folder = home.parent / "todo"
    assert capsys.readouterr().err == (
        f"todo: its folder {folder} is not here; expected it, or another folder\n"
    )


def test_an_app_where_another_repo_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path of any machine may have another repo on this one; its first commit tells."""
    todo, text = home.parent / "todo", manifest_text("todo")
    registry = FolderRegistry(home / "apps")
    registry.register(registration(todo, text, root_commit="a" * 40), STAMP)
    record = home / "apps" / "todo.yaml"
    record.write_text(record.read_text("utf-8").replace("../../todo", str(todo)), encoding="utf-8")
    assert main(["review", "todo", "--no-aws"]) == 2
    assert capsys.readouterr().err == (
        f"todo: its folder {todo} is not here; expected it, or another folder\n"
    )


def test_a_folder_from_elsewhere(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fleet is the one that its app.yaml names, wherever the command is typed."""
    monkeypatch.chdir(home.parent / "todo" / "..")
    for given in ("todo", str(home.parent / "todo" / "app.yaml")):
        main(["review", given, "--list", "before-launch", "--no-aws"])
        assert "nobody is told when the budget of $2.00 is used up" in capsys.readouterr().out


def test_no_credentials(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """AWS that is asked for without credentials is one sentence; else it is only not asked."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main(["review", "todo", "--aws"]) == 3
    assert capsys.readouterr().err == (
        "AWS can't be asked: Unable to locate credentials. Expected credentials: set AWS_PROFILE, "
        "or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    )
    main(["review", "todo", "--list", "before-launch"])
    assert "AWS was not asked: no credentials; --aws asks it" in capsys.readouterr().out


@pytest.mark.parametrize(("kind", "expected"), [("violating", "fail"), ("passing", "pass")])
def test_plans_that_terraform_made(
    home: Path, capsys: pytest.CaptureFixture[str], kind: str, expected: str
) -> None:
    """What a real Terraform plans is checked without AWS."""
    plan = ROOT / "tests/fixtures/plans/log_retention" / kind / "plan.json"
    main(["review", "todo", "--plan", str(plan), "--no-aws", "--format", "json"])
    said = outcomes(capsys)
    assert (said["log_retention"], said["contributor_insights"]) == (expected, "pass")
    assert said["table_throttles"] == "unchecked"


MANIFEST = """\
schema_version: 1
app: todo
owner: me
region: us-east-1
environments: {dev: {}}
functions:
  api:
    trigger: http_api
    memory_mb: MEMORY
    timeout_s: 20
    use: {requests_per_month: 1000, duration_ms: 100}
ai:
  model: MODEL
  max_output_tokens: 500
  cache_ttl_days: DAYS
  use:
    prompts_per_month: 7
    cache_hit_percent: 40
    input_tokens_per_prompt: 1000
    output_tokens_per_prompt: 100
"""


def metrics(
    function: tuple[float, ...], table: tuple[float, ...], tokens: tuple[float, ...]
) -> None:
    """Put a week's metrics: runs, errors and ms; reads, writes and refused; tokens in and out."""
    runs, errors, *durations = function
    of = ("FunctionName", "todo-dev-api")
    put_metric("AWS/Lambda", "Invocations", of, runs)
    put_metric("AWS/Lambda", "Errors", of, errors)
    put_metric("AWS/Lambda", "Duration", of, *durations)
    of = ("TableName", "acme-dev")
    names = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents")
    for name, value in zip(names, table, strict=True):
        put_metric("AWS/DynamoDB", name, of, value)
    model = ("ModelId", MODEL if tokens[0] < 100_000 else SONNET)
    for name, value in zip(("InputTokenCount", "OutputTokenCount"), tokens, strict=True):
        put_metric("AWS/Bedrock", name, model, value)


MODEL = "amazon.nova-micro-v1:0"
SONNET = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"


def put_table(*indexes: str, scales: bool) -> None:
    """Make the shared table provisioned, with its index and more."""
    names = ["gsi1", *indexes]
    table = boto3.client("dynamodb", REGION)
    table.create_table(
        TableName="acme-dev",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ["pk", *names]
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            }
            for name in names
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )
    if scales:
        boto3.client("application-autoscaling", REGION).register_scalable_target(
            ServiceNamespace="dynamodb",
            ResourceId="table/acme-dev",
            ScalableDimension="dynamodb:table:ReadCapacityUnits",
            MinCapacity=1,
            MaxCapacity=40,
        )


def put_groups(**days: int) -> None:
    """Make todo's log groups, with the days that they keep logs, 0 for ever."""
    logs = boto3.client("logs", REGION)
    for name, kept in days.items():
        group = f"/aws/lambda/todo-dev-{name}"
        logs.create_log_group(logGroupName=group)
        if kept:
            logs.put_retention_policy(logGroupName=group, retentionInDays=kept)


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """The app's folder, fleet.yaml and an empty account, which a test fills."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)

    def fill(memory: str, model: str, days: str, email: str, spent: dict[str, Any]) -> None:
        text = MANIFEST.replace("MEMORY", memory).replace("MODEL", model).replace("DAYS", days)
        (home.parent / "todo" / "app.yaml").write_text(text, encoding="utf-8")
        fleet = (home / "fleet.yaml").read_text(encoding="utf-8")
        told = fleet.replace("2}", f"2, alert_email: {email}}}") if email else fleet
        (home / "fleet.yaml").write_text(told, encoding="utf-8")
        folder = tmp_path / "cache" / "tenner" / "spend"
        folder.mkdir(parents=True)
        saved = {"answers": [costs(), spent], "asked": "2026-11-20T09:00:00+00:00"}
        (folder / f"{ACCOUNT}.json").write_text(json.dumps(saved), encoding="utf-8")
        parameters = boto3.client("ssm", REGION)
        for name, value in (("table-name", "acme-dev"), ("api-id", "abc123")):
            parameters.put_parameter(Name=f"{SHARED}/{name}", Value=value, Type="String")

    with mock_aws():
        yield fill


CHECKED = {key for key, item in load_checklists().items.items() if item.check}


def test_every_check_fails_on_an_account_that_needs_it(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each check finds what is wrong, in app.yaml, in fleet.yaml and in AWS as moto has it."""
    world("1024", SONNET, "0", "", anomalies(0.5))
    put_function("todo-dev-api", memory_mb=1024, timeout_s=61)
    put_table("by_day", scales=False)
    put_groups(api=14, old=0)
    metrics((5000, 50, 6_000_000), (1000, 1000, 3), (200_000, 50_000))
    account = opened(throttle=None)
    monkeypatch.setattr("tenner.review_ask.Account", lambda _region: account)
    assert main(["review", "todo", "--format", "json"]) == 1
    said = outcomes(capsys)
    assert {key: said[key] for key in CHECKED} == dict.fromkeys(CHECKED, "fail")


def test_every_check_passes_on_an_account_in_order(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same checks pass where nothing is wrong; with what is asked answered, all is in order."""
    world("128", MODEL, "90", "me@example.com", anomalies())
    put_function("todo-dev-api", memory_mb=128, timeout_s=20)
    put_table(scales=True)
    put_groups(api=7)
    metrics((200, 1, *[2000] * 10), (300_000, 300_000, 0), (900, 90))
    account = opened(insights="DISABLED")
    monkeypatch.setattr("tenner.review_ask.Account", lambda _region: account)
    asked = [
        f"{key}: yes"
        for key, item in load_checklists().items.items()
        if item.question and item.only != "static_site"
    ]
    given = write_answers(Path("given.yaml"), *asked)
    assert main(["review", "todo", "--answers", str(given), "--format", "json"]) == 0
    said = outcomes(capsys)
    assert set(said.values()) == {"pass"}
    assert said.keys() >= CHECKED


def test_prod_in_its_own_account(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an account of its own the app's table and API are found by name, and app.yaml's budget."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    text = manifest_text("todo").replace(
        "  dev: {}\n", "  dev: {}\n  prod: {alert_email: me@example.com, rotate: [key]}\n"
    )
    text += "secrets: {app: [key]}\n"
    (home.parent / "todo" / "app.yaml").write_text(text, encoding="utf-8")
    with mock_aws():
        boto3.client("dynamodb", REGION).create_table(
            TableName="todo-prod",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        logs = boto3.client("logs", REGION)
        logs.create_log_group(logGroupName="/aws/lambda/todo-prod-rotation")
        logs.put_retention_policy(logGroupName="/aws/lambda/todo-prod-rotation", retentionInDays=30)
        account = Account(REGION)
        real = account.ask

        def ask(service: str, action: str, **given: Any) -> Any:
            if action == "get_apis":
                pages = {"": ("other", "abc", "2"), "2": ("todo-prod", "def", "")}
                name, number, token = pages[given.get("NextToken", "")]
                return {"Items": [{"Name": name, "ApiId": number}], "NextToken": token}
            if action == "get_stage":
                assert given == {"ApiId": "def", "StageName": "$default"}
                return {"DefaultRouteSettings": {"ThrottlingRateLimit": 50.0}}
            if action == "describe_contributor_insights":
                return {"ContributorInsightsStatus": "DISABLED"}
            return real(service, action, **given)

        monkeypatch.setattr(account, "ask", ask)
        monkeypatch.setattr("tenner.review_ask.Account", lambda _region: account)
        main(["review", "todo", "--environment", "prod", "--format", "json"])
    lists = json.loads(capsys.readouterr().out)["lists"]
    said = {each["id"]: (each["outcome"], each["why"]) for part in lists.values() for each in part}
    assert said["budget"] == ("pass", "me@example.com is told of $20.00, in app.yaml")
    assert said["table_mode"] == ("pass", "todo-prod is on demand")
    assert said["runaway"] == ("pass", "the API takes at most 50 requests a second")
    assert said["log_retention"] == ("pass", "at most 30 days in AWS")
    assert said["unused_log_groups"] == ("pass", "1 log group, each of a function")


def test_the_api_that_the_app_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several shared APIs it is asked about the one that app.yaml names."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    manifest = parse_manifest(manifest_text("todo") + "api: 2\n", "app.yaml")
    with mock_aws():
        parameters = boto3.client("ssm", REGION)
        for name, value in (("api-id", "abc123"), ("apis/2/api-id", "def456")):
            parameters.put_parameter(Name=f"{SHARED}/{name}", Value=value, Type="String")
        assert Asker(manifest, "dev", NOW)._api() == "def456"


@pytest.mark.parametrize(
    ("environment", "others", "same"),
    [("dev", "dev", ["pip"]), ("dev", "prod", []), ("prod", "dev", []), ("prod", "prod", [])],
)
def test_who_calls_the_same_model(
    home: Path, environment: Environment, others: str, same: list[str]
) -> None:
    """Another app's tokens are counted with this one's where both are in the shared account."""
    text = MANIFEST.replace("MEMORY", "256").replace("MODEL", MODEL).replace("DAYS", "90")
    pip = text.replace("app: todo", "app: pip").replace("{dev: {}}", f"{{{others}: {{}}}}")
    FolderRegistry(home / "apps").register(registration(home.parent / "pip", pip), STAMP)
    todo = home.parent / "todo" / "app.yaml"
    todo.write_text(text.replace("{dev: {}}", "{dev: {}, prod: {}}"), encoding="utf-8")
    nothing = Deployed.unknown("AWS was not asked")
    asked = Asked(environment, None)
    scene, _ = scene_of(find_app("todo", None), asked, load_catalog(), nothing, NOW.date())
    assert scene.same_model == same


def in_a_terminal(keys: dict[bytes, bytes], *command: str) -> tuple[int, str]:
    """Run a command in a terminal, and press a key where a question begins as one of these."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"}
    ) as process:
        os.close(theirs)
        said = b""
        with suppress(OSError):  # Linux says so where the other side is closed
            while select.select([ours], [], [], 60)[0] and (part := os.read(ours, 4096)):
                said += part
                if b"\x1b[6n" in part:  # where is the cursor?
                    os.write(ours, b"\x1b[1;1R")
                for question in [each for each in keys if each in said]:
                    os.write(ours, keys.pop(question))
        os.close(ours)
        return process.wait(60), said.decode()


def test_ctrl_c_keeps_what_was_answered(home: Path) -> None:
    """In a real terminal: Enter is yes, and Ctrl-C at the next question loses nothing."""
    command = (f"{sys.prefix}/bin/tenner", "review", "todo", "--list", "monthly", "--no-aws")
    code, said = in_a_terminal({b"Is the budget": b"\r", b"Was it looked": b"\x03"}, *command)
    kept = home.parent / "todo" / "review.yaml"
    assert code == 130
    assert f"Answers are kept in {kept}" in said
    text = kept.read_text(encoding="utf-8")
    assert [line.split(":")[0].strip() for line in text.splitlines()[3:]] == ["budget_fits"]
    assert '{answer: "yes", on: ' in text
