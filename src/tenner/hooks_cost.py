"""What a hook says of cost, and writes into the README; imported while git runs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tenner import git
from tenner.cost import fleet_with, put_table, text_of, write_table
from tenner.errors import OutsideError, TennerError
from tenner.manifest import parse_manifest
from tenner.money import cents
from tenner.release_files import own_releases
from tenner.report_text import as_text

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.cost import Fleet
    from tenner.estimate import Bill
    from tenner.load import ManifestFile
    from tenner.manifest import Manifest
    from tenner.registry import Registry

README = "README.md"


def settle(
    folder: Path, file: ManifestFile, registry: Registry
) -> tuple[tuple[ManifestFile, Registry], str]:
    """Give the app its HTTP API, and write its cost into its README; gives the report, too.

    Raises FullError where the shared account has no room for a new app.
    """
    from tenner.fits import check_fits, settled  # noqa: PLC0415 - an update has no use for it

    fleet = _fleet(file.manifest, registry)
    fit = check_fits(fleet, file.manifest, registry, file.folder)
    report = "\n".join([_written(folder, fleet.bill, file.manifest.app), *fit.sentences])
    return (settled(file, folder, fit.api), registry), report


def change(file: ManifestFile, registry: Registry) -> str:
    """Write what an updated app costs into its README; gives the report, with what it was."""
    app, after = file.manifest.app, _fleet(file.manifest, registry).bill
    text = _written(file.folder, after, app)
    try:
        committed = git.committed_text(file.folder, "app.yaml")
        old = parse_manifest(committed, "app.yaml before", own_releases())
        before = _fleet(old, registry).bill
    except TennerError:
        return text
    was, now = (bill.figures(bill.numbers_of(app)).marginal for bill in (before, after))
    return f"{text}\n  before the update it added {cents(was)}, now {cents(now)}"


def shared_cost(folder: Path) -> str:
    """Write what the shared infrastructure costs into its README, and give the report."""
    from tenner.shared_cost import shared_bills  # noqa: PLC0415 - an app has no use for it

    bills = shared_bills(folder)
    with contextlib.suppress(TennerError):  # a person may have taken the marks out
        put_table(folder / README, bills.table)
    return "\n".join([as_text(bills.report), *bills.problems, *bills.lacking])


def _fleet(manifest: Manifest, registry: Registry) -> Fleet:
    """Bring the app and the fleet together, or give it alone where the registry can't be had."""
    try:
        return fleet_with([manifest], registry)
    except OutsideError:
        return fleet_with([manifest], None)


def _written(folder: Path, bill: Bill, app: str) -> str:
    with contextlib.suppress(TennerError):  # a person may have taken the marks out
        write_table(folder / README, bill, app)
    return text_of(bill, [app])
