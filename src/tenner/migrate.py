"""Brings an app's answers and manifest to a newer template, before and after Copier's update.

Copier merges texts, and a renamed field that a person has edited would be a conflict. So the
answers change before it runs, and app.yaml after it: where it left a conflict, the merge is made
again from texts that all have the new names. Which fields change is data: releases.yaml.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner import git
from tenner.errors import OutsideError, TennerError
from tenner.load import MANIFEST
from tenner.release_files import release_had, releases_in
from tenner.releases import after, changes_of
from tenner.template_source import ANSWERS
from tenner.write import write_whole
from tenner.yaml_edit import edited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.changes import Change
    from tenner.releases import Release

_LABELS = ("before updating", "last update", "after updating")
"""As Copier writes them into conflict markers."""


class Update(NamedTuple):
    """One app's update: its folder, the new template's clone, and the version it comes from."""

    folder: Path
    template: Path
    version: str


def before(update: Update) -> None:
    """Change the answers as the missing releases say, and try whether app.yaml can be changed.

    Raises TennerError where either can't be; nothing is changed then.
    """
    missing = _missing(update)
    if changes := changes_of(missing, "manifest"):
        path = update.folder / MANIFEST
        edited(_text(path), changes, str(path))
    if changes := changes_of(missing, "answers"):
        _edit(update.folder / ANSWERS, changes)


def after_merge(update: Update) -> bool:
    """Change app.yaml as the missing releases say; tells whether that took a conflict away.

    Raises TennerError where it can't be; it stays as Copier left it then.
    """
    changes = changes_of(_missing(update), "manifest")
    path = update.folder / MANIFEST
    if not changes or not path.is_file():
        return False
    texts = [git.exact_text(update.folder, f":{stage}:./{MANIFEST}") for stage in (1, 2, 3)]
    stages = [text for text in texts if text is not None]
    if len(stages) < len(texts):
        if not _has_markers(path):
            _edit(path, changes)
        return False
    merged, is_clean = _merged(stages, changes, str(path))
    write_whole(path, merged)
    if is_clean:
        git.run(update.folder, "reset", "--quiet", "--", MANIFEST)
    return is_clean


def _missing(update: Update) -> Sequence[Release]:
    releases = releases_in(update.template)
    if not any(release.changes for release in releases):
        return ()
    return after(releases, release_had(releases, update.template, update.version))


def _merged(texts: Sequence[str], changes: Sequence[Change], source: str) -> tuple[str, bool]:
    """Merge base, the person's and the template's text, each with the changes made."""
    base, ours, theirs = (edited(text, changes, source) for text in texts)
    with tempfile.TemporaryDirectory(prefix="tenner-merge-") as place:
        names = ("ours", "base", "theirs")
        for name, text in zip(names, (ours, base, theirs), strict=True):
            (Path(place) / name).write_text(text, encoding="utf-8", newline="")
        labels = [part for label in _LABELS for part in ("-L", label)]
        done = git.run(Path(place), "merge-file", *labels, "--", *names)
        merged = _text(Path(place) / names[0])
    if not 0 <= done.returncode < 128:  # noqa: PLR2004 - git merge-file gives how many conflicts
        message = f"{source}: git merge-file said: {done.stderr.strip() or 'no reason given'}"
        raise OutsideError(message)
    return merged, done.returncode == 0


def _edit(path: Path, changes: Sequence[Change]) -> None:
    old = _text(path)
    new = edited(old, changes, str(path))
    if new != old:
        write_whole(path, new)


def _text(path: Path) -> str:
    """Read a text with the ends of lines and the mark at its beginning as they are."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        message = f"{path}: not UTF-8 text at byte {error.start}"
        raise TennerError(message) from None
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}"
        raise OutsideError(message) from None


def _has_markers(path: Path) -> bool:
    return any(line.startswith(f"<<<<<<< {_LABELS[0]}") for line in _text(path).splitlines())
