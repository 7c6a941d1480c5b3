"""The search for marked values finds a mark in each kind of place; ways in that fail, with an echo.

What is deployed is searched in test_marked_deployed.py.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import pty
import select
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests import marked
from tests.registrations import make_repo, manifest_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MARK = marked.new_mark()
MAIN = "from tenner.cli import main; raise SystemExit(main())"
AT_TERMINAL = f"""
import os, signal
os.login_tty(os.dup(0))
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
{MAIN}
"""


def git(folder: Path, *words: str) -> None:
    """Run git as nobody in particular."""
    given = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    subprocess.run(["git", *given, *words], cwd=folder, check=True, capture_output=True)


def committed(folder: Path) -> None:
    """Commit a mark, and take it out again."""
    git(folder, "init", "--quiet")
    (folder / "x").write_text(MARK, encoding="utf-8")
    git(folder, "add", "x")
    git(folder, "commit", "-qm", "x")
    git(folder, "rm", "-q", "x")
    git(folder, "commit", "-qm", "y")


def packed(folder: Path) -> None:
    """The same, packed, where only a difference of it may be."""
    committed(folder)
    git(folder, "gc", "--quiet")


def plan(folder: Path) -> None:
    """A zip such as Terraform's saved plans."""
    with zipfile.ZipFile(folder / "made.plan", "w", zipfile.ZIP_DEFLATED) as found:
        found.writestr("tfplan", MARK * 9)


def file_with(content: str | bytes) -> Callable[[Path], None]:
    """A hidden file with a content."""

    def plant(folder: Path) -> None:
        given = content if isinstance(content, bytes) else content.encode()
        (folder / ".bash_history").write_bytes(given)

    return plant


PLANTED: dict[str, Callable[[Path], None]] = {
    "as it is": file_with(f"x{MARK}x"),
    "in JSON": file_with(json.dumps({"value": MARK})),
    "in a URL": file_with(quote(MARK)),
    "in hex": file_with(MARK.encode().hex()),
    "in HEX": file_with(MARK.encode().hex().upper()),
    **{
        f"base64 after {before} bytes": file_with(
            base64.b64encode(b"y" * before + MARK.encode() + b"zz").decode()
        )
        for before in range(3)
    },
    "urlsafe base64": file_with(base64.urlsafe_b64encode(MARK.encode()).decode()),
    "gzip": file_with(gzip.compress(MARK.encode())),
    "a file's name": lambda folder: (folder / MARK[-32:]).touch(),
    "a saved plan": plan,
    "a git object": committed,
    "a git pack": packed,
}


@pytest.mark.parametrize("place", PLANTED)
def test_a_planted_value_is_found(place: str, tmp_path: Path) -> None:
    """A value in each kind of place and in each form is found; another mark is not."""
    PLANTED[place](tmp_path)
    assert marked.search(tmp_path, [MARK])
    assert not marked.search(tmp_path, [marked.new_mark()])


@pytest.mark.parametrize("place", ["cmdline", "environ"])
def test_a_planted_process_is_found(place: str) -> None:
    """A value in the arguments or the environment of a process is seen while it runs."""
    words = ["sleep", "60"] if place == "environ" else ["sh", "-c", f": '{MARK[-32:]}'; sleep 60"]
    given = {**os.environ, "VALUE": MARK} if place == "environ" else None
    process = subprocess.Popen(words, env=given)
    try:
        watcher = marked.Watcher([MARK])
        limit = time.monotonic() + 10
        while not watcher.found and time.monotonic() < limit:  # its arguments come a moment later
            watcher.look()
        assert f"{place} of {process.pid}" in watcher.found
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server() -> Iterator[marked.Echo]:
    """A server in the place of AWS that gives back what it is given."""
    with marked.echo() as server:
        yield server


@pytest.fixture
def person(tmp_path: Path, server: marked.Echo) -> dict[str, str]:
    """The environment of a person with a home and a temporary folder, and an app's folder."""
    text = manifest_text("todo") + "secrets: {shared: [openai-key], app: [stripe-key]}\n"
    make_repo(tmp_path / "todo", text)
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return kept | {
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_MAX_ATTEMPTS": "1",
    }


def put(
    person: dict[str, str], tmp_path: Path, name: str, content: bytes, program: str = MAIN
) -> tuple[int, bytes]:
    """Pipe a value into `tenner secret put`, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, "secret", "put", name],
        cwd=tmp_path / "todo",
        env=person,
        input=content,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout


SENT = MARK.encode()
FAILS: dict[str, tuple[str, str, bytes]] = {
    "validation": ("ValidationException", "openai-key", SENT),
    "validation of a parameter": ("ValidationException", "stripe-key", SENT),
    "access denied": ("AccessDeniedException", "openai-key", SENT),
    "expired": ("ExpiredTokenException", "openai-key", SENT),
    "no JSON": ("html", "openai-key", SENT),
    "no answer of AWS": ("garbage", "openai-key", SENT),
    "no answer for a parameter": ("garbage", "stripe-key", SENT),
    "too long": ("ValidationException", "stripe-key", SENT + b"x" * 4096),
    "no UTF-8": ("ValidationException", "stripe-key", SENT + b"\xff"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAILS)
def test_a_put_that_fails_says_nothing_of_it(
    fault: str, person: dict[str, str], tmp_path: Path, server: marked.Echo
) -> None:
    """AWS's answer has the whole request in it: no output and no file has, and no traceback."""
    server.answer, name, content = FAILS[fault]
    code, said = put(person, tmp_path, name, content)
    assert code in {2, 3}, said.decode()
    assert b"Traceback" not in said
    assert not marked.found_in(said, [MARK]), said.decode()
    assert not marked.search(tmp_path, [MARK])
    if content == SENT:
        assert marked.found_in(b"".join(server.bodies), [MARK])  # it was really sent


def test_debugging_shows_nothing_of_it(
    person: dict[str, str], tmp_path: Path, server: marked.Echo
) -> None:
    """With every logger of boto3 at DEBUG, as who looks for a fault sets it, no value is logged."""
    program = f"import logging; logging.basicConfig(level=logging.DEBUG); {MAIN}"
    for name in ("openai-key", "stripe-key"):
        _, said = put(person, tmp_path, name, SENT, program)
        assert b"INFO:botocore" in said
        assert not marked.found_in(said, [MARK])
    assert marked.found_in(b"".join(server.bodies), [MARK])


def test_ctrl_c_at_the_prompt(person: dict[str, str], tmp_path: Path) -> None:
    """What was typed before Ctrl-C was not echoed, and is nowhere."""
    here, there = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, "secret", "put", "stripe-key"],
        cwd=tmp_path / "todo", env=person, stdin=there, stdout=there, stderr=there,
    )  # fmt: skip
    os.close(there)
    shown = b""
    while b"(dev):" not in shown:
        assert select.select([here], [], [], 60)[0]
        shown += os.read(here, 4096)
    os.write(here, MARK.encode())
    time.sleep(0.3)  # Python heeds a signal just before it reads only at the next key
    os.write(here, b"\x03")
    while select.select([here], [], [], 60)[0]:
        try:
            shown += os.read(here, 4096)
        except OSError:
            break
    os.close(here)
    assert process.wait() == 130
    assert not marked.found_in(shown, [MARK])
    assert not marked.search(tmp_path, [MARK])
