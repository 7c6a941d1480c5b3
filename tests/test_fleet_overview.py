"""`tenner fleet`: apps, budget, pools, quotas and projections, each figure worked out by hand."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner import report_fleet
from tenner.cli import main
from tenner.shown import shown
from tests.fixtures_fleet import FLEET

if TYPE_CHECKING:
    from pathlib import Path

# 10,000 requests of the API at $1 a million, each app; 2 secrets at $0.40 in 2 environments. The
# guard of each environment reads twice an hour: 2 × 730 × 2 at $0.125 a million, 0.000365.
# v0.1.0 lacks 0.2.0 and 0.3.0, which change nothing in a manifest.
TEXT = """\
fleet of 3 apps · us-east-1                            prices checked 2024-07-01

  app    environments  owner   template  behind   adds  share  to save
  links  dev           team-a  v0.1.0         2  $0.01  $0.01    $0.00
  pip    dev           me      v0.1.0         2  $0.01  $0.01    $0.00
  todo   dev           me      v0.1.0         2  $0.01  $0.01    $0.00

  the fleet costs                                                         $1.63
  of which the shared infrastructure itself                               $1.60
  its budget, of which that is 82 %                                       $2.00
  the same apps, each alone and sharing nothing, would cost               $0.03
  with v0.3.0 in all apps (3 are behind), it would cost                   $1.63

  free pool"""
ENDS = """\
  Growth ends at 100 apps like these: Routes of an HTTP API, 300, which AWS
    raises on request (the shared account, us-east-1, dev).
  With that raised, growth ends at 147 apps like these: Audiences of an
    authorizer, 50, which AWS raises for nobody (the shared account, us-east-1,
    dev).
"""


@pytest.fixture
def said(fleet_home: Path, capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """What is printed in the shared infrastructure's folder."""
    return capsys


def test_text(said: pytest.CaptureFixture[str]) -> None:
    """In the shared infrastructure's folder: its apps, its budget, pools, quotas, and the end."""
    assert main(["fleet"]) == 0
    text, problems = said.readouterr()
    assert problems == ""
    assert text.startswith(TEXT)
    assert text.endswith(ENDS)
    # 30,000 of a million requests, and 1,460 of the guards: each app's 10,000 are 32 % of them
    assert re.search(r"  Lambda: Requests +4 %  links 32 %, pip 32 %, todo 32 %\n", text)
    # four metrics of each environment's table and index, and one of all functions; ten are free
    assert re.search(r"  CloudWatch: Alarms +90 %  what is shared\n", text)
    assert re.search(r"  Audiences of an authorizer +2 +50  hard +144\n", text)
    assert all(len(line) <= 80 for line in text.splitlines())


def test_projection(said: pytest.CaptureFixture[str]) -> None:
    """So many apps cost a cent each and the shared secrets; 300 are over two quotas.

    Of 3,000,000 requests of Lambda, 2,000,000 are beyond the pool: $0.40.
    """
    assert main(["fleet", "--project", "20,100,300"]) == 0
    text = said.readouterr().out
    assert text.endswith(
        ENDS
        + """
  so many apps like these
  apps  a month   each  over its quota
    20    $1.80  $0.09  –
   100    $2.60  $0.03  –
   300    $5.00  $0.02  Routes of an HTTP API: 900 of 300 and 1 more
"""
    )


