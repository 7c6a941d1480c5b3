"""The template for a rollout: fetched once into a bare clone, each version checked out once.

Workers only read what is here; a checkout is made beside its place and moved there when whole.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner import git
from tenner.errors import InputError, OutsideError, TennerError
from tenner.release_files import has_commit, releases_at
from tenner.rollout import newest, version_key
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Target(NamedTuple):
    """A version of a template: its full commit, and the name that Copier's answers have for it."""

    commit: str
    version: str


class Mirror:
    """A bare clone of one template; `source` is where it comes from."""

    def __init__(self, source: str, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self._known: dict[str, Target] = {}
        self._commits: dict[str, str] = {}

    @classmethod
    def fetch(cls, source: str, place: Path) -> Mirror:
        """Clone a template into `place`; raises OutsideError where it can't be had."""
        folder = place / f"{sha256(source.encode()).hexdigest()[:16]}.git"
        if not folder.is_dir():
            _git_or_raise(place, source, "clone", "--bare", "--quiet", "--", url_of(source), folder)
        return cls(source, folder)

    def target(self, version: str) -> Target:
        """Find a version, or the newest release where none is named.

        Raises TennerError where the template has no such tag or commit.
        """
        if version not in self._known:
            tags = git.run(self.folder, "tag").stdout.split()
            names = sorted({*tags, *self.releases}, key=lambda tag: version_key(tag) or ((),))
            wanted = version or newest(names) or "HEAD"
            commit = self.commit_of(wanted)
            if not commit:
                known = ", ".join(names[-10:]) or "none yet"
                message = (
                    f"--to: given {shown(version)}, expected a tag or commit of {self.source}; "
                    f"its tags: {known}"
                )
                raise TennerError(message)
            name = git.run(self.folder, "describe", "--tags", "--always", commit).stdout.strip()
            self._known[version] = Target(commit, name)
        return self._known[version]

    @cached_property
    def releases(self) -> Mapping[str, str]:
        """Give the commits of releases by tag, as releases.yaml has them: tags may not be here."""
        with contextlib.suppress(InputError):
            found = releases_at(self.folder, "HEAD")
            return {each.tag: each.commit for each in found if self._resolved(each.commit)}
        return {}

    def is_at(self, version: str, target: Target, *, or_after: bool) -> bool:
        """Tell whether a version is a target by another name, or comes after it."""
        known = self.commit_of(version)
        if known == target.commit or not (known and or_after):
            return known == target.commit
        return has_commit(self.folder, target.commit, known)

    def commit_of(self, version: str) -> str:
        """Give the full commit of a version, or nothing where the template has none such."""
        if version not in self._commits:
            self._commits[version] = self._resolved(version) or self.releases.get(version, "")
        return self._commits[version]

    def _resolved(self, version: str) -> str:
        if not version or version.startswith("-"):
            return ""
        done = git.run(self.folder, "rev-parse", "--verify", "--quiet", f"{version}^{{commit}}")
        return done.stdout.strip() if done.returncode == 0 else ""

    def checkout(self, commit: str) -> Path:
        """Give a folder with one version's files; many processes may ask for it at once."""
        place = self.folder.with_suffix("") / commit
        if place.is_dir():
            return place
        place.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(dir=place.parent, prefix=".making-"))
        try:
            draft = hidden / "template"
            _git_or_raise(
                hidden, self.source, *("clone", "--shared", "--no-checkout", "--quiet"),
                *("--", self.folder, draft),
            )  # fmt: skip
            _git_or_raise(draft, self.source, "checkout", "--quiet", "--force", commit)
            if (draft / ".gitmodules").exists():
                _git_or_raise(draft, self.source, "submodule", "update", "--init", "--recursive")
            with contextlib.suppress(OSError):  # another process was faster
                draft.rename(place)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
        return place


def fetch_all(
    sources: Iterable[str], place: Path
) -> tuple[dict[str, Mirror], dict[str, TennerError]]:
    """Clone each template once; gives the mirrors, and why others can't be had."""
    mirrors: dict[str, Mirror] = {}
    troubles: dict[str, TennerError] = {}
    for source in sorted(sources):
        try:
            mirrors[source] = Mirror.fetch(source, place)
        except TennerError as error:
            troubles[source] = error
    return mirrors, troubles


def url_of(source: str) -> str:
    """Give what git can clone for a template as Copier names it, such as `gh:owner/name`."""
    if os.path.isdir(source):  # noqa: PTH112 - any text at all
        return source
    from copier._vcs import get_repo  # noqa: PLC0415 - a quarter of a second

    return str(get_repo(source) or source)


def _git_or_raise(folder: Path, source: str, *arguments: str | Path) -> None:
    done = git.run(folder, *map(str, arguments))
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = next((line for line in lines if "fatal: " in line), "no reason given")
        message = f"The template {git.without_credentials(source)} can't be had: {reason}"
        raise OutsideError(message)
