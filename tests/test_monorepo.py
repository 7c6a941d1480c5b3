"""Topology monorepo, really running: one apply makes all apps, an app's repo deploys only code."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.deployed import Deployed
from tests.real_terraform import terraform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("monorepo")]
SMALL = {"topology": "monorepo", "features": ["http_api"]}
_CHANGED = re.compile(r"^(.+): (Creation|Modifications|Destruction) complete", re.MULTILINE)
_KINDS = {"Creation": "create", "Modifications": "update", "Destruction": "delete"}
_TENNER = "import sys; from tenner.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def cloud(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The shared infrastructure and two apps, `todo` with all features, by `make local` of both."""
    terraform()
    cloud = Deployed(tmp_path_factory.mktemp("monorepo"))
    cloud.generate_shared(plain_template, topology="monorepo")
    cloud.generate_full(plain_template, "todo", topology="monorepo")
    cloud.generate(plain_template, "pip", app_name="pip", **SMALL)
    try:
        cloud.start("todo", "pip")
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="module")
def late(cloud: Deployed, plain_template: Path) -> dict[str, set[str]]:
    """A third app, registered and made by the shared repo's apply: what that changed."""
    cloud.generate(plain_template, "late", app_name="late", **SMALL)
    return _applied(cloud)


def test_an_apps_repo_has_no_terraform(cloud: Deployed) -> None:
    """The app's repo holds code, and the shared repo's state holds the app."""
    assert not (cloud.folder / "todo/terraform").exists()
    keys = {key.split()[0].removesuffix(".tflock") for key in cloud.states()}
    assert keys == {"shared/account", "shared/dev"}


def test_the_two_apps_answer(cloud: Deployed) -> None:
    """`make local` of each ends with an address that says the app runs."""
    for app in ("todo", "pip"):
        assert f"/{app}/health'" in cloud.words[app]
        answer = cloud.request("GET", f"{app}/health")
        assert (answer.status, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("app", ["todo", "pip"])
def test_an_app_creates_reads_lists_and_deletes(cloud: Deployed, app: str) -> None:
    """Each app keeps items; where there is login, a token passes after one apply."""
    token = cloud.token(app) if app == "todo" else ""
    made = cloud.request("POST", f"{app}/items", {"title": f"of {app}"}, token)
    assert made.status == 201
    item = made.json["id"]
    assert cloud.request("GET", f"{app}/items/{item}", token=token).json["title"] == f"of {app}"
    listed = cloud.request("GET", f"{app}/items", token=token).json["items"]
    assert [each["title"] for each in listed] == [f"of {app}"]
    assert cloud.request("DELETE", f"{app}/items/{item}", token=token).status == 204
    assert cloud.request("GET", f"{app}/items/{item}", token=token).status == 404


def test_login_asks_for_a_token(cloud: Deployed) -> None:
    """Without a token the API refuses the app with login, and lets the other be."""
    assert cloud.request("GET", "todo/items").status == 401
    assert cloud.request("GET", "pip/items").status == 200


def test_a_second_apply_is_empty(cloud: Deployed) -> None:
    """Deployed code and site are no drift from the placeholder that Terraform put there."""
    assert _applied(cloud) == {}


def test_code_and_site_bear_the_tags(cloud: Deployed) -> None:
    """What the app's repo uploads has the tags that Terraform gives to all else."""
    s3, bucket = cloud.client("s3"), cloud.published()["bucket"]
    for key in ("artifacts/todo/dev.zip", "sites/todo/index.html"):
        tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        assert {each["Key"]: each["Value"] for each in tags}.items() >= {
            "app": "todo",
            "environment": "dev",
            "owner": "me",
        }.items()


def test_a_new_app_is_made_without_touching_the_others(late: dict[str, set[str]]) -> None:
    """Whoever registers an app and applies changes nothing of the apps that are there."""
    assert late["create"]
    assert _apps_of(late["create"]) == {"late"}
    assert set(late) == {"create"}


def test_a_new_app_says_that_its_code_is_not_there(
    cloud: Deployed, late: dict[str, set[str]]
) -> None:
    """Between the apply and the first deploy the app answers 503; then it answers."""
    answer = cloud.request("GET", "late/health")
    assert answer.status == 503
    assert answer.json == {"error": "The code of this app is not deployed yet."}
    words = cloud.aws("late", "deploy", "ENV=dev", "YES=1")
    assert "nothing to plan: the shared infrastructure makes this app" in words
    assert "late-dev-api has the new code" in words
    assert cloud.request("GET", "late/health").status == 200


def test_a_function_made_anew_begins_with_the_deployed_code(
    cloud: Deployed, late: dict[str, set[str]]
) -> None:
    """Code stays in the bucket: what is replaced does not fall back to the placeholder."""
    cloud.client("lambda").delete_function(FunctionName="pip-dev-api")
    assert 'module.app["pip"].aws_lambda_function.function["api"]' in _applied(cloud)["create"]
    assert cloud.request("GET", "pip/health").status == 200


def test_destroy_takes_the_site_and_says_who_does_the_rest(cloud: Deployed) -> None:
    """An app's repo can't destroy what the shared repo makes, and says so in one sentence."""
    words = cloud.aws("todo", "destroy", "ENV=dev", "YES=1", code=2)  # make's own
    assert "Do: tenner unregister todo, then in its repo: make deploy ENV=dev" in words
    bucket = cloud.published()["bucket"]
    found = cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix="sites/")
    assert found.get("Contents", []) == []


