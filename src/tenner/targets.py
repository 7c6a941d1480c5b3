"""What a command is about: one system of the catalog, or one app with its fleet."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from tenner.condensed import condensed
from tenner.cost import check_priced, fleet_with
from tenner.errors import TennerError
from tenner.load import (
    catalog_files,
    load_catalog,
    load_manifest,
    registry_to_read,
)
from tenner.repo_facts import template_version
from tenner.what_if import with_usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from tenner.catalog import Catalog
    from tenner.load import ManifestFile
    from tenner.manifest import Manifest
    from tenner.registry import Registry
    from tenner.system import System
    from tenner.workload import Workload


def find_system(path: Path, catalog: Path | None) -> System | None:
    """Find the system that is meant: a file that is one, or a name where there is no such path."""
    if os.path.isdir(path):  # noqa: PTH112 - any path at all
        return None
    from tenner import system_cost  # noqa: PLC0415 - an app needs no kinds of resources

    name = str(path)
    if os.path.exists(path):  # noqa: PTH110
        return system_cost.load_system_file(path) if system_cost.is_system_file(path) else None
    if catalog is not None:
        catalog_files(catalog)
    known = system_cost.system_names(catalog)
    if name in known:
        return system_cost.load_system(name, catalog)
    if not known or path.suffix or path.name != name:
        return None
    message = f"expected a folder with app.yaml, a manifest's file, or one of {', '.join(known)}"
    raise TennerError(f"{name}: {message}")


class App(NamedTuple):
    """One app at hand: its file, its fleet, and what could not be read of that.

    `others` is the use of the other apps, `fleet` all manifests.
    """

    file: ManifestFile
    manifest: Manifest
    catalog: Catalog
    others: Sequence[Workload]
    fleet: Sequence[Manifest]
    problems: Sequence[str]

    @property
    def version(self) -> str:
        """Give the template's version that it was made from; empty where unknown."""
        return template_version(self.file.folder).version

    def with_usage(self, changes: Mapping[str, Decimal]) -> Manifest:
        """Give the manifest with other expected use."""
        if not changes:
            return self.manifest
        return with_usage(self.file.content, changes, str(self.file.folder))


def load_app(
    path: Path, registry: str | None, catalog: Path | None, changes: Mapping[str, Decimal]
) -> App:
    """Read one app and its fleet; raises TennerError for wrong input."""
    file = load_manifest(path)
    return app_in(registry_to_read(registry, file), file, load_catalog(catalog), changes)


def app_in(
    registry: Registry, file: ManifestFile, book: Catalog, changes: Mapping[str, Decimal]
) -> App:
    """Read the fleet around an app; raises TennerError for wrong input."""
    manifest = with_usage(file.content, changes, str(file.folder)) if changes else file.manifest
    check_priced(manifest, str(file.path), book)
    fleet = fleet_with([manifest], registry, book)
    others = [workload for workload in fleet.bill.workloads if workload.app != manifest.app]
    return App(file, manifest, book, condensed(others, book), fleet.manifests, fleet.problems)
