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
from tenner.money import exact, exact_text
from tenner.shown import shown
from tenner.variants import with_changes
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tenner.advice.base import Scene
    from tenner.catalog import Catalog
    from tenner.kinds.base import Growth as Grows
    from tenner.manifest import Manifest
    from tenner.manifest_environment import Environment, EnvironmentSettings
    from tenner.system import System, Variant
    from tenner.targets import App

State = TypeVar("State")
_BEYOND, _MOST, _ZERO, _ONE = 1000, Decimal(10) ** 12, Decimal(0), Decimal(1)
_FLOWS = frozenset({"requests", "monthly_active_users", "prompts", "page_views"})


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
            message = (
                f"--{key}: given {shown(word)}, expected plain digits, more than 0 and at most "
                f"{_MOST:f}, such as 10000"
            )
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


def scale_app(app: App, asked: Question, environment: str = "") -> Growth:
    """Grow an app by a key of its expected use; its cost is what it adds to its fleet.

    It grows in one environment beside its others, or in all. Raises TennerError for wrong input.
    """
    plan = asked.plan or "always-free"
    key = asked.sizes.key
    changed = app.with_usage(asked.changes)  # so that what is wrong is told as --usage
    grown = _environments(changed, environment)
    _check_revenue_of_app(grown, asked)
    stay = [each for each in workloads_of(changed, app.catalog) if each.environment not in grown]
    others = [*app.others, *stay]
    rest = Bill(app.catalog, others, plan).total

    def at(size: Decimal) -> AppScene:
        manifest = app.with_usage({**asked.changes, key: size})
        one = manifest.model_copy(update={"environments": grown})
        return AppScene(one, app.catalog, others)

    def rows(scene: AppScene) -> Mapping[str, Decimal]:
        bill = Bill(app.catalog, [*others, *scene.workloads()], plan)
        return _by_resource(bill, bill.numbers_of(app.manifest.app, environment))

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
        times=_times(grown, key),
        where=_where(grown, key),
    )
    return _grown(subject, at, asked)


def _environments(manifest: Manifest, name: str) -> dict[Environment, EnvironmentSettings]:
    """Give one environment of an app, or all; raises TennerError with those that it has."""
    found = {key: each for key, each in manifest.environments.items() if name in {"", key}}
    if not found:
        known = ", ".join(manifest.environments)
        raise TennerError(f"--environment: given {shown(name)}, expected one of {known}")
    return found


def _check_revenue_of_app(grown: Mapping[Environment, object], asked: Question) -> None:
    if asked.revenue and len(grown) > 1:
        names = " and ".join(grown)
        message = f"given for {names} together, expected --environment with the one that earns it"
        raise TennerError(f"--revenue-per-user: {message}")


def _flows(key: str) -> bool:
    """Tell whether an environment multiplies what a key says."""
    return key.rpartition(".")[2].removesuffix("_per_month") in _FLOWS


def _times(grown: Mapping[Environment, EnvironmentSettings], key: str) -> Decimal:
    """Count how many times an app has what its manifest says once."""
    if _flows(key):
        return sum((each.use_multiplier for each in grown.values()), _ZERO)
    return Decimal(len(grown)) if key.endswith("stored_gb") else _ONE


def _where(grown: Mapping[Environment, EnvironmentSettings], key: str) -> str:
    """Say in which environments an app has each size."""
    factors = {name: each.use_multiplier for name, each in grown.items()}
    names = list(map(str, factors))
    if _flows(key) and set(factors.values()) != {_ONE}:
        names = [f"{name} × {exact_text(factor)}" for name, factor in factors.items()]
    return f"{'each ' if len(names) > 1 else ''}in {' and '.join(names)}"


def _grown(subject: Subject[State], at: Callable[[Decimal], State], asked: Question) -> Growth:
    """Grow a subject; raises TennerError for a key or a size that it can't have."""
    key = asked.sizes.key
    if key in asked.changes:
        raise TennerError(f"--usage: {key}: given beside --{key}, expected another key")
    if asked.revenue and "." in key:
        message = f"given with --{key}, expected with a key that counts all users, such as --users"
        raise TennerError(f"--revenue-per-user: {message}")
    try:
        for size in asked.sizes.sizes:
            at(size)
    except TennerError as error:
        message = str(error).removeprefix("--usage: ")
        raise TennerError(f"--{key}: {message}") from None
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
