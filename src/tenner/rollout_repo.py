"""What a rollout does to an app's repo: clone it, commit in the clone, and put the branch there."""

from __future__ import annotations

import shlex
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

from tenner import git
from tenner.errors import OutsideError, TennerError
from tenner.load import MANIFEST
from tenner.rollout import Outcome, branch_of
from tenner.template_source import ANSWERS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

TRAILER = "Tenner-Rollout"
_QUIET_GIT = ("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0")


class Job(NamedTuple):
    """One app to update: where it is, to which commit of which template, and what is wanted.

    `folder` is where the app's repo is, or nothing where only its `url` is known: then `draft` is
    the clone that the survey has made. `root_commit` is the first commit that the registry knows.
    `place` is the run's own folder, `locks` where apps are locked against another rollout.
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
    draft: str = ""
    root_commit: str = ""


class Answers(NamedTuple):
    """What a repo's answers say of its template: the source as written, and the version."""

    source: str
    version: str


def committed_answers(folder: Path, commit: str = "HEAD") -> Answers:
    """Read what a commit of an app's repo says of its template.

    Raises TennerError where it is no repo, has no commit, or was not made by Copier.
    """
    done = git.run(folder, "show", f"{commit}:./{ANSWERS}")
    if done.returncode:
        if "does not exist in" in done.stderr or "exists on disk" in done.stderr:
            message = f"{folder} has no {ANSWERS} in its last commit; expected what Copier wrote"
            raise TennerError(message)
        raise TennerError(f"{folder} can't be read: {last_words(done)}")
    lines = [line for line in done.stdout.splitlines() if line.startswith(("_src_path", "_commit"))]
    try:
        found = yaml.safe_load("\n".join(lines)) or {}
        return Answers(str(found.get("_src_path") or ""), str(found.get("_commit") or ""))
    except (yaml.YAMLError, AttributeError):
        raise TennerError(f"{folder / ANSWERS}: not YAML; expected what Copier wrote") from None


def clone_shallow(url: str, draft: Path) -> None:
    """Clone the last commit of a repo that is elsewhere; raises OutsideError."""
    shallow = ("--quiet", "--depth=1", "--no-tags")
    run_git(draft.parent, "clone", *shallow, "--", url, str(draft))


def clone(job: Job, draft: Path) -> Path:
    """Clone an app's repo at its last commit; gives the app's folder in the clone."""
    if not job.folder:
        if job.draft and Path(job.draft).is_dir():
            Path(job.draft).rename(draft)
        else:
            clone_shallow(job.url, draft)
        return draft
    folder = Path(job.folder)
    top, prefix = _top_and_prefix(folder)
    lean = ("--quiet", "--shared", "--no-tags", "--template=")
    run_git(draft.parent, "clone", *lean, "--", top, str(draft))
    run_git(draft, "remote", "remove", "origin")
    return draft / prefix if prefix else draft


def _top_and_prefix(folder: Path) -> tuple[str, str]:
    said = run_git(folder, "rev-parse", "--show-toplevel", "--show-prefix").split("\n")
    return said[0], "".join(said[1:])


def branch_in(job: Job, app: Path, draft: Path) -> str:
    """Name the branch for an app, which has its name where the repo may have others too."""
    return branch_of(job.version, "" if app == draft else job.app)


def refuse_other_repo(job: Job, app: Path) -> None:
    """Raise TennerError where a repo does not begin with the commit that the registry knows."""
    if not job.folder or not job.root_commit:
        return  # of a shallow clone nobody knows how it begins
    roots = run_git(app, "rev-list", "--max-parents=0", "HEAD").split()
    if job.root_commit in roots:
        return
    if run_git(app, "rev-parse", "--is-shallow-repository") == "true":
        return
    message = (
        f"{job.folder} begins with commit {roots[-1][:12]}, expected {job.root_commit[:12]} as the "
        "registry has it: another repo, or its history was rewritten. If it is meant: "
        f"tenner register {shlex.quote(job.folder)}"
    )
    raise TennerError(message)


class Head(NamedTuple):
    """The last commit of a branch, and what its rollout has noted in it: template and tree."""

    commit: str
    tree: str
    parents: str
    noted: Sequence[str]

    def is_of(self, template: str) -> bool:
        """Tell whether a rollout to that commit of the template made this, and nobody after it."""
        return [template, self.tree] == [*self.noted]


def head(folder: Path, ref: str) -> Head | None:
    """Read the last commit of a branch, if there is one."""
    words = f"--format=%H%n%T%n%P%n%(trailers:key={TRAILER},valueonly,separator=%x20)"
    done = git.run(folder, "log", "-1", words, ref, "--")
    if done.returncode:
        return None
    commit, tree, parents, noted, *_ = [*done.stdout.split("\n"), "", "", ""]
    return Head(commit, tree, parents, noted.split())


def fetched(job: Job, app: Path, branch: str) -> tuple[Path, str]:
    """Say where a branch of an app can be read, and its full name."""
    ref = f"refs/heads/{branch}"
    if job.folder:
        return Path(job.folder), ref
    git.run(app, "fetch", "--quiet", "--no-tags", "--depth=2", "origin", f"+{ref}:{ref}")
    return app, ref


