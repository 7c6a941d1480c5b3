"""The plans under tests/fixtures/plans: <guardrail>/<violating or passing>/plan.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tenner.load import load_guardrails

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenner.guardrails import Guardrail

PLANS = Path(__file__).parent / "fixtures" / "plans"
SIDES = ("violating", "passing")


def plan_json(changes: list[dict[str, Any]], **more: Any) -> str:
    """Write a plan of the given resource changes, in the shape of Terraform 1.11."""
    return json.dumps({"format_version": "1.2", "resource_changes": changes, **more})


def change(
    address: str, after: dict[str, Any] | None, *actions: str, **more: Any
) -> dict[str, Any]:
    """Make one resource change; its type is the address up to the last dot."""
    return {
        "address": address,
        "mode": "managed",
        "type": address.rpartition(".")[0],
        "change": {"actions": list(actions) or ["create"], "after": after, **more},
    }


@pytest.fixture(scope="session")
def guardrails() -> Mapping[str, Guardrail]:
    """Give the guardrails that come with Tenner."""
    return load_guardrails()


@pytest.fixture
def plan_file(tmp_path: Path) -> Callable[[str], Path]:
    """Write a text as plan.json and give its path."""

    def write(text: str) -> Path:
        path = tmp_path / "plan.json"
        path.write_text(text, encoding="utf-8")
        return path

    return write
