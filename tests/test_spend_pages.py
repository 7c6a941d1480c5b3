"""docs/spend.md and docs/review.md: commands print what the pages show, and tables are true."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tenner import cli_review, cli_spend
from tenner.load import load_checklists
from tenner.spend_ask import days_to_ask, of_anomalies, questions
from tests.cost_explorer import KEYS, CostExplorerServer
from tests.doc_walk import parts_of, walk
from tests.fixtures_generated import ROOT
from tests.readers import InProcess
from tests.test_cli_review import NOW
from tests.test_cli_spend import page_set
from tests.test_readme import put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEND, REVIEW = (ROOT / "docs" / f"{name}.md" for name in ("spend", "review"))
ANSWERS = """\
answers:
  new_features: yes
  budget_fits: {answer: no, note: twice as many apps as in spring}
  advice: {answer: accepted, note: no time before spring}
"""


@pytest.fixture
def reader(fleet_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """What a reader of the pages has: three apps, saved answers, and an account that was used."""
    server = CostExplorerServer()
    server.pages = page_set()
    for name in (*cli_review._CREDENTIALS, "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in (cli_spend, cli_review):
        monkeypatch.setattr(module, "now", lambda: NOW)
    (fleet_home / "answers.json").write_text(json.dumps(page_set()[1:3]), encoding="utf-8")
    (fleet_home / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    yield fleet_home
    server.stop()


@pytest.mark.parametrize("page", [SPEND, REVIEW], ids=["spend", "review"])
def test_commands_print_what_the_page_shows(
    page: Path, reader: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """They run in the page's order, on a day of November."""
    assert len(parts_of(page.read_text(encoding="utf-8"))) >= 5
    update = bool(request.config.getoption("--update-golden"))
    walk(page, InProcess(reader.parent, capsys), update=update)


def test_what_can_go_wrong_is_said_so() -> None:
    """Each sentence of the table is one that the program has."""
    source = " ".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "src/tenner").glob("*spend*.py")
    )
    flat = re.sub(r'"\s*\n\s*f?"', "", source)
    table = SPEND.read_text(encoding="utf-8").partition("| it says |")[2].partition("\n\n")[0]
    sentences = re.findall(r"(?m)^\| ([^|-][^|]*) \|", table)
    assert len(sentences) == 9
    assert [sentence for sentence in sentences if sentence not in flat] == [
        'given "EUR", expected USD'  # put together of what is given; test_cli_spend.py has it
    ]


def test_the_policy_is_what_is_asked() -> None:
    """The page's policy allows the two actions that are asked, and no more."""
    (policy,) = re.findall(r"```json\n(.*?)```", SPEND.read_text(encoding="utf-8"), re.DOTALL)
    (statement,) = json.loads(policy)["Statement"]
    days = days_to_ask(NOW.date())
    asked = {action for action, _ in (*questions(days), of_anomalies(days))}
    assert set(statement["Action"]) == {f"ce:{each.title().replace('_', '')}" for each in asked}


def test_the_table_of_items(request: pytest.FixtureRequest) -> None:
    """The page has every item: its list, whether it is checked or asked, and its lines."""
    checklists = load_checklists()
    rows = ["| list | item | how | the documents' lines |", "|---|---|---|---|"]
    for key, item in checklists.items.items():
        title = checklists.lists[item.list].title
        how = "checked" if item.check else "asked"
        only = {"ai": ", of a model", "static_site": ", of a site", "": ""}[item.only]
        rows.append(f"| {title} | {item.text} (`{key}`) | {how}{only} | {', '.join(item.source)} |")
    rows += [f"| | {why} | elsewhere | {place} |" for place, why in checklists.elsewhere.items()]
    update = bool(request.config.getoption("--update-golden"))
    table = "\n" + "\n".join(rows) + "\n"
    put(REVIEW, r"<!-- items -->(.*?)<!-- /items -->", table, update=update)
