"""An account with apps for the guard: moto's DynamoDB and Lambda, and calls that fail when told to.

moto ignores RevisionId, has no settings of routes and refuses no reserved concurrency: these are
added here, as AWS documents them.
"""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws
from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends

from tenner.guard_functions import Functions
from tenner.guard_handler import Settings, handled
from tenner.guard_items import Entry
from tenner.guard_routes import Routes
from tenner.guard_run import Guard, Wish
from tenner.guard_signals import Place
from tenner.guard_stages import ALL, Stage, engaged, let_go
from tenner.guard_table import GuardTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

ACCOUNT = "123456789012"  # moto's
REGION, TABLE, APIS = "us-east-1", "acme-dev", ("api1", "api2")
SHUT = {"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 0}
NOW = 1_795_262_400.0  # 2026-11-21T12:00:00Z
ENDS = 1_796_083_200  # 2026-12-01T00:00:00Z
FLEET = {"todo-dev-api": "todo", "todo-dev-job": "todo", "link-dev-api": "link"}
NORMAL = dict.fromkeys(FLEET, ("false", None))
DEGRADED = dict.fromkeys(FLEET, ("true", None))
STOPPED = dict.fromkeys(FLEET, ("true", 0))
_numbers = count()
_LETTER = """AWS Budget Notification November 21, 2026
AWS Account 123456789012

Dear AWS Customer,

You requested that we alert you when the {kind} Cost associated with your {name} budget is greater \
than ${over} for the current month. The {kind} Cost associated with this budget is ${spent}. You \
can find additional details below and by accessing the AWS Budgets dashboard [1].

Budget Name: {name}
Budget Type: Cost
Budgeted Amount: ${limit}
Alert Type: {kind}
Alert Threshold: > ${over}
{kind} Amount: ${spent}

[1] https://console.aws.amazon.com/billing/home#/budgets
"""
PLACE = Place("acme", "dev")


def letter(
    spent: str,
    over: str = "0.01",
    kind: str = "ACTUAL",
    *,
    name: str = "acme-account",
    limit: str = "10.00",
) -> str:
    """What AWS Budgets writes to SNS, word by word."""
    return _LETTER.format(spent=spent, over=over, kind=kind, name=name, limit=limit)


def alarm(name: str, value: str = "ALARM") -> str:
    """What CloudWatch writes to SNS."""
    return json.dumps({
        "AlarmName": name,
        "AlarmDescription": None,
        "AWSAccountId": "123456789012",
        "NewStateValue": value,
        "NewStateReason": "Threshold Crossed: 3 datapoints were greater than the threshold.",
        "StateChangeTime": "2026-11-21T12:00:00.000+0000",
        "Region": "US East (N. Virginia)",
        "OldStateValue": "OK",
        "Trigger": {"MetricName": "Invocations", "Namespace": "AWS/Lambda", "Period": 300},
    })  # fmt: skip


def message(
    spent: str, kind: str = "ACTUAL", id_: str = "m1", name: str = "acme-account"
) -> dict[str, Any]:
    """An SNS event with a budget's notice."""
    text = letter(spent, "9.50" if name == "acme-account" else "0.01", kind, name=name)
    sns = {"MessageId": id_, "Timestamp": "2026-11-21T12:00:00.000Z", "Message": text}
    return {"Records": [{"Sns": sns}]}


def take(cloud: Cloud, event: dict[str, Any], *allow: str) -> list[str]:
    """Let the guard's function handle an event."""
    return handled(cloud.guard(*allow), event, cloud.settings, lambda _words: None)


def by_hand(guard: Guard, stage: Stage | None, app: str = ALL, id_: str = "h1") -> list[str]:
    """Engage or release as the command does."""
    entry = Entry(guard.now(), id_, "a person", f"{stage} {app}")
    if stage is None:
        guard.record(Wish(lambda state: let_go(state, app, ENDS), entry))
    else:
        guard.record(Wish(lambda state: engaged(state, app, stage), entry))
    return guard.converge()


def modes(cloud: Cloud) -> dict[str, tuple[str | None, int | None]]:
    """EMERGENCY_MODE and reserved concurrency of each of the fleet's functions."""
    return {name: modes_of(cloud, name) for name in FLEET}


def modes_of(cloud: Cloud, name: str) -> tuple[str | None, int | None]:
    """EMERGENCY_MODE and reserved concurrency of one function."""
    variables, reserved = cloud.seen(name)
    return variables.get("EMERGENCY_MODE"), reserved


@contextmanager
def on_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing leaves this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


def emptied() -> None:
    """Make the account as it was at first."""
    dynamodb_backends[ACCOUNT][REGION].reset()
    lambda_backends[ACCOUNT][REGION].reset()


class _Http:
    status_code = 200
    headers: ClassVar[dict[str, str]] = {}


class Call(NamedTuple):
    """One call that the guard made."""

    service: str
    operation: str
    given: Mapping[str, Any]


@cache
def plain(service: str) -> Any:
    """A client that never fails, for looking and for other people's work."""
    return boto3.client(service, REGION)


@cache
def watched(service: str) -> Any:
    """The guard's client, whose calls the current account counts and lets fail."""
    client = boto3.client(service, REGION)
    events = client.meta.events
    events.register("provide-client-params", _of_current("before"))
    events.register("before-call", _of_current("answer"))
    events.register("after-call", _of_current("after_call"))
    return client


def _of_current(name: str) -> Callable[..., Any]:
    def call(**given: Any) -> Any:
        return getattr(Cloud.current, name)(**given)

    return call


class Cloud:
    """Functions by name, with their variables, inside moto; `asked` has what was asked.

    Of Lambda's `limit` of concurrency, 100 or all of a lower limit must stay unreserved.
    """

    current: ClassVar[Cloud]

    def __init__(self, functions: Mapping[str, str], limit: int = 1000) -> None:
        self.now, self.fail_at, self.after = NOW, 0, False
        self.code = ""
        self.refused: dict[str, str] = {}
        self.meanwhile: dict[str, Callable[[], object]] = {}
        """What others do just before a call, by its name or its number."""
        self.asked: list[Call] = []
        self.routes: dict[str, dict[str, dict[str, Any]]] = {
            "api1": {"ANY /todo": {}, "ANY /todo/{proxy+}": {}, "ANY /todo2/{proxy+}": {}},
            "api2": {"GET /link/health": {}, "$default": {}},
        }
        self.revisions: dict[str, int] = {}
        self.limit, self.refuses_zero = limit, False
        self.clients = {name: watched(name) for name in ("dynamodb", "lambda", "apigatewayv2")}
        Cloud.current = self
        self._make_table()
        role = plain("iam").create_role(
            RoleName=f"app-{next(_numbers)}", AssumeRolePolicyDocument="{}"
        )
        self.role = role["Role"]["Arn"]
        for name, app in functions.items():
            self.make_function(name, app)
        self.asked = []

    @property
    def operations(self) -> list[str]:
        """The names of the calls that were made."""
        return [call.operation for call in self.asked]

    def guard(self, *allow: str, **more: Any) -> Guard:
        """A guard of this account, whose clock stands still but for its own waiting."""
        functions = Functions(self.clients["lambda"], "dev", self.sleep)
        routes = Routes(self.clients["apigatewayv2"], APIS)
        table = GuardTable(self.clients["dynamodb"], TABLE)
        return Guard(table, functions, routes, frozenset(allow), self.time, self.sleep, **more)

    @property
    def settings(self) -> Settings:
        """What the deployed guard's variables would say."""
        return Settings(TABLE, APIS, PLACE, frozenset(), "")

    def time(self) -> float:
        """The clock of the guards: each look is a millisecond later."""
        self.now += 0.001
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def seen(self, name: str) -> tuple[dict[str, str], int | None]:
        """A function as it is: its variables, and its reserved concurrency."""
        client = plain("lambda")
        configuration = client.get_function_configuration(FunctionName=name)
        reserved = client.get_function_concurrency(FunctionName=name)
        return configuration["Environment"]["Variables"], reserved.get(
            "ReservedConcurrentExecutions"
        )

    def all_seen(self) -> dict[str, Any]:
        """All functions as they are, and the settings of the routes that have some."""
        names = plain("lambda").list_functions()["Functions"]
        found = {each["FunctionName"]: self.seen(each["FunctionName"]) for each in names}
        return {**found, "routes": self.settled()}

    def settled(self) -> dict[str, dict[str, Any]]:
        """The settings of the routes that have some, each as `API ROUTE`."""
        each = ((api, key, own) for api, keys in self.routes.items() for key, own in keys.items())
        return {f"{api} {key}": dict(own) for api, key, own in each if own}

    def rows(self) -> dict[str, dict[str, str]]:
        """All rows of the table by their second key."""
        items = plain("dynamodb").scan(TableName=TABLE)["Items"]
        return {
            item["sk"]["S"]: {key: next(iter(value.values())) for key, value in item.items()}
            for item in items
        }

    def trail(self) -> list[str]:
        """What the audit trail says, in order."""
        rows = self.rows().items()
        return [
            row["what"] for _, row in sorted(rows) if row["pk"] == "tenner#guard#audit"
        ]  # fmt: skip

    def _make_table(self) -> None:
        keys = ("pk", "sk")
        plain("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)
            ],
        )

    def make_function(self, name: str, app: str) -> None:
        """Deploy a function; without an app it is nobody's that the guard knows."""
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("handler.py", "")
        variables = {"EMERGENCY_MODE": "false", "TTL_DAYS": "30", "LOG_LEVEL": "INFO"}
        if app:
            variables |= {"APP_NAME": app, "ENVIRONMENT": name.split("-")[-2]}
        plain("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role,
            Handler="handler.handler",
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": variables},
        )

    def before(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """Count a call; fail before it is done, or answer no where AWS would."""
        self.asked.append(Call(model.service_model.service_name, model.name, dict(params)))
        number = len(self.asked)
        for key in (model.name, str(number)):
            if meanwhile := self.meanwhile.pop(key, None):
                meanwhile()
        if number == self.fail_at and not self.after:
            raise self._error(model.name)
        if code := self.refused.get(model.name):
            raise _said(code, model.name)
        if model.name == "UpdateFunctionConfiguration":
            name = params["FunctionName"]
            if params["RevisionId"] != str(self.revisions.get(name, 0)):
                raise _said("PreconditionFailedException", model.name)
            self.revisions[name] = self.revisions.get(name, 0) + 1
        if model.name == "PutFunctionConcurrency" and self._has_no_room(**params):
            raise _said("InvalidParameterValueException", model.name)
        if model.name == "UpdateStage" and params["RouteSettings"].keys() - self._keys(params):
            raise _said("BadRequestException", model.name)
        self._given = params

    def _has_no_room(self, FunctionName: str, ReservedConcurrentExecutions: int) -> bool:  # noqa: N803
        """Tell what AWS refuses to reserve."""
        if not ReservedConcurrentExecutions:
            return self.refuses_zero
        others = plain("lambda").list_functions()["Functions"]
        names = {each["FunctionName"] for each in others} - {FunctionName}
        taken = sum(self.seen(name)[1] or 0 for name in names)
        return self.limit - taken - ReservedConcurrentExecutions < min(100, self.limit)

    def _keys(self, params: Mapping[str, Any]) -> set[str]:
        return set(self.routes[params["ApiId"]])

    def answer(self, model: Any, **_: Any) -> Any:
        """Answer for API Gateway: settings that are given are added to those of other routes."""
        if model.service_model.service_name != "apigatewayv2":
            return None
        given = self._given
        routes = self.routes.get(given["ApiId"])
        if routes is None:
            raise _said("NotFoundException", model.name)
        if model.name == "UpdateStage":
            routes.update(given["RouteSettings"])
        if model.name == "DeleteRouteSettings":
            routes[given["RouteKey"]] = {}
        own = {key: dict(each) for key, each in routes.items() if each}
        return _Http(), {"RouteSettings": own, "Items": [{"RouteKey": key} for key in routes]}

    def after_call(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        """Fail after a call is done."""
        if model.name == "GetFunctionConfiguration":
            parsed["RevisionId"] = str(self.revisions.get(parsed.get("FunctionName", ""), 0))
        if len(self.asked) == self.fail_at and self.after:
            self.fail_at = 0
            raise ReadTimeoutError(endpoint_url="https://aws")

    def _error(self, name: str) -> Exception:
        if self.code:
            return _said(self.code, name)
        error: Exception = EndpointConnectionError(endpoint_url="aws")
        return error


def _said(code: str, name: str) -> Exception:
    error: Exception = ClientError({"Error": {"Code": code, "Message": code}}, name)
    return error
