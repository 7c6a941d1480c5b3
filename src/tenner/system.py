"""A system: a workload that is not a generated app, as a list of resources of stated kinds.

It may have several variants (environments, sizes, choices), each the base with changes; and what
a document printed about it, with how Tenner computes each figure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from tenner import exact_yaml
from tenner.catalog import ASKED
from tenner.errors import InputError, Problem
from tenner.kinds import KINDS
from tenner.kinds.base import Setting
from tenner.money import exact
from tenner.printed import Printed
from tenner.service import Checked, Text
from tenner.shown import key_part, shown
from tenner.usage import facts_of
from tenner.validation import Exact, Strict, read, read_part
from tenner.workload import ONE_PAYER, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from decimal import Decimal

    from tenner.catalog import Catalog
    from tenner.exact_yaml import Document
    from tenner.kinds.base import Resource
    from tenner.usage import Usage

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_NAMES = "expected small letters and digits in words joined by single hyphens"
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
Driver = Annotated[Exact, Field(gt=0, le=10**15, decimal_places=6)]
Drivers = dict[str, Driver]


class _Variant(Strict):
    summary: Text
    environment: Literal["dev", "staging", "prod"] = "prod"
    drivers: Drivers = Field(default_factory=dict)
    without: Texts = ()
    only: Texts | None = None
    resources: dict[str, dict[str, Any]] = Field(default_factory=dict)


class _System(Strict):
    system: Text
    title: Text
    document: Text | None = None
    dated: Checked | None = None
    region: Text = "us-east-1"
    account_plan: Literal["always-free", "legacy-12-months", "list"] = "always-free"
    assumes: Texts = ()
    excludes: Texts = ()
    needs_review: Texts = ()
    drivers: Drivers = Field(default_factory=dict)
    givens: Drivers = Field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = Field(min_length=1)
    variants: dict[str, _Variant] = Field(min_length=1)
    printed: Annotated[tuple[Printed, ...], Field(strict=False)] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One form of a system: an environment, a size or a choice, with all its resources."""

    name: str
    summary: str
    environment: Literal["dev", "staging", "prod"]
    drivers: Mapping[str, Decimal]
    resources: Mapping[str, Resource]
    contents: Mapping[str, Mapping[str, Any]]

    def with_field(self, name: str, field: str, value: Decimal) -> Variant:
        """Give this variant with another value of one resource's field, validated again.

        Raises InputError where the field is unknown or the value is none for it.
        """
        content = {**self.contents[name], field: value}
        document = exact_yaml.Document("--usage", content, {})
        resource = read_part(KINDS[str(content["kind"])], content, document, name)
        resources = {**self.resources, name: resource}
        return replace(self, resources=resources, contents={**self.contents, name: content})


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """A system as its file says it; `drivers` are what its resources are stated for.

    `givens` are other numbers that its document takes as given, such as the revenue of a user.
    """

    name: str
    title: str
    source: str
    document: str | None
    dated: date | None
    region: str
    account_plan: Literal["always-free", "legacy-12-months", "list"]
    assumes: tuple[str, ...]
    excludes: tuple[str, ...]
    needs_review: tuple[str, ...]
    drivers: Mapping[str, Decimal]
    givens: Mapping[str, Decimal]
    variants: Mapping[str, Variant]
    printed: tuple[Printed, ...]

    @property
    def first(self) -> Variant:
        """Give the variant that is meant where none is named."""
        return next(iter(self.variants.values()))

    def workload(
        self,
        catalog: Catalog,
        variant: Variant,
        drivers: Mapping[str, Decimal] | None = None,
    ) -> Workload:
        """Derive the usage of a month of one variant.

        `drivers` (each by its name, such as users) change its size. Raises InputError, naming the
        system's file, where the catalog lacks something.
        """
        return self.workload_of(catalog, variant.environment, self.grown(variant, drivers))

    def grown(
        self, variant: Variant, drivers: Mapping[str, Decimal] | None = None
    ) -> dict[str, Resource]:
        """Give a variant's resources at its size; they are stated for the system's own drivers."""
        sizes = {**variant.drivers, **(drivers or {})}
        with exact():
            return {n: r.grown(self.drivers, sizes) for n, r in variant.resources.items()}

    def workload_of(
        self,
        catalog: Catalog,
        environment: Literal["dev", "staging", "prod"],
        resources: Mapping[str, Resource],
    ) -> Workload:
        """Derive the usage of a month of any resources, in this system's region."""
        found: list[Usage] = []
        facts = facts_of(catalog)
        with exact():
            for name, resource in resources.items():
                found += self._usage(resource, Setting(name, facts, catalog))
        return Workload(self.name, environment, self.region, self.name, ONE_PAYER, tuple(found))

    def _usage(self, resource: Resource, at: Setting) -> list[Usage]:
        """Derive a resource's usage; what the price book lacks is told at this system's key."""
        key = f"resources.{key_part(at.name)}.model"
        try:
            found = resource.usage(at)
            key = "region"
            for usage in found:
                at.catalog.item(usage.item, self.region)
        except InputError as error:
            if error.source != ASKED:
                raise
            problems = [Problem(key, problem.message) for problem in error.problems]
            raise type(error)(self.source, problems) from None
        return found