def test_json(said: pytest.CaptureFixture[str]) -> None:
    """For machines: exact decimals as strings, and every quota with its source."""
    assert main(["fleet", "--project", "100", "--format", "json"]) == 0
    content = json.loads(said.readouterr().out)
    assert content["apps"][0] == {
        "app": "links",
        "environments": ["dev"],
        "owner": "team-a",
        "template_version": "v0.1.0",
        "release": "v0.1.0",
        "releases_behind": 2,
        "saves": "0",
        "marginal": "0.01",
        "share": "0.01",
        "alone": "0.01",
    }
    assert content["shared_infrastructure"] == {"share": "1.600365"}
    assert content["newest_release"] == "v0.3.0"
    assert content["totals"] == {
        "total": "1.630365",
        "alone": "0.03",
        "at_newest_release": "1.630365",
    }
    assert content["budget"] == {"monthly_usd": "2", "used_percent": 82, "is_over": False}
    assert content["growth_ends"] == [
        {"quota": "http_api_routes", "apps": 100},
        {"quota": "jwt_audiences", "apps": 147},
    ]
    routes = next(each for each in content["quotas"] if each["quota"] == "http_api_routes")
    assert routes["source"][0].startswith("https://docs.aws.amazon.com/")
    assert {key: routes[key] for key in ("used", "limit", "adjustable", "more_apps", "where")} == {
        "used": "9",
        "limit": "300",
        "adjustable": True,
        "more_apps": 97,
        "where": "the shared account, us-east-1, dev",
    }
    (projected,) = content["projected"]  # 1,460 requests are beyond the free million, $0.000292
    assert (projected["apps"], projected["total"], projected["over"]) == (100, "2.600657", [])
    assert projected["quotas"]["http_api_integrations"] == "100"
    requests = next(each for each in content["pools"] if each["items"] == ["lambda/requests"])
    assert (requests["used"], requests["free"], requests["percent"]) == ("31460", "1000000", 4)


def test_markdown(said: pytest.CaptureFixture[str]) -> None:
    """For a pull request: the same as tables."""
    assert main(["fleet", "--project", "100", "--format", "markdown"]) == 0
    text = said.readouterr().out
    first = (
        "The fleet costs **$1.63** a month, 82 % of its budget of $2.00; the same apps, each alone "
        "and sharing nothing, would cost $0.03. Of it, $1.60 is the share of the shared "
        "infrastructure itself."
    )
    dev = "the shared account, us-east-1, dev"
    for line in (
        first,
        "| links | dev | team-a | v0.1.0 | 2 | $0.01 | $0.01 | $0.00 |",
        f"| Routes of an HTTP API | 9 | 300 | adjustable | 97 | {dev} |",
        "| 100 | $2.60 | $0.03 | – |",
        "Prices checked 2024-07-01, account plan always-free.",
    ):
        assert line in text.splitlines()


def test_over_budget(fleet_home: Path, said: pytest.CaptureFixture[str]) -> None:
    """A fleet over its budget needs a person."""
    (fleet_home / "fleet.yaml").write_text(
        FLEET.replace("monthly_usd: 2}", "monthly_usd: 1.5}"), encoding="utf-8"
    )
    assert main(["fleet"]) == 1
    assert said.readouterr().err == (
        "The fleet costs $1.63 a month, which is over its budget of $1.50. What would save money: "
        "tenner advise ../APP\n"
    )


def test_account_plan_of_the_fleet(fleet_home: Path, said: pytest.CaptureFixture[str]) -> None:
    """fleet.yaml says which free tiers count, unless the option does."""
    text = FLEET.replace("monthly_usd: 2}", "monthly_usd: 3}") + "account_plan: list\n"
    (fleet_home / "fleet.yaml").write_text(text, encoding="utf-8")
    assert main(["fleet"]) == 0
    assert "Free tiers are not counted" in said.readouterr().out
    assert main(["fleet", "--account-plan", "always-free"]) == 0
    assert "Free tiers" not in said.readouterr().out


def test_raised_quota(fleet_home: Path, said: pytest.CaptureFixture[str]) -> None:
    """A limit that AWS has raised is a line of fleet.yaml."""
    (fleet_home / "fleet.yaml").write_text(
        FLEET + "quotas: {http_api_routes: 600}\n", encoding="utf-8"
    )
    assert main(["fleet"]) == 0
    assert (
        "  Growth ends at 147 apps like these: Audiences of an authorizer" in said.readouterr().out
    )


def test_a_broken_fleet_yaml(fleet_home: Path, said: pytest.CaptureFixture[str]) -> None:
    """The apps are counted all the same, without a budget."""
    (fleet_home / "fleet.yaml").write_text("prefix: [", encoding="utf-8")
    assert main(["fleet"]) == 1
    text, problems = said.readouterr()
    assert "fleet.yaml: " in problems
    assert "the fleet costs" in text
    assert "budget" not in text


