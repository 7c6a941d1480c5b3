"""The commands `tenner secret put`, `list` and `check`: values that no screen and no file shows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import ENVIRONMENTS, registry_option, tell, text_or_json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.secret_names import Kept
    from tenner.secret_scope import Scope
    from tenner.secret_store import Found

_MOST_READ = 100_000  # more than any store takes
_MOST_TYPED = 4_095 if sys.platform == "linux" else 1_023  # in one line, before Enter
environment_option = click.option("--environment", "-e", type=ENVIRONMENTS, help="Of this one.")


@click.command()
@click.argument("name")
@environment_option
def put(name: str, *, environment: str | None) -> int:
    """Put the value of a secret or parameter; the value is never an argument.

    \b
    In an app's folder: its own names. In the shared infrastructure's: the shared.
    Asks with hidden input, or reads what is piped in, without its last newline.
    Examples: tenner secret put stripe-key --environment dev
              pass show stripe | tenner secret put stripe-key -e dev
    """
    from tenner import secret_store  # noqa: PLC0415 - each command imports what it needs
    from tenner.aws import Account  # noqa: PLC0415
    from tenner.errors import TennerError  # noqa: PLC0415
    from tenner.secret_names import find, others_of, value_problem  # noqa: PLC0415
    from tenner.secret_scope import scope_of  # noqa: PLC0415

    scope = scope_of(Path())
    chosen = scope.chosen(environment)
    kept = find(name, scope.own(chosen), scope.name)
    value = _value(kept)
    if problem := value_problem(value, kept):
        raise TennerError(problem)
    places = [kept, *others_of(scope.manifests, kept)]
    there = secret_store.put_everywhere(Account(scope.region), places, value)
    where = " and ".join(f"{each.store}, {each.address}" for each in there)
    click.echo(f"{kept.name}: put into {where}")
    return 0


@click.command(name="list")
@environment_option
@registry_option
@text_or_json_option
def list_(*, environment: str | None, registry: str | None, format_: str) -> int:
    """List the names of secrets and parameters, and whether their values are there.

    \b
    No value is read. Prod, which has an account of its own, is asked for by name.
    Example: tenner secret list
    """
    scope, found = _looked(environment, registry)
    click.echo(_json(scope, found) if format_ == "json" else _table(scope, found))
    return 0


@click.command()
@environment_option
@registry_option
@text_or_json_option
def check(*, environment: str | None, registry: str | None, format_: str) -> int:
    """Say which names have no value yet; the exit code is then 1.

    \b
    In the shared infrastructure's folder: of all registered apps.
    Example: tenner secret check
    """
    scope, found = _looked(environment, registry)
    missing = [each for each in found if each.state != "put"]
    if format_ == "json":
        click.echo(_json(scope, missing))
        return tell(scope.problems, 1) or int(bool(missing))
    for each in missing:
        click.echo(_missing(scope, each), err=True)
    if not missing:
        click.echo(f"{scope.name}: all {len(found)} are put")
    return tell(scope.problems, 1) or int(bool(missing))


def _looked(environment: str | None, registry: str | None) -> tuple[Scope, Sequence[Found]]:
    from tenner import secret_store  # noqa: PLC0415
    from tenner.aws import Account  # noqa: PLC0415
    from tenner.secret_scope import scope_of  # noqa: PLC0415

    scope = scope_of(Path(), registry)
    return scope, secret_store.look(Account(scope.region), scope.those(environment))


def _value(kept: Kept) -> str:
    """Ask for a value, or read it where something is piped in; raises TennerError."""
    from tenner.errors import TennerError  # noqa: PLC0415

    if sys.stdin.isatty():
        words = f"{kept.name} ({kept.environment})"
        typed = _unseen(words) if kept.is_hidden else str(click.prompt(words))
        if len(typed.encode(errors="replace")) >= _MOST_TYPED:
            raise TennerError(
                f"{kept.name}: given {_MOST_TYPED:,} bytes or more, and a terminal cuts off what "
                f"is further in a line, expected: tenner secret put {kept.name} --environment "
                f"{kept.environment} < FILE"
            )
        return typed
    content = sys.stdin.buffer.read(_MOST_READ)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise TennerError(f"{kept.name}: the value is not UTF-8 text") from None
    return text.removesuffix("\n").removesuffix("\r")


def _unseen(words: str) -> str:
    """Ask at the terminal until something is typed; nothing is shown from the first letter on.

    click shows its words before it turns the echo off, and a key pressed between is seen or lost.
    """
    import getpass  # noqa: PLC0415

    try:
        while not (typed := getpass.getpass(f"{words}: ")):
            pass
    except (KeyboardInterrupt, EOFError):
        click.echo(err=True)
        raise click.Abort from None
    return typed


def _missing(scope: Scope, found: Found) -> str:
    from tenner.secret_store import not_deployed  # noqa: PLC0415

    kept = found.kept
    if found.state == "not deployed":
        return str(not_deployed(kept))
    apps = ", ".join(scope.needed_by.get(kept.address, ())) or "no app yet"
    is_elsewhere = scope.is_fleet and kept.kind != "shared secret"
    return (
        f"{kept.name}: no value yet in {kept.store}, {kept.address}, which is for {apps}. Put it"
        f"{f', in the folder of {apps}' if is_elsewhere else ''}: "
        f"tenner secret put {kept.name} --environment {kept.environment}"
    )


def _table(scope: Scope, found: Sequence[Found]) -> str:
    from tenner.report_text import columns  # noqa: PLC0415

    if not found:
        return f"{scope.name}: no secret and no parameter"
    rows = [
        [each.kept.address, each.kept.kind, each.kept.store, each.state, each.changed]
        for each in found
    ]
    head = ["name in AWS", "what", "where", "value", "changed"]
    return columns([head, *rows], left=set(range(5)))


def _json(scope: Scope, found: Sequence[Found]) -> str:
    content: list[dict[str, Any]] = [
        {
            **each.kept._asdict(),
            "state": each.state,
            "changed": each.changed,
            "needed_by": list(scope.needed_by.get(each.kept.address, ())),
        }
        for each in found
    ]
    return json.dumps(content, indent=2, ensure_ascii=False)
