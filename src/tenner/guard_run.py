"""The guard at work: records what is wanted, then brings every function to it.

Whatever stops it halfway, the next run goes on: a function's note is written before the function
is touched and taken out after it is as it was. One guard at a time touches functions; it has a
lease, and lets go of everything before the lease ends.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from tenner.guard_functions import MODE, ON, CannotError, GoneError, as_json
from tenner.guard_items import Entry, Note
from tenner.guard_stages import Stage, State, at_moment, is_engaged, stage_of
from tenner.guard_table import code_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenner.guard_functions import Function, Functions
    from tenner.guard_table import GuardTable

LEASE_S = 120
_LEAST_LEFT_S = 60
"""What must be left of a lease to touch a function: longer than all its calls may take."""
_TRIES = 20
_CLOCK = "the clock"


class BusyError(Exception):
    """Another guard is at work, and was so for longer than this one waits."""


class UnfinishedError(Exception):
    """Some functions could not be brought to what is wanted; one sentence each."""

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
    """One guard: its rows, its functions, who is never engaged by a signal, and its clock."""

    table: GuardTable
    functions: Functions
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
        owner, end, done = uuid.uuid4().hex, self.now() + self.patience_s, list[str]()
        while True:
            state = self.table.state()
            if state.is_reached and not (check and is_engaged(state)):
                return done
            if not self._lease(owner):
                if self.now() >= end:
                    raise BusyError("another guard is at work")
                self.sleep(1)
                continue
            try:
                state = self.table.state()
                done += _Round(self, state, owner).run()
                entry = self._entry("the guard", _reached(state), f"reached-{state.version}")
                if self.table.finish(state, owner, None if state.is_reached else entry):
                    return done
            except BaseException:
                self._give_back(owner)
                raise
            self._give_back(owner)

    def _lease(self, owner: str) -> bool:
        now = self.now()
        return self.table.take_lease(owner, now, now + LEASE_S)

    def _give_back(self, owner: str) -> None:
        try:
            self.table.give_lease(owner)
        except Exception as error:  # noqa: BLE001 - it ends by itself, and what went wrong first counts
            print(f"the lease of {owner} stays until it ends: {type(error).__name__}")  # noqa: T201

    def _of_time(self, old: State, now: State) -> Entry:
        if now.month != old.month:
            what = f"a new month, {now.month}: what signals engaged is released"
            return self._entry(_CLOCK, what, f"month-{now.month}")
        over = sorted(set(old.released) - set(now.released))
        what = f"the release of {', '.join(over)} is over"
        return self._entry(_CLOCK, what, f"over-{old.version}")

    def _entry(self, who: str, what: str, id_: str) -> Entry:
        return Entry(self.now(), id_, who, what)


class _Round:
    """One guard with a lease, bringing all functions to one state."""

    def __init__(self, guard: Guard, state: State, owner: str) -> None:
        self.guard, self.state, self.owner = guard, state, owner
        self.table, self.functions = guard.table, guard.functions
        self.until_s = guard.now()  # the lease is taken anew before the first function
        self.done: list[str] = []

    def run(self) -> list[str]:
        """Visit every function; one that can't be changed keeps no other one from it."""
        notes, problems = self.table.notes(), list[str]()
        there = {function.name: function for function in self.functions.each()}
        for name in sorted(there.keys() | notes.keys()):
            self._keep_lease()
            function, note = there.get(name), notes.get(name)
            try:
                self._visit(function, note)
            except GoneError:
                if note := self.table.notes().get(name):
                    self._forget(note, f"{name} is gone")
            except CannotError as error:
                problems.append(str(error))
            except Exception as error:
                if not code_of(error):  # no answer: the network, not this function
                    raise
                problems.append(f"{name}: AWS says {code_of(error)}")
        if problems:
            raise UnfinishedError(problems, self.done)
        return self.done

    def _visit(self, function: Function | None, note: Note | None) -> None:
        if function is None:
            if note:
                self._put_back(note, None)
                self._forget(note, f"{note.function} is gone")
            return
        wanted = stage_of(self.state, function.app, self.guard.allow)
        if wanted >= Stage.DEGRADE:
            self._engage(function, note, wanted)
        elif note:
            self._put_back(note, function)
            self._forget(note, f"{function.name}: {note.stage.word} → none")

    def _engage(self, function: Function, note: Note | None, wanted: Stage) -> None:
        before, stops = note.stage if note else Stage.NONE, wanted is Stage.STOP
        if note is None:
            reserved = self.functions.reserved(function.name)
            note = Note(function.name, function.app, wanted, function.mode, reserved)
        elif stops and not note.is_stopped:
            note = replace(note, reserved=self.functions.reserved(function.name))
        if before != wanted or (stops and not note.is_stopped):
            note = replace(note, stage=wanted, is_stopped=note.is_stopped or stops)
            what = f"{function.name}: {before.word} → {wanted.word}"
            is_new = before != wanted
            self.table.write_note(note, self._entry(what, function.name) if is_new else None)
            self.done += [what] if is_new else []
        self._keep_lease()
        if stops:
            self._stop(note)
        elif note.is_stopped:
            self._start(note)
            self.table.write_note(replace(note, is_stopped=False, routes=""), None)
        if function.mode != ON:
            self._keep_lease()
            self.functions.set_mode(function.name, ON)

    def _stop(self, note: Note) -> None:
        """Let the function run no more; where AWS refuses that, let no request through to it."""
        if self.functions.reserved(note.function) == 0 or self.functions.reserve(note.function, 0):
            return
        routes = json.loads(note.routes) if note.routes else self.functions.routes(note.app)
        if not routes:
            raise CannotError(f"{note.function}: AWS refuses to stop it, and no route leads to it")
        if not note.routes:
            what = f"{note.function}: AWS refuses to stop it, so its routes answer 429"
            entry = self._entry(what, f"{note.function}-routes")
            self.table.write_note(replace(note, routes=as_json(routes)), entry)
            self.done.append(what)
        self.functions.shut(routes)

    def _start(self, note: Note) -> None:
        is_shut = self.functions.reserved(note.function) == 0 and note.reserved != 0
        if is_shut and not self.functions.reserve(note.function, note.reserved):
            self.functions.reserve(note.function, None)  # the account has no room for it now
        if note.routes:
            self.functions.open(json.loads(note.routes))

    def _put_back(self, note: Note, function: Function | None) -> None:
        """Make a function as it was; what a person has changed meanwhile is left alone."""
        if function is None:
            if note.routes:
                self.functions.open(json.loads(note.routes))
            return
        if note.is_stopped:
            self._start(note)
        if function.mode == ON and note.mode != ON:
            self.functions.set_mode(function.name, note.mode)

    def _forget(self, note: Note, what: str) -> None:
        self.table.remove_note(note, self._entry(what, note.function))
        self.done.append(what)

    def _entry(self, what: str, id_: str) -> Entry:
        return Entry(self.guard.now(), f"{id_}-{self.state.version}", "the guard", what)

    def _keep_lease(self) -> None:
        now = self.guard.now()
        if self.until_s - now < _LEAST_LEFT_S:
            if not self.table.take_lease(self.owner, now, now + LEASE_S):
                raise BusyError("another guard has taken over")
            self.until_s = now + LEASE_S


def _reached(state: State) -> str:
    stages = {**state.automatic, **state.by_hand}
    wanted = ", ".join(f"{app} {stage.word}" for app, stage in sorted(stages.items()))
    return f"all functions are as wanted ({MODE} and concurrency): {wanted or 'nothing engaged'}"
