"""What an app's repo says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenner.registry import TemplateVersion
from tenner.repo_facts import template_version

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("answers", "source", "version"),
    [
        ("_commit: v1.2.0\n_src_path: gh:x/tenner\n", "gh:x/tenner", "v1.2.0"),
        ("_commit: 1.20\n", "", "1.20"),
        ("_src_path: https://me:token@host/x\n", "https://host/x", ""),
        ("_src_path: http://[\n", "", ""),
        (f"_src_path: {'x' * 3000}\n", "x" * 2000, ""),
        ("- 1\n", "", ""),
        ("", "", ""),
        ("a: 1\na: 2\n", "", ""),
    ],
)
def test_template_version(tmp_path: Path, answers: str, source: str, version: str) -> None:
    """What Copier wrote says which template it was; what can't be read says nothing."""
    (tmp_path / ".copier-answers.yml").write_text(answers, encoding="utf-8")
    assert template_version(tmp_path) == TemplateVersion(source=source, version=version)


def test_no_template_version(tmp_path: Path) -> None:
    """A repo that Copier did not make has no version."""
    assert template_version(tmp_path) == TemplateVersion()
