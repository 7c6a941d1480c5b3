"""The registry as a folder: one file for each app, written whole or not at all.

Every change happens under one lock, which the operating system lets go of when a process dies.
A file is written beside its place and then linked or renamed into it: no reader, and no process
killed at any moment, ever sees or leaves half a record.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tenner import exact_yaml
from tenner.errors import InputError, OutsideError, Problem, TennerError
from tenner.folder_journal import FILE, append_entries, read_journal
from tenner.names import app_name_problem
from tenner.registry import (
    Contents,
    DifferentRecordError,
    Entries,
    Entry,
    NameTakenError,
    Record,
    Registered,
    Registration,
    Where,
    changed_text,
    entry_text,
    is_newer,
    text_path,
)
from tenner.release_files import read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tenner.journal import Journal, JournalEntry

_Read = TypeVar("_Read")


class FolderRegistry:
    """A folder of records, `<app>.yaml`."""

    def __init__(self, folder: Path) -> None:
        if "\0" in str(folder):
            message = "The registry has a NUL character in it. Expected the path of a folder."
            raise TennerError(message)
        # A repo's `..` is meant from where the repo really is, also where a link leads there.
        self.folder = Path(os.path.realpath(folder))

    @property
    def place(self) -> str:
        """Name the folder, relative to here where that is shorter."""
        relative = os.path.relpath(self.folder)
        return relative if len(relative) < len(str(self.folder)) else str(self.folder)

    def register(
        self, registration: Registration, now: str, entry: JournalEntry | None = None
    ) -> Registered:
        """Create or update an app's record, and append an entry to the journal.

        Registering the same repo again is an update, and changes nothing where nothing changed.
        `now` is the time in ISO 8601. Raises NameTakenError where another repo has the name,
        InputError where its record can't be read, OutsideError where the disk says no.
        """
        app = registration.manifest.app
        path, place = self._path(app), f"{self.place}/{app}.yaml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.locked():
                old = self._get(app)
                self._refuse_other(old, app, registration.repo, registration.root_commit)
                where = self._where(registration)
                before = (old, self._text(path)) if old else None
                outcome, text = changed_text(registration, where, before, now)
                record = old
                if record is None or outcome != "unchanged":
                    record = read_record(text, str(path))  # none is written that can't be read
                    self._write(path, text, exclusive=old is None)
                if entry:
                    append_entries(self.folder / FILE, [entry])
                return Registered(outcome, place, record)
        except OSError as error:
            raise self._outside(error) from None

    def check_free(self, registration: Registration) -> None:
        """Raise NameTakenError where another repo has the name; nothing is written."""
        try:
            app = registration.manifest.app
            self._refuse_other(self._get(app), app, registration.repo, registration.root_commit)
        except OSError as error:
            raise self._outside(error) from None

    def check_name(self, app: str, repo: Path) -> None:
        """Raise NameTakenError where a repo in another place has the name."""
        try:
            self._refuse_other(self._get(app), app, repo, "")
        except OSError as error:
            raise self._outside(error) from None

    def unregister(self, app: str) -> Record:
        """Take an app's record out; its repo and what runs in AWS stay as they are."""
        try:
            if not app_name_problem(app) and self.folder.is_dir():
                with self.locked():
                    record = self._get(app)
                    if record is not None:
                        self._path(app).unlink()
                        return record
        except OSError as error:
            raise self._outside(error) from None
        known = ", ".join(record.manifest.app for record in self.contents().records)
        message = f'given "{app}", expected a registered app of {self.place}: {known or "none yet"}'
        raise TennerError(message)

    def contents(self) -> Contents:
        """Read all records, sorted by name; a folder that is not there yet has none."""
        found = self._each(self._read)
        return Contents(found[0], found[1])

    def entries(self) -> Entries:
        """Read all records, sorted by name, to carry them to another registry."""
        found = self._each(self._entry)
        return Entries(found[0], found[1])

    def take_in(self, entry: Entry, *, newer: bool = False) -> bool:
        """Write a record of another registry as it is; tells whether it was not there yet.

        With `newer` also over an earlier one of the same repo, which stays where it is here. Raises
        NameTakenError or DifferentRecordError where a different record has the name.
        """
        app, repo = entry.record.manifest.app, entry.repo
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.locked():
                old = self._get(app)
                is_later = newer and old is not None and is_newer(entry.record, old)
                if old is not None and is_later:
                    repo = str(self.repo_of(old)) if self.repo_of(old).exists() else repo
                else:
                    self._refuse_other(old, app, Path(repo), entry.record.where.root_commit)
                text = entry_text(entry, text_path(os.path.relpath(repo, self.folder)))
                record = read_record(text, str(self._path(app)))
                if old is None or is_later:
                    self._write(self._path(app), text, exclusive=old is None)
                    return True
                if record != old:
                    raise DifferentRecordError(old, self.place, repo)
                return False
        except OSError as error:
            raise self._outside(error) from None

    def repo_of(self, record: Record) -> Path:
        """Say where an app's repo is: a record's path is meant from the registry's folder."""
        return Path(os.path.normpath(self.folder / record.where.path))

    def append(self, entries: Sequence[JournalEntry]) -> int:
        """Append entries to the journal that it does not have yet; gives how many those are."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.locked():
                return append_entries(self.folder / FILE, entries)
        except OSError as error:
            raise self._journal_outside(error) from None

    def journal(self) -> Journal:
        """Read the journal, oldest first."""
        try:
            return read_journal(self.folder / FILE, f"{self.place}/{FILE}")
        except OSError as error:
            raise self._journal_outside(error) from None

    def _each(self, read: Callable[[Path], _Read]) -> tuple[list[_Read], list[str]]:
        """Read each record's file, and collect one sentence for each that can't be read."""
        records, problems = list[_Read](), list[str]()
        try:
            paths = sorted(self.folder.glob("[a-z]*.yaml")) if self.folder.is_dir() else []
        except OSError as error:
            raise self._outside(error) from None
        for path in paths:
            try:
                records.append(read(path))
            except InputError as error:
                problems.append(str(error))
            except FileNotFoundError:
                continue  # unregistered since the folder was listed
            except OSError as error:
                problems.append(str(self._outside(error)))
        return records, problems

    def _entry(self, path: Path) -> Entry:
        record = self._read(path)
        content = exact_yaml.parse(self._text(path), str(path)).content
        return Entry(record, content, str(self.repo_of(record)))

    def _path(self, app: str) -> Path:
        return self.folder / f"{app}.yaml"

    @staticmethod
    def _text(path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            problem = Problem("", f"not UTF-8 text at byte {error.start}")
            raise InputError(str(path), [problem]) from None

    def _read(self, path: Path) -> Record:
        record = read_record(self._text(path), str(path))
        if record.manifest.app != path.stem:
            message = f'given "{record.manifest.app}", expected "{path.stem}" as the file is named'
            raise InputError(str(path), [Problem("manifest.app", message)])
        return record

    def _get(self, app: str) -> Record | None:
        try:
            return self._read(self._path(app))
        except FileNotFoundError:
            return None

    def _where(self, registration: Registration) -> Where:
        return Where.model_construct(
            path=text_path(os.path.relpath(registration.repo.resolve(), self.folder)),
            url=registration.url,
            root_commit=registration.root_commit,
        )

    def _refuse_other(self, old: Record | None, app: str, repo: Path, root_commit: str) -> None:
        """Refuse a name that another repo has; a repo that has moved is the same one."""
        if old is None:
            return
        place = self.repo_of(old)
        if place == repo.resolve():
            return
        known = old.where.root_commit and old.where.root_commit == root_commit
        if known and not (place / "app.yaml").exists():
            return
        raise NameTakenError(app, self.place, str(place))

    def _write(self, path: Path, text: str, *, exclusive: bool) -> None:
        for rest in self.folder.glob(".*.yaml.*.tmp"):
            rest.unlink(missing_ok=True)  # of a process that was killed: we hold the lock
        beside = self.folder / f".{path.name}.{os.getpid()}.tmp"
        try:
            with beside.open("x", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if exclusive:
                # Fails where the file exists, even if a file system's locks do not hold.
                path.hardlink_to(beside)
            else:
                beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        self._sync_folder()

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all other writers out; whoever waited for a folder that was exchanged looks anew."""
        while True:
            handle = os.open(self.folder, os.O_RDONLY)  # the folder itself: no lock file to explain
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                if os.path.samestat(os.fstat(handle), self.folder.stat()):
                    yield
                    return
            finally:
                os.close(handle)

    def _journal_outside(self, error: OSError) -> OutsideError:
        reason = error.strerror or str(error)
        return OutsideError(f"The journal {self.place}/{FILE} can't be used: {reason}")

    def _outside(self, error: OSError) -> OutsideError:
        reason = error.strerror or str(error)
        where = f" ({error.filename})" if error.filename else ""
        return OutsideError(f"The registry {self.place} can't be used: {reason}{where}")
