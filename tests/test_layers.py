"""How modules depend on each other: no circle, and nothing in the core imports an edge."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import pytest

from tests.fixtures_generated import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = ROOT / "src" / "tenner"
CORE = set(
    """
    advice apis capacity catalog changes checklists choices compliance condensed doctor environment
    errors estimate expression fields fleet growth guard_cost guard_items guard_signals
    guard_stages guard_view guardrails journal kinds lines manifest manifest_environment money
    names next_change overview own own_archive own_table plan pools pricing printed profiled
    projection promotion promotion_steps quotas registry registry_place releases resources review
    review_checks review_checks_aws review_facts rollout rows scale secret_move secret_names
    secret_places service sharding shared_infra shares shown spend spend_answers spend_names
    spend_why system usage validation variants versions what_if workload yaml_edit
    """.split()
)
EDGES = (
    *("cli", "generate", "git", "hooks", "load", "registry_folder", "report", "write", "page"),
    *("adopt", "aws", "charts", "clock", "doctor_facts", "dynamodb_", "fits"),
    *(
        "folder_journal",
        "guard_functions",
        "guard_handler",
        "guard_place",
        "guard_round",
        "guard_routes",
        "guard_run",
    ),
    *("guard_table", "html_of", "migrate", "price_list", "prices_refresh", "promote_"),
    *("registry_copy", "registry_dynamodb", "release_files", "review_ask", "review_scene"),
    *(
        "rollout_",
        "secret_moving",
        "secret_scope",
        "secret_store",
        "spend_ask",
        "spend_fleet",
        "voice",
    ),
    *("repo_facts", "whole_fleet"),
)


def name_of(path: Path) -> str:
    """The module's name below `tenner`."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in SOURCE.rglob("*.py")}


def imported(path: Path) -> Iterator[str]:
    """The modules that a module imports when it runs, also those that a function imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for each in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in for_types and node.module:
            base = node.module.removeprefix("tenner").lstrip(".")
            for alias in node.names if node.module.startswith("tenner") else ():
                inner = f"{base}.{alias.name}".lstrip(".")
                found = inner if inner in MODULES else base
                if found:
                    yield found


GRAPH = {name: set(imported(path)) - {name} for name, path in MODULES.items()}


def layer(name: str) -> str:
    """The part of a module's name that says which layer it is in."""
    return name.split(".", maxsplit=1)[0]


def reached(name: str) -> set[str]:
    """All modules that a module needs."""
    found, waiting = set[str](), [name]
    while waiting:
        for each in GRAPH[waiting.pop()] - found:
            found.add(each)
            waiting.append(each)
    return found


def test_the_graph_is_read() -> None:
    """The test sees imports of modules, of names, and inside functions."""
    assert {"pricing", "money"} <= GRAPH["estimate"]
    assert "next_change" in GRAPH["html_of"]
    assert "system_cost" in GRAPH["targets"]


def test_no_circular_import() -> None:
    """Modules can be put in an order, imports inside functions included."""
    try:
        list(TopologicalSorter(GRAPH).static_order())
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize("name", [name for name in sorted(GRAPH) if layer(name) in CORE])
def test_the_core_imports_no_edge(name: str) -> None:
    """What computes neither reads files nor prints, nor imports what does."""
    assert {each for each in reached(name) if layer(each).startswith(EDGES)} == set()


def test_every_layer_has_modules() -> None:
    """No name above is misspelt, or one of a module that is gone."""
    assert {layer(name) for name in GRAPH} >= CORE
    assert all(any(layer(name).startswith(edge) for name in GRAPH) for edge in EDGES)
