"""The committed plans are what a real Terraform makes of the configurations beside them.

`make test-slow ARGS='--update-golden tests/test_plans_are_real.py'` writes them anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tenner.guardrails import findings_of
from tenner.plan import parse_plan
from tests import real_terraform
from tests.fixtures_plans import PLANS, SIDES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tenner.catalog import Catalog
    from tenner.guardrails import Guardrail


@pytest.mark.slow
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("rule", sorted(path.name for path in PLANS.iterdir()))
def test_terraform_plans_the_same_today(
    rule: str,
    side: str,
    guardrails: Mapping[str, Guardrail],
    catalog: Catalog,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """A plan made now has the same resources and findings as the committed one."""
    folder = PLANS / rule / side
    made = json.dumps(real_terraform.plan(folder / "main.tf", tmp_path), indent=1, sort_keys=True)
    assert str(tmp_path) not in made
    if request.config.getoption("--update-golden"):
        (folder / "plan.json").write_text(made + "\n", encoding="utf-8")

    def found(text: str) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
        plan = parse_plan(text, "plan.json")
        findings = findings_of(plan, guardrails, catalog, "dev")
        return (
            [(resource.address, resource.status) for resource in plan.resources],
            [(each.resource.address, each.what, str(each.usd)) for each in findings],
        )

    assert found(made) == found((folder / "plan.json").read_text(encoding="utf-8"))
