"""Reports of advice: what each change saves, its effort and risk, and what exactly to do."""

from __future__ import annotations

import json
import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tenner.money import HALF_A_CENT, cents, exact_text
from tenner.report_text import render

if TYPE_CHECKING:
    from tenner.advice.engine import Advice
    from tenner.advise import Counsel

_WIDTH = 80
_HIGH, _MEDIUM = Decimal(50), Decimal(10)
_BY_UPDATE = "`copier update` does this."


def write_advice(counsel: Counsel, format_: str) -> str:
    """Write advice as `text`, `markdown` or `json`."""
    if format_ == "json":
        return _json(counsel)
    table = advice_table(counsel)
    if format_ == "markdown":
        return render("advice_markdown.jinja", **table)
    shown = [each for _, advice in table["groups"] for each in advice]
    text = "\n".join(_text_of(counsel, each) for each in shown)
    return render("advice_text.jinja", counsel=counsel, rows=text, hidden=table["hidden"])


def advice_table(counsel: Counsel) -> dict[str, Any]:
    """Give what the template of the table needs: advice by impact, and what saves no cent."""
    shown = [each for each in counsel.advised.advice if each.saving >= HALF_A_CENT]
    groups = [
        (name, [each for each in shown if _impact(each.saving) == key])
        for key, name in (
            ("high", "High: $50 a month and more"),
            ("medium", "Medium: $10 to $50"),
            ("low", "Low: under $10"),
        )
    ]
    hidden = len(counsel.advised.advice) - len(shown)
    return {"counsel": counsel, "groups": groups, "hidden": hidden, "do": _do}


def _impact(saving: Decimal) -> str:
    if saving >= _HIGH:
        return "high"
    return "medium" if saving >= _MEDIUM else "low"


def _do(counsel: Counsel, advice: Advice[Any]) -> str:
    by_update = f" {_BY_UPDATE}" if counsel.is_by_update(advice.rule) else ""
    return advice.change.do + by_update


def _text_of(counsel: Counsel, advice: Advice[Any]) -> str:
    rule = advice.rule
    what = f"{rule.name:<23} effort: {rule.effort:<8} risk: {rule.risk}"
    words = (_do(counsel, advice), f"Risk: {rule.risks}.")
    return "\n".join([f"  {cents(advice.saving):>10}  {what}", *map(_wrapped, words)])


def _wrapped(text: str) -> str:
    indent = " " * 14
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _json(counsel: Counsel) -> str:
    advised = counsel.advised
    content = {
        "subject": counsel.subject,
        "region": counsel.region,
        "today": exact_text(advised.before),
        "saved_by_all_of_low_risk": exact_text(advised.low_risk_together),
        "saved_by_all": exact_text(advised.together),
        "advice": [
            {
                "rule": each.name,
                "where": list(each.change.where),
                "saving": exact_text(each.saving),
                "impact": _impact(each.saving),
                "effort": each.rule.effort,
                "risk": each.rule.risk,
                "risks": each.rule.risks,
                "do": each.change.do,
                "by_copier_update": counsel.is_by_update(each.rule),
            }
            for each in advised.advice
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
