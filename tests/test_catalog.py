"""The catalog is facts: exact, with sources, and each defect is told where it is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from tenner import exact_yaml
from tenner.catalog import (
    parse_assumptions,
    parse_environments,
    parse_service,
)
from tenner.errors import InputError
from tenner.names import ENVIRONMENTS
from tenner.service import Pool, Price, Service
from tests.mutations import assert_readable, mutated

if TYPE_CHECKING:
    from tenner.catalog import Catalog

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "catalog" / "services").glob("*.yaml"))
SERVICE = """\
service: Lambda
pools:
  requests:
    amount: 1000000
    unit: request
    scope: payer
    term: always
    source: ["https://aws.amazon.com/lambda/pricing/"]
    checked: 2026-09-08
items:
  requests:
    name: Requests
    unit: request
    per: 1000000
    pool: requests
    regions:
      us-east-1:
        tiers:
          - {up_to: 7500000000, usd: 0.20}
          - {up_to: 18750000000, usd: 0.12}
          - {usd: 0.1}
        source: ["https://aws.amazon.com/lambda/pricing/"]
        checked: 2026-09-08
"""
PAST = """\
        price_list: {service_code: AWSLambda, usage_type: Request, attributes: {group: one}}
        history:
          - until: 2024-11-01
            tiers:
              - {usd: 0.4}
            source: ["https://aws.amazon.com/lambda/"]
            checked: 2025-01-01
          - until: 2025-11-01
            tiers:
              - {usd: 0.3}
            source: ["https://aws.amazon.com/lambda/"]
            checked: 2025-01-02
  requests_spot:
    name: Requests, Spot
    unit: request
    per: 1000000
    hand_kept: true
    discount: {of: requests, percent_from: 50, percent_to: 70}
    regions:
      us-east-1:
        tiers:
          - {usd: 0.05}
        source: ["https://aws.amazon.com/lambda/spot/"]
        checked: 2026-09-09
"""


def refusal(old: str, new: str) -> str:
    """Give the sentences that a changed service is refused with."""
    assert SERVICE.count(old) == 1, old
    with pytest.raises(InputError) as caught:
        parse_service(SERVICE.replace(old, new), "x.yaml")
    return str(caught.value)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def file(request: pytest.FixtureRequest) -> Path:
    """Each file of the catalog's services."""
    path = request.param
    assert isinstance(path, Path)
    return path


def test_a_whole_service() -> None:
    """Every field is read as it stands there, exactly."""
    service = parse_service(SERVICE, "x.yaml")
    item = service.items["requests"]
    tiers = item.regions["us-east-1"].tiers
    assert service.pools["requests"].amount == 1_000_000
    assert item.per == 1_000_000
    assert [str(tier.usd) for tier in tiers] == ["0.20", "0.12", "0.1"]
    assert [tier.up_to for tier in tiers] == [Decimal(7_500_000_000), Decimal(18_750_000_000), None]
    assert item.regions["us-east-1"].checked == date(2026, 9, 8)


def test_every_file_is_read_exactly(file: Path) -> None:
    """Every service parses, and what it says are Decimals, never binary floats."""
    service = parse_service(file.read_text(encoding="utf-8"), str(file))
    for item in service.items.values():
        for price in item.regions.values():
            for tier in price.tiers:
                assert type(tier.usd) is Decimal
                assert type(tier.up_to) in {Decimal, type(None)}
    for pool in service.pools.values():
        assert type(pool.amount) is Decimal


def test_every_number_is_the_one_in_the_text(file: Path) -> None:
    """No price is changed between the file's text and the value."""
    text = file.read_text(encoding="utf-8")
    written = re.findall(r"\busd: ([0-9.]+)", text)
    service = parse_service(text, str(file))
    read = [
        f"{tier.usd:f}"
        for item in service.items.values()
        for price in item.regions.values()
        for tiers in (price.tiers, *(past.tiers for past in price.history))
        for tier in tiers
    ]
    assert read == written
    assert written


def test_every_pool_is_used(file: Path) -> None:
    """A free amount that no item draws on would never be counted."""
    service = parse_service(file.read_text(encoding="utf-8"), str(file))
    used = {item.pool for item in service.items.values()}
    assert set(service.pools) == used - {""}


