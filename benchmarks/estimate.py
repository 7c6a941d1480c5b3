"""How fast Tenner estimates: one app, 10,000 apps with pools, and the start of `tenner cost`.

Run it with `make benchmark`, or `.venv/bin/python benchmarks/estimate.py`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from tenner.cost import collector_paused
from tenner.estimate import Bill
from tenner.fleet import fleet_workloads
from tenner.load import load_catalog
from tenner.manifest import Manifest, parse_manifest

BIN = Path(sys.executable).parent
APP = """
schema_version: 1
app: {name}
owner: me
region: us-east-1
environments: {{dev: {{}}}}
functions:
  api:
    trigger: http_api
    memory_mb: {memory}
    timeout_s: 10
    use:
      requests_per_month: {requests}
      duration_ms: {duration}
      reads_per_request: 1
      writes_per_request: 0.5
      log_bytes_per_request: 500
      response_bytes_per_request: 2000
table: {{use: {{stored_gb: 0.01}}}}
secrets:
  shared: [anthropic-api-key, openai-api-key, stripe-test-key]
  app: [client-secret]
parameters: [database-name, page-size]
"""


def manifests(count: int) -> list[Manifest]:
    """Make apps that all differ in size, so that nothing can be looked up twice."""
    return [
        parse_manifest(
            APP.format(
                name=f"app-{number}",
                memory=128 + number % 1000,
                requests=1000 + number,
                duration=50 + number % 97,
            ),
            "benchmark",
        )
        for number in range(count)
    ]


def seconds_of(count: int) -> tuple[float, float]:
    """Give the seconds for workloads and bill of so many apps, best of 3, and USD a month."""
    catalog, apps, best, total = load_catalog(), manifests(count), float("inf"), Decimal(0)
    for _ in range(3):
        start = time.perf_counter()
        with collector_paused():
            bill = Bill(catalog, fleet_workloads(catalog, apps, []))
            figures = [bill.figures([number]) for number in range(len(bill.workloads))]
        best = min(best, time.perf_counter() - start)
        total = sum((each.share for each in figures), Decimal(0))
    return best, float(total)


def command_seconds(command: list[str], folder: Path) -> float:
    """Give the median wall time of a command over 7 runs, after one to warm up."""
    taken = []
    for _ in range(8):
        start = time.perf_counter()
        subprocess.run(
            command,
            cwd=folder,
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        )
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def main() -> None:
    """Print the figures of one run."""
    one, _ = seconds_of(1)
    many, total = seconds_of(10_000)
    print(f"one app: {1 / one:,.0f} estimates a second")
    print(f"10,000 apps with pools, all three figures: {many:.2f} s (${total:,.2f} a month)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = APP.format(name="todo", memory=256, requests=10_000, duration=100)
        (folder / "app.yaml").write_text(text)
        cost = command_seconds([str(BIN / "tenner"), "cost"], folder)
        copier = command_seconds([str(BIN / "copier"), "--version"], folder)
    print(f"`tenner cost` on one manifest: {cost:.2f} s")
    print(f"`tenner cost` ÷ `copier --version`: {cost / copier:.2f}")


if __name__ == "__main__":
    main()
