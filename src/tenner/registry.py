"""The registry: which apps exist, where, and at which template version.

A record holds the app's whole manifest, so that the fleet's cost and the shared Terraform need
no other repo. Its backends, a folder and a DynamoDB table, share the `Registry` interface.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Protocol

import yaml
from pydantic import Field

from tenner import exact_yaml
from tenner.errors import TennerError
from tenner.manifest import Manifest
from tenner.money import exact_text
from tenner.releases import with_new_names
from tenner.validation import Strict, Whole, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tenner.journal import Journal, JournalEntry
    from tenner.releases import Release

Text = Annotated[str, Field(max_length=2000)]


class Where(Strict):
    """Where an app's repo is: relative to the registry, its git URL, and its first commit."""

    path: Text
    url: Text = ""
    root_commit: Text = ""


class TemplateVersion(Strict):
    """From which template and version an app was made or last updated."""

    source: Text = ""
    version: Text = ""


class Record(Strict):
    """One registered app."""

    schema_version: Annotated[Whole, Field(ge=1, le=1)]
    revision: Annotated[Whole, Field(ge=1)]
    registered: Text
    updated: Text
    where: Where
    template: TemplateVersion
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Registration:
    """What a repo says of itself when it registers; `manifest_content` is its parsed app.yaml."""

    repo: Path
    manifest: Manifest
    manifest_content: Any
    template: TemplateVersion
    url: str = ""
    root_commit: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """How a registration ended: `outcome` is created, updated or unchanged; `place` for people."""

    outcome: str
    place: str
    record: Record


@dataclass(frozen=True, slots=True)
class Contents:
    """All records of a registry, and one sentence for each entry that can't be read."""

    records: Sequence[Record]
    problems: Sequence[str]


class Entry(NamedTuple):
    """One record as it is carried to another registry: also its parsed text, and its repo."""

    record: Record
    content: Any
    repo: str


class Entries(NamedTuple):
    """All records of a registry to carry over, and one sentence for each that can't be read."""

    entries: Sequence[Entry]
    problems: Sequence[str]


class NameTakenError(TennerError):
    """Another repo has registered this name."""

    def __init__(self, app: str, place: str, repo: str) -> None:
        super().__init__(
            f'The name "{app}" is taken: {place} has it for {repo}. Choose another name, or '
            f"free it with: tenner unregister {app} --registry {shlex.quote(place)}"
        )


class DifferentRecordError(TennerError):
    """A registry has another record of the same repo, which a copy must not write over."""

    def __init__(self, old: Record, place: str, repo: str) -> None:
        super().__init__(
            f"{old.manifest.app}: {place} has another record of the same repo, revision "
            f"{old.revision} of {old.updated}, which stays. To bring it up to date: "
            f"tenner register {shlex.quote(repo)} --registry {shlex.quote(place)}"
        )


class Registry(Protocol):
    """What every backend does."""

    @property
    def place(self) -> str:
        """Name the registry as a person would."""

    def register(
        self, registration: Registration, now: str, entry: JournalEntry | None = None
    ) -> Registered:
        """Create or update a record, and append an entry to the journal with it.

        Raises NameTakenError, OutsideError or InputError.
        """

    def check_free(self, registration: Registration) -> None:
        """Raise NameTakenError where another repo has the name; nothing is written."""

    def check_name(self, app: str, repo: Path) -> None:
        """Raise NameTakenError where a repo in another place has the name."""

    def unregister(self, app: str) -> Record:
        """Take an app's record out; raises TennerError where there is none."""

    def contents(self) -> Contents:
        """Read all records, sorted by name."""

    def entries(self) -> Entries:
        """Read all records, sorted by name, to carry them to another registry."""

    def take_in(self, entry: Entry, *, newer: bool = False) -> bool:
        """Write a record of another registry as it is; tells whether it was not there yet.

        With `newer` also over an earlier one of the same repo. Raises NameTakenError or
        DifferentRecordError where a different record has the name.
        """

    def repo_of(self, record: Record) -> Path:
        """Say where an app's repo is, if it is on this machine."""

    def append(self, entries: Sequence[JournalEntry]) -> int:
        """Append entries to the journal that it does not have yet; gives how many those are."""

    def journal(self) -> Journal:
        """Read the journal, oldest first; what a killed process left half written is no entry."""


def is_newer(record: Record, old: Record) -> bool:
    """Tell whether a record is a later one of the same repo, which its first commit shows."""
    commit = record.where.root_commit
    return bool(commit) and commit == old.where.root_commit and record.revision > old.revision


def parse_record(text: str, source: str, releases: Sequence[Release] = ()) -> Record:
    """Read a record from its text, also one with a manifest from before some releases.

    Raises InputError with every defect.
    """
    document = exact_yaml.parse(text, source)
    if isinstance(document.content, dict) and "manifest" in document.content:
        manifest = exact_yaml.Document(source, document.content["manifest"], document.lines)
        content = {**document.content, "manifest": with_new_names(manifest, releases).content}
        document = exact_yaml.Document(source, content, document.lines)
    return read(Record, document)


def text_path(path: str) -> str:
    """Give a path back; raises TennerError where it is no text that a record can have."""
    if not path.isascii() and path.encode(errors="replace").decode() != path:
        message = f"The repo's path is {path!a}. Expected a path that is UTF-8 text."
        raise TennerError(message)
    return path


def changed_text(
    registration: Registration, where: Where, old: tuple[Record, str] | None, now: str
) -> tuple[str, str]:
    """Say how a registration ends and the text that the record then has; `old` with its text."""
    if old is None:
        return "created", record_text(registration, where, (now, now, 1))
    record, text = old
    same = record_text(registration, where, (record.registered, record.updated, record.revision))
    if same == text:
        return "unchanged", text
    times = (record.registered, now, record.revision + 1)
    return "updated", record_text(registration, where, times)


def entry_text(entry: Entry, path: str) -> str:
    """Write a record of another registry, with the path that its repo has for this one."""
    where = {**entry.content["where"], "path": path}
    return _dump({**entry.content, "where": where})


def record_text(registration: Registration, where: Where, times: tuple[str, str, int]) -> str:
    """Write a record as YAML; `times` are registered, updated (ISO 8601, UTC) and revision."""
    registered, updated, revision = times
    content = {
        "schema_version": 1,
        "revision": revision,
        "registered": registered,
        "updated": updated,
        "where": where.model_dump(),
        "template": registration.template.model_dump(),
        "manifest": registration.manifest_content,
    }
    return _dump(content)


def _dump(content: Any) -> str:
    note = (
        "# Written by Tenner from the app's app.yaml; edit it there, then `tenner register DIR`.\n"
    )
    return note + yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000
    )


_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_SafeDumper):  # type: ignore[misc]  # compiled where PyYAML has libyaml
    """Writes text in double quotes, so that every YAML reader takes it for text."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Keys are names and field names, which need no quotes.
    plain = text.replace("_", "").replace("-", "").isalnum() and text[0].isalpha()
    style = None if plain and text.isascii() and not _resolves(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _resolves(text: str) -> bool:
    """Tell whether a reader of YAML 1.1 or 1.2 could take plain text for something else."""
    return text.lower() in {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}


def _represent_number(dumper: yaml.SafeDumper, number: Decimal) -> yaml.ScalarNode:
    text = exact_text(number)
    tag = "tag:yaml.org,2002:float" if "." in text else "tag:yaml.org,2002:int"
    return dumper.represent_scalar(tag, text)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(Decimal, _represent_number)
