"""Processes that are killed while they write a record into a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.registries import run_workers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kills", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_killed_process_leaves_no_half_record(tmp_path: Path, kills: int) -> None:
    """After SIGKILL the record is the old or the new one, and the next may register."""
    found = run_workers("kill", tmp_path, kills)
    assert found["kills"] == kills
    assert found["old"] + found["new"] + found["absent"] == kills
    # The test has met what it is for: kills in the middle of writing, before and after it.
    assert min(found["leftovers"], found["old"], found["new"]) > 0, found
