"""Where a secret goes: every path of the decision tree, and what each place costs."""

from __future__ import annotations

import json
import shutil
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import questionary
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tenner import cli
from tenner.load import default_catalog_folder
from tenner.secret_where import decide, prices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tenner.catalog import Catalog
    from tenner.secret_where import Question


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        ({"rotation": True, "revenue": True}, "Secrets Manager"),
        ({"rotation": True, "revenue": False}, "Parameter Store"),
        ({"rotation": False, "user_specific": True}, "DynamoDB"),
        ({"rotation": False, "user_specific": False}, "Parameter Store"),
    ],
)
def test_the_tree(answers: dict[Question, bool], place: str) -> None:
    """Each path of the document's tree ends where it says, and asks no more than it needs."""
    asked: list[Question] = []

    def ask(question: Question) -> bool:
        asked.append(question)
        return answers[question]

    assert decide(ask).place == place
    assert asked == list(answers)


@pytest.mark.parametrize(
    ("count", "reads", "expected"),
    [
        # KMS: 20,000 requests are free, then 0.03 for 10,000. DynamoDB: reads at 0.125 and writes
        # at 0.625 a million; storage is in the free 25 GB. A secret: 0.40, and 0.05 for 10,000.
        (1, 500, ("0", "0.000063125", "0.4025")),
        (40, 500, ("0", "0.002525", "16.1")),
        (41, 500, ("0.0015", "0.002588125", "16.5025")),
        (100, 0, ("0", "0.0000625", "40")),
    ],
)
def test_prices(count: int, reads: int, expected: tuple[str, ...], catalog: Catalog) -> None:
    """Each place's cost is an estimate with the free tiers that never end."""
    found = prices(catalog, count, Decimal(reads), "always-free", 10_000)
    assert [each.place for each in found] == ["Parameter Store", "DynamoDB", "Secrets Manager"]
    assert tuple(each.total for each in found) == tuple(map(Decimal, expected))


def test_parameters_beyond_the_quota_are_advanced(catalog: Catalog) -> None:
    """Of 10,002 parameters two are advanced: by the hour, and each reading of them is billed."""
    found = prices(catalog, 10_002, Decimal(5), "list", 10_000)
    by_hour, interactions = 2 * 730 * Decimal("0.00007"), 10 * Decimal("0.05") / 10_000
    kms = 10_002 * 5 * Decimal("0.03") / 10_000
    assert found[0].total == by_hour + interactions + kms
    assert prices(catalog, 10_000, Decimal(0), "list", 10_000)[0].total == 0


def test_the_command_tells_the_quota(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there are more than the quota allows, the last of them are told to be advanced."""
    words = ["secret", "where", "--no-rotation", "--no-user-specific", "--count"]
    assert cli.main([*words, "10001"]) == 0
    assert capsys.readouterr().out.splitlines()[2] == (
        "  Name it under secrets.app in app.yaml: a SecureString of the standard tier. Prod has it "
        "in Secrets Manager until tenner secret move moves it. An account and region has at most "
        "10,000 of the standard tier: make the other 1 advanced, or keep them where that costs "
        "less."
    )
    assert cli.main([*words, "10000"]) == 0
    assert "advanced" not in capsys.readouterr().out


def test_more_reads_than_can_be_estimated(capsys: pytest.CaptureFixture[str]) -> None:
    """Count and reads, each allowed by itself, have a limit together."""
    words = ["secret", "where", "--no-rotation", "--user-specific", "--count", "1000000000"]
    assert cli.main([*words, "--reads", "1000001"]) == 2
    assert capsys.readouterr().err == (
        "--count times --reads: given 1,000,001,000,000,000, expected at most "
        "1,000,000,000,000,000\n"
    )
    assert cli.main([*words, "--reads", "1000000"]) == 0


def test_what_rotates_and_belongs_to_users(capsys: pytest.CaptureFixture[str]) -> None:
    """A thousand users' tokens are no names in app.yaml, also where they are renewed."""
    words = ["secret", "where", "--rotation", "--user-specific", "--count", "1000"]
    assert cli.main([*words, "--no-revenue"]) == 0
    assert capsys.readouterr().out.startswith(
        "DynamoDB: each user has one, and the app renews it itself\n\n"
        "  Keep it in the user's row of the app's table, and write each new value there.\n"
    )


def test_a_catalog_without_the_quota(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A catalog whose quotas lack the one of parameters is told so."""
    book = shutil.copytree(default_catalog_folder(), tmp_path / "book")
    quotas = book / "quotas.yaml"
    text = quotas.read_text(encoding="utf-8").replace("standard_parameters:", "others:")
    quotas.write_text(text, encoding="utf-8")
    assert cli.main(["secret", "where", "--rotation", "--revenue", "--catalog", str(book)]) == 2
    assert capsys.readouterr().err == (
        "quotas.yaml: standard_parameters: missing, expected it in the catalog\n"
    )


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Options answer all that is asked."""
    assert cli.main(["secret", "where", "--no-rotation", "--user-specific"]) == 0
    assert capsys.readouterr().out == (
        "DynamoDB: it needs no rotation, and each user has one\n\n"
        "  Keep it in the user's row of the app's table, which is encrypted.\n\n"
        "                   a month  1 read 500 times\n"
        "  Parameter Store    $0.00  1 standard parameter, 500 reads of a SecureString\n"
        "  DynamoDB           $0.00  500 read units, 1 write unit, 0.000001 GB kept\n"
        "  Secrets Manager    $0.40  1 secret, 500 calls\n"
    )
    words = ["secret", "where", "--rotation", "--no-revenue", "--format", "json"]
    assert cli.main([*words, "--count", "100", "--account-plan", "list"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["place"] == "Parameter Store"
    assert content["places"][0]["total"] == "0.15"
    assert content["places"][2]["total"] == "40.25"


def test_nobody_to_ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can be asked, the option that is missing is named."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert cli.main(["secret", "where", "--no-rotation"]) == 2
    assert capsys.readouterr().err == (
        "expected --user-specific or --no-user-specific: Does it belong to one user, such as a "
        "token?\n"
    )


class _Asked:
    """Stands in for one question to a person."""

    def __init__(self, *, answer: bool | None) -> None:
        self.ask: Callable[[], bool | None] = lambda: answer


def test_a_person_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a terminal, what no option says is asked."""
    asked: list[str] = []

    def confirm(question: str, **_: object) -> _Asked:
        asked.append(question)
        return _Asked(answer=True)

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(questionary, "confirm", confirm)
    assert cli.main(["secret", "where"]) == 0
    assert capsys.readouterr().out.startswith("Secrets Manager: it must rotate by itself")
    assert asked == ["Must it rotate by itself?", "Does the app earn money?"]


def test_an_answer_ends_with_enter(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter after `y` ends that question, and does not answer the next one."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    with (
        create_pipe_input() as keys,
        create_app_session(input=keys, output=DummyOutput()),
    ):
        keys.send_text("y\ry\r")
        assert cli.main(["secret", "where"]) == 0
    assert capsys.readouterr().out.startswith("Secrets Manager: it must rotate by itself")


def test_a_person_who_stops(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in a question ends the command."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(questionary, "confirm", lambda *_, **__: _Asked(answer=None))
    assert cli.main(["secret", "where"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
