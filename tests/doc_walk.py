"""Walks through a page of docs/ as a reader does: its commands in order, in one shell.

A block ```console has commands after `$ `, their further lines after `> `, and beneath them what
they print. A line `…` stands for any lines. What a reader does besides is in comments, which the
page's own words say too:

<!-- exit code 1 -->                       the next block's last command ends so
<!-- edit app.yaml: OLD → NEW -->          an editor
<!-- meanwhile: NAME -->                   something happens that nobody types
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ANY, HOME = "…", "/home/ada"
PATIENCE_S = 300
_END = "\x1e"
_PARTS = re.compile(
    r"<!-- exit code (?P<code>\d+) -->"
    r"|<!-- edit (?P<file>\S+): (?P<old>.+?) → (?P<new>.+?) -->"
    r"|<!-- meanwhile: (?P<meanwhile>[^>]+?) -->"
    r"|```console\n(?P<block>.*?)```",
    re.DOTALL,
)
_URL = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
_ID = "7f1e0a52-0000-4000-8000-000000000000"

# What differs from run to run, and what a page has in its place.
VARIES = [
    (r"\b000000000000\b", "111122223333"),
    (r"\d{4}-\d\d-01T00:00:00\.000Z", "2026-12-01T00:00:00Z"),
    (r"\d{4}-\d\d-\d\dT(?!00:00:00Z)\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "2026-11-21T12:00:00Z"),
    (r"(?<=signals of )20\d\d-\d\d\b", "2026-11"),
    (r"(?<=tenner/prod at )[0-9a-f]{10}\b", "0123456789"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", _ID),
    (r"(?<=: )the emulator at http://127\.0\.0\.1:\d+", "account 111122223333, us-east-1"),
    (r'(?<="id":")[0-9a-f]{28}(?=")', "01a1ff2903d06f055c10a2d61a11"),
    (r"(?m)(?<=put    )\d{4}-\d\d-\d\d$", "2026-11-21"),
    (r"(?<=  API )[0-9a-f]{8,10}\b", "a1b2c3d4e5"),
    (r"\bprocess \d+\b", "process 4711"),
    (re.escape(sys.prefix), ".venv"),
]
# The same of what a reader types: a command that has the page's is run with the real one.
TYPED = [
    (r"http://[0-9a-f]+\.execute-api\.localhost:\d+", _URL),
    (r"127\.0\.0\.1:\d+/_aws/execute-api/[0-9a-f]+", "127.0.0.1:4566/_aws/execute-api/a1b2c3d4"),
    (r"127\.0\.0\.1:\d+(?!\d|/_aws)", "127.0.0.1:4566"),
]


class Step(NamedTuple):
    """One command with what the page shows beneath it, and where that stands in the page."""

    command: str
    shown: str
    start: int
    end: int
    code: int


class Act(NamedTuple):
    """What a reader, or somebody else, does between two commands."""

    name: str
    words: tuple[str, ...] = ()


def parts_of(text: str) -> list[Step | Act]:
    """Read a page; a mistake in its form is a ValueError."""
    found: list[Step | Act] = []
    code = 0
    for match in _PARTS.finditer(text):
        if match["code"]:
            code = int(match["code"])
        elif match["file"]:
            found.append(Act("edit", (match["file"], match["old"], match["new"])))
        elif match["meanwhile"]:
            found.append(Act(match["meanwhile"]))
        else:
            steps = _steps(text, match.start("block"), match.end("block"))
            found += [*steps[:-1], steps[-1]._replace(code=code)]
            code = 0
    return found


def _steps(text: str, start: int, end: int) -> list[Step]:
    steps: list[Step] = []
    position = start
    for line in text[start:end].splitlines(keepends=True):
        after = position + len(line)
        if line.startswith("$ "):
            steps.append(Step(line[2:], "", after, after, 0))
        elif not steps:
            raise ValueError(f"a block begins with {line!r}, expected a command after `$ `")
        elif line.startswith("> ") and not steps[-1].shown:
            last = steps[-1]
            steps[-1] = Step(last.command + line[2:], "", after, after, 0)
        else:
            last = steps[-1]
            steps[-1] = last._replace(shown=last.shown + line, end=after)
        position = after
    if not steps:
        raise ValueError("a block is empty, expected a command after `$ `")
    for each in steps:
        if {line.strip() for line in each.shown.splitlines()} == {ANY}:
            raise ValueError(
                f"{each.command.strip()}: anything fits, expected a line that it prints"
            )
    return steps


def fits(shown: str, printed: str) -> bool:
    """Tell whether what was printed is what is shown, with any lines for `…`."""
    lines = [
        "(?:.*\n)*" if line.strip() == ANY else re.escape(line)
        for line in shown.splitlines(keepends=True)
    ]
    return re.fullmatch("".join(lines), printed) is not None


def renewed(shown: str, printed: str) -> str:
    """Give what was printed; where `…` stands, each line beside it becomes the one most like it."""
    if ANY not in shown:
        return printed
    left = printed.splitlines(keepends=True)
    lines = []
    for line in shown.splitlines(keepends=True):
        near = [] if line.strip() == ANY else get_close_matches(line, left, n=1)
        lines.append(near[0] if near else line)
        left = left[left.index(near[0]) + 1 :] if near else left
    return "".join(lines)


class Typist(Protocol):
    """Who types what a page says."""

    def run(self, command: str) -> tuple[int, str]:
        """Run a command; give its exit code and words."""

    def folder(self) -> Path:
        """Say where it is run."""


class Reader:
    """A person with one shell, who types what a page says."""

    def __init__(self, start: Path, place: Path, environment: Mapping[str, str]) -> None:
        self.place, self.known = place, {HOME: str(place)}
        self.shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=start,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the shell."""
        self.shell.communicate(timeout=10)

    def run(self, command: str) -> tuple[int, str]:
        """Run a command in the shell; give its exit code and words, with what varies as shown."""
        for shown, real in sorted(self.known.items(), key=lambda pair: -len(pair[0])):
            command = command.replace(shown, real)
        assert self.shell.stdin
        assert self.shell.stdout
        typed = command if command.endswith("\n") else f"{command}\n"
        self.shell.stdin.write(f"{{ {typed}}} </dev/null\nprintf '\\036%s\\n' $?\n")
        self.shell.stdin.flush()
        words = ""
        limit = Timer(PATIENCE_S, self._kill)
        limit.start()
        try:
            for line in self.shell.stdout:
                before, mark, code = line.partition(_END)
                words += before
                if mark:
                    end = "\n" if words and not words.endswith("\n") else ""
                    return int(code), self.normal(words + end)
        finally:
            limit.cancel()
        raise AssertionError(f"the shell ended in {command}: {words}")

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.shell.pid, signal.SIGKILL)

    def folder(self) -> Path:
        """Say where the shell is."""
        return Path(self.run("pwd -P")[1].strip().replace(HOME, str(self.place)))

    def normal(self, words: str) -> str:
        """Put what a page has in the place of what differs from run to run."""
        words = words.replace(str(self.place), HOME)
        for pattern, shown in VARIES:
            words = re.sub(pattern, shown, words)
        for pattern, shown in TYPED:
            for found in re.finditer(pattern, words):
                self.known[shown] = found[0]
            words = re.sub(pattern, shown, words)
        return words


