"""Reads a Terraform plan, the output of `terraform show -json`: the resources there will be.

From an untrusted text to frozen values; what a plan says of a resource stays in `after`, and no
value is ever part of an error's sentence, because it may be a secret.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn

from tenner.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Status = Literal["new", "changed", "replaced", "exists"]
_STATUS: Mapping[tuple[str, ...], Status | None] = {
    ("create",): "new",
    ("update",): "changed",
    ("no-op",): "exists",
    ("create", "delete"): "replaced",
    ("delete", "create"): "replaced",
    ("create", "forget"): "replaced",
    ("delete",): None,
    ("forget",): None,
    ("read",): None,
}
_MADE = ("resource_changes", "planned_values")
_HINT = "expected the output of `terraform show -json PLAN`"
_NOT_MANAGED = ("data", "ephemeral")
_LONGEST = 200


class PlannedResource(NamedTuple):
    """One resource that is there once the plan is applied, and what is known of it before."""

    address: str
    type: str
    status: Status
    after: Mapping[str, Any]
    unknown: Mapping[str, Any]

    def known(self, attribute: str) -> Any:
        """Give an attribute's value; None where it is absent or not known before apply."""
        return None if self.unknown.get(attribute) is True else self.after.get(attribute)


class Plan(NamedTuple):
    """All managed resources of a plan that are there once it is applied."""

    source: str
    resources: tuple[PlannedResource, ...]


def is_plan(text: str) -> bool:
    """Tell a plan, or what is meant as one, from a manifest that is written as JSON."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return True
    return not isinstance(content, dict) or "schema_version" not in content


def parse_plan(text: str, source: str) -> Plan:
    """Read a plan; raises InputError with one sentence that names the first defect."""
    content = _content(text, source)
    if not isinstance(content, dict):
        _refuse(source, "", f"given {_kind(content)}, {_HINT}")
    _check_version(content, source)
    if content.get("errored") is True:
        _refuse(source, "errored", "the plan ended in an error; expected a whole plan")
    if not any(key in content for key in _MADE):
        given = "a state" if "values" in content else "neither resource_changes nor planned_values"
        _refuse(source, "", f"given {given}, {_HINT}")
    changes = content.get("resource_changes")
    if changes is None and _plans_resources(content.get("planned_values")):
        _refuse(source, "resource_changes", f"missing beside planned_values; {_HINT}")
    if not isinstance(changes, list | None):
        _refuse(source, "resource_changes", f"given {_kind(changes)}, expected a list")
    return Plan(source, tuple(_resources(changes or [], source)))


def printable(text: str) -> str:
    """Show a text from a plan on one line of a terminal, whatever is in it."""
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut
    )


def _content(text: str, source: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        problem = Problem("", f"not JSON: {error.msg}; {_HINT}", error.lineno)
        raise InputError(source, [problem]) from None
    except RecursionError:
        _refuse(source, "", f"not a plan: nested too deep; {_HINT}")
    except ValueError:
        _refuse(source, "", f"not a plan: a number that JSON or Python does not allow; {_HINT}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_version(content: Mapping[str, Any], source: str) -> None:
    version = content.get("format_version")
    if not isinstance(version, str):
        given = "nothing" if version is None else _kind(version)
        _refuse(source, "format_version", f"given {given}; {_HINT}")
    if version.partition(".")[0] != "1":
        shown = printable(version[:20])
        message = f'given "{shown}", expected 1.x, as Terraform 1.1 and newer write it'
        _refuse(source, "format_version", message)


def _plans_resources(values: Any) -> bool:
    """Tell whether planned values have a resource in any module; iterative, however deep."""
    modules = [values.get("root_module")] if isinstance(values, dict) else []
    while modules:
        module = modules.pop()
        if not isinstance(module, dict):
            continue
        if module.get("resources"):
            return True
        children = module.get("child_modules")
        modules.extend(children if isinstance(children, list) else [])
    return False


def _resources(changes: list[Any], source: str) -> Iterator[PlannedResource]:
    for number, entry in enumerate(changes):
        key = f"resource_changes.{number}"
        if not isinstance(entry, dict):
            _refuse(source, key, f"given {_kind(entry)}, expected a mapping")
        if entry.get("mode") in _NOT_MANAGED:
            continue
        address, type_ = (_text(entry, name, key, source) for name in ("address", "type"))
        change = _mapping(entry, "change", key, source)
        status = _status(change.get("actions"), f"{key}.change.actions", source)
        if status is None:
            continue
        after = _mapping(change, "after", f"{key}.change", source)
        unknown = change.get("after_unknown")
        known = unknown if isinstance(unknown, dict) else {}
        yield PlannedResource(printable(address), printable(type_), status, after, known)


def _status(actions: Any, key: str, source: str) -> Status | None:
    words = actions if isinstance(actions, list) else []
    texts = tuple(word for word in words if isinstance(word, str))
    if len(texts) != len(words) or texts not in _STATUS:
        shown = " ".join(printable(word[:20]) for word in texts[:3])
        given = f'"{shown}"' if shown else _kind(actions)
        _refuse(source, key, f"given {given}, expected create, update, delete or no-op")
    return _STATUS[texts]


def _text(entry: Mapping[str, Any], name: str, key: str, source: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        _refuse(source, f"{key}.{name}", f"given {_kind(value)}, expected text")
    return value


def _mapping(entry: Mapping[str, Any], name: str, key: str, source: str) -> Mapping[str, Any]:
    value = entry.get(name)
    if not isinstance(value, dict):
        _refuse(source, f"{key}.{name}", f"given {_kind(value)}, expected a mapping")
    return value


def _kind(value: Any) -> str:
    """Name what a value is, never the value itself."""
    kinds = {"NoneType": "nothing", "bool": "true or false", "list": "a list", "dict": "a mapping"}
    if isinstance(value, str):
        return "text" if value else "empty text"
    return kinds.get(type(value).__name__, "a number")


def _refuse(source: str, key: str, message: str) -> NoReturn:
    raise InputError(source, [Problem(key, message)])
