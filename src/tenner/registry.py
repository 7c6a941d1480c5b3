"""The registry: which apps exist, where, and at which template version.

A record holds the app's whole manifest, so that the fleet's cost and the shared Terraform need
no other repo. Backends (a folder today) share the `Registry` interface.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import yaml
from pydantic import Field

from tenner import exact_yaml
from tenner.errors import TennerError
from tenner.manifest import Manifest
from tenner.money import exact_text
from tenner.validation import Strict, Whole, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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


class NameTakenError(TennerError):
    """Another repo has registered this name."""


class Registry(Protocol):
    """What every backend does."""

    @property
    def place(self) -> str:
        """Name the registry as a person would."""

    def register(self, registration: Registration, now: str) -> Registered:
        """Create or update a record; raises NameTakenError, OutsideError or InputError."""

    def check_free(self, registration: Registration) -> None:
        """Raise NameTakenError where another repo has the name; nothing is written."""

    def unregister(self, app: str) -> Record:
        """Take an app's record out; raises TennerError where there is none."""

    def contents(self) -> Contents:
        """Read all records, sorted by name."""


def parse_record(text: str, source: str) -> Record:
    """Read a record from its text; raises InputError with every defect."""
    return read(Record, exact_yaml.parse(text, source))


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
