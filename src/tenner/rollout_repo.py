"""What a rollout does to an app's repo: clone it, commit in the clone, and put the branch there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

from tenner import git
from tenner.errors import OutsideError, TennerError
from tenner.load import ANSWERS, MANIFEST
from tenner.rollout import Outcome, branch_of

if TYPE_CHECKING:
    import subprocess

TRAILER = "Tenner-Rollout"
_QUIET_GIT = ("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0")


class Job(NamedTuple):
    """One app to update: where it is, to which commit of which template, and what is wanted.

    `folder` is where the app's repo is, or nothing where only its `url` is known; `place` is the
    run's own folder, `locks` where apps are locked against another rollout.
    """

    app: str
    folder: str
    url: str
    source: str
    mirror: str
    commit: str
    version: str
    place: str
    locks: str
    is_preview: bool = False
    is_checked: bool = False
    is_forwarded: bool = False

    @property
    def branch(self) -> str:
        """Name the branch that the update is left on."""
        return branch_of(self.version)


class Answers(NamedTuple):
    """What a repo's answers say of its template: the source as written, and the version."""

    source: str
    version: str


def committed_answers(folder: Path) -> Answers:
    """Read what the last commit of an app's repo says of its template.

    Raises TennerError where it is no repo, has no commit, or was not made by Copier.
    """
    done = git.run(folder, "show", f"HEAD:./{ANSWERS}")
    if done.returncode:
        if "does not exist in 'HEAD'" in done.stderr or "exists on disk" in done.stderr:
            message = f"{folder} has no {ANSWERS} in its last commit; expected what Copier wrote"
            raise TennerError(message)
        raise TennerError(f"{folder} can't be read: {last_words(done)}")
    lines = [line for line in done.stdout.splitlines() if line.startswith(("_src_path", "_commit"))]
    try:
        found = yaml.safe_load("\n".join(lines)) or {}
        return Answers(str(found.get("_src_path") or ""), str(found.get("_commit") or ""))
    except (yaml.YAMLError, AttributeError):
        raise TennerError(f"{folder / ANSWERS}: not YAML; expected what Copier wrote") from None


def clone(job: Job, draft: Path) -> Path:
    """Clone an app's repo at its last commit; gives the app's folder in the clone."""
    if not job.folder:
        shallow = ("--quiet", "--depth=1", "--no-tags")
        run_git(draft.parent, "clone", *shallow, "--", job.url, str(draft))
        return draft
    folder = Path(job.folder)
    said = run_git(folder, "rev-parse", "--show-toplevel", "--show-prefix").split("\n")
    top, prefix = said[0], "".join(said[1:])
    lean = ("--quiet", "--shared", "--no-tags", "--template=")
    run_git(draft.parent, "clone", *lean, "--", top, str(draft))
    run_git(draft, "remote", "remove", "origin")
    return draft / prefix if prefix else draft


def waiting(job: Job, app: Path, base: str) -> str:
    """Give the commit of an earlier rollout that waits on the branch for the same base, if any.

    Raises TennerError where the branch has something else, which a person has put there.
    """
    ref = f"refs/heads/{job.branch}"
    if not job.folder:
        git.run(app, "fetch", "--quiet", "--no-tags", "--depth=2", "origin", f"+{ref}:{ref}")
    folder = Path(job.folder) if job.folder else app
    words = f"--format=%H%n%P%n%(trailers:key={TRAILER},valueonly)"
    done = git.run(folder, "log", "-1", words, ref, "--")
    if done.returncode:
        return ""
    commit, parent, *trailers = [*done.stdout.split(), ""]
    if job.commit not in trailers:
        message = (
            f"The branch {job.branch} of {job.folder or job.url} has commits that no rollout made; "
            "expected none such: merge it, or delete it"
        )
        raise TennerError(message)
    return commit if parent == base and not job.is_checked else ""


