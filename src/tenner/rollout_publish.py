"""Opens pull requests for the branches of a rollout with `gh`, or says which command would."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from tenner import git
from tenner.repo_facts import repo_here

if TYPE_CHECKING:
    from tenner.registry import Record, Registry
    from tenner.rollout import Outcome

_LONGEST_S = 120


def with_pull_request(outcome: Outcome, record: Record, registry: Registry) -> Outcome:
    """Push an updated app's branch and open a pull request; the note says where, or what to run.

    What git or gh refuse is outside trouble; without gh or a remote nothing is tried.
    """
    if outcome.status != "updated" or not outcome.branch:
        return outcome
    folder = repo_here(registry, record)
    where = str(folder.resolve()) if folder else ""
    create = ["gh", "pr", "create", "--head", outcome.branch, "--title", _title(outcome)]
    create += ["--body", _body(outcome)]
    if not where:
        create += ["--repo", record.where.url]
    push = ["git", "-C", where, "push", "--set-upstream", "origin", outcome.branch] if where else []
    if folder and not git.remote_url(folder):
        return _noted(outcome, f"no pull request: {where} has no remote origin")
    words = " && ".join(shlex.join(command) for command in (push, create) if command)
    if where:
        words = f"cd {shlex.quote(where)} && {words}"
    if shutil.which("gh") is None:
        return _noted(outcome, f"gh is not installed; for a pull request: {words}")
    if folder:
        done = git.run(folder, *push[3:])
        if done.returncode:
            return _refused(outcome, f"not pushed: {_last(done.stderr)}; later: {words}")
    return _opened(outcome, create, where, words)


def _noted(outcome: Outcome, note: str) -> Outcome:
    """Say something more of an app."""
    return replace(outcome, note="; ".join(filter(None, [outcome.note, note])))


def _refused(outcome: Outcome, note: str) -> Outcome:
    return replace(_noted(outcome, note), is_outside=True)


def _opened(outcome: Outcome, create: list[str], where: str, words: str) -> Outcome:
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            create,
            cwd=where or None,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_LONGEST_S,
        )
    except subprocess.TimeoutExpired:
        return _refused(outcome, f"gh has not answered in {_LONGEST_S} s; later: {words}")
    if not done.returncode:
        return _noted(outcome, f"pull request: {_last(done.stdout)}")
    if "already exists" in done.stderr:  # and gh's last line is where
        return _noted(outcome, f"pull request, open already: {_last(done.stderr)}")
    return _refused(outcome, f"no pull request: {_last(done.stderr)}; later: {words}")


def _title(outcome: Outcome) -> str:
    return f"Update from Tenner {outcome.before} to {outcome.after}"


def _body(outcome: Outcome) -> str:
    return f"{len(outcome.files)} files change. Made by tenner rollout."


def _last(words: str) -> str:
    lines = words.strip().splitlines()
    return lines[-1] if lines else "no reason given"
