"""The shared infrastructure and three apps with all features, really running."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.deployed import Deployed, until
from tests.iam_evaluator import LEADING, Request
from tests.real_terraform import terraform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.iam_evaluator import Evaluator

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("deployed")]
APPS = ("pip", "pip2", "link-hub")
GUARD = "shared-dev-guard"
LOGIN_ROUTES = {"GET /{}/health", "OPTIONS /{}", "OPTIONS /{}/{{proxy+}}"}
SECRETS = {"shared": "value-of-the-shared-secret", "own": "value-of-the-apps-own-secret"}
TAGS = {"app", "environment", "owner", "template_version"}


@pytest.fixture(scope="module")
def cloud(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The shared infrastructure and the apps, applied by `make local` of all apps at once."""
    terraform()
    cloud = Deployed(tmp_path_factory.mktemp("deployed"))
    cloud.generate_shared(plain_template, alert_email="me@example.org")
    for app in APPS:
        cloud.generate_full(plain_template, app, duration_ms="200")
    try:
        cloud.start(*APPS)
        yield cloud
    finally:
        cloud.stop()


def test_make_local_prints_a_url_that_answers(cloud: Deployed) -> None:
    """The last lines of `make local` have an address, and the address says that the app runs."""
    for app in APPS:
        url = f"{cloud.endpoint}/_aws/execute-api/{cloud.published()['api-id']}/%24default/{app}"
        words = cloud.words[app].splitlines()
        assert f"  it answers: curl '{url}/health'" in words
        assert words[-1] == "  end it with: make local-stop"
        answer = cloud.request("GET", f"{app}/health")
        assert (answer.status, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("app", APPS)
def test_an_app_creates_reads_lists_and_deletes(cloud: Deployed, app: str) -> None:
    """Each app keeps items of a signed-in user, through the one API and in the one table."""
    token = cloud.token(app)
    made = cloud.request("POST", f"{app}/items", {"title": f"of {app}"}, token)
    assert made.status == 201
    item = made.json["id"]
    assert cloud.request("GET", f"{app}/items/{item}", token=token).json["title"] == f"of {app}"
    listed = cloud.request("GET", f"{app}/items", token=token).json["items"]
    assert [each["title"] for each in listed] == [f"of {app}"]
    assert cloud.request("DELETE", f"{app}/items/{item}", token=token).status == 204
    assert cloud.request("GET", f"{app}/items/{item}", token=token).status == 404


def test_a_token_is_needed_and_must_be_the_apps_own(cloud: Deployed) -> None:
    """Without a token the API refuses; with another app's token the app does."""
    assert cloud.request("GET", "pip/items").status == 401
    assert cloud.request("GET", "pip/items", token="no.real.token").status == 401  # noqa: S106
    own, foreign = cloud.token("pip"), cloud.token("pip2")
    assert cloud.request("GET", "pip/items", token=own).status == 200
    answer = cloud.request("GET", "pip/items", token=foreign)
    assert answer.status == 403
    assert answer.json == {"error": "This token is another app's, or not an access token."}


def test_users_do_not_see_each_others_items(cloud: Deployed) -> None:
    """An item belongs to the user who made it."""
    first, second = cloud.token("pip"), cloud.token("pip", "you@example.org")
    item = cloud.request("POST", "pip/items", {"title": "mine"}, first).json["id"]
    assert cloud.request("GET", f"pip/items/{item}", token=second).status == 404
    assert cloud.request("GET", "pip/items", token=second).json["items"] == []
    assert cloud.request("DELETE", f"pip/items/{item}", token=first).status == 204


def test_a_browser_may_ask_first(cloud: Deployed) -> None:
    """A preflight needs no token, also where the route does, and names the methods."""
    answer = cloud.request(
        "OPTIONS",
        "pip/items",
        **{"origin": "https://pip.example", "access-control-request-method": "POST"},
    )
    assert answer.status in {200, 204}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("app", APPS)
def test_the_schedule_runs_the_job(cloud: Deployed, app: str) -> None:
    """What the schedule sends to its target makes the day's mark; sent twice, it is one mark.

    MiniStack keeps schedules and does not run them: the test sends what the schedule says, at its
    time, to the function it names.
    """
    schedule = cloud.client("scheduler").get_schedule(GroupName=f"{app}-dev", Name=f"{app}-dev-job")
    assert schedule["ScheduleExpression"] == "rate(1 day)"
    event = schedule["Target"]["Input"].replace(
        "<aws.scheduler.scheduled-time>", "2026-11-21T07:00:00Z"
    )
    for _ in range(2):
        answer = cloud.client("lambda").invoke(
            FunctionName=schedule["Target"]["Arn"], Payload=event
        )
        assert "FunctionError" not in answer
        assert json.loads(answer["Payload"].read())["day"] == "2026-11-21"
    marks = [row for row in cloud.rows(app) if row.get("day", {}).get("S") == "2026-11-21"]
    assert len(marks) == 1


@pytest.mark.parametrize("app", APPS)
def test_a_message_is_handled(cloud: Deployed, app: str) -> None:
    """A message that is sent to the queue becomes a row of the app, and leaves the queue."""
    sqs = cloud.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"{app}-dev-worker")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"text": f"hello {app}"}))
    until(
        lambda: any(row.get("text", {}).get("S") == f"hello {app}" for row in cloud.rows(app)),
        f"the message to {app}",
    )
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    until(
        lambda: (
            set(
                sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=counts)[
                    "Attributes"
                ].values()
            )
            == {"0"}
        ),
        f"the empty queue of {app}",
    )


