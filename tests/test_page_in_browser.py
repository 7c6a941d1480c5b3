"""The HTML page in a real browser: the machine's own Chromium, headless, driven by Playwright.

Screenshots go to build/page/. Slow: `make test-slow ARGS=tests/test_page_in_browser.py`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tenner.cli import main
from tenner.registry_folder import FolderRegistry
from tenner.report_html import as_html
from tests.fixtures_fleet import FLEET, LOGIN
from tests.fixtures_generated import ROOT
from tests.pages import HOSTILE, hostile_page, html_of_fleet, many, written
from tests.registrations import NOW, manifest_text, registration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Literal

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

pytestmark = pytest.mark.slow
SHOTS = ROOT / "build" / "page"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MOST_BYTES = {100: 600_000, 1000: 4_000_000}
MOST_SECONDS = {100: 5, 1000: 15}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BACK = "getComputedStyle(document.body).backgroundColor"


class Opened(NamedTuple):
    """A page in the browser, and all that it said and asked for since."""

    page: Page
    said: list[str]
    requests: list[str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium: the one that CHROMIUM names, or one on the path."""
    names = [os.environ.get("CHROMIUM", ""), *NAMES]
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        known = ", ".join(NAMES)
        pytest.skip(f"there is no Chromium: CHROMIUM names none, and the path has none of {known}")
    # Chromium's sandbox refuses root, and the pages are our own.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Open a page at a size and in a scheme; nothing may be said or asked for."""
    contexts: list[BrowserContext] = []
    all_opened: list[Opened] = []

    def see(
        path: Path,
        width: int = 1100,
        scheme: Literal["light", "dark"] = "light",
        *,
        scripts: bool = True,
    ) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        result = Opened(context.new_page(), [], [])
        all_opened.append(result)
        result.page.on("console", lambda message: result.said.append(message.text))
        result.page.on("pageerror", lambda error: result.said.append(str(error)))
        result.page.on("request", lambda request: result.requests.append(request.url))
        result.page.goto(path.as_uri())
        return result

    yield see
    for each in all_opened:
        assert each.said == []
        assert {url.partition("#")[0] for url in each.requests} == {each.page.url.partition("#")[0]}
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pages are written."""
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def hundred(folder: Path, hundred_registry: Path) -> Path:
    """The page of a hundred apps, as the command writes it."""
    path = folder / "hundred.html"
    arguments = ["fleet", "--format", "html", "--registry", str(hundred_registry)]
    assert main([*arguments, "--output", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def everything(folder: Path, everything_text: str) -> Path:
    """The page of three apps that have everything, in all environments."""
    return written(folder, "everything.html", html_of_fleet(many(everything_text, 3)))


@pytest.fixture(scope="module")
def system(folder: Path) -> Path:
    """The page of a system of the catalog."""
    path = folder / "system.html"
    assert main(["cost", "healthcare-backend", "--format", "html", "-o", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def full(folder: Path) -> Path:
    """The page of a fleet that is over its budget and has a full quota, with projections."""
    home = folder / "aws-shared-infra"
    home.mkdir()
    (home / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    registry = FolderRegistry(home / "apps")
    for number in range(49):
        app = f"app-{number:02}-with-quite-a-long-name"
        text = manifest_text(app).replace("10000", "5000000") + LOGIN
        registry.register(registration(folder / app, text), NOW)
    path = folder / "full.html"
    arguments = ["fleet", "--project", "20,49,5000", "--format", "html", "-o", str(path)]
    with contextlib.chdir(home):
        assert main(arguments) == 1  # over its budget
    return path


def test_the_fleet_at_a_glance(opened: Callable[..., Opened], full: Path) -> None:
    """Budget, who fills a pool, how many more apps fit, and the projection are seen and reached."""
    page = opened(full).page
    over = page.locator(".facts dd.warn")
    assert over.is_visible()
    assert over.inner_text().endswith("%")
    assert int(over.inner_text()[:-1].replace(",", "")) > 100
    fits = page.locator("#quotas > table > thead th").last
    assert fits.inner_text() == "more apps fit"
    audiences = page.locator("#quotas tbody", has_text="Audiences of an authorizer").first
    assert audiences.locator("td.warn").last.inner_text() == "0"
    assert "No more app like these fits: Audiences of an authorizer" in page.inner_text("#quotas")
    pool = page.locator("#pools tbody", has_text="Lambda: Requests")
    assert "most of it app-00-with-quite-a-long-name 2 %, " in pool.inner_text()
    page.get_by_role("link", name="Projection").press("Enter")
    rows = page.locator("#projection tbody tr")
    assert rows.locator("th").all_inner_texts() == ["20", "49", "5,000"]
    assert rows.nth(0).locator("td").last.inner_text() == "none"
    assert rows.nth(2).locator(".warn").count() > 3
    for width in (1100, 360):
        shot(opened(full, width).page, f"full-{width}")


def shot(page: Page, name: str) -> None:
    """Take a picture of the whole page."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def open_all(page: Page) -> None:
    """Open every derivation that there is."""
    page.evaluate("document.querySelectorAll('button.how').forEach((button) => button.click())")


