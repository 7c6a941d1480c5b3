"""A promotion from end to end on MiniStack: the printed steps, typed as they stand, by a person."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.deployed import OWN_ACCOUNT, PASSWORD
from tests.promoted import OTHERS, ROWS, Promoted, checksums, fill, steps_in
from tests.real_terraform import terraform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest_plugins = ["tests.fixtures_person"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("promotion")]
FIRST_KEY = "Marked-first-key-4f7a-1234567890abcdef"
USER = "ada@example.org"
SECRET = "todo/prod/token"  # noqa: S105 - its name
ROTATION = 'aws_secretsmanager_secret_rotation.own["token"]'
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
ROUTE = '''

@app.get("/fingerprint")
def fingerprint() -> Response[dict[str, Any]]:
    """Tell the key that signs by its checksum; with ?refresh=1 it is read again."""
    is_new = bool(app.current_event.query_string_parameters.get("refresh"))
    key = settings.app_secret("token", refresh=is_new)
    return answer(200, {"sha256": hashlib.sha256(key.encode()).hexdigest()})
'''
"""What a person has added to the app: a route that uses its secret."""


@pytest.fixture(scope="module")
def cloud(git_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Promoted]:
    """Todo in dev with 5,000 rows; its branch with prod, printed steps and prod deployed."""
    terraform()
    cloud = Promoted(tmp_path_factory.mktemp("promotion"))
    cloud.settle()
    cloud.generate_shared(git_template)
    cloud.generate(
        git_template, "todo", app_name="todo", features=["http_api", "login"],
        shared_secrets="openai-api-key", app_secrets="token", app_parameters="greeting",
    )  # fmt: skip
    handler = cloud.todo / "functions/api/handler.py"
    text = handler.read_text().replace("import time\n", "import hashlib\nimport time\n", 1)
    handler.write_text(text.replace("\n\n@app.not_found", f"{ROUTE}\n\n@app.not_found"))
    try:
        cloud.start("todo")
        cloud.type("git commit -qam 'A route that signs'")
        fill(cloud)
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="module")
def deployed(cloud: Promoted) -> Promoted:
    """The steps up to prod that runs in its own account, with values put."""
    dry = cloud.type("tenner promote todo --revenue 80 --dry-run")
    printed = cloud.type("tenner promote todo --revenue 80 --yes")
    assert steps_in(dry) == steps_in(printed)
    cloud.steps = steps_in(printed)
    for command in cloud.step("look at the branch"):
        cloud.type(command)
    manifest = cloud.todo / "app.yaml"
    text = manifest.read_text()
    assert "  prod: {}\n" in text
    manifest.write_text(text.replace("  prod: {}\n", "  prod: {rotate: [token]}\n"))
    cloud.type("git commit -qam 'Rotate the token'")
    (deploy,) = cloud.step("make what prod has")
    cloud.answer(deploy, ("Only yes does it:", "yes\n"))
    *puts, check = cloud.step("give each secret")
    for command in puts:
        secret_put(cloud, command)
    assert cloud.type(check) == "todo: all 3 are put\n"
    return cloud


def secret_put(cloud: Promoted, command: str) -> None:
    """Put a value at a terminal, as a person types it; a secret is not echoed."""
    shown = cloud.answer(command, ("(prod):", f"{FIRST_KEY}\n"))
    assert ": put into " in shown
    assert (FIRST_KEY in shown) == ("greeting" in command)


def key_of(cloud: Promoted, query: str = "") -> str:
    """The checksum of the key that the app in prod signs with."""
    token = sign_in(cloud)
    return str(cloud.prod(f"fingerprint{query}", token).json["sha256"])


def sign_in(cloud: Promoted) -> str:
    """Sign the user in at the app's own pool, by e-mail, with the password set anew there."""
    pool, cognito = cloud.own_pool(), cloud.own("cognito-idp")
    # AWS wants no signature here; MiniStack finds the account by it.
    signing = "choose-signer.cognito-identity-provider.InitiateAuth"
    cognito.meta.events.register(signing, lambda **_: "v4")
    clients = cognito.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]
    signed_in = cognito.initiate_auth(
        ClientId=clients[0]["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD},
    )
    return str(signed_in["AuthenticationResult"]["AccessToken"])


def test_the_plan_rotates_every_90_days(deployed: Promoted) -> None:
    """The plan that was applied has the schedule, for the secret that app.yaml names."""
    plan = json.loads((deployed.todo / "build/prod/plan.json").read_text())
    changes = {each["address"]: each["change"]["after"] for each in plan["resource_changes"]}
    rotation = changes[ROTATION]
    assert rotation["rotation_rules"][0]["automatically_after_days"] == 90
    assert sum("secret_rotation" in address for address in changes) == 1


def test_rows_killed_halfway_and_resumed(deployed: Promoted) -> None:
    """After SIGKILL the same command goes on; the test's own checksums of all rows are equal.

    The old app answers meanwhile; a user's own rows come with the others.
    """
    cloud = deployed
    token = cloud.token("todo", USER)
    made = cloud.request("POST", "todo/items", {"title": "mine"}, token=token)
    assert made.status == 201
    dry, copy = cloud.step("copy its rows")
    assert cloud.type(dry).endswith("  Nothing was changed.\n")
    assert cloud.table(own=True) == []

    process = subprocess.Popen(
        shlex.split(copy), cwd=cloud.todo, env=cloud.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if int(line.split()[0].replace(",", "")) >= ROWS // 5:
            break
    process.kill()
    process.wait()
    process.stderr.close()
    there = cloud.table(own=True)
    assert ROWS // 5 <= len(there) < ROWS
    assert cloud.request("GET", "todo/items", token=token).status == 200

    said = cloud.type(copy)
    assert "  They are equal.\n" in said
    told = [int(each.replace(",", "")) for each in re.findall(r"(?m)^  ([\d,]+) rows$", said)]
    assert told[0] > ROWS // 5  # it went on where it was
    assert told[-1] == ROWS + 1
    now_s = time.time()
    shared, own = (checksums(cloud.table(own=each), now_s) for each in (False, True))
    assert len(shared) == ROWS + 1
    assert shared == own
    old = cloud.request("GET", "todo/items", token=token)
    assert [each["title"] for each in old.json["items"]] == ["mine"]


def test_users_find_their_rows(deployed: Promoted) -> None:
    """A user is made under the id that the rows have; signed in there, all is as before."""
    cloud = deployed
    dry, users = cloud.step("make its users")
    assert "1 users have rows: 1 would be made, 0 were there" in cloud.type(dry)
    assert "1 users have rows: 1 made, 0 were there" in cloud.type(users)
    assert "1 users have rows: 0 made, 1 were there" in cloud.type(users)
    pool, cognito = cloud.own_pool(), cloud.own("cognito-idp")
    (user,) = cognito.list_users(UserPoolId=pool)["Users"]
    cognito.admin_set_user_password(  # as "forgot password" ends
        UserPoolId=pool, Username=user["Username"], Password=PASSWORD, Permanent=True
    )
    assert cloud.prod("items").status == 401
    listed = cloud.prod("items", sign_in(cloud))
    assert [each["title"] for each in listed.json["items"]] == ["mine"]


def test_a_secret_rotates(deployed: Promoted) -> None:
    """The four steps make a new key, which the app reads; no other order of them does harm."""
    cloud = deployed
    store, token = cloud.own("secretsmanager"), str(uuid.uuid4())
    assert key_of(cloud) == hashlib.sha256(FIRST_KEY.encode()).hexdigest()

    def current() -> str:
        return str(store.get_secret_value(SecretId=SECRET)["SecretString"])

    for step in STEPS:
        assert "no version" in rotate(cloud, step, token)
    # What RotateSecret does on AWS, and MiniStack does not: a version that has no value yet.
    store.put_secret_value(SecretId=SECRET, ClientRequestToken=token, VersionStages=["AWSPENDING"])
    for step in reversed(STEPS[1:]):
        rotate(cloud, step, token)
        assert current() == FIRST_KEY
    for step in STEPS:
        assert [rotate(cloud, step, token) for _ in range(2)] == ["", ""]
        assert (current() == FIRST_KEY) == (step != STEPS[-1])
    new = current()
    for step in STEPS:
        assert rotate(cloud, step, token) == ""
    assert current() == new
    assert len(new) >= 32

    assert key_of(cloud, "?refresh=1") == hashlib.sha256(new.encode()).hexdigest()
    logged = logs(cloud)
    assert "Step of a rotation" in logged
    assert "Rotated already" in logged
    assert new not in logged
    assert FIRST_KEY not in logged
    states = cloud.own("s3")
    bucket = f"todo-terraform-state-{OWN_ACCOUNT}"
    state = states.get_object(Bucket=bucket, Key="todo/prod")["Body"].read().decode()
    assert "todo-prod-rotation" in state
    assert new not in state
    assert FIRST_KEY not in state


def rotate(cloud: Promoted, step: str, token: str) -> str:
    """Invoke the rotation function as Secrets Manager does; give its error, or nothing."""
    event = {"SecretId": SECRET, "ClientRequestToken": token, "Step": step}
    answer = cloud.own("lambda").invoke(
        FunctionName="todo-prod-rotation", Payload=json.dumps(event).encode()
    )
    content = json.loads(answer["Payload"].read() or "null")
    return str(content["errorMessage"]) if "FunctionError" in answer else ""


def logs(cloud: Promoted) -> str:
    """All that functions of the app's own account have logged, and the emulator itself."""
    client, found = cloud.own("logs"), []
    for group in client.describe_log_groups()["logGroups"]:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"]
        )
        found += [event["message"] for page in pages for event in page["events"]]
    emulator = cloud.shared / "build/local/ministack.log"
    return "\n".join([*found, emulator.read_text(errors="replace")])


def test_the_switch_and_the_way_back(deployed: Promoted) -> None:
    """The old app stops, its last rows come; back again it answers with prod's rows, and prod goes.

    Every printed command is typed as it stands.
    """
    cloud = deployed
    token = cloud.token("todo", USER)
    assert cloud.request("POST", "todo/items", {"title": "last"}, token=token).status == 201
    for command in cloud.step("stop the old app"):
        cloud.type(command)
    assert cloud.request("GET", "todo/items", token=token).status in {429, 503}
    listed = cloud.prod("items", sign_in(cloud))
    assert [each["title"] for each in listed.json["items"]] == ["last", "mine"]
    for what in ("see its addresses", "give users the new address"):
        said = cloud.type(cloud.step(what)[0])
        assert "execute-api" in said
    (let_run,) = cloud.step("when nobody asks")
    cloud.type(let_run)
    assert cloud.request("GET", "todo/items", token=token).status == 200

    body, user = {"title": "of prod"}, sign_in(cloud)
    assert cloud.prod("items", user, "POST", body).status == 201
    release, back, why, deploy, destroy, *rest = cloud.step("the way back")
    cloud.type(release)
    assert "  They are equal.\n" in cloud.type(back)
    listed = cloud.request("GET", "todo/items", token=token)
    assert [each["title"] for each in listed.json["items"]] == ["of prod", "last", "mine"]

    asks = "Only yes does it:"
    assert "deletion_protection: false" in why
    manifest = cloud.todo / "app.yaml"
    text = manifest.read_text()
    manifest.write_text(text.replace("prod: {", "prod: {deletion_protection: false, "))
    cloud.answer(deploy, (asks, "yes\n"))
    (terraform_output,) = cloud.step("give users the new address")
    cloud.type(  # MiniStack can't end a rotation
        terraform_output.replace("output -raw url", f"state rm '{ROTATION}'")
    )
    cloud.answer(destroy, (asks, "yes\n"))
    assert cloud.own("dynamodb").list_tables()["TableNames"] == []
    for command in rest:
        cloud.type(command)
    assert "  prod: {" not in manifest.read_text()
    assert cloud.request("GET", "todo/items", token=token).status == 200
    assert [each["pk"]["S"] for each in cloud.rows("pip")] == ["pip#1"] * (OTHERS // 3)
