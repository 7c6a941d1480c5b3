"""Quotas: the catalog's limits, and how much of each a fleet uses, counted by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from tenner.errors import InputError
from tenner.load import default_catalog_folder, load_quotas
from tenner.quotas import Place, parse_quotas, standings
from tests.mutations import MANIFEST, assert_readable, mutated
from tests.pages import many

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.quotas import Standing

GOOD = (default_catalog_folder() / "quotas.yaml").read_text(encoding="utf-8")


def standing(found: list[Standing], measure: str) -> Standing:
    """Find the standing of the quota with a measure."""
    return next(each for each in found if each.quota.measure == measure)


def test_the_catalog_has_the_limits_that_decide_how_many_apps_fit() -> None:
    """The limits of DESIGN are there as AWS states them, with a source that can be opened."""
    quotas = load_quotas()
    limits = {name: (int(each.limit), each.adjustable) for name, each in quotas.items()}
    assert limits == {
        "http_api_integrations": (300, False),
        "http_api_routes": (300, True),
        "http_api_authorizers": (10, True),
        "jwt_audiences": (50, False),
        "api_requests_per_second": (10_000, True),
        "api_control_plane": (10, False),
        "user_pool_clients": (1000, True),
        "lambda_concurrency": (1000, True),
        "function_policy": (20, False),
        "standard_parameters": (10_000, False),
        "parameter_reads_per_second": (40, True),
        "iam_roles": (1000, True),
        "inline_policy": (10_240, False),
        "table_reads_per_second": (40_000, True),
        "table_writes_per_second": (40_000, True),
        "partition_reads_per_second": (3000, False),
        "partition_writes_per_second": (1000, False),
    }
    for quota in quotas.values():
        assert quota.source[0].startswith("https://docs.aws.amazon.com/")


def test_sixty_apps_with_login(catalog: Catalog) -> None:
    """What sixty apps have in the shared account; their production accounts count by themselves.

    Each has a half of 10,000 requests of 0.1 s in dev, and all of them in prod.
    """
    found = standings(load_quotas(), many(MANIFEST, 60), catalog)
    shared = Place("shared", "us-east-1", "dev", 1)
    expected = {
        "http_integrations": (60, 20),
        "http_routes": (300, 100),
        "authorizers": (1, 10),
        "jwt_audiences": (61, 122),
        "app_clients": (60, 6),
        "parameters": (180, 2),
        "roles": (180, 18),
    }
    for measure, (used, percent) in expected.items():
        each = standing(found, measure)
        assert each.used == used, measure
        assert each.percent == percent, measure
    assert standing(found, "http_routes").place == shared
    assert standing(found, "roles").place == Place("shared")
    assert standing(found, "parameters").place == Place("shared", "us-east-1")
    assert str(shared) == "the shared account, us-east-1, dev"
    # 60 apps × (5,000 × 0.1 s + 15.5 × 2.5 s) in 2,628,000 s
    concurrency = standing(found, "concurrency").used
    assert concurrency is not None
    assert abs(concurrency - Decimal("0.0123002")) < Decimal("0.0001")
    # 60 apps × 5,000 requests
    requests = standing(found, "http_requests_per_second").used
    assert requests is not None
    assert abs(requests - Decimal("0.11415525")) < Decimal("0.0001")


def test_the_fullest_is_first_and_what_can_not_be_counted_last(catalog: Catalog) -> None:
    """A person reads what is near first."""
    found = standings(load_quotas(), many(MANIFEST, 60), catalog)
    assert [each.quota.measure for each in found[:3]] == [
        "jwt_audiences",
        "http_routes",
        "http_integrations",
    ]
    shares = [each.used / each.quota.limit for each in found if each.used is not None]
    assert shares == sorted(shares, reverse=True)
    uncounted = [each for each in found if each.used is None]
    assert found[-len(uncounted) :] == uncounted
    assert len(uncounted) == 5
    assert all(each.percent is None for each in uncounted)


def test_an_empty_fleet_uses_nothing(catalog: Catalog) -> None:
    """Without apps every count is nothing, in no place."""
    for each in standings(load_quotas(), [], catalog):
        assert not each.used
        assert each.place is None


def test_apps_without_an_api_have_no_routes(catalog: Catalog, everything_text: str) -> None:
    """Only an HTTP function needs a route, only a login a client."""
    text = everything_text.replace("trigger: http_api", "trigger: queue").replace(
        "login: {use: {monthly_active_users: 500}}\n", ""
    )
    found = standings(load_quotas(), many(text, 3), catalog)
    for measure in ("http_routes", "http_integrations", "app_clients", "authorizers"):
        assert standing(found, measure).used == 0


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("limit: 300", "limit: -1", "limit: given -1, expected more than 0"),
        ("scope: account\n", "scope: town\n", "expected"),
        ("adjustable: true", "adjustable: often", 'given "often", expected true or false'),
        ("measure: http_routes", "measure: luck", "measure"),
        ("    unit: route\n", "", "unit: missing; expected a value"),
    ],
)
def test_defects(old: str, new: str, sentence: str) -> None:
    """A defect is named with its key."""
    with pytest.raises(InputError, match=r"quotas\.yaml") as caught:
        parse_quotas(GOOD.replace(old, new, 1), "quotas.yaml")
    assert sentence in str(caught.value)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(mutated(GOOD))
def test_mutated(text: str) -> None:
    """Broken quotas give sentences that name the key, or still have limits above nothing."""
    try:
        quotas = parse_quotas(text, "quotas.yaml")
    except InputError as error:
        assert_readable(error, "quotas.yaml")
    else:
        assert all(each.limit > 0 for each in quotas.values())
