"""A rollout: surveys the apps, lets worker processes update them in waves, keeps the journal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner import git, rollout_journal
from tenner.errors import OutsideError, TennerError
from tenner.hooks import now
from tenner.load import load_manifest, registration_of, repo_here
from tenner.release_files import own_releases
from tenner.rollout import Outcome, Wish, select, waves
from tenner.rollout_place import cache_folder, own_place
from tenner.rollout_pool import run_jobs
from tenner.rollout_repo import TRAILER, Answers, Job, changed, committed_answers
from tenner.rollout_template import Mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tenner.registry import Record, Registry


class Options(NamedTuple):
    """What `tenner rollout` was asked; `template` is where to fetch it from, if not as answered."""

    to: str = ""
    wish: Wish = Wish()
    canary: int = 0
    jobs: int = 2
    template: str = ""
    is_preview: bool = False
    is_resumed: bool = False
    is_checked: bool = False
    is_forwarded: bool = False


class Result(NamedTuple):
    """How a rollout ended; `waiting` are the apps left alone because a canary was not clean."""

    outcomes: Sequence[Outcome]
    waiting: Sequence[str]
    problems: Sequence[str]
    records: Sequence[Record]


class _Found(NamedTuple):
    """What the survey knows of one app; `folder` is nothing where the repo is elsewhere."""

    record: Record
    folder: str
    answers: Answers
    error: TennerError | None = None

    @property
    def app(self) -> str:
        return self.record.manifest.app


def roll_out(
    registry: Registry, options: Options, tell: Callable[[Outcome, int], object]
) -> Result:
    """Bring the apps of a wish to a version, each on a branch of its own.

    `tell` hears of each outcome and of how many there will be. Raises TennerError for a wrong
    wish or version, OutsideError where the template can't be had; an app's own trouble is its
    outcome, and the others go on.
    """
    contents = registry.contents()
    if not contents.records and not contents.problems:
        message = f"No app is registered in {registry.place}. Make one: tenner new ../todo"
        raise TennerError(message)
    chosen = select(contents.records, options.wish, registry.place, own_releases())
    with own_place(is_big=options.is_checked) as place:
        found = _survey(registry, chosen, options.jobs)
        plan = _Plan(registry, options, place, found)
        outcomes = dict(plan.settled)
        for outcome in plan.settled.values():
            tell(outcome, len(chosen))
        waiting: list[str] = []
        for wave in waves(sorted(plan.jobs), options.canary):
            if not all(outcomes[app].is_clean for app in outcomes if app in plan.jobs):
                waiting = list(wave)
                break
            for outcome in run_jobs([plan.jobs[app] for app in wave], options.jobs, place):
                done = plan.keep(outcome)
                outcomes[outcome.app] = done
                tell(done, len(chosen))
    ordered = [outcomes[app] for app in sorted(outcomes)]
    return Result(ordered, waiting, contents.problems, contents.records)


class _Plan:
    """Which apps are settled without Copier, and the jobs of the others."""

    def __init__(
        self, registry: Registry, options: Options, place: Path, found: Sequence[_Found]
    ) -> None:
        self._registry = registry
        self._options = options
        self._place = place
        self.settled: dict[str, Outcome] = {}
        self.jobs: dict[str, Job] = {}
        journal = rollout_journal.entries(registry) if options.is_resumed else []
        mirrors, troubles = _mirrors(
            {self._source(each) for each in found if not each.error}, place
        )
        if troubles and not mirrors:
            raise next(iter(troubles.values()))
        for each in found:
            try:
                source = self._source(each)
                if error := each.error or troubles.get(source):
                    raise error
                self._settle_or_plan(each, mirrors[source], journal)
            except TennerError as error:
                if str(error).startswith("--to: ") and len(mirrors) == 1:
                    raise
                self.settled[each.app] = Outcome(
                    each.app,
                    "failed",
                    each.answers.version,
                    options.to,
                    reason=" ".join(str(error).split()),
                    is_outside=isinstance(error, OutsideError),
                )

    def _source(self, found: _Found) -> str:
        """Say where an app's template is fetched from; a relative one is meant from its folder."""
        given = self._options.template or found.answers.source
        base = Path() if self._options.template else Path(found.folder)
        return str((base / given).resolve()) if given and (base / given).is_dir() else given

    def _settle_or_plan(
        self, found: _Found, mirror: Mirror, journal: Sequence[Mapping[str, object]]
    ) -> None:
        target, options = mirror.target(self._options.to), self._options
        job = Job(
            found.app,
            found.folder,
            found.record.where.url,
            mirror.source,
            str(mirror.folder),
            target.commit,
            target.version,
            str(self._place),
            str(cache_folder() / "locks"),
            options.is_preview,
            options.is_checked,
            options.is_forwarded,
        )
        version = found.answers.version
        if version == target.version or mirror.is_at(version, target, or_after=not options.to):
            self.settled[found.app] = Outcome(
                found.app, "up_to_date", found.answers.version, target.version
            )
            if options.is_resumed:
                self._catch_up(job)
        elif earlier := _done_before(job, journal):
            self.settled[found.app] = earlier
        else:
            self.jobs[found.app] = job

    def _catch_up(self, job: Job) -> None:
        """Note what a killed rollout has fast-forwarded and had no time to note."""
        words = f"--format=%H%n%P%n%(trailers:key={TRAILER},valueonly)"
        head, base, *trailers = [*git.run(Path(job.folder), "log", "-1", words).stdout.split(), ""]
        if job.folder and job.commit in trailers:
            before = git.run(Path(job.folder), "show", f"{base}:./.copier-answers.yml").stdout
            version = next(
                (line.split()[-1] for line in before.splitlines() if line.startswith("_commit:")),
                "",
            )
            outcome = Outcome(
                job.app, "updated", version, job.version, base=base, commit=head,
                how="fast_forwarded",
            )  # fmt: skip
            self.jobs[job.app] = job
            self.keep(outcome)
            del self.jobs[job.app]

    def keep(self, outcome: Outcome) -> Outcome:
        """Write an outcome into the journal, and a fast-forwarded app's record."""
        if self._options.is_preview:
            return outcome
        job, at = self.jobs[outcome.app], now()
        try:
            if outcome.how == "fast_forwarded":
                file = load_manifest(Path(job.folder))
                entry = rollout_journal.entry_of(outcome, job.commit, at)
                self._registry.register(registration_of(file), at, entry)
                return outcome
        except TennerError as error:
            words = f"its record is as it was: {' '.join(str(error).split())}"
            outcome = replace(outcome, note=words)
        try:
            rollout_journal.append(self._registry, outcome, job.commit, at)
        except TennerError as error:
            words = f"the journal does not have it: {' '.join(str(error).split())}"
            return replace(outcome, note=words, is_outside=True)
        return outcome


