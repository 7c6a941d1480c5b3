"""Tenner without its extra `aws`: what asks AWS says what is missing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tenner.cli import main
from tests.registrations import make_repo, manifest_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "command",
    [
        "secret check",
        "guard status --region us-east-1",
        "review . --list weekly",
        "promote todo --rows",
        "spend",
    ],
)
def test_it_is_one_sentence(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback, and exit code 3: the sentence says what to install."""
    names = "secrets:\n  app: [token]\n"
    repo = make_repo(tmp_path / "todo", manifest_text() + names)
    monkeypatch.chdir(repo)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    registry = tmp_path / "apps"
    monkeypatch.setenv("TENNER_REGISTRY", str(registry))
    assert main(["register", "."]) == 0
    capsys.readouterr()
    for name in [name for name in sys.modules if name.split(".")[0] in {"boto3", "botocore"}]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("boto3", "botocore"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(command.split()) == 3
    said = capsys.readouterr().err.splitlines()
    assert said[-1].endswith('boto3 is missing: pip install "tenner[aws]"'), said
