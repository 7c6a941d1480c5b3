"""Answers `tenner scale`: sets up what grows, a system by a driver or an app by its use."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tenner import exact_yaml
from tenner.advice.apps import AppScene
from tenner.advise import scene_of, total_of
from tenner.choices import app_options, options_of
from tenner.errors import InputError, TennerError
from tenner.estimate import AccountPlan, Bill
from tenner.growth import Growth, Revenue, Subject, grow
from tenner.lines import subject_lines
from tenner.money import exact
from tenner.shown import shown
from tenner.system_cost import with_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tenner.advice.base import Scene
    from tenner.catalog import Catalog
    from tenner.kinds.base import Growth as Grows
    from tenner.system import System, Variant
    from tenner.targets import App

State = TypeVar("State")
_BEYOND, _MOST, _ZERO = 1000, Decimal(10) ** 12, Decimal(0)


class Sizes(NamedTuple):
    """By which key something grows, and to which sizes."""

    key: str
    sizes: tuple[Decimal, ...]


def parse_sizes(words: Sequence[str]) -> Sizes:
    """Read `--users 10000,50000`; raises TennerError that says what was expected."""
    text = " ".join(words)
    key, sign, value = text.removeprefix("--").replace(" ", "=", 1).partition("=")
    if not text.startswith("--") or not key or not sign or " " in value:
        message = f"given {shown(text)}, expected sizes by a key, such as --users 10000,50000"
        raise TennerError(message)
    return Sizes(key.replace("-", "_") if "." not in key else key, _numbers(key, value))


def _numbers(key: str, text: str) -> tuple[Decimal, ...]:
    found = []
    for word in text.split(","):
        try:
            number = exact_yaml.parse(word, key).content
        except InputError:
            number = None
        if not isinstance(number, Decimal) or not 0 < number <= _MOST:
            message = f"--{key}: given {shown(word)}, expected a number above 0, such as 10000"
            raise TennerError(message)
        found.append(number)
    if found != sorted(set(found)):
        message = f"--{key}: given {shown(text)}, expected rising sizes, such as 10000,50000"
        raise TennerError(message)
    return tuple(found)


class Question(NamedTuple):
    """What `tenner scale` was asked of a system or an app."""

    sizes: Sizes
    changes: Mapping[str, Decimal]
    plan: AccountPlan | None
    revenue: Revenue | None


def scale_system(system: System, variant: Variant, catalog: Catalog, asked: Question) -> Growth:
    """Grow a system by a driver, or by a field of a resource."""
    plan = asked.plan or system.account_plan
    key = asked.sizes.key
    with_changes(system, variant, asked.changes)  # so that what is wrong is told as --usage

    def at(size: Decimal) -> Scene:
        changed, drivers = with_changes(system, variant, {**asked.changes, key: size})
        return scene_of(system, changed, catalog, drivers)

    def rows(scene: Scene) -> Mapping[str, Decimal]:
        workload = system.workload_of(scene.catalog, scene.environment, scene.resources)
        return _by_resource(Bill(catalog, [workload], plan), [0])

    subject = Subject(
        name=f"{system.name}, {variant.name}",
        region=system.region,
        key=key,
        farthest=_farthest(asked.sizes),
        at=_in_range(at),
        total=lambda scene: total_of(system, scene, plan),
        rows=rows,
        options=options_of,
        declared={n: _declared(each.grows, key) for n, each in variant.resources.items()}
        if key in system.drivers
        else {},
    )
    return _grown(subject, at, asked)


def scale_app(app: App, asked: Question) -> Growth:
    """Grow an app by a key of its expected use; its cost is what it adds to its fleet."""
    plan = asked.plan or "always-free"
    key = asked.sizes.key
    rest = Bill(app.catalog, app.others, plan).total
    app.with_usage(asked.changes)  # so that what is wrong is told as --usage

    def at(size: Decimal) -> AppScene:
        manifest = app.with_usage({**asked.changes, key: size})
        return AppScene(manifest, app.catalog, app.others)

    def rows(scene: AppScene) -> Mapping[str, Decimal]:
        bill = Bill(app.catalog, [*app.others, *scene.workloads()], plan)
        return _by_resource(bill, bill.numbers_of(app.manifest.app))

    subject = Subject(
        name=app.manifest.app,
        region=app.manifest.region,
        key=key,
        farthest=_farthest(asked.sizes),
        at=_in_range(at),
        total=lambda scene: (
            Bill(app.catalog, [*scene.others, *scene.workloads()], plan).total - rest
        ),
        rows=rows,
        options=app_options,
        declared={},
    )
    return _grown(subject, at, asked)


def _grown(subject: Subject[State], at: Callable[[Decimal], State], asked: Question) -> Growth:
    """Grow a subject; raises TennerError for a key or a size that it can't have."""
    try:
        for size in asked.sizes.sizes:
            at(size)
    except TennerError as error:
        message = str(error).removeprefix("--usage: ")
        raise TennerError(f"--{asked.sizes.key}: {message}") from None
    with exact():
        return grow(subject, asked.sizes.sizes, asked.revenue)


def _in_range(at: Callable[[Decimal], State]) -> Callable[[Decimal], State]:
    """Tell a size that can't be by a ValueError, which ends the search."""

    def checked(size: Decimal) -> State:
        try:
            return at(size)
        except TennerError as error:
            raise ValueError(str(size)) from error

    return checked


def _farthest(sizes: Sizes) -> Decimal:
    return min(sizes.sizes[-1] * _BEYOND, _MOST)


def _by_resource(bill: Bill, numbers: Sequence[int]) -> Mapping[str, Decimal]:
    found: dict[str, Decimal] = {}
    with exact():
        for line in subject_lines(bill, numbers):
            found[line.resource] = found.get(line.resource, _ZERO) + line.pays
    return found


def _declared(grows: Grows, driver: str) -> str:
    """Say how a resource grows by a driver, as its system states it."""
    if grows.by != driver:
        return "fixed"
    words = {"linear": "linear", "per_peak": "per peak"}
    how = words.get(grows.how) or f"one per {grows.one_per:,f}"
    return how if grows.percent == 100 else f"{how}, {grows.percent:f} %"  # noqa: PLR2004