def test_a_record_of_nonsense(fleet_home: Path, said: pytest.CaptureFixture[str]) -> None:
    """One record that can't be read is a sentence; the others are counted."""
    (fleet_home / "apps" / "pip.yaml").write_text("nonsense", encoding="utf-8")
    assert main(["fleet"]) == 1
    text, problems = said.readouterr()
    assert text.startswith("fleet of 2 apps · us-east-1")
    assert "pip.yaml: " in problems


@pytest.mark.parametrize(
    "sizes",
    [
        *("", "0", "5001", "1000000", "9" * 5000, "20,,3", "20,", "ten", "-1", "1.5", "1e3", "٣"),
        *("1_000", "0x10", "20;30", "+20", "NaN", "\x1b[31m", ",".join("1" * 21)),
    ],
)
def test_wrong_sizes(said: pytest.CaptureFixture[str], sizes: str) -> None:
    """Sizes are whole numbers of apps."""
    assert main(["fleet", "--project", sizes]) == 2
    out, problems = said.readouterr()
    assert out == ""
    assert problems == (
        f"--project: given {shown(sizes)}, expected at most 20 whole numbers from 1 to 5,000, such "
        "as 20,100,300\n"
    )
    assert len(problems) < 200


def test_sizes_at_the_edge(said: pytest.CaptureFixture[str]) -> None:
    """From one app to the most, each once and in the order that was asked, spaces or not."""
    assert main(["fleet", "--project", " 5000, 1,05000 ,1,0001 ", "--format", "json"]) == 2
    assert main(["fleet", "--project", " 5000, 1 ,1,0001 ", "--format", "json"]) == 0
    projected = json.loads(said.readouterr().out)["projected"]
    assert [each["apps"] for each in projected] == [5000, 1]
    # One app at a cent, 2 shared secrets in 2 environments at $0.40, and the guards' reads
    assert projected[1]["total"] == "1.610365"


def test_sizes_are_not_for_csv(said: pytest.CaptureFixture[str]) -> None:
    """A table of every line has no place for a projection."""
    assert main(["fleet", "--project", "20", "--format", "csv"]) == 2
    assert said.readouterr().err == (
        "--project: given --format csv, expected text, markdown, json or html\n"
    )


@pytest.mark.parametrize("more", [[], ["--project", "20"], ["--format", "html"]])
def test_an_empty_registry(
    said: pytest.CaptureFixture[str], tmp_path: Path, more: list[str]
) -> None:
    """Without apps there is no fleet, and none like it."""
    (tmp_path / "none").mkdir()
    assert main(["fleet", "--registry", str(tmp_path / "none"), *more]) == 2
    out, problems = said.readouterr()
    assert out == ""
    assert re.fullmatch(
        r"No app is registered in \S+none\. Make one: tenner new \.\./todo\n", problems
    )


def test_a_hundred_apps_alone(hundred_registry: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a hundred apps alike, each draws 1 %, and three are named; no budget is known."""
    assert main(["fleet", "--registry", str(hundred_registry)]) == 0
    text = capsys.readouterr().out
    assert "app-001 1 %, app-002 1 %, app-003 1 %, 97 more\n" in text
    assert (
        "  the fleet costs                                                         $3.76\n" in text
    )
    assert "budget" not in text


@pytest.mark.parametrize(
    ("percent", "words"),
    [("0.001", "under 1 %"), ("0.999", "under 1 %"), ("1", "1 %"), ("33.5", "34 %")],
)
def test_a_part_in_percent(percent: str, words: str) -> None:
    """What is there at all is not said to be 0 %."""
    assert report_fleet._percent(Decimal(percent)) == words


def test_versions_on_the_page(said: pytest.CaptureFixture[str]) -> None:
    """The page has each app's version, how far behind it is, and what the fleet would cost."""
    assert main(["fleet", "--format", "html"]) == 0
    page = said.readouterr().out
    assert (
        "<p>With v0.3.0 in all apps, of which 3 lack it, the fleet would cost $1.63 a month.</p>"
    ) in page
    cells = '<td>v0.1.0</td><td class="number">2</td><td class="number">$0.00</td>'
    assert f'<tr><th scope="row">links</th>{cells}</tr>' in page
