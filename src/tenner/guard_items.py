"""What the guard keeps in the shared table: state, lease, notes, audit trail. Pure.

All keys start with `tenner#guard`, which no app's role reaches. Entries of the audit trail are only
ever added, on the condition that they are not there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tenner.guard_stages import Stage, State

if TYPE_CHECKING:
    from collections.abc import Mapping

PK, AUDIT_PK = "tenner#guard", "tenner#guard#audit"
STATE_SK, LEASE_SK, NOTE, ROUTES = "state", "lease", "function#", "routes#"
Item = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Note:
    """How a function was before the brake touched it; it is written before, and taken out last."""

    function: str
    app: str
    stage: Stage
    mode: str | None
    """EMERGENCY_MODE, None where it had none."""
    reserved: int | None
    """Its reserved concurrency, None where it had none."""
    is_stopped: bool = False
    """Whether its concurrency may be the guard's."""
    is_refused: bool = False
    """Whether AWS refused to stop it, so that only its app's routes are shut."""


@dataclass(frozen=True)
class Entry:
    """One line of the audit trail; `id` is the same when the same thing is recorded again."""

    at_s: float
    id: str
    who: str
    what: str

    @property
    def key(self) -> Item:
        """Give its keys: sorted by time."""
        return {"pk": {"S": AUDIT_PK}, "sk": {"S": f"{moment(self.at_s)}#{self.id}"}}

    @property
    def item(self) -> Item:
        """Write it as an item."""
        return {**self.key, "who": {"S": self.who}, "what": {"S": self.what}}


def moment(at_s: float) -> str:
    """Write a moment so that text sorts as time does."""
    at = datetime.fromtimestamp(at_s, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def key_of(sk: str) -> Item:
    """Give the keys of what is not of the audit trail."""
    return {"pk": {"S": PK}, "sk": {"S": sk}}


def item_of_state(state: State) -> Item:
    """Write the state as an item."""
    return {
        **key_of(STATE_SK),
        "month": {"S": state.month},
        "version": {"N": str(state.version)},
        "reached": {"N": str(state.reached)},
        "automatic": {"S": _words(state.automatic)},
        "by_hand": {"S": _words(state.by_hand)},
        "released": {"S": json.dumps(dict(state.released), sort_keys=True)},
    }


def state_of(item: Mapping[str, Mapping[str, str]] | None) -> State:
    """Read the state back; nothing there is the first state."""
    if not item:
        return State()
    return State(
        month=item["month"]["S"],
        version=int(item["version"]["N"]),
        reached=int(item["reached"]["N"]),
        automatic=_stages(item["automatic"]["S"]),
        by_hand=_stages(item["by_hand"]["S"]),
        released=json.loads(item["released"]["S"]),
    )


def item_of_note(note: Note) -> Item:
    """Write a note as an item."""
    item = {
        **key_of(f"{NOTE}{note.function}"),
        "app": {"S": note.app},
        "stage": {"S": note.stage.word},
        "is_stopped": {"S": "yes" if note.is_stopped else "no"},
        "is_refused": {"S": "yes" if note.is_refused else "no"},
    }
    if note.mode is not None:
        item["mode"] = {"S": note.mode}
    if note.reserved is not None:
        item["reserved"] = {"N": str(note.reserved)}
    return item


def note_of(item: Mapping[str, Mapping[str, str]]) -> Note:
    """Read a note back."""
    return Note(
        function=item["sk"]["S"].removeprefix(NOTE),
        app=item["app"]["S"],
        stage=Stage[item["stage"]["S"].upper()],
        mode=item["mode"]["S"] if "mode" in item else None,
        reserved=int(item["reserved"]["N"]) if "reserved" in item else None,
        is_stopped=item["is_stopped"]["S"] == "yes",
        is_refused=item["is_refused"]["S"] == "yes",
    )


def item_of_routes(api: str, before: Mapping[str, Mapping[str, Any]]) -> Item:
    """Write what the settings of an API's routes were before they were shut."""
    return {**key_of(f"{ROUTES}{api}"), "before": {"S": json.dumps(before, sort_keys=True)}}


def routes_of(item: Mapping[str, Mapping[str, str]] | None) -> dict[str, dict[str, Any]]:
    """Read it back; nothing there is no route."""
    return dict(json.loads(item["before"]["S"])) if item else {}


def entry_of(item: Mapping[str, Any]) -> dict[str, str]:
    """Read a line of the audit trail back: at, who, what."""
    at = item["sk"]["S"].partition("#")[0]
    return {"at": at, "who": item["who"]["S"], "what": item["what"]["S"]}


def _words(stages: Mapping[str, Stage]) -> str:
    return json.dumps({app: stage.word for app, stage in stages.items()}, sort_keys=True)


def _stages(text: str) -> dict[str, Stage]:
    return {app: Stage[word.upper()] for app, word in json.loads(text).items()}
