"""The rollout's core: which apps come to which version, in which waves, and how it ended.

Pure: no file, no process, no clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from tenner.errors import TennerError
from tenner.releases import named
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tenner.registry import Record
    from tenner.releases import Release

Status = Literal["up_to_date", "updated", "conflicts", "checks_failed", "failed"]
WORDS: dict[Status, str] = {
    "up_to_date": "up to date",
    "updated": "updated",
    "conflicts": "conflicts",
    "checks_failed": "checks failed",
    "failed": "failed",
}
_CLEAN = ("up_to_date", "updated")
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)((?:a|b|rc|\.dev)\d+)?(?:[-.+](\d+)?.*)?\Z")


class Wish(NamedTuple):
    """Which apps a person wants: these names, those behind a version, those of an environment."""

    only: Sequence[str] = ()
    behind: str = ""
    environment: str = ""


class Conflict(NamedTuple):
    """A file that could not be merged, and where: `lines 3-9` of the merged file."""

    file: str
    hunks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one app's update ended; `reason` is one sentence where a person must do something.

    `before` and `after` are template versions; `base` and `commit` are the app's commits that the
    update starts from and ends in; `manifests` are app.yaml before and after, where it changed.
    `how` says what is not as usual: the app's own branch was brought on, or an earlier run did it.
    """

    app: str
    status: Status
    before: str = ""
    after: str = ""
    branch: str = ""
    base: str = ""
    commit: str = ""
    files: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    reason: str = ""
    note: str = ""
    how: Literal["", "fast_forwarded", "earlier"] = ""
    is_outside: bool = False
    manifests: tuple[str, str] | None = None
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Tell whether nobody has to look at this app."""
        return self.status in _CLEAN


def select(
    records: Sequence[Record], wish: Wish, place: str, releases: Sequence[Release] = ()
) -> list[Record]:
    """Choose the records of a wish, sorted by name; raises TennerError for what no app is.

    A record's version may be the commit of one of the releases.
    """
    names = [record.manifest.app for record in records]
    if unknown := [name for name in wish.only if name not in names]:
        message = (
            f"--only: given {', '.join(map(shown, unknown))}, expected registered apps of {place}: "
            f"{', '.join(names) or 'none yet'}"
        )
        raise TennerError(message)
    limit = version_key(wish.behind) if wish.behind else None
    if wish.behind and limit is None:
        message = f"--behind: given {shown(wish.behind)}, expected a version such as v1.3"
        raise TennerError(message)
    chosen = []
    for record in sorted(records, key=lambda record: record.manifest.app):
        key = version_key(named(releases, record.template.version))
        is_behind = limit is None or key is None or key < limit
        is_in = not wish.environment or wish.environment in record.manifest.environments
        if is_behind and is_in and (not wish.only or record.manifest.app in wish.only):
            chosen.append(record)
    return chosen


def version_key(version: str) -> tuple[tuple[int, ...], int, str, int] | None:
    """Give what versions sort by, or None where a text is no version: `v1.3-2-gabc` is after v1.3.

    Pre-releases come before their release, as PEP 440 has it.
    """
    found = _VERSION.match(version.strip())
    if found is None:
        return None
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers), 0 if found[2] else 1, found[2] or "", int(found[3] or 0)


def newest(tags: Iterable[str]) -> str:
    """Give the newest release among tags, pre-releases left out, or nothing."""
    keys = {tag: version_key(tag) for tag in tags}
    releases = {tag: key for tag, key in keys.items() if key is not None and key[1]}
    return max(releases, key=releases.__getitem__) if releases else ""


def waves(apps: Sequence[str], canary: int) -> list[Sequence[str]]:
    """Split apps into those that go first and those that follow if the first are clean."""
    if not 0 < canary < len(apps):
        return [apps] if apps else []
    return [apps[:canary], apps[canary:]]


def exit_status(outcomes: Iterable[Outcome], waiting: Sequence[str] = ()) -> int:
    """Give the command's exit code: 3 for outside trouble, 1 if a person is needed, else 0."""
    found = list(outcomes)
    if any(outcome.is_outside for outcome in found):
        return 3
    return int(bool(waiting) or not all(outcome.is_clean for outcome in found))


def marked_hunks(text: str) -> tuple[str, ...]:
    """Name the places between conflict markers: `lines 3-9`, counted from 1."""
    hunks, start = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("<<<<<<< before updating"):
            start = number
        elif start and line.startswith(">>>>>>> after updating"):
            hunks.append(f"lines {start}-{number}")
            start = 0
    return tuple(hunks)


def branch_of(version: str, app: str = "") -> str:
    """Name an update's branch: `tenner/v1.3`; where apps share a repo `tenner/todo/v1.3`."""
    return "/".join(filter(None, ("tenner", app, version)))
