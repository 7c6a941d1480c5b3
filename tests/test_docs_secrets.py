"""docs/secrets.md: its commands run in order, and print what it shows."""

from __future__ import annotations

import io
import re
import shlex
import sys
from typing import TYPE_CHECKING

from tenner.cli import main
from tests.fixtures_generated import ROOT
from tests.registrations import make_repo, manifest_text
from tests.secret_cloud import cloud, deploy, value_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = (ROOT / "docs/secrets.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
VALUE = "Marked-Value-of-the-page"


def test_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command of the page prints what is below it; `make deploy` is done on moto."""
    text = manifest_text("todo").replace("  dev: {}\n", "  prod: {}\n")
    repo = make_repo(tmp_path / "todo", text + "secrets: {app: [stripe-key]}\n")
    monkeypatch.chdir(repo)
    steps = [step for block in BLOCK.findall(PAGE) for step in block.split("$ ")[1:]]
    assert len(steps) == 11
    with cloud(monkeypatch):
        for step in steps:
            command, _, shown = step.partition("\n")
            if command.startswith("make deploy"):
                deploy(repo, "prod")
                continue
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{VALUE}\n".encode())))
            main(shlex.split(command.partition(" < ")[0])[1:])
            said = capsys.readouterr()
            assert said.out + said.err == shown
        assert (value_in("todo/prod/stripe-key"), value_in("/todo/prod/stripe-key")) == (
            None,
            VALUE,
        )
