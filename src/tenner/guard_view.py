"""What the brake would do, and how it stands: what `tenner guard` shows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenner.guard_items import moment
from tenner.guard_stages import ALL, ON, Stage, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenner.guard_items import Note


class Standing(NamedTuple):
    """One function: what is wanted of it, and what it is at."""

    function: str
    app: str
    wanted: Stage
    is_at: Stage

    @property
    def change(self) -> str:
        """Say in one line what is to be done, or nothing."""
        wanted = self.wanted if self.wanted >= Stage.DEGRADE else Stage.NONE
        if wanted == self.is_at:
            return ""
        return f"{self.function}: {self.is_at.word} → {wanted.word}"


def is_at(note: Note | None, mode: str | None, reserved: int | None) -> Stage:
    """Say what a function is at, by its EMERGENCY_MODE and its reserved concurrency.

    Without a note both are a person's.
    """
    if note is None:
        return Stage.NONE
    if note.is_stopped and (reserved == 0 or note.is_refused):
        return Stage.STOP
    return Stage.DEGRADE if mode == ON else Stage.NONE


def named(app: str) -> str:
    """Name an app, or all, as people do."""
    return "all apps" if app == ALL else app


def words_of(state: State, allow: frozenset[str]) -> list[str]:
    """Say in a line each what signals asked for, what people did, and who is spared."""
    said = [
        f"signals of {state.month or 'no month yet'}: {_stages(state.automatic)}",
        f"by hand: {_stages(state.by_hand)}",
    ]
    said += [
        f"released until {moment(until)}: {named(app)}"
        for app, until in sorted(state.released.items())
    ]
    return [*said, f"never engaged by a signal: {', '.join(sorted(allow)) or 'no app'}"]


def as_object(state: State, allow: frozenset[str]) -> dict[str, object]:
    """Give the same for a program."""
    return {
        "month": state.month,
        "automatic": {app: stage.word for app, stage in state.automatic.items()},
        "by_hand": {app: stage.word for app, stage in state.by_hand.items()},
        "released": {app: moment(until) for app, until in state.released.items()},
        "allow": sorted(allow),
        "is_reached": state.is_reached,
    }


def _stages(stages: Mapping[str, Stage]) -> str:
    each = (f"{named(app)} {stage.word}" for app, stage in sorted(stages.items()))
    return ", ".join(each) or "nothing"
