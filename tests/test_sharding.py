"""A rollout's parts: every app in exactly one, evenly, and the same wherever it is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenner import rollout_journal
from tenner.errors import TennerError
from tenner.registry import Record, TemplateVersion, Where
from tenner.registry_folder import FolderRegistry
from tenner.rollout import Conflict, Outcome
from tenner.rollout_run import Result
from tenner.rollout_shards import keep, plan_json, plan_text, sum_up
from tenner.sharding import Shard, part_of, plan_of, read_shard
from tests.registrations import NOW, registration
from tests.test_rollout import journal, outcomes, rolled_out

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from tests.person import Person

pytest_plugins = ["tests.fixtures_rollout"]
NEW, OLD = "v0.2.0", "v0.1.0"
MANIFEST = registration(Path("todo")).manifest
FLEETS = st.dictionaries(st.text("abcxyz", min_size=1, max_size=3), st.booleans(), max_size=25)
NO_ENTRY = """
{"is_preview": false, "outcomes": [], "waiting": [], "problems": [], "journal": [{"app": "x"}]}
"""


def records(fleet: Mapping[str, bool]) -> list[Record]:
    """Make records of apps, true where one is at the new version already."""
    return [
        Record.model_construct(
            schema_version=1,
            revision=1,
            registered=NOW,
            updated=NOW,
            where=Where(path=name),
            template=TemplateVersion(source="t", version=NEW if is_new else OLD),
            manifest=MANIFEST.model_copy(update={"app": name}),
        )
        for name, is_new in fleet.items()
    ]


def names(part: Sequence[Record]) -> list[str]:
    """Give the names of a part's apps."""
    return [record.manifest.app for record in part]


@given(FLEETS, st.integers(1, 12), st.integers(0, 6), st.randoms())
def test_every_app_is_in_exactly_one_part(
    fleet: dict[str, bool], count: int, canary: int, chance: random.Random
) -> None:
    """In any order of the records; parts differ by one app at most, also in those to update."""
    all_of_it = records(fleet)
    mixed = chance.sample(all_of_it, len(all_of_it))
    shards = [Shard(number, count, canary) for number in range(1, count + 1)]
    first = names(part_of(all_of_it, Shard(0, canary=canary), NEW))
    parts = [names(part_of(all_of_it, shard, NEW)) for shard in shards]
    assert sorted([*first, *(name for part in parts for name in part)]) == sorted(fleet)
    assert len(first) == (canary if canary < len(fleet) else 0)
    assert all(part == sorted(part) for part in parts)
    assert parts == [names(part_of(mixed, shard, NEW)) for shard in shards]
    for sizes in (
        [len(part) for part in parts],
        [sum(not fleet[name] for name in part) for part in parts],
    ):
        assert max(sizes) - min(sizes) <= 1


@given(FLEETS, st.integers(1, 12), st.integers(0, 6))
def test_a_plan_is_what_its_parts_do(fleet: dict[str, bool], most: int, canary: int) -> None:
    """No shard is empty or without an app to update, and each is what `--shard` gives."""
    all_of_it, behind = records(fleet), list(fleet.values()).count(False)
    plan = plan_of(all_of_it, NEW, canary, most)
    assert sorted(plan.apps) == sorted(fleet)
    assert len(plan.canary) == (canary if canary < behind else 0)
    assert len(plan.shards) <= most
    assert all(plan.shards)
    if behind:
        assert all(any(not fleet[name] for name in shard) for shard in plan.shards)
    for number, shard in enumerate(plan.shards, 1):
        asked = Shard(number, len(plan.shards), len(plan.canary))
        assert names(part_of(all_of_it, asked, NEW)) == list(shard)


def test_what_a_shard_is() -> None:
    """Both ends of each bound, and the exact sentence of what is none."""
    assert read_shard("1/1", 0) == Shard(1, 1, 0)
    assert read_shard("256/256", 3) == Shard(256, 256, 3)
    assert read_shard("canary", 3) == Shard(0, 1, 3)
    for text in ("0/4", "5/4", "1/257", "4", "1/0", "a/b", "1/4 ", "١/٤", "-1/4", ""):
        with pytest.raises(TennerError) as caught:
            read_shard(text, 0)
        assert str(caught.value) == (
            f'--shard: given "{text}", expected one such as 2/4, of 256 at most, or canary'
        )
    with pytest.raises(TennerError, match="--shard canary: expected --canary with it"):
        read_shard("canary", 0)


def test_a_plan_in_words() -> None:
    """JSON for machines, a table for people."""
    plan = plan_of(records({"ants": False, "bees": False, "cats": True}), NEW, 1, 9)
    assert json.loads(plan_json(plan)) == {
        "to": NEW,
        "canary": ["ants"],
        "shards": [{"shard": "1/1", "apps": ["bees", "cats"]}],
    }
    assert plan_text(plan) == (
        "  canary      1  ants\n  1/1         2  bees cats\n\n  3 apps to v0.2.0"
    )
    assert plan_text(plan_of([], NEW, 1, 9)).startswith("No app is meant")


def outcome(app: str, **other: Any) -> Outcome:
    """Make an outcome that a journal has an entry for."""
    made = Outcome(app, "updated", OLD, NEW, base="b" * 40, commit="c" * 40, files=("app.yaml",))
    return replace(made, **other)


