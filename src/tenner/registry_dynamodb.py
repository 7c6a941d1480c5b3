"""The registry as a DynamoDB table, for a team: one item for each app, written on a condition.

A record is the same text as in a folder. Its keys begin with `tenner#`, which is no app's prefix:
`tenner` is a reserved name, so the shared table may have them, and no app's role reaches them.
A record is written only over the text that was read, which has its revision in it.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from tenner import exact_yaml
from tenner.dynamodb_journal import JOURNAL, journal_item, journal_of
from tenner.dynamodb_table import MOST_BYTES, Condition, Item, Table, pauses, size_of
from tenner.errors import InputError, OutsideError, Problem, TennerError
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
    from collections.abc import Iterator, Sequence

    from tenner.journal import Journal, JournalEntry
    from tenner.registry_place import TablePlace

RECORDS = "tenner#registry"
_SHORTEN = {"record": "shorten its app.yaml, or ", "journal entry": ""}


class DynamoDBRegistry:
    """A table of records, `tenner#registry` and the app's name."""

    def __init__(self, place: TablePlace, *, patience_s: float = 30) -> None:
        self._url = place
        self._patience_s = patience_s
        self._table = Table(place, patience_s=patience_s)

    @property
    def place(self) -> str:
        """Name the table as `--registry` does."""
        return str(self._url)

    def register(
        self, registration: Registration, now: str, entry: JournalEntry | None = None
    ) -> Registered:
        """Create or update an app's record, and append an entry to the journal, both or neither.

        Registering the same repo again is an update, and changes nothing where nothing changed.
        `now` is the time in ISO 8601. Raises NameTakenError where another repo has the name,
        InputError where its record can't be read, OutsideError where AWS can't be asked.
        """
        app = registration.manifest.app
        where = self._where(registration)
        for _ in self._rounds(app):
            old = self._get(app)
            record = old[0] if old else None
            self._refuse_other(record, app, registration.repo, registration.root_commit)
            outcome, text = changed_text(registration, where, old, now)
            if record and outcome == "unchanged":
                self.append([entry] if entry else [])
                return Registered(outcome, self.place, record)
            new = read_record(text, self._source(app))  # nothing is written that can't be read
            if self._put(app, text, old[1] if old else None, self._new_item(entry)):
                return Registered(outcome, self.place, new)
        raise AssertionError  # pragma: no cover - rounds end by raising

    def check_free(self, registration: Registration) -> None:
        """Raise NameTakenError where another repo has the name; nothing is written."""
        app = registration.manifest.app
        old = self._get(app)
        self._refuse_other(
            old[0] if old else None, app, registration.repo, registration.root_commit
        )

    def check_name(self, app: str, repo: Path) -> None:
        """Raise NameTakenError where a repo in another place has the name."""
        old = self._get(app)
        self._refuse_other(old[0] if old else None, app, repo, "")

    def unregister(self, app: str) -> Record:
        """Take an app's record out; its repo and what runs in AWS stay as they are."""
        for _ in self._rounds(app) if not app_name_problem(app) else ():
            old = self._get(app)
            if old is None:
                break
            if self._table.delete(RECORDS, app, Condition("record", old[1])):
                return old[0]
        known = ", ".join(record.manifest.app for record in self.contents().records)
        message = f'given "{app}", expected a registered app of {self.place}: {known or "none yet"}'
        raise TennerError(message)

    def contents(self) -> Contents:
        """Read all records, sorted by name, page by page."""
        records, problems = list[Record](), list[str]()
        for item in self._table.each(RECORDS):
            try:
                records.append(self._read(item)[0])
            except InputError as error:
                problems.append(str(error))
        return Contents(records, problems)

    def entries(self) -> Entries:
        """Read all records, sorted by name, to carry them to another registry."""
        entries, problems = list[Entry](), list[str]()
        for item in self._table.each(RECORDS):
            try:
                record, text = self._read(item)
            except InputError as error:
                problems.append(str(error))
                continue
            content = exact_yaml.parse(text, self._source(item["sk"])).content
            entries.append(Entry(record, content, record.where.path))
        return Entries(entries, problems)

    def take_in(self, entry: Entry, *, newer: bool = False) -> bool:
        """Write a record of another registry as it is; tells whether it was not there yet.

        With `newer` also over an earlier one of the same repo. Raises NameTakenError or
        DifferentRecordError where a different record has the name.
        """
        app = entry.record.manifest.app
        text = entry_text(entry, text_path(entry.repo))
        new = read_record(text, self._source(app))
        for _ in self._rounds(app):
            old = self._get(app)
            if old is not None and not (newer and is_newer(new, old[0])):
                self._refuse_other(old[0], app, Path(entry.repo), new.where.root_commit)
                if old[0] != new:
                    raise DifferentRecordError(old[0], self.place, entry.repo)
                return False
            if self._put(app, text, old[1] if old else None, None):
                return True
        raise AssertionError  # pragma: no cover - rounds end by raising

    def repo_of(self, record: Record) -> Path:
        """Say where an app's repo is, on the machine that registered it last."""
        return Path(record.where.path)

    def append(self, entries: Sequence[JournalEntry]) -> int:
        """Append entries to the journal that it does not have yet; gives how many those are."""
        return sum(
            self._table.put(self._small(journal_item(entry), "journal entry"), Condition())
            for entry in entries
        )

    def journal(self) -> Journal:
        """Read the journal, oldest first."""
        return journal_of(self._table.each(JOURNAL), self.place)

    def _new_item(self, entry: JournalEntry | None) -> Item | None:
        """Give the item of an entry that the journal does not have yet."""
        item = journal_item(entry) if entry else None
        if item is None or self._table.get(JOURNAL, item["sk"]):
            return None
        return self._small(item, "journal entry")

    def _small(self, item: Item, what: str) -> Item:
        """Give an item back; raises InputError where it is more than DynamoDB takes."""
        if (size := size_of(item)) <= MOST_BYTES:
            return item
        message = (
            f"its {what} is {size:,} bytes, expected at most {MOST_BYTES:,}, the most that "
            f"DynamoDB takes in one item; {_SHORTEN[what]}keep the registry in a folder"
        )
        raise InputError(self._source(item["sk"].partition("#")[0]), [Problem("", message)])

    def _put(self, app: str, text: str, old: str | None, beside: Item | None) -> bool:
        """Write a record where there is still the old text, or none; tells whether it is ours."""
        token = str(uuid.uuid4())
        item = self._small({"pk": RECORDS, "sk": app, "record": text, "token": token}, "record")
        condition = Condition() if old is None else Condition("record", old)
        return self._table.put(item, condition, beside)

    def _rounds(self, app: str) -> Iterator[None]:
        """Go round until a write met nobody else's; raises OutsideError where that never ends."""
        end = time.monotonic() + self._patience_s
        for pause in pauses():
            yield
            if time.monotonic() > end:
                message = f"others change the record of {app} all the time; try again later"
                raise OutsideError(f"The registry {self.place} can't be used: {message}")
            time.sleep(pause)

    def _source(self, app: str) -> str:
        return f"{self.place}: {app}"

    def _get(self, app: str) -> tuple[Record, str] | None:
        item = self._table.get(RECORDS, app)
        return None if item is None else self._read(item)

    def _read(self, item: Item) -> tuple[Record, str]:
        """Read the record of an item, with its text; raises InputError with every defect."""
        app = item["sk"]
        if "record" not in item:
            message = "missing; expected the record's text; mend the item or delete it"
            raise InputError(self._source(app), [Problem("record", message)])
        record = read_record(item["record"], self._source(app))
        if record.manifest.app != app:
            message = f'given "{record.manifest.app}", expected "{app}" as its key sk says'
            raise InputError(self._source(app), [Problem("manifest.app", message)])
        return record, item["record"]

    @staticmethod
    def _where(registration: Registration) -> Where:
        return Where.model_construct(
            path=text_path(str(registration.repo.resolve())),
            url=registration.url,
            root_commit=registration.root_commit,
        )

    def _refuse_other(self, old: Record | None, app: str, repo: Path, root_commit: str) -> None:
        """Refuse a name that another repo has.

        Paths are of several machines: where both first commits are known, they decide; a copy of a
        repo that is on this machine too is another one, a clone of one that is not is the same.
        """
        if old is None:
            return
        known = old.where.root_commit
        is_place = old.where.path == str(repo.resolve())
        if is_place and (not known or not root_commit or known == root_commit):
            return
        is_there = os.path.exists(os.path.join(old.where.path, "app.yaml"))  # noqa: PTH110, PTH118
        if known and known == root_commit and not is_there:
            return
        raise NameTakenError(app, self.place, old.where.path)
