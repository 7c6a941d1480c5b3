"""Reads releases.yaml: of this Tenner, of a template's folder, and of one that is only in git."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from tenner import git
from tenner.errors import OutsideError, TennerError
from tenner.registry import parse_record
from tenner.releases import parse_releases, release_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.registry import Record
    from tenner.releases import Release

RELEASES = "releases.yaml"


@functools.cache
def own_releases() -> Sequence[Release]:
    """Read the releases that this Tenner knows: in the wheel, or in the template's clone."""
    packaged = Path(__file__).parent / RELEASES
    return releases_in(packaged.parent if packaged.is_file() else Path(__file__).parents[2])


def read_record(text: str, source: str) -> Record:
    """Read a record as `parse_record` does, with the releases that this Tenner knows."""
    return parse_record(text, source, own_releases())


def releases_in(template: Path) -> Sequence[Release]:
    """Read the releases of a template's folder, none where it has no such file.

    Raises InputError with every defect of the file, or OutsideError.
    """
    path = template / RELEASES
    try:
        return parse_releases(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} can't be read: {error}"
        raise OutsideError(message) from None


def releases_at(clone: Path, version: str) -> Sequence[Release]:
    """Read the releases of a version in a clone of a template, none where it has no such file.

    Raises InputError with every defect of the file.
    """
    done = git.run(clone, "show", f"{version}:{RELEASES}")
    return parse_releases(done.stdout, RELEASES) if done.returncode == 0 else ()


def release_had(releases: Sequence[Release], clone: Path, version: str) -> Release | None:
    """Give the newest release that a version of a template has, by its name and by its history.

    None where it is older than all.
    """
    named = release_of(releases, version)
    for release in reversed(releases):
        if release is named:
            break
        if release.commit and has_commit(clone, release.commit, version):
            return release
    return named


def has_commit(clone: Path, commit: str, version: str) -> bool:
    """Tell whether a commit is in the history of a version."""
    done = git.run(clone, "merge-base", "--is-ancestor", commit, version, "--")
    return done.returncode == 0


def tag_releases(clone: Path) -> Sequence[str]:
    """Tag each release in a clone of the template; gives the tags that were not there yet.

    Raises TennerError where a tag means another commit, or the clone lacks a release's commit.
    """
    made, problems = [], []
    for release in releases_in(clone):
        if not release.commit:
            continue
        done = git.run(clone, "rev-parse", "--verify", "--quiet", f"refs/tags/{release.tag}^{{}}")
        there = done.stdout.strip()
        if there and there != release.commit:
            problems.append(f"the tag {release.tag} is at {there}, expected {release.commit}")
        elif not there:
            said = git.run(clone, "tag", release.tag, release.commit)
            problems += [f"{release.tag}: {said.stderr.strip()}"] if said.returncode else []
            made += [] if said.returncode else [release.tag]
    if problems:
        raise TennerError(f"{clone / RELEASES}: " + "; ".join(problems))
    return made