def test_tiers_ascend_and_prices_fall(file: Path) -> None:
    """Bounds ascend, and no service is dearer for who uses more."""
    service = parse_service(file.read_text(encoding="utf-8"), str(file))
    for item in service.items.values():
        for price in item.regions.values():
            bounds = [tier.up_to for tier in price.tiers if tier.up_to is not None]
            rates = [tier.usd for tier in price.tiers]
            assert bounds == sorted(set(bounds))
            assert len(bounds) == len(price.tiers) - 1
            assert rates == sorted(rates, reverse=True)


def test_every_figure_has_a_page_and_a_date(file: Path) -> None:
    """Every price and pool names a page that a person can open, and no date that is to come."""
    service = parse_service(file.read_text(encoding="utf-8"), str(file))
    facts: list[Price | Pool] = [*service.pools.values()]
    for item in service.items.values():
        facts += item.regions.values()
    for fact in facts:
        assert any(source.startswith("https://") for source in fact.source)
        assert date(2020, 1, 1) <= fact.checked <= date(2100, 1, 1)


def test_every_item_can_be_priced(catalog: Catalog) -> None:
    """Each item of the catalog has a price in its regions, ready to multiply."""
    for service_id, service in catalog.services.items():
        for item_id, item in service.items.items():
            for region in item.regions:
                priced = catalog.item(f"{service_id}/{item_id}", region)
                assert priced.tiers[-1][0] is None
                assert (priced.pool is None) == (item.pool == "")
                assert priced.link.startswith("https://")


def test_a_price_for_one_unit(catalog: Catalog) -> None:
    """An item is ready to multiply: its tiers are for one unit, exactly."""
    item = catalog.item("lambda/requests", "us-east-1")
    assert item.usd_per == Decimal("0.20")
    assert item.tiers == ((None, Decimal("0.0000002")),)
    assert item.pool_key == "lambda/requests"
    assert item.link == "https://aws.amazon.com/lambda/pricing/"


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        (
            "unit: request\n    per: 1000000",
            "unit: request\n    per: 3",
            "line 14: items.requests.per: given 3, expected 1, 10, 100, …, so that it is exact",
        ),
        (
            "    per: 1000000",
            "    per: 0",
            "line 14: items.requests.per: given 0, expected 1, 10, 100, …, so that it is exact",
        ),
        (
            "    per: 1000000",
            "    per: -10",
            "line 14: items.requests.per: given -10, expected 1, 10, 100, …, so that it is exact",
        ),
        (
            "    per: 1000000",
            "    per: 10000000000",
            (
                "line 14: items.requests.per: given 10000000000, expected 1, 10, 100, …, "
                "so that it "
                "is "
                "exact"
            ),
        ),
        (
            "    per: 1000000",
            "    per: 1e6",
            'line 14: items.requests.per: given "1e6", expected a number in plain digits',
        ),
        (
            "usd: 0.1}",
            "usd: 2e-7}",
            (
                'line 21: items.requests.regions.us-east-1.tiers.2.usd: given "2e-7", expected a '
                "number "
                "in plain digits"
            ),
        ),
        (
            "usd: 0.1}",
            "usd: -0.1}",
            (
                "line 21: items.requests.regions.us-east-1.tiers.2.usd: given -0.1, expected at "
                "least 0"
            ),
        ),
        (
            "usd: 0.1}",
            "usd: 100000.1}",
            (
                "line 21: items.requests.regions.us-east-1.tiers.2.usd: given 100000.1, "
                "expected at "
                ""
                "most 100000"
            ),
        ),
        (
            "usd: 0.1}",
            "usd: 0.1234567890123456}",
            (
                "line 21: items.requests.regions.us-east-1.tiers.2.usd: given 0.1234567890123456, "
                "expected at most 15 decimal places"
            ),
        ),
        (
            "usd: 0.1}",
            "usd: 0.1, up_to: 20000000000}",
            (
                "line 18: items.requests.regions.us-east-1.tiers: the last tier has an up_to, "
                "expected "
                "none"
            ),
        ),
        (
            "{up_to: 18750000000, usd",
            "{up_to: 7500000000, usd",
            (
                "line 18: items.requests.regions.us-east-1.tiers: expected ascending "
                "up_to, and none "
                ""
                "only in the last tier"
            ),
        ),
        (
            "{up_to: 18750000000, usd",
            "{usd",
            (
                "line 18: items.requests.regions.us-east-1.tiers: expected ascending "
                "up_to, and none "
                ""
                "only in the last tier"
            ),
        ),
        (
            "{up_to: 7500000000, usd",
            "{up_to: 0, usd",
            (
                "line 19: items.requests.regions.us-east-1.tiers.0.up_to: given 0, expected more "
                "than 0"
            ),
        ),
        (
            "    pool: requests",
            "    pool: durations",
            'line 15: items.requests.pool: given "durations", which pools lacks',
        ),
        (
            "    unit: request\n    scope",
            "    unit: GB\n    scope",
            'line 13: items.requests.unit: given "request", expected "GB" as its pool has',
        ),
        (
            "scope: payer",
            "scope: world",
            (
                "line 6: pools.requests.scope: given \"world\", expected one of 'payer', "
                "'payer_region', 'account' or 'account_region'"
            ),
        ),
        (
            "term: always",
            "term: never",
            (
                "line 7: pools.requests.term: given \"never\", expected one of 'always' or "
                "'legacy_12_months'"
            ),
        ),
        (
            "amount: 1000000",
            "amount: 0",
            "line 4: pools.requests.amount: given 0, expected more than 0",
        ),
        (
            "name: Requests",
            f"name: {'x' * 41}",
            f'line 12: items.requests.name: given "{"x" * 41}", expected at most 40 characters',
        ),
        (
            "      us-east-1:",
            "      us-east-1: {}\n      x:",
            (
                "line 17: items.requests.regions.us-east-1.tiers: missing; expected a value\n"
                "x.yaml: line 17: items.requests.regions.us-east-1.source: missing; expected a "
                "value\n"
                "x.yaml: line 17: items.requests.regions.us-east-1.checked: missing; expected a "
                "value"
            ),
        ),
        (
            "service: Lambda",
            "servise: Lambda",
            (
                "line 1: service: missing; expected a value\n"
                "x.yaml: line 1: servise: unknown key; take it away or mend its spelling"
            ),
        ),
    ],
)
def test_a_defect_is_told_where_it_is(old: str, new: str, sentences: str) -> None:
    """Each defect of a service's file names the file, the line and the key path."""
    assert refusal(old, new) == f"x.yaml: {sentences}"


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("2026-02-30", '"2026-02-30"'),
        ("2019-12-31", '"2019-12-31"'),
        ("2026-1-1", '"2026-1-1"'),
        ("2026-09-08T00:00:00", '"2026-09-08T00:00:00"'),
        ("1767225600", "1767225600"),
        ("20260908", "20260908"),
        ("[]", "an empty list"),
        ("", "nothing"),
    ],
)
def test_a_date_is_a_date(given_: str, shown: str) -> None:
    """No number is taken for seconds since 1970, and no time for a day."""
    old = "checked: 2026-09-08\nitems"
    assert refusal(old, f"checked: {given_}\nitems") == (
        f"x.yaml: line 9: pools.requests.checked: given {shown}, expected a date from 2020 "
        f"on, such "
        "as 2026-11-20"
    )