def test_there_is_one_of_what_is_shared(cloud: Deployed) -> None:
    """One API, table and pool; two routes an app, three more for its login; logs kept 7 days."""
    apis = cloud.pages("apigatewayv2", "get_apis", "Items")
    assert len(apis) == 1
    assert cloud.pages("dynamodb", "list_tables", "TableNames") == ["acme-dev"]
    assert len(cloud.pages("cognito-idp", "list_user_pools", "UserPools", MaxResults=60)) == 1
    routes = cloud.pages("apigatewayv2", "get_routes", "Items", ApiId=apis[0]["ApiId"])
    keys = [route["RouteKey"] for route in routes]
    two = {key for app in APPS for key in (f"ANY /{app}", f"ANY /{app}/{{proxy+}}")}
    more = {key.format(app) for app in APPS for key in LOGIN_ROUTES}
    assert sorted(keys) == sorted(two | more)
    integrations = cloud.pages("apigatewayv2", "get_integrations", "Items", ApiId=apis[0]["ApiId"])
    assert len(integrations) == len(APPS)
    groups = cloud.pages("logs", "describe_log_groups", "logGroups")
    of_apps = {f"{app}-dev-{function}" for app in APPS for function in ("api", "job", "worker")}
    assert {group["logGroupName"]: group.get("retentionInDays") for group in groups} == {
        f"/aws/lambda/{name}": 7 for name in (*of_apps, GUARD)
    }


def test_functions_are_as_the_manifest_says(cloud: Deployed) -> None:
    """Memory and timeout come from app.yaml, and no concurrency is reserved."""
    client = cloud.client("lambda")
    functions = cloud.pages("lambda", "list_functions", "Functions")
    of_apps = [each for each in functions if each["FunctionName"] != GUARD]
    assert (len(of_apps), len(functions)) == (3 * len(APPS), 3 * len(APPS) + 1)
    for function in of_apps:
        assert (function["MemorySize"], function["Timeout"]) == (256, 10)
        assert function["Runtime"] == "python3.13"
        reserved = client.get_function_concurrency(FunctionName=function["FunctionName"])
        assert "ReservedConcurrentExecutions" not in reserved


def test_everything_has_tags(cloud: Deployed) -> None:
    """Whatever AWS can tag bears app, environment, owner and template version."""
    for address, tags in _tags(cloud).items():
        assert set(tags) >= TAGS, address
        assert tags["environment"] in {"dev", "all"}, address
        assert tags["app"] in {*APPS, "shared"}, address


@pytest.fixture(scope="module")
def again(cloud: Deployed) -> Deployed:
    """The same, with the values of all secrets put by a person, applied a second time."""
    secrets, ssm = cloud.client("secretsmanager"), cloud.client("ssm")
    secrets.put_secret_value(SecretId="shared/dev/openai-api-key", SecretString=SECRETS["shared"])
    for app in APPS:
        name = f"/{app}/dev/token"
        ssm.put_parameter(Name=name, Value=SECRETS["own"], Type="SecureString", Overwrite=True)
    cloud.start(*APPS)
    return cloud


def test_a_second_apply_changes_nothing(again: Deployed) -> None:
    """Applied again, the shared infrastructure and every app are as the configuration says."""
    for app in APPS:
        applied = [line for line in again.words[app].splitlines() if line.startswith("Apply ")]
        # The shared infrastructure, the app, and the shared again for the app's login.
        assert applied == ["Apply complete! Resources: 0 added, 0 changed, 0 destroyed."] * 3


