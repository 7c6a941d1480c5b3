"""Updates the apps of TENNER_REGISTRY in one process, with clocks; prints JSON, seconds each.

`render` is Copier's work on the template's files, `merge` the git that compares, applies and
resolves what a person and the template have changed; for `benchmarks/rollout.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier._main import Worker

from tenner import rollout_work
from tenner.registry_folder import FolderRegistry
from tenner.rollout_place import own_place
from tenner.rollout_run import Options, jobs_of

if TYPE_CHECKING:
    from collections.abc import Callable

SPENT: Counter[str] = Counter()
MERGING = {"diff-tree", "apply", "merge-file", "write-tree", "hash-object", "update-index"}
RENDER = "_render_template"
COMMANDS = {*MERGING, "rev-parse", "clone", "remote", "show", "log", "status", "config", "init"}
COMMANDS |= {"add", "commit", "ls-files", "var", "diff", "fetch", "rev-list", "push"}


def clocked(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Count the seconds of a function."""

    def call(*arguments: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            SPENT[name] += time.perf_counter() - start  # type: ignore[assignment]

    return call


def watch_git() -> None:
    """Count the seconds from when a git process is started to when it has been waited for."""
    start, wait = subprocess.Popen.__init__, subprocess.Popen.communicate

    def started(self: Any, command: Any, *rest: Any, **named: Any) -> None:
        self.benchmark_start = time.perf_counter()
        words = [str(word) for word in command]
        step = next((word for word in words[1:] if word in COMMANDS), "")
        self.benchmark_name = "merge" if step in MERGING else "other git"
        SPENT["git processes"] += 1
        start(self, command, *rest, **named)

    def waited(self: Any, *rest: Any, **named: Any) -> Any:
        try:
            return wait(self, *rest, **named)
        finally:
            took_s = time.perf_counter() - self.benchmark_start
            SPENT[self.benchmark_name] += took_s

    setattr(subprocess.Popen, "__init__", started)  # noqa: B010 - mypy takes both for constants
    setattr(subprocess.Popen, "communicate", waited)  # noqa: B010


def main() -> None:
    """Print the sums."""
    registry = FolderRegistry(Path(os.environ["TENNER_REGISTRY"]))
    out = os.dup(1)
    with own_place() as place:
        first, *jobs = jobs_of(registry, Options(), place)
        rollout_work.start(str(place))
        start = time.perf_counter()
        rollout_work.do(first)
        first_s = time.perf_counter() - start
        watch_git()
        setattr(Worker, RENDER, clocked(getattr(Worker, RENDER), "render"))
        start = time.perf_counter()
        for job in jobs:
            assert rollout_work.do(job).status == "updated"
        total = time.perf_counter() - start
    rest = total - sum(SPENT[name] for name in ("render", "merge", "other git"))
    found = {**SPENT, "total": total, "rest": rest, "first app": first_s, "apps": len(jobs)}
    os.write(out, json.dumps(found).encode() + b"\n")


if __name__ == "__main__":
    main()
