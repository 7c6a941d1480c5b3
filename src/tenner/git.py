"""What Tenner asks git: is this inside a repo, make a first commit, which repo is it."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OTHER_REPO = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
"""What git tells the hooks of a repo: with these, `git -C` would mean that repo."""


def run(folder: Path, *arguments: str, apart: bool = False) -> subprocess.CompletedProcess[str]:
    """Run git in a folder, with its words in English; never raises for an exit code.

    Without git on this machine the exit code is 127. `apart`: whoever ends this process's group
    does not end git, which may be in the middle of a work tree.
    """
    environment = {key: value for key, value in os.environ.items() if key not in OTHER_REPO}
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(  # noqa: S603 - no shell, and arguments are not a person's words
            command,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            process_group=0 if apart else None,
            env={**environment, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, "", "git is not installed")


def is_inside_repo(folder: Path) -> bool:
    """Tell whether a folder is in a work tree, its own or one around it, also another user's."""
    done = run(folder, "rev-parse", "--is-inside-work-tree")
    return done.stdout.strip() == "true" or "dubious ownership" in done.stderr


def make_first_commit(
    folder: Path,
    final: Path | None = None,
    wait: Callable[[], object] = bool,
    what: str = "the app",
) -> str:
    """Make a folder a git repo with one commit of everything in it.

    Gives one sentence about what a person must do themselves, or nothing; `final` is where the
    folder will be by then, `wait` returns when its last file is written, and `what` was generated.
    A folder that is in a repo already is left as it is.
    """
    if is_inside_repo(folder):
        return ""
    message = f"Generate {what} with Tenner"
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        # Beside this the last files are written: each under such a name first, and then moved.
        ("add", "--all", "--", ".", ":(exclude,glob)**/.*.tmp"),
        ("commit", "--quiet", "--all", f"--message={message}"),
    ):
        if arguments[0] == "commit":
            wait()
        done = run(folder, *arguments)
        if done.returncode:
            return _what_to_do(final or folder, arguments[0], done.stderr, message)
    return ""


def _what_to_do(folder: Path, step: str, words: str, message: str) -> str:
    if "tell me who you are" in words or "empty ident name" in words or "auto-detect" in words:
        return (
            "The repo has no first commit yet, because git does not know who you are. Run:\n"
            '  git config --global user.name "Your Name"\n'
            "  git config --global user.email you@example.com\n"
            f"  git -C {shlex.quote(str(folder))} commit --all -m '{message}'"
        )
    last = words.strip().splitlines()[-1] if words.strip() else "no reason given"
    return f"The repo has no first commit yet: git {step} said: {last}"


def root_commit(folder: Path) -> str:
    """Give the hash of a repo's first commit, which stays the same wherever it is cloned."""
    done = run(folder, "rev-list", "--max-parents=0", "HEAD")
    return done.stdout.split()[0] if done.returncode == 0 and done.stdout.split() else ""


def remote_url(folder: Path) -> str:
    """Give the URL of `origin` without any password or token in it, or nothing."""
    return without_credentials(run(folder, "config", "--get", "remote.origin.url").stdout.strip())


def conflicts(folder: Path) -> list[str]:
    """List the files of a work tree that have a conflict."""
    found = run(folder, "diff", "--name-only", "--relative", "--diff-filter=U", "-z").stdout
    return [name for name in found.split("\0") if name]


def rejects(folder: Path) -> list[str]:
    """List the files that hold what could not be merged (`copier update --conflict rej`)."""
    found = run(folder, "ls-files", "--others", "-z", "--", "*.rej").stdout
    return [name for name in found.split("\0") if name]


def committed_text(folder: Path, name: str) -> str:
    """Give a file's text as of the last commit, or nothing."""
    done = run(folder, "show", f"HEAD:./{name}")
    return done.stdout if done.returncode == 0 else ""


def exact_text(folder: Path, name: str) -> str | None:
    """Give the text of a blob with the ends of lines as they are; None where there is none such."""
    done = subprocess.run(  # noqa: S603 - as above
        ["git", "-C", str(folder), "cat-file", "blob", name],  # noqa: S607
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env={key: value for key, value in os.environ.items() if key not in OTHER_REPO},
    )
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None


def without_credentials(url: str) -> str:
    """Take user, password and query out of a URL; scp-like addresses and paths are left.

    The user of an ssh URL stays, because it is `git` and not a secret.
    """
    if "://" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    user, _, host = parts.netloc.rpartition("@")
    if user and parts.scheme.endswith("ssh"):
        host = f"{user.partition(':')[0]}@{host}"
    return urlunsplit(parts._replace(netloc=host, query="", fragment=""))
