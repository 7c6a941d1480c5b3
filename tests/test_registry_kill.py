"""Many processes at one registry, and processes that are killed while they write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenner.registry_folder import FolderRegistry

ROOT = Path(__file__).parents[1]


def run_workers(what: str, place: Path, times: int) -> Any:
    """Run registry_workers.py and give what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.registry_workers", what, str(place), str(times)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_hundred_processes_register_at_once(tmp_path: Path) -> None:
    """A hundred apps that register at the same moment make a hundred whole records."""
    assert run_workers("register", tmp_path, 100) == ["created"] * 100
    contents = FolderRegistry(tmp_path / "apps").contents()
    assert list(contents.problems) == []
    assert [record.manifest.app for record in contents.records] == [
        f"app-{number:03}" for number in range(100)
    ]
    assert {record.manifest.description for record in contents.records} == {"x" * 5000}
    assert len(list((tmp_path / "apps").iterdir())) == 100


def test_a_hundred_processes_claim_one_name(tmp_path: Path) -> None:
    """Exactly one of a hundred gets the name, and the record is the winner's."""
    said = run_workers("claim", tmp_path, 100)
    winners = [words for words in said if words != "NameTakenError"]
    assert len(said) == 100
    assert len(winners) == 1
    (record,) = FolderRegistry(tmp_path / "apps").contents().records
    assert record.where.path == f"../{winners[0]}"
    assert record.revision == 1
    assert [path.name for path in (tmp_path / "apps").iterdir()] == ["todo.yaml"]


@pytest.mark.parametrize("kills", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_killed_process_leaves_no_half_record(tmp_path: Path, kills: int) -> None:
    """After SIGKILL the record is the old or the new one, and the next may register."""
    found = run_workers("kill", tmp_path, kills)
    assert found["kills"] == kills
    assert found["old"] + found["new"] + found["absent"] == kills
    # The test has met what it is for: kills in the middle of writing, before and after it.
    assert min(found["leftovers"], found["old"], found["new"]) > 0, found