@pytest.mark.parametrize("given_", ["2020-01-01", "2026-12-31", "'2026-02-28'"])
def test_good_dates(given_: str) -> None:
    """Dates from 2020 on are read."""
    text = SERVICE.replace("checked: 2026-09-08\nitems", f"checked: {given_}\nitems")
    assert parse_service(text, "x.yaml").pools["requests"].checked == date.fromisoformat(
        given_.strip("'")
    )


@pytest.mark.parametrize("what", ["tiers", "source"])
def test_an_empty_list_is_a_defect(what: str) -> None:
    """A price has at least one tier and one source."""
    content = yaml.safe_load(SERVICE)
    content["items"]["requests"]["regions"]["us-east-1"][what] = []
    with pytest.raises(InputError) as caught:
        parse_service(yaml.safe_dump(content), "x.yaml")
    assert str(caught.value).endswith(
        f": items.requests.regions.us-east-1.{what}: given an empty list, expected at least one"
    )


def test_a_region_without_a_price(catalog: Catalog) -> None:
    """A region that the price book lacks is told with those that it has."""
    with pytest.raises(InputError) as caught:
        catalog.item("lambda/requests", "mars-north-1")
    assert str(caught.value) == (
        'app.yaml: region: given "mars-north-1", where lambda/requests has no price; expected one '
        "of us-east-1"
    )


@pytest.mark.parametrize("key", ["lambda/nothing", "nothing/requests", "lambda", "", "/"])
def test_an_unknown_item(catalog: Catalog, key: str) -> None:
    """An item that the catalog lacks is told by its key."""
    with pytest.raises(InputError, match="the price book has no such item"):
        catalog.item(key, "us-east-1")


