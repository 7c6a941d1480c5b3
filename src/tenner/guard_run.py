"""The guard at work: records what is wanted, then brings every route and function to it."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from tenner.guard_items import Entry
from tenner.guard_round import BusyError, Lease, Round
from tenner.guard_stages import MODE, at_moment, is_engaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenner.guard_functions import Functions
    from tenner.guard_routes import Routes
    from tenner.guard_stages import State
    from tenner.guard_table import GuardTable

_TRIES = 20
_CLOCK = "the clock"


class UnfinishedError(Exception):
    """Some could not be brought to what is wanted; one sentence each."""

    def __init__(self, problems: list[str], done: list[str]) -> None:
        self.problems, self.done = problems, done
        super().__init__("; ".join(problems))


class Wish(NamedTuple):
    """What happened: what it makes of the state, and the entry that says so.

    `always` records the entry even where the state stays as it is.
    """

    change: Callable[[State], State]
    entry: Entry
    always: bool = False


@dataclass(frozen=True)
class Guard:
    """One guard: its rows, functions and routes, whom no signal engages, and its clock."""

    table: GuardTable
    functions: Functions
    routes: Routes
    allow: frozenset[str] = frozenset()
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    patience_s: float = 30

    def record(self, wish: Wish | None) -> bool:
        """Write down what is wanted now, once; tells whether that changed anything."""
        for attempt in range(_TRIES):
            old = self.table.state()
            if not old.month and wish is None:
                return False
            now = new = at_moment(old, self.now())
            entries = [self._of_time(old, now)] if now != old and old.month else []
            changed = wish.change(now) if wish else now
            if wish and (wish.always or changed != now) and not self.table.is_recorded(wish.entry):
                new = changed
                entries.append(wish.entry)
            if new == old:
                for entry in entries:
                    self.table.append(entry)
                return False
            if self.table.write_state(old, replace(new, version=old.version + 1), *entries):
                return True
            self.sleep(random.uniform(0, 0.05 * (attempt + 1)))  # noqa: S311 - apart from others
        raise BusyError("others write the guard's state all the time")

    def converge(self, *, check: bool = False) -> list[str]:
        """Bring every function to what is wanted; give what was done, one line each.

        With `check` also where nothing is new, for functions deployed since. Raises BusyError,
        UnfinishedError.
        """
        lease = Lease(self.table, uuid.uuid4().hex, self.now)
        end, done = self.now() + self.patience_s, list[str]()
        while True:
            state = self.table.state()
            if state.is_reached and not (check and is_engaged(state)):
                return done
            if not lease.take():
                if self.now() >= end:
                    raise BusyError("another guard is at work")
                self.sleep(1)
                continue
            try:
                state = self.table.state()
                one = Round(self.functions, self.routes, self.allow, state, lease)
                problems = one.run()
                done += one.done
                if problems:
                    raise UnfinishedError(problems, done)
                entry = self._entry("the guard", _reached(state), f"reached-{state.version}")
                if self.table.finish(state, lease.owner, None if state.is_reached else entry):
                    return done
            except BaseException:
                lease.give_back()
                raise
            lease.give_back()

    def _of_time(self, old: State, now: State) -> Entry:
        if now.month != old.month:
            what = f"a new month, {now.month}: what signals engaged is released"
            return self._entry(_CLOCK, what, f"month-{now.month}")
        over = sorted(set(old.released) - set(now.released))
        what = f"the release of {', '.join(over)} is over"
        return self._entry(_CLOCK, what, f"over-{old.version}")

    def _entry(self, who: str, what: str, id_: str) -> Entry:
        return Entry(self.now(), id_, who, what)


def _reached(state: State) -> str:
    stages = {**state.automatic, **state.by_hand}
    wanted = ", ".join(f"{app} {stage.word}" for app, stage in sorted(stages.items()))
    return f"all functions are as wanted ({MODE} and concurrency): {wanted or 'nothing engaged'}"
