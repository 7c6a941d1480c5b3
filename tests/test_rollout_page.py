"""docs/rollout.md: it names what a rollout can do, and a conflict is resolved as it says."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.fixtures_generated import ROOT
from tests.test_rollout import outcomes, put_in_conflict, rolled_out

if TYPE_CHECKING:
    from tests.person import Person

pytest_plugins = ["tests.fixtures_rollout"]
PAGE = re.sub(
    r"```console\n.*?```\n",  # tests/test_docs.py walks through these
    "",
    (ROOT / "docs/rollout.md").read_text(encoding="utf-8"),
    flags=re.DOTALL,
)
BLOCKS = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [
    line
    for line in "".join(BLOCKS).splitlines() + re.findall(r"`(tenner [^`]+)`", PAGE)
    if line.startswith("tenner ")
]


def test_the_page_has_them_all() -> None:
    """What the page is about: each option that a rollout has for people, and the workflow's."""
    words = set(" ".join(COMMANDS).replace("=", " ").split())
    assert words >= {
        *("--canary", "--check", "--resume", "--fast-forward", "--pull-request"),
        *("--only", "--behind", "--plan", "--shards", "--shard", "--keep", "--sum-up"),
    }
    workflow = (ROOT / "template/shared-infra/.github/workflows/rollout.yml").read_text("utf-8")
    for line in "".join(BLOCKS).splitlines():
        for given in re.findall(r"-f (\w+)=", line):
            assert re.search(rf"(?m)^      {given}:$", workflow), given
        for name in re.findall(r"^gh (?:secret|variable) set (\w+)", line):
            assert name in workflow


def between(mark: str) -> str:
    """Give the commands between two marks of the page."""
    found = re.search(rf"<!-- {mark} -->\n```\n(.*?)```\n<!-- /{mark} -->", PAGE, re.DOTALL)
    assert found, mark
    return found[1]


@pytest.mark.slow
def test_a_conflict_is_resolved_as_the_page_says(person: Person, fleet: Person) -> None:
    """The page's own commands, with the one edit by hand that it asks for."""
    put_in_conflict(person, "bees")
    (conflict,) = rolled_out(person, "--only=bees", code=1)["bees"]["conflicts"]
    bees = person.place / "bees"
    tools = person.place / "tools"
    tools.mkdir()
    for name, command in (
        ("tenner", person.tenner_command()),
        ("copier", (person.tenner_command()[0], "-m", "copier")),
    ):
        (tools / name).write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        (tools / name).chmod(0o755)
    person.environment["PATH"] = f"{tools}:{person.environment['PATH']}"
    done = person.run("bash", "-e", "-c", between("conflict"), cwd=bees)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == conflict["file"] == "README.md"
    readme = bees / "README.md"
    marked = readme.read_text(encoding="utf-8")
    done = person.run("git", "diff", "--check", cwd=bees)
    assert "leftover conflict marker" in done.stdout
    readme.write_text(re.sub(r"(?m)^(<<<<<<<|=======|>>>>>>>).*\n", "", marked), encoding="utf-8")
    done = person.run("bash", "-e", "-c", between("resolved"), cwd=bees)
    assert done.returncode == 0, (done.stdout, done.stderr)
    text = readme.read_text(encoding="utf-8")
    assert "A line of mine at the end." in text
    assert "A line that v0.2.0 of the template adds to the README." in text
    assert outcomes(rolled_out(person, "--only=bees")) == {"bees": "up_to_date"}
