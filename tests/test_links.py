"""Each relative link of a page leads to a file that is there, and to a heading that it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.fixtures_generated import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("catalog/**/*.md")]
)  # fmt: skip
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Name a page's headings as GitHub does: small letters, hyphens, numbered where repeated."""
    found: dict[str, int] = {}
    names = set()
    for heading in re.findall(r"(?m)^#+ (.+)$", _FENCED.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = found.get(name, 0)
        found[name] = count + 1
        names.add(f"{name}-{count}" if count else name)
    return names


def broken(page: Path) -> list[str]:
    """List the relative links of a page that lead nowhere."""
    text = _CODE.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))
    lost = []
    for inline, reference in _LINK.findall(text):
        link = inline or reference
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue  # somewhere else
        place, _, anchor = link.partition("#")
        target = (page.parent / unquote(place)).resolve() if place else page
        is_there = target.exists() and target.is_relative_to(ROOT)
        if not is_there or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(link)
    return lost


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Files and headings that are linked to are there."""
    assert broken(page) == []


def test_every_page_is_listed() -> None:
    """docs/README.md leads to each page of docs/, and the README to docs/README.md."""
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()
    assert "(docs/README.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_what_a_broken_link_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, a missing heading and a way out of the repo are found; code is no link."""
    monkeypatch.setattr("tests.test_links.ROOT", tmp_path)
    (tmp_path / "there.md").write_text("# One *two*\n\n## `tenner check`\n\n## `tenner check`\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#one-two) [c](there.md#tenner-check-1) [d](#here)\n"
        "[e](gone.md) [f](there.md#gone) [g](../out.md) [h](https://example.org)\n"
        "`[i](code.md)`\n\n```\n[j](code.md)\n```\n# Here\n"
    )
    assert broken(page) == ["gone.md", "there.md#gone", "../out.md"]
