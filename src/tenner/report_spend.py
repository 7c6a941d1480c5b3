"""Reports of what was spent: text for a terminal, Markdown, and JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tenner.money import cents, exact_text, plain, rounded
from tenner.report_text import columns, human, render, unit_of, wrapped
from tenner.spend_answers import UNTAGGED
from tenner.workload import SHARED_APP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.spend import Row, Spending
    from tenner.spend_why import Reason

_MOST = 20
"""Of how many apps the services, and how many reasons, are shown to a person."""
_WHOLE, _TENTH, _MANY = Decimal(1), Decimal("0.1"), 10
_HEADER = ["", "so far", "at this pace", "estimate", "difference"]


def write_spending(spending: Spending, heading: str, format_: str) -> str:
    """Write what was spent as `text`, `markdown` or `json`; `heading` says whose and how old."""
    if format_ == "json":
        return _json(spending, heading)
    values = {
        "heading": heading,
        "spending": spending,
        "budget": _of_budget(spending),
        "credits": _of_credits(spending),
        "unregistered": ", ".join(spending.unregistered),
    }
    sentences = [(_sentence(each), _change(each)) for each in spending.reasons[:_MOST]]
    if len(spending.reasons) > _MOST:
        rest = len(spending.reasons) - _MOST
        sentences.append((f"and {rest} more: --app NAME and --format json say them", []))
    anomalies = [
        f"{each.start}: {each.what}: {cents(each.impact)} more than expected "
        f"({cents(each.actual)} instead of {cents(each.expected)})"
        for each in spending.anomalies or ()
    ]
    apps, services = _app_rows(spending), _service_rows(spending)
    if format_ == "markdown":
        return render(
            "spend_markdown.jinja",
            apps=apps,
            services=services,
            sentences=sentences,
            anomalies=anomalies,
            notes=_notes(spending),
            **values,
        )
    return render(
        "spend_text.jinja",
        apps=columns([_HEADER, *apps], left={0}),
        services=columns([_HEADER, *services], left={0}),
        sentences=[
            "\n".join([wrapped(each), *(f"    {line}" for line in lines)])
            for each, lines in sentences
        ],
        anomalies=[wrapped(each) for each in anomalies],
        notes=[wrapped(each) for each in _notes(spending)],
        **values,
    )


def named(app: str) -> str:
    """Name what a tag says."""
    return {UNTAGGED: "(no tag)", SHARED_APP: "(shared)"}.get(app, app)


def _app_rows(spending: Spending) -> list[list[str]]:
    found, apps = [], spending.by_app
    for row in apps:
        is_told = len(apps) <= _MOST
        services = [
            each for each in spending.rows if is_told and each.app == row.app and each.is_seen
        ]
        found.append(_cells(named(row.app), row))
        found += [_cells(f"· {each.service}", each) for each in services]
    return [*found, _cells("all", spending.total)]


def _service_rows(spending: Spending) -> list[list[str]]:
    rows = [_cells(row.service, row) for row in spending.by_service if row.is_seen]
    return [*rows, _cells("all", spending.total)]


def _cells(name: str, row: Row) -> list[str]:
    difference = cents(row.difference)
    sign = "+" if row.difference > 0 and difference != "$0.00" else ""
    return [name, cents(row.so_far), cents(row.month), cents(row.estimate), f"{sign}{difference}"]


def _of_budget(spending: Spending) -> str:
    if spending.budget is None:
        return ""
    percent = rounded(spending.total.month * 100 / spending.budget, _WHOLE)
    over = ": over it" if spending.is_over_budget else ""
    return f"A month at this pace is {percent:f} % of the budget of {cents(spending.budget)}{over}."


def _of_credits(spending: Spending) -> str:
    if spending.hidden_credits:
        return (
            f"Credits and refunds of {cents(spending.hidden_credits)} are in the costs above and "
            "make them less: ask for the costs without the record types Credit and Refund."
        )
    if not spending.credits:
        return ""
    return f"Credits, refunds and the like so far, not counted above: {cents(spending.credits)}."


def _notes(spending: Spending) -> list[str]:
    found = []
    if not spending.is_tagged:
        found.append(
            "No cost bears the tag app, so all of it is shown without an app. Activate it as a "
            "cost allocation tag: set activate_cost_tags to true in terraform/account/variables.tf "
            "of the shared infrastructure, and make deploy ENV=account; or aws ce "
            "update-cost-allocation-tags-status --cost-allocation-tags-status "
            "TagKey=app,Status=Active. In an organisation the management account does it. What is "
            "used from then on is split, a day later."
        )
    if spending.unregistered:
        apps = ", ".join(spending.unregistered)
        found.append(f"Not registered, so without an estimate: {apps}.")
    if any(row.app == SHARED_APP for row in spending.rows):
        found.append(
            "(shared) has what all apps use of the one API, table, login and bucket too, because "
            "AWS bills it on these: tenner cost says each app's share of the estimate."
        )
    if spending.includes_today:
        found.append("The last day is not over, so the pace is shown too low.")
    if spending.days < spending.days_of_month:
        found.append(
            f"At this pace: {spending.days} of {spending.days_of_month} days, scaled. AWS's "
            "figures are up to a day late, and a free tier that is used up later makes the end of "
            "a month dearer."
        )
    elif spending.is_estimated:
        found.append("AWS calls this month's figures estimated: they may still change.")
    if spending.anomalies is None:
        found.append("AWS did not say whether it found anomalies.")
    return found


def _sentence(reason: Reason) -> str:
    """Say how use differs, such as `todo: Lambda, Requests: 2,000,000 requests billed, …`."""
    item = reason.item
    billed, real, stated = (human(each) for each in (reason.billed, reason.real, reason.estimated))
    is_seen = reason.usage and reason.billed_usd is not None
    paid = f" for {cents(reason.billed_usd or Decimal(0))}" if is_seen else ""
    what = f"{named(reason.app)}: {item.service}, {item.name}"
    words = f"{what}: {billed} {unit_of(item, reason.billed)} billed{paid}, "
    words += f"{real} in a month at this pace, {stated} stated"
    if reason.real > reason.estimated > 0:
        times = reason.real / reason.estimated
        last = _WHOLE if times >= _MANY else _TENTH
        words += f", {plain(rounded(times, last))} times as much"
    more = "more" if reason.usd > 0 else "less"
    return f"{words}: {cents(abs(reason.usd))} {more} by the list"


def _change(reason: Reason) -> list[str]:
    """Name the lines to change, such as `todo/app.yaml: functions.api.use.…: 10000 → 3000000`.

    Where several apps share what is billed, only the field is named.
    """
    apps = {line.app for line in reason.lines}
    if len(apps) > 1:
        field = reason.lines[0].key.rpartition(".")[2]
        return [f"one or more of {len(apps)} apps' app.yaml: {field}"]
    return [
        f"{line.app}/app.yaml: {line.key}: {exact_text(line.now)} → "
        + ("?" if line.to is None else exact_text(line.to))
        for line in reason.lines
    ]


def _json(spending: Spending, heading: str) -> str:
    content = {
        "heading": heading,
        "from": str(spending.start),
        "to": str(spending.end),
        "days": spending.days,
        "days_of_month": spending.days_of_month,
        "includes_today": spending.includes_today,
        "is_estimated": spending.is_estimated,
        "total": _row_json(spending.total),
        "credits_usd": exact_text(spending.credits),
        "hidden_credits_usd": exact_text(spending.hidden_credits),
        "budget_usd": None if spending.budget is None else exact_text(spending.budget),
        "is_over_budget": spending.is_over_budget,
        "is_tagged": spending.is_tagged,
        "unregistered": list(spending.unregistered),
        "apps": _rows_json(spending.by_app),
        "services": _rows_json(spending.by_service),
        "rows": _rows_json(spending.rows),
        "differences": [_reason_json(reason) for reason in spending.reasons],
        "anomalies": None
        if spending.anomalies is None
        else [
            {
                "start": each.start,
                "what": each.what,
                "impact_usd": exact_text(each.impact),
                "actual_usd": exact_text(each.actual),
                "expected_usd": exact_text(each.expected),
            }
            for each in spending.anomalies
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _rows_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [_row_json(row) for row in rows]


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "app": row.app,
        "service": row.service,
        "so_far_usd": exact_text(row.so_far),
        "month_usd": exact_text(row.month),
        "estimate_usd": exact_text(row.estimate),
        "difference_usd": exact_text(row.difference),
    }


def _reason_json(reason: Reason) -> dict[str, Any]:
    return {
        "app": reason.app,
        "item": reason.item.key,
        "unit": reason.item.unit,
        "usage_type": reason.usage,
        "billed": exact_text(reason.billed),
        "billed_usd": None if reason.billed_usd is None else exact_text(reason.billed_usd),
        "month": exact_text(reason.real),
        "estimate": exact_text(reason.estimated),
        "list_difference_usd": exact_text(reason.usd),
        "change": [
            {
                "app": line.app,
                "key": line.key,
                "now": exact_text(line.now),
                "to": None if line.to is None else exact_text(line.to),
            }
            for line in reason.lines
        ],
    }
