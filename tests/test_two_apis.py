"""A second HTTP API, really running: it comes beside the first, and an app answers through it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.deployed import Deployed
from tests.real_terraform import terraform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("two_apis")]
STATE = "shared/dev"
MOVED = {"aws_apigatewayv2_api.shared", "aws_apigatewayv2_authorizer.login",
         "aws_apigatewayv2_stage.default"}  # fmt: skip
GUARD = {"aws_iam_role_policy.guard", "aws_lambda_function.guard"}
_CHANGED = re.compile(r"^(\S+): (Creation|Modifications|Destruction) complete", re.MULTILINE)
_TOTALS = re.compile(r"Apply complete! Resources: (\d+) added, (\d+) changed, (\d+) destroyed")


@pytest.fixture(scope="module")
def cloud(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The shared infrastructure with one API and an app on it."""
    terraform()
    cloud = Deployed(tmp_path_factory.mktemp("two-apis"))
    cloud.generate_shared(plain_template)
    cloud.generate(plain_template, "pip", app_name="pip", features=["http_api"])
    try:
        cloud.start("pip")
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="module")
def before(cloud: Deployed) -> dict[str, Any]:
    """What AWS had of the first API, while it was the only one."""
    _into_old_layout(cloud)
    return _api(cloud)


@pytest.fixture(scope="module")
def full(cloud: Deployed, before: dict[str, Any], plain_template: Path) -> Deployed:
    """With a second API, because the first has no routes left, and a new app that went there."""
    assert len(before["routes"]) == 2
    fleet = cloud.shared / "fleet.yaml"
    text = fleet.read_text(encoding="utf-8").replace("\napis: 1 ", "\napis: 2 ")
    fleet.write_text(text + "quotas: {http_api_routes: 6}\n", encoding="utf-8")
    cloud.generate(plain_template, "web", app_name="web", features=["http_api", "login"])
    cloud.start("web")
    return cloud


def test_the_new_app_knows_its_api(full: Deployed) -> None:
    """The setting, the app's manifest and the record agree, and the app says its URL."""
    for file in (full.folder / "web/app.yaml", full.shared / "apps/web.yaml"):
        assert re.search(r"(?m)^ *api: 2\b", file.read_text(encoding="utf-8")), file
    id_ = full.published(2)["api-id"]
    assert id_ != full.published()["api-id"]
    assert f"{full.endpoint}/_aws/execute-api/{id_}/%24default/web" in full.words["web"]


def test_nothing_of_the_first_is_made_anew(full: Deployed, before: dict[str, Any]) -> None:
    """A state of before there could be several is moved: only the second API is added."""
    words = full.words["web"]
    for address in MOVED:
        assert f'{address} has moved to {address}["1"]' in words
    shared, web, again = _TOTALS.findall(words)
    # API, stage, authorizer, 4 parameters, web's CI; the guard is told of the API and may brake it
    assert shared == ("9", "2", "0")
    assert (web[1:], again) == (("0", "0"), ("0", "1", "0"))
    changed = [address for address, kind in _CHANGED.findall(words) if kind == "Modifications"]
    assert set(changed) == {'aws_apigatewayv2_authorizer.login["2"]', *GUARD}
    assert _api(full) == before


def test_both_apps_answer_each_on_its_own(full: Deployed) -> None:
    """Health, login, items and preflight, through one API and not through the other."""
    for app, api, other in (("pip", 1, 2), ("web", 2, 1)):
        assert full.ask(api, "GET", f"{app}/health").status == 200
        assert full.ask(other, "GET", f"{app}/health").status == 404
        token = full.token("web") if app == "web" else ""
        made = full.ask(api, "POST", f"{app}/items", {"title": f"of {app}"}, token)
        assert made.status == 201
        listed = full.ask(api, "GET", f"{app}/items", token=token).json["items"]
        assert [each["title"] for each in listed] == [f"of {app}"]
        preflight = full.ask(
            api,
            "OPTIONS",
            f"{app}/items",
            **{"origin": f"https://{app}.example", "access-control-request-method": "POST"},
        )
        assert preflight.headers["access-control-allow-origin"] == "*"


