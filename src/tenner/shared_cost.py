"""What the shared infrastructure costs: itself, before any app, and with the apps registered."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from tenner.cost import Answer, Fleet, bill_with
from tenner.errors import InputError, OutsideError, TennerError
from tenner.estimate import AccountPlan, Bill
from tenner.load import (
    MANIFEST,
    REGISTERED,
    SHARED_INFRA,
    load_catalog,
    load_shared_infra,
    registry_of_shared,
    registry_to_read,
)
from tenner.registry_folder import FolderRegistry
from tenner.report import Report, fleet_report
from tenner.report_text import as_shared_table
from tenner.shared_infra import api_problem, shared_workloads

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tenner.catalog import Catalog
    from tenner.cost import Request
    from tenner.registry import Record
    from tenner.shared_infra import SharedInfra

_MOST_NAMES = 5


class SharedBills(NamedTuple):
    """The bill before any app, the bill with the registered ones, and what could not be read."""

    infra: SharedInfra
    alone: Bill
    whole: Bill
    records: Sequence[Record]
    problems: Sequence[str]

    @property
    def lacking(self) -> list[str]:
        """Say which shared secrets registered apps name that fleet.yaml does not."""
        return [
            f'{SHARED_INFRA}: secrets.shared: "{name}" is missing, which {record.manifest.app} '
            "names; expected it here too, or nothing makes it"
            for record in self.records
            if set(record.manifest.environments) & set(self.infra.environments)
            for name in record.manifest.secrets.shared
            if name not in self.infra.secrets.shared
        ]

    @property
    def homeless(self) -> list[str]:
        """Say which registered apps are on an HTTP API that fleet.yaml does not have."""
        found = (api_problem(self.infra, record.manifest) for record in self.records)
        return [f"{SHARED_INFRA}: {problem}" for problem in found if problem]

    @property
    def report(self) -> Report:
        """Make the report of all: what is shared, and the apps."""
        return fleet_report(self.whole)

    @property
    def table(self) -> str:
        """Write what the README says of the cost."""
        budget = self.infra.budget.monthly_usd
        return as_shared_table(fleet_report(self.alone), self.report, budget)


def shared_bills(
    folder: Path,
    registry: str | None = None,
    catalog: Catalog | None = None,
    plan: AccountPlan | None = None,
) -> SharedBills:
    """Make the bills of the shared infrastructure in a folder; its registry is as it says.

    Raises InputError where fleet.yaml has defects or names what the price book lacks.
    """
    infra = load_shared_infra(folder)
    book = catalog or load_catalog()
    workloads = shared_workloads(infra, book)
    plan = plan or infra.account_plan
    try:
        alone = Bill(book, workloads, plan)
    except InputError as error:
        if error.source != MANIFEST:
            raise
        raise InputError(str(folder / SHARED_INFRA), error.problems) from None
    try:
        opened = registry_to_read(registry) if registry else registry_of_shared(folder)
        whole, problems = bill_with([], opened, book, plan, workloads)
        return SharedBills(infra, alone, whole, opened.contents().records, problems)
    except OutsideError as error:
        return SharedBills(infra, alone, alone, (), [str(error)])


def answer_of_shared(folder: Path, request: Request) -> Answer:
    """Answer `tenner cost` for the shared infrastructure's folder."""
    for option, given in (("--environment", request.environment), ("--usage", request.usage)):
        if given:
            message = f"{option}: expected the folder of an app beside it, not what all apps share"
            raise TennerError(message)
    book = load_catalog(request.catalog)
    bills = shared_bills(folder, request.registry, book, request.plan)
    manifests = [record.manifest for record in bills.records]
    fleet = Fleet(bills.whole, manifests, bills.problems)
    return Answer(bills.report, fleet, range(len(bills.whole.workloads)))


def check_shared(folder: Path, catalog: Catalog) -> tuple[Path, list[str]]:
    """Check fleet.yaml and all records of apps/; give its path and a sentence for each defect.

    Raises InputError where fleet.yaml itself has defects.
    """
    bills = shared_bills(folder, catalog=catalog)
    stale = _stale(folder, bills) if bills.infra.registry and not bills.problems else []
    return folder / SHARED_INFRA, [*bills.problems, *bills.lacking, *bills.homeless, *stale]


def _stale(folder: Path, bills: SharedBills) -> list[str]:
    """Say which records the folder apps/, which Terraform reads, has not as the table has them."""
    apps, table = folder / REGISTERED, bills.infra.registry
    there = {each.manifest.app: each.manifest for each in FolderRegistry(apps).contents().records}
    here = {record.manifest.app: record.manifest for record in bills.records}
    old = [app for app in here if there.get(app) != here[app]]
    found = [
        f"{apps / app}.yaml: {table} has no such app, and Terraform reads this folder; expected it "
        f"in both: tenner register its folder, or delete this file"
        for app in there
        if app not in here
    ]
    if old:
        names = ", ".join(old[:_MOST_NAMES]) + (" and more" if old[_MOST_NAMES:] else "")
        found.append(
            f"{apps}: not as in {table}: {names}; Terraform reads this folder. To bring it up to "
            f"date: tenner registry copy --newer {shlex.quote(table)} {shlex.quote(str(apps))}"
        )
    return found
