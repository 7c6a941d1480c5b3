"""The fleet: all registered apps together, with those at hand in place of their records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenner.workload import workloads_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.registry import Record
    from tenner.workload import Workload


def fleet_manifests(manifests: Iterable[Manifest], records: Iterable[Record]) -> list[Manifest]:
    """Give the given manifests and those of all other registered apps.

    A given manifest takes the place of its app's record, which may be older.
    """
    given = {manifest.app: manifest for manifest in manifests}
    others = [record.manifest for record in records if record.manifest.app not in given]
    return [*given.values(), *others]


def fleet_workloads(
    catalog: Catalog, manifests: Iterable[Manifest], records: Iterable[Record]
) -> list[Workload]:
    """Derive the workloads of the given manifests and of all other registered apps."""
    return [
        workload
        for manifest in fleet_manifests(manifests, records)
        for workload in workloads_of(manifest, catalog)
    ]
