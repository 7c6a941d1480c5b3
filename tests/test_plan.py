"""Reading a plan: every shape that is none gives one clear sentence, and shows no value."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenner.errors import InputError
from tenner.plan import parse_plan, printable
from tests.fixtures_plans import PLANS, change, plan_json

ACTIONS = "expected create, update, delete or no-op"
HINT = "expected the output of `terraform show -json PLAN`"
QUEUE = change("aws_sqs_queue.jobs", {"name": "jobs"})
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


def replaced(**fields: Any) -> str:
    """Write a plan with one change, of which some fields are others."""
    return plan_json([{**QUEUE, **fields}])


def rewritten(**fields: Any) -> str:
    """Write a plan with one change, of which the inner `change` has other fields."""
    return replaced(change={**QUEUE["change"], **fields})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", f"line 1: not JSON: Expecting value; {HINT}"),
        ("{", f"line 1: not JSON: Expecting property name enclosed in double quotes; {HINT}"),
        ("{}\n{}", f"line 2: not JSON: Extra data; {HINT}"),
        ("[" * 200_000, f"not a plan: nested too deep; {HINT}"),
        ('{"a":' * 200_000, f"not a plan: nested too deep; {HINT}"),
        ('{"a": NaN}', f"not a plan: a number that JSON or Python does not allow; {HINT}"),
        (
            f'{{"a": {"9" * 5000}}}',
            f"not a plan: a number that JSON or Python does not allow; {HINT}",
        ),
        ("7", f"given a number, {HINT}"),
        ("null", f"given nothing, {HINT}"),
        ("[]", f"given a list, {HINT}"),
        ("{}", f"format_version: given nothing; {HINT}"),
        ('{"format_version": 1}', f"format_version: given a number; {HINT}"),
        (
            '{"format_version": "2.0", "resource_changes": []}',
            'format_version: given "2.0", expected 1.x, as Terraform 1.1 and newer write it',
        ),
        (
            '{"format_version": "0.2", "resource_changes": []}',
            'format_version: given "0.2", expected 1.x, as Terraform 1.1 and newer write it',
        ),
        (
            '{"format_version": "1.2"}',
            f"given neither resource_changes nor planned_values, {HINT}",
        ),
        ('{"format_version": "1.0", "values": {}}', f"given a state, {HINT}"),
        (
            '{"format_version": "1.2", "resource_changes": [], "errored": true}',
            "errored: the plan ended in an error; expected a whole plan",
        ),
        (
            json.dumps(
                {
                    "format_version": "1.2",
                    "planned_values": {
                        "root_module": {"child_modules": [{"resources": [{"type": "x"}]}]}
                    },
                }
            ),
            f"resource_changes: missing beside planned_values; {HINT}",
        ),
        (
            '{"format_version": "1.2", "resource_changes": {}}',
            "resource_changes: given a mapping, expected a list",
        ),
        (
            '{"format_version": "1.2", "resource_changes": ["x"]}',
            "resource_changes.0: given text, expected a mapping",
        ),
        (
            replaced(mode=[], address=7),
            "resource_changes.0.address: given a number, expected text",
        ),
        (replaced(address=None), "resource_changes.0.address: given nothing, expected text"),
        (replaced(address=""), "resource_changes.0.address: given empty text, expected text"),
        (replaced(type=["x"]), "resource_changes.0.type: given a list, expected text"),
        (
            replaced(change=True),
            "resource_changes.0.change: given true or false, expected a mapping",
        ),
        (
            rewritten(actions="create"),
            f"resource_changes.0.change.actions: given text, {ACTIONS}",
        ),
        (
            rewritten(actions=["destroy"]),
            f'resource_changes.0.change.actions: given "destroy", {ACTIONS}',
        ),
        (
            rewritten(actions=["create", {}]),
            f'resource_changes.0.change.actions: given "create", {ACTIONS}',
        ),
        (
            rewritten(after=["a secret value"]),
            "resource_changes.0.change.after: given a list, expected a mapping",
        ),
    ],
)
def test_what_is_no_plan(text: str, expected: str) -> None:
    """Whatever is given instead of a plan, the answer is one sentence with the place."""
    with pytest.raises(InputError) as caught:
        parse_plan(text, "plan.json")
    assert str(caught.value) == f"plan.json: {expected}"


@pytest.mark.parametrize("text", ['{"format_version": "1.2", "planned_values": {}}', plan_json([])])
def test_plan_without_resources(text: str) -> None:
    """A plan of outputs only has nothing to check."""
    assert parse_plan(text, "plan.json").resources == ()


def test_deep_modules() -> None:
    """Modules nested as deep as JSON can be read at all are walked without recursion."""
    inner: dict[str, Any] = {"resources": [{}]}
    for _ in range(300):
        inner = {"child_modules": [inner]}
    text = json.dumps({"format_version": "1.2", "planned_values": {"root_module": inner}})
    with pytest.raises(InputError, match="missing beside planned_values"):
        parse_plan(text, "plan.json")


@pytest.mark.parametrize("version", ["1.0", "1.2", "1.99"])
def test_newer_minor_versions(version: str) -> None:
    """Terraform promises that minor versions stay readable."""
    text = plan_json([QUEUE]).replace('"1.2"', f'"{version}"')
    assert len(parse_plan(text, "plan.json").resources) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("module.a", "module.a"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ("\ud800", "\\ud800"),
        ("a" * 200, "a" * 200),
        ("a" * 201, "a" * 200 + "…"),
    ],
)
def test_an_address_is_one_line(text: str, shown: str) -> None:
    """Nothing in an address can move a terminal's cursor, or fail to be printed."""
    assert printable(text) == shown


@given(JSON_VALUES)
def test_any_json(value: Any) -> None:
    """Any JSON is a plan or a clear error."""
    _read(json.dumps(value))


@given(st.data())
def test_a_real_plan_with_one_thing_replaced(data: st.DataObject) -> None:
    """A real plan in which any one thing is something else is a plan or a clear error."""
    text = (PLANS / "log_retention" / "violating" / "plan.json").read_text(encoding="utf-8")
    content = json.loads(text)
    place: Any = content
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not place[key] or not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(JSON_VALUES)
    _read(json.dumps(content))


def _read(text: str) -> None:
    with suppress(InputError):
        parse_plan(text, "plan.json")
