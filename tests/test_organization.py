"""An AWS Organization: one free tier for all accounts, and its Terraform in the shared repo."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tenner.errors import InputError
from tenner.estimate import Bill
from tenner.load import load_shared_infra
from tenner.shared_infra import parse_shared_infra
from tests.fixtures_fleet import WITHOUT_SECRETS
from tests.fixtures_generated import ROOT
from tests.test_own import app
from tests.test_shared_infra import generate, names_in, refusal  # noqa: F401 - a fixture
from tests.workloads import workload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tenner.catalog import Catalog

MILLION = 10**6
WANTED = (
    "one e-mail address of at most 38 characters with {account} in it once, such as "
    "aws+{account}@example.org"
)
EXPECTED = f"Expected: {WANTED}, or nothing."
FLEET = (
    WITHOUT_SECRETS
    + """\
organization:
  account_email: "aws+{account}@example.org"
  shared_account: ""
"""
)

# Per item: what is free a month, how much each of two accounts uses, what one unit costs above it.
POOLS = [
    # 1,000,000 requests are free: 0.60 M in each of two accounts are 0.20 M too many
    ("lambda/requests", MILLION, 600_000, Decimal("0.20") / MILLION),
    ("sqs/standard", MILLION, 700_000, Decimal("0.40") / MILLION),
    ("dynamodb/storage_standard", 25, 20, Decimal("0.25")),
    ("cloudwatch/alarm_standard", 10, 7, Decimal("0.10")),
    ("kms/symmetric_requests", 20_000, 15_000, Decimal("0.03") / 10_000),
    ("data_transfer/out_to_internet", 100, 80, Decimal("0.09")),
]


def two(item: str, quantity: int, payers: tuple[str, str]) -> list[Any]:
    """Two apps, each in an account of its own."""
    names = zip(("pip", "todo"), payers, strict=True)
    return [workload(name, {item: quantity}, account=name, payer=payer) for name, payer in names]


@pytest.mark.parametrize(("item", "free", "each", "usd"), POOLS, ids=[pool[0] for pool in POOLS])
def test_an_organization_has_one_free_tier(
    catalog: Catalog, item: str, free: int, each: int, usd: Decimal
) -> None:
    """Two accounts of one organization pay what is above one free tier; two payers have two."""
    assert each < free < 2 * each
    together = Bill(catalog, two(item, each, ("one", "one")))
    apart = Bill(catalog, two(item, each, ("one", "other")))
    assert together.total == (2 * each - free) * usd
    assert apart.total == 0


@pytest.mark.parametrize(("each", "total"), [(500_000, "0"), (500_001, "0.0000004")])
def test_the_boundary_of_the_one_free_tier(catalog: Catalog, each: int, total: str) -> None:
    """Half of it in each account is free; one request more in each is paid for."""
    bill = Bill(catalog, two("lambda/requests", each, ("one", "one")))
    assert bill.total == Decimal(total)


def test_splitting_one_account_into_two_adds_nothing(catalog: Catalog) -> None:
    """The same use costs the same in one account and in two, whatever the pool's scope."""
    for item, _, each, _ in POOLS:
        in_one = [w._replace(account="same") for w in two(item, each, ("one", "one"))]
        assert Bill(catalog, in_one).total == Bill(catalog, two(item, each, ("one", "one"))).total


def test_dev_and_prod_share_the_free_tier(catalog: Catalog) -> None:
    """An app's own account draws from the pools that its dev in the shared account draws from."""
    from tenner.workload import workload_of

    manifest = app(600_000)
    dev, prod = (workload_of(manifest, each, catalog) for each in ("dev", "prod"))
    assert (dev.account, prod.account) == ("shared", "todo-prod")
    assert dev.payer == prod.payer
    bill = Bill(catalog, [dev, prod])
    paid = dict(zip((meter.item.key for meter in bill.meters), bill.costs, strict=True))
    assert paid["lambda/requests"] == 200_000 * Decimal("0.20") / MILLION


@pytest.mark.parametrize(
    "answer",
    ["me@example.org", "{account}{account}@b.cd", f"{'a' * 25}{{account}}@b.cd",
     "aws+{account}@example.org\n"],
)  # fmt: skip
def test_an_address_that_is_not_one_for_each(generate: Callable[..., Path], answer: str) -> None:  # noqa: F811
    """Each account needs an address of its own, of at most 64 characters with its name."""
    shown = answer.replace("\n", "\\n")
    sentence = f'organization_email is "{shown}". {EXPECTED}'
    assert refusal(generate, organization_email=answer) == sentence


def test_only_who_asks_gets_one(generate: Callable[..., Path]) -> None:  # noqa: F811
    """Without an address there is no organization, in fleet.yaml, README or Terraform."""
    folder = generate()
    assert not [name for name in names_in(folder) if "organization" in name]
    assert load_shared_infra(folder).organization is None
    assert "organization" not in (folder / "fleet.yaml").read_text(encoding="utf-8")
    longest = f"{'a' * 24}{{account}}@b.cd"
    folder = generate(organization_email=longest)
    infra = load_shared_infra(folder)
    assert infra.organization
    assert (infra.organization.account_email, infra.organization.shared_account) == (longest, "")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "**It adds no free tier.** An organization has one" in readme
    assert "terraform/organization/main.tf" in names_in(folder)
    assert len(longest.replace("{account}", f"{'a' * 30}-prod")) == 64


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("account_email", "me@example.org",
         f'given "me@example.org", expected {WANTED}'),
        ("shared_account", "12345678901",
         'given "12345678901", expected the 12 digits of an account in quotes, or ""'),
        ("shared_account", "1234567890123",
         'given "1234567890123", expected the 12 digits of an account in quotes, or ""'),
    ],
)  # fmt: skip
def test_a_wrong_organization_in_fleet_yaml(field: str, value: str, sentence: str) -> None:
    """Each is one sentence that names the field."""
    assert parse_shared_infra(FLEET, "fleet.yaml").organization
    text = re.sub(rf'(?m)^  {field}: "[^"]*"', f'  {field}: "{value}"', FLEET)
    with pytest.raises(InputError) as caught:
        parse_shared_infra(text, "fleet.yaml")
    line = text[: text.index(f"  {field}:")].count("\n") + 1
    assert str(caught.value) == f"fleet.yaml: line {line}: organization.{field}: {sentence}"


def test_dev_is_denied_what_the_shared_account_denies() -> None:
    """The policy of the Dev OU has the same actions as the shared infrastructure's boundary."""
    terraform = ROOT / "template/shared-infra/terraform"
    denied = (terraform / "shared/denied.tf").read_text(encoding="utf-8")
    policy = (terraform / "organization/main.tf").read_text(encoding="utf-8")
    of_dev = policy.partition("cheap = {")[2].partition("]\n    }")[0]
    actions = re.findall(r'"([a-z0-9]+:[A-Za-z]+)"', of_dev)
    assert actions == re.findall(r'"([a-z0-9]+:[A-Za-z]+)"', denied)
    assert actions
