"""A fleet that is put together costs what it did, and so does an app beside it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.condensed import condensed
from tenner.estimate import AccountPlan, Bill
from tenner.manifest import parse_manifest
from tenner.workload import workloads_of
from tests.fixtures_manifest import EVERYTHING
from tests.mutations import MANIFEST
from tests.workloads import workload

if TYPE_CHECKING:
    from tenner.catalog import Catalog


@pytest.mark.parametrize("plan", ["always-free", "legacy-12-months", "list"])
def test_condensed(plan: AccountPlan, catalog: Catalog) -> None:
    """Pools are filled and shared secrets paid as before, in each account."""
    texts = [MANIFEST.replace("app: todo", f"app: todo{n}") for n in range(5)]
    others = [
        each
        for text in [*texts, EVERYTHING]
        for each in workloads_of(parse_manifest(text, "app.yaml"), catalog)
    ]
    one = workloads_of(parse_manifest(MANIFEST, "app.yaml"), catalog)
    few = condensed(others, catalog)
    assert len(few) == 1  # no pool of the price book is an account's own
    assert Bill(catalog, few, plan).total == Bill(catalog, others, plan).total
    assert Bill(catalog, [*few, *one], plan).total == Bill(catalog, [*others, *one], plan).total


def test_pools_of_an_account(catalog: Catalog) -> None:
    """Where each account has a free pool of its own, it keeps it."""
    service = catalog.services["lambda"]
    pool = service.pools["requests"].model_copy(update={"scope": "account"})
    changed = service.model_copy(update={"pools": {**service.pools, "requests": pool}})
    services = {**{name: catalog.services[name] for name in catalog.services}, "lambda": changed}
    book = replace(catalog, services=services)
    uses = {"lambda/requests": 1_500_000, "lambda/duration_arm64": 500_000}
    others = [workload(name, uses, account=name) for name in ("a", "b")]
    few = condensed(others, book)
    assert len(few) == 2 + 1
    assert Bill(book, few).total == Bill(book, others).total
    assert Bill(book, few).total == 2 * Decimal("0.10") + 600_000 * Decimal("0.0000133334")
