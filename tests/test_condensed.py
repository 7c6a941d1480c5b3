"""A fleet that is put together costs what it did, and so does an app beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenner.condensed import condensed
from tenner.estimate import AccountPlan, Bill
from tenner.manifest import parse_manifest
from tenner.workload import workloads_of
from tests.fixtures_manifest import EVERYTHING
from tests.mutations import MANIFEST

if TYPE_CHECKING:
    from tenner.catalog import Catalog


@pytest.mark.parametrize("plan", ["always-free", "legacy-12-months", "list"])
def test_condensed(plan: AccountPlan, catalog: Catalog) -> None:
    """Pools are filled and shared secrets paid as before, in each account."""
    texts = [MANIFEST.replace("app: todo", f"app: todo{n}") for n in range(5)]
    others = [
        workload
        for text in [*texts, EVERYTHING]
        for workload in workloads_of(parse_manifest(text, "app.yaml"), catalog)
    ]
    one = workloads_of(parse_manifest(MANIFEST, "app.yaml"), catalog)
    few = condensed(others)
    assert len(few) == 1 + 6  # the shared account, and each app's own of prod
    assert Bill(catalog, few, plan).total == Bill(catalog, others, plan).total
    assert Bill(catalog, [*few, *one], plan).total == Bill(catalog, [*others, *one], plan).total
