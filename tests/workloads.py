"""Small workloads for tests: an app that uses so much of so many items."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.usage import Usage
from tenner.workload import ONE_PAYER, SHARED_ACCOUNT, Workload

if TYPE_CHECKING:
    from collections.abc import Mapping


def workload(
    app: str, uses: Mapping[str, str | int | Decimal], shared: tuple[str, ...] = (), **place: str
) -> Workload:
    """Make a workload from quantities by item, and the names of shared secrets it uses."""
    found = [Usage(item, Decimal(quantity), "test", "given") for item, quantity in uses.items()]
    found += [
        Usage("secrets_manager/secret", Decimal(1), f"secret {name}", "1 secret", (), name)
        for name in shared
    ]
    return Workload(
        app=app,
        environment=place.get("environment", "dev"),
        region=place.get("region", "us-east-1"),
        account=place.get("account", SHARED_ACCOUNT),
        payer=place.get("payer", ONE_PAYER),
        usage=tuple(found),
    )
