"""What a rollout takes: `tenner rollout` ÷ a loop of `copier update` ÷ `xargs -P 8` of it.

All three bring the same apps from v0.1.0 to v0.2.0 of the same template; a third of the apps has a
person's edit in a file that the update changes. Run it with
`.venv/bin/python benchmarks/rollout.py [APPS]`; 100 apps take about ten minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.fixtures_generated import plain_copy  # noqa: E402
from tests.person import Person, change_template  # noqa: E402

from tenner.hooks import now  # noqa: E402 - the path comes before
from tenner.load import load_manifest, registration_of  # noqa: E402
from tenner.registry_folder import FolderRegistry  # noqa: E402

COPIER = [sys.executable, "-m", "copier", "update", "--trust", "--defaults", "--quiet"]
FIRST = "app-000"


def template_in(person: Person, folder: Path) -> None:
    """Make the template with two versions."""
    plain_copy(folder)
    person.git(folder, "init", "--quiet", "--initial-branch=main")
    for tag in ("v0.1.0", "v0.2.0"):
        if tag == "v0.2.0":
            change_template(folder)
        person.git(folder, "add", "--all")
        person.git(folder, "commit", "--quiet", f"--message={tag}")
        person.git(folder, "tag", tag)


def apps_in(person: Person, template: Path, count: int) -> list[str]:
    """Generate one app and make the others of it: names of one length differ, nothing else."""
    done = person.copier(
        "copy", "--trust", "--defaults", "-q", "--vcs-ref=v0.1.0", str(template), FIRST
    )
    assert done.returncode == 0, done.stderr
    names = [f"app-{number:03}" for number in range(count)]
    registry = FolderRegistry(person.apps)
    for number, name in enumerate(names):
        app = person.place / name
        if name != FIRST:
            shutil.copytree(
                person.place / FIRST, app, ignore=shutil.ignore_patterns(".git"), symlinks=True
            )
            for path in app.rglob("*"):
                if path.is_file():
                    path.write_bytes(path.read_bytes().replace(FIRST.encode(), name.encode()))
            person.git(app, "init", "--quiet", "--initial-branch=main")
        if number % 3 == 1:
            readme = app / "README.md"
            readme.write_text(readme.read_text().replace(f"# {name}\n", f"# {name}\n\nMine.\n", 1))
        person.git(app, "add", "--all")
        person.git(app, "commit", "--quiet", "--allow-empty", "--message=mine")
        registry.register(registration_of(load_manifest(app)), now())
    return names


def copies(place: Path, name: str) -> Path:
    """Give a copy of all apps, so that each way begins with the same."""
    shutil.copytree(place, place.parent / name, symlinks=True)
    return place.parent / name


def timed(command: list[str], folder: Path, person: Person) -> tuple[float, str]:
    """Run a command to its end; gives seconds and what it printed."""
    environment = {**person.environment, "COPIER_CACHE_DIR": str(folder / "cache")}
    environment["TENNER_REGISTRY"] = str(folder / "aws-shared-infra" / "apps")
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return time.perf_counter() - start, done.stdout or done.stderr


def not_updated(folder: Path, names: list[str]) -> int:
    """Count the apps whose answers are not at v0.2.0."""
    return sum(
        "_commit: v0.2.0" not in (folder / name / ".copier-answers.yml").read_text()
        for name in names
    )


def main(count: int) -> None:
    """Print seconds, failures and ratios."""
    with tempfile.TemporaryDirectory() as temporary:
        person = Person(Path(temporary) / "work")
        template = Path(temporary) / "tenner"
        template_in(person, template)
        names = apps_in(person, template, count)
        looped, parallel = (copies(person.place, name) for name in ("loop", "xargs"))
        tenner = [*person.tenner_command("rollout", "--format=json")]
        mine_s, said = timed(tenner, person.place, person)
        outcomes = json.loads(said)["apps"]
        counts = {each["outcome"] for each in outcomes}
        inside_s = sum(each["seconds"] for each in outcomes)
        cores = os.cpu_count() or 1
        print(f"{count} apps, {cores} cores")
        print(f"  tenner rollout       {mine_s:7.1f} s  {sorted(counts)}, not updated: "
              f"{sum(each['outcome'] != 'updated' for each in outcomes)}")  # fmt: skip
        print(
            f"    in updates themselves {inside_s / (mine_s * min(cores, count)):.0%} of the time"
        )
        timed([*tenner, "--fast-forward"], person.place, person)
        again_s, _ = timed(tenner, person.place, person)
        print(f"    again, all up to date {again_s:.2f} s")
        loop = f"for app in app-*; do (cd $app && {' '.join(COPIER)}); done"
        loop_s, _ = timed(["sh", "-c", loop], looped, person)
        print(f"  loop of copier update {loop_s:6.1f} s  not updated: {not_updated(looped, names)}")
        xargs = f"ls -d app-* | xargs -P 8 -I@ sh -c 'cd @ && {' '.join(COPIER)}'"
        xargs_s, _ = timed(["sh", "-c", xargs], parallel, person)
        print(f"  xargs -P 8 of it      {xargs_s:6.1f} s  "
              f"not updated: {not_updated(parallel, names)}")  # fmt: skip
        print(f"  ratios: loop ÷ tenner {loop_s / mine_s:.1f}, xargs ÷ tenner "
              f"{xargs_s / mine_s:.1f}")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