def waiting(job: Job, app: Path, base: str, branch: str) -> str:
    """Give the commit of an earlier rollout that waits on the branch for the same base, if any.

    Raises TennerError where the branch has something else, which a person has put there.
    """
    found = head(*fetched(job, app, branch))
    if found is None:
        return ""
    if not found.is_of(job.commit):
        message = (
            f"The branch {branch} of {job.folder or job.url} has commits that no rollout made; "
            "expected none such: merge it, or delete it"
        )
        raise TennerError(message)
    return found.commit if found.parents == base and not job.is_checked else ""


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
    person = as_person(Path(job.folder or app))
    run_git(app, *_QUIET_GIT, "add", "--all")
    noted = f"{TRAILER}: {job.commit} {run_git(app, 'write-tree')}"
    run_git(
        app, *_QUIET_GIT, *person, *("commit", "--quiet", "--no-verify", "--no-gpg-sign"),
        *("-m", f"Update from Tenner {before} to {job.version}", "-m", noted),
    )  # fmt: skip


def as_person(folder: Path) -> Sequence[str]:
    """Give git's options that name whom git knows in a repo, for a commit in its clone.

    Raises OutsideError where git knows nobody.
    """
    said = git.run(folder, "var", "GIT_COMMITTER_IDENT")
    if said.returncode:
        message = (
            "git does not know who you are. Run: git config --global user.name 'Your Name' "
            "&& git config --global user.email you@example.com"
        )
        raise OutsideError(message)
    name = said.stdout.strip().rsplit(" ", 2)[0]
    person, _, address = name.rpartition(" <")
    return ("-c", f"user.name={person}", "-c", f"user.email={address.rstrip('>')}")


def publish(job: Job, draft: Path, branch: str) -> None:
    """Put the update on its branch in the app's repo, at once; an older one of ours is replaced."""
    ref = f"refs/heads/{branch}"
    if not job.folder:
        known = git.run(draft, "rev-parse", "--verify", "--quiet", ref).stdout.strip()
        lease = f"--force-with-lease={ref}:{known}"  # nothing: the branch must not be there yet
        run_git(draft, "push", "--quiet", lease, "origin", f"HEAD:{ref}")
        return
    run_git(
        Path(job.folder), *_QUIET_GIT, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
        *("--no-auto-maintenance", "--", str(draft), f"+HEAD:{ref}"),
    )  # fmt: skip


def forwarded(job: Job, outcome: Outcome) -> Outcome:
    """Bring the app's own branch to the update where that is asked and its folder is clean."""
    unsigned = _unsigned(job, outcome.branch)
    if not job.is_forwarded or not job.folder:
        return _noted(outcome, unsigned)
    folder = Path(job.folder)
    reason = unsigned
    if not reason and run_git(folder, "status", "--porcelain"):
        reason = "its folder has changes of its own"
    if not reason and git.run(folder, "symbolic-ref", "--quiet", "HEAD").returncode:
        reason = "its folder is on no branch"
    if not reason:
        ahead = ("merge", "--ff-only", "--quiet", outcome.commit)
        done = git.run(folder, *_QUIET_GIT, *ahead, apart=True)
        reason = last_words(done) if done.returncode else ""
    if reason:
        return _noted(outcome, f"not fast-forwarded: {reason}")
    git.run(folder, "branch", "-D", "--quiet", outcome.branch)
    return replace(outcome, branch="", how="fast_forwarded")


def _noted(outcome: Outcome, words: str) -> Outcome:
    return replace(outcome, note="; ".join(filter(None, (outcome.note, words))))


def _unsigned(job: Job, branch: str) -> str:
    """Say what to do where a person's git signs commits: a rollout can't ask for a passphrase."""
    folder = Path(job.folder) if job.folder else Path(job.place)
    if git.run(folder, "config", "--type=bool", "--get", "commit.gpgsign").stdout.strip() != "true":
        return ""
    words = "its commit is not signed, which git's commit.gpgsign asks for"
    if not job.folder:
        return f"{words}; sign it before it is merged"
    there = f"git -C {shlex.quote(job.folder)}"
    return f"{words}: {there} switch {branch} && {there} commit --amend --no-edit --gpg-sign"


def run_git(folder: Path, *arguments: str) -> str:
    """Run git and give what it prints; raises OutsideError with its own last words."""
    done = git.run(folder, *arguments)
    if done.returncode:
        step = next(
            (word for word in arguments if not word.startswith("-") and "=" not in word), ""
        )
        raise OutsideError(f"git {step}: {last_words(done)}{_what_to_do(folder, done.stderr)}")
    return done.stdout.rstrip("\n")


def _what_to_do(folder: Path, words: str) -> str:
    if "No space left on device" in words:
        return f". Nothing of it is kept: make room on the disk of {folder}, then run it again"
    if any(each in words for each in ("ermission denied", "insufficient perm", "Read-only file")):
        return f". Expected that you may write to {folder}"
    return ""


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """Give the one line of a failed program that says most."""
    if done.returncode < 0:
        return f"ended by {signal.Signals(-done.returncode).name}"
    lines = [line.strip() for line in (done.stderr + "\n" + done.stdout).splitlines()]
    told = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    last = told or [line for line in reversed(lines) if line]
    return last[0].removeprefix("fatal: ").removeprefix("error: ") if last else "no reason given"