def test_each_authorizer_knows_the_clients_of_its_apps(full: Deployed) -> None:
    """So that each API has 50 audiences of its own."""
    known = {number: set(_api(full, number)["audience"]) for number in (1, 2)}
    (nobody,) = known[1] & known[2]
    assert known == {1: {nobody}, 2: {nobody, full.login_client("web")}}
    assert full.ask(2, "GET", "web/items").status == 401
    assert full.ask(2, "GET", "web/items", token=full.token("web")).status == 200


def test_permissions_are_for_the_right_api(full: Deployed) -> None:
    """Who may call the function, and what the app's CI may change, is of its API alone."""
    client, iam = full.client("lambda"), full.client("iam")
    for app, number in (("pip", 1), ("web", 2)):
        arn = full.published(number)["api-execution-arn"]
        policy = json.loads(client.get_policy(FunctionName=f"{app}-dev-api")["Policy"])
        sources = {each["Condition"]["ArnLike"]["AWS:SourceArn"] for each in policy["Statement"]}
        assert sources == {f"{arn}/*/*/{app}", f"{arn}/*/*/{app}/*"}
        role = iam.get_role_policy(RoleName=f"deploy-{app}-dev", PolicyName="deploy")
        (routes,) = (
            each
            for each in role["PolicyDocument"]["Statement"]
            if each["Sid"] == "RoutesOfTheSharedApi"
        )
        id_ = full.published(number)["api-id"]
        assert all(f"/apis/{id_}/" in resource for resource in routes["Resource"])


def test_an_app_of_an_api_that_is_not_there_is_told_so(full: Deployed) -> None:
    """Before anything is changed, the app's plan names the setting that lacks."""
    manifest = full.folder / "web/app.yaml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("\napi: 2 ", "\napi: 3 "), encoding="utf-8")
    try:
        words = full.aws("web", "plan", "ENV=dev", code=2)
    finally:
        manifest.write_text(text, encoding="utf-8")
    assert (
        "deploy: Nothing is published at /shared/dev/apis/3/ in the emulator at "
        f"{full.endpoint}. Expected the shared infrastructure first, with `apis: 3` or more in its "
        "fleet.yaml; in its repo: make deploy ENV=dev"
    ) in words


def _into_old_layout(cloud: Deployed) -> None:
    """Write the shared state as it was when there was one API: without the numbers."""
    s3, bucket = cloud.client("s3"), cloud.published()["state-bucket"]
    state = json.loads(s3.get_object(Bucket=bucket, Key=STATE)["Body"].read())
    found = set()
    for resource in state["resources"]:
        address = f"{resource['type']}.{resource['name']}"
        if address in MOVED:
            (instance,) = resource["instances"]
            assert instance.pop("index_key") == "1"
            found.add(address)
    assert found == MOVED
    del state["outputs"]["api_urls"]
    state["serial"] += 1
    s3.put_object(Bucket=bucket, Key=STATE, Body=json.dumps(state).encode())


def _api(cloud: Deployed, number: int = 1) -> dict[str, Any]:
    """All that AWS has of an API, ids included."""
    published = cloud.published(number)
    given = {"ApiId": published["api-id"]}
    client = cloud.client("apigatewayv2")
    api = client.get_api(**given)
    authorizer = client.get_authorizer(**given, AuthorizerId=published["authorizer-id"])
    return {
        "published": published,
        "api": {key: api[key] for key in ("ApiId", "Name", "Description", "CorsConfiguration")},
        "audience": sorted(authorizer["JwtConfiguration"]["Audience"]),
        "routes": sorted(
            (each["RouteId"], each["RouteKey"], each["Target"])
            for each in cloud.pages("apigatewayv2", "get_routes", "Items", **given)
        ),
        "integrations": sorted(
            (each["IntegrationId"], each["IntegrationUri"])
            for each in cloud.pages("apigatewayv2", "get_integrations", "Items", **given)
        ),
        "stages": [each["StageName"] for each in client.get_stages(**given)["Items"]],
    }
