"""The commands `tenner guard status|engage|release`."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import SHARED_ENVIRONMENTS, tell, text_or_json_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenner.guard_place import Deployed
    from tenner.guard_stages import State
    from tenner.guard_view import Standing

_ENTRIES = 10


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        text_or_json_option,
        click.option("--region", metavar="REGION", help="Where; else what fleet.yaml here says."),
        click.option(
            "--environment",
            type=SHARED_ENVIRONMENTS,
            help="Whose guard; else the first of fleet.yaml here, or dev.",
        ),
    ):
        command = option(command)
    return command


_app = click.option("--app", metavar="APP", help="Only this app; without it, all.")
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@click.group()
def guard() -> None:
    """Look at the brake on cost, engage it, release it.

    \b
    Example: tenner guard status
    """


@guard.command()
@_options
def status(*, environment: str | None, region: str | None, format_: str) -> int:
    """Say how the brake stands, and what it did last.

    \b
    The exit code is 1 where functions are not as they are wanted.
    Example: tenner guard status --environment dev
    """
    from tenner.guard_place import find, told  # noqa: PLC0415 - each command imports what it needs
    from tenner.guard_stages import at_moment  # noqa: PLC0415
    from tenner.guard_view import as_object, words_of  # noqa: PLC0415

    found = find(Path(), environment, region)
    allow = found.settings.allow
    with told(found):
        state = at_moment(found.guard.table.state(), found.guard.now())
        all_of = _standings(found, state)
        entries = found.guard.table.audit(_ENTRIES)
    behind = [each.change for each in all_of if each.change]
    if format_ == "json":
        content = {
            **_place(found),
            **as_object(state, allow),
            "functions": [_object(each) for each in all_of],
            "audit": entries,
        }
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        click.echo("\n  ".join([str(found), *words_of(state, allow)]))
        for each in all_of:
            click.echo(f"  {each.function}: {each.is_at.word}")
        for entry in entries:
            click.echo(f"  {entry['at']}  {entry['who']}: {entry['what']}")
    return tell([f"not yet done: {line}" for line in behind])


@guard.command()
@_app
@click.option(
    "--stage", type=click.Choice(["degrade", "stop"]), default="degrade", show_default=True
)
@_dry_run
@_options
def engage(
    *,
    app: str | None,
    stage: str,
    dry_run: bool,
    environment: str | None,
    region: str | None,
    format_: str,
) -> int:
    """Engage the brake by hand; it stays until it is released by hand.

    \b
    degrade sets EMERGENCY_MODE: what costs most, such as new AI answers, is
    off. stop lets no function run: requests are answered 429. All other
    variables stay as they are. Again does no harm. An app on the allow list
    of fleet.yaml is only engaged by its name.
    Examples: tenner guard engage --app todo --stage stop
              tenner guard engage --dry-run
    """
    from tenner.guard_place import find  # noqa: PLC0415 - see above
    from tenner.guard_stages import ALL, Stage, engaged  # noqa: PLC0415
    from tenner.guard_view import named  # noqa: PLC0415

    found = find(Path(), environment, region)
    whose = ALL if app is None else app
    change = partial(engaged, app=whose, stage=Stage[stage.upper()])
    what = f"engage {named(whose)}: {stage}"
    return _do(found, app, change, what, dry_run=dry_run, format_=format_)


@guard.command()
@_app
@click.option(
    "--hours",
    type=click.IntRange(1, 744),
    help="Let signals engage it again after so long; else, from next month on.",
)
@_dry_run
@_options
def release(
    *,
    app: str | None,
    hours: int | None,
    dry_run: bool,
    environment: str | None,
    region: str | None,
    format_: str,
) -> int:
    """Release the brake, and let no signal engage it again this month.

    \b
    What a function had before, such as a reserved concurrency, it has again.
    Examples: tenner guard release
              tenner guard release --app todo --hours 4
    """
    from tenner.guard_place import find  # noqa: PLC0415 - see above
    from tenner.guard_stages import ALL, end_of_month, let_go  # noqa: PLC0415
    from tenner.guard_view import named  # noqa: PLC0415

    found = find(Path(), environment, region)
    now, whose = found.guard.now(), ALL if app is None else app
    until = int(now) + hours * 3600 if hours else end_of_month(now)
    change = partial(let_go, app=whose, until_s=until)
    what = f"release {named(whose)}" + (f" for {hours} hours" if hours else "")
    return _do(found, app, change, what, dry_run=dry_run, format_=format_)


def _do(
    found: Deployed,
    app: str | None,
    change: Callable[[State], State],
    what: str,
    *,
    dry_run: bool,
    format_: str,
) -> int:
    """Record what a person wants, and bring all functions to it; or say what that would be."""
    from tenner.guard_items import Entry  # noqa: PLC0415 - see above
    from tenner.guard_place import checked_app, told  # noqa: PLC0415
    from tenner.guard_run import UnfinishedError, Wish  # noqa: PLC0415
    from tenner.guard_stages import at_moment  # noqa: PLC0415

    if format_ == "text":
        click.echo(f"{found}: {what}{' (dry run)' if dry_run else ''}")
    problems: list[str] = []
    with told(found):
        if app is not None:
            checked_app(found, app)
        guard = found.guard
        if dry_run:
            state = change(at_moment(guard.table.state(), guard.now()))
            done = [each.change for each in _standings(found, state) if each.change]
        else:
            entry = Entry(guard.now(), uuid.uuid4().hex, found.who, what)
            guard.record(Wish(change, entry))
            try:
                done = guard.converge(check=True)
            except UnfinishedError as error:
                done, problems = error.done, error.problems
    if format_ == "json":
        content = {**_place(found), "asked": what, "dry_run": dry_run, "done": done}
        click.echo(json.dumps({**content, "problems": problems}, indent=2, ensure_ascii=False))
    else:
        nothing = [] if problems else ["nothing to do: it is so already"]
        for line in done or nothing:
            click.echo(f"  {line}")
    return tell(problems)


def _standings(found: Deployed, state: State) -> list[Standing]:
    from tenner.guard_functions import GoneError  # noqa: PLC0415 - see above
    from tenner.guard_stages import stage_of  # noqa: PLC0415
    from tenner.guard_view import Standing, is_at  # noqa: PLC0415

    functions, notes = found.guard.functions, found.guard.table.notes()
    standings = []
    for name, app, mode in functions.each():
        note, reserved = notes.get(name), None
        with suppress(GoneError):  # meanwhile
            reserved = functions.reserved(name) if note and note.is_stopped else None
        wanted = stage_of(state, app, found.settings.allow)
        standings.append(Standing(name, app, wanted, is_at(note, mode, reserved)))
    return standings


def _place(found: Deployed) -> dict[str, str]:
    return {
        "account": found.account,
        "region": found.region,
        "environment": found.settings.place.environment,
    }


def _object(each: Standing) -> dict[str, str]:
    return {
        "function": each.function,
        "app": each.app,
        "wanted": each.wanted.word,
        "is_at": each.is_at.word,
    }
