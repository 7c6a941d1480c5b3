"""`tenner fleet`, and reports that are written to a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tenner.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def registry(hundred_registry: Path) -> list[str]:
    """The option that names a registry of a hundred apps."""
    return ["--registry", str(hundred_registry)]


@pytest.mark.parametrize("format_", ["csv", "html"])
def test_fleet_is_cost_of_the_fleet(
    registry: list[str], capsys: pytest.CaptureFixture[str], format_: str
) -> None:
    """In the formats that have every line, `tenner fleet` says what `tenner cost --fleet` does."""
    assert main(["fleet", *registry, "--format", format_]) == 0
    said = capsys.readouterr().out
    assert main(["cost", "--fleet", *registry, "--format", format_]) == 0
    assert capsys.readouterr().out == said
    assert "3.76" in said or format_ == "csv"


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
