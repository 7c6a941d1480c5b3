"""Reports of the fleet at a glance: apps, budget, free pools, quotas, and projections."""

from __future__ import annotations

import json
import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tenner.capacity import first_ends
from tenner.money import cents, cents_or_less, exact_text, plain, rounded
from tenner.report_text import columns, human, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.capacity import Room
    from tenner.overview import AppRow, Overview
    from tenner.pools import PoolRow
    from tenner.projection import Projected

_WIDTH, _LONGEST, _FILLERS, _TINY = 80, 14, 3, Decimal("0.0000000001")
_LONGEST_POOL = 34


def write_overview(overview: Overview, format_: str) -> str:
    """Write a fleet as `text`, `markdown` or `json`."""
    if format_ == "json":
        return _json(overview)
    apps: list[tuple[str, ...]] = [
        ("app", "environments", "owner", "template", "behind", "adds", "share", "to save")
    ]
    apps += [_app_cells(row) for row in overview.apps]
    pools: list[tuple[str, ...]] = [("free pool", "full", "filled most by")]
    pools += [(_pool_name(row), f"{row.state.percent} %", fillers(row)) for row in overview.pools]
    counted = [room for room in overview.rooms if room.standing.used is not None]
    quotas: list[tuple[str, ...]] = [("quota", "used", "limit", "", "more apps fit")]
    quotas += [_quota_cells(room) for room in counted]
    sizes: list[tuple[str, ...]] = [("apps", "a month", "each", "over its quota")]
    sizes += [_size_cells(each) for each in overview.projected]
    count = len(overview.apps)
    values: dict[str, Any] = {
        "overview": overview,
        "subject": f"fleet of {count} app{'s' * (count != 1)}",
        "ends": ends_sentences(overview),
        "projected": bool(overview.projected),
        "apis": ", ".join(f"API {n} has {apps}" for n, apps in enumerate(overview.apps_on, 1)),
    }
    if format_ == "markdown":
        rows = {"apps": apps[1:], "pools": pools[1:], "quotas": quotas[1:], "sizes": sizes[1:]}
        return render("fleet_markdown.jinja", **rows, places=_places(counted), **values)
    return render(
        "fleet_text.jinja",
        apps=columns([tuple(_short(cell) for cell in row) for row in apps], left={0, 1, 2, 3}),
        pools=columns([(_short(name, _LONGEST_POOL), *rest) for name, *rest in pools], left={0, 2}),
        quotas=columns(quotas, left={0, 3}),
        sizes=columns(sizes, left={3}),
        wrapped=_wrapped,
        **values,
    )


def ends_sentences(overview: Overview) -> list[str]:
    """Say which quota ends growth first and, where that can be raised, which does then."""
    found, raised = [], ""
    for room in first_ends(overview.rooms):
        quota, apps = room.standing.quota, len(overview.apps) + (room.more or 0)
        kind = "which AWS raises on request" if quota.adjustable else "which AWS raises for nobody"
        what = f"{quota.name}, {plain(quota.limit)}, {kind} ({room.ends_in})"
        if room.more:
            words = f"growth ends at {plain(Decimal(apps))} apps like these: {what}."
        else:
            words = f"no more app like these fits: {what}."
        found.append(raised + words if raised else words[0].upper() + words[1:])
        raised = "With that raised, "
    return found


def _app_cells(row: AppRow) -> tuple[str, ...]:
    environments = ",".join(row.environments)
    behind, saves = row.standing.behind, row.standing.saves
    return (
        row.app,
        environments,
        row.owner,
        row.shown_version or "–",
        "–" if behind is None else str(behind),
        cents(row.adds),
        cents(row.share),
        "–" if saves is None else cents(saves),
    )


def _pool_name(row: PoolRow) -> str:
    """Name a pool by its service and what it is for; of an account of its own, that too."""
    service, names = row.items[0].service, [item.name for item in row.items]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{service}: {names[0]}{more}"


def fillers(row: PoolRow) -> str:
    """Name the apps that draw most on a pool, with their parts of its use; else what is shared."""
    if not row.fillers:
        return "what is shared"
    parts = [f"{app} {_percent(percent)}" for app, percent in row.fillers[:_FILLERS]]
    rest = len(row.fillers) - len(parts)
    return ", ".join(parts) + (f", {rest} more" if rest else "")


