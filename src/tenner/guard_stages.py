"""The brake's stages: what a signal or a person's word makes of the state. Pure; no I/O, no clock.

This file and the other guard_* that the Lambda function needs are in the shared repo too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = "*"
"""Stands where an app's name does for all apps; no app can be called so."""
MODE, ON = "EMERGENCY_MODE", "true"
"""The variable by which a function knows that it is to do without what costs most."""


class Stage(IntEnum):
    """How far the brake is engaged; a later one includes the earlier ones."""

    NONE = 0
    WARN = 1  # people are told; no function is touched
    DEGRADE = 2  # EMERGENCY_MODE is true: what costs most is off
    STOP = 3  # no function runs

    @property
    def word(self) -> str:
        """Give its name as people write it."""
        return self.name.lower()


@dataclass(frozen=True)
class State:
    """What is wanted; `reached` is the version that all functions were last brought to."""

    month: str = ""
    version: int = 0
    reached: int = 0
    automatic: Mapping[str, Stage] = field(default_factory=dict)
    by_hand: Mapping[str, Stage] = field(default_factory=dict)
    released: Mapping[str, int] = field(default_factory=dict)
    """Until when (epoch seconds) no signal engages an app, or all."""

    @property
    def is_reached(self) -> bool:
        """Say whether all functions were brought to what is wanted."""
        return self.reached >= self.version


def month_of(at_s: float) -> str:
    """Name the month of a moment, in UTC as AWS bills, such as 2026-11."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m")


def end_of_month(now_s: float) -> int:
    """Give the first second of the next month, in UTC."""
    now = datetime.fromtimestamp(now_s, UTC)
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)  # noqa: PLR2004
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp())


def at_moment(state: State, now_s: float) -> State:
    """Let time pass: a new month takes back what signals engaged, an override ends on its hour.

    What a person engaged stays until a person releases it.
    """
    if (month := month_of(now_s)) > state.month:
        return replace(state, month=month, automatic={}, released={})
    lasting = {app: until for app, until in state.released.items() if until > now_s}
    return state if lasting == state.released else replace(state, released=lasting)


def signalled(state: State, app: str, stage: Stage, at_s: float) -> State:
    """Take a signal in; one of a month that is over, or of a lower stage, changes nothing."""
    if month_of(at_s) != state.month or stage <= state.automatic.get(app, Stage.NONE):
        return state
    return replace(state, automatic={**state.automatic, app: stage})


def engaged(state: State, app: str, stage: Stage) -> State:
    """Take a person's word to engage one app, or all; for all, it ends every override."""
    if app == ALL:
        return replace(state, by_hand={**state.by_hand, ALL: stage}, released={})
    lasting = {name: until for name, until in state.released.items() if name != app}
    return replace(state, by_hand={**state.by_hand, app: stage}, released=lasting)


def let_go(state: State, app: str, until_s: int) -> State:
    """Take a person's word to release one app, or all, and to let no signal engage it till then."""
    if app == ALL:
        return replace(state, by_hand={}, released={ALL: until_s})
    by_hand = {name: stage for name, stage in state.by_hand.items() if name != app}
    return replace(state, by_hand=by_hand, released={**state.released, app: until_s})


def stage_of(state: State, app: str, allow: frozenset[str] = frozenset()) -> Stage:
    """Say what is wanted of an app. Who is on the allow list is engaged only by its own name."""
    if app in state.by_hand:
        return state.by_hand[app]
    if app in state.released or app in allow:
        return Stage.NONE
    by_hand = state.by_hand.get(ALL, Stage.NONE)
    if ALL in state.released:
        return by_hand
    every = (state.automatic.get(name, Stage.NONE) for name in (ALL, app))
    return max(by_hand, *every)


def is_engaged(state: State) -> bool:
    """Say whether any function may have to be touched."""
    return max((*state.automatic.values(), *state.by_hand.values(), Stage.NONE)) >= Stage.DEGRADE