def test_no_secret_value_reaches_a_state_or_a_plan(again: Deployed) -> None:
    """Values that a person puts are in no version of any state, and in no plan made after."""
    texts = again.states()
    assert {key.split()[0] for key in texts} == {
        "shared/account",
        "shared/dev",
        *(f"{app}/dev" for app in APPS),
    }
    for repo in ("aws-shared-infra", "link-hub"):
        again.aws(repo, "plan", "ENV=dev")
        texts[repo] = (again.folder / repo / "build/dev/plan.json").read_text(encoding="utf-8")
    values = SECRETS.values()
    assert not [key for key, text in texts.items() if any(value in text for value in values)]
    kept = again.client("ssm").get_parameter(Name="/pip/dev/token", WithDecryption=True)
    assert kept["Parameter"]["Value"] == SECRETS["own"]


def test_the_roles_that_run_reach_only_their_own(cloud: Deployed, evaluator: Evaluator) -> None:
    """The very policies that were applied, role and boundary, allow own things and no others."""
    published = cloud.published()
    iam = cloud.client("iam")
    version = iam.get_policy(PolicyArn=published["permissions-boundary-arn"])["Policy"]
    boundary = iam.get_policy_version(
        PolicyArn=published["permissions-boundary-arn"], VersionId=version["DefaultVersionId"]
    )["PolicyVersion"]["Document"]
    for app in APPS:
        role = iam.get_role(RoleName=f"{app}-dev")["Role"]
        assert (
            role["PermissionsBoundary"]["PermissionsBoundaryArn"]
            == published["permissions-boundary-arn"]
        )
        own = iam.get_role_policy(RoleName=f"{app}-dev", PolicyName=f"{app}-dev")["PolicyDocument"]
        for policy in (own, _for(boundary, app)):
            for other in APPS:
                requests = _requests(published["table-arn"], app, other)
                assert evaluator.verdicts(policy, requests) == [app == other] * len(requests)


def test_the_plan_of_a_real_app_passes_the_gate(cloud: Deployed) -> None:
    """`make plan` makes a plan for AWS and finds nothing to refuse in it."""
    words = cloud.aws("pip", "plan", "ENV=dev")
    assert "dev/plan.json · dev · " in words
    assert words.strip().endswith("resources: in order")


def test_a_nat_gateway_does_not_pass(cloud: Deployed) -> None:
    """An app that adds one is stopped before AWS has it, with its cost and what to do instead."""
    added = cloud.folder / "pip2/terraform/nat.tf"
    added.write_text(
        'resource "aws_nat_gateway" "mine" {\n'
        '  connectivity_type = "private"\n'
        '  subnet_id         = "subnet-1"\n'
        "}\n"
    )
    try:
        words = cloud.aws("pip2", "deploy", "ENV=dev", "YES=1", code=2)
    finally:
        added.unlink()
    assert "aws_nat_gateway.mine (new): a NAT gateway in dev" in words
    assert "$32.85 a month as one gateway: 730 hours × $0.045" in words
    assert "leave functions out of a VPC, $0.00" in " ".join(words.split())
    assert cloud.client("ec2").describe_nat_gateways()["NatGateways"] == []


def test_wrong_input_gets_one_sentence(cloud: Deployed) -> None:
    """An environment that the app has not is refused before anything is asked of AWS."""
    assert cloud.aws("pip", "destroy", "ENV=staging", code=2).splitlines()[0] == (
        'deploy: ENV is "staging". Expected dev, as app.yaml has it under environments.'
    )
    words = cloud.aws("pip", "destroy", "ENV=dev", code=2)
    assert "deploy: There is nobody to ask. Expected a terminal, or YES=1." in words


def test_destroy_takes_one_app_and_leaves_the_others(cloud: Deployed) -> None:
    """Nothing of the app is left, and everything of the others is as it was and answers."""
    before = _inventory(cloud)
    cloud.aws("pip", "destroy", "ENV=dev", "YES=1")
    after = _inventory(cloud)
    gone = {each for each in before if _is_of(each, "pip")}
    assert len(gone) >= 20
    assert after == before - gone
    assert cloud.request("GET", "pip/health").status == 404
    for app in ("pip2", "link-hub"):
        token = cloud.token(app)
        assert cloud.request("POST", f"{app}/items", {"title": "still"}, token).status == 201


def test_local_stop_leaves_no_process(cloud: Deployed) -> None:
    """After `make local-stop` nothing listens, and stopping twice does no harm."""
    endpoint = cloud.endpoint
    words = cloud.make("link-hub", "local-stop")
    assert words.startswith("local: stopped process ")
    assert cloud.make("link-hub", "local-stop") == "local: nothing runs here\n"
    assert not _listens(endpoint)


