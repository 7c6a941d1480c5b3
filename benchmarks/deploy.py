"""What a change of one app costs: its own state (stack) against one state of 100 apps (monorepo).

Everything runs on MiniStack on loopback, with the very tools of the generated repos, by turns;
medians of RUNS. Needs Terraform. Run it with `.venv/bin/python benchmarks/deploy.py`.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
APP = "app-001"
APPS = (1, 20, 100)
RUNS = 3
REQUESTS = 200
MANY_AT_ONCE = {"TF_CLI_ARGS_apply": "-parallelism=40"}  # only where an apply is not timed

# What `make plan` and `make deploy` do, with the emulator's account; the last line is the seconds.
STEP = """
import json, sys, time
from tools import account as accounts
from tools import deploy, local
def stack(account, work):
    manifest = deploy.read_manifest("dev")
    shared = accounts.published(account, "dev")
    terraform = deploy.with_state(account, manifest, "dev", shared, work)
    terraform.plan({"environment": "dev", **VARIABLES})
    return terraform
def monorepo(account, work):
    fleet = deploy.read_fleet("dev")
    terraform = deploy.with_state(account, fleet, "dev", local.WORK / "dev")
    terraform.plan(VARIABLES, *deploy.figures_of("dev"))
    return terraform
def code(account, work):
    from tools import code
    manifest = deploy.read_manifest("dev")
    shared = accounts.published(account, "dev")
    code.deploy(account, manifest, "dev", shared, deploy.ROOT, "build/app-host.zip")
kind, endpoint, apply = sys.argv[1:4]
VARIABLES = json.loads(sys.argv[4])
account = accounts.local(endpoint, "us-east-1")
seconds, start = [], time.perf_counter()
terraform = globals()[kind](account, deploy.ROOT / "build/local-dev")
seconds.append(time.perf_counter() - start)
if apply == "apply":
    start = time.perf_counter()
    terraform.apply()
    seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
