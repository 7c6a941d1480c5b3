"""An account with apps for the guard: moto's DynamoDB and Lambda, and calls that fail when told to.

moto ignores RevisionId and has no settings of routes: both are added here, as AWS documents them.
"""

from __future__ import annotations

import io
import zipfile
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tenner.guard_functions import Functions
from tenner.guard_handler import Settings
from tenner.guard_run import Guard
from tenner.guard_signals import Place
from tenner.guard_table import GuardTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REGION, TABLE, API = "us-east-1", "acme-dev", "api1"
NOW = 1_795_262_400.0  # 2026-11-21T12:00:00Z
_numbers = count()
PLACE = Place("acme", "dev")


class _Http:
    status_code = 200


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
    """Functions by name, with their variables, inside moto; `calls` counts what was asked."""

    current: ClassVar[Cloud]

    def __init__(self, functions: Mapping[str, str], most_reserved: int = 1000) -> None:
        self.now, self.calls, self.fail_at, self.after = NOW, 0, 0, False
        self.code = ""
        self.meanwhile: dict[str, Callable[[], object]] = {}
        self.asked: list[str] = []
        self.routes: dict[str, dict[str, Any]] = {}
        self.revisions: dict[str, int] = {}
        self.refuses_zero = most_reserved == 0
        self.clients = {name: watched(name) for name in ("dynamodb", "lambda", "apigatewayv2")}
        Cloud.current = self
        self._make_table()
        role = plain("iam").create_role(
            RoleName=f"app-{next(_numbers)}", AssumeRolePolicyDocument="{}"
        )
        self.role = role["Role"]["Arn"]
        for name, app in functions.items():
            self.make_function(name, app)
        self.calls, self.asked = 0, []

    def guard(self, *allow: str, **more: Any) -> Guard:
        """A guard of this account, whose clock stands still but for its own waiting."""
        functions = Functions(
            self.clients["lambda"], self.clients["apigatewayv2"], "dev", (API,), self.sleep
        )
        table = GuardTable(self.clients["dynamodb"], TABLE)
        return Guard(
            table, functions, frozenset(allow), self.time, self.sleep, **more
        )  # fmt: skip

    @property
    def settings(self) -> Settings:
        """What the deployed guard's variables would say."""
        return Settings(TABLE, (API,), PLACE, frozenset(), "")

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

    def all_seen(self) -> dict[str, tuple[dict[str, str], int | None]]:
        """All functions as they are."""
        names = plain("lambda").list_functions()["Functions"]
        return {each["FunctionName"]: self.seen(each["FunctionName"]) for each in names}

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
        """Count a call; fail before it is done, or tell a wrong RevisionId."""
        self.calls += 1
        self.asked.append(model.name)
        if meanwhile := self.meanwhile.pop(model.name, None):
            meanwhile()
        if self.calls == self.fail_at and not self.after:
            raise self._error(model.name)
        if model.name == "UpdateFunctionConfiguration":
            name = params["FunctionName"]
            if params["RevisionId"] != str(self.revisions.get(name, 0)):
                raise _said("PreconditionFailedException", model.name)
            self.revisions[name] = self.revisions.get(name, 0) + 1
        if (
            model.name == "PutFunctionConcurrency"
            and self.refuses_zero
            and params["ReservedConcurrentExecutions"] == 0
        ):
            raise _said("InvalidParameterValueException", model.name)
        self._given = params

    def answer(self, model: Any, **_: Any) -> Any:
        """Answer for API Gateway."""
        if model.service_model.service_name != "apigatewayv2":
            return None
        given = self._given
        if model.name == "UpdateStage":
            self.routes = dict(given["RouteSettings"])
        if model.name == "DeleteRouteSettings":
            self.routes.pop(given["RouteKey"], None)
        keys = ("ANY /todo", "ANY /todo/{proxy+}", "ANY /todo2/{proxy+}", "GET /link/health")
        return _Http(), {
            "RouteSettings": dict(self.routes),
            "Items": [{"RouteKey": key} for key in keys],
        }

    def after_call(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        """Fail after a call is done."""
        if model.name == "GetFunctionConfiguration":
            parsed["RevisionId"] = str(self.revisions.get(parsed["FunctionName"], 0))
        if self.calls == self.fail_at and self.after:
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
