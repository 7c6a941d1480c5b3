"""The command line: one verb for each thing a person does.

Exit codes: 0 done, 1 done but something needs a person, 2 wrong input, 3 outside trouble.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenner import __version__
from tenner.cli_advise import advise
from tenner.cli_cost import cost
from tenner.cli_doctor import doctor
from tenner.cli_env import env
from tenner.cli_fleet import fleet
from tenner.cli_guard import guard
from tenner.cli_options import (
    ENVIRONMENTS,
    PATH,
    catalog_option,
    registry_option,
    tell,
    text_or_json_option,
)
from tenner.cli_prices import prices
from tenner.cli_promote import promote
from tenner.cli_registry import registry as registry_group
from tenner.cli_review import review
from tenner.cli_rollout import rollout
from tenner.cli_scale import scale
from tenner.cli_secret import secret
from tenner.cli_spend import spend
from tenner.errors import OutsideError, TennerError
from tenner.registry_place import is_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.registry import Registry

_KINDS = click.Choice(["app", "shared-infra"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, message="tenner %(version)s")
def cli() -> None:
    """A hundred apps, one AWS account, under ten dollars a month.

    \b
    Example: tenner new ../todo
    """


@cli.command()
@click.argument("folder", type=PATH, required=False)
@click.option("--kind", type=_KINDS, help="What to make; an app, unless asked or answered.")
@click.option("-d", "--data", "data", multiple=True, metavar="KEY=VALUE", help="Answer a question.")
@click.option("--data-file", type=PATH, metavar="FILE", help="Answer questions from a YAML file.")
@click.option("--defaults", is_flag=True, help="Ask nothing: take the defaults.")
@click.option("--template", metavar="SOURCE", help="Another template: a git URL or a folder.")
@click.option("--vcs-ref", metavar="REF", help="Another version of the template: tag or commit.")
@click.option("--skip-tasks", is_flag=True, help="Only generate: no git, no cost, not registered.")
@registry_option
def new(  # noqa: PLR0913 - one for each option
    folder: Path | None,
    kind: str | None,
    data: Sequence[str],
    data_file: Path | None,
    *,
    defaults: bool,
    template: str | None,
    vcs_ref: str | None,
    skip_tasks: bool,
    registry: str | None,
) -> int:
    """Make a new app, register it, and say what it will cost.

    \b
    FOLDER is where it goes; without it, ../<app_name>.
    With --kind shared-infra: the one repo of what all apps share, in
    ../aws-shared-infra; apps registered there already stay registered.
    Examples: tenner new ../todo --defaults -d app_name=todo
              tenner new ../aws-shared-infra --kind shared-infra
    """
    from tenner import generate  # noqa: PLC0415 - each command imports what it needs
    from tenner.answers import read_answers  # noqa: PLC0415

    answers = read_answers(data, data_file)
    if kind:
        answers["kind"] = kind
    source = template or generate.template_source()
    target = generate.destination(folder, answers, defaults=defaults)
    is_app = answers.get("kind", "app") == "app"
    if folder is None and is_app:
        answers.setdefault("app_name", target.name)
    if registry and is_app:
        answers["registry"] = registry if is_table(registry) else str(Path(registry).absolute())
    code = generate.generate(
        source, target, answers, defaults=defaults, vcs_ref=vcs_ref, skip_tasks=skip_tasks
    )
    if code == 0:
        near, target_of_make = os.path.relpath(target), " test" if is_app else ""
        click.echo(f"\n  {near} is ready. Next: cd {shlex.quote(near)} && make{target_of_make}")
    return code


@cli.command()
@click.argument("paths", type=PATH, nargs=-1)
@click.option(
    "--environment", type=ENVIRONMENTS, help="Of a plan; else what its tags say, else dev."
)
@text_or_json_option
@catalog_option
def check(paths: tuple[Path, ...], *, environment: Any, format_: str, catalog: Path | None) -> int:
    """Check manifests, and what Terraform plans would cost needlessly.

    \b
    PATHS are folders with an app.yaml, or manifests; without any, this folder.
    In the shared infrastructure's folder, fleet.yaml and the records in apps/.
    A .json file is a plan: terraform show -json PLAN > plan.json
    Examples: tenner check ../todo
              tenner check plan.json --environment dev
    """
    from tenner import check as checking  # noqa: PLC0415
    from tenner.load import load_catalog  # noqa: PLC0415

    gate = checking.Gate(catalog, environment)
    results, problems, code = checking.check_paths(paths or (Path(),), gate, load_catalog(catalog))
    if results or format_ == "json":
        click.echo(checking.write(results, format_))
    return tell(problems, code) or int(any(result.is_refused for result in results))


@cli.command()
@text_or_json_option
@registry_option
def apps(*, format_: str, registry: str | None) -> int:
    """List the registered apps.

    \b
    Example: tenner apps --format json
    """
    opened = _opened(registry)
    contents = opened.contents()
    rows = [
        {
            "app": record.manifest.app,
            "environments": list(record.manifest.environments),
            "owner": record.manifest.owner,
            "version": record.template.version,
            "path": record.where.path,
            "updated": record.updated,
        }
        for record in contents.records
    ]
    if format_ == "json":
        click.echo(json.dumps({"registry": opened.place, "apps": rows}, indent=2))
    elif not rows:
        click.echo(f"No app is registered in {opened.place}. Make one: tenner new ../todo")
    else:
        for row in rows:
            environments = ",".join(row["environments"])
            click.echo(f"{row['app']:<30}  {environments:<16}  {row['version']:<14}  {row['path']}")
    return tell(contents.problems)


@cli.command()
@click.argument("folder", type=PATH, default=Path())
@registry_option
def register(folder: Path, *, registry: str | None) -> int:
    """Register an app's repo, or bring its record up to date.

    \b
    Example: tenner register ../todo
    """
    from tenner.clock import stamp  # noqa: PLC0415
    from tenner.load import load_manifest, open_registry  # noqa: PLC0415
    from tenner.repo_facts import registration_of  # noqa: PLC0415

    file = load_manifest(folder)
    done = open_registry(registry, file).register(registration_of(file), stamp())
    click.echo(f"{file.manifest.app}: {done.outcome} in {done.place}")
    return 0


@cli.command()
@click.argument("app")
@registry_option
def unregister(app: str, *, registry: str | None) -> int:
    """Take an app out of the registry; its repo and what runs in AWS stay.

    \b
    Example: tenner unregister todo
    """
    opened = _opened(registry)
    record = opened.unregister(app)
    click.echo(f"{app}: taken out of {opened.place}; its repo stays at {record.where.path}")
    return 0


cli.add_command(advise)
cli.add_command(cost)
cli.add_command(doctor)
cli.add_command(env)
cli.add_command(fleet)
cli.add_command(guard)
cli.add_command(prices)
cli.add_command(promote)
cli.add_command(registry_group)
cli.add_command(review)
cli.add_command(rollout)
cli.add_command(scale)
cli.add_command(secret)
cli.add_command(spend)


def _opened(registry: str | None) -> Registry:
    """Open the registry that is meant in this folder: an app's, or the shared infrastructure's."""
    from tenner import load  # noqa: PLC0415

    if registry or os.environ.get("TENNER_REGISTRY"):
        return load.open_registry(registry)
    if load.is_shared_infra(Path()):
        return load.registry_of_shared(Path())
    here = load.load_manifest(Path()) if Path(load.MANIFEST).exists() else None
    return load.open_registry(None, here)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code; an error is one sentence, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter
    try:
        return int(cli.main(arguments, prog_name="tenner", standalone_mode=False) or 0)
    except click.exceptions.Abort:
        click.echo("Interrupted.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except TennerError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    except SystemExit:  # click's answer where what was printed to is gone, such as `| head`
        return 0
    except OSError as error:
        click.echo(f"Can't go on: {error.strerror or error}", err=True)
        return OutsideError.exit_code
