"""The brake on a running fleet: budget messages published to SNS, requests answered by stage."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tenner.cli import main
from tests.deployed import KEYS, REGION, Deployed, until
from tests.guard_cloud import letter
from tests.real_terraform import terraform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("guard")]


@pytest.fixture(scope="module")
def cloud(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Two apps with an API and AI; `keep` is on the allow list."""
    terraform()
    cloud = Deployed(tmp_path_factory.mktemp("guard"))
    shared = cloud.generate_shared(plain_template, alert_email="me@example.org")
    fleet = shared / "fleet.yaml"
    fleet.write_text(fleet.read_text().replace("allow: []", "allow: [keep]"))
    for app in ("pip", "keep"):
        cloud.generate(plain_template, app, app_name=app, features=["http_api", "ai"])
    try:
        cloud.start("pip", "keep")
        yield cloud
    finally:
        cloud.stop()


def variables(cloud: Deployed, app: str) -> dict[str, str]:
    """The variables of an app's API function."""
    answer = cloud.client("lambda").get_function_configuration(FunctionName=f"{app}-dev-api")
    return dict(answer["Environment"]["Variables"])


def reserved(cloud: Deployed, app: str) -> int | None:
    """The reserved concurrency of an app's API function."""
    answer = cloud.client("lambda").get_function_concurrency(FunctionName=f"{app}-dev-api")
    found: int | None = answer.get("ReservedConcurrentExecutions")
    return found


def publish(cloud: Deployed, spent: str) -> None:
    """Tell the topic what AWS Budgets would; the account's budget is $10."""
    topic = f"arn:aws:sns:{REGION}:000000000000:acme-guard-signals"
    text = letter(spent, "9.50")
    cloud.client("sns").publish(TopicArn=topic, Subject="AWS Budgets", Message=text)


def guard(
    cloud: Deployed, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0
) -> dict[str, Any]:
    """Run `tenner guard … --format json` against the emulator; give what it says."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AWS_ENDPOINT_URL": cloud.endpoint, **KEYS}.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.chdir(cloud.shared)
        found = main(["guard", *words, "--format", "json"])
    said = capsys.readouterr()
    assert found == code, said
    return dict(json.loads(said.out))


def test_the_budget_degrades_then_stops_then_a_person_releases(
    cloud: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    """At 95 % AI answers only what is known, at 100 % nothing runs; released, all is as before.

    An app on the allow list runs on; other variables stay; the audit trail has it all.
    """
    before = {app: variables(cloud, app) for app in ("pip", "keep")}
    ask = partial(cloud.request, "POST", "pip/ask")

    publish(cloud, "9.60")
    until(lambda: variables(cloud, "pip")["EMERGENCY_MODE"] == "true", "degraded")
    assert variables(cloud, "pip") == {**before["pip"], "EMERGENCY_MODE": "true"}
    refused = ask({"prompt": "never asked before"})
    assert (refused.status, refused.headers["retry-after"]) == (503, "3600")
    assert ask({"prompt": static_question(cloud)}).json["source"] == "static"
    assert cloud.request("GET", "pip/items").status == 200

    publish(cloud, "10.20")
    until(lambda: reserved(cloud, "pip") == 0, "stopped")
    until(lambda: cloud.request("GET", "pip/health").status in {429, 503}, "refused")
    assert cloud.request("GET", "keep/health").status == 200
    assert variables(cloud, "keep") == before["keep"]
    assert reserved(cloud, "keep") is None

    until(lambda: guard(cloud, capsys, "status")["is_reached"], "reached")
    stands = {each["function"]: each for each in guard(cloud, capsys, "status")["functions"]}
    assert stands["pip-dev-api"]["is_at"] == "stop"
    assert stands["keep-dev-api"]["is_at"] == stands["keep-dev-api"]["wanted"] == "none"

    dry = guard(cloud, capsys, "release", "--dry-run")
    assert dry["done"] == ["pip-dev-api: stop → none"]
    assert reserved(cloud, "pip") == 0
    assert guard(cloud, capsys, "release")["done"] == ["pip-dev-api: stop → none"]
    assert guard(cloud, capsys, "release")["done"] == []
    assert {app: variables(cloud, app) for app in ("pip", "keep")} == before
    assert reserved(cloud, "pip") is None
    assert cloud.request("GET", "pip/health").status == 200

    publish(cloud, "11.00")
    trail = until(
        lambda: [
            entry["what"]
            for entry in guard(cloud, capsys, "status")["audit"]
            if any("$11.00" in each["what"] for each in guard(cloud, capsys, "status")["audit"])
        ],
        "the last message",
    )
    assert variables(cloud, "pip") == before["pip"]
    assert [what for what in trail if "all functions" not in what] == [
        "budget acme-account: actual $9.60 of $10.00; asks for degrade of *",
        "pip-dev-api: none → degrade",
        "budget acme-account: actual $10.20 of $10.00; asks for stop of *",
        "pip-dev-api: degrade → stop",
        "release all apps",
        "pip-dev-api: stop → none",
        "budget acme-account: actual $11.00 of $10.00; asks for stop of *",
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


def test_by_hand_for_one_app(cloud: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    """A person stops one app, also one on the allow list, and the next deploy starts nothing."""
    done = guard(cloud, capsys, "engage", "--app", "keep", "--stage", "stop")["done"]
    assert done == ["keep-dev-api: none → stop"]
    assert guard(cloud, capsys, "engage", "--app", "keep", "--stage", "stop")["done"] == []
    cloud.aws("keep", "plan", "ENV=dev")
    plan = json.loads((cloud.folder / "keep/build/dev/plan.json").read_text())
    changes = [each for each in plan["resource_changes"] if each["type"] == "aws_lambda_function"]
    after = changes[0]["change"]["after"]
    assert after["reserved_concurrent_executions"] == 0
    assert after["environment"][0]["variables"]["EMERGENCY_MODE"] == "true"
    assert cloud.request("GET", "pip/health").status == 200
    guard(cloud, capsys, "release", "--app", "keep")
    assert cloud.request("GET", "keep/health").status == 200


def test_the_hour_with_nothing_to_do(cloud: Deployed) -> None:
    """The scheduled event, sent to the deployed function, is answered and changes nothing."""
    answer = cloud.client("lambda").invoke(FunctionName="shared-dev-guard", Payload="{}")
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {"done": []}