def parse_system(text: str, source: str) -> System:
    """Read one system; raises InputError with every defect, naming file, line and key path."""
    document = exact_yaml.parse(text, source)
    model = read(_System, document)
    problems = [*_names(model, document), *_wrong_names(model, document)]
    variants: dict[str, Variant] = {}
    seen: set[str] = set()
    for name, variant in model.variants.items():
        resources, contents = {}, {}
        for part, path, content in _merged(name, variant, model):
            try:
                resources[part] = _resource(content, document, path, model.drivers)
                contents[part] = content
            except InputError as error:
                new = [problem for problem in error.problems if str(problem) not in seen]
                seen.update(str(problem) for problem in new)
                problems += new
        variants[name] = Variant(
            name,
            variant.summary,
            variant.environment,
            {**model.drivers, **variant.drivers},
            resources,
            contents,
        )
    problems += _printed_problems(model, document, variants)
    if problems:
        raise InputError(source, problems)
    return System(
        name=model.system,
        title=model.title,
        source=source,
        document=model.document,
        dated=model.dated,
        region=model.region,
        account_plan=model.account_plan,
        assumes=model.assumes,
        excludes=model.excludes,
        needs_review=model.needs_review,
        drivers=model.drivers,
        givens=model.givens,
        variants=variants,
        printed=model.printed,
    )


def _names(model: _System, document: Document) -> Iterator[Problem]:
    given = [("system", model.system)]
    given += [(f"drivers.{key_part(name)}", name) for name in model.drivers]
    given += [(f"givens.{key_part(name)}", name) for name in model.givens]
    given += [(f"resources.{key_part(name)}", name) for name in model.resources]
    for key, variant in model.variants.items():
        path = f"variants.{key_part(key)}"
        given.append((path, key))
        given += [(f"{path}.resources.{key_part(name)}", name) for name in variant.resources]
    for path, name in given:
        plain = name.replace("_", "-") if path.startswith(("drivers.", "givens.")) else name
        if not _NAME.match(plain):
            yield document.problem(path, f"given {shown(name)}, {_NAMES}")


def _wrong_names(model: _System, document: Document) -> Iterator[Problem]:
    for name in sorted(model.givens.keys() & model.drivers.keys()):
        message = "is a driver too; expected another name"
        yield document.problem(f"givens.{key_part(name)}", message)
    for key, variant in model.variants.items():
        path = f"variants.{key_part(key)}"
        for driver in variant.drivers:
            if driver not in model.drivers:
                message = "unknown driver; expected one of the system's drivers"
                yield document.problem(f"{path}.drivers.{key_part(driver)}", message)
        for field in ("without", "only"):
            for index, name in enumerate(getattr(variant, field) or ()):
                if name not in model.resources:
                    message = f"given {shown(name)}, expected one of the system's resources"
                    yield document.problem(f"{path}.{field}.{index}", message)
        if variant.without and variant.only is not None:
            yield document.problem(path, "given without and only, expected one of them")


def _merged(
    name: str, variant: _Variant, model: _System
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Give each resource of a variant: its name, where its content stands, and the content."""
    kept = [
        key
        for key in model.resources
        if key not in variant.without and (variant.only is None or key in variant.only)
    ]
    for key in kept:
        changes = variant.resources.get(key, {})
        path = f"resources.{key_part(key)}"
        if changes:
            path = f"variants.{key_part(name)}.{path}"
        yield key, path, {**model.resources[key], **changes}
    for key, content in variant.resources.items():
        if key not in kept:
            path = f"variants.{key_part(name)}.resources.{key_part(key)}"
            yield key, path, content


def _resource(
    content: Mapping[str, Any], document: Document, path: str, drivers: Drivers
) -> Resource:
    word = content.get("kind")
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        given = f"given {shown(word)}" if "kind" in content else "missing"
        message = f"{given}; expected one of {', '.join(KINDS)}"
        raise InputError(document.source, [document.problem(f"{path}.kind", message)])
    resource = read_part(kind, content, document, path)
    if wrong := resource.growth_problem(drivers):
        key, message = wrong
        raise InputError(document.source, [document.problem(f"{path}.grows.{key}", message)])
    return resource


def _printed_problems(
    model: _System, document: Document, variants: Mapping[str, Variant]
) -> Iterator[Problem]:
    if model.printed and not model.document:
        yield document.problem("printed", "expected document beside it")
    known = {name: frozenset(variant.resources) for name, variant in variants.items()}
    givens = frozenset(model.givens)
    for index, figure in enumerate(model.printed):
        for key, message in figure.problems(known, frozenset(model.drivers), givens):
            yield document.problem(f"printed.{index}.{key}", message)
