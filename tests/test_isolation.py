"""One app's role can reach no other app's rows, parameters, secrets, queues or logs.

The policy is the one that Terraform gives to a generated app's role; what it allows is said by a
real policy evaluator, because emulators skip conditions.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests import real_terraform
from tests.fixtures_generated import ROOT
from tests.iam_evaluator import ACCOUNT, LEADING, Request, with_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.iam_evaluator import Evaluator

TEMPLATE = ROOT / "template/app/terraform/app/policy.json.tftpl"
REGION = "us-east-1"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/shared-dev"
INDEX = f"{TABLE}/index/gsi1"
MODEL = "amazon.nova-micro-v1:0"
ITEM_ACTIONS = {
    f"dynamodb:{name}"
    for name in "BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem GetItem PutItem "
    "Query UpdateItem".split()
}
PAIRS = [  # whose role, and whose things it must not reach; each name begins with another one
    ("pip", "todo"),
    ("todo", "pip"),
    ("pip", "pip2"),
    ("pip2", "pip"),
    ("pip", "pip-dev"),
    ("pip-dev", "pip"),
]


@pytest.fixture(scope="session")
def policy_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Make the policy of an app's role with Terraform, as its Terraform does."""
    folder: Path = tmp_path_factory.mktemp("policy")
    made: dict[str, dict[str, Any]] = {}

    def make(app: str, environment: str = "dev", **changed: Any) -> dict[str, Any]:
        variables = {
            "app": app,
            "environment": environment,
            "partition": "aws",
            "region": REGION,
            "account": ACCOUNT,
            "table_arn": TABLE,
            "has_parameters": True,
            "secret_names": [f"shared/{environment}/anthropic-api-key"],
            "shared_names": [],
            "queue_names": [f"{app}-{environment}-worker"],
            "function_names": [f"{app}-{environment}-api", f"{app}-{environment}-worker"],
            "model": MODEL,
            **changed,
        }
        key = json.dumps(variables)
        if key not in made:
            made[key] = json.loads(real_terraform.template(TEMPLATE, variables, folder))
        return made[key]

    return make


def arn(service: str, name: str, account: str = ACCOUNT) -> str:
    """Name a resource of the test's account."""
    return f"arn:aws:{service}:{REGION}:{account}:{name}"


def things_of(app: str, environment: str) -> dict[str, str]:
    """Fill the placeholders of resource ARNs with what an app has in an environment."""
    return {
        "Partition": "aws",
        "Region": REGION,
        "Account": ACCOUNT,
        "TableName": "shared-dev",
        "IndexName": "gsi1",
        "ParameterNameWithoutLeadingSlash": f"{app}/{environment}/page-size",
        "SecretId": f"{app}/{environment}/client-secret-AbCdEf",
        "QueueName": f"{app}-{environment}-worker",
        "LogGroupName": f"/aws/lambda/{app}-{environment}-api",
        "LogStreamName": "2026-11-21",
    }


def every_request(
    evaluator: Evaluator, service: str, names: dict[str, str], *keys: str
) -> list[tuple[str, Request]]:
    """Make a request of every action of a service on every kind of resource that it takes."""
    context = {LEADING: list(keys)} if keys else {}
    found = []
    for entry in evaluator.actions(service):
        patterns = entry["resources"] or {"*": "*"}
        for kind, pattern in patterns.items():
            resource = re.sub(r"\$\{(\w+)\}", lambda match: names.get(match[1], "other"), pattern)
            found.append((kind, Request(entry["action"], resource, context)))
    return found


def allowed(
    evaluator: Evaluator, policy: dict[str, Any], requests: list[tuple[str, Request]]
) -> set[tuple[str, str]]:
    """Give the actions, each with its kind of resource, that the policy allows."""
    verdicts = evaluator.verdicts(policy, [request for _, request in requests])
    return {
        (request.action, kind)
        for (kind, request), verdict in zip(requests, verdicts, strict=True)
        if verdict
    }


