"""Adds prod to an app's repo: a branch with one commit, made apart from the person's folder."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tenner import git
from tenner.cost import write_table
from tenner.errors import OutsideError, TennerError
from tenner.estimate import Bill
from tenner.load import MANIFEST, load_catalog, load_manifest
from tenner.manifest import parse_manifest
from tenner.rollout_repo import Answers, as_person, committed_answers, last_words, run_git
from tenner.template_source import is_relative, write_source
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copier._main import Worker
    from copier._template import Task

BRANCH = "tenner/prod"


def check_repo(folder: Path, app: str) -> list[str]:
    """Give the environments of an app's last commit; raises TennerError where no branch can be.

    With prod among them there is nothing to do. Changes nothing.
    """
    if not folder.is_dir():
        message = f"{folder} is not there; expected the repo of {app}. Clone it, then"
        raise TennerError(f"{message}: tenner register FOLDER")
    if not git.is_inside_repo(folder):
        raise TennerError(f"{folder} is no git repo; expected that of {app}, with a commit")
    if run_git(folder, "rev-parse", "--show-prefix"):
        raise TennerError(f"{folder} is a folder inside a repo; expected a repo of its own")
    text = git.committed_text(folder, MANIFEST)
    if not text:
        raise TennerError(f"{folder} has no {MANIFEST} in its last commit; expected that of {app}")
    manifest = parse_manifest(text, f"{folder / MANIFEST}, as committed")
    if manifest.app != app:
        raise TennerError(f"{folder} is the repo of {manifest.app}; expected that of {app}")
    if "prod" not in manifest.environments:
        _refuse_branch(folder)
    return list(manifest.environments)


def _refuse_branch(folder: Path) -> None:
    if git.run(folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{BRANCH}").returncode == 0:
        raise TennerError(
            f"{folder} has the branch {BRANCH} already; expected none. Take it in: git merge "
            f"--no-ff {BRANCH}; or delete it: git branch -D {BRANCH}"
        )
    changed = run_git(folder, "status", "--porcelain", "--untracked-files=no").splitlines()
    if changed:
        more = f" and {len(changed) - 1} more" if changed[1:] else ""
        raise TennerError(
            f"{folder} has what is not committed: {changed[0].split(maxsplit=1)[1]}{more}; "
            f"expected nothing, since {BRANCH} begins at the last commit. Commit it or stash it"
        )


def add_prod(folder: Path, environments: list[str]) -> str:
    """Put a branch with prod into a repo; give its commit. Nothing else of the repo changes.

    `environments` are those that it has. It is the version of the template that the app has now.
    Raises TennerError with one sentence.
    """
    answers, person = committed_answers(folder), as_person(folder)
    with tempfile.TemporaryDirectory(prefix="tenner-prod-") as place:
        draft = Path(place) / folder.resolve().name
        run_git(folder, "clone", "--quiet", "--shared", "--no-tags", ".", str(draft))
        base, source = run_git(draft, "rev-parse", "HEAD"), answers.source
        if is_relative(source):
            source = str((folder / source).resolve())
        _update(draft, source, answers, [*environments, "prod"])
        left = [*git.conflicts(draft), *git.rejects(draft)]
        if left:
            message = f"prod can't be added by itself, since these files were changed: {left[0]}"
            todo = "Do: copier update --trust --vcs-ref :current: --data 'environments=[…, prod]'"
            raise TennerError(f"{message}. {todo}, and resolve them")
        if source != answers.source:
            write_source(draft, answers.source)
        _write_cost(draft)
        run_git(draft, "reset", "--quiet", "--soft", base)
        run_git(draft, "add", "--all")
        run_git(draft, "-c", "core.hooksPath=/dev/null", *person, "commit", "--quiet", "-m",
                "Add prod, in an account of its own")  # fmt: skip
        commit = run_git(draft, "rev-parse", "HEAD")
        done = git.run(
            folder, "fetch", "--quiet", "--no-tags", str(draft), f"HEAD:refs/heads/{BRANCH}"
        )
        if done.returncode:
            raise OutsideError(f"{folder}: {last_words(done)}")
    return commit


def _update(draft: Path, source: str, answers: Answers, environments: list[str]) -> None:
    from copier.errors import CopierError  # noqa: PLC0415 - only this command changes a repo

    version = answers.version
    if source != answers.source:
        write_source(draft, source)
        run_git(draft, "-c", "user.name=tenner", "-c", "user.email=tenner@localhost", "commit",
                "--quiet", "-am", "Name the template by its whole path")  # fmt: skip
    try:
        with _worker()(
            dst_path=draft,
            data={"environments": environments},
            vcs_ref=version or None,
            defaults=True,
            overwrite=True,
            quiet=True,
            unsafe=True,
            skip_tasks=True,
        ) as worker:
            worker.run_update()
    except (CopierError, ValueError, OSError) as error:
        words = " ".join(str(error).split())[:300]
        raise OutsideError(f"prod can't be added: {words or type(error).__name__}") from None


def _worker() -> type[Worker]:
    """Give Copier's worker without Tenner's hook, which would register the draft's folder."""
    from copier._main import Worker  # noqa: PLC0415

    from tenner.rollout_copier import is_hook  # noqa: PLC0415

    class Quiet(Worker):
        def _execute_tasks(self, tasks: Sequence[Task]) -> None:
            super()._execute_tasks([task for task in tasks if not is_hook(task)])

    return Quiet


def _write_cost(draft: Path) -> None:
    """Write what the app costs with prod into its README, where its marks are."""
    with contextlib.suppress(TennerError):
        manifest, catalog = load_manifest(draft).manifest, load_catalog()
        bill = Bill(catalog, workloads_of(manifest, catalog))
        write_table(draft / "README.md", bill, manifest.app)