def test_models(catalog: Catalog) -> None:
    """Each model id of the price book has a price for what goes in and for what comes out."""
    for item in catalog.services["bedrock"].items.values():
        for model in item.model_ids:
            prefix = catalog.model_item(model)
            for end in ("input", "output"):
                assert catalog.item(f"{prefix}_{end}", "us-east-1").unit == "token"


def test_an_unknown_model(catalog: Catalog) -> None:
    """A model that the price book lacks is told with how many it has, and the nearest three."""
    known = {
        model for item in catalog.services["bedrock"].items.values() for model in item.model_ids
    }
    with pytest.raises(InputError) as caught:
        catalog.model_item("gpt\n7")
    sentence, _, listed = str(caught.value).partition(", such as ")
    assert sentence == (
        f'app.yaml: ai.model: given "gpt\\n7", expected one of the {len(known)} models of the '
        "price book"
    )
    assert len(listed.split(", ")) == 3
    assert set(listed.split(", ")) < known


def test_an_unknown_assumption(catalog: Catalog) -> None:
    """A figure that the catalog lacks is told by its name."""
    with pytest.raises(InputError) as caught:
        catalog.assumption("x")
    assert str(caught.value) == (
        f"{ROOT}/catalog/assumptions.yaml: assumptions.x: missing, expected this assumption"
    )


def test_an_assumption_is_more_than_nothing() -> None:
    """Several assumptions divide, so none is 0."""
    text = (ROOT / "catalog" / "assumptions.yaml").read_text(encoding="utf-8")
    line = text[: text.index("value: 730")].count("\n") + 1
    with pytest.raises(InputError) as caught:
        parse_assumptions(text.replace("value: 730", "value: 0"), "a.yaml")
    assert str(caught.value) == (
        f"a.yaml: line {line}: assumptions.hours_per_month.value: given 0, expected more than 0"
    )


def test_an_assumed_part_is_at_most_the_whole() -> None:
    """A percentage above 100 is refused, but for the one of a duration that grows."""
    text = (ROOT / "catalog" / "assumptions.yaml").read_text(encoding="utf-8")
    start = text.index("  ai_cache_hit_percent:")
    line = text[:start].count("\n") + 2
    wrong = text[:start] + text[start:].replace("value: 90", "value: 100.5", 1)
    with pytest.raises(InputError) as caught:
        parse_assumptions(wrong, "a.yaml")
    assert str(caught.value) == (
        f"a.yaml: line {line}: assumptions.ai_cache_hit_percent.value: given 100.5, expected at "
        "most 100: it is a part of a whole"
    )
    assert parse_assumptions(text, "a.yaml")["half_memory_duration_percent"].value == 160


def test_every_environment_has_a_profile() -> None:
    """A catalog without one of the environments is no catalog."""
    with pytest.raises(InputError) as caught:
        parse_environments("environments: {}", "e.yaml")
    assert str(caught.value) == (
        "e.yaml: line 1: environments: given an empty mapping, expected at least 3"
    )


def _choices(question: str) -> dict[str, str]:
    """Give the choices of a question: what is shown, and the value."""
    text = (ROOT / "questions" / "app.yml").read_text(encoding="utf-8")
    content = exact_yaml.parse(text, "questions/app.yml").content
    choices = content[question]["choices"]
    assert isinstance(choices, dict)
    return choices


def test_regions_asked_are_those_priced(catalog: Catalog) -> None:
    """The regions to choose from are exactly those in which every item has a price."""
    everywhere = set.intersection(
        *(
            set(item.regions)
            for service in catalog.services.values()
            for item in service.items.values()
        )
    )
    assert set(_choices("region").values()) == everywhere
    assert all(shown.startswith(f"{value} (") for shown, value in _choices("region").items())


def test_environments_asked_are_those_of_the_catalog(catalog: Catalog) -> None:
    """The environments to choose from are those of the catalog, in its order."""
    assert tuple(_choices("environments").values()) == tuple(catalog.environments) == ENVIRONMENTS