def focused(page: Page) -> Locator:
    """Give what has the focus."""
    return page.locator(":focus")


def tab_to(page: Page, wanted: Locator, most: int = 120) -> None:
    """Press Tab until something has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page).count() and wanted.evaluate("(e) => e === document.activeElement"):
            return
    pytest.fail("Tab never got there")


@pytest.mark.parametrize("number", [100, 1000])
def test_many_apps(
    opened: Callable[..., Opened],
    folder: Path,
    generated_todo: Path,
    number: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A big fleet's page stays small, opens soon, and can be searched."""
    text = (generated_todo / "app.yaml").read_text(encoding="utf-8")
    start = time.perf_counter()
    path = written(folder, f"{number}.html", html_of_fleet(many(text, number)))
    made = time.perf_counter() - start
    start = time.perf_counter()
    page = opened(path).page
    loaded = time.perf_counter() - start
    size = path.stat().st_size
    sentence = f"{number} apps: {size:,} bytes, made in {made:.1f} s, opened in {loaded:.1f} s"
    SHOTS.mkdir(parents=True, exist_ok=True)
    written(SHOTS, f"{number}.txt", f"{sentence}\n")
    with capsys.disabled():
        print(f"\n{sentence}")  # noqa: T201 - who runs it wants to know
    assert size < MOST_BYTES[number]
    assert loaded < MOST_SECONDS[number]
    assert page.locator("#rows tbody").count() == number
    page.get_by_label("Only those with").fill("APP-0042")
    assert page.locator("#rows tbody:visible").count() == 1
    assert page.locator("#count").inner_text() == f"1 of {number} shown"
    page.get_by_role("button", name="app-0042").press("Enter")
    assert page.locator("#rows tbody:visible .more tbody tr").count() > 10


def test_pictures(
    opened: Callable[..., Opened], hundred: Path, everything: Path, system: Path
) -> None:
    """Each kind of page, light and dark, wide and narrow, with derivations open, says nothing."""
    for name, path in (("hundred", hundred), ("everything", everything), ("system", system)):
        for width in (1100, 360):
            for scheme in ("light", "dark"):
                page = opened(path, width, scheme).page
                for part in ("#total", "#rows", "#pools"):
                    page.locator(f"{part} button.how").first.click()
                shot(page, f"{name}-{width}-{scheme}")


@pytest.mark.parametrize("width", [320, 360, 768])
def test_no_horizontal_scroll(
    opened: Callable[..., Opened], everything: Path, system: Path, full: Path, width: int
) -> None:
    """A phone never has to scroll sideways, whatever is open."""
    for path in (everything, system, full):
        page = opened(path, width).page
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 360, 500, 768])
def test_figures_stay_in_one_line(
    opened: Callable[..., Opened], everything: Path, system: Path, full: Path, width: int
) -> None:
    """No amount at the top is broken within its digits, also where it is a big one."""
    for path in (everything, system, full):
        page = opened(path, width).page
        big = "document.querySelector('.facts dd').textContent = '$12,345,678.90'"
        page.evaluate(big)
        lines = """Array.from(document.querySelectorAll('.facts dd'), (each) => {
          const range = document.createRange();
          range.selectNodeContents(each);
          return range.getClientRects().length;
        })"""
        assert set(page.evaluate(lines)) == {1}
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keyboard(opened: Callable[..., Opened], hundred: Path) -> None:
    """Without a mouse one gets to the figures, opens a derivation, and follows it to its price."""
    page = opened(hundred).page
    page.keyboard.press("Tab")
    assert focused(page).inner_text() == "To the figures"
    page.keyboard.press("Enter")
    assert focused(page).get_attribute("id") == "main"
    service = page.locator("#total button.how").first
    tab_to(page, service)
    assert service.evaluate("(e) => getComputedStyle(e).outlineStyle") == "solid"
    assert service.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    assert service.get_attribute("aria-expanded") == "true"
    derivation = page.locator(f"#{service.get_attribute('aria-controls')}")
    assert derivation.is_visible()
    page.keyboard.press("Enter")
    assert derivation.is_hidden()
    app = page.locator("#rows button.how").first
    tab_to(page, app)
    page.keyboard.press("Space")
    opened_row = page.locator(f"#{app.get_attribute('aria-controls')}")
    assert "requests" in opened_row.inner_text()
    page.keyboard.press("Tab")
    price = focused(page)
    assert price.inner_text().startswith("$")
    target = (price.get_attribute("href") or "")[1:]
    page.keyboard.press("Enter")
    row = page.locator(f"#{target}")
    assert row.is_visible()
    assert row.locator("a").get_attribute("href") == "https://aws.amazon.com/lambda/pricing/"


