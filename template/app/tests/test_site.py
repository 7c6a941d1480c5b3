"""The static site: well-formed, self-contained, and without dead links."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(__file__).parents[1] / "site"
PAGES = sorted(SITE.rglob("*.html"))
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}


class Page(HTMLParser):
    """A page that knows its links and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.opened: list[str] = []
        self.tags: set[str] = set()
        self.language: str | None = None
        self.links: list[tuple[str, str]] = []
        self.feed(path.read_text("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.opened.append(tag)
        if tag == "html":
            self.language = dict(attrs).get("lang")
        self.links += [(tag, value or "") for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.opened, f"</{tag}> closes nothing in {self.path}"
        assert self.opened.pop() == tag, f"</{tag}> closes something else in {self.path}"


@pytest.fixture(params=PAGES, ids=lambda path: path.relative_to(SITE).as_posix())
def page(request: pytest.FixtureRequest) -> Page:
    """Each page in turn."""
    return Page(request.param)


def test_there_is_a_start_page() -> None:
    """The site has a page to start with."""
    assert SITE / "index.html" in PAGES


def test_a_page_is_well_formed(page: Page) -> None:
    """What is opened is closed, and a page says its language, title and heading."""
    assert page.opened == []
    assert page.language
    assert {"title", "h1", "main"} <= page.tags


def test_nothing_is_loaded_from_elsewhere(page: Page) -> None:
    """A visitor's browser talks to this site only."""
    loaded = [link for tag, link in page.links if tag != "a"]
    assert not [link for link in loaded if urlsplit(link).netloc]
    text = page.path.read_text("utf-8").lower()
    assert "@import" not in text
    assert "url(http" not in text


def test_relative_links_lead_somewhere(page: Page) -> None:
    """A link within the site leads to a file; none starts at the root, which other apps share."""
    for _, link in page.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or not parts.path:
            continue
        assert not parts.path.startswith("/"), link
        target = page.path.parent / unquote(parts.path)
        assert target.is_file() or (target / "index.html").is_file(), link