def test_policy_names_no_other_action(policy_of: Callable[..., dict[str, Any]]) -> None:
    """The policy allows these actions by name and no other one; nothing has a star in it."""
    statements = policy_of("pip")["Statement"]
    actions = {action for statement in statements for action in statement["Action"]}
    assert actions == ITEM_ACTIONS | {
        "ssm:GetParameter",
        "ssm:GetParameters",
        "secretsmanager:GetSecretValue",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "bedrock:InvokeModel",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert {statement["Effect"] for statement in statements} == {"Allow"}


def test_policy_of_an_app_without_features(policy_of: Callable[..., dict[str, Any]]) -> None:
    """An app without parameters, secrets, queue and model has no statement for them."""
    policy = policy_of("pip", has_parameters=False, secret_names=[], queue_names=[], model="")
    assert [each["Sid"] for each in policy["Statement"]] == ["OwnRows", "OwnLogs"]


def test_policy_of_the_largest_app_fits(policy_of: Callable[..., dict[str, Any]]) -> None:
    """Twenty secrets, twenty functions and ten queues of long names fit IAM's 10,240 characters."""
    policy = policy_of(
        "a" * 30,
        "staging",
        secret_names=[f"shared/staging/{'s' * 58}{number:02}" for number in range(20)],
        queue_names=[f"{'a' * 30}-staging-{'q' * 23}{number:02}" for number in range(10)],
        function_names=[f"{'a' * 30}-staging-{'f' * 23}{number:02}" for number in range(20)],
    )
    assert len(json.dumps(policy, separators=(",", ":"))) <= 10_240


def test_policy_of_an_inference_profile(policy_of: Callable[..., dict[str, Any]]) -> None:
    """A model by inference profile needs the profile, and the model in the profile's regions."""
    statement = next(
        each
        for each in policy_of("pip", model=f"us.{MODEL}")["Statement"]
        if each["Sid"] == "OneModel"
    )
    assert statement["Resource"] == [
        arn("bedrock", f"inference-profile/us.{MODEL}"),
        f"arn:aws:bedrock:*::foundation-model/{MODEL}",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("app", "other"), PAIRS)
def test_own_rows_only(
    app: str, other: str, policy_of: Callable[..., dict[str, Any]], evaluator: Evaluator
) -> None:
    """Of all DynamoDB actions only item actions are allowed, and only on one's own keys."""
    names = things_of(other, "dev")
    own = every_request(evaluator, "dynamodb", names, f"{app}#1")
    assert len({request.action for _, request in own}) > 70
    reached = {(action, "table") for action in ITEM_ACTIONS} | {("dynamodb:Query", "index")}
    assert allowed(evaluator, policy_of(app), own) == reached
    for keys in ([f"{other}#1"], [f"{app}#1", f"{other}#1"], [app], [""], []):
        foreign = every_request(evaluator, "dynamodb", names, *keys)
        assert allowed(evaluator, policy_of(app), foreign) == set(), keys


@pytest.mark.slow
@pytest.mark.parametrize(("app", "other"), PAIRS)
def test_each_way_to_a_row(
    app: str, other: str, policy_of: Callable[..., dict[str, Any]], evaluator: Evaluator
) -> None:
    """Single items, batches, transactions, queries and scans: one foreign key spoils a request."""
    mine, theirs = f"{app}#items", f"{other}#items"
    cases: dict[str, tuple[bool, list[Request]]] = {
        "read own": (True, [with_keys("dynamodb:GetItem", TABLE, mine)]),
        "read theirs": (False, [with_keys("dynamodb:GetItem", TABLE, theirs)]),
        "write own": (True, [with_keys("dynamodb:PutItem", TABLE, mine)]),
        "write theirs": (False, [with_keys("dynamodb:PutItem", TABLE, theirs)]),
        "update theirs": (False, [with_keys("dynamodb:UpdateItem", TABLE, theirs)]),
        "delete theirs": (False, [with_keys("dynamodb:DeleteItem", TABLE, theirs)]),
        "batch of own": (True, [with_keys("dynamodb:BatchGetItem", TABLE, mine, f"{app}#b")]),
        "batch with one of theirs": (
            False,
            [with_keys("dynamodb:BatchGetItem", TABLE, mine, f"{app}#b", theirs)],
        ),
        "batch write with one of theirs": (
            False,
            [with_keys("dynamodb:BatchWriteItem", TABLE, theirs, mine)],
        ),
        "own transaction": (
            True,
            [
                with_keys("dynamodb:ConditionCheckItem", TABLE, mine),
                with_keys("dynamodb:PutItem", TABLE, mine),
                with_keys("dynamodb:DeleteItem", TABLE, mine),
            ],
        ),
        "transaction that checks theirs": (
            False,
            [
                with_keys("dynamodb:ConditionCheckItem", TABLE, theirs),
                with_keys("dynamodb:PutItem", TABLE, mine),
            ],
        ),
        "transaction that writes theirs": (
            False,
            [
                with_keys("dynamodb:PutItem", TABLE, mine),
                with_keys("dynamodb:UpdateItem", TABLE, theirs),
            ],
        ),
        "query own": (True, [with_keys("dynamodb:Query", TABLE, mine)]),
        "query theirs": (False, [with_keys("dynamodb:Query", TABLE, theirs)]),
        "query own on the index": (True, [with_keys("dynamodb:Query", INDEX, mine)]),
        "query theirs on the index": (False, [with_keys("dynamodb:Query", INDEX, theirs)]),
        "query without a key": (False, [Request("dynamodb:Query", TABLE)]),
        "query the index without a key": (False, [Request("dynamodb:Query", INDEX)]),
        "scan": (False, [Request("dynamodb:Scan", TABLE)]),
        "scan the index": (False, [Request("dynamodb:Scan", INDEX)]),
        "PartiQL on own": (False, [with_keys("dynamodb:PartiQLSelect", TABLE, mine)]),
        "PartiQL on theirs": (False, [with_keys("dynamodb:PartiQLDelete", TABLE, theirs)]),
        "describe the table": (False, [Request("dynamodb:DescribeTable", TABLE)]),
        "delete the table": (False, [Request("dynamodb:DeleteTable", TABLE)]),
        "own key on another table": (False, [with_keys("dynamodb:GetItem", f"{TABLE}2", mine)]),
    }
    requests = [(case, request) for case, (_, steps) in cases.items() for request in steps]
    verdicts = evaluator.verdicts(policy_of(app), [request for _, request in requests])
    refused = {case for (case, _), verdict in zip(requests, verdicts, strict=True) if not verdict}
    found = {case: case not in refused for case in cases}
    assert found == {case: expected for case, (expected, _) in cases.items()}


@pytest.mark.slow
def test_each_half_of_the_condition_is_needed(
    policy_of: Callable[..., dict[str, Any]], evaluator: Evaluator
) -> None:
    """Without `Null` a query without a key passes; without # in the pattern, another app's key."""
    requests = [Request("dynamodb:Query", TABLE), with_keys("dynamodb:Query", TABLE, "pip2#1")]
    text = json.dumps(policy_of("pip"))
    without_null = json.loads(text)
    del without_null["Statement"][0]["Condition"]["Null"]
    without_delimiter = json.loads(text.replace("pip#*", "pip*"))
    assert evaluator.verdicts(policy_of("pip"), requests) == [False, False]
    assert evaluator.verdicts(without_null, requests) == [True, False]
    assert evaluator.verdicts(without_delimiter, requests) == [False, True]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("ssm", {("ssm:GetParameter", "parameter"), ("ssm:GetParameters", "parameter")}),
        ("secretsmanager", set()),
        (
            "sqs",
            {
                (f"sqs:{name}", "queue")
                for name in "DeleteMessage GetQueueAttributes ReceiveMessage".split()
            },
        ),
        ("logs", {("logs:CreateLogStream", "log-stream"), ("logs:PutLogEvents", "log-stream")}),
    ],
)
def test_every_action_of_the_other_services(
    service: str,
    expected: set[tuple[str, str]],
    policy_of: Callable[..., dict[str, Any]],
    evaluator: Evaluator,
) -> None:
    """Of all actions, these on one's own things are allowed; none on another app's, in any stage.

    In dev an app has no Secrets Manager secret of its own, so there no action reaches any.
    """
    policy = policy_of("pip")
    own = every_request(evaluator, service, things_of("pip", "dev"))
    assert allowed(evaluator, policy, own) == expected
    for app, environment in (
        ("todo", "dev"),
        ("pip2", "dev"),
        ("pip-dev", "dev"),
        ("pip", "staging"),
        ("shared", "dev"),
    ):
        foreign = every_request(evaluator, service, things_of(app, environment))
        assert allowed(evaluator, policy, foreign) == set(), (app, environment)


