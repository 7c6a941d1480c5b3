"""A rollout: plans which apps need what, updates them in waves, and keeps the journal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner import git, rollout_journal
from tenner.clock import stamp
from tenner.errors import OutsideError, TennerError
from tenner.load import load_manifest
from tenner.release_files import own_releases
from tenner.repo_facts import registration_of
from tenner.rollout import Outcome, Wish, select, version_key, waves
from tenner.rollout_place import cache_folder, own_place
from tenner.rollout_pool import run_jobs
from tenner.rollout_repo import Job, changed, committed_answers, fetched, head
from tenner.rollout_survey import Found, homes_of, survey
from tenner.rollout_template import Mirror, fetch_all
from tenner.sharding import part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tenner.journal import JournalEntry
    from tenner.registry import Record, Registry
    from tenner.sharding import Shard


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
    shard: Shard | None = None


class Result(NamedTuple):
    """How a rollout ended; `waiting` are the apps left alone because a canary was not clean."""

    outcomes: Sequence[Outcome]
    waiting: Sequence[str]
    problems: Sequence[str]
    records: Sequence[Record]


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
    if options.shard:
        chosen = part_of(chosen, options.shard, options.to)
    homes = homes_of(registry, chosen, options.jobs)
    is_elsewhere = any(home is None for _record, home in homes)
    with own_place(is_big=options.is_checked or is_elsewhere) as place:
        found = survey(registry, homes, options.jobs, place)
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
    problems = [*contents.problems, *plan.problems]
    return Result(ordered, waiting, problems, contents.records)


def jobs_of(registry: Registry, options: Options, place: Path) -> list[Job]:
    """Plan a rollout in a folder of its own, and give the jobs for its workers."""
    chosen = select(registry.contents().records, options.wish, registry.place, own_releases())
    homes = homes_of(registry, chosen, options.jobs)
    plan = _Plan(registry, options, place, survey(registry, homes, options.jobs, place))
    return [*plan.jobs.values()]


class _Plan:
    """Which apps are settled without Copier, and the jobs of the others."""

    def __init__(
        self, registry: Registry, options: Options, place: Path, found: Sequence[Found]
    ) -> None:
        self._registry = registry
        self._options = options
        self._place = place
        self.settled: dict[str, Outcome] = {}
        self.jobs: dict[str, Job] = {}
        self.problems = dict[str, None]()
        journal = rollout_journal.last_of(registry) if options.is_resumed else {}
        sources = {self._source(each) for each in found if not each.error}
        mirrors, troubles = fetch_all(sources, place)
        if troubles and not mirrors:
            raise next(iter(troubles.values()))
        _refuse_unknown(mirrors.values(), options.to)
        for each in found:
            try:
                source = self._source(each)
                if error := each.error or troubles.get(source):
                    raise error
                self._settle_or_plan(each, mirrors[source], journal)
            except TennerError as error:
                self.settled[each.app] = Outcome(
                    each.app,
                    "failed",
                    each.answers.version,
                    options.to,
                    reason=" ".join(str(error).split()),
                    is_outside=isinstance(error, OutsideError),
                )

    def _source(self, found: Found) -> str:
        """Say where an app's template is fetched from; a relative one is meant from its folder."""
        given = self._options.template or found.answers.source
        base = Path() if self._options.template else Path(found.folder)
        return str((base / given).resolve()) if given and (base / given).is_dir() else given

    def _settle_or_plan(
        self, found: Found, mirror: Mirror, journal: Mapping[tuple[str, str], JournalEntry]
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
            found.draft,
            found.record.where.root_commit,
        )
        version = found.answers.version
        if version == target.version or mirror.is_at(version, target, or_after=not options.to):
            self.settled[found.app] = Outcome(
                found.app, "up_to_date", found.answers.version, target.version
            )
            if options.is_resumed:
                self._catch_up(job)
        elif _is_older(target.version, found.answers.version):
            message = (
                f"It is at {found.answers.version}, and --to is {target.version}: an app is not "
                "brought back to an older version"
            )
            raise TennerError(message)
        elif earlier := _done_before(job, journal.get((job.app, job.commit))):
            self.settled[found.app] = earlier
        else:
            self.jobs[found.app] = job

    def _catch_up(self, job: Job) -> None:
        """Note what a killed rollout has fast-forwarded and had no time to note."""
        found = head(Path(job.folder), "HEAD") if job.folder else None
        if found is None or not found.is_of(job.commit):
            return
        version = committed_answers(Path(job.folder), found.parents).version
        outcome = Outcome(
            job.app, "updated", version, job.version, base=found.parents, commit=found.commit,
            how="fast_forwarded",
        )  # fmt: skip
        self._note(job, outcome)

    def keep(self, outcome: Outcome) -> Outcome:
        """Write an outcome into the journal, and a fast-forwarded app's record."""
        if self._options.is_preview:
            return outcome
        return self._note(self.jobs[outcome.app], outcome)

    def _note(self, job: Job, outcome: Outcome) -> Outcome:
        at = stamp()
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
            self.problems[str(error)] = None
            outcome = replace(outcome, is_outside=True)
        return outcome


def _is_older(version: str, other: str) -> bool:
    key, other_key = version_key(version), version_key(other)
    return key is not None and other_key is not None and key < other_key


def _refuse_unknown(mirrors: Iterable[Mirror], version: str) -> None:
    """Raise TennerError where no template has a version."""
    errors = []
    for mirror in mirrors:
        try:
            mirror.target(version)
        except TennerError as error:
            errors.append(error)
        else:
            return
    if errors:
        raise errors[0]


def _done_before(job: Job, entry: JournalEntry | None) -> Outcome | None:
    """Give what the journal has for an app at this base, if its branch is still there."""
    if entry is None:
        return None
    outcome = rollout_journal.outcome_of(entry)
    app = Path(job.folder or job.draft)
    if git.run(app, "rev-parse", "HEAD").stdout.strip() != outcome.base:
        return None
    if outcome.branch:
        found = head(*fetched(job, app, outcome.branch))
        return changed(app, outcome) if found and found.commit == outcome.commit else None
    return outcome