def walk(
    page: Path,
    reader: Typist,
    meanwhile: Mapping[str, Callable[[], object]] | None = None,
    *,
    update: bool = False,
) -> None:
    """Do all that a page says; fails where it prints anything else, or writes that into it."""
    text = page.read_text(encoding="utf-8")
    written, last = "", 0
    for part in parts_of(text):
        if isinstance(part, Act):
            _act(part, reader, meanwhile or {})
            continue
        code, printed = reader.run(part.command)
        assert code == part.code, f"{page.name}: $ {part.command}exit code {code}:\n{printed}"
        shown = part.shown
        if not fits(shown, printed):
            said = f"{page.name}: $ {part.command}prints\n{printed}\nand the page shows\n{shown}"
            assert update, said
            shown = renewed(shown, printed)
            assert fits(shown, printed), said
        written += text[last : part.start] + shown
        last = part.end
    if update:
        page.write_text(written + text[last:], encoding="utf-8")


def _act(act: Act, reader: Typist, meanwhile: Mapping[str, Callable[[], object]]) -> None:
    if act.name != "edit":
        meanwhile[act.name]()
        return
    name, old, new = act.words
    file = reader.folder() / name
    content = file.read_text(encoding="utf-8")
    assert old in content, f"{file} has no {old!r}"
    file.write_text(content.replace(old, new, 1), encoding="utf-8")
