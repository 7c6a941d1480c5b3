"""What a rollout does to the bill: each app and the fleet, at the same prices."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.registry_folder import FolderRegistry
from tenner.rollout import Outcome
from tenner.rollout_cost import Change, costs_of
from tenner.rollout_report import as_text
from tenner.rollout_run import Result
from tests.registrations import NOW, make_repo, manifest_text, registration

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.registry import Record


def with_table(app: str, stored_gb: int, region: str = "us-east-1") -> str:
    """An app with a table, and a function that nobody calls."""
    text = manifest_text(app).replace("us-east-1", region).replace("10000", "0")
    return f"{text}table: {{use: {{stored_gb: {stored_gb}}}}}\n"


def registered(place: Path, *texts: tuple[str, str]) -> list[Record]:
    """Register apps with their manifests; give their records."""
    registry = FolderRegistry(place / "apps")
    for app, text in texts:
        registry.register(registration(make_repo(place / app, text), text), NOW)
    return [*registry.contents().records]


def updated(app: str, old: str, new: str) -> Outcome:
    """An update that changes the manifest."""
    return Outcome(app, "updated", "v1", "v2", manifests=(old, new))


def test_one_that_can_not_be_counted_hides_no_other(tmp_path: Path) -> None:
    """A region without prices and a manifest that is none are a sentence each."""
    records = registered(
        tmp_path,
        ("ants", with_table("ants", 30)),
        ("bees", with_table("bees", 7, "ap-south-1")),
        ("cats", with_table("cats", 20)),
        ("dogs", with_table("dogs", 50)),
    )
    outcomes = [
        updated("ants", with_table("ants", 30), with_table("ants", 40)),
        updated("bees", with_table("bees", 7, "ap-south-1"), with_table("bees", 8, "ap-south-1")),
        Outcome("cats", "up_to_date"),
        updated("dogs", with_table("dogs", 50), "app: dogs\n<<<<<<<\n"),
    ]
    costs = costs_of(outcomes, records)
    # 25 GB a month are free for all apps of an account, a GB more costs $0.25.
    before, after = ((Decimal(gb) + 20 - 25) * Decimal("0.25") for gb in (30, 40))
    assert costs.fleet == Change(before, after)
    # Without ants, the 20 GB of cats would be free.
    assert costs.apps == {"ants": Change(before, after)}
    no_price = "where lambda/requests has no price; expected one of us-east-1"
    assert list(costs.problems) == [
        "dogs: app.yaml: line 2: not YAML: could not find expected ':'",
        f'bees is not counted: app.yaml: region: given "ap-south-1", {no_price}',
    ]
    said = as_text(Result(outcomes, [], [], records), costs, is_preview=False)
    assert said.splitlines()[-1] == (
        "  the fleet costs $6.25, then $8.75; both at this tenner's prices, checked "
        f"{costs.prices_checked} or later"
    )


def test_nobody_can_be_counted(tmp_path: Path) -> None:
    """Then no sum is said."""
    text = with_table("bees", 7, "ap-south-1")
    costs = costs_of([updated("bees", text, text)], registered(tmp_path, ("bees", text)))
    assert (costs.apps, len(costs.problems)) == ({}, 1)
    assert costs.fleet is None
