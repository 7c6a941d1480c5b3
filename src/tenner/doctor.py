"""What is wrong between a registry and the repos that it names, from facts that others gather."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tenner.manifest import Manifest
    from tenner.registry import Record, TemplateVersion

Mend = Literal["", "source", "register"]


class TemplateFacts(NamedTuple):
    """Where a repo's answers say its template is.

    `is_gone` tells that no such folder is there; `candidate` is the one folder that a relative
    path can mean, as an absolute path, or empty.
    """

    source: str
    is_relative: bool
    is_gone: bool
    candidate: str = ""


@dataclass(frozen=True, slots=True)
class RepoFacts:
    """A folder with a manifest; `problem` says why that can't be read, else `manifest` is there."""

    place: str
    manifest: Manifest | None
    problem: str
    version: TemplateVersion
    template: TemplateFacts
    root_commit: str = ""


@dataclass(frozen=True, slots=True)
class AppFacts:
    """A record, where its repo should be, and what is there; without `repo`, no manifest is.

    `is_elsewhere` tells that it is on another machine, and can be cloned.
    """

    record: Record
    place: str
    repo: RepoFacts | None
    has_folder: bool = True
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known: records, repos that no record names, and records that can't be read.

    `shared` is the shared infrastructure's own template, by its folder, where there is one.
    """

    registry: str
    apps: Sequence[AppFacts]
    strays: Sequence[RepoFacts] = ()
    unreadable: Sequence[str] = ()
    shared: Mapping[str, TemplateFacts] | None = None


class Finding(NamedTuple):
    """One thing that is wrong, in one line with what to do; `mend` is how `--fix` mends it."""

    kind: str
    subject: str
    place: str
    sentence: str
    mend: Mend = ""
    source: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.subject}: {self.sentence}"


def findings(facts: Facts) -> list[Finding]:
    """Say all that is wrong, apps by name; nothing where all is well."""
    found = [Finding("record", facts.registry, "", _of_record(each)) for each in facts.unreadable]
    for app in sorted(facts.apps, key=lambda each: each.record.manifest.app):
        found += _of_app(app, facts)
    for place, template in (facts.shared or {}).items():
        found += _of_template("shared infrastructure", place, template)
    records = {each.record.manifest.app: each for each in facts.apps}
    for stray in sorted(facts.strays, key=lambda each: each.place):
        found += _of_stray(stray, records, facts.registry)
    return found


def _of_record(problem: str) -> str:
    return (
        f"{_one_line(problem)}. Put the record right, or remove it and run tenner register in the "
        "app's folder"
    )


def _of_app(app: AppFacts, facts: Facts) -> Iterator[Finding]:
    name, repo = app.record.manifest.app, app.repo
    if repo is None:
        if not app.is_elsewhere and not any(_is_same(stray, app) for stray in facts.strays):
            yield Finding("gone", name, app.place, _of_gone(app, facts.registry))
        return
    if repo.manifest is None:
        sentence = (
            f"its manifest can't be read: {_one_line(repo.problem)}. Its record stays as it was"
        )
        yield Finding("manifest", name, app.place, sentence)
    elif repo.manifest.app != name:
        sentence = (
            f"the app.yaml in {app.place} is of {shown(repo.manifest.app)}. An app keeps its name: "
            f"write it back, or {_unregister(name, facts.registry)} and {_register(app.place)}"
        )
        yield Finding("other", name, app.place, sentence)
    elif changed := _changed(app.record, repo.manifest, repo.version):
        sentence = (
            f"{app.place} differs from its record in {', '.join(changed)}. Bring the record up to "
            f"date: tenner doctor --fix, or {_register(app.place)}"
        )
        yield Finding("changed", name, app.place, sentence, "register")
    yield from _of_template(name, app.place, repo.template)


def _of_gone(app: AppFacts, registry: str) -> str:
    url = app.record.where.url
    clone = ""
    if url and not app.has_folder:
        clone = f"Clone it again: git clone {shlex.quote(url)} {shlex.quote(app.place)}"
    what = f"no app.yaml in its folder {app.place}" if app.has_folder else f"no folder {app.place}"
    return (
        f"{what} any more. {clone or 'Put it back'}, or if the app is gone too: "
        f"{_unregister(app.record.manifest.app, registry)}"
    )


def _of_template(subject: str, place: str, template: TemplateFacts) -> Iterator[Finding]:
    where = f"`_src_path` in {place}/.copier-answers.yml"
    if template.is_relative:
        what = f"{where} is {shown(template.source)}, which means another folder elsewhere"
        if template.candidate:
            sentence = f"{what}. Make it {template.candidate}: tenner doctor --fix"
            yield Finding("relative", subject, place, sentence, "source", template.candidate)
        else:
            sentence = f"{what}. Write the template's URL or absolute path there"
            yield Finding("relative", subject, place, sentence)
    elif template.is_gone:
        sentence = (
            f"{where} is {shown(template.source)}, and no template is there. Write there where it "
            "is now: its URL or absolute path"
        )
        yield Finding("template", subject, place, sentence)


def _of_stray(
    stray: RepoFacts, records: Mapping[str, AppFacts], registry: str
) -> Iterator[Finding]:
    if stray.manifest is None:
        sentence = f"not registered, and its manifest can't be read: {_one_line(stray.problem)}"
        yield Finding("unregistered", stray.place, stray.place, sentence)
        return
    name, known = stray.manifest.app, records.get(stray.manifest.app)
    if known is None:
        sentence = f"its app {name} is not registered. Register it: {_register(stray.place)}"
        yield Finding("unregistered", stray.place, stray.place, sentence)
    elif _is_same(stray, known):
        sentence = (
            f"moved from {known.place} to {stray.place}. Let its record follow: "
            f"tenner doctor --fix, or {_register(stray.place)}"
        )
        yield Finding("moved", name, stray.place, sentence, "register")
    elif known.repo is None:
        sentence = (
            f"its app.yaml says {name}, which was at {known.place}. If it is the same app: "
            f"{_unregister(name, registry)} && {_register(stray.place)}"
        )
        yield Finding("copy", stray.place, stray.place, sentence)
    else:
        sentence = (
            f"its app.yaml says {name}, and that name belongs to {known.place}. Give it another "
            "one, or take the folder away if it is a copy"
        )
        yield Finding("copy", stray.place, stray.place, sentence)


def _is_same(stray: RepoFacts, app: AppFacts) -> bool:
    """Tell whether a repo is a registered one that was moved: it has the same first commit."""
    root = app.record.where.root_commit
    is_named = stray.manifest is not None and stray.manifest.app == app.record.manifest.app
    return app.repo is None and is_named and bool(root) and root == stray.root_commit


def _changed(record: Record, manifest: Manifest, version: TemplateVersion) -> list[str]:
    """Name what differs: fields of the manifest, and the template's version or source."""
    found = [
        name
        for name in type(manifest).model_fields
        if getattr(manifest, name) != getattr(record.manifest, name)
    ]
    of_template = [
        f"template {name}"
        for name in ("version", "source")
        if getattr(version, name) and getattr(version, name) != getattr(record.template, name)
    ]
    return found + of_template


def _register(place: str) -> str:
    return f"tenner register {shlex.quote(place)}"


def _unregister(app: str, registry: str) -> str:
    return f"tenner unregister {app} --registry {shlex.quote(registry)}"


def _one_line(problem: str) -> str:
    """Say the first of several problems, and how many more there are."""
    first, *rest = _lines(problem.splitlines()) or ["no reason given"]
    more = f" (and {len(rest)} more)" if rest else ""
    return f"{first.rstrip('.')}{more}"


def _lines(lines: Iterable[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]
