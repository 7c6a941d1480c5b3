"""Several HTTP APIs: an app goes to the first with room for it, and stays there."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import yaml

from tenner.apis import Apis, put_api, spread
from tenner.capacity import first_ends, raised, rooms
from tenner.cli import main
from tenner.errors import InputError
from tenner.estimate import Bill
from tenner.fits import Fit, FullError, check_fits, settled
from tenner.load import load_manifest, load_quotas
from tenner.manifest import parse_manifest
from tenner.projection import project
from tenner.quotas import Place
from tenner.registry_dynamodb import DynamoDBRegistry
from tenner.registry_folder import FolderRegistry
from tenner.registry_place import TablePlace
from tenner.shared_infra import parse_shared_infra, shared_workloads
from tenner.workload import workloads_of
from tests.fixtures_fleet import FLEET, LOGIN
from tests.pages import many
from tests.registrations import NOW, make_repo, manifest_text, registration
from tests.test_capacity import room
from tests.test_fits import ASK, fleet_of, limited, registered_beside

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]

TWO = FLEET + "apis: 2\n"
RAISED = "quotas: {http_api_routes: 600}\n"
PLAIN = manifest_text()
SECOND = Fit(2, ["  it is on HTTP API 2 of 2"])


def named(app: str, text: str = PLAIN) -> Manifest:
    """A manifest with another name."""
    return many(text, 1)[0].model_copy(update={"app": app})


def spread_over(catalog: Catalog, manifests: list[Manifest], apis: int = 2) -> list[Manifest]:
    """Apps on the APIs that they would go to, by the limits of an ordinary account."""
    return spread(load_quotas(), manifests, catalog, apis)


@pytest.fixture
def registry(tmp_path: Path) -> FolderRegistry:
    """A registry in a shared infrastructure with two APIs."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "fleet.yaml").write_text(TWO, encoding="utf-8")
    return FolderRegistry(tmp_path / "infra" / "apps")


@pytest.mark.parametrize(
    ("more", "text", "registered", "expected"),
    [
        ("", PLAIN, 149, Fit(1, [])),  # 2 × 150 routes
        ("", PLAIN, 150, SECOND),
        ("", PLAIN, 299, SECOND),
        (RAISED, PLAIN, 299, Fit(1, [])),  # 300 integrations
        (RAISED, PLAIN, 300, SECOND),
        ("", PLAIN + LOGIN, 48, Fit(1, [])),  # 49 audiences, and the shared infrastructure's own
        ("", PLAIN + LOGIN, 49, SECOND),
        ("", PLAIN + LOGIN, 97, SECOND),
    ],
)
def test_the_first_api_with_room(
    catalog: Catalog, registry: FolderRegistry, more: str, text: str, registered: int, expected: Fit
) -> None:
    """The last app that fits goes to API 1, and the next to API 2."""
    (registry.folder.parent / "fleet.yaml").write_text(TWO + more, encoding="utf-8")
    quotas = raised(load_quotas(), {"http_api_routes": Decimal(600 if more else 300)}, "f")
    others = spread(quotas, many(text, registered), catalog, 2)
    new = named("new", text)
    assert check_fits(fleet_of(catalog, others, new), new, registry) == expected


def test_routes_of_both_must_be_asked_for(catalog: Catalog, registry: FolderRegistry) -> None:
    """Where only routes lack, AWS is asked for those of API 1."""
    others, new = spread_over(catalog, many(PLAIN, 300)), named("new")
    asked = ASK.format(app="new", count=302, limit=300, double=600)
    assert check_fits(fleet_of(catalog, others, new), new, registry) == Fit(1, [asked])


def test_both_are_full(catalog: Catalog, registry: FolderRegistry) -> None:
    """The 99th login is refused, with what is full on each API, and the setting that makes room."""
    others, new = spread_over(catalog, many(PLAIN + LOGIN, 98)), named("new", PLAIN + LOGIN)
    with pytest.raises(FullError) as caught:
        check_fits(fleet_of(catalog, others, new), new, registry)
    assert str(caught.value) == (
        "Audiences of an authorizer: with new 51 in the shared account, us-east-1, dev, expected "
        "at most 50, which AWS raises for nobody\n"
        "Audiences of an authorizer: with new 51 in the shared account, us-east-1, dev, API 2, "
        "expected at most 50, which AWS raises for nobody. Make new without what fills it, take an "
        "app out that is gone (tenner doctor finds it), or have one more: `apis: 3` in fleet.yaml, "
        "then in its repo `make deploy`"
    )


