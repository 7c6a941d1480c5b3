"""Makes the HTML page of an answer: of apps, of the fleet, or of a system."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenner import next_change, outlook
from tenner.cost import collector_paused
from tenner.load import load_quotas
from tenner.page import page_of_apps, page_of_system, with_fleet, with_quotas
from tenner.quotas import standings
from tenner.report_html import as_html

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.cost import Answer
    from tenner.overview import Overview
    from tenner.system_cost import SystemAnswer


def html_of_answer(
    answer: Answer, catalog: Path | None = None, overview: Overview | None = None
) -> str:
    """Write the page of some apps of a fleet, or of the whole fleet, with its overview if given.

    Raises InputError where the catalog's quotas have a defect.
    """
    bill, manifests = answer.fleet.bill, answer.fleet.manifests
    with collector_paused():
        if answer.report.is_fleet:
            growth = outlook.of_fleet(manifests, bill)
        else:
            apps = {part.app for part in answer.report.parts}
            growth = outlook.of_apps([each for each in manifests if each.app in apps], bill)
        page = page_of_apps(answer.report, bill, answer.numbers, growth)
        if overview:
            page = with_fleet(page, overview)
        else:
            found = standings(load_quotas(catalog), manifests, bill.catalog)
            page = with_quotas(page, found)
        page = replace(page, next_change=next_change.of_apps(answer))
        return as_html(page, answer.fleet.problems)


def html_of_system(answer: SystemAnswer) -> str:
    """Write the page of one variant of a system."""
    report, system, variant, bill = answer
    growth = outlook.of_system(system, variant, bill.catalog, bill.plan)
    page = page_of_system(report, bill, system, variant, growth)
    return as_html(replace(page, next_change=next_change.of_system(answer)))
