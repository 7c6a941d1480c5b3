"""How far behind apps are and what their updates would save, each figure worked out by hand."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.estimate import Bill
from tenner.manifest import parse_manifest
from tenner.releases import parse_releases
from tenner.versions import Standing, brought_up, standings_of
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest

RELEASES = parse_releases(
    f"""\
schema_version: 1
releases:
  - {{version: 1.0.0, commit: {"a1" * 20}, date: 2026-01-01, says: First.}}
  - version: 1.1.0
    commit: {"b2" * 20}
    date: 2026-02-01
    says: Half the memory.
    changes:
      - {{set: functions.*.memory_mb, from: 256, to: 128}}
      - {{set: region, from: us-east-1, to: us-east-1-nowhere, in: answers}}
  - version: 1.2.0
    commit: {"c3" * 20}
    date: 2026-03-01
    says: Other processors.
    changes: [{{set: functions.*.architecture, from: x86_64, to: arm64}}]
  - version: 2.0.0
    says: In the making.
    changes: [{{set: functions.*.memory_mb, from: 128, to: 1024}}]
""",
    "releases.yaml",
)
X86, ARM = Decimal("0.0000166667"), Decimal("0.0000133334")  # USD a GB-second
FREE = 400_000  # GB-seconds of a payer


def manifest(app: str, memory_mb: int = 256, millions: int = 1) -> Manifest:
    """An app with one job of so many million seconds a month on x86_64."""
    return parse_manifest(
        f"""\
schema_version: 1
app: {app}
owner: me
region: us-east-1
environments: {{dev: {{}}}}
functions:
  job:
    trigger: schedule
    architecture: x86_64
    schedule: rate(1 day)
    memory_mb: {memory_mb}
    timeout_s: 900
    use:
      requests_per_month: {millions * 10_000}
      duration_ms: 100000
      cold_start_percent: 0
""",
        app,
    )


def bill_of(catalog: Catalog, manifests: Sequence[Manifest]) -> Bill:
    """Estimate them together."""
    return Bill(catalog, [each for one in manifests for each in workloads_of(one, catalog)])


def test_savings_by_hand(catalog: Catalog) -> None:
    """The changes of all missing releases, in their order; a value of a person's own stays."""
    apps = [manifest("ants", 256, 10), manifest("bees", 256, 4), manifest("cats", 512, 1)]
    versions = {"ants": "v1.0.0", "bees": "v1.1.0-2-gabc1234", "cats": "a1a1a1a"}
    found = standings_of(bill_of(catalog, apps), apps, versions, RELEASES)
    # GB-seconds before: 10,000,000 × 0.25, 4,000,000 × 0.25, 1,000,000 × 0.5; ants get half of it.
    ants, bees, cats = Decimal(2_500_000), Decimal(1_000_000), Decimal(500_000)
    assert found.apps == {
        "ants": Standing("v1.0.0", 2, ants * X86 - ants / 2 * ARM),
        "bees": Standing("v1.1.0", 1, bees * (X86 - ARM)),
        "cats": Standing("v1.0.0", 2, cats * (X86 - ARM)),
    }
    assert (found.newest, found.behind) == ("v1.2.0", 3)
    before = bill_of(catalog, apps).total
    less = (ants + bees + cats - FREE) * X86 - (ants / 2 + bees + cats - FREE) * ARM
    assert before - found.total == less


@pytest.mark.parametrize(
    ("version", "standing"),
    [
        ("v1.2.0", Standing("v1.2.0", 0, Decimal(0))),
        ("v2.0.0", Standing("v1.2.0", 0, Decimal(0))),
        ("v0.9", Standing("", 3, Decimal(0))),
        ("", Standing("", None, None)),
        ("deadbee", Standing("", None, None)),
    ],
)
def test_versions_at_the_edges(catalog: Catalog, version: str, standing: Standing) -> None:
    """Up to date, newer, older than all, and no version; what is free saves nothing."""
    app = manifest("ants", 128)
    found = standings_of(bill_of(catalog, [app]), [app], {"ants": version}, RELEASES)
    assert found.apps == {"ants": standing}
    assert found.behind == int(bool(standing.behind))


def test_a_change_that_makes_no_manifest(catalog: Catalog) -> None:
    """What the changes would make wrong is not estimated, and the others are."""
    wrong = parse_releases(
        "schema_version: 1\nreleases:\n  - version: 1.0.0\n    date: 2026-01-01\n    says: x\n"
        "    changes: [{set: functions.*.memory_mb, from: 512, to: 1}]\n",
        "releases.yaml",
    )
    apps = [manifest("ants", 512), manifest("bees", 128)]
    found = standings_of(
        bill_of(catalog, apps), apps, dict.fromkeys(("ants", "bees"), "v0.1"), wrong
    )
    assert found.apps == {"ants": Standing("", 1, None), "bees": Standing("", 1, Decimal(0))}


def test_a_manifest_without_changes_is_the_same_one() -> None:
    """Whatever it has: dumped and read again it is equal, and without changes it is not touched."""
    from tests.mutations import MANIFEST

    whole = parse_manifest(MANIFEST, "todo")
    assert brought_up(whole, RELEASES[:1]) is whole
    changed = brought_up(whole, RELEASES[:3])
    assert changed.model_copy(update={"functions": whole.functions}) == whole


def test_a_hundred_apps_take_no_time(catalog: Catalog) -> None:
    """All of them behind: the whole fleet is estimated again in well under a second."""
    apps = [manifest(f"app-{number:03}") for number in range(100)]
    bill = bill_of(catalog, apps)
    started = time.process_time()
    found = standings_of(bill, apps, dict.fromkeys((each.app for each in apps), "v1.0.0"), RELEASES)
    took_s = time.process_time() - started
    each = Decimal(250_000) * X86 - Decimal(125_000) * ARM
    assert {standing.saves for standing in found.apps.values()} == {each}
    assert bill.total - found.total == 100 * each - FREE * (X86 - ARM)
    assert took_s < 1
