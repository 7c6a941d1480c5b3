"""Writes `docs/environments.md`: every reference system in dev, staging and prod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenner.report_views import write_side_by_side
from tenner.side_by_side import environments_of_system

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenner.catalog import Catalog
    from tenner.system import System

_HEAD = """\
# Reference systems in dev, staging and prod

Written by `make test ARGS='--update-golden tests/test_profiled.py'` from the price book. `tenner
env NAME` shows one of them, or a system of your own ([systems.md](systems.md)).

An environment's profile ([environments.yaml](../catalog/environments.yaml)) decides how long logs
are kept, whether rows can be recovered, and how a table is paid for: in prod by whichever is
cheaper at list price for the stated load, with the alarms that auto scaling makes. In dev and
staging nothing watches, keys are AWS's, and secrets are parameters, unless the system states a
variant for that environment. What a system states for prod is paid for on purpose, and stays."""


def write_environments(systems: Iterable[System], catalog: Catalog) -> str:
    """Write all systems, each with the free tiers of its own account, as Markdown."""
    parts = [
        write_side_by_side(environments_of_system(each, catalog, each.account_plan), "markdown")
        for each in systems
    ]
    return "\n\n".join([_HEAD, *(f"#{part}" for part in parts)]) + "\n"
