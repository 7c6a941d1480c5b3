"""A rollout on many machines: plans its parts, keeps what each did, and sums up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from tenner import rollout_journal
from tenner.errors import OutsideError, TennerError
from tenner.release_files import own_releases
from tenner.rollout import Outcome, Wish, select
from tenner.rollout_place import own_place
from tenner.rollout_run import Result
from tenner.rollout_template import Mirror
from tenner.sharding import Plan, plan_of
from tenner.write import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenner.registry import Registry

PLAN = "plan.json"


class Kept(BaseModel):
    """What one part of a rollout did, and the journal's last entry for each of its apps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    is_preview: bool
    outcomes: tuple[Outcome, ...]
    waiting: tuple[str, ...]
    problems: tuple[str, ...]
    journal: tuple[dict[str, Any], ...]

    @field_validator("journal")
    @classmethod
    def _are_entries(cls, entries: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        for entry in entries:
            if not {"at", "template"} <= entry.keys() or not rollout_journal.outcome_of(entry):
                raise ValueError("no entry of a journal")
        return entries


class Sum(NamedTuple):
    """All parts together, as one rollout would have told them."""

    result: Result
    is_preview: bool


class Asked(NamedTuple):
    """What a plan is made for; `template` is where to fetch it from, if not as answered."""

    to: str
    wish: Wish
    template: str = ""
    canary: int = 0
    shards: int = 1


def plan_in(registry: Registry, asked: Asked) -> Plan:
    """Plan a rollout over a registry, to the version that the template has now.

    Raises TennerError for a wrong wish or version, OutsideError where no template can be had.
    """
    records = select(registry.contents().records, asked.wish, registry.place, own_releases())
    versions, troubles = set[str](), list[OutsideError]()
    with own_place() as place:
        for source in sorted({asked.template or record.template.source for record in records}):
            where = str(Path(source).resolve()) if Path(source).is_dir() else source
            try:
                versions.add(Mirror.fetch(where, place).target(asked.to).version)
            except OutsideError as error:
                troubles.append(error)
    if troubles and not versions:
        raise troubles[0]
    # Apps of several templates may come to a version each: then every part finds its own.
    to = versions.pop() if len(versions) == 1 else asked.to
    return plan_of(records, to, asked.canary, asked.shards)


def plan_json(plan: Plan) -> str:
    """Write a plan: for GitHub Actions `{include: .shards}` is a matrix."""
    count = len(plan.shards)
    content = {
        "to": plan.to,
        "canary": list(plan.canary),
        "shards": [
            {"shard": f"{number}/{count}", "apps": list(apps)}
            for number, apps in enumerate(plan.shards, 1)
        ],
    }
    return json.dumps(content, indent=2)


def plan_text(plan: Plan) -> str:
    """Write a plan for people."""
    if not plan.apps:
        return "No app is meant: none is registered, or none fits --only, --behind, --environment."
    parts = [("canary", plan.canary)] if plan.canary else []
    parts += [(f"{n}/{len(plan.shards)}", apps) for n, apps in enumerate(plan.shards, 1)]
    lines = [f"  {name:<7}  {len(apps):>4}  {' '.join(apps)}" for name, apps in parts]
    return "\n".join([*lines, "", f"  {len(plan.apps)} apps to {plan.to or 'a version each'}"])


def keep(path: Path, registry: Registry, result: Result, *, is_preview: bool) -> None:
    """Write what a part did to a file; raises OutsideError where that fails."""
    meant = {outcome.app for outcome in result.outcomes}
    entries = [] if is_preview else rollout_journal.entries(registry)
    last = {entry["app"]: dict(entry) for entry in entries if entry["app"] in meant}
    kept = Kept(
        is_preview=is_preview,
        outcomes=tuple(result.outcomes),
        waiting=tuple(result.waiting),
        problems=tuple(result.problems),
        journal=tuple(last.values()),
    )
    write_whole(path, kept.model_dump_json())


def sum_up(registry: Registry, folder: Path) -> Sum:
    """Add up the parts whose files are in a folder, and note them in the registry's journal.

    Summing up once more changes nothing. An app that no part tells of has failed, or waits where
    a canary was not clean. Raises TennerError where the folder has no plan, or a file is no part's.
    """
    canary, planned = _planned(folder / PLAN)
    parts = [_part(path) for path in sorted(folder.glob("*.json")) if path.name != PLAN]
    outcomes = {outcome.app: outcome for part in parts for outcome in part.outcomes}
    is_stopped = not all(app in outcomes and outcomes[app].is_clean for app in canary)
    waiting = {app for part in parts for app in part.waiting}
    for app, name in planned.items():
        if app in outcomes or app in waiting:
            continue
        if is_stopped and app not in canary:
            waiting.add(app)
        else:
            reason = f"{name} of the rollout has not told how it ended: its job's log may say why"
            outcomes[app] = Outcome(app, "failed", reason=reason, is_outside=True)
    entries = (entry for part in parts for entry in part.journal)
    registry.append(sorted(entries, key=lambda entry: str(entry["at"])))
    contents = registry.contents()
    problems = dict.fromkeys([*contents.problems, *(each for p in parts for each in p.problems)])
    result = Result(
        [outcomes[app] for app in sorted(outcomes)],
        sorted(waiting),
        list(problems),
        contents.records,
    )
    return Sum(result, any(part.is_preview for part in parts))


def _planned(path: Path) -> tuple[list[str], Mapping[str, str]]:
    """Read a plan: its canaries, and of each app the part that it is in."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        parts = {each["shard"]: each["apps"] for each in content["shards"]}
        canary = [str(app) for app in content["canary"]]
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except (ValueError, TypeError, KeyError):
        raise _unreadable(path, "it is no plan") from None
    of_shards = {str(app): f"shard {name}" for name, apps in parts.items() for app in apps}
    return canary, dict.fromkeys(canary, "the canary") | of_shards


def _part(path: Path) -> Kept:
    try:
        return Kept.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except (ValidationError, TypeError, KeyError):
        raise _unreadable(path, "it is not what --keep writes") from None


def _unreadable(path: Path, why: str) -> TennerError:
    return TennerError(
        f"--sum-up: {path}: {why}; expected in that folder the plan of `tenner rollout --plan "
        f"--format json` as {PLAN}, and what --keep has written"
    )