@pytest.mark.slow
def test_parameters(policy_of: Callable[..., dict[str, Any]], evaluator: Evaluator) -> None:
    """Parameters are reached under /{app}/{environment}/ only."""
    cases = {
        "pip/dev/page-size": True,
        "pip/dev/deep/page-size": True,
        "pip/dev": False,
        "pip/dev2/page-size": False,
        "pip/staging/page-size": False,
        "pip/prod/page-size": False,
        "pip2/dev/page-size": False,
        "todo/dev/page-size": False,
        "shared/dev/table-name": False,
    }
    requests = [Request("ssm:GetParameter", arn("ssm", f"parameter/{name}")) for name in cases]
    assert dict(zip(cases, evaluator.verdicts(policy_of("pip"), requests), strict=True)) == cases


@pytest.mark.slow
def test_secrets(policy_of: Callable[..., dict[str, Any]], evaluator: Evaluator) -> None:
    """Secrets are read by exact name, whatever six characters AWS adds to it."""
    cases = {
        "shared/dev/anthropic-api-key-AbCdEf": True,
        "shared/dev/anthropic-api-key-x1Y2z3": True,
        "shared/dev/anthropic-api-key-2-AbCdEf": False,
        "shared/dev/anthropic-api-key-second-AbCdEf": False,
        "shared/dev/anthropic-api-keyAbCdEf": False,
        "shared/dev/openai-api-key-AbCdEf": False,
        "shared/staging/anthropic-api-key-AbCdEf": False,
        "pip/prod/anthropic-api-key-AbCdEf": False,
        "todo/dev/client-secret-AbCdEf": False,
    }
    policy = policy_of("pip")
    resources = [arn("secretsmanager", f"secret:{name}") for name in cases]
    reads = [Request("secretsmanager:GetSecretValue", resource) for resource in resources]
    writes = [Request("secretsmanager:PutSecretValue", resource) for resource in resources]
    assert dict(zip(cases, evaluator.verdicts(policy, reads), strict=True)) == cases
    assert not any(evaluator.verdicts(policy, writes))


