"""A person at a machine of their own, and the next version of the template."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_TENNER = "import sys; from tenner.cli import main; sys.exit(main())"
_GIT_CONFIG = "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
FROM_ELSEWHERE = ("GIT_", "TENNER_", "COPIER_", "XDG_", "PYTHONPATH", "PYTHONUNBUFFERED", "EMAIL")


class Person:
    """Runs git, copier and tenner as processes, in a folder and with a home of their own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.apps = place / "aws-shared-infra" / "apps"
        home = place / "home"
        home.mkdir(parents=True)
        (home / ".gitconfig").write_text(_GIT_CONFIG, encoding="utf-8")
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith(FROM_ELSEWHERE)
        } | {
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(place.parent),
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def forget_identity(self) -> None:
        """Let git not know who this is, and not guess it either."""
        config = self.place / "home" / ".gitconfig"
        config.write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")

    def run(
        self, *command: str, cwd: Path | None = None, patience_s: int = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with nobody at the keyboard."""
        return subprocess.run(
            command,
            cwd=cwd or self.place,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=patience_s,
        )

    def git(self, folder: Path, *arguments: str) -> str:
        """Run git, which must succeed, and give what it prints."""
        done = self.run("git", "-C", str(folder), *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def copier(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run copier."""
        return self.run(sys.executable, "-m", "copier", *arguments, cwd=cwd)

    def tenner(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run tenner."""
        return self.run(*self.tenner_command(*arguments), cwd=cwd)

    @staticmethod
    def tenner_command(*arguments: str) -> tuple[str, ...]:
        """Give the command that runs tenner."""
        return (sys.executable, "-c", _TENNER, *arguments)


FLEET = ("ants", "bees", "cats")
NEW_MANIFEST_LINE = "# A line that v0.2.0 of the template adds to the manifest.\n"
NEW_README_LINE = "\nA line that v0.2.0 of the template adds to the README.\n"
NEW_CODE_LINE = "\n# A line that v0.2.0 of the template adds to the code.\n"


def change_template(template: Path) -> None:
    """Make the next version: a line in each of four files, and a table that costs more."""
    with (template / "template/shared-infra/README.md.jinja").open("a", encoding="utf-8") as file:
        file.write(NEW_README_LINE)
    app = template / "template" / "app"
    manifest = app / "app.yaml.jinja"
    text = manifest.read_text(encoding="utf-8")
    assert "stored_gb: 0.01\n" in text
    text = NEW_MANIFEST_LINE + text.replace("stored_gb: 0.01\n", "stored_gb: 40\n")
    manifest.write_text(text, encoding="utf-8")
    for name, line in (
        ("README.md.jinja", NEW_README_LINE),
        ("functions/shared/table.py", NEW_CODE_LINE),
    ):
        with (app / name).open("a", encoding="utf-8") as file:
            file.write(line)
