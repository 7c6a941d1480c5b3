"""Check the Terraform without AWS: its form, all roots, their tests. `make validate`."""

import os
import subprocess
import sys
from pathlib import Path

from tools.problem import NEEDS_A_PERSON, Problem, told
from tools.terraform import Terraform

ROOT = Path(__file__).resolve().parent.parent
ROOTS = ("account", "shared", "organization")


def main() -> int:
    """Check all; 0 if it is in order, 1 if a person must mend it, 3 if it can't be checked."""
    return told("validate", run)


def run() -> int:
    """Say of each root that it is in order, or raise the first problem."""
    for name in [name for name in ROOTS if (ROOT / "terraform" / name).is_dir()]:
        root = Terraform(ROOT / "terraform" / name, ROOT / "build" / "validate" / name, os.environ)
        check(root, "fmt", "-check", "-recursive", "-diff")
        root.run("init", "-backend=false", quiet=True)
        check(root, "validate")
        if (root.root / "tests").is_dir():
            check(root, "test")
        print(f"terraform/{name} is in order")
    return 0


def check(root: Terraform, *command: str) -> None:
    """Run a command that changes nothing; its words are shown where it finds something."""
    done = subprocess.run(
        [root.program, f"-chdir={root.root}", *command],
        env=root.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = f"{done.stdout}{done.stderr}".strip()
        hint = " `make fmt` mends it." if command[0] == "fmt" else ""
        raise Problem(
            f"terraform {command[0]} in {root.root.name}: not in order.{hint}\n{words}",
            NEEDS_A_PERSON,
        )


if __name__ == "__main__":
    sys.exit(main())