@pytest.mark.slow
def test_prod_reads_its_own_secrets(
    policy_of: Callable[..., dict[str, Any]], evaluator: Evaluator
) -> None:
    """In prod an app reads secrets of its own name, and none of dev or of another app."""
    policy = policy_of("pip", "prod", secret_names=["pip/prod/client-secret"])
    cases = {
        "pip/prod/client-secret-AbCdEf": True,
        "pip/dev/client-secret-AbCdEf": False,
        "todo/prod/client-secret-AbCdEf": False,
        "shared/dev/anthropic-api-key-AbCdEf": False,
    }
    requests = [
        Request("secretsmanager:GetSecretValue", arn("secretsmanager", f"secret:{name}"))
        for name in cases
    ]
    assert dict(zip(cases, evaluator.verdicts(policy, requests), strict=True)) == cases


@pytest.mark.slow
def test_a_shared_secret_that_was_moved(
    policy_of: Callable[..., dict[str, Any]], evaluator: Evaluator
) -> None:
    """An app reads the shared SecureString that it names, and no other one, nor writes it."""
    policy = policy_of("pip", shared_names=["shared/secrets/dev/openai-key"])
    cases = {
        "shared/secrets/dev/openai-key": True,
        "shared/secrets/dev/openai-key2": False,
        "shared/secrets/staging/openai-key": False,
        "shared/dev/openai-key": False,
        "todo/dev/openai-key": False,
    }
    names = [arn("ssm", f"parameter/{name}") for name in cases]
    reads = [Request("ssm:GetParameter", name) for name in names]
    writes = [Request("ssm:PutParameter", name) for name in names]
    assert dict(zip(cases, evaluator.verdicts(policy, reads), strict=True)) == cases
    assert not any(evaluator.verdicts(policy, writes))


@pytest.mark.slow
def test_model(policy_of: Callable[..., dict[str, Any]], evaluator: Evaluator) -> None:
    """Only the model that the manifest names can be asked, directly or by its profile."""
    direct = f"arn:aws:bedrock:{REGION}::foundation-model/{MODEL}"
    elsewhere = f"arn:aws:bedrock:us-west-2::foundation-model/{MODEL}"
    larger = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-pro-v1:0"
    profile = arn("bedrock", f"inference-profile/us.{MODEL}")
    requests = [
        Request("bedrock:InvokeModel", name) for name in (direct, elsewhere, larger, profile)
    ]
    plain, by_profile = policy_of("pip"), policy_of("pip", model=f"us.{MODEL}")
    assert evaluator.verdicts(plain, requests) == [True, False, False, False]
    assert evaluator.verdicts(by_profile, requests) == [True, True, False, True]