def test_everything_that_acts_has_a_focus_that_is_seen(
    opened: Callable[..., Opened], everything: Path
) -> None:
    """Every stop of Tab has an outline, and no other element takes clicks."""
    page = opened(everything).page
    stops = page.locator(":is(a, button, input):visible").count()
    seen = 0
    for _ in range(stops):
        page.keyboard.press("Tab")
        if focused(page).count():
            outline = focused(page).evaluate("(e) => getComputedStyle(e).outlineWidth")
            assert outline == "3px"
            seen += 1
    assert seen == stops
    assert page.locator("[onclick], [role=button], [tabindex]:not([tabindex='-1'])").count() == 0


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_light_and_dark(
    opened: Callable[..., Opened],
    hundred: Path,
    scheme: Literal["light", "dark"],
    other: Literal["light", "dark"],
) -> None:
    """The page follows the system, and the switch wins, also when the page is opened again."""
    backs = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}
    page = opened(hundred, scheme=scheme).page
    switch = page.get_by_role("button", name="Dark", exact=True)
    assert page.evaluate(BACK) == backs[scheme]
    assert switch.get_attribute("aria-pressed") == str(scheme == "dark").lower()
    switch.press("Space")
    assert page.evaluate(BACK) == backs[other]
    assert switch.get_attribute("aria-pressed") == str(other == "dark").lower()
    for moment_ms in (300, 1000, 3000, 9000):  # the browser stores what a page keeps a moment later
        page.wait_for_timeout(moment_ms)
        page.reload()
        if page.evaluate(BACK) == backs[other]:
            return
        switch.press("Space")  # lost: a busy browser was left before it had stored it
    pytest.fail("the choice is not kept")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(
    opened: Callable[..., Opened],
    everything: Path,
    system: Path,
    full: Path,
    scheme: Literal["light", "dark"],
) -> None:
    """The rules of axe-core find nothing: landmarks, headings, names, tables, contrast."""
    for path in (everything, system, full):
        page = opened(path, scheme=scheme).page
        open_all(page)
        options = {"runOnly": {"type": "tag", "values": TAGS}}
        results = Axe().run(page, options=options)
        assert results.response["passes"]
        assert results.violations_count == 0, results.generate_report()


def test_every_table_is_named_and_scoped(
    opened: Callable[..., Opened], everything: Path, full: Path
) -> None:
    """Each table has a caption, and each of its headings says what it is the heading of."""
    for path in (everything, full):
        page = opened(path).page
        open_all(page)
        assert page.locator("table").count() > 20
        assert page.locator("table:not(:has(> caption))").count() == 0
        assert page.locator("th:not([scope])").count() == 0
        assert page.locator("svg:not([role=img][aria-label])").count() == 0


def test_sorting(opened: Callable[..., Opened], everything: Path) -> None:
    """A heading sorts by its figures, the greatest first, and then the other way."""
    page = opened(everything).page
    open_all(page)
    shares = page.get_by_role("button", name="share")
    shares.click()
    values = "Array.from(document.querySelectorAll('#rows > tbody > tr:first-child'), (row) => %s)"
    figures = page.evaluate(values % "Number(row.cells[2].dataset.value)")
    assert figures == sorted(figures, reverse=True)
    assert len(set(figures)) > 1
    heading = page.locator("#rows th:has-text('share')").first
    assert heading.get_attribute("aria-sort") == "descending"
    shares.press("Enter")
    assert page.evaluate(values % "Number(row.cells[2].dataset.value)") == figures[::-1]
    page.get_by_role("button", name="name").click()
    names = page.evaluate(values % "row.cells[0].textContent")
    assert names == sorted(names)
    assert page.locator("#rows > thead th[aria-sort]").count() == 1


def test_hostile_names(opened: Callable[..., Opened], folder: Path) -> None:
    """Names that are markup, script or very long are shown as the text that they are."""
    path = written(folder, "hostile.html", as_html(hostile_page(), HOSTILE))
    page = opened(path, 360).page
    open_all(page)
    assert "owned" not in page.title()
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 3
    assert page.locator("[onfocus], [onerror], [autofocus]").count() == 0
    shown = page.locator("#rows > tbody > tr:first-child button").all_text_contents()
    assert sorted(shown) == sorted(HOSTILE)
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    shot(page, "hostile")


def test_without_scripts(opened: Callable[..., Opened], everything: Path) -> None:
    """Where scripts are off, all figures and the derivations of services are there to read."""
    page = opened(everything, scripts=False).page
    assert page.locator("#total .more:visible").count() == page.locator("#total .more").count() > 5
    assert page.locator("#theme").is_hidden()
    assert page.locator("#filter").is_hidden()
    assert "Names open with scripts only" in page.locator("#each").inner_text()
