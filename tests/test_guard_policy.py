"""What the guard's role may do: every call that the guard makes, and nothing else.

The policy is filled in by Terraform; what it allows is said by a real policy evaluator.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tenner.guard_stages import Stage
from tests import real_terraform
from tests.fixtures_generated import ROOT
from tests.guard_cloud import APIS, ENDS, FLEET, Cloud, by_hand, message, on_moto, take
from tests.iam_evaluator import ACCOUNT, Request, with_keys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.guard_cloud import Call
    from tests.iam_evaluator import Evaluator

TEMPLATE = ROOT / "template/shared-infra/terraform/shared/guard_policy.json.tftpl"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/acme-dev"
GATEWAY = "arn:aws:apigateway:us-east-1::/apis"
NEWS = f"arn:aws:sns:us-east-1:{ACCOUNT}:acme-guard-news"
LOGS = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/shared-dev-guard"
OWN = ("tenner#guard", "tenner#guard#audit")
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
VERBS = {"UpdateStage": "PATCH", "DeleteRouteSettings": "DELETE"}
ON_FUNCTIONS = {
    f"lambda:{verb}"
    for verb in "DeleteFunctionConcurrency GetFunctionConcurrency GetFunctionConfiguration "
    "PutFunctionConcurrency UpdateFunctionConfiguration".split()
}


AS_OBJECTS = {"GET": "GetObject", "PATCH": "PutObject", "DELETE": "DeleteObject"}


def asked_as_objects(text: str) -> str:
    """Write HTTP APIs as S3 objects: the evaluator's list of resources has none of HTTP APIs."""
    for verb, action in AS_OBJECTS.items():
        text = text.replace(f'"apigateway:{verb}"', f'"s3:{action}"')
    return text.replace(f"{GATEWAY}/", "arn:aws:s3:::apis/")


def denied_of(evaluator: Evaluator, policy: dict[str, Any], asked: list[Request]) -> list[str]:
    """What of this a role with the policy may not do."""
    text = asked_as_objects(json.dumps([vars(request) for request in asked]))
    requests = [Request(**each) for each in json.loads(text)]
    answers = evaluator.verdicts(json.loads(asked_as_objects(json.dumps(policy))), requests)
    return [str(each) for each, allowed in zip(asked, answers, strict=True) if not allowed]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Fill in the policy of dev's guard, with two APIs."""
    folder: Path = tmp_path_factory.mktemp("policy")
    variables = {
        "partition": "aws",
        "region": "us-east-1",
        "account": ACCOUNT,
        "environment": "dev",
        "table_arn": TABLE,
        "api_ids": list(APIS),
        "news_arn": NEWS,
        "log_group_arn": LOGS,
    }
    return dict(json.loads(real_terraform.template(TEMPLATE, variables, folder)))


def function(name: str, app: str = "", environment: str = "dev") -> tuple[str, dict[str, str]]:
    """A function's ARN, and the tags that it has."""
    tags = {"aws:ResourceTag/app": app, "aws:ResourceTag/environment": environment} if app else {}
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}", tags


def requests_of(call: Call) -> list[Request]:
    """What AWS asks IAM for one call; where it is not documented how, each way."""
    if call.service == "dynamodb":
        return of_rows(call.operation, call.given)
    if call.service == "apigatewayv2":
        return of_routes(call.operation, call.given)
    if call.operation == "ListFunctions":
        return [Request("lambda:ListFunctions", "*")]
    name = call.given["FunctionName"]
    return [Request(f"lambda:{call.operation}", *function(name, FLEET[name]))]


def of_rows(operation: str, given: Mapping[str, Any]) -> list[Request]:
    """Each action of a transaction, with the key of its own row and with those of all."""
    if operation == "GetItem":
        return [with_keys("dynamodb:GetItem", TABLE, given["Key"]["pk"]["S"])]
    if operation == "Query":
        key = given["ExpressionAttributeValues"][":pk"]["S"]
        return [with_keys("dynamodb:Query", TABLE, key)]
    parts = [next(iter(each.items())) for each in given["TransactItems"]]
    keys = [(part.get("Item") or part["Key"])["pk"]["S"] for _, part in parts]
    actions = [f"dynamodb:{WRITES[kind]}" for kind, _ in parts]
    alone = [with_keys(each, TABLE, key) for each, key in zip(actions, keys, strict=True)]
    return [*alone, *(with_keys(each, TABLE, *keys) for each in actions)]


def of_routes(operation: str, given: Mapping[str, Any]) -> list[Request]:
    """The verb on the path that is asked, as it is and as it is written in an address."""
    api = f"{GATEWAY}/{given['ApiId']}"
    if operation == "GetRoutes":
        return [Request("apigateway:GET", f"{api}/routes")]
    route = given.get("RouteKey", "")
    more = [f"/routesettings/{each}" for each in (route, quote(route, safe=""))] if route else [""]
    stages = (f"{api}/stages/{name}" for name in ("$default", "%24default"))
    verb = VERBS.get(operation, "GET")
    return [Request(f"apigateway:{verb}", f"{a}{b}") for a, b in product(stages, more)]