def test_twenty_are_full(
    catalog: Catalog, registry: FolderRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no more than twenty APIs: the next thing is a second shared infrastructure."""
    (registry.folder.parent / "fleet.yaml").write_text(FLEET + "apis: 20\n", encoding="utf-8")
    limited(monkeypatch, "http_api_integrations", 1)
    apps = many(PLAIN, 20)
    others = [app.model_copy(update={"api": number}) for number, app in enumerate(apps, 1)]
    last, new = others.pop(), named("new")
    fleet = fleet_of(catalog, others, new)
    assert check_fits(fleet, new, registry) == Fit(20, ["  it is on HTTP API 20 of 20"])
    with pytest.raises(FullError) as caught:
        check_fits(fleet_of(catalog, [*others, last], new), new, registry)
    lines = str(caught.value).splitlines()
    assert len(lines) == 20
    assert lines[-1].endswith(
        "or begin a second shared infrastructure: docs/decisions/0008-when-it-is-full.md"
    )


def test_each_need_counts(catalog: Catalog, registry: FolderRegistry) -> None:
    """Where the logins of API 1 are full, an app without one still goes there."""
    others = spread_over(catalog, many(PLAIN + LOGIN, 49))
    assert {each.api for each in others} == {1}
    new = named("new")
    assert check_fits(fleet_of(catalog, others, new), new, registry) == Fit(1, [])


def test_an_app_without_an_api_takes_no_room(catalog: Catalog, registry: FolderRegistry) -> None:
    """An app that answers no request is on API 1, however full that is."""
    others = spread_over(catalog, many(PLAIN, 300))
    new = named("new", PLAIN.replace("http_api", "queue"))
    assert check_fits(fleet_of(catalog, others, new), new, registry) == Fit(1, [])


def test_an_app_of_prod_has_an_api_of_its_own(catalog: Catalog, registry: FolderRegistry) -> None:
    """Accounts of their own have one API each."""
    others = spread_over(catalog, many(PLAIN, 300))
    new = named("new", PLAIN.replace("dev: {}", "prod: {}"))
    assert check_fits(fleet_of(catalog, others, new), new, registry) == Fit(1, [])


def test_a_registered_app_stays_where_it_is(catalog: Catalog, registry: FolderRegistry) -> None:
    """Made again, an app keeps the API of its record, though API 1 has room."""
    text = manifest_text("new") + "api: 2\n"
    registry.register(registration(registry.folder / "../../new", text), NOW)
    new = named("new")
    fleet = fleet_of(catalog, [], new)._replace(records=registry.contents().records)
    assert check_fits(fleet, new, registry) == Fit(2)


def test_no_fleet_yaml_says_how_many_there_are(catalog: Catalog, tmp_path: Path) -> None:
    """Nobody is refused then: the setting may be there, where it can't be seen."""
    others, new = many(PLAIN + LOGIN, 49), named("new", PLAIN + LOGIN)
    registry = FolderRegistry(tmp_path / "apps")
    fit = check_fits(fleet_of(catalog, others, new), new, registry)
    assert fit.api == 1
    assert "\n".join(fit.sentences) == (
        "Audiences of an authorizer: with new 51 in the shared account, us-east-1, dev, expected "
        f"at most 50, which AWS raises for nobody. Beside {registry.place} no fleet.yaml says how "
        "many APIs there are: where there is `apis: 2`, write `api: 2` into app.yaml before the "
        "app is deployed"
    )
    known = [*others, named("known").model_copy(update={"api": 2})]
    assert check_fits(fleet_of(catalog, known, new), new, registry) == SECOND


def test_a_teams_table(catalog: Catalog, tmp_path: Path) -> None:
    """Of a table, fleet.yaml is the one that names it, where `make local` of the app looks."""
    others, new = many(PLAIN + LOGIN, 49), named("new", PLAIN + LOGIN)
    (tmp_path / "aws-shared-infra").mkdir()
    (tmp_path / "aws-shared-infra" / "fleet.yaml").write_text(
        f"{TWO}registry: dynamodb://fleet\n", encoding="utf-8"
    )
    table = DynamoDBRegistry(TablePlace("fleet"))
    fleet = fleet_of(catalog, others, new)
    assert check_fits(fleet, new, table, tmp_path / "new") == SECOND
    assert check_fits(fleet, new, table, tmp_path / "elsewhere" / "new").api == 1


def test_room_is_that_of_all_apis(catalog: Catalog) -> None:
    """More apps fit into two APIs than into one; what they share is as before."""
    manifests = [*many(PLAIN + LOGIN, 1), *many(manifest_text("pip"), 2)]
    manifests[1] = manifests[1].model_copy(update={"api": 2})
    found = rooms(load_quotas(), manifests, catalog, 2)
    expected = {
        "http_api_integrations": (2, 298 + 299),  # 1 each app
        "http_api_routes": (7, 97 + 99),  # (300 - 7) ÷ (9 ÷ 3), (300 - 2) ÷ 3
        "jwt_audiences": (2, 144 + 147),  # (50 - 2) ÷ (1 ÷ 3), (50 - 1) ÷ (1 ÷ 3)
        "user_pool_clients": (1, 2997),  # (1,000 - 1) ÷ (1 ÷ 3)
    }
    for name, (used, more) in expected.items():
        assert room(found, name).standing.used == used, name
        assert room(found, name).more == more, name
        assert room(found, name).ends_in == Place("shared", "us-east-1", "dev"), name
    assert (
        str(room(found, "http_api_routes").standing.place) == "the shared account, us-east-1, dev"
    )
    assert room(found, "http_api_routes").standing.place == Place("shared", "us-east-1", "dev", 1)


def test_an_empty_api_is_room_and_one_that_is_not_there_is_none(catalog: Catalog) -> None:
    """Ten logins leave 39 on API 1 and 49 on an API that nobody is on yet."""
    ten = many(PLAIN + LOGIN, 10)
    assert [room(rooms(load_quotas(), ten, catalog, n), "jwt_audiences").more for n in (1, 2)] == [
        39,
        39 + 49,
    ]
    nowhere = [each.model_copy(update={"api": 3}) for each in ten]
    assert room(rooms(load_quotas(), nowhere, catalog, 2), "jwt_audiences").more == 49 + 49
    assert [each.name for each in first_ends(rooms(load_quotas(), ten, catalog, 2))] == [
        "jwt_audiences"
    ]


def test_projections_are_spread(catalog: Catalog) -> None:
    """160 apps of two routes are too many for one API, 300 fit on two, and 301 do not."""
    manifests = many(PLAIN, 4)
    bill = Bill(catalog, [each for one in manifests for each in workloads_of(one, catalog)])
    (one,) = project(manifests, bill, load_quotas(), [160])
    assert [each.name for each in one.over] == ["http_api_routes"]
    fits, over = project(manifests, bill, load_quotas(), [300, 301], 2)
    assert fits.over == []
    assert [each.name for each in over.over] == ["http_api_routes"]


def test_a_mixed_fleet_is_spread_by_what_each_needs(catalog: Catalog) -> None:
    """Each app is where it would go if it were new, and no API has more than its limits."""
    pairs = zip(many(PLAIN + LOGIN, 60), many(PLAIN, 60), strict=True)
    mixed = [each for pair in pairs for each in pair]
    found = spread_over(catalog, mixed)
    apis = Apis(load_quotas(), catalog, 2)
    for each in found:
        assert apis.first_for(each) == each.api
        apis.add(each)
    for number in (1, 2):
        here = [each for each in found if each.api == number]
        logins = sum(each.login is not None for each in here)
        assert logins <= 49
        assert 2 * len(here) + 3 * logins <= 300
    # 5 + 2 routes a pair: 42 pairs have 294, and a login one more; then 2 × 60 - 85 are left.
    assert [sum(each.api == number for each in found) for number in (1, 2)] == [85, 35]


@pytest.mark.parametrize("topology", ["stack", "monorepo"])
def test_apis_cost_nothing_by_themselves(catalog: Catalog, topology: str) -> None:
    """An HTTP API is billed by its requests, and what is published of it is free."""
    text = FLEET.replace("topology: stack", f"topology: {topology}")
    app = workloads_of(named("todo"), catalog)
    moved = workloads_of(named("todo", PLAIN + "api: 3\n"), catalog)
    bills = [
        Bill(catalog, [*shared_workloads(parse_shared_infra(text + more, "f"), catalog), *works])
        for more, works in (("", app), ("apis: 1\n", app), ("apis: 3\n", moved))
    ]
    assert bills[0].total == bills[1].total == bills[2].total > 0
    assert len({bill.figures(bill.numbers_of("todo")) for bill in bills}) == 1


@pytest.mark.parametrize(
    ("given", "is_good"), [("1", 1), ("20", 1), ("0", 0), ("21", 0), ("1.5", 0)]
)
@pytest.mark.parametrize("key", ["apis", "api"])
def test_how_many_there_may_be(key: str, given: str, is_good: int) -> None:
    """From 1 to 20, in fleet.yaml and in app.yaml; without, there is one."""
    text, read = (FLEET, parse_shared_infra) if key == "apis" else (PLAIN, parse_manifest)
    assert getattr(read(text, "f"), key) == 1
    if is_good:
        assert getattr(read(f"{text}{key}: {given}\n", "f"), key) == int(given)
        return
    line = len(text.splitlines()) + 1
    with pytest.raises(InputError, match=rf"\Af: line {line}: {key}: given {given}, expected "):
        read(f"{text}{key}: {given}\n", "f")


def test_where_it_is_written(tmp_path: Path) -> None:
    """One line before the environments, or at the end; what a person wrote stays."""
    text = "app: todo\nregistry: x  # mine\n\nenvironments:\n  dev: {}\n"
    line = "api: 2  # which of the shared HTTP APIs; another one is another URL\n"
    assert put_api(text, 2) == text.replace("\n\nenv", f"\n\n{line}\nenv")
    assert put_api("app: todo\n", 2) == f"app: todo\n{line}"
    file = load_manifest(make_repo(tmp_path / "todo", PLAIN))
    assert settled(file, file.folder, 1) is file
    again = settled(file, file.folder, 2)
    assert (again.manifest.api, again.content["api"]) == (2, Decimal(2))
    assert settled(again, again.folder, 3) is again


def test_check_and_the_whole_fleet_say_who_is_nowhere(
    fleet_home: Path, capsys: pytest.CaptureFixture[str], catalog: Catalog
) -> None:
    """`tenner check` of the app and of the shared repo, and the doctor, each name the setting."""
    text = manifest_text("pip") + "api: 2\nregistry: ../aws-shared-infra/apps\n"
    pip = fleet_home.parent / "pip"
    (pip / "app.yaml").write_text(text, encoding="utf-8")
    FolderRegistry(fleet_home / "apps").register(registration(pip, text), NOW)
    sentence = (
        "api: pip is on API 2, and fleet.yaml has `apis: 1`. Write `apis: 2` there, then in its "
        "repo `make deploy`; or, where the app is not deployed yet, a lower `api` into its app.yaml"
    )
    assert main(["check", "."]) == 2
    assert capsys.readouterr().err == f"fleet.yaml: {sentence}\n"
    assert main(["check", "../pip"]) == 2
    assert capsys.readouterr().err == f"../pip/app.yaml: {sentence}\n"
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out == f"pip: {sentence}\n"
    (fleet_home / "fleet.yaml").write_text(TWO, encoding="utf-8")
    for command in (["check", "."], ["check", "../pip"], ["doctor"]):
        assert main(command) == 0, command
    (fleet_home / "fleet.yaml").unlink()
    assert main(["check", "../pip"]) == 0


def test_a_new_app_is_made_on_the_second(
    here: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """app.yaml, its commit and its record all say the API, and a third app is refused."""
    registry = registered_beside(here, TWO)
    limited(monkeypatch, "http_api_integrations", 1)
    assert main(["new", "todo", "--defaults"]) == 0
    said = capsys.readouterr().out
    assert "  it is on HTTP API 2 of 2" in said.splitlines()
    todo = here.place / "todo"
    assert yaml.safe_load((todo / "app.yaml").read_text(encoding="utf-8"))["api"] == 2
    assert here.git(todo, "status", "--porcelain") == ""
    assert here.git(todo, "log", "--format=%s") == "Generate the app with Tenner\n"
    records = {each.manifest.app: each for each in registry.contents().records}
    assert {app: each.manifest.api for app, each in records.items()} == {"other": 1, "todo": 2}
    assert main(["new", "more", "--defaults"]) == 2
    said = capsys.readouterr().err
    assert "or have one more: `apis: 3` in fleet.yaml, then in its repo `make deploy`\n" in said
    assert not (here.place / "more").exists()


def test_the_fleets_report_says_who_is_where(
    fleet_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With two APIs there is one line more, and the room is that of both."""
    text = manifest_text("pip") + "api: 2\n"
    FolderRegistry(fleet_home / "apps").register(registration(fleet_home.parent / "pip", text), NOW)
    said = {}
    for fleet in (FLEET, TWO):
        (fleet_home / "fleet.yaml").write_text(fleet, encoding="utf-8")
        for format_ in ("text", "markdown", "json"):
            assert main(["fleet", "--format", format_]) == 0
            said[fleet, format_] = capsys.readouterr().out
    sentence = "Of the apps with an HTTP function API 1 has 2, API 2 has 1."
    for format_ in ("text", "markdown"):
        assert sentence in said[TWO, format_]
        assert "HTTP function" not in said[FLEET, format_]
    one, two = (json.loads(said[fleet, "json"]) for fleet in (FLEET, TWO))
    assert two["apps_on_apis"] == [2, 1]
    assert "apps_on_apis" not in one
    assert one["totals"] == two["totals"]
    more = [
        next(each["more_apps"] for each in found["quotas"] if each["quota"] == "jwt_audiences")
        for found in (one, two)
    ]
    assert more == [144, 144 + 147]  # (50 - 2) ÷ (1 ÷ 3), and (50 - 1) ÷ (1 ÷ 3)
