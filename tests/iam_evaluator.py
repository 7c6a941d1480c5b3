"""A real IAM policy evaluator, npm's @cloud-copilot/iam-simulate, which heeds every condition.

It is installed into .cache/ at the first use, at the version of tests/iam/package-lock.json.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parent / "iam"
CACHE = Path(__file__).parents[1] / ".cache"
ACCOUNT = "111122223333"
LEADING = "dynamodb:LeadingKeys"


@dataclass(frozen=True)
class Request:
    """One call that a role makes, as IAM sees it."""

    action: str
    resource: str
    context: dict[str, Any] = field(default_factory=dict)


def with_keys(action: str, resource: str, *keys: str) -> Request:
    """Make a DynamoDB request that touches the given partition keys."""
    return Request(action, resource, {LEADING: list(keys)})


@dataclass(frozen=True)
class Evaluator:
    """The evaluator, installed in a folder."""

    folder: Path

    def verdicts(self, policy: dict[str, Any], requests: list[Request]) -> list[bool]:
        """Tell which of the requests a role with this policy may make."""
        asked = [{"policy": "own", **vars(request)} for request in requests]
        answer = self._ask({"policies": {"own": policy}, "requests": asked})["verdicts"]
        found = {"Allowed": True, "ImplicitlyDenied": False, "ExplicitlyDenied": False}
        if errors := [
            (request, verdict)
            for request, verdict in zip(requests, answer, strict=True)
            if verdict not in found
        ]:
            pytest.fail(f"the evaluator refused the question: {errors}")
        return [found[verdict] for verdict in answer]

    def actions(self, service: str) -> list[dict[str, Any]]:
        """List all actions of a service, and the resources that each is checked against."""
        return list(self._ask({"services": [service]})["actions"][service])

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        role = f"arn:aws:iam::{ACCOUNT}:role/own"
        done = subprocess.run(
            ["node", str(SOURCE / "simulate.mjs"), str(self.folder)],
            input=json.dumps({"principal": role, "account": ACCOUNT, **question}),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(done.stderr)
        return dict(json.loads(done.stdout))


def installed() -> Evaluator:
    """Install the evaluator unless it is there; skip the test where Node.js is missing."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed, and the policy evaluator needs it")
    lock = (SOURCE / "package-lock.json").read_bytes()
    folder = CACHE / f"iam-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not folder.exists():
        _install(folder)
    return Evaluator(folder)


def _install(folder: Path) -> None:
    """Install beside, then rename: another test process may do the same."""
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as made:
        for name in ("package.json", "package-lock.json"):
            shutil.copy2(SOURCE / name, made)
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=made,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"npm ci could not install the policy evaluator: {done.stderr[-300:]}")
        ready = Path(made) / "ready"
        ready.mkdir()
        shutil.move(Path(made) / "node_modules", ready / "node_modules")
        try:
            ready.rename(folder)
        except OSError:
            if not folder.exists():
                raise
