"""What a rollout takes: `tenner rollout` ÷ a loop of `copier update` ÷ `xargs -P 8` of it.

All three bring the same apps from v0.1.0 to v0.2.0 of the same template; a third of the apps has a
person's edit in a file that the update changes. Also: which share of a worker's time renders and
merges, an update of none, the memory of all processes, and how time grows from a tenth to three
times as many apps. Run it with `.venv/bin/python benchmarks/rollout.py [APPS]`; 100 apps take
about ten minutes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.fixtures_generated import plain_copy  # noqa: E402 - the path comes before
from tests.many_apps import make_apps  # noqa: E402
from tests.person import Person, change_template  # noqa: E402

COPIER = [sys.executable, "-m", "copier", "update", "--trust", "--defaults", "--quiet"]
SAMPLE_S = 0.2
# Runs a rollout's jobs in one process, with a clock on Copier's render and on each git.
INSIDE = Path(__file__).with_name("rollout_inside.py")


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


def edit(app: Path, number: int) -> None:
    """Change a third of the apps as a person does."""
    if number % 3 == 1:
        readme = app / "README.md"
        readme.write_text(readme.read_text().replace("\n\n", "\n\nMine.\n\n", 1))


class Sampler:
    """Sums the memory of a process and all below it, again and again; `peak_mb` is the most.

    Memory that processes share is counted once (PSS).
    """

    def __init__(self, mark: str) -> None:
        self.peak_mb = 0.0
        self._mark = f"TENNER_BENCHMARK={mark}".encode()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            self.peak_mb = max(self.peak_mb, sum(map(self._pss_mb, Path("/proc").glob("[0-9]*"))))

    def _pss_mb(self, place: Path) -> float:
        with contextlib.suppress(OSError, StopIteration):
            if self._mark in (place / "environ").read_bytes().split(b"\0"):
                lines = (place / "smaps_rollup").read_text().splitlines()
                return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1e3
        return 0


class Fleet:
    """Apps in a folder of their own, as they were generated."""

    def __init__(self, made: Person, name: str, first: int = 10**9) -> None:
        self.place = made.place.parent / name
        shutil.copytree(made.place, self.place, symlinks=True)
        for app in sorted(self.place.glob("app-*"))[first:]:
            shutil.rmtree(app)
            (self.place / "aws-shared-infra" / "apps" / f"{app.name}.yaml").unlink()
        self.apps = sorted(path.name for path in self.place.glob("app-*"))
        self.environment = {
            **made.environment,
            "HOME": str(self.place / "home"),
            "COPIER_CACHE_DIR": str(self.place / "cache"),
            "TENNER_REGISTRY": str(self.place / "aws-shared-infra" / "apps"),
            "TENNER_BENCHMARK": str(self.place),
        }

    def timed(self, *command: str) -> tuple[float, str]:
        """Run a command to its end; gives seconds and what it printed."""
        start = time.perf_counter()
        done = subprocess.run(
            command, cwd=self.place, env=self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return time.perf_counter() - start, done.stdout or done.stderr

    def rolled_out(self, *arguments: str) -> tuple[float, Counter[str]]:
        """Run `tenner rollout`; gives seconds and how many apps ended how."""
        took_s, said = self.timed(
            *Person.tenner_command("rollout", "--jobs=2", "--format=json", *arguments)
        )
        return took_s, Counter(each["outcome"] for each in json.loads(said)["apps"])

    def not_updated(self) -> int:
        """Count the apps whose answers are not at v0.2.0, or that have conflict marks."""
        return sum(not self._is_updated(self.place / name) for name in self.apps)

    @staticmethod
    def _is_updated(app: Path) -> bool:
        answers = (app / ".copier-answers.yml").read_text()
        readme = (app / "README.md").read_text()
        return "_commit: v0.2.0" in answers and "v0.2.0 of the template adds" in readme

    def forget(self) -> None:
        """Take it off the disk."""
        shutil.rmtree(self.place)


def compare(made: Person) -> None:
    """Print seconds, failures and ratios of the three ways."""
    mine = Fleet(made, "rollout")
    with Sampler(str(mine.place)) as sampler:
        mine_s, counts = mine.rolled_out()
    print(f"{len(mine.apps)} apps, two processes, {os.cpu_count()} cores, "
          f"{os.getloadavg()[0]:.1f} running")  # fmt: skip
    print(f"  tenner rollout        {mine_s:6.1f} s  not updated: "
          f"{len(mine.apps) - counts['updated']}, {sampler.peak_mb:.0f} MB at most")  # fmt: skip
    mine.rolled_out("--fast-forward")
    again_s, counts = mine.rolled_out()
    print(f"    all up to date      {again_s:6.2f} s  ({counts['up_to_date']} of them)")
    mine.forget()
    looped = Fleet(made, "loop")
    loop = f"for app in app-*; do (cd $app && {' '.join(COPIER)}); done"
    loop_s, _ = looped.timed("sh", "-c", loop)
    print(f"  loop of copier update {loop_s:6.1f} s  not updated: {looped.not_updated()}")
    looped.forget()
    parallel = Fleet(made, "xargs")
    xargs = f"ls -d app-* | xargs -P 8 -I@ sh -c 'cd @ && {' '.join(COPIER)}'"
    xargs_s, _ = parallel.timed("sh", "-c", xargs)
    print(f"  xargs -P 8 of it      {xargs_s:6.1f} s  not updated: {parallel.not_updated()}")
    parallel.forget()
    print(f"  ratios: loop ÷ tenner {loop_s / mine_s:.1f}, xargs ÷ tenner {xargs_s / mine_s:.1f}")


def where_time_goes(made: Person) -> None:
    """Print which share of one worker's time is Copier's rendering and git's merging."""
    fleet = Fleet(made, "inside", 30)
    took_s, said = fleet.timed(sys.executable, str(INSIDE))
    try:
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        raise SystemExit(f"{INSIDE.name} said after {took_s:.1f} s:\n{said}") from None
    total = found.pop("total")
    git_count = found.pop("git processes")
    print(f"  one worker, once warm: {total / found['apps']:.3f} s an app, of it")
    for name in ("first app", "render", "merge", "other git", "rest"):
        share = f"{found[name] / total:4.0%}" if name != "first app" else f"{found[name]:.2f} s"
        print(f"    {name:<20} {share}")
    print(f"    git processes        {git_count / found['apps']:.0f} an app")
    fleet.forget()


def growth(made: Person, count: int) -> None:
    """Print seconds for a tenth, for all, and for three times as many apps."""
    print("  growth")
    for number in sorted({max(count // 10, 2), count, 3 * count}):
        fleet = Fleet(made, f"growth-{number}", number)
        took_s, counts = fleet.rolled_out()
        assert counts["updated"] == number, counts
        print(f"    {number:>4} apps  {took_s:6.1f} s  {took_s / number:.3f} s each")
        fleet.forget()


def main(count: int) -> None:
    """Print everything."""
    with tempfile.TemporaryDirectory() as temporary:
        template = Path(temporary) / "tenner"
        made = [Person(Path(temporary) / name) for name in ("made", "many")]
        template_in(made[0], template)
        make_apps(made[0], template, count, edit)
        compare(made[0])
        where_time_goes(made[0])
        make_apps(made[1], template, 3 * count, edit)
        growth(made[1], count)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
