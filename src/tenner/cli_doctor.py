"""The command `tenner doctor`: what is wrong between the registry and the repos, and mending it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tenner.cli_options import registry_option, text_or_json_option
from tenner.errors import TennerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.doctor import Facts, Finding
    from tenner.registry import Registry


@click.command()
@click.option("--fix", is_flag=True, help="Mend what is safe; nothing is ever deleted.")
@text_or_json_option
@registry_option
def doctor(*, fix: bool, format_: str, registry: str | None) -> int:
    """Find what is wrong between the registry and the repos.

    \b
    Apps whose folder is gone or has moved, manifests that differ from their
    record, repos beside them that are not registered, apps on an HTTP API that
    fleet.yaml does not have, templates at a relative path or one that is gone,
    records that can't be read: one line each, with what to do. --fix brings
    records up to date, and makes template paths absolute. Exit codes: 0 nothing
    found, 1 something is left, 2 wrong input.
    Examples: tenner doctor
              tenner doctor --fix
    """
    from tenner.doctor import findings  # noqa: PLC0415 - each command imports what it needs
    from tenner.doctor_facts import gather  # noqa: PLC0415
    from tenner.whole_fleet import open_whole  # noqa: PLC0415

    opened = open_whole(registry)
    mended, failed = _mend(opened) if fix else ([], [])
    facts = gather(opened)
    found = findings(facts)
    if format_ == "json":
        click.echo(_json(facts, found, mended, failed))
    else:
        for line in (*mended, *(str(finding) for finding in found)):
            click.echo(line)
        if not found:
            count = len(facts.apps)
            apps = f"{count} app{'s' * (count != 1)}"
            click.echo(f"Nothing is wrong with the {apps} of {facts.registry}.")
    for problem in failed:
        click.echo(problem, err=True)
    return int(bool(found or failed))


def _mend(registry: Registry) -> tuple[list[str], list[str]]:
    """Mend what is safe; gives a line for each thing mended, and for each that could not be.

    Templates first: a record has its template's path too.
    """
    from tenner.doctor import findings  # noqa: PLC0415
    from tenner.doctor_facts import gather  # noqa: PLC0415

    mended, failed = [], []
    for step in ("source", "register"):
        for finding in findings(gather(registry)):
            if finding.mend != step:
                continue
            try:
                mended.append(f"mended: {finding.subject}: {_mend_one(finding, registry)}")
            except (TennerError, OSError, UnicodeDecodeError) as error:
                failed.append(f"{finding.subject}: not mended: {_reason(error)}")
    return mended, failed


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _mend_one(finding: Finding, registry: Registry) -> str:
    """Mend one thing; gives what was done. Raises TennerError or OSError where that fails."""
    from tenner.clock import stamp  # noqa: PLC0415
    from tenner.load import load_manifest  # noqa: PLC0415
    from tenner.repo_facts import registration_of  # noqa: PLC0415
    from tenner.template_source import write_source  # noqa: PLC0415

    folder = Path(finding.place)
    if finding.mend == "source":
        write_source(folder, finding.source)
        return f"its template is {finding.source} now; commit {finding.place}/.copier-answers.yml"
    done = registry.register(registration_of(load_manifest(folder)), stamp())
    return f"{done.outcome} in {done.place}"


def _json(
    facts: Facts, found: Sequence[Finding], mended: Sequence[str], failed: Sequence[str]
) -> str:
    content = {
        "registry": facts.registry,
        "apps": len(facts.apps),
        "mended": list(mended),
        "not_mended": list(failed),
        "findings": [
            {
                "kind": finding.kind,
                "subject": finding.subject,
                "place": finding.place,
                "sentence": finding.sentence,
                "is_mended_by_fix": bool(finding.mend),
            }
            for finding in found
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
