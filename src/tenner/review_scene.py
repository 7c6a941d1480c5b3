"""Sets the scene of a review: reads the app, its fleet, a plan, what is kept, and asks AWS."""

from __future__ import annotations

import os
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner.advise import counsel_for_app
from tenner.errors import TennerError
from tenner.load import (
    MANIFEST,
    load_manifest,
    load_plan,
    read_text,
    registry_to_read,
)
from tenner.money import HALF_A_CENT, cents
from tenner.own import profile_of
from tenner.repo_facts import repo_here
from tenner.review import Answer, kept_text, parse_kept
from tenner.review_facts import Scene, Spend, Unknown
from tenner.shown import shown
from tenner.spend_answers import spent_of
from tenner.spend_ask import read_saved, spend_folder
from tenner.targets import app_in
from tenner.whole_fleet import open_whole, shared_around
from tenner.write import write_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tenner.catalog import Catalog
    from tenner.checklists import Checklists
    from tenner.load import ManifestFile
    from tenner.manifest import Manifest
    from tenner.manifest_environment import Environment
    from tenner.plan import Plan
    from tenner.registry import Registry
    from tenner.review_facts import Deployed
    from tenner.shared_infra import SharedInfra
    from tenner.targets import App

_FEW = 10
KEPT = "review.yaml"
"""Where an app's answers are kept, beside its manifest."""


class Subject(NamedTuple):
    """The app that is looked at, and the registry that its fleet is in."""

    file: ManifestFile
    registry: Registry


class Asked(NamedTuple):
    """What `tenner review` was asked about an app."""

    environment: Environment
    plan: Path | None


def find_app(app: str, registry: str | None) -> Subject:
    """Find an app: a folder or manifest, a registered name, or that of this folder without one.

    Raises TennerError where there is no such app, or its folder is not here.
    """
    if not app or os.path.exists(app):  # noqa: PTH110 - any text at all
        file = load_manifest(Path(app))
        return Subject(file, registry_to_read(registry, file))
    opened = open_whole(registry)
    records = {record.manifest.app: record for record in opened.contents().records}
    if app not in records:
        message = (
            f"given {shown(app)}, expected a folder or a registered app: {_some(records, app)}"
        )
        raise TennerError(message)
    folder = repo_here(opened, records[app])
    if folder is None or not (folder / MANIFEST).exists():
        place = opened.repo_of(records[app])
        message = f"{app}: its folder {place} is not here; expected it, or another folder"
        raise TennerError(message)
    return Subject(load_manifest(folder), opened)


def _some(known: Collection[str], given: str) -> str:
    """Name the apps that may be meant: all of a few, else those most alike."""
    if len(known) <= _FEW:
        return ", ".join(known) or "none yet"
    near = get_close_matches(given, known) or list(known)[:3]
    return f"{', '.join(near)} and {len(known) - len(near)} more (tenner apps)"


def environment_of(manifest: Manifest, given: str) -> Environment:
    """Take the environment that is given, or the first; raises TennerError for one it lacks."""
    known = list(manifest.environments)
    if given and given not in known:
        message = f"--environment: given {shown(given)}, expected one of {', '.join(known)}"
        raise TennerError(message)
    return next(each for each in known if each == given or not given)


def scene_of(
    subject: Subject, asked: Asked, catalog: Catalog, deployed: Deployed, today: date
) -> tuple[Scene, list[str]]:
    """Set the scene; gives a sentence too for each record that can't be read."""
    app = app_in(subject.registry, subject.file, catalog, {})
    infra, _, problems = shared_around(subject.registry, {})
    environment = asked.environment
    counsel = counsel_for_app(app, infra.account_plan if infra else "always-free", "")
    scene = Scene(
        manifest=app.manifest,
        environment=environment,
        profile=profile_of(app.manifest, environment, catalog),
        catalog=catalog,
        today=today,
        plan=_plan(asked.plan),
        deployed=deployed,
        infra=_infra(infra),
        spend=_last_spend(),
        advice=[
            f"{each.name} would save {cents(each.saving)} a month"
            for each in counsel.advised.advice
            if each.saving >= HALF_A_CENT
        ],
        same_model=_same_model(app, environment),
    )
    return scene, [*app.problems, *problems]


def _same_model(app: App, environment: Environment) -> list[str]:
    """Name the other apps that call the same model in the same account."""
    profiles, ai = app.catalog.environments, app.manifest.ai
    shared = {name for name, each in profiles.items() if each.account == "shared"}
    if ai is None or environment not in shared:
        return []
    return [
        each.app
        for each in app.fleet
        if each.ai
        and each.ai.model == ai.model
        and each.app != app.manifest.app
        and shared & each.environments.keys()
    ]


def _plan(path: Path | None) -> Plan | None:
    if path is None:
        return None
    plan = load_plan(path)
    if plan is None:
        message = f"{path}: expected a plan: terraform show -json PLAN > plan.json"
        raise TennerError(message)
    return plan


def _infra(infra: SharedInfra | None) -> SharedInfra | Unknown:
    return infra or Unknown("there is no fleet.yaml beside the registry")


def _last_spend() -> Spend | None:
    """Find the newest answers that `tenner spend` has kept; what can't be read is none."""
    found = []
    for path in sorted(spend_folder().glob("*.json")):
        try:
            saved = read_saved(path)
            spent = spent_of(saved.answers, str(path))
            found.append(Spend(date.fromisoformat(saved.asked[:10]), len(spent.anomalies or ())))
        except (TennerError, ValueError):
            continue
    return max(found, default=None)


def kept_answers(
    file: ManifestFile, checklists: Checklists
) -> dict[Environment, dict[str, Answer]]:
    """Read the answers that are kept beside the app; raises InputError with every defect."""
    path = file.folder / KEPT
    if not path.exists():
        return {}
    return parse_kept(read_text(path), str(path), checklists)


def keep_answers(file: ManifestFile, answers: Mapping[Environment, Mapping[str, Answer]]) -> Path:
    """Write the answers beside the app as a whole; raises OutsideError where it can't be."""
    path = file.folder / KEPT
    write_whole(path, kept_text(answers))
    return path
