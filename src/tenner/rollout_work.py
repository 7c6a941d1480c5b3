"""A worker process of a rollout: imports Copier once, and ends when the rollout's process does."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import tempfile
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from plumbum import local

from tenner.cost import write_table
from tenner.errors import TennerError
from tenner.estimate import Bill
from tenner.git import OTHER_REPO
from tenner.load import load_catalog, load_manifest
from tenner.rollout_copier import Templates, run_update
from tenner.rollout_template import Mirror
from tenner.rollout_update import update
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from types import CodeType

    from tenner.catalog import Catalog
    from tenner.rollout import Outcome
    from tenner.rollout_repo import Job

_README = "README.md"
# Of folders that nobody keeps: no hooks, no samples of hooks, no tidying up, no waiting for disks.
_GIT_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "init.templateDir": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "core.fsync": "none",
}


class CopierEngine:
    """Runs Copier with what this process has read and compiled before."""

    def __init__(self) -> None:
        self._compiled: dict[object, CodeType] = {}
        self._mirrors: dict[str, tuple[Mirror, Templates]] = {}
        self._catalogs: dict[Path, Catalog] = {}

    def update(self, job: Job, app: Path) -> None:
        """Run Copier's update; raises what Copier raises."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run_update(self._opened(job)[1], app, job.commit)

    def finish(self, job: Job, app: Path) -> str:
        """Write the app's cost into its README with the new version's prices, as its hook does.

        Gives one sentence where its manifest can't be counted; the README stays as it is then.
        """
        catalog = self._opened(job)[0].checkout(job.commit) / "catalog"
        try:
            manifest = load_manifest(app).manifest
            if catalog not in self._catalogs:
                self._catalogs[catalog] = load_catalog(catalog)
            prices = self._catalogs[catalog]
            bill = Bill(prices, workloads_of(manifest, prices))
        except TennerError as error:
            words = " ".join(str(error).split()).replace(f"{app}/", "")
            return f"the cost in its {_README} is as it was: {words}"
        with contextlib.suppress(TennerError):  # a person may have taken the marks out
            write_table(app / _README, bill, manifest.app)
        return ""

    def _opened(self, job: Job) -> tuple[Mirror, Templates]:
        if job.mirror not in self._mirrors:
            mirror = Mirror(job.source, Path(job.mirror))
            self._mirrors[job.mirror] = (mirror, Templates(mirror, self._compiled))
        return self._mirrors[job.mirror]


_ENGINE = CopierEngine()
"""This process's own: it does one app at a time, and nothing else."""


def start(place: str) -> None:
    """Prepare this process; `place` is the run's own folder, for all that is temporary."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the rollout's process decides when to stop
    os.setsid()  # whoever kills the rollout's group leaves git its time to take its locks away
    _die_with_parent()
    gc.freeze()
    gc.set_threshold(100_000)  # its own steps took a tenth of an update
    tempfile.tempdir = place
    for key in OTHER_REPO:
        os.environ.pop(key, None)
        local.env.pop(key, "")
    count = int(local.env.get("GIT_CONFIG_COUNT") or 0)
    for number, (key, value) in enumerate(_GIT_SETTINGS.items(), count):
        local.env[f"GIT_CONFIG_KEY_{number}"] = key
        local.env[f"GIT_CONFIG_VALUE_{number}"] = value
    local.env["GIT_CONFIG_COUNT"] = str(count + len(_GIT_SETTINGS))
    # Copier and git talk; what matters of it comes back as an outcome.
    handle = os.open(Path(place) / "said.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def serve(line: Connection[Outcome, Job], place: str) -> None:
    """Do one app after the other until the rollout's process hangs up."""
    start(place)
    with contextlib.suppress(EOFError, OSError):
        while True:
            line.send(do(line.recv()))


def do(job: Job) -> Outcome:
    """Do one app."""
    return update(job, _ENGINE)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.killpg(0, signal.SIGTERM)  # its git and its tests end with it

    threading.Thread(target=wait, daemon=True).start()
