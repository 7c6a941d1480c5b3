"""When what all apps share is full, the next app is told so before it is made."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner import fits
from tenner.capacity import raised
from tenner.cli import main
from tenner.cost import Fleet
from tenner.estimate import Bill
from tenner.fits import Fit, FullError, check_fits
from tenner.load import load_quotas
from tenner.registry_folder import FolderRegistry
from tests.fixtures_fleet import FLEET, LOGIN
from tests.pages import many
from tests.registrations import NOW, make_repo, manifest_text, registration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.quotas import Quota
    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]

HARD = (
    "Integrations of an HTTP API: with {app} {count} in the shared account, us-east-1, dev, "
    "expected at most {limit}, which AWS raises for nobody. Make {app} without what fills it, take "
    "an app out that is gone (tenner doctor finds it), or have one more: `apis: 2` in fleet.yaml, "
    "then in its repo `make deploy`"
)
ASK = (
    "Routes of an HTTP API: with {app} {count} in the shared account, us-east-1, dev, but AWS "
    "allows {limit} until it is asked for more. Ask in Service Quotas before {app} is deployed; "
    "then note it in fleet.yaml as `quotas: {{http_api_routes: {double}}}`"
)


def fleet_of(catalog: Catalog, registered: list[Manifest], new: Manifest) -> Fleet:
    """Make a fleet with a new app in it; what it costs is of no matter."""
    return Fleet(Bill(catalog, []), [new, *registered], [])


@pytest.fixture
def registry(tmp_path: Path) -> FolderRegistry:
    """A registry in a shared infrastructure."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    return FolderRegistry(tmp_path / "infra" / "apps")


@pytest.fixture
def new() -> Manifest:
    """A new app with two routes and one integration."""
    return many(manifest_text(), 1)[0].model_copy(update={"app": "new"})


def test_the_app_that_fits(catalog: Catalog, registry: FolderRegistry, new: Manifest) -> None:
    """The 150th app with two routes has nothing to be told."""
    fleet = fleet_of(catalog, many(manifest_text(), 149), new)
    assert check_fits(fleet, new, registry) == Fit(1, [])


def test_routes_must_be_asked_for(
    catalog: Catalog, registry: FolderRegistry, new: Manifest
) -> None:
    """The 151st app may be made, with what to ask AWS for."""
    fleet = fleet_of(catalog, many(manifest_text(), 150), new)
    expected = ASK.format(app="new", count=302, limit=300, double=600)
    assert check_fits(fleet, new, registry) == Fit(1, [expected])


def test_routes_that_were_asked_for(
    catalog: Catalog, registry: FolderRegistry, new: Manifest
) -> None:
    """What fleet.yaml says of a raised limit is believed."""
    path = registry.folder.parent / "fleet.yaml"
    path.write_text(FLEET + "quotas: {http_api_routes: 600}\n", encoding="utf-8")
    fleet = fleet_of(catalog, many(manifest_text(), 150), new)
    assert check_fits(fleet, new, registry) == Fit(1, [])


def test_the_hard_limit(catalog: Catalog, registry: FolderRegistry, new: Manifest) -> None:
    """The 301st integration is refused, whatever else could be asked for."""
    fleet = fleet_of(catalog, many(manifest_text(), 300), new)
    with pytest.raises(FullError) as caught:
        check_fits(fleet, new, registry)
    assert str(caught.value) == HARD.format(app="new", count=301, limit=300)


def test_the_fiftieth_login(catalog: Catalog, registry: FolderRegistry, new: Manifest) -> None:
    """One audience is the shared infrastructure's own, so 49 apps have a login."""
    login = manifest_text() + LOGIN
    (new,) = many(login, 1)
    new = new.model_copy(update={"app": "new"})
    assert check_fits(fleet_of(catalog, many(login, 48), new), new, registry) == Fit(1, [])
    with pytest.raises(FullError, match="Audiences of an authorizer: with new 51 in the shared"):
        check_fits(fleet_of(catalog, many(login, 49), new), new, registry)


def limited(monkeypatch: pytest.MonkeyPatch, name: str, limit: int) -> None:
    """Let a quota be smaller than AWS has it, so that few apps fill it."""
    quotas = load_quotas()
    small = quotas[name].model_copy(update={"limit": Decimal(limit)})

    def load() -> Mapping[str, Quota]:
        return {**quotas, name: small}

    monkeypatch.setattr(fits, "load_quotas", load)


def registered_beside(person: Person, fleet: str) -> FolderRegistry:
    """A registry with one app, in a shared infrastructure where a text says what there is."""
    registry = FolderRegistry(person.apps)
    repo = make_repo(person.place / "other", manifest_text("other"))
    registry.register(registration(repo, manifest_text("other")), NOW)
    (person.apps.parent / "fleet.yaml").write_text(fleet, encoding="utf-8")
    return registry


def test_new_is_refused_before_it_is_made(
    here: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is made, nothing is registered, and the sentence says what to do."""
    registry = registered_beside(here, FLEET)
    limited(monkeypatch, "http_api_integrations", 1)
    assert main(["new", "todo", "--defaults"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", HARD.format(app="todo", count=2, limit=1) + "\n")
    assert not (here.place / "todo").exists()
    assert [each.manifest.app for each in registry.contents().records] == ["other"]


def test_new_is_told_what_to_ask_for(
    here: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app that needs a raised limit is made, and its person told."""
    limited(monkeypatch, "http_api_routes", 1)
    assert main(["new", "todo", "--defaults"]) == 0
    said = capsys.readouterr().out
    assert ASK.format(app="todo", count=2, limit=1, double=2) in said.splitlines()
    assert (here.place / "todo" / "app.yaml").exists()


def test_an_app_that_is_registered_is_not_new(
    catalog: Catalog, registry: FolderRegistry, new: Manifest, tmp_path: Path
) -> None:
    """Generating it again is no reason to refuse it."""
    registry.register(registration(tmp_path / "new", manifest_text("new")), NOW)
    fleet = fleet_of(catalog, many(manifest_text(), 300), new)
    fleet = fleet._replace(records=registry.contents().records)
    assert check_fits(fleet, new, registry) == Fit(1)


def test_raised_is_no_way_around_a_hard_limit() -> None:
    """A hard limit may be written down as it is."""
    quotas = load_quotas()
    assert raised(quotas, {"jwt_audiences": Decimal(50)}, "f")["jwt_audiences"].limit == 50
