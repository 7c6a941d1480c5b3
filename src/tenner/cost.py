"""Brings manifests, registry and catalog together into one bill."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner.errors import InputError, OutsideError, TennerError
from tenner.estimate import AccountPlan, Bill
from tenner.fleet import fleet_manifests, fleet_workloads
from tenner.load import MANIFEST, load_catalog, load_manifest, registry_to_read
from tenner.report import Report, fleet_report, report_of
from tenner.report_text import as_table, as_text
from tenner.shown import shown
from tenner.what_if import parse_changes, with_usage
from tenner.workload import workloads_of
from tenner.write import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tenner.catalog import Catalog
    from tenner.load import ManifestFile
    from tenner.manifest import Manifest
    from tenner.registry import Record, Registry
    from tenner.workload import Workload

_MARKS = ("<!-- cost -->", "<!-- /cost -->")


class Fleet(NamedTuple):
    """A fleet's bill, the manifests in it, and a sentence for each record that can't be read.

    `records` are those that could be read and priced.
    """

    bill: Bill
    manifests: Sequence[Manifest]
    problems: Sequence[str]
    records: Sequence[Record] = ()


def bill_with(
    manifests: Iterable[Manifest],
    registry: Registry | None,
    catalog: Catalog | None = None,
    plan: AccountPlan = "always-free",
    shared: Sequence[Workload] = (),
) -> tuple[Bill, Sequence[str]]:
    """Make the bill of the registered fleet with the given manifests in it.

    `shared` is what the shared infrastructure has itself, where that is counted too.
    Gives also one sentence for each record that can't be read; the others are counted.
    """
    fleet = fleet_with(manifests, registry, catalog, plan, shared)
    return fleet.bill, fleet.problems


def fleet_with(
    manifests: Iterable[Manifest],
    registry: Registry | None,
    catalog: Catalog | None = None,
    plan: AccountPlan = "always-free",
    shared: Sequence[Workload] = (),
) -> Fleet:
    """Bring the registered fleet and the given manifests together, as `bill_with` does."""
    catalog, given = catalog or load_catalog(), list(manifests)
    records: list[Record] = []
    problems: list[str] = []
    if registry is not None:
        contents = registry.contents()
        records, problems = list(contents.records), list(contents.problems)
    try:
        with collector_paused():
            bill = Bill(catalog, [*fleet_workloads(catalog, given, records), *shared], plan)
        return Fleet(bill, fleet_manifests(given, records), problems, records)
    except InputError as error:
        if registry is None or error.source != MANIFEST:
            raise
    known = []
    for record in records:
        try:
            check_priced(record.manifest, f"{registry.place}: {record.manifest.app}", catalog)
            known.append(record)
        except InputError as unpriced:
            problems.append(str(unpriced))
    bill = Bill(catalog, [*fleet_workloads(catalog, given, known), *shared], plan)
    return Fleet(bill, fleet_manifests(given, known), problems, known)


def check_priced(manifest: Manifest, source: str, catalog: Catalog) -> None:
    """Raise InputError, naming `source`, where the price book lacks what a manifest names."""
    try:
        Bill(catalog, workloads_of(manifest, catalog))
    except InputError as error:
        if error.source != MANIFEST:
            raise
        raise InputError(source, error.problems) from None


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector: a big fleet is a million objects and none is garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def numbers_of(bill: Bill, apps: Iterable[str], environment: str = "") -> list[int]:
    """Find the numbers of several apps' workloads."""
    return [number for app in apps for number in bill.numbers_of(app, environment)]


def text_of(bill: Bill, apps: Sequence[str]) -> str:
    """Write the text report of some apps of a bill."""
    return as_text(report_of(bill, numbers_of(bill, apps), ", ".join(apps)))


def write_table(path: Path, bill: Bill, app: str) -> None:
    """Write an app's cost table between the marks `<!-- cost -->` of a Markdown file.

    The table has what the app would cost alone, so that it changes only when the app does.
    Raises TennerError where the file has no such marks or can't be written.
    """
    own = [bill.workloads[number] for number in bill.numbers_of(app)]
    alone = Bill(bill.catalog, own, bill.plan)
    put_table(path, as_table(report_of(alone, range(len(own)), app)))


def put_table(path: Path, table: str) -> None:
    """Put a table between the marks `<!-- cost -->` of a Markdown file.

    Raises TennerError where the file has no such marks or can't be written.
    """
    try:
        text = path.read_text(encoding="utf-8")
        start, end = (text.find(mark) for mark in _MARKS)
        if start < 0 or end < start:
            message = f"{path}: expected {_MARKS[0]} and {_MARKS[1]} around the cost table"
            raise TennerError(message)
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: the cost table can't be written: {error}"
        raise OutsideError(message) from None
    new = f"{text[: start + len(_MARKS[0])]}\n\n{table}\n\n{text[end:]}"
    if new != text:
        write_whole(path, new)


class Request(NamedTuple):
    """What `tenner cost` was asked."""

    paths: tuple[Path, ...]
    fleet: bool
    environment: str
    usage: Sequence[str]
    plan: AccountPlan | None
    registry: str | None
    catalog: Path | None


class Answer(NamedTuple):
    """The answer to `tenner cost`: the report, and the fleet that it is a part of.

    `numbers` are those of the report's workloads in the fleet's bill.
    """

    report: Report
    fleet: Fleet
    numbers: Sequence[int]


def answer_to(request: Request) -> Answer:
    """Answer `tenner cost`; raises TennerError for wrong input."""
    changes = parse_changes(request.usage)
    here = (Path(),) if not request.fleet or Path(MANIFEST).exists() else ()
    files = _once([load_manifest(path) for path in request.paths or here])
    if changes and not files:
        message = "--usage: expected the folder of an app beside --fleet, whose use it changes"
        raise TennerError(message)
    if request.fleet and request.environment:
        message = "--environment: expected without --fleet, which counts all environments"
        raise TennerError(message)
    registry = registry_to_read(request.registry, files[0] if files else None)
    manifests = [
        with_usage(file.content, changes, str(file.folder)) if changes else file.manifest
        for file in files
    ]
    catalog = load_catalog(request.catalog)
    for file, manifest in zip(files, manifests, strict=True):
        check_priced(manifest, str(file.path), catalog)
    fleet = fleet_with(manifests, registry, catalog, request.plan or "always-free")
    bill = fleet.bill
    if request.fleet:
        if not bill.workloads:
            message = f"No app is registered in {registry.place}. Make one: tenner new ../todo"
            raise TennerError(message)
        return Answer(fleet_report(bill), fleet, range(len(bill.workloads)))
    apps = [manifest.app for manifest in manifests]
    numbers = numbers_of(bill, apps, request.environment)
    if not numbers:
        known = sorted({name for manifest in manifests for name in manifest.environments})
        message = (
            f"--environment: given {shown(request.environment)}, expected one of {', '.join(known)}"
        )
        raise TennerError(message)
    return Answer(report_of(bill, numbers, ", ".join(apps)), fleet, numbers)


def _once(files: Sequence[ManifestFile]) -> list[ManifestFile]:
    """Take a manifest that is given twice once; raises TennerError for two apps of one name."""
    found: dict[str, ManifestFile] = {}
    for file in files:
        other = found.setdefault(file.manifest.app, file)
        if other.path.resolve() != file.path.resolve():
            message = (
                f"{file.path}: app: given {shown(file.manifest.app)}, which {other.path} has too; "
                "expected each app once"
            )
            raise TennerError(message)
    return list(found.values())
