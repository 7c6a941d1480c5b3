"""Run this app on this machine, without AWS: `make local`, and `make local-stop`.

The shared infrastructure's repo starts the emulator and applies itself; then this app is applied
with the same Terraform that AWS gets.
"""

import argparse
import fcntl
import json
import os
import platform
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools import account as accounts
from tools import code
from tools.account import Account
from tools.deploy import ROOT, read_manifest, with_state
from tools.problem import OUTSIDE, Problem, tell, told

PACKAGE = "build/app-host.zip"
WAIT_S = 30
REGISTRY = "../aws-shared-infra/apps"
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # all is on loopback


def main(argv: list[str] | None = None) -> int:
    """Start or stop; 0 if done, 2 or 3 if it can't."""
    parser = argparse.ArgumentParser(description="Run this app on this machine.")
    parser.add_argument("step", choices=["start", "stop"])
    parser.add_argument("environment", nargs="?", default="dev")
    parser.add_argument(
        "--shared", default="", help="the folder of the shared infrastructure's repo"
    )
    options = parser.parse_args(argv)
    step = start if options.step == "start" else stop
    return told("local", lambda: step(options.environment, options.shared))


def start(environment: str, given: str) -> int:
    """Apply the shared infrastructure and the app to the emulator, and say where it answers."""
    manifest = read_manifest(environment)
    shared = shared_repo(manifest, given)
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "local.lock").open("w") as lock:  # a second one waits for the first
        fcntl.flock(lock, fcntl.LOCK_EX)
        return start_alone(manifest, environment, shared)


def start_alone(manifest: dict[str, Any], environment: str, shared: Path) -> int:
    """Do it while nobody else does."""
    make(shared, "local", environment)
    account = accounts.local(endpoint_of(shared), manifest["region"])
    print(f"{manifest['app']} {environment}: {account}", flush=True)
    known = accounts.published(account, environment, manifest.get("api", 1))
    outputs = applied(account, manifest, environment, known)
    if "login" in manifest and known["topology"] == "stack":
        make(shared, "local", environment)  # it lets in the tokens of the app's new client
    shown = {"url", "health_url", "site_url"}
    tell({name: value for name, value in outputs.items() if name not in shown})
    if "static_site" in manifest:
        print(f"  site: {account.endpoint}/{known['bucket']}/sites/{manifest['app']}/index.html")
    if outputs.get("url"):
        health = answering(outputs["health_url"], account.endpoint)
        print(f"  it answers: curl '{health}'")
        print(f"  url: {health.removesuffix('/health')}")
    print("  end it with: make local-stop")
    return 0


def applied(
    account: Account, manifest: dict[str, Any], environment: str, shared: dict[str, str]
) -> dict[str, Any]:
    """Apply the app as `make deploy` does, with functions for this machine's processor."""
    if shared["topology"] == "monorepo":
        return code.deploy(account, manifest, environment, shared, ROOT, PACKAGE)
    arm = platform.machine() in {"arm64", "aarch64"}
    variables = {
        "environment": environment,
        "package": f"../{PACKAGE}",
        "architecture": "arm64" if arm else "x86_64",
    }
    work = ROOT / "build" / f"local-{environment}"
    terraform = with_state(account, manifest, environment, shared, work)
    terraform.apply_now(variables)
    return terraform.outputs()


def stop(environment: str, given: str) -> int:
    """Stop the emulator, and with it all apps on it."""
    make(shared_repo(read_manifest(environment), given), "local-stop", environment)
    return 0


def shared_repo(manifest: dict[str, Any], given: str) -> Path:
    """Find the shared infrastructure's repo: a registry that is a folder is its folder apps/."""
    registry = manifest.get("registry", REGISTRY)
    if registry.startswith("dynamodb:"):
        registry = REGISTRY
    folder = Path(os.path.normpath(ROOT / given if given else (ROOT / registry).parent))
    if not (folder / "fleet.yaml").is_file():
        command = f"tenner new {shlex.quote(str(folder))} --kind shared-infra"
        raise Problem(
            f"The shared infrastructure is not in {folder}. Expected its repo there; make it with: "
            f"{command}; or name another with SHARED=folder"
        )
    return folder


def make(shared: Path, target: str, environment: str) -> None:
    """Let the shared infrastructure's repo do its part."""
    command = ["make", "--no-print-directory", "-C", str(shared), target, f"ENV={environment}"]
    left_out = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VENV"}
    environ = {name: value for name, value in os.environ.items() if name not in left_out}
    if subprocess.run(command, env=environ, check=False).returncode:
        raise Problem(f"make {target} failed in {shared}; its words are above", OUTSIDE)


def endpoint_of(shared: Path) -> str:
    """Read where the emulator is."""
    file = shared / "build" / "local.json"
    return str(json.loads(file.read_text(encoding="utf-8"))["endpoint"])


def answering(url: str, endpoint: str) -> str:
    """Wait until the app answers; give the URL at which it does on this machine."""
    parts = urlsplit(url)
    api = (parts.hostname or "").split(".")[0]
    # Not every system finds names below localhost.
    urls = [url, f"{endpoint}/_aws/execute-api/{api}/%24default{parts.path}"]
    end, said = time.monotonic() + WAIT_S, ""
    while time.monotonic() < end:
        for each in urls:
            try:
                with NO_PROXY.open(each, timeout=10) as answer:
                    if answer.status == 200:
                        return each
            except urllib.error.HTTPError as error:
                said = f"it says {error.code}: {error.read()[:300].decode(errors='replace')}"
            except OSError as error:
                said = said or str(error)
        time.sleep(0.5)
    raise Problem(f"{url} does not answer within {WAIT_S} s; {said}", OUTSIDE)


if __name__ == "__main__":
    sys.exit(main())
