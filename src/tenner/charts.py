"""Charts as static SVG without script, style or link: the page's own style sheet colours them.

The only place where money becomes a float: the geometry of a chart needs no more.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from tenner.money import cents, exact_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.outlook import Curve

_WIDTH, _ROW, _CURVES = 360, 24, 230
_UNUSED = {"style", "script", "defs", "desc", "title"}
_SHARED: dict[str, Any] = {
    "js": (),
    "css": (),
    "width": _WIDTH,
    "margin": 6,
    "truncate_label": -1,
    "truncate_legend": -1,
}


def bars(title: str, amounts: Sequence[tuple[str, Decimal]]) -> str:
    """Draw amounts of money as bars, the first one on top."""
    chart = _pygal().HorizontalBar(
        **_SHARED,
        height=_ROW * len(amounts) + 12,
        show_legend=False,
        show_y_labels=True,
        show_x_labels=True,
        show_y_guides=False,
        show_x_guides=False,
        print_values=True,
        print_values_position="top",
        value_formatter=_usd,
        range=(0, max((float(amount) for _, amount in amounts), default=0) * 1.25 or 1),
        spacing=4,
        x_labels=[name for name, _ in reversed(amounts)],
        y_labels=[0],
    )
    chart.add("USD a month", [float(amount) for _, amount in reversed(amounts)])
    return _static(chart, title)


def curves(title: str, growth: Sequence[Curve]) -> str:
    """Draw what is paid at several times today's size."""
    factors = sorted({factor for curve in growth for factor in curve.points})
    chart = _pygal().XY(
        **_SHARED,
        height=_CURVES,
        legend_at_bottom=True,
        legend_at_bottom_columns=1,
        legend_box_size=10,
        show_x_guides=False,
        value_formatter=_short_usd,
        x_value_formatter=lambda factor: f"×{factor:g}",
        x_labels=[float(factor) for factor in factors],
        range=(0, max((float(usd) for c in growth for usd in c.points.values()), default=0) or 1),
        max_scale=5,
        dots_size=3,
    )
    for curve in growth:
        chart.add(curve.name, [(float(x), float(usd)) for x, usd in sorted(curve.points.items())])
    return _static(chart, title)


def _pygal() -> Any:
    """Import the library, which only a page needs, without its hook into all later imports.

    The hook is for maps, which no chart here is; Python 3.11 warns of it at each import.
    """
    import pygal  # noqa: PLC0415

    sys.meta_path[:] = [
        each for each in sys.meta_path if not isinstance(each, pygal.PluginImportFixer)
    ]
    return pygal


def _usd(amount: float) -> str:
    return cents(Decimal(repr(amount)))


def _short_usd(amount: float) -> str:
    """Label an axis: whole dollars, or cents where the scale is finer."""
    number = Decimal(repr(round(amount, 2)))
    return f"${int(number):,}" if number == number.to_integral_value() else cents(number)


def _static(chart: Any, title: str) -> str:
    """Take away what a static picture does not need, and say what it shows."""
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or _is_unused(child):
                parent.remove(child)
        for name in ("style", "id", "rx", "ry"):
            parent.attrib.pop(name, None)
        for name, value in list(parent.attrib.items()):
            parent.attrib[name] = _shorter(value)
    root.attrib.update({"class": "chart", "role": "img", "aria-label": title})
    return ET.tostring(root, encoding="unicode")


def _is_unused(element: ET.Element) -> bool:
    words = element.get("class", "").split()
    return element.tag.rpartition("}")[2] in _UNUSED or "tooltip-overlay" in words


def _shorter(value: str) -> str:
    """Round a coordinate to a tenth: a page with charts stays small, and the same everywhere."""
    try:
        number = Decimal(value)
    except ArithmeticError:
        return value
    return exact_text(round(number, 1)) if number.is_finite() else value