def changed(app: Path, outcome: Outcome) -> Outcome:
    """Add which files an update changes, and the manifests where those are among them."""
    span = f"{outcome.base}..{outcome.commit}"
    names = run_git(app, "diff", "--name-only", "--relative", "--no-renames", "-z", span)
    files = tuple(sorted(name for name in names.split("\0") if name))
    manifests = None
    if MANIFEST in files:
        old, new = (
            git.run(app, "show", f"{commit}:./{MANIFEST}").stdout
            for commit in (outcome.base, outcome.commit)
        )
        manifests = (old, new)
    return replace(outcome, files=files, manifests=manifests)


def commit(job: Job, app: Path, before: str) -> None:
    """Commit an update in the clone, in the name of whom git knows in the app's repo.

    Raises OutsideError where git knows nobody.
    """
    said = git.run(Path(job.folder or app), "var", "GIT_COMMITTER_IDENT")
    if said.returncode:
        message = (
            "git does not know who you are. Run: git config --global user.name 'Your Name' "
            "&& git config --global user.email you@example.com"
        )
        raise OutsideError(message)
    name = said.stdout.strip().rsplit(" ", 2)[0]
    person, _, address = name.rpartition(" <")
    run_git(app, *_QUIET_GIT, "add", "--all")
    run_git(
        app, *_QUIET_GIT, "-c", f"user.name={person}", "-c", f"user.email={address.rstrip('>')}",
        *("commit", "--quiet", "--no-verify", "--no-gpg-sign"),
        *("-m", f"Update from Tenner {before} to {job.version}", "-m", f"{TRAILER}: {job.commit}"),
    )  # fmt: skip


def publish(job: Job, app: Path) -> None:
    """Put the update on its branch in the app's repo, at once; an older one of ours is replaced."""
    ref = f"refs/heads/{job.branch}"
    if not job.folder:
        known = git.run(app, "rev-parse", "--verify", "--quiet", ref).stdout.strip()
        lease = f"--force-with-lease={ref}:{known}"  # nothing: the branch must not be there yet
        run_git(app, "push", "--quiet", lease, "origin", f"HEAD:{ref}")
        return
    run_git(
        Path(job.folder), *_QUIET_GIT, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
        *("--no-auto-maintenance", "--", str(app), f"+HEAD:{ref}"),
    )  # fmt: skip


def forwarded(job: Job, outcome: Outcome) -> Outcome:
    """Bring the app's own branch to the update where that is asked and its folder is clean."""
    outcome = replace(outcome, branch=job.branch)
    if not job.is_forwarded or not job.folder:
        return outcome
    folder = Path(job.folder)
    if run_git(folder, "status", "--porcelain"):
        return replace(outcome, note="not fast-forwarded: its folder has changes of its own")
    if git.run(folder, "symbolic-ref", "--quiet", "HEAD").returncode:
        return replace(outcome, note="not fast-forwarded: its folder is on no branch")
    done = git.run(folder, *_QUIET_GIT, "merge", "--ff-only", "--quiet", outcome.commit)
    if done.returncode:
        return replace(outcome, note=f"not fast-forwarded: {last_words(done)}")
    git.run(folder, "branch", "-D", "--quiet", job.branch)
    return replace(outcome, branch="", how="fast_forwarded")


def run_git(folder: Path, *arguments: str) -> str:
    """Run git and give what it prints; raises OutsideError with its own last words."""
    done = git.run(folder, *arguments)
    if done.returncode:
        step = next(
            (word for word in arguments if not word.startswith("-") and "=" not in word), ""
        )
        raise OutsideError(f"git {step}: {last_words(done)}")
    return done.stdout.rstrip("\n")


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """Give the one line of a failed program that says most."""
    lines = [line.strip() for line in (done.stderr + "\n" + done.stdout).splitlines()]
    told = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    last = told or [line for line in reversed(lines) if line]
    return last[0].removeprefix("fatal: ").removeprefix("error: ") if last else "no reason given"
