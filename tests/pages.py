"""Pages for tests: of fleets of any size, of hostile names, of a system."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from tenner import outlook
from tenner.cost import Answer, Fleet
from tenner.estimate import Bill
from tenner.html_of import html_of_answer
from tenner.load import load_catalog
from tenner.manifest import parse_manifest
from tenner.page import Page, page_of_apps
from tenner.report import fleet_report
from tenner.usage import Usage
from tenner.workload import ONE_PAYER, SHARED_ACCOUNT, Workload, workloads_of

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.manifest import Manifest

HOSTILE = (
    "</script><script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    '" onfocus="document.title = \'owned\'" autofocus="',
    "{{ 7 * 7 }} ${7 * 7} <!-- ]]> &lt; \u2028 '",
    "javascript:document.title='owned'",
    "w" * 300,
)


def many(text: str, number: int) -> list[Manifest]:
    """Make so many apps of one manifest: app-0001, app-0002 and so on."""
    return [
        parse_manifest(re.sub(r"(?m)^app: .*$", f"app: app-{each:04}", text), "app.yaml")
        for each in range(1, number + 1)
    ]


def fleet_of(manifests: list[Manifest]) -> Answer:
    """Answer what a fleet of these apps costs."""
    catalog = load_catalog()
    bill = Bill(catalog, [w for each in manifests for w in workloads_of(each, catalog)])
    fleet = Fleet(bill, manifests, [])
    return Answer(fleet_report(bill), fleet, range(len(bill.workloads)))


def html_of_fleet(manifests: list[Manifest]) -> str:
    """Write the page of a fleet of these apps."""
    return html_of_answer(fleet_of(manifests))


def hostile_page() -> Page:
    """Make a page of apps whose names and sentences no manifest would be allowed."""
    workloads = [
        Workload(
            name,
            "dev",
            "us-east-1",
            SHARED_ACCOUNT,
            ONE_PAYER,
            (
                Usage("secrets_manager/secret", Decimal(3), name, "{}", (name,), name),
                Usage("lambda/requests", Decimal(5000), name, "{} × {}", (name, Decimal(5000))),
            ),
        )
        for name in HOSTILE
    ]
    bill = Bill(load_catalog(), workloads)
    growth = [outlook.Curve(name, {Decimal(1): Decimal(2)}) for name in HOSTILE[:4]]
    return page_of_apps(fleet_report(bill), bill, range(len(workloads)), growth)


def written(folder: Path, name: str, text: str) -> Path:
    """Write a page into a folder."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
