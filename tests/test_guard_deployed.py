"""The brake on a running fleet: budget messages published to SNS, requests answered by stage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tenner.cli import main
from tenner.guard_stages import month_of
from tests.deployed import KEYS, REGION, Deployed, until
from tests.guard_cloud import SHUT, alarm, letter
from tests.real_terraform import terraform

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("guard")]


@pytest.fixture(scope="module")
def cloud(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Two apps with AI, each on an API of its own; `keep` is on the allow list."""
    terraform()
    cloud = Deployed(tmp_path_factory.mktemp("guard"))
    shared = cloud.generate_shared(plain_template, alert_email="me@example.org")
    cloud.generate(plain_template, "pip", app_name="pip", features=["http_api", "ai"])
    fleet = shared / "fleet.yaml"
    text = (
        fleet.read_text().replace("allow: []", "allow: [keep]").replace("\napis: 1 ", "\napis: 2 ")
    )
    fleet.write_text(text + "quotas: {http_api_routes: 3}\n")
    cloud.generate(plain_template, "keep", app_name="keep", features=["http_api", "ai"])
    assert "\napi: 2 " in (cloud.folder / "keep/app.yaml").read_text()
    try:
        cloud.start("pip", "keep")
        yield cloud
    finally:
        cloud.stop()


API_OF = {"pip": 1, "keep": 2}


def status_of(cloud: Deployed, app: str) -> int:
    """What the app's API answers to a browser."""
    return cloud.ask(API_OF[app], "GET", f"{app}/health").status


def shut_routes(cloud: Deployed, app: str) -> set[str]:
    """The routes of the app's API that let nothing through."""
    api = cloud.published(API_OF[app])["api-id"]
    stage = cloud.client("apigatewayv2").get_stage(ApiId=api, StageName="$default")
    return {key for key, own in stage.get("RouteSettings", {}).items() if own == SHUT}


def variables(cloud: Deployed, app: str) -> dict[str, str]:
    """The variables of an app's API function."""
    answer = cloud.client("lambda").get_function_configuration(FunctionName=f"{app}-dev-api")
    return dict(answer["Environment"]["Variables"])


def reserved(cloud: Deployed, app: str) -> int | None:
    """The reserved concurrency of an app's API function."""
    answer = cloud.client("lambda").get_function_concurrency(FunctionName=f"{app}-dev-api")
    found: int | None = answer.get("ReservedConcurrentExecutions")
    return found


def publish(cloud: Deployed, text: str) -> None:
    """Tell the topic what AWS Budgets or an alarm would; the account's budget is $10."""
    topic = f"arn:aws:sns:{REGION}:000000000000:acme-guard-signals"
    cloud.client("sns").publish(TopicArn=topic, Subject="AWS Budgets", Message=text)


def environment(cloud: Deployed) -> dict[str, str]:
    """What leads the tenner command to the emulator."""
    return {"AWS_ENDPOINT_URL": cloud.endpoint, **KEYS}


def guard(
    cloud: Deployed, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0
) -> dict[str, Any]:
    """Run `tenner guard … --format json` against the emulator; give what it says."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(cloud).items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.chdir(cloud.shared)
        found = main(["guard", *words, "--format", "json"])
    said = capsys.readouterr()
    assert found == code, said
    return dict(json.loads(said.out))


def trail(cloud: Deployed) -> list[str]:
    """The whole audit trail, as it is in the table."""
    client, table = cloud.client("dynamodb"), cloud.published()["table-name"]
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "tenner#guard#audit"}},
    )
    found = [item["what"]["S"] for page in pages for item in page["Items"]]
    return [what for what in found if not what.startswith("all functions")]


def until_told(cloud: Deployed, what: str) -> None:
    """Wait until the audit trail has an entry."""
    until(lambda: any(what in each for each in trail(cloud)), what)


def hour(cloud: Deployed) -> list[str]:
    """Send the deployed function its scheduled event; give what it did."""
    answer = cloud.client("lambda").invoke(FunctionName="shared-dev-guard", Payload="{}")
    assert "FunctionError" not in answer
    return list(json.loads(answer["Payload"].read())["done"])


def the_month_turns(cloud: Deployed) -> None:
    """Let the guard's row say that signals came last month; the next hour finds a new one."""
    cloud.client("dynamodb").update_item(
        TableName=cloud.published()["table-name"],
        Key={"pk": {"S": "tenner#guard"}, "sk": {"S": "state"}},
        UpdateExpression="SET #m = :m",
        ExpressionAttributeNames={"#m": "month"},
        ExpressionAttributeValues={":m": {"S": "2000-01"}},
    )
    assert hour(cloud)[-1] == "pip-dev-api: stop → none"