def _done_before(job: Job, journal: Sequence[Mapping[str, object]]) -> Outcome | None:
    """Give what the journal has for an app at this base, if its branch is still there."""
    known = [
        entry for entry in journal if entry["app"] == job.app and entry["template"] == job.commit
    ]
    if not known or not job.folder:
        return None
    outcome = rollout_journal.outcome_of(dict(known[-1]))
    folder = Path(job.folder)
    if git.run(folder, "rev-parse", "HEAD").stdout.strip() != outcome.base:
        return None
    if outcome.branch:
        done = git.run(folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{outcome.branch}")
        return changed(folder, outcome) if done.stdout.strip() == outcome.commit else None
    return outcome


def _survey(registry: Registry, records: Sequence[Record], jobs: int) -> list[_Found]:
    """Read of each app which template and version its last commit is of."""
    with ThreadPoolExecutor(max(jobs, 2)) as pool:
        return list(pool.map(lambda record: _look(registry, record), records))


def _look(registry: Registry, record: Record) -> _Found:
    folder = repo_here(registry, record)
    answers = Answers(record.template.source, record.template.version)
    if folder is None:
        if record.where.url:
            return _Found(record, "", answers)
        place = registry.repo_of(record)
        what = "is another repo" if place.is_dir() else "is gone"
        message = (
            f"{place} {what}, and the registry has no git URL for it; if it has moved: "
            "tenner register ITS_FOLDER"
        )
        return _Found(record, str(place), answers, TennerError(message))
    try:
        found = committed_answers(folder)
        if found.source and found.version:
            return _Found(record, str(folder), found)
        message = f"{folder}/.copier-answers.yml: expected _src_path and _commit, as Copier writes"
        return _Found(record, str(folder), answers, TennerError(message))
    except TennerError as error:
        return _Found(record, str(folder), answers, error)


def _mirrors(
    sources: Iterable[str], place: Path
) -> tuple[dict[str, Mirror], dict[str, TennerError]]:
    mirrors: dict[str, Mirror] = {}
    troubles: dict[str, TennerError] = {}
    for source in sorted(sources):
        try:
            mirrors[source] = Mirror.fetch(source, place)
        except TennerError as error:
            troubles[source] = error
    return mirrors, troubles
