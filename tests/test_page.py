"""The HTML page, read as text: what it promises about the network, its names and its figures."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import sys
from dataclasses import replace
from decimal import Decimal

import pytest

from tenner.charts import bars, curves
from tenner.money import cents, cents_or_less
from tenner.next_change import NextChange
from tenner.outlook import Curve
from tenner.report_html import as_html, many
from tests.pages import HOSTILE, fleet_of, hostile_page, html_of_fleet
from tests.pages import many as apps_of


@pytest.fixture(scope="module")
def text(everything_text: str) -> str:
    """The page of three apps that have everything."""
    return html_of_fleet(apps_of(everything_text, 3))


def derivations(text: str) -> dict[str, list[list[object]]]:
    """Read the page's own data."""
    found = re.search(r'<script type="application/json" id="derivations">(.*?)</script>', text)
    assert found
    content: dict[str, list[list[object]]] = json.loads(found[1])
    return content


def test_nothing_is_loaded(text: str) -> None:
    """No element asks for anything, and the policy forbids it all the same."""
    assert not re.search(r"<(img|iframe|object|embed|video|audio|base|form|source)\b", text)
    assert not re.search(r"\b(src|srcset|action|style|xlink:href)=", text)
    assert "@import" not in text
    assert "url(" not in text
    assert re.findall(r"<link [^>]*>", text) == ['<link rel="icon" href="data:,">']
    assert "default-src &#39;none&#39;; img-src data:;" in text
    for href in re.findall(r'href="([^"]*)"', text):
        assert href.startswith(("#", "https://", "data:,"))


def test_the_policy_allows_what_is_there_and_no_more(text: str) -> None:
    """Each hash of the policy is that of one element of the page, and each element has one."""
    policy = html.unescape(re.search(r'Security-Policy" content="([^"]*)"', text)[1])  # type: ignore[index]
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert (len(styles), len(scripts)) == (1, 2)
    hashes = [
        base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        for part in styles + scripts
    ]
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    assert "unsafe" not in policy


def test_hostile_names_are_text() -> None:
    """Whatever a name has in it, it opens no tag, ends no script and leaves no attribute."""
    text = as_html(hostile_page(), HOSTILE)
    for name in HOSTILE[:2]:
        assert name not in text
    assert len(re.findall(r"</?script", text)) == 6
    assert "<img" not in text
    assert not re.search(r"<[^>]*\sonfocus=", text)
    assert "{{ 7 * 7 }}" in text
    names = {str(each) for each in derivations(text)["texts"]}
    assert set(HOSTILE) <= names


def test_every_figure_leads_to_its_sentence_price_and_source(
    text: str, everything_text: str
) -> None:
    """Each row's lines are in the page's data, and each line's price is in the table of prices."""
    answer = fleet_of(apps_of(everything_text, 3))
    data = derivations(text)
    assert len(data["rows"]) == len(answer.numbers) == 9
    prices = re.findall(r'<tr id="p(\d+)">.*?<a href="(https://[^"]+)"', text)
    assert [int(number) for number, _ in prices] == list(range(len(data["prices"])))
    sentences = {str(each) for each in data["texts"]}
    for number in answer.numbers:
        for usage in answer.fleet.bill.workloads[number].usage:
            assert any(each.startswith(f"{usage.derivation} = ") for each in sentences)
    for row in data["rows"]:
        for line in row:
            assert isinstance(line, list)
            assert 0 <= line[0] < len(prices)
    assert cents(answer.report.total) in text


def test_the_next_change_has_a_place(everything_text: str) -> None:
    """The part is there only where something saves money."""
    page = hostile_page()
    assert "cheapest next change" not in as_html(page)
    change = NextChange(Decimal("1.234"), "log-retention", "Keep logs 7 days.", "small", "low")
    text = as_html(replace(page, next_change=change))
    assert "The cheapest next change" in text
    assert "<strong>log-retention</strong> saves $1.23 a month" in text
    assert 'href="#next"' in text


def test_the_page_is_the_same_each_time(text: str, everything_text: str) -> None:
    """Nothing in it depends on the clock, on chance or on the machine."""
    assert html_of_fleet(apps_of(everything_text, 3)) == text


def test_what_is_not_counted_is_said() -> None:
    """Records that can't be read are named on the page."""
    assert "<li>apps/x.yaml: &lt;broken&gt;</li>" in as_html(
        hostile_page(), ["apps/x.yaml: <broken>"]
    )


def test_charts_are_static() -> None:
    """A chart has no script, style, link or identifier, and says what it shows."""
    points = {Decimal(1): Decimal(3), Decimal(10): Decimal(80)}
    for chart in (
        bars("a <title>", [("<b>", Decimal("2.04")), ("S3", Decimal(0))]),
        curves("a <title>", [Curve("<b>", points)]),
        curves("a <title>", [Curve("<b>", dict.fromkeys(points, Decimal(0)))]),
    ):
        assert 'role="img" aria-label="a &lt;title&gt;"' in chart
        assert not re.search(r"<(script|style|a|desc|title|defs|!--)\b", chart)
        assert not re.search(r"\b(id|style|href)=", chart)
        assert "&lt;b&gt;" in chart


def test_the_charts_leave_imports_alone(text: str) -> None:
    """The library's hook into all later imports is gone once a page is made."""
    assert text
    assert not [each for each in sys.meta_path if type(each).__module__.startswith("pygal")]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("1.005", "$1.01"),
        ("0.01", "$0.01"),
        ("0.0099", "$0.0099"),
        ("0.000047321", "$0.000047"),
        ("-0.0042", "-$0.0042"),
        ("-3", "-$3.00"),
        ("0.000000000001", "$0.000000000"),
    ],
)
def test_money(amount: str, shown: str) -> None:
    """Cents, and of what is less than one, two figures."""
    assert cents_or_less(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("unit", "amount", "shown"),
    [
        ("route", 300, "routes"),
        ("route", 1, "route"),
        ("read a second", 40, "reads a second"),
        ("GB", 5, "GB"),
        ("GB-second", 5, "GB-second"),
        ("MAU", 5, "MAU"),
    ],
)
def test_units(unit: str, amount: int, shown: str) -> None:
    """Units are said in the plural, symbols as they are."""
    assert many(unit, Decimal(amount)) == shown
