"""`tenner fleet`, and reports that are written to a file."""

from __future__ import annotations

import html
import os
import re
from typing import TYPE_CHECKING

import pytest

from tenner.cli import main
from tests.fixtures_fleet import FLEET

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def registry(hundred_registry: Path) -> list[str]:
    """The option that names a registry of a hundred apps."""
    return ["--registry", str(hundred_registry)]


def test_fleet_is_cost_of_the_fleet(
    registry: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With every line, `tenner fleet` says what `tenner cost --fleet` does."""
    assert main(["fleet", *registry, "--format", "csv"]) == 0
    said = capsys.readouterr().out
    assert main(["cost", "--fleet", *registry, "--format", "csv"]) == 0
    assert capsys.readouterr().out == said


def text_of(page: str) -> str:
    """Give a page's words, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


def test_the_page_of_the_fleet(registry: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It has all that `tenner cost --fleet` has, who fills pools, and how many more apps fit."""
    assert main(["fleet", *registry, "--format", "html"]) == 0
    page = capsys.readouterr().out
    assert main(["cost", "--fleet", *registry, "--format", "html"]) == 0
    of_cost = capsys.readouterr().out
    assert "3.76" in page
    assert "budget" not in text_of(page).partition("Quotas")[0]
    for part in ("each", "prices", "total"):
        start, end = f'<section id="{part}"', "</section>"
        section = of_cost[of_cost.index(start) :]
        assert section[: section.index(end)] in page
    assert "most of it app-001 1 %, app-002 1 %, app-003 1 %, 97 more" in text_of(page)
    # 300 routes, 2 of each app: 100 apps have 200, and 50 more fit.
    assert "Growth ends at 150 apps like these: Routes of an HTTP API, 300, " in text_of(page)
    assert "Routes of an HTTP API 200 of 300 routes 67% 50 " in text_of(page)
    assert 'href="#projection"' not in page
    assert "more apps fit" not in of_cost


def test_the_page_of_the_fleet_with_its_budget(
    fleet_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The budget of fleet.yaml, limits that AWS has raised, and fleets of other sizes."""
    fleet = fleet_home / "fleet.yaml"
    fleet.write_text(f"{FLEET}quotas: {{http_api_routes: 600}}\n", encoding="utf-8")
    assert main(["fleet", "--project", "60,3", "--format", "html"]) == 0
    text = text_of(capsys.readouterr().out)
    # 3 apps at a cent, 4 secrets at $0.40, 0.000365 for the guards: $1.630365 of $2.00, rounded up
    assert "the fleet costs $1.63 of its budget of $2.00 82% the same apps, each alone" in text
    assert "Routes of an HTTP API 9 of 600 routes 2% 197 " in text
    # 60 apps at a cent and the secrets, each $2.20 / 60; 3 apps as now, each $1.63 / 3
    assert " over its quota 60 $2.20 $0.04 none 3 $1.63 $0.54 none " in text
    fleet.write_text(FLEET.replace("monthly_usd: 2}", "monthly_usd: 1}"), encoding="utf-8")
    assert main(["fleet", "--format", "html"]) == 1
    said = capsys.readouterr()
    assert '<dt>of its budget of $1.00</dt><dd class="warn">164%</dd>' in said.out
    assert said.err.startswith("The fleet costs $1.63 a month, which is over its budget of $1.00.")


def test_output(registry: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A report goes to a file whole, in place of what was there, and stdout stays empty."""
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    assert main(["fleet", *registry, "--format", "html", "--output", str(path)]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"Written: {path}\n")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert text.endswith("</html>\n")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_output_that_can_not_be_written(
    registry: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A folder that is not there is one sentence, and outside trouble."""
    path = tmp_path / "none" / "report.txt"
    assert main(["fleet", *registry, "-o", str(path)]) == 3
    assert capsys.readouterr().err == f"{path} can't be written: No such file or directory\n"


def test_output_through_a_link(
    registry: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A link stays a link, and a device is written as it is."""
    (tmp_path / "real.txt").write_text("old", encoding="utf-8")
    link = tmp_path / "link.txt"
    link.symlink_to("real.txt")
    assert main(["fleet", *registry, "-o", str(link)]) == 0
    assert link.is_symlink()
    assert "the fleet costs" in (tmp_path / "real.txt").read_text(encoding="utf-8")
    assert main(["fleet", *registry, "-o", os.devnull]) == 0


def test_html_of_one_app(
    generated_todo: Path, registry: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The page of one app says its three figures, in its fleet."""
    assert main(["cost", str(generated_todo), *registry, "--format", "html"]) == 0
    text = capsys.readouterr().out
    assert "<title>todo: cost with Tenner</title>" in text
    for words in ("adds to the bill", "its share of", "alone it would cost", "more traffic"):
        assert words in text