"""
PUBLISHED = """
import sys
from tools import account as accounts
print(accounts.published(accounts.local(sys.argv[1], "us-east-1"), "dev")[sys.argv[2]])
"""


class Cloud:
    """A shared infrastructure on an emulator of its own, and the repo of one app."""

    def __init__(self, folder: Path, topology: str) -> None:
        self.folder = folder
        self.topology = topology
        self.shared = folder / "aws-shared-infra"
        self.app = folder / APP
        copy = [str(BIN / "copier"), "copy", "--trust", "--defaults", "--quiet", "--vcs-ref=HEAD"]
        copy += ["-d", f"topology={topology}"]
        shared = ["-d", "kind=shared-infra", "-d", "prefix=bench", "-d", "owner=me"]
        app = ["-d", f"app_name={APP}", "-d", "features=[http_api]"]
        run([*copy, *shared, str(ROOT), str(self.shared)], ROOT)
        run([*copy, *app, str(ROOT), str(self.app)], ROOT)

    def start(self, python: Path) -> None:
        """Start the emulator, and apply what is shared."""
        local = [sys.executable, "-m", "tools.local"]
        run([*local, "start", "dev", "--python", str(python)], self.shared, **MANY_AT_ONCE)

    def stop(self) -> None:
        """End the emulator, by its process id."""
        if self.shared.is_dir():
            run([sys.executable, "-m", "tools.local", "stop"], self.shared)

    @property
    def endpoint(self) -> str:
        """Where the emulator is."""
        return str(json.loads((self.shared / "build/local.json").read_text())["endpoint"])

    def step(self, kind: str, *, apply: bool = False, **environment: str) -> list[float]:
        """Plan, and apply if asked; give the seconds of each."""
        arm = os.uname().machine in {"arm64", "aarch64"}
        architecture = "arm64" if arm else "x86_64"
        variables = {
            "stack": {"package": "../build/app-host.zip", "architecture": architecture},
            "monorepo": {"emulated": "true", "deletion_protection": "false"},
        }
        folder = self.shared if kind == "monorepo" else self.app
        words = run(
            [sys.executable, "-c", STEP, kind, self.endpoint, "apply" if apply else "plan",
             json.dumps(variables.get(kind, {}))],
            folder,
            **environment,
        )  # fmt: skip
        seconds: list[float] = json.loads(words.splitlines()[-1])
        return seconds

    def change(self, number: int) -> None:
        """Change a line of code and a setting, pack the code and bring the record up to date."""
        handler = self.app / "functions/api/handler.py"
        with handler.open("a", encoding="utf-8") as file:
            file.write(f"# Change {number}\n")
        manifest = self.app / "app.yaml"
        old, new = ("256", "512") if number % 2 else ("512", "256")
        text = manifest.read_text(encoding="utf-8")
        assert f"memory_mb: {old}" in text
        manifest.write_text(text.replace(f"memory_mb: {old}", f"memory_mb: {new}"))
        run([sys.executable, "-m", "tools.package", "--host"], self.app)
        registry = ["--registry", str(self.shared / "apps")]
        run([str(BIN / "tenner"), "register", *registry, str(self.app)], self.folder)

    def register(self, count: int) -> None:
        """Register so many apps: the first has a repo, the others are its record by other names."""
        record = (self.shared / f"apps/{APP}.yaml").read_text(encoding="utf-8")
        for number in range(2, count + 1):
            name = f"app-{number:03}"
            other = self.shared / f"apps/{name}.yaml"
            other.write_text(record.replace(APP, name), encoding="utf-8")

    def published(self, name: str) -> str:
        """Give what the shared infrastructure published."""
        return run([sys.executable, "-c", PUBLISHED, self.endpoint, name], self.app).strip()


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a command quietly; give its words, and raise with them if it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)[:300]}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def plans(cloud: Cloud) -> dict[int, float]:
    """Fill one state with more and more apps; give the seconds of a plan that changes nothing."""
    found = {}
    for count in APPS:
        cloud.register(count)
        start = time.perf_counter()
        cloud.step("monorepo", apply=True, **MANY_AT_ONCE)
        made = time.perf_counter() - start
        found[count] = statistics.median(cloud.step("monorepo")[0] for _ in range(RUNS))
        plan = json.loads((cloud.shared / "build/local/dev/plan.json").read_text())
        assert all(each["change"]["actions"] == ["no-op"] for each in plan["resource_changes"])
        print(
            f"{count} apps in one state: {len(plan['resource_changes'])} resources, "
            f"made in {made:.0f} s, a plan takes {found[count]:.1f} s",
            flush=True,
        )
    return found


def changes(stack: Cloud, monorepo: Cloud) -> dict[str, float]:
    """Change one app in both, by turns; give the median seconds of each step."""
    taken: dict[str, list[float]] = {}
    for number in range(1, RUNS + 1):
        for cloud in (stack, monorepo):
            cloud.change(number)
            plan, apply = cloud.step(cloud.topology, apply=True)
            code = cloud.step("code")[0] if cloud is monorepo else 0.0
            steps = {"plan": plan, "apply": apply, "code": code, "whole": plan + apply + code}
            for step, seconds in steps.items():
                taken.setdefault(f"{cloud.topology} {step}", []).append(seconds)
    return {step: statistics.median(seconds) for step, seconds in taken.items()}


def latency(cloud: Cloud, path: str) -> tuple[float, float]:
    """Ask the warm app over one connection; give median and 95th percentile in milliseconds."""
    connection = http.client.HTTPConnection(urlsplit(cloud.endpoint).netloc, timeout=30)
    address = f"/_aws/execute-api/{cloud.published('api-id')}/%24default/{APP}/{path}"
    taken = []
    for number in range(REQUESTS + 10):
        start = time.perf_counter()
        connection.request("GET", address)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        if number >= 10:
            taken.append((time.perf_counter() - start) * 1000)
    connection.close()
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def tell(steps: dict[str, float], planned: dict[int, float]) -> None:
    """Print seconds and ratios."""
    for name, parts in (("stack", "plan apply"), ("monorepo", "plan apply code")):
        words = ", ".join(f"{part} {steps[f'{name} {part}']:.1f} s" for part in parts.split())
        print(f"a change of one app, {name}: {words}; in all {steps[f'{name} whole']:.1f} s")
    for part in ("plan", "whole"):
        ratio = steps[f"monorepo {part}"] / steps[f"stack {part}"]
        print(f"monorepo of {APPS[-1]} ÷ stack, {part}: {ratio:.1f}")
    print(f"plan with {APPS[-1]} apps ÷ with 1: {planned[APPS[-1]] / planned[APPS[0]]:.1f}")


def measure(folder: Path) -> None:
    """Measure all in one run, and leave nothing running."""
    clouds: list[Cloud] = []
    try:
        clouds += [stack := Cloud(folder / "stack", "stack")]
        clouds += [monorepo := Cloud(folder / "monorepo", "monorepo")]
        run(["make", ".venv-local/.ready"], stack.shared)
        for cloud in clouds:
            run([sys.executable, "-m", "tools.package", "--host"], cloud.app)
            cloud.start(stack.shared / ".venv-local/bin/python")
        stack.step("stack", apply=True)
        planned = plans(monorepo)
        monorepo.step("code")
        tell(changes(stack, monorepo), planned)
        for path in ("health", "items"):
            for cloud in clouds:
                median, high = latency(cloud, path)
                print(
                    f"warm GET /{path}, {cloud.topology}: median {median:.0f} ms, p95 {high:.0f} ms"
                )
    finally:
        for cloud in clouds:
            cloud.stop()


def main() -> None:
    """Print all figures of one run."""
    if shutil.which("terraform") is None:
        raise SystemExit("deploy: Terraform is not here. Expected 1.11 or newer.")
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name))


if __name__ == "__main__":
    main()
