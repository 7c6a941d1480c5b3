"""What a rollout says: a table for people, JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from tenner.money import cents, exact_text
from tenner.rollout import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenner.rollout import Outcome
    from tenner.rollout_cost import Change, Costs
    from tenner.rollout_run import Result

_MOST_FILES = 4


def as_json(result: Result, costs: Costs, *, is_preview: bool) -> str:
    """Write everything; money as exact decimal text, in USD a month."""
    content = {
        "preview": is_preview,
        "apps": [_app(outcome, costs) for outcome in result.outcomes],
        "waiting": list(result.waiting),
        "fleet_usd_per_month": _money(costs.fleet),
        "prices": "of this tenner's catalog, before and after",
        "prices_checked": costs.prices_checked,
        "problems": [*result.problems, *costs.problems],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _app(outcome: Outcome, costs: Costs) -> dict[str, object]:
    return {
        "app": outcome.app,
        "outcome": outcome.status,
        "from": outcome.before,
        "to": outcome.after,
        "branch": outcome.branch,
        "commit": outcome.commit,
        "files": list(outcome.files),
        "conflicts": [{"file": each.file, "hunks": list(each.hunks)} for each in outcome.conflicts],
        "reason": outcome.reason,
        "note": outcome.note,
        "how": outcome.how,
        "usd_per_month": _money(costs.apps.get(outcome.app)),
        "seconds": round(outcome.seconds, 3),
    }


def _money(change: Change | None) -> dict[str, str] | None:
    if change is None:
        return None
    return {"before": exact_text(change.before), "after": exact_text(change.after)}


def as_text(result: Result, costs: Costs, *, is_preview: bool) -> str:
    """Write the table, what a person must do, and the sums."""
    if not result.outcomes and not result.waiting:
        return "No app is meant: none is registered, or none fits --only, --behind, --environment."
    lines = [*_table(result, costs)]
    if todo := [line for outcome in result.outcomes for line in _needs(outcome)]:
        lines += ["", *todo]
    counts = Counter(outcome.status for outcome in result.outcomes)
    sums = ", ".join(
        f"{counts[status]} {words}" for status, words in WORDS.items() if counts[status]
    )
    lines += ["", f"  {sums}"]
    if result.waiting:
        lines.append(f"  {len(result.waiting)} wait, because the first were not all clean")
    if costs.fleet is not None:
        lines.append(
            f"  the fleet costs {cents(costs.fleet.before)}, then {cents(costs.fleet.after)}; "
            f"both at this tenner's prices, checked {costs.prices_checked} or later"
        )
    if is_preview:
        lines.append("  this was a preview: nothing is kept")
    return "\n".join(lines)


def _table(result: Result, costs: Costs) -> Iterator[str]:
    wide = max([3, *(len(outcome.app) for outcome in result.outcomes)])
    versions = f"{'from':<10}  {'to':<10}"
    yield f"  {'app':<{wide}}  {'outcome':<13}  {versions}  {'files':>5}  adds a month"
    for outcome in result.outcomes:
        change = costs.apps.get(outcome.app)
        adds = f"{cents(change.before)} → {cents(change.after)}" if change else ""
        files = str(len(outcome.files)) if outcome.files else ""
        words = WORDS[outcome.status]
        versions = f"{outcome.before:<10}  {outcome.after:<10}"
        yield f"  {outcome.app:<{wide}}  {words:<13}  {versions}  {files:>5}  {adds}".rstrip()


def _needs(outcome: Outcome) -> Iterator[str]:
    """Say what a person has to know of one app, and to do."""
    for conflict in outcome.conflicts[:_MOST_FILES]:
        yield f"  {outcome.app}: conflict in {conflict.file}: {', '.join(conflict.hunks)}"
    if len(outcome.conflicts) > _MOST_FILES:
        yield f"  {outcome.app}: and {len(outcome.conflicts) - _MOST_FILES} more files"
    if outcome.reason:
        yield f"  {outcome.app}: {outcome.reason}"
    if outcome.note:
        yield f"  {outcome.app}: {outcome.note}"