def part(registry: FolderRegistry, path: Path, *done: Outcome, is_preview: bool = False) -> None:
    """Do what a part on another machine does: note in its own journal, and keep."""
    registry.folder.mkdir(exist_ok=True)
    for each in () if is_preview else done:
        rollout_journal.append(registry, each, "d" * 40, NOW)
    keep(path, registry, Result(done, [], ["a problem"], []), is_preview=is_preview)


def test_parts_are_summed_up(tmp_path: Path) -> None:
    """All is there once; what no part tells of has failed; once more changes nothing."""
    kept = tmp_path / "kept"
    kept.mkdir()
    plan = plan_of(records(dict.fromkeys(("ants", "bees", "cats", "dogs"), False)), NEW, 1, 3)
    (kept / "plan.json").write_text(plan_json(plan))
    conflict = outcome(
        "bees", status="conflicts", commit="", conflicts=(Conflict("x.py", ("lines 1-5",)),)
    )
    ants = outcome("ants", manifests=("a", "b"))
    for number, each in enumerate((ants, conflict, outcome("cats"))):
        part(FolderRegistry(tmp_path / f"{number}"), kept / f"{number}.json", each)
    registry = FolderRegistry(tmp_path / "apps")
    registry.folder.mkdir()
    for _ in range(2):
        summed = sum_up(registry, kept)
        assert not summed.is_preview
        assert summed.result.problems == ["a problem"]
        assert summed.result.waiting == []
        assert [each.app for each in summed.result.outcomes] == ["ants", "bees", "cats", "dogs"]
        assert summed.result.outcomes[:3] == [ants, conflict, outcome("cats")]
        assert summed.result.outcomes[3].reason == (
            "shard 3/3 of the rollout has not told how it ended: its job's log may say why"
        )
        assert summed.result.outcomes[3].is_outside
        entries = rollout_journal.entries(registry)
        assert [(entry["app"], entry["at"]) for entry in entries] == [
            ("ants", NOW),
            ("bees", NOW),
            ("cats", NOW),
        ]


def test_apps_wait_for_a_canary(tmp_path: Path) -> None:
    """Where the canary is not clean, or never told, the others wait; a preview notes nothing."""
    plan = plan_of(records(dict.fromkeys(("ants", "bees", "cats"), False)), NEW, 1, 3)
    (tmp_path / "plan.json").write_text(plan_json(plan))
    registry = FolderRegistry(tmp_path / "apps")
    summed = sum_up(registry, tmp_path)
    assert [(each.app, each.is_outside) for each in summed.result.outcomes] == [("ants", True)]
    assert summed.result.waiting == ["bees", "cats"]
    part(registry, tmp_path / "canary.json", outcome("ants", status="conflicts"), is_preview=True)
    summed = sum_up(registry, tmp_path)
    assert (summed.is_preview, summed.result.waiting) == (True, ["bees", "cats"])
    assert rollout_journal.entries(registry) == []


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("plan.json", None, "No such file or directory"),
        ("plan.json", "[]", "it is no plan"),
        ("plan.json", "{", "it is no plan"),
        ("part-0.json", "{}", "it is not what --keep writes"),
        ("part-0.json", NO_ENTRY, "it is not what --keep writes"),
    ],
)
def test_what_can_not_be_summed_up(tmp_path: Path, name: str, text: str | None, why: str) -> None:
    """One sentence: the folder, what it should have, the file and what is wrong with it."""
    (tmp_path / "plan.json").write_text(plan_json(plan_of([], NEW, 0, 1)))
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(text)
    with pytest.raises(TennerError) as caught:
        sum_up(FolderRegistry(tmp_path / "apps"), tmp_path)
    assert str(caught.value) == (
        f"--sum-up: {tmp_path / name}: {why}; expected in that folder the plan of `tenner rollout "
        "--plan --format json` as plan.json, and what --keep has written"
    )


@pytest.mark.slow
def test_a_person_rolls_out_in_parts(person: Person, fleet: Person) -> None:
    """Plan, parts, sum: each app once, as without parts; wrong mixes of options are refused."""
    done = person.tenner("rollout", "--plan", "--shards=2", "--canary=1", "--format=json")
    assert done.returncode == 0, done.stderr
    kept = person.place / "kept"
    kept.mkdir()
    (kept / "plan.json").write_text(done.stdout)
    said = rolled_out(
        person, "--shard=canary", "--canary=1", "--to=v0.2.0", f"--keep={kept / '0.json'}"
    )
    assert outcomes(said) == {"ants": "updated"}
    said = rolled_out(
        person, "--shard=2/2", "--canary=1", "--to=v0.2.0", f"--keep={kept / '2.json'}"
    )
    assert outcomes(said) == {"cats": "updated"}
    said = rolled_out(person, f"--sum-up={kept}", code=3)
    assert outcomes(said) == {"ants": "updated", "bees": "failed", "cats": "updated"}
    assert [entry["app"] for entry in journal(person)] == ["ants", "cats"]
    assert outcomes(rolled_out(person, "--shard=2/2", "--only=bees")) == {}
    for arguments, words in (
        (["--plan", "--shard=1/2"], "expected one of --plan, --shard with --keep, and --sum-up"),
        (["--shards=2"], "--shards: expected --plan with it"),
        (["--sum-up=nowhere"], "expected in that folder the plan of `tenner rollout"),
        (["--plan", "--to=v9"], '--to: given "v9", expected a tag or commit of '),
    ):
        done = person.tenner("rollout", *arguments)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
