"""What a reader of the pages has: an environment, and a tenner that may be this process."""

from __future__ import annotations

import io
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenner.cli import main
from tests.doc_walk import HOME
from tests.environments import outside_make

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_GIT_CONFIG = "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"


def environment(place: Path) -> Mapping[str, str]:
    """What a reader's shell has: tenner on the path, git's name, nothing of this machine's AWS."""
    config = place / ".gitconfig"
    config.write_text(_GIT_CONFIG, encoding="utf-8")
    return outside_make("TENNER_", "GIT_", "COPIER_", "AWS_") | {
        "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(place.parent),
        "TENNER_TEMPLATE": str(place / "tenner"),
        "XDG_STATE_HOME": str(place / "state"),
        "VENV": sys.prefix,  # what `make setup` makes, ready
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",  # how `ls` sorts
    }


class InProcess:
    """A person whose tenner is this process, so that its clock and its AWS are the test's.

    `besides` says what happens in place of other commands. What tenner says to stderr stands
    first, as it does in a terminal.
    """

    def __init__(
        self,
        place: Path,
        capsys: pytest.CaptureFixture[str],
        besides: Mapping[str, Callable[[], object]] | None = None,
    ) -> None:
        self._place, self._capsys, self._besides = place, capsys, besides or {}

    def run(self, command: str) -> tuple[int, str]:
        """Run a command; give its exit code and words."""
        typed, _, file = command.strip().partition(" < ")
        if typed in self._besides:
            self._besides[typed]()
            return 0, ""
        program, *words = shlex.split(typed)
        if program == "cat":
            return 0, Path(words[0]).read_text(encoding="utf-8")
        assert program == "tenner", command
        piped = io.TextIOWrapper(io.BytesIO(Path(file).read_bytes() if file else b""))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", piped)
            code = main(words)
        said = self._capsys.readouterr()
        return code, (said.err + said.out).replace(str(self._place), HOME)

    def folder(self) -> Path:
        """Say where this process is."""
        return Path.cwd()