def test_unregistering_removes_one_app_only(cloud: Deployed, late: dict[str, set[str]]) -> None:
    """The next apply takes away the app that left, and nothing else changes."""
    _unregister(cloud, "late")
    changed = _applied(cloud)
    assert _apps_of(changed["delete"]) == {"late"}
    assert changed["delete"] == late["create"]
    assert set(changed) == {"delete"}
    assert cloud.request("GET", "late/health").status == 404
    assert cloud.request("GET", "pip/health").status == 200


def test_unregistering_takes_a_login_out_of_the_authorizer(cloud: Deployed) -> None:
    """One apply closes the API to tokens of the app that left, and the next has nothing to do."""
    _unregister(cloud, "todo")
    changed = _applied(cloud)
    assert _apps_of(changed["delete"]) == {"todo"}
    assert changed["update"] == {'aws_apigatewayv2_authorizer.login["1"]'}
    assert _applied(cloud) == {}
    assert cloud.request("GET", "pip/health").status == 200


def test_a_full_api_gets_a_second_beside_it(cloud: Deployed, plain_template: Path) -> None:
    """One apply makes API 2 and the app that goes there, and touches nothing of the first."""
    fleet = cloud.shared / "fleet.yaml"
    text = fleet.read_text(encoding="utf-8").replace("\napis: 1 ", "\napis: 2 ")
    fleet.write_text(text + "quotas: {http_api_routes: 3}\n", encoding="utf-8")  # pip has two
    cloud.generate(plain_template, "far", app_name="far", **SMALL)
    changed = _applied(cloud)
    assert changed.keys() == {"create", "update"}
    assert changed["update"] == {"aws_iam_role_policy.guard", "aws_lambda_function.guard"}
    assert {address for address in changed["create"] if "far" not in address} == {
        *(f'aws_apigatewayv2_{part}["2"]' for part in ("api.shared", "authorizer.login")),
        'aws_apigatewayv2_stage.default["2"]',
        *(f'aws_ssm_parameter.published["apis/2/{name}"]' for name in cloud.published(2)),
    }
    words = cloud.aws("far", "deploy", "ENV=dev", "YES=1")
    assert f"url: {cloud.published(2)['api-url']}/far\n" in words
    assert cloud.ask(2, "GET", "far/health").status == 200
    assert [cloud.request("GET", f"{app}/health").status for app in ("far", "pip")] == [404, 200]


def _applied(cloud: Deployed) -> dict[str, set[str]]:
    """Apply the shared repo; give the addresses that it changed, by kind of change."""
    words = cloud.make("aws-shared-infra", "local")
    found: dict[str, set[str]] = {}
    for address, kind in _CHANGED.findall(words):
        found.setdefault(_KINDS[kind], set()).add(address)
    counts = (len(found.get(kind, ())) for kind in ("create", "update", "delete"))
    assert "Resources: {} added, {} changed, {} destroyed.".format(*counts) in words
    return found


def _apps_of(addresses: set[str]) -> set[str]:
    """The key of each address: the app."""
    return {address.split('["')[1].split('"]')[0] for address in addresses}


def _unregister(cloud: Deployed, app: str) -> None:
    subprocess.run(
        [sys.executable, "-c", _TENNER, "unregister", app, "--registry", cloud.shared / "apps"],
        check=True,
        capture_output=True,
    )
