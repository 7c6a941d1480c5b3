"""What a rollout knows of each app before it begins: where its repo is, and what it is made of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner.errors import OutsideError, TennerError
from tenner.repo_facts import repo_here
from tenner.rollout_repo import Answers, clone_shallow, committed_answers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.registry import Record, Registry


class Found(NamedTuple):
    """What the survey knows of one app; `folder` is nothing where the repo is elsewhere.

    Then `draft` is a shallow clone of it.
    """

    record: Record
    folder: str
    answers: Answers
    error: TennerError | None = None
    draft: str = ""

    @property
    def app(self) -> str:
        """Name the app."""
        return self.record.manifest.app


def homes_of(
    registry: Registry, records: Sequence[Record], jobs: int
) -> list[tuple[Record, Path | None]]:
    """Find each app's repo on this machine; None where it is elsewhere."""
    with ThreadPoolExecutor(max(jobs, 2)) as pool:
        homes = pool.map(lambda record: repo_here(registry, record), records)
        return list(zip(records, homes, strict=True))


def survey(
    registry: Registry, homes: Sequence[tuple[Record, Path | None]], jobs: int, place: Path
) -> list[Found]:
    """Read of each app which template and version its last commit is of.

    What is elsewhere is cloned into `place`. An app's own trouble is in what is found of it.
    """
    with ThreadPoolExecutor(max(jobs, 2)) as pool:
        return list(pool.map(lambda home: _look(registry, home, place), homes))


def _look(registry: Registry, home: tuple[Record, Path | None], place: Path) -> Found:
    (record, folder), draft = home, ""
    answers = Answers(record.template.source, record.template.version)
    try:
        if folder is None:
            if not record.where.url:
                raise TennerError(_nowhere(registry, record))
            draft = str(place / f"elsewhere-{record.manifest.app}")
            clone_shallow(record.where.url, Path(draft))
        found = committed_answers(folder or Path(draft))
        if found.source and found.version:
            return Found(record, "" if draft else str(folder), found, draft=draft)
        where = record.where.url if draft else folder
        message = f"{where}/.copier-answers.yml: expected _src_path and _commit, as Copier writes"
        raise TennerError(message)
    except TennerError as error:
        if draft:
            words = str(error).replace(draft, record.where.url)
            error = OutsideError(words) if isinstance(error, OutsideError) else TennerError(words)
        return Found(record, str(folder or registry.repo_of(record)), answers, error)


def _nowhere(registry: Registry, record: Record) -> str:
    place = registry.repo_of(record)
    what = "is another repo" if place.is_dir() else "is gone"
    return (
        f"{place} {what}, and the registry has no git URL for it; if it has moved: "
        "tenner register ITS_FOLDER"
    )
