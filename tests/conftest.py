"""Fixtures that many tests use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenner.load import load_catalog

if TYPE_CHECKING:
    from tenner.catalog import Catalog

pytest_plugins = ["tests.fixtures_generated"]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Give the catalog that comes with Tenner."""
    return load_catalog()
