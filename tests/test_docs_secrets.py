"""docs/secrets.md: its commands run in order, and print what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.doc_walk import parts_of, walk
from tests.fixtures_generated import ROOT
from tests.readers import InProcess
from tests.registrations import make_repo, manifest_text
from tests.secret_cloud import cloud, deploy, value_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = ROOT / "docs/secrets.md"
VALUE = "Marked-Value-of-the-page"


def test_the_page(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    """Each command of the page prints what is below it; `make deploy` is done on moto."""
    text = manifest_text("todo").replace("  dev: {}\n", "  prod: {}\n")
    repo = make_repo(tmp_path / "todo", text + "secrets: {app: [stripe-key]}\n")
    monkeypatch.chdir(repo)
    (repo / "key.txt").write_text(f"{VALUE}\n", encoding="utf-8")
    reader = InProcess(tmp_path, capsys, {"make deploy ENV=prod": lambda: deploy(repo, "prod")})
    assert len(parts_of(PAGE.read_text(encoding="utf-8"))) == 11
    with cloud(monkeypatch):
        walk(PAGE, reader, update=bool(request.config.getoption("--update-golden")))
        assert (value_in("todo/prod/stripe-key"), value_in("/todo/prod/stripe-key")) == (
            None,
            VALUE,
        )