def _percent(percent: Decimal) -> str:
    """Write a part in whole percent; what is there at all is not 0 %."""
    return f"{rounded(percent, Decimal(1)):f} %" if percent >= 1 else "under 1 %"


def _quota_cells(room: Room) -> tuple[str, ...]:
    standing = room.standing
    quota = standing.quota
    more = "–" if room.more is None else plain(Decimal(room.more))
    kind = "adjustable" if quota.adjustable else "hard"
    return (quota.name, human(standing.used or Decimal(0)), plain(quota.limit), kind, more)


def _places(found: Sequence[Room]) -> list[str]:
    return [str(room.standing.place or "–") for room in found]


def _size_cells(each: Projected) -> tuple[str, ...]:
    over = "–"
    if each.over:
        standing = each.over[0].standing
        used, limit = plain(standing.used or Decimal(0)), plain(standing.quota.limit)
        more = f" and {len(each.over) - 1} more" if each.over[1:] else ""
        over = f"{standing.quota.name}: {used} of {limit}{more}"
    for_each = cents_or_less(each.total / each.apps)
    return (plain(Decimal(each.apps)), cents(each.total), for_each, over)


def _short(text: str, longest: int = _LONGEST * 2 + 2) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")


def _json(overview: Overview) -> str:
    content: dict[str, Any] = {
        "region": overview.region,
        "account_plan": overview.plan,
        "prices_checked": overview.prices_checked,
        "apps": [_app(row) for row in overview.apps],
        "shared_infrastructure": {"share": exact_text(overview.shared)},
        "newest_release": overview.standings.newest or None,
        "totals": {
            "total": exact_text(overview.total),
            "alone": exact_text(overview.alone),
            "at_newest_release": exact_text(overview.standings.total),
        },
        "budget": overview.budget
        and {
            "monthly_usd": exact_text(overview.budget),
            "used_percent": overview.budget_percent,
            "is_over": overview.is_over_budget,
        },
        "pools": [_pool(row) for row in overview.pools],
        "quotas": [_quota(room) for room in overview.rooms],
        "growth_ends": [
            {"quota": room.name, "apps": len(overview.apps) + (room.more or 0)}
            for room in first_ends(overview.rooms)
        ],
    }
    if overview.apps_on:
        content["apps_on_apis"] = list(overview.apps_on)
    if overview.projected:
        content["projected"] = [_projected(each) for each in overview.projected]
    return json.dumps(content, indent=2, ensure_ascii=False)


def _app(row: AppRow) -> dict[str, Any]:
    return {
        "app": row.app,
        "environments": list(row.environments),
        "owner": row.owner,
        "template_version": row.version,
        "release": row.standing.release or None,
        "releases_behind": row.standing.behind,
        "saves": None if row.standing.saves is None else exact_text(row.standing.saves),
        "marginal": exact_text(row.adds),
        "share": exact_text(row.share),
        "alone": exact_text(row.alone),
    }


def _pool(row: PoolRow) -> dict[str, Any]:
    return {
        "items": [item.key for item in row.items],
        "owner": row.owner,
        "used": exact_text(row.state.used),
        "free": exact_text(row.state.amount),
        "unit": row.state.unit,
        "percent": row.state.percent,
        "apps": [
            {"app": app, "used": exact_text(row.drawn[app]), "percent": exact_text(_tiny(percent))}
            for app, percent in row.fillers
        ],
    }


def _quota(room: Room) -> dict[str, Any]:
    standing = room.standing
    quota = standing.quota
    return {
        "quota": room.name,
        "name": quota.name,
        "used": None if standing.used is None else exact_text(standing.used),
        "limit": exact_text(quota.limit),
        "unit": quota.unit,
        "adjustable": quota.adjustable,
        "where": str(standing.place) if standing.place else None,
        "more_apps": room.more,
        "source": list(quota.source),
        "checked": str(quota.checked),
    }


def _projected(each: Projected) -> dict[str, Any]:
    return {
        "apps": each.apps,
        "total": exact_text(each.total),
        "for_each": exact_text(_tiny(each.total / each.apps)),
        "over": [room.name for room in each.over],
        "quotas": {
            room.name: exact_text(room.standing.used)
            for room in each.rooms
            if room.standing.used is not None
        },
    }


def _tiny(number: Decimal) -> Decimal:
    return rounded(number, _TINY)
