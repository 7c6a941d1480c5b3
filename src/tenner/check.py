"""Checks plans against the guardrails, and says what was found as text or JSON."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tenner.cost import check_priced
from tenner.errors import TennerError
from tenner.guardrails import environment_of, findings_of
from tenner.load import (
    is_shared_infra,
    load_guardrails,
    load_manifest,
    load_plan,
    open_registry,
)
from tenner.money import cents, exact, exact_text, plain
from tenner.shared_cost import check_shared
from tenner.shared_infra import api_problem
from tenner.whole_fleet import shared_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tenner.catalog import Catalog, PricedItem
    from tenner.guardrails import Environment, Finding, Guardrail, PricedCharge
    from tenner.load import ManifestFile
    from tenner.plan import Plan


_WIDTH = 80


@dataclass(frozen=True, slots=True)
class ManifestResult:
    """A manifest in which nothing is wrong; a defect is an error and no result."""

    path: str
    app: str
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What the guardrails found in one plan."""

    path: str
    environment: Environment
    resources: int
    findings: tuple[Finding, ...]

    @property
    def is_refused(self) -> bool:
        """Tell whether a person has to change something before the plan is applied."""
        return bool(self.findings)

    @property
    def usd(self) -> Decimal:
        """Give the fixed cost in USD a month of all that was refused."""
        with exact():
            return sum((finding.usd for finding in self.findings), Decimal(0))


class Gate:
    """The guardrails of a catalog folder, read when the first plan is checked."""

    def __init__(self, folder: Path | None, environment: Environment | None) -> None:
        self._folder = folder
        self._environment = environment

    @cached_property
    def _guardrails(self) -> Mapping[str, Guardrail]:
        return load_guardrails(self._folder)

    def check(self, plan: Plan, catalog: Catalog) -> PlanResult:
        """Check a plan; its environment is what was asked for, else what its tags say, else dev."""
        environment = self._environment or environment_of(plan)
        findings = findings_of(plan, self._guardrails, catalog, environment)
        return PlanResult(plan.source, environment, len(plan.resources), tuple(findings))


def check_paths(
    paths: Iterable[Path], gate: Gate, catalog: Catalog
) -> tuple[list[PlanResult | ManifestResult], list[str], int]:
    """Check plans, manifests, and the shared infrastructure's folder with all its records.

    Gives the results, a sentence for each defect, and the exit code that the defects have.
    """
    results: list[PlanResult | ManifestResult] = []
    problems: list[str] = []
    code = 0
    for path in paths:
        try:
            if (plan := load_plan(path)) is not None:
                results.append(gate.check(plan, catalog))
            elif is_shared_infra(path):
                infra, defects = check_shared(path, catalog)
                results.append(ManifestResult(str(infra), "the shared infrastructure"))
                problems += defects
                code = max(code, TennerError.exit_code if defects else 0)
            else:
                file = load_manifest(path)
                check_priced(file.manifest, str(file.path), catalog)
                if problem := _api_problem(file):
                    raise TennerError(f"{file.path}: {problem}")
                results.append(ManifestResult(str(path), file.manifest.app))
        except TennerError as error:
            problems.append(str(error))
            code = max(code, error.exit_code)
    return results, problems, code


def _api_problem(file: ManifestFile) -> str:
    """Say that an app is on an API that its fleet.yaml has not, or nothing where none is known."""
    if file.manifest.api == 1:
        return ""
    try:
        infra, _, _ = shared_around(open_registry(None, file), {}, file.folder)
    except TennerError:
        return ""  # whatever is wrong with the registry is no defect of the manifest
    return api_problem(infra, file.manifest) if infra else ""


def write(results: Sequence[PlanResult | ManifestResult], format_: str) -> str:
    """Write results as `text` or `json`."""
    if format_ != "json":
        return "\n".join(_text(result) for result in results)
    plans = [_plan_json(result) for result in results if isinstance(result, PlanResult)]
    manifests = [
        {"path": result.path, "app": result.app}
        for result in results
        if isinstance(result, ManifestResult)
    ]
    return json.dumps({"plans": plans, "manifests": manifests}, indent=2, ensure_ascii=False)


def _text(result: PlanResult | ManifestResult) -> str:
    if isinstance(result, ManifestResult):
        return f"{result.path}: {result.app} is in order"
    resources = f"{result.resources} resource{'s' * (result.resources != 1)}"
    head = f"{result.path} · {result.environment} · {resources}"
    if not result.findings:
        return f"{head}: in order"
    count = len(result.findings)
    total = f"{count} finding{'s' * (count != 1)}, {cents(result.usd)} a month"
    return "\n\n".join([f"{head}: {total}", *(_finding_text(each) for each in result.findings)])


def _finding_text(finding: Finding) -> str:
    parts = [
        ("costs", _costs(finding)),
        *(("by use", f"{item.service}: {item.name}, {_rate(item)}") for item in finding.variable),
        ("why", finding.why),
        ("instead", finding.instead),
    ]
    title = f"  {finding.resource.address} ({finding.resource.status}): {finding.what}"
    return "\n".join([title, *(_wrapped(label, text) for label, text in parts)])


def _wrapped(label: str, text: str) -> str:
    indent = f"    {label:<9}"
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent))


def _costs(finding: Finding) -> str:
    if finding.charges:
        derivation = " + ".join(_derivation(charge) for charge in finding.charges)
        return f"{cents(finding.usd)} a month as {finding.priced_as}: {derivation}"
    return "nothing that is fixed" if finding.variable else "nothing by itself"


def _derivation(charge: PricedCharge) -> str:
    quantity = f"{plain(charge.quantity)} {charge.item.unit}{'s' * (charge.quantity != 1)}"
    return f"{quantity} × {_price(charge.item)}"


def _rate(item: PricedItem) -> str:
    return f"{_price(item)} " + (
        f"for {item.per:,} {item.unit}s" if item.per > 1 else f"per {item.unit}"
    )


def _price(item: PricedItem) -> str:
    whole, _, digits = plain(item.usd_per).partition(".")
    return f"${whole}.{digits:<02}"


def _plan_json(result: PlanResult) -> dict[str, Any]:
    return {
        "path": result.path,
        "environment": result.environment,
        "resources": result.resources,
        "findings": [_finding_json(finding) for finding in result.findings],
        "fixed_usd_per_month": exact_text(result.usd),
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "address": finding.resource.address,
        "type": finding.resource.type,
        "status": finding.resource.status,
        "guardrail": finding.guardrail,
        "what": finding.what,
        "fixed_usd_per_month": exact_text(finding.usd),
        "priced_as": finding.priced_as,
        "fixed": [
            {
                **_item_json(charge.item),
                "quantity": exact_text(charge.quantity),
                "usd_per_month": exact_text(charge.usd),
                "derivation": _derivation(charge),
            }
            for charge in finding.charges
        ],
        "variable": [_item_json(item) for item in finding.variable],
        "why": finding.why,
        "instead": finding.instead,
        "source": list(finding.source),
        "checked": finding.checked,
    }


def _item_json(item: PricedItem) -> dict[str, Any]:
    return {
        "item": item.key,
        "name": item.name,
        "unit": item.unit,
        "price": {
            "usd": exact_text(item.usd_per),
            "per": item.per,
            "source": list(item.source),
            "checked": str(item.checked),
        },
    }