def _listens(endpoint: str) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(endpoint.rpartition(":")[2]))) == 0


def _for(boundary: dict[str, Any], app: str) -> dict[str, Any]:
    text = json.dumps(boundary)
    assert "${aws:PrincipalTag/app}" in text
    filled: dict[str, Any] = json.loads(text.replace("${aws:PrincipalTag/app}", app))
    return filled


def _requests(table: str, app: str, other: str) -> list[Request]:
    """What `app` asks of things of `other`."""
    place = f"us-east-1:{table.split(':')[4]}"
    key = f"{other}#user"
    return [
        Request("dynamodb:GetItem", table, {LEADING: [key]}),
        Request("dynamodb:PutItem", table, {LEADING: [key]}),
        Request("dynamodb:BatchGetItem", table, {LEADING: [f"{app}#user", key]}),
        Request("dynamodb:Query", f"{table}/index/gsi1", {LEADING: [key]}),
        Request("ssm:GetParameter", f"arn:aws:ssm:{place}:parameter/{other}/dev/token"),
        Request(
            "logs:PutLogEvents",
            f"arn:aws:logs:{place}:log-group:/aws/lambda/{other}-dev-api:log-stream:x",
        ),
        Request("sqs:ReceiveMessage", f"arn:aws:sqs:{place}:{other}-dev-worker"),
    ]


def _tags(cloud: Deployed) -> dict[str, dict[str, str]]:
    """The tags of all resources in all states that can have tags, by address."""
    found = {}
    for key, text in cloud.states().items():
        for resource in json.loads(text)["resources"]:
            for instance in resource["instances"]:
                attributes = instance["attributes"]
                if resource["mode"] == "managed" and "tags_all" in attributes:
                    name = (
                        f"{key} {resource.get('module', '')} {resource['type']} {resource['name']}"
                    )
                    found[f"{name} {instance.get('index_key', '')}"] = attributes["tags_all"] or {}
    assert len(found) > 50
    return found


def _is_of(thing: str, app: str) -> bool:
    """Whether a thing of the inventory is an app's, and not one's whose name begins the same."""
    name = thing.partition(" ")[2]
    route = name.rpartition(" ")[2] if "routes" in thing else ""
    places = (f"{app}-dev", f"/aws/lambda/{app}-dev", f"/{app}", f"sites/{app}")
    return any(
        each == place or each.startswith((f"{place}-", f"{place}/"))
        for each in (name, route)
        for place in places
    )


def _inventory(cloud: Deployed) -> set[str]:
    """All that there is in the emulator, as kind and name."""
    api = cloud.published()["api-id"]
    pool = cloud.published()["user-pool-id"]
    listings: list[tuple[str, str, str, str, dict[str, Any]]] = [
        ("apigatewayv2", "get_routes", "Items", "RouteKey", {"ApiId": api}),
        ("apigatewayv2", "get_integrations", "Items", "Description", {"ApiId": api}),
        ("cognito-idp", "list_user_pool_clients", "UserPoolClients", "ClientName",
         {"UserPoolId": pool}),
        ("lambda", "list_functions", "Functions", "FunctionName", {}),
        ("logs", "describe_log_groups", "logGroups", "logGroupName", {}),
        ("iam", "list_roles", "Roles", "RoleName", {}),
        ("ssm", "describe_parameters", "Parameters", "Name", {}),
        ("secretsmanager", "list_secrets", "SecretList", "Name", {}),
        ("scheduler", "list_schedules", "Schedules", "Name", {}),
        ("scheduler", "list_schedule_groups", "ScheduleGroups", "Name", {}),
        ("dynamodb", "list_tables", "TableNames", "", {}),
        ("s3", "list_objects_v2", "Contents", "Key", {"Bucket": cloud.published()["bucket"]}),
    ]  # fmt: skip
    found = {
        f"{service}.{call} {each[name] if name else each}"
        for service, call, key, name, given in listings
        for each in cloud.pages(service, call, key, **given)
    }
    queues = cloud.client("sqs").list_queues().get("QueueUrls", [])
    found |= {f"sqs.list_queues {url.rpartition('/')[2]}" for url in queues}
    mappings = cloud.pages("lambda", "list_event_source_mappings", "EventSourceMappings")
    found |= {f"lambda.mappings {each['FunctionArn'].rpartition(':')[2]}" for each in mappings}
    return found
