"""Fixtures that many tests use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tenner.load import load_catalog
from tests import iam_evaluator
from tests.mutations import MANIFEST

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tests.iam_evaluator import Evaluator

# How long an example takes says how busy the machine is.
settings.register_profile("tenner", deadline=None)
settings.load_profile("tenner")
pytest_plugins = [
    f"tests.fixtures_{name}"
    for name in ("fleet", "generated", "manifest", "plans", "registry", "releases")
]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Give the catalog that comes with Tenner."""
    return load_catalog()


@pytest.fixture(scope="session")
def manifest_text() -> str:
    """Give the manifest of `todo`, which has every section and every field once, one a line."""
    return MANIFEST


@pytest.fixture(scope="session")
def evaluator() -> Evaluator:
    """Give the policy evaluator."""
    return iam_evaluator.installed()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes golden files anew."""
    parser.addoption("--update-golden", action="store_true", help="Write golden files anew.")
