"""One round of the guard: brings all routes and functions to one state.

Whatever stops it halfway, the next round goes on: how something was is written down before it is
touched, and taken out after it is so again. One guard at a time touches anything: it has a lease,
and looks at it before each change.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tenner.guard_functions import Function, GoneError
from tenner.guard_items import Entry, Note
from tenner.guard_routes import app_of, is_shut, shut
from tenner.guard_stages import ON, Stage, stage_of
from tenner.guard_table import CannotError, code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenner.guard_functions import Functions
    from tenner.guard_routes import Routes, Settings
    from tenner.guard_stages import State
    from tenner.guard_table import GuardTable

LEASE_S = 120
_LEAST_LEFT_S = 60
"""What must be left of a lease for one change: more than a call takes at most, with its tries."""


class BusyError(Exception):
    """Another guard is at work, and was so for longer than this one waits."""


@dataclass
class Lease:
    """The right to touch functions and routes, for a while."""

    table: GuardTable
    owner: str
    now: Callable[[], float]
    until_s: float = 0

    def take(self) -> bool:
        """Take it, or take it for longer; False while another guard has it."""
        now = self.now()
        is_taken = self.table.take_lease(self.owner, now, now + LEASE_S)
        if is_taken:
            self.until_s = now + LEASE_S
        return is_taken

    def keep(self) -> None:
        """Make it last for one change more; raises BusyError where another guard has it."""
        if self.until_s - self.now() < _LEAST_LEFT_S and not self.take():
            raise BusyError("another guard has taken over")

    def give_back(self) -> None:
        """Give it back, where it is still one's own."""
        try:
            self.table.give_lease(self.owner)
        except Exception as error:  # noqa: BLE001 - it ends by itself, and what went wrong first counts
            what = f"the lease of {self.owner} stays until it ends: {type(error).__name__}"
            print(what, file=sys.stderr)  # noqa: T201


class Round:
    """One guard with a lease; `done` says in a line each what it has done."""

    def __init__(
        self,
        functions: Functions,
        routes: Routes,
        allow: frozenset[str],
        state: State,
        lease: Lease,
    ) -> None:
        self.functions, self.routes, self.allow = functions, routes, allow
        self.state, self.lease, self.table = state, lease, lease.table
        self.reachable = set[str]()
        self.done: list[str] = []
        self.problems: list[str] = []

    def run(self) -> list[str]:
        """Visit all; gives a sentence for each that could not be changed."""
        notes = self.table.notes()
        there = {function.name: function for function in self.functions.each()}
        apps = {each.app for each in there.values()} | {each.app for each in notes.values()}
        stopped = {app for app in apps if self._wanted(app) is Stage.STOP}
        for api in self.routes.apis:  # first: one change stops all requests
            with self._apart(f"API {api}"):
                self._visit_routes(api, stopped)
        for name in sorted(there.keys() | notes.keys()):
            with self._apart(name):
                try:
                    self._visit(name, there.get(name), notes.get(name))
                except GoneError:
                    if note := self.table.notes().get(name):
                        self._forget(note, f"{name} is gone")
        return self.problems

    @contextmanager
    def _apart(self, name: str) -> Iterator[None]:
        """Let one that can't be changed keep no other one from it."""
        self.lease.keep()
        try:
            yield
        except BusyError:
            raise
        except CannotError as error:
            self.problems.append(str(error))
        except Exception as error:  # noqa: BLE001 - see above
            self.problems.append(f"{name}: AWS says {code_of(error) or type(error).__name__}")

    def _wanted(self, app: str) -> Stage:
        return stage_of(self.state, app, self.allow)

    def _visit_routes(self, api: str, stopped: set[str]) -> None:
        """Shut the routes of apps that are stopped; give others back what they had."""
        before = self.table.routes(api)
        if not stopped and not before:
            return
        now = self.routes.of(api)
        closed = {route for route in now if app_of(route) in stopped}
        kept = {route: before.get(route, now[route]) for route in sorted(closed)}
        wanted: Settings = {}
        for route, settings in now.items():
            if route in closed:
                wanted[route] = shut(settings)
            else:  # what a person has changed meanwhile is left alone
                wanted[route] = before.get(route, settings) if is_shut(settings) else settings
        if kept.keys() - before.keys():
            self._note_routes(api, {**before, **kept}, before)
        if wanted != now:
            self.lease.keep()
            self.routes.change(api, wanted)
        if before.keys() - kept.keys():
            self._note_routes(api, kept, {**before, **kept})
        self.reachable |= {app_of(route) for route in closed}

    def _note_routes(self, api: str, noted: Settings, before: Settings) -> None:
        """Write down which routes are shut; an entry says what is new, by app."""
        news, olds = noted.keys() - before.keys(), before.keys() - noted.keys()
        said = "answers 429 for" if news else "lets through"
        apps = ", ".join(sorted({app_of(route) for route in news or olds}))
        what = f"API {api} {said} {apps}"
        self.table.write_routes(api, noted, self._entry(what, f"{api}-{bool(news)}"))
        self.done.append(what)

    def _visit(self, name: str, function: Function | None, note: Note | None) -> None:
        if function is None and note:  # gone, or no longer an app's
            function = Function(name, "", self.functions.mode(name))
        if function is None:
            return
        wanted = self._wanted(function.app) if function.app else Stage.NONE
        if wanted >= Stage.DEGRADE:
            self._engage(function, note, wanted)
        elif note:
            self._put_back(function, note)

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
            self._write(note, what if before != wanted else "")
        if stops:
            self._stop(note)
        elif note.is_stopped:
            self._start(note)
            self._write(replace(note, is_stopped=False, is_refused=False))
        if function.mode != ON:
            self.lease.keep()
            self.functions.set_mode(function.name, ON)

    def _stop(self, note: Note) -> None:
        """Let the function run no more; where AWS refuses that, its app's routes are shut."""
        if self.functions.reserved(note.function) == 0:
            return
        self.lease.keep()
        if self.functions.reserve(note.function, 0):
            return
        if note.app not in self.reachable:
            raise CannotError(f"{note.function}: AWS refuses to stop it, and no route leads to it")
        if not note.is_refused:
            what = f"{note.function}: AWS refuses to stop it, so only its routes are shut"
            self._write(replace(note, is_refused=True), what)

    def _start(self, note: Note) -> None:
        if self.functions.reserved(note.function) != 0 or note.reserved == 0:
            return
        self.lease.keep()
        if not self.functions.reserve(note.function, note.reserved):
            self.functions.reserve(note.function, None)
            what = f"{note.function}: AWS has no room for its {note.reserved} reserved, so none is"
            self._write(note, what)

    def _put_back(self, function: Function, note: Note) -> None:
        """Make a function as it was; what a person has changed meanwhile is left alone."""
        if note.is_stopped:
            self._start(note)
        if function.mode == ON and note.mode != ON:
            self.lease.keep()
            self.functions.set_mode(function.name, note.mode)
        self._forget(note, f"{function.name}: {note.stage.word} → none")

    def _write(self, note: Note, what: str = "") -> None:
        self.table.write_note(note, self._entry(what, note.function) if what else None)
        self.done += [what] if what else []

    def _forget(self, note: Note, what: str) -> None:
        self.table.remove_note(note, self._entry(what, note.function))
        self.done.append(what)

    def _entry(self, what: str, id_: str) -> Entry:
        return Entry(self.lease.now(), f"{id_}-{self.state.version}", "the guard", what)
