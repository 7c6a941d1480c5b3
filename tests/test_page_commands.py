"""Every `tenner` command that README or a page names is one that it takes, with its options."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from tenner import cli
from tests.fixtures_generated import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_INLINE = re.compile(r"`(tenner [^`\n]+)`")


def commands(text: str) -> list[str]:
    """List the commands of a page, without comments, pipes and what stands for many words."""
    lines = [
        line.removeprefix("$ ")
        for block in re.findall(r"(?ms)^```(?:console)?\n(.*?)^```", text)
        for line in block.splitlines()
    ]
    prose = re.sub(r"(?ms)^```.*?^```", "", text)
    found = [line for line in [*lines, *_INLINE.findall(prose)] if line.startswith("tenner ")]
    return [re.split(r"\s[|<>#]\s?", line)[0] for line in found if not re.search(r"…|[\[\]]", line)]


CASES = sorted({(page.name, line) for page in PAGES for line in commands(page.read_text("utf-8"))})


def parse(command: str) -> None:
    """Let click read a command; raises its UsageError where it would refuse it."""
    words = shlex.split(command)[1:]
    # With the group's own settings: click keeps a command's help option for the whole process.
    context = click.Context(cli.cli, info_name="tenner", **cli.cli.context_settings)
    found: click.Command = cli.cli
    while isinstance(found, click.Group) and words and words[0] in found.commands:
        found = found.commands[words.pop(0)]
    if isinstance(found, click.Group) and words:
        raise click.UsageError(f"no command {words[0]}")
    if words:  # else a command's bare name
        with found.make_context(found.name, words, parent=context):
            return


@pytest.mark.parametrize(("page", "command"), CASES)
def test_the_command_is_real(page: str, command: str) -> None:
    """It parses; a placeholder such as APP is an argument like any other."""
    parse(command)


@pytest.mark.parametrize(
    "command",
    ["tenner roll", "tenner guard start", "tenner rollout --nope", "tenner guard engage --stage x"],
)
def test_a_command_that_is_not(command: str) -> None:
    """No such command, option or choice: it is refused."""
    with pytest.raises(click.UsageError):
        parse(command)


def test_which_are_found() -> None:
    """Commands in blocks and in prose, without prompt, comment, pipe and redirection."""
    text = "`tenner fleet`\n```console\n$ tenner apps | head\n```\n```\ntenner cost . # c\n```\n"
    assert commands(text) == ["tenner apps", "tenner cost .", "tenner fleet"]
