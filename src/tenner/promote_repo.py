"""Adds prod to an app's repo: a branch with one commit, made apart from the person's folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tenner import git
from tenner.errors import OutsideError, TennerError
from tenner.load import ANSWERS
from tenner.rollout_repo import committed_answers, last_words, run_git
from tenner.template_source import is_relative, write_source

BRANCH = "tenner/prod"


def add_prod(folder: Path, environments: list[str]) -> str:
    """Put a branch with prod into the repo; give its commit. Nothing else of the repo changes.

    It is the version of the template that the app has now. Raises TennerError with one sentence.
    """
    prefix = run_git(folder, "rev-parse", "--show-prefix")
    if prefix:
        raise TennerError(f"{folder} is a folder inside a repo; expected a repo of its own")
    if git.run(folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{BRANCH}").returncode == 0:
        message = f"{folder} has the branch {BRANCH} already; expected none: merge it, or delete it"
        raise TennerError(message)
    answers = committed_answers(folder)
    with tempfile.TemporaryDirectory(prefix="tenner-prod-") as place:
        draft = Path(place) / folder.resolve().name
        run_git(folder, "clone", "--quiet", "--shared", "--no-tags", ".", str(draft))
        source = answers.source
        if is_relative(source):
            source = str((folder / source).resolve())
        _update(draft, source, answers, environments)
        left = [*git.conflicts(draft), *git.rejects(draft)]
        if left:
            message = f"prod can't be added by itself, since these files were changed: {left[0]}"
            todo = "Do: copier update --trust --vcs-ref :current: --data 'environments=[…, prod]'"
            raise TennerError(f"{message}. {todo}, and resolve them")
        _keep_source(draft, answers.source)
        for name in ("user.name", "user.email"):
            value = git.run(folder, "config", name).stdout.strip()
            if value:
                run_git(draft, "config", name, value)
        run_git(draft, "add", "--all")
        run_git(draft, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m",
                "Add prod, in an account of its own")  # fmt: skip
        commit = run_git(draft, "rev-parse", "HEAD")
        done = git.run(
            folder, "fetch", "--quiet", "--no-tags", str(draft), f"HEAD:refs/heads/{BRANCH}"
        )
        if done.returncode:
            raise OutsideError(f"{folder}: {last_words(done)}")
    return commit


def _update(draft: Path, source: str, answers: object, environments: list[str]) -> None:
    from copier import run_update  # noqa: PLC0415 - only this command changes a repo
    from copier.errors import CopierError  # noqa: PLC0415

    version = getattr(answers, "version", "")
    if source != getattr(answers, "source", ""):
        write_source(draft, source)
        run_git(draft, "-c", "user.name=tenner", "-c", "user.email=tenner@localhost", "commit",
                "--quiet", "-am", "Name the template by its whole path")  # fmt: skip
    try:
        run_update(
            draft,
            data={"environments": environments},
            vcs_ref=version or None,
            defaults=True,
            overwrite=True,
            quiet=True,
            unsafe=True,
            skip_tasks=True,
        )
    except (CopierError, ValueError, OSError) as error:
        words = " ".join(str(error).split())[:300]
        raise OutsideError(f"prod can't be added: {words or type(error).__name__}") from None


def _keep_source(draft: Path, source: str) -> None:
    """Leave the template's place in the answers as the person has it."""
    if (draft / ANSWERS).is_file():
        write_source(draft, source)
