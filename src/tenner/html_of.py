"""Makes the HTML page of an answer: of apps, of the fleet, or of a system."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenner import next_change, outlook
from tenner.cost import collector_paused
from tenner.load import load_quotas
from tenner.page import page_of_apps, page_of_system, with_quotas
from tenner.quotas import standings
from tenner.report_html import as_html

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tenner.cost import Answer
    from tenner.quotas import Quota
    from tenner.system_cost import SystemAnswer


def html_of_answer(
    answer: Answer, catalog: Path | None = None, quotas: Mapping[str, Quota] | None = None
) -> str:
    """Write the page of some apps of a fleet, or of the whole fleet.

    `quotas` are the catalog's unless given. Raises InputError where those have a defect.
    """
    bill, manifests = answer.fleet.bill, answer.fleet.manifests
    quotas = quotas or load_quotas(catalog)
    with collector_paused():
        if answer.report.is_fleet:
            growth = outlook.of_fleet(manifests, bill)
        else:
            apps = {part.app for part in answer.report.parts}
            growth = outlook.of_apps([each for each in manifests if each.app in apps], bill)
        page = page_of_apps(answer.report, bill, answer.numbers, growth)
        page = with_quotas(page, standings(quotas, manifests, bill.catalog))
        page = replace(page, next_change=next_change.of_apps(answer))
        return as_html(page, answer.fleet.problems)


def html_of_system(answer: SystemAnswer) -> str:
    """Write the page of one variant of a system."""
    report, system, variant, bill = answer
    growth = outlook.of_system(system, variant, bill.catalog, bill.plan)
    page = page_of_system(report, bill, system, variant, growth)
    return as_html(replace(page, next_change=next_change.of_system(answer)))