def test_figures_in_the_questions_are_those_of_the_catalog(catalog: Catalog) -> None:
    """What a choice says in words of days and dollars, the catalog says in figures."""
    for shown, value in _choices("environments").items():
        profile = catalog.environments[value]
        days = re.search(r"kept (\d+) days", shown)
        assert days is not None
        assert int(days[1]) == profile.log_retention_days
        assert ("of its own" in shown and "account" in shown) == (profile.account == "own")
        assert shown.startswith(f"{value} - ")
        for said in re.findall(r"\$([0-9.]+)", shown):
            secret = catalog.item("secrets_manager/secret", "us-east-1")
            assert Decimal(said) == secret.tiers[0][1]
            assert profile.app_secrets == "secrets_manager"
    texts = " ".join(_choices("environments"))
    assert [*re.findall(r"kept (\d+) days", texts), *re.findall(r"\$([0-9.]+)", texts)] == [
        "7",
        "14",
        "30",
        "0.40",
    ]


def test_what_a_shared_secret_costs_is_asked_truly(catalog: Catalog) -> None:
    """The question about shared secrets names the catalog's price."""
    text = (ROOT / "questions" / "features.yml").read_text(encoding="utf-8")
    price = catalog.item("secrets_manager/secret", "us-east-1").tiers[0][1]
    assert re.findall(r"\$([0-9.]*[0-9])", text) == [f"{price:.2f}"]


LAMBDA = (ROOT / "catalog" / "services" / "lambda.yaml").read_text(encoding="utf-8")


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(mutated(SERVICE + PAST))
def test_any_mutation_is_a_service_or_a_readable_error(text: str) -> None:
    """Whatever happens to a service's file, it is read or each defect is told where it is."""
    try:
        service = parse_service(text, "x.yaml")
    except InputError as error:
        assert_readable(error, "x.yaml")
    else:
        assert isinstance(service, Service)
        assert "float" not in repr(service)


@pytest.mark.slow
@settings(max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated(LAMBDA))
def test_many_mutations_of_a_real_file(text: str) -> None:
    """The same at length, with a file of the catalog."""
    try:
        parse_service(text, "x.yaml")
    except InputError as error:
        assert_readable(error, "x.yaml")


@pytest.mark.parametrize(
    ("day", "usd"),
    [
        ("2024-10-31", "0.4"),
        ("2024-11-01", "0.3"),
        ("2025-10-31", "0.3"),
        ("2025-11-01", "0.20"),
        ("", "0.20"),
    ],
)
def test_the_price_of_a_day(day: str, usd: str) -> None:
    """On the day of `until` the next price is true already; without a day it is today's."""
    price = parse_service(SERVICE + PAST, "x.yaml").items["requests"].regions["us-east-1"]
    assert str(price.on(date.fromisoformat(day) if day else None).tiers[0].usd) == usd


@pytest.mark.parametrize(
    ("item", "day", "usd"),
    [
        ("dynamodb/on_demand_writes", date(2024, 10, 31), "1.25"),
        ("dynamodb/on_demand_writes", date(2024, 11, 1), "0.625"),
        ("dynamodb/on_demand_reads", date(2024, 10, 31), "0.25"),
        ("vpc/public_ipv4", date(2024, 1, 31), "0"),
        ("vpc/public_ipv4", date(2024, 2, 1), "0.005"),
    ],
)
def test_prices_before(catalog: Catalog, item: str, day: date, usd: str) -> None:
    """The book knows what the documents' older prices were, to the day."""
    assert replace(catalog, on=day).item(item, "us-east-1").usd_per == Decimal(usd)


@pytest.mark.parametrize(("day", "free"), [(date(2024, 11, 21), 50_000), (None, 10_000)])
def test_free_users_before(catalog: Catalog, day: date | None, free: int) -> None:
    """Until the plans came, 50,000 users were free."""
    assert replace(catalog, on=day).item("cognito/lite", "us-east-1").free == free


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("until: 2025-11-01", "until: 2024-11-01", "history: expected ascending until, each day"),
        ("- {usd: 0.4}", "- {usd: -0.4}", "history.0.tiers.0.usd: given -0.4, expected at least 0"),
        ("- {usd: 0.3}", "- {up_to: 5, usd: 0.3}", "history.1.tiers: the last tier has an up_to"),
        ("usage_type: Request", "usage_type: 1", "price_list.usage_type: given 1, expected text"),
        ("hand_kept: true", "hand_kept: yes", 'hand_kept: given "yes", expected true or false'),
        (
            "percent_from: 50",
            "percent_from: 100",
            "discount.percent_from: given 100, expected less",
        ),
    ],
)
def test_a_defect_of_the_past(old: str, new: str, message: str) -> None:
    """History, discounts and places in the Price List are read as strictly."""
    with pytest.raises(InputError) as caught:
        parse_service(SERVICE + PAST.replace(old, new), "x.yaml")
    assert message in str(caught.value)
