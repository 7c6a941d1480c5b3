"""What generating costs: hooks ÷ no hooks, Copier ÷ cookiecutter, and the handler's import.

Each ratio comes from alternate runs on this machine, medians of RUNS. Run it with
`make benchmark`, or `.venv/bin/python benchmarks/generate.py`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
RUNS = 15
PARTS = ("copier.yml", "questions", "template", "hooks", "src", "catalog", "releases.yaml")
# What the Powertools hello-world of `sam init` imports and constructs, in its order.
HELLO_WORLD = """
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.utilities.typing import LambdaContext
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools import Logger
from aws_lambda_powertools import Tracer
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

app = APIGatewayRestResolver()
tracer = Tracer()
logger = Logger()
metrics = Metrics(namespace="Powertools")
"""


def run(command: list[str], folder: Path, **environment: str) -> None:
    """Run a command quietly; raise with its words if it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment},
    )
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr}")


def alternate(tasks: dict[str, Callable[[Path], None]], folder: Path) -> dict[str, float]:
    """Time tasks by turns, each in a folder of its own; give the median seconds of each."""
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(RUNS + 1):
        for name, task in tasks.items():
            place = folder / f"{name}-{number}"
            place.mkdir(parents=True)
            start = time.perf_counter()
            task(place)
            if number:
                taken[name].append(time.perf_counter() - start)
            shutil.rmtree(place)
    return {name: statistics.median(times) for name, times in taken.items()}


def git_template(folder: Path) -> Path:
    """Make the working tree's template a git repo with one tag, as a released template is."""
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / part)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["tag", "v1.0.0"]):
        run(["git", *arguments], folder)
    return folder


def cookiecutter_template(folder: Path, tree: Path) -> Path:
    """Make a cookiecutter template that renders to the same tree."""
    inner = folder / "{{cookiecutter.app_name}}"
    for path in sorted(tree.rglob("*")):
        target = inner / path.relative_to(tree)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        if any(mark in text for mark in ("{{", "{%", "{#")):
            text = "{% raw %}" + text + "{% endraw %}"
        else:
            text = text.replace("todo", "{{ cookiecutter.app_name }}")
        target.write_text(text, encoding="utf-8")
    (folder / "cookiecutter.json").write_text('{"app_name": "todo"}')
    return folder


def generating(folder: Path) -> None:
    """Print the ratios of whole commands."""
    template = git_template(folder / "template")
    answers = ["--defaults", "--quiet", "-d", "app_name=todo"]
    copier = [str(BIN / "copier"), "copy", "--trust", *answers]
    tree = folder / "tree"
    run([*copier, "--skip-tasks", str(template), str(tree)], folder)
    cookie = cookiecutter_template(folder / "cookie", tree)
    medians = alternate(
        {
            "hooks": lambda place: run([*copier, str(template), "todo"], place),
            "skip-tasks": lambda place: run(
                [*copier, "--skip-tasks", str(template), "todo"], place
            ),
            "cookiecutter": lambda place: run(
                [str(BIN / "cookiecutter"), "--no-input", str(cookie)], place
            ),
            "tenner new": lambda place: run(
                [str(BIN / "tenner"), "new", "--template", str(template), "todo", "--defaults"],
                place,
            ),
        },
        folder / "runs",
    )
    for name, seconds in medians.items():
        print(f"{name}: {seconds:.2f} s")
    base = medians["skip-tasks"]
    print(f"`copier copy` with hooks ÷ with --skip-tasks: {medians['hooks'] / base:.2f}")
    print(
        f"`copier copy` with hooks ÷ cookiecutter: {medians['hooks'] / medians['cookiecutter']:.2f}"
    )
    print(f"`tenner new` ÷ `copier copy --skip-tasks`: {medians['tenner new'] / base:.2f}")
    importing(folder, tree)


def importing(folder: Path, tree: Path) -> None:
    """Print the ratio of the handlers' import times."""
    (folder / "hello_world.py").write_text(HELLO_WORLD)
    settings = {
        "APP_NAME": "todo",
        "ENVIRONMENT": "dev",
        "TABLE_NAME": "apps",
        "POWERTOOLS_SERVICE_NAME": "todo",
        "PYTHONPATH": f"{tree}:{folder}",
    }
    own = "import functions.api.handler"
    medians = alternate(
        {
            "nothing": lambda place: run([sys.executable, "-c", "pass"], place, **settings),
            "generated": lambda place: run([sys.executable, "-c", own], place, **settings),
            "hello-world": lambda place: run(
                [sys.executable, "-c", "import hello_world"], place, **settings
            ),
        },
        folder / "imports",
    )
    start = medians["nothing"]
    generated, hello = medians["generated"] - start, medians["hello-world"] - start
    print(f"import of the generated handler: {generated * 1000:.0f} ms")
    print(f"import of the generated handler ÷ `sam init` hello-world: {generated / hello:.2f}")


def main() -> None:
    """Print all figures of one run."""
    with tempfile.TemporaryDirectory() as name:
        generating(Path(name))


if __name__ == "__main__":
    main()
