"""Signals: what AWS Budgets and alarms say through SNS, and the stage that each asks for.

Pure. Budgets writes plain text, an alarm JSON. Whoever may publish to the topic is AWS or an
administrator: the topic's policy says so.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.guard_stages import ALL, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEGRADE_PERCENT, _STOP_PERCENT = 95, 100
_LINE = re.compile(r"^([A-Za-z ]+):[ \t]*(.*?)\s*$", re.MULTILINE)
_LONGEST = 300


class Place(NamedTuple):
    """Whose guard this is: names of budgets and alarms begin with the fleet's prefix."""

    prefix: str
    environment: str


class Signal(NamedTuple):
    """One message: who it is about (an app, or all), what it asks for, and what it said."""

    id: str
    at_s: float
    app: str
    stage: Stage
    said: str


def signals_of(event: Mapping[str, Any], place: Place) -> list[Signal]:
    """Read the messages of an SNS event that are for this guard; others are left out."""
    found = (_signal(record.get("Sns") or {}, place) for record in event.get("Records") or ())
    return [signal for signal in found if signal]


def _signal(message: Mapping[str, Any], place: Place) -> Signal | None:
    text = str(message.get("Message", ""))
    asked = _of_alarm(text, place) or _of_budget(text, place)
    if not asked:
        return None
    app, stage, said = asked
    at_s = datetime.fromisoformat(str(message["Timestamp"])).timestamp()
    return Signal(str(message["MessageId"]), at_s, app, stage, said[:_LONGEST])


def _of_alarm(text: str, place: Place) -> tuple[str, Stage, str] | None:
    """Read an alarm: of the whole account, or of this environment. It degrades, never stops.

    An alarm that is over is no release: what it saw may be over because the brake is engaged.
    """
    try:
        alarm = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(alarm, dict) or alarm.get("NewStateValue") != "ALARM":
        return None
    name = str(alarm.get("AlarmName"))
    ours = (f"{place.prefix}-guard-", f"{place.prefix}-{place.environment}-guard-")
    return (ALL, Stage.DEGRADE, f"alarm {name}") if name.startswith(ours) else None


def _of_budget(text: str, place: Place) -> tuple[str, Stage, str] | None:
    """Read a budget's notice: the account's budget is about all apps, another one about one app.

    Stages go by what was spent, not by which threshold is told: the notice of 95 % may be lost.
    """
    lines = dict(_LINE.findall(text))
    name, kind = lines.get("Budget Name", ""), lines.get("Alert Type", "")
    app = ALL if name == f"{place.prefix}-account" else _app_of(name, place.prefix)
    if not app:
        return None
    budget = _dollars(lines.get("Budgeted Amount", ""))
    amounts = (lines.get(f"{kind} Amount", ""), lines.get("Alert Threshold", ""))
    spent = max(_dollars(amount) for amount in amounts)
    if not budget or not spent or kind not in {"ACTUAL", "FORECASTED"}:
        return app, Stage.WARN, f"budget {name}: a notice that can't be read"
    percent = spent * 100 / budget
    said = f"budget {name}: {kind.lower()} ${spent} of ${budget}"
    if kind == "FORECASTED" or percent < _DEGRADE_PERCENT:
        return app, Stage.WARN, said
    return app, Stage.DEGRADE if percent < _STOP_PERCENT else Stage.STOP, said


def _app_of(name: str, prefix: str) -> str:
    begin = f"{prefix}-app-"
    return name.removeprefix(begin) if name.startswith(begin) else ""


def _dollars(text: str) -> Decimal:
    """Read `$1,234.50` or `> $8.00`; what is none is nothing."""
    try:
        amount = Decimal(text.lstrip("> ").removeprefix("$").replace(",", ""))
    except DecimalException:
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)
