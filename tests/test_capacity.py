"""Capacity and projections: how many more apps fit, and what stops growth, counted by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.capacity import first_ends, overfull, raised, rooms
from tenner.errors import InputError
from tenner.estimate import Bill
from tenner.load import load_quotas
from tenner.projection import apps_like, by_cost, project
from tenner.quotas import Place
from tenner.workload import workloads_of
from tests.fixtures_fleet import LOGIN
from tests.pages import many
from tests.registrations import manifest_text

if TYPE_CHECKING:
    from tenner.capacity import Room
    from tenner.catalog import Catalog

DEV = Place("shared", "us-east-1", "dev")
PLAIN = manifest_text()


def room(found: list[Room], name: str) -> Room:
    """Find a quota's room by its name."""
    return next(each for each in found if each.name == name)


def test_room_for_more_apps(catalog: Catalog) -> None:
    """Room is what is left, divided by what the average app has, rounded down."""
    manifests = [*many(PLAIN + LOGIN, 1), *many(manifest_text("pip"), 2)]
    found = rooms(load_quotas(), manifests, catalog)
    expected = {
        "http_api_integrations": (3, 297),  # (300 - 3) ÷ 1
        "http_api_routes": (9, 97),  # (300 - 9) ÷ (9 ÷ 3)
        "jwt_audiences": (2, 144),  # (50 - 2) ÷ (1 ÷ 3): one audience is the shared infra's own
        "user_pool_clients": (1, 2997),  # (1,000 - 1) ÷ (1 ÷ 3)
        "iam_roles": (6, 497),  # (1,000 - 6) ÷ 2
    }
    for name, (used, more) in expected.items():
        assert room(found, name).standing.used == used, name
        assert room(found, name).more == more, name
    assert room(found, "jwt_audiences").ends_in == DEV
    for name in ("http_api_authorizers", "standard_parameters", "api_control_plane"):
        assert (room(found, name).more, room(found, name).ends_in) == (None, None), name


def test_what_ends_growth_first(catalog: Catalog) -> None:
    """The quota with least room is named and, where AWS raises it, the first that it does not."""
    with_login = many(PLAIN + LOGIN, 10)
    assert [
        (each.name, each.more) for each in first_ends(rooms(load_quotas(), with_login, catalog))
    ] == [("jwt_audiences", 39)]
    plain = rooms(load_quotas(), many(PLAIN, 10), catalog)
    assert [(each.name, each.more) for each in first_ends(plain)] == [
        ("http_api_routes", 140),
        ("http_api_integrations", 290),
    ]


def test_accounts_of_their_own_are_never_full_of_other_apps(catalog: Catalog) -> None:
    """Apps that are only in prod leave the shared account alone."""
    text = PLAIN.replace("dev: {}", "prod: {}")
    found = rooms(load_quotas(), many(text, 400), catalog)
    assert first_ends(found) == []
    assert room(found, "http_api_integrations").standing.used == 1


@pytest.mark.parametrize(("registered", "expected"), [(149, []), (150, ["http_api_routes"])])
def test_the_routes_of_the_last_app_that_fits(
    catalog: Catalog, registered: int, expected: list[str]
) -> None:
    """150 apps of two routes fit in 300, another one does not."""
    (new,) = many(manifest_text("new"), 1)
    new = new.model_copy(update={"app": "new"})
    found = overfull(load_quotas(), many(PLAIN, registered), new, catalog)
    assert [each.name for each in found] == expected


def test_the_hard_ones_come_first(catalog: Catalog) -> None:
    """Of 301 apps, the 301st integration is the one that nobody can raise."""
    (new,) = many(PLAIN, 1)
    new = new.model_copy(update={"app": "new"})
    found = overfull(load_quotas(), many(PLAIN, 300), new, catalog)
    assert [(each.name, int(each.before), int(each.after)) for each in found] == [
        ("http_api_integrations", 300, 301),
        ("http_api_routes", 600, 602),
    ]


def test_what_an_app_does_not_use_is_not_its_business(
    catalog: Catalog, everything_text: str
) -> None:
    """An app without an HTTP function fits where the API is full."""
    text = everything_text.replace("trigger: http_api", "trigger: queue").replace(
        "login: {use: {monthly_active_users: 500}}\n", ""
    )
    (new,) = many(text, 1)
    assert overfull(load_quotas(), many(PLAIN, 320), new, catalog) == []


def test_raised_limits() -> None:
    """A limit that AWS has raised takes the place of the catalog's; all defects at once."""
    quotas = load_quotas()
    assert raised(quotas, {"http_api_routes": Decimal(600)}, "f")["http_api_routes"].limit == 600
    limits = {"luck": Decimal(1), "jwt_audiences": Decimal(60)}
    with pytest.raises(InputError) as caught:
        raised(quotas, limits, "fleet.yaml")
    assert str(caught.value) == (
        "fleet.yaml: quotas.luck: expected one of api_requests_per_second, http_api_authorizers, "
        "http_api_routes, iam_roles, lambda_concurrency, parameter_reads_per_second, "
        "table_reads_per_second, table_writes_per_second, user_pool_clients\n"
        "fleet.yaml: quotas.jwt_audiences: given 60, expected 50, which AWS raises for nobody"
    )


def test_apps_like_these_are_spread_evenly() -> None:
    """Whole rounds have every app; the rest is a sample from the first to the last."""
    ten = many(PLAIN, 10)
    names = [each.app for each in apps_like(ten, 2)]
    assert names == ["app-0003~0", "app-0008~0"]
    names = [each.app for each in apps_like(ten, 25)]
    assert len(set(names)) == 25
    assert names[20:] == [f"app-{number:04}~2" for number in (2, 4, 6, 8, 10)]


def test_projected_cost_by_hand(catalog: Catalog) -> None:
    """10,000 requests of the API are one cent an app; a shared secret stays one."""
    text = PLAIN + "secrets: {shared: [openai-api-key]}\n"
    manifests = many(text, 4)
    bill = Bill(catalog, [each for one in manifests for each in workloads_of(one, catalog)])
    same, more = project(manifests, bill, load_quotas(), [4, 160])
    assert same.total == bill.total
    # Each app: $0.01 of requests to the API, and calls for the secret at $0.05 for 10,000.
    each = (bill.total - Decimal("0.40")) / 4
    # Of 1,600,000 requests of Lambda, 600,000 are beyond the pool, at $0.20 a million.
    assert more.total == Decimal("0.40") + 160 * each + Decimal("0.12")
    assert Decimal("0.01") < each < Decimal("0.02")
    assert [one.name for one in more.over] == ["http_api_routes"]
    assert same.over == []


def test_the_cheapest_first(catalog: Catalog) -> None:
    """Apps are sorted by what each would cost alone."""
    dear = many(PLAIN.replace("requests_per_month: 10000", "requests_per_month: 20000"), 1)
    cheap = [each.model_copy(update={"app": "zoo"}) for each in many(PLAIN, 1)]
    manifests = [*dear, *cheap]
    bill = Bill(catalog, [each for one in manifests for each in workloads_of(one, catalog)])
    assert [each.app for each in by_cost(manifests, bill)] == ["zoo", "app-0001"]
