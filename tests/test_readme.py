"""The README's commands print what it shows, and its tables are computed."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import click
import pytest

from tenner import cli
from tenner.estimate import Bill
from tenner.lines import fleet_lines, subject_lines
from tenner.money import cents, plain
from tenner.registry_folder import FolderRegistry
from tenner.workload import workloads_of
from tests.doc_walk import Reader, Step, parts_of, walk
from tests.fixtures_generated import ROOT, plain_copy
from tests.readers import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenner.catalog import Catalog

README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "commands.md"


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory, hundred_registry: Path) -> Path:
    """A copy of the project with a hundred apps beside it, as the README's reader has it."""
    place = plain_copy(tmp_path_factory.mktemp("workshop") / "tenner")
    for name in ("Makefile", "pyproject.toml", "example-answers.yml", "requirements"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, place / name)
    shutil.copytree(hundred_registry, place / "hundred" / "apps")
    return place


def put(path: Path, pattern: str, new: str, *, update: bool) -> None:
    """Compare a part of a file with what it should be, or write it where that was asked for."""
    text = path.read_text(encoding="utf-8")
    found = re.search(pattern, text, re.DOTALL)
    assert found, pattern
    if update:
        path.write_text(text[: found.start(1)] + new + text[found.end(1) :], encoding="utf-8")
    else:
        assert found[1] == new


def test_readme_has_examples() -> None:
    """The README shows the main job, on its first screen, and what a hundred apps cost."""
    text = README.read_text(encoding="utf-8")
    commands = [part.command for part in parts_of(text) if isinstance(part, Step)]
    assert [each.split()[:2] for each in commands] == [["make", "app"], ["tenner", "cost"]]
    screen = "\n".join(text.splitlines()[:40])
    assert "$ make app" in screen
    assert "is ready. Next:" in screen
    assert "## Beside what you may use now" in screen


def test_readme_commands(workshop: Path, request: pytest.FixtureRequest) -> None:
    """Each command prints, to the letter, what the README shows; they run in its order."""
    update = bool(request.config.getoption("--update-golden"))
    with Reader(workshop, workshop.parent, environment(workshop.parent)) as reader:
        walk(README, reader, update=update)
    assert (workshop.parent / "todo" / "app.yaml").exists()
    assert (workshop.parent / "aws-shared-infra" / "apps" / "todo.yaml").exists()


def test_hundred_apps_table(
    hundred_registry: Path, catalog: Catalog, request: pytest.FixtureRequest
) -> None:
    """The README's table has each item's use and cost, with nothing shared and with Tenner."""
    records = FolderRegistry(hundred_registry).contents().records
    bill = Bill(catalog, [w for r in records for w in workloads_of(r.manifest, catalog)])
    alone: dict[str, Decimal] = defaultdict(Decimal)
    for workload in bill.workloads:
        for line in subject_lines(Bill(catalog, [workload]), [0]):
            alone[line.item.key] += line.pays
    rows = ["| what | use in a month | each alone | with Tenner |", "|---|---:|---:|---:|"]
    rows += [
        f"| {line.item.service}: {line.item.name} | {plain(line.quantity)} {line.item.unit} "
        f"| {cents(alone[line.item.key])} | {cents(line.pays)} |"
        for line in fleet_lines(bill)
    ]
    total = cents(sum(alone.values(), Decimal(0)))
    rows.append(f"| **100 apps** | | **{total}** | **{cents(bill.total)}** |")
    update = bool(request.config.getoption("--update-golden"))
    table = "\n" + "\n".join(rows) + "\n"
    put(README, r"<!-- hundred-apps -->(.*?)<!-- /hundred-apps -->", table, update=update)


def _commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Give every command with the words that it is called by; of a group, those in it."""
    for name in sorted(group.commands):
        command = group.commands[name]
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def test_commands_page(request: pytest.FixtureRequest) -> None:
    """docs/commands.md has the help of every command."""
    parts = ["# Commands\n\nMade from `--help`; a test keeps it true."]
    # With the group's own settings: click keeps a command's help option for the whole process.
    settings = {**cli.cli.context_settings, "terminal_width": 80}
    context = click.Context(cli.cli, info_name="tenner", **settings)
    for path, command in _commands(cli.cli):
        inner = click.Context(
            command, info_name=path, parent=context, max_content_width=80, terminal_width=80
        )
        parts.append(f"## tenner {path}\n\n```\n{command.get_help(inner)}\n```")
    text = "\n\n".join(parts) + "\n"
    if request.config.getoption("--update-golden"):
        COMMANDS.write_text(text, encoding="utf-8")
    assert COMMANDS.read_text(encoding="utf-8") == text
    for name, _ in _commands(cli.cli):
        assert re.search(rf"`tenner {name}[ `]", README.read_text(encoding="utf-8")), name