def test_every_call_of_the_guard_is_allowed(
    policy: dict[str, Any], evaluator: Evaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Engaging by a message, by hand, releasing, the month's turn: each call passes."""
    with on_moto(monkeypatch):
        cloud = Cloud(FLEET)
        take(cloud, message("9.60"))
        take(cloud, message("12.00", id_="m2"))
        by_hand(cloud.guard(), Stage.DEGRADE, "todo")
        by_hand(cloud.guard(), None, id_="h2")
        by_hand(cloud.guard(), Stage.STOP, id_="h3")
        cloud.now = ENDS
        take(cloud, {})
        by_hand(cloud.guard(), None, id_="h4")
    made = {call.operation for call in cloud.asked}
    assert made == {action.partition(":")[2] for action in ON_FUNCTIONS} | {
        *("ListFunctions", "GetRoutes", "GetStage", "UpdateStage", "DeleteRouteSettings"),
        *("GetItem", "Query", "TransactWriteItems"),
    }
    requests = [request for call in cloud.asked for request in requests_of(call)]
    requests += [Request("sns:Publish", NEWS)]
    requests += [
        Request(f"logs:{verb}", f"{LOGS}:log-stream:2026")
        for verb in ("CreateLogStream", "PutLogEvents")
    ]
    each = list({str(request): request for request in requests}.values())
    assert denied_of(evaluator, policy, each) == []


def test_nothing_else_is_allowed(policy: dict[str, Any], evaluator: Evaluator) -> None:
    """Other functions, itself, other rows and tables, other APIs and topics, IAM: all denied."""
    todo = "todo-dev-api"
    functions = [
        function(todo, "todo", "staging"),
        function(todo),
        function("todo-staging-api", "todo", "staging"),
        function("own-dev-thing"),
        function("shared-dev-guard", "shared"),
        function("shared-dev-rotation", "shared"),
    ]
    denied = [Request(action, *each) for action in sorted(ON_FUNCTIONS) for each in functions]
    other = TABLE.replace("acme-dev", "acme-staging")
    for action in on_tables(evaluator):
        denied += [with_keys(action, TABLE, "todo#1"), with_keys(action, other, *OWN)]
        denied += [with_keys(action, TABLE, OWN[0], "todo#1"), Request(action, TABLE)]
    stage = f"{GATEWAY}/{APIS[0]}/stages/$default"
    denied += [
        Request(f"apigateway:{verb}", f"{GATEWAY}/{path}")
        for verb in AS_OBJECTS
        for path in ("other", "other/routes", "other/stages/$default", APIS[0], "api11/routes")
    ]
    denied += [
        Request("apigateway:DELETE", stage),
        Request("apigateway:DELETE", f"{GATEWAY}/{APIS[0]}/routes/r1"),
        Request("apigateway:PATCH", f"{GATEWAY}/{APIS[0]}/routes/r1"),
        Request("apigateway:PATCH", f"{GATEWAY}/{APIS[0]}/stages/prod"),
        Request("sns:Publish", NEWS.replace("news", "signals")),
        Request("sns:Subscribe", NEWS),
        Request("logs:DeleteLogGroup", LOGS),
        Request("logs:PutLogEvents", f"{LOGS.replace('shared', 'todo')}:log-stream:2026"),
        Request("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/todo-dev"),
        Request("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/shared-dev-guard"),
        Request("s3:GetObject", "arn:aws:s3:::acme-dev/key"),
        Request("ssm:GetParameter", f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/todo/dev/key"),
    ]
    denied += [
        Request(each["action"], *function(todo, "todo"))
        for each in evaluator.actions("lambda")
        if each["action"] not in ON_FUNCTIONS and "function" in each["resources"]
    ]
    assert denied_of(evaluator, policy, denied) == [str(request) for request in denied]


def test_of_its_own_rows_it_may_what_it_needs(policy: dict[str, Any], evaluator: Evaluator) -> None:
    """Reading, writing and deleting by key and query; no scan, no batch, no table of its own."""
    asked = [with_keys(action, TABLE, *OWN) for action in on_tables(evaluator)]
    verdicts = evaluator.verdicts(policy, asked)
    allowed = {each.action for each, is_allowed in zip(asked, verdicts, strict=True) if is_allowed}
    assert allowed == {
        f"dynamodb:{verb}" for verb in ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
    }


def on_tables(evaluator: Evaluator) -> list[str]:
    """All actions of DynamoDB on a table."""
    return [
        each["action"] for each in evaluator.actions("dynamodb") if "table" in each["resources"]
    ]
