"""Whoever walks through a page notices what the page has wrong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests import doc_walk as walking
from tests.doc_walk import Reader, fits, parts_of, walk

if TYPE_CHECKING:
    from pathlib import Path


def page(folder: Path, text: str) -> Path:
    """Write a page."""
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, *, update: bool = False) -> str:
    """Walk through a page that starts in a folder; give the page as it is afterwards."""
    path = page(folder, text)
    with Reader(folder, folder, os.environ) as reader:
        walk(path, reader, {"it rains": (folder / "rain").touch}, update=update)
    return path.read_text(encoding="utf-8")


def test_a_page_that_is_right(tmp_path: Path) -> None:
    """Commands share one shell, whose place and variables stay; edits and acts happen in order."""
    (tmp_path / "file").write_text("one two\n")
    text = (
        "```console\n$ mkdir here\n$ cd here\n$ pwd\n/home/ada/here\n$ cat <<'END'\n> a\n> END\na\n"
        "```\n<!-- edit ../file: two → three -->\n<!-- meanwhile: it rains -->\n"
        "<!-- exit code 1 -->\n```console\n$ cat ../file\n…\none three\n"
        "$ printf x; test ! -e ../rain\nx\n"
        "```\n"
    )
    assert read(tmp_path, text) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("```console\n$ echo a\nb\n```\n", "prints\na\n\nand the page shows\nb"),
        ("```console\n$ echo a\n```\n", "prints\na\n"),
        ("```console\n$ true\na\n```\n", "and the page shows\na"),
        ("```console\n$ false\n```\n", "exit code 1"),
        ("<!-- exit code 1 -->\n```console\n$ true\n```\n", "exit code 0"),
        ("<!-- edit page.md: gone gone → here -->\n", ""),
        ("```console\n$ exit\n```\n", "the shell ended in exit"),
    ],
)
def test_a_page_that_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    """Another output, none, another exit code or a text that is not there: it fails."""
    if "gone gone" in text:
        (tmp_path / "page.md").touch()
        text = text.replace("edit page.md", "edit empty")
        (tmp_path / "empty").touch()
    with pytest.raises(AssertionError) as failed:
        read(tmp_path, text)
    assert problem in str(failed.value)


def test_a_command_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended, and the page fails."""
    monkeypatch.setattr(walking, "PATIENCE_S", 0.2)
    with pytest.raises(AssertionError, match="the shell ended in sleep 60"):
        read(tmp_path, "```console\n$ sleep 60\n```\n")


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("a\n", "expected a command after `\\$ `"),
        ("", "a block is empty"),
        ("$ make\n…\n", "make: anything fits"),
    ],
)
def test_a_block_without_sense(block: str, problem: str) -> None:
    """A block has commands, and what it shows says something."""
    with pytest.raises(ValueError, match=problem):
        parts_of(f"```console\n{block}```\n")


@pytest.mark.parametrize(
    ("shown", "printed", "fit"),
    [
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\nd\n", "a\nd\n", True),
        ("a\n…\nd\n", "a\nd\ne\n", False),
        ("…\nd\n", "d\n", True),
        ("a\n…\n", "b\n", False),
        ("a.c\n", "abc\n", False),
        ("", "a\n", False),
    ],
)
def test_any_lines(shown: str, printed: str, fit: bool) -> None:
    """`…` is any lines, also none; all else is literal."""
    assert fits(shown, printed) is fit


def test_an_update_writes_what_is_printed(tmp_path: Path) -> None:
    """Old words go, all else stays, also where commands have printed nothing yet."""
    text = "# Page\n```console\n$ echo a\nold\nlines\n$ echo b\n```\nEnd.\n"
    right = "# Page\n```console\n$ echo a\na\n$ echo b\nb\n```\nEnd.\n"
    assert read(tmp_path, text, update=True) == right
    assert read(tmp_path, right) == right


def test_an_update_keeps_what_is_left_out(tmp_path: Path) -> None:
    """Beside `…` a line that changed a little is written anew; one that is gone is a failure."""
    text = "```console\n$ printf 'begin\\nadded 40 in all\\nend\\n'\n…\nadded 39 in all\n…\n```\n"
    right = text.replace("39", "40")
    assert read(tmp_path, text, update=True) == right
    with pytest.raises(AssertionError, match="and the page shows"):
        read(tmp_path, text.replace("added 39 in all", "no such words"), update=True)


def test_what_a_reader_types_is_real(tmp_path: Path) -> None:
    """An address is shown as AWS has it, and a command with it gets the emulator's."""
    real = "http://ab12.execute-api.localhost:4577"
    with Reader(tmp_path, tmp_path, os.environ) as reader:
        _, said = reader.run(f"echo {real}/todo")
        assert said == "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/todo\n"
        assert reader.known[said.strip().removesuffix("/todo")] == real
        reader.run(f"echo {said.strip()} > typed")
    assert (tmp_path / "typed").read_text() == f"{real}/todo\n"
