"""Marked values, and a search for them in all that was written: files, git, plans, processes."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import os
import secrets
import subprocess
import threading
import zipfile
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CORE = 32
_PROC = Path("/proc")
_PAUSE_S = 0.03


def new_mark() -> str:
    """Make a value that nothing else has, with characters that each way of writing escapes."""
    return f'k"/+&\\é{secrets.token_hex(_CORE // 2)}'


def needles(mark: str) -> dict[str, bytes]:
    """Give how the last part of a mark, which is letters and digits, looks when it is encoded."""
    core = mark[-_CORE:].encode()
    found = {"as it is": core, "hex": core.hex().encode(), "HEX": core.hex().upper().encode()}
    for shift in range(3):
        written = base64.b64encode(b"x" * shift + core)
        first = -(-shift * 4 // 3)  # letters that what comes before has a part in
        found[f"base64, {shift} further"] = written[first:].rstrip(b"=")[:-1]
    return found


def found_in(content: bytes, marks: Iterable[str], *, depth: int = 4) -> Sequence[str]:
    """Say how a content has one of the marks, also in what it has compressed; nothing is best."""
    found = [how for mark in marks for how, needle in needles(mark).items() if needle in content]
    if depth:
        for kind, inner in _inside(content):
            found += [f"{kind}: {how}" for how in found_in(inner, marks, depth=depth - 1)]
    return found


def _inside(content: bytes) -> Iterator[tuple[str, bytes]]:
    with contextlib.suppress(zipfile.BadZipFile, OSError, EOFError, zlib.error):
        if content[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(content)) as found:
                for name in found.namelist():
                    yield f"zip {name}", found.read(name)
        elif content[:2] == b"\x1f\x8b":
            yield "gzip", gzip.decompress(content)
        elif content[:1] == b"\x78":
            yield "zlib", zlib.decompress(content)


def search(folder: Path, marks: Sequence[str]) -> Sequence[str]:
    """Search all files below a folder, their names, and all that its git repos have ever had."""
    found = []
    for path in sorted(folder.rglob("*")):
        found += [f"{path}: its name" for mark in marks if mark[-_CORE:] in path.name]
        if path.is_symlink() or not path.is_file():
            continue
        found += [f"{path}: {how}" for how in found_in(path.read_bytes(), marks)]
        if path.suffix == ".pack":
            found += [f"{path}: {how}" for how in found_in(_packed(path), marks, depth=0)]
    return found


def _packed(pack: Path) -> bytes:
    """Give all objects of a repo that has a pack, whole."""
    command = ["git", "cat-file", "--batch-all-objects", "--batch"]
    git = {"GIT_DIR": str(pack.parents[2]), "PATH": os.environ["PATH"]}
    return subprocess.run(command, env=git, capture_output=True, check=True).stdout


class Watcher:
    """Looks at the arguments and the environment of all processes, again and again."""

    def __init__(self, marks: Sequence[str]) -> None:
        self.found: set[str] = set()
        self.looks = 0
        self._needles = [needle for mark in marks for needle in needles(mark).values()]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Look again and again, meanwhile."""
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_PAUSE_S):
            self.look()

    def look(self) -> None:
        """Look once."""
        self.looks += 1
        for folder in _PROC.iterdir():
            if not folder.name.isdigit():
                continue
            for kind in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    content = (folder / kind).read_bytes()
                    if any(needle in content for needle in self._needles):
                        self.found.add(f"{kind} of {folder.name}")


class Echo(ThreadingHTTPServer):
    """In the place of AWS: answers each request with what the request had in it.

    `answer` is what it answers: an error's type, "html", "garbage" or "cut" (nothing at all).
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = "ValidationException"
        self.bodies: list[bytes] = []

    @property
    def endpoint(self) -> str:
        """Give its address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Echo

    def do_POST(self) -> None:
        """Answer one request of AWS's JSON protocols."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.bodies.append(body)
        text, target = body.decode(), self.headers.get("x-amz-target", "")
        if target.endswith("DescribeParameters"):
            name = json.loads(text)["ParameterFilters"][0]["Values"][0]
            self._say(200, json.dumps({"Parameters": [{"Name": name, "Version": 1}]}))
        elif self.server.answer == "cut":
            self.close_connection = True
        elif self.server.answer == "garbage":
            self._say(200, f"<html>{text}</html>")
        elif self.server.answer == "html":
            self._say(400, f"<html>{text}</html>")
        else:
            message = f"1 validation error detected: Value '{text}' at 'value'"
            self._say(400, json.dumps({"__type": self.server.answer, "message": message}))

    def _say(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def echo() -> Iterator[Echo]:
    """Run a server that gives back what it is given."""
    with Echo() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