def test_budgets_and_alarms_warn_degrade_and_stop_and_a_person_releases(
    cloud: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    """From AWS's own words to the stage; degraded, AI answers what it knows; stopped, 429.

    An app on the allow list runs on; other variables stay; the audit trail has it all.
    """
    before = {app: variables(cloud, app) for app in API_OF}
    ask = partial(cloud.request, "POST", "pip/ask")

    for over, spent, kind in (
        ("5", "5.01", "ACTUAL"),
        ("8", "8.10", "ACTUAL"),
        ("10", "12", "FORECASTED"),
    ):
        publish(cloud, letter(spent, f"{over}.00", kind))
        until_told(cloud, f"${spent} of $10.00; asks for warn")
    assert {app: variables(cloud, app) for app in API_OF} == before
    publish(cloud, letter("9.60", "9.50"))
    until(lambda: variables(cloud, "pip")["EMERGENCY_MODE"] == "true", "degraded")
    assert variables(cloud, "pip") == {**before["pip"], "EMERGENCY_MODE": "true"}
    refused = ask({"prompt": "never asked before"})
    assert (refused.status, refused.headers["retry-after"]) == (503, "3600")
    assert ask({"prompt": static_question(cloud)}).json["source"] == "static"
    assert cloud.request("GET", "pip/items").status == 200
    publish(cloud, alarm("acme-guard-invocations"))
    until_told(cloud, "alarm acme-guard-invocations")

    publish(cloud, letter("10.20", "10.00"))
    until(lambda: reserved(cloud, "pip") == 0, "stopped")
    until(lambda: status_of(cloud, "pip") == 429, "refused")
    assert shut_routes(cloud, "pip") == {"ANY /pip", "ANY /pip/{proxy+}"}
    assert shut_routes(cloud, "keep") == set()
    assert status_of(cloud, "keep") == 200
    assert variables(cloud, "keep") == before["keep"]
    assert reserved(cloud, "keep") is None

    until(lambda: guard(cloud, capsys, "status")["is_reached"], "reached")
    stands = {each["function"]: each for each in guard(cloud, capsys, "status")["functions"]}
    assert stands["pip-dev-api"]["is_at"] == "stop"
    assert stands["keep-dev-api"]["is_at"] == stands["keep-dev-api"]["wanted"] == "none"

    the_month_turns(cloud)
    assert {app: variables(cloud, app) for app in API_OF} == before
    assert (reserved(cloud, "pip"), status_of(cloud, "pip")) == (None, 200)

    publish(cloud, letter("10.30", "10.00"))
    until_told(cloud, "pip-dev-api: none → stop")
    until(lambda: guard(cloud, capsys, "status")["is_reached"], "reached")
    dry = guard(cloud, capsys, "release", "--dry-run")
    assert dry["done"] == ["pip-dev-api: stop → none"]
    assert reserved(cloud, "pip") == 0
    api = cloud.published()["api-id"]
    done = guard(cloud, capsys, "release")["done"]
    assert done == [f"API {api} lets through pip", "pip-dev-api: stop → none"]
    assert guard(cloud, capsys, "release")["done"] == []
    assert {app: variables(cloud, app) for app in API_OF} == before
    assert reserved(cloud, "pip") is None
    assert shut_routes(cloud, "pip") == set()
    assert status_of(cloud, "pip") == 200

    publish(cloud, letter("11.00", "10.00"))
    until_told(cloud, "$11.00 of $10.00")
    assert variables(cloud, "pip") == before["pip"]
    the_trail_is_complete(cloud, api)


def the_trail_is_complete(cloud: Deployed, api: str) -> None:
    """Each signal is there, by the time that SNS says, and in order all that was done."""
    told = trail(cloud)
    signals = [what for what in told if what.startswith(("budget", "alarm"))]
    assert sorted(signals) == sorted([
        "budget acme-account: actual $5.01 of $10.00; asks for warn of *",
        "budget acme-account: actual $8.10 of $10.00; asks for warn of *",
        "budget acme-account: forecasted $12 of $10.00; asks for warn of *",
        "budget acme-account: actual $9.60 of $10.00; asks for degrade of *",
        "alarm acme-guard-invocations; asks for degrade of *",
        "budget acme-account: actual $10.20 of $10.00; asks for stop of *",
        "budget acme-account: actual $10.30 of $10.00; asks for stop of *",
        "budget acme-account: actual $11.00 of $10.00; asks for stop of *",
    ])  # fmt: skip
    assert [what for what in told if what not in signals] == [
        "pip-dev-api: none → degrade",
        f"API {api} answers 429 for pip",
        "pip-dev-api: degrade → stop",
        f"a new month, {month_of(time.time())}: what signals engaged is released",
        f"API {api} lets through pip",
        "pip-dev-api: stop → none",
        f"API {api} answers 429 for pip",
        "pip-dev-api: none → stop",
        "release all apps",
        f"API {api} lets through pip",
        "pip-dev-api: stop → none",
    ]


def static_question(cloud: Deployed) -> str:
    """A question that an app answers without the model."""
    file = cloud.folder / "pip/functions/shared/ai_static_answers.json"
    return str(next(iter(json.loads(file.read_text()))))


def test_applied_again_the_guard_is_as_it_was(cloud: Deployed) -> None:
    """The second app's `make local` applies what is shared once more, and changes nothing."""
    words = "".join(cloud.words.values()).splitlines()
    applied = [line for line in words if line.startswith("Apply complete")]
    assert applied.count("Apply complete! Resources: 0 added, 0 changed, 0 destroyed.") == 1


def test_processes_at_once(cloud: Deployed) -> None:
    """Three people and five messages at once: each is done once, and the end is right."""
    told = len(trail(cloud))
    command = [str(Path(sys.executable).parent / "tenner"), "guard", "engage", "--app", "pip"]
    people = [
        subprocess.Popen(
            [*command, "--stage", "stop"],
            cwd=cloud.shared,
            env={**os.environ, **environment(cloud)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    for number in range(5):
        publish(cloud, letter(f"10.3{number}", "10.00"))
    said = [person.communicate(timeout=120)[0] for person in people]
    assert [person.returncode for person in people] == [0, 0, 0], said
    for number in range(5):
        until_told(cloud, f"$10.3{number} of $10.00")
    until(lambda: status_of(cloud, "pip") == 429, "stopped")
    assert (reserved(cloud, "pip"), variables(cloud, "pip")["EMERGENCY_MODE"]) == (0, "true")
    new = [what for what in trail(cloud)[told:] if not what.startswith("budget")]
    api = cloud.published()["api-id"]
    assert sorted(new) == [
        f"API {api} answers 429 for pip",
        "engage pip: stop",
        "pip-dev-api: none → stop",
    ]


def test_a_deploy_while_it_is_engaged(cloud: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    """A person stops an app of the allow list by name: no deploy starts it, nor fights with it.

    Neither the app's own deploy nor that of what is shared; released, the next plan has no change.
    """
    api = cloud.published(2)["api-id"]
    done = [f"API {api} answers 429 for keep", "keep-dev-api: none → stop"]
    assert guard(cloud, capsys, "engage", "--app", "keep", "--stage", "stop")["done"] == done
    assert guard(cloud, capsys, "engage", "--app", "keep", "--stage", "stop")["done"] == []
    manifest = cloud.folder / "keep/app.yaml"
    text = manifest.read_text()
    assert "ttl_days: 30" in text
    manifest.write_text(text.replace("ttl_days: 30", "ttl_days: 31"))
    cloud.aws("keep", "deploy", "ENV=dev", "YES=1")
    found = variables(cloud, "keep")
    assert (found["TTL_DAYS"], found["EMERGENCY_MODE"], reserved(cloud, "keep")) == (
        "31",
        "true",
        0,
    )
    words = cloud.make("aws-shared-infra", "local")
    assert "Apply complete! Resources: 0 added, 0 changed, 0 destroyed." in words
    assert shut_routes(cloud, "keep") == {"ANY /keep", "ANY /keep/{proxy+}"}
    assert status_of(cloud, "keep") == 429

    guard(cloud, capsys, "release", "--app", "keep")
    assert variables(cloud, "keep") == {**found, "EMERGENCY_MODE": "false"}
    assert (reserved(cloud, "keep"), shut_routes(cloud, "keep")) == (None, set())
    cloud.aws("keep", "plan", "ENV=dev")
    plan = json.loads((cloud.folder / "keep/build/dev/plan.json").read_text())
    changed = [each for each in plan["resource_changes"] if each["change"]["actions"] != ["no-op"]]
    assert changed == []


def test_the_hour_with_nothing_to_do(cloud: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    """The scheduled event, sent to the deployed function, changes nothing."""
    guard(cloud, capsys, "release")
    told = trail(cloud)
    assert hour(cloud) == []
    assert trail(cloud) == told
