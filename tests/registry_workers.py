"""Processes that use one registry at once, or are killed: run as a script of its own.

Given are what to do, the folder of the apps, how often, and a registry (`FOLDER/apps` without).
It forks, which is only safe where no thread runs; so tests start it with `subprocess`.
Prints what happened as JSON.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import struct
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tenner.errors import TennerError
from tenner.load import registry_at
from tenner.registry_dynamodb import DynamoDBRegistry
from tenner.registry_folder import FolderRegistry
from tests.registrations import NOW, journal_entry, manifest_text, registration

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenner.registry import Registry

PATIENCE_S = 20


def at_once(count: int, act: Callable[[int], str]) -> list[str]:
    """Run `act` in that many processes, all let go at one moment; gives their words."""
    gate, opener = os.pipe()
    results, said = os.pipe()
    children = []
    for number in range(count):
        child = os.fork()
        if not child:
            os.close(opener)
            os.read(gate, 1)  # returns when the parent closes the last writing end
            os.write(said, f"{act(number)}\n".encode())
            os._exit(0)
        children.append(child)
    os.close(said)
    os.close(opener)
    with os.fdopen(results, encoding="utf-8") as file:
        words = file.read().splitlines()
    for child in children:
        os.waitpid(child, 0)
    return words


def register_each(place: Path, count: int, registry: Registry) -> list[str]:
    """Let each process register an app of its own."""

    def act(number: int) -> str:
        app = f"app-{number:03}"
        done = registry.register(registration(place / app, manifest_text(app, "x" * 5000)), NOW)
        return done.outcome

    return at_once(count, act)


def claim_one(place: Path, count: int, registry: Registry) -> list[str]:
    """Let each process claim the name todo for a folder of its own."""

    def act(number: int) -> str:
        repo = place / f"repo-{number:03}"
        try:
            registry.register(registration(repo), NOW)
        except TennerError as error:
            return type(error).__name__
        return repo.name

    return at_once(count, act)


def update_one(place: Path, count: int, registry: Registry) -> list[str]:
    """Let each process update the record of todo; each says its revision and number."""

    def act(number: int) -> str:
        text = manifest_text("todo", f"from process {number}")
        done = registry.register(registration(place / "todo", text), NOW)
        return f"{done.record.revision} {number}"

    return at_once(count, act)


def unregister_one(place: Path, count: int, registry: Registry) -> list[str]:
    """Let each process register or unregister todo; each says how it ended."""

    def act(number: int) -> str:
        try:
            if number % 2:
                return registry.register(registration(place / "todo"), NOW).outcome
            return registry.unregister("todo").manifest.app
        except TennerError as error:
            return type(error).__name__

    return at_once(count, act)


def append_each(_place: Path, count: int, registry: Registry) -> list[str]:
    """Let each process append ten entries: the same three for all, and seven of its own."""

    def act(number: int) -> str:
        own = [journal_entry(f"app-{number:03}", commit=f"{each:040}") for each in range(7)]
        shared = [journal_entry("todo", commit=f"{each:040}") for each in range(3)]
        return str(sum(registry.append([entry]) for entry in [*shared, *own]))

    return at_once(count, act)


def note_one(place: Path, count: int, registry: Registry) -> list[str]:
    """Let each process update the record of todo with an entry of its own beside it."""

    def act(number: int) -> str:
        text = manifest_text("todo", f"from process {number}")
        entry = journal_entry("todo", commit=f"{number:040}")
        done = registry.register(registration(place / "todo", text), NOW, entry)
        return str(done.record.revision)

    return at_once(count, act)


class Diary:
    """Numbers that a killed process leaves behind: the last one tried, the last one done."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 16)

    def write(self, tried: int, done: int) -> None:
        """Keep both numbers."""
        self._memory[:16] = struct.pack("qq", tried, done)

    def read(self) -> tuple[int, int]:
        """Give both numbers."""
        tried, done = struct.unpack("qq", self._memory[:16])
        return tried, done


def text_of(number: int) -> str:
    """Make the text that the nth registration writes: longer than a disk's block."""
    return f"{number} " * (1500 + number % 7)


def register_forever(place: Path, diary: Diary, number: int) -> None:
    """Create, update and unregister the app, a new text each time."""
    registry = FolderRegistry(place / "apps")
    while True:
        number += 1
        diary.write(number, number - 1)
        registry.register(registration(place, manifest_text("todo", text_of(number))), NOW)
        diary.write(number, number)
        if number % 5 == 0:
            registry.unregister("todo")


def kill(place: Path, count: int) -> dict[str, int]:
    """Kill a registering process that many times; raises AssertionError at a half record."""
    chance = random.Random(count)  # noqa: S311 - moments, not secrets
    registry, diary = FolderRegistry(place / "apps"), Diary()
    path = place / "apps" / "todo.yaml"
    found = {"kills": 0, "leftovers": 0, "absent": 0, "old": 0, "new": 0}
    signal.alarm(0)
    number = 0
    for _ in range(count):
        diary.write(number, number)
        child = os.fork()
        if not child:
            register_forever(place, diary, number)
        time.sleep(chance.uniform(0, 0.012))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found["kills"] += 1
        tried, done = diary.read()
        found["leftovers"] += bool(list((place / "apps").glob(".*.tmp")))
        if not path.exists():
            # Taken out by unregister, or not there yet after it.
            assert done % 5 == 0, (tried, done)
            found["absent"] += 1
        else:
            contents = registry.contents()
            assert not contents.problems, contents.problems
            description = contents.records[0].manifest.description
            assert description in {text_of(done), text_of(tried)}, (tried, done, description[:40])
            found["new" if description == text_of(tried) else "old"] += 1
        number = tried + 5
        signal.alarm(PATIENCE_S)  # a lock that is not free would wait for ever
        registry.register(registration(place, manifest_text("todo", text_of(number))), NOW)
        signal.alarm(0)
        assert not list((place / "apps").glob(".*.tmp"))
    return found


def opened(given: str) -> Registry:
    """Open a registry; a client of AWS is made before the processes fork, and not in each."""
    registry = registry_at(given)
    if isinstance(registry, DynamoDBRegistry):
        registry._table._client = registry._table._connect()
    return registry


ACTS = {
    "register": register_each,
    "claim": claim_one,
    "update": update_one,
    "unregister": unregister_one,
    "append": append_each,
    "note": note_one,
}

if __name__ == "__main__":
    what, folder, times, *given = sys.argv[1:]
    if what == "kill":
        said: object = kill(Path(folder), int(times))
    else:
        said = ACTS[what](Path(folder), int(times), opened(given[0]))
    print(json.dumps(said))  # noqa: T201 - the test reads it
