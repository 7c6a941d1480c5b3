"""Reads what Tenner works on from the disk: the catalog, manifests and answers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner import exact_yaml
from tenner.catalog import (
    Catalog,
    parse_assumptions,
    parse_environments,
    parse_service,
)
from tenner.compliance import Regime, parse_compliance
from tenner.errors import InputError, OutsideError, Problem, TennerError
from tenner.manifest import Manifest
from tenner.quotas import Quota, parse_quotas
from tenner.registry_folder import FolderRegistry
from tenner.registry_place import is_table, parse_table, table_problem
from tenner.release_files import own_releases
from tenner.releases import with_new_names
from tenner.service import Service
from tenner.shown import shown
from tenner.validation import read

if TYPE_CHECKING:
    from tenner.checklists import Checklists
    from tenner.guardrails import Guardrail
    from tenner.plan import Plan
    from tenner.registry import Registry
    from tenner.shared_infra import SharedInfra
    from tenner.spend_names import Names

MANIFEST = "app.yaml"
SHARED_INFRA = "fleet.yaml"
REGISTERED = "apps"
"""The registry's folder in the shared infrastructure's repo."""
DEFAULT_REGISTRY = "../aws-shared-infra/apps"
_MOST_CHARACTERS = 10_000_000


class ManifestFile(NamedTuple):
    """A manifest, the mapping that its file has, the folder that it is in, and its file."""

    manifest: Manifest
    content: Any
    folder: Path
    path: Path


def read_text(path: Path) -> str:
    """Read a file; raises OutsideError or InputError, each with one sentence."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(_MOST_CHARACTERS)  # of /dev/zero, too
    except (FileNotFoundError, NotADirectoryError):
        message = f"{path}: not found"
        raise TennerError(message) from None
    except UnicodeDecodeError as error:
        problem = Problem("", f"not UTF-8 text at byte {error.start}")
        raise InputError(str(path), [problem]) from None
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}"
        raise OutsideError(message) from None


def default_catalog_folder() -> Path:
    """Find the catalog that came with Tenner: in the wheel, or in the template's clone."""
    packaged = Path(__file__).parent / "catalog_data"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "catalog"


def catalog_files(folder: Path) -> Mapping[str, Path]:
    """List the services' files of a catalog folder; raises TennerError where it is none."""
    paths = {path.stem: path for path in sorted((folder / "services").glob("*.yaml"))}
    if not paths:
        message = f"{folder}: expected a catalog folder with services/*.yaml"
        raise TennerError(message)
    return paths


def load_catalog(folder: Path | None = None) -> Catalog:
    """Read the catalog; a service's file is read when it is first asked for.

    Raises InputError with every defect of a file, or TennerError where it is no catalog.
    """
    folder = folder or default_catalog_folder()
    paths = catalog_files(folder)
    environments, assumptions = folder / "environments.yaml", folder / "assumptions.yaml"
    return Catalog(
        _Services(paths),
        parse_environments(read_text(environments), str(environments)),
        parse_assumptions(read_text(assumptions), str(assumptions)),
    )


class _Services(Mapping[str, Service]):
    """The services of a catalog folder, each parsed once and only when it is needed."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths
        self._parsed: dict[str, Service] = {}

    def __getitem__(self, key: str) -> Service:
        if key not in self._parsed:
            path = self._paths[key]
            self._parsed[key] = parse_service(read_text(path), str(path))
        return self._parsed[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def load_manifest(path: Path) -> ManifestFile:
    """Read the manifest of a folder, or a manifest's file itself, also one with older names.

    Raises InputError with every defect of the file, or TennerError where there is none.
    """
    file = path / MANIFEST if os.path.isdir(path) else path  # noqa: PTH112 - any path at all
    if not os.path.exists(file):  # noqa: PTH110
        message = f"{path}: expected a folder with {MANIFEST}, or a manifest's file"
        raise TennerError(message)
    document = with_new_names(exact_yaml.parse(read_text(file), str(file)), own_releases())
    return ManifestFile(read(Manifest, document), document.content, file.parent, file)


def is_shared_infra(folder: Path) -> bool:
    """Tell whether a folder is the shared infrastructure's repo and not an app's."""
    has = [os.path.exists(folder / name) for name in (SHARED_INFRA, MANIFEST)]  # noqa: PTH110
    return has == [True, False]


def load_shared_infra(folder: Path) -> SharedInfra:
    """Read fleet.yaml of a folder; raises InputError with every defect."""
    from tenner.shared_infra import parse_shared_infra  # noqa: PLC0415 - few need it

    path = folder / SHARED_INFRA
    return parse_shared_infra(read_text(path), str(path))


def registry_of_shared(folder: Path) -> Registry:
    """Open the registry of the shared infrastructure in a folder: its own apps/, or a table.

    Whatever else is wrong with fleet.yaml. Raises TennerError where it names no table.
    """
    path, place = folder / SHARED_INFRA, ""
    try:
        content = exact_yaml.parse(read_text(path), str(path)).content
        place = str(content.get("registry") or "") if isinstance(content, dict) else ""
    except InputError:
        pass  # who needs more of it says so
    if place and not is_table(place):
        raise InputError(str(path), [Problem("registry", table_problem(place))])
    return registry_at(place or str(folder / REGISTERED))


def load_guardrails(folder: Path | None = None) -> Mapping[str, Guardrail]:
    """Read the catalog's guardrails; raises InputError with every defect."""
    from tenner.guardrails import parse_guardrails  # noqa: PLC0415 - of no use to a hook

    path = (folder or default_catalog_folder()) / "guardrails.yaml"
    return parse_guardrails(read_text(path), str(path))


def load_compliance(folder: Path | None = None) -> Mapping[str, Regime]:
    """Read the catalog's compliance notes; raises InputError with every defect."""
    folder = folder or default_catalog_folder()
    path = folder / "compliance.yaml"
    return parse_compliance(read_text(path), str(path), catalog_files(folder))


def load_quotas(folder: Path | None = None) -> Mapping[str, Quota]:
    """Read the catalog's quotas; raises InputError with every defect."""
    path = (folder or default_catalog_folder()) / "quotas.yaml"
    return parse_quotas(read_text(path), str(path))


def load_names(catalog: Catalog, folder: Path | None = None) -> Names:
    """Read what Cost Explorer calls what is in the catalog; raises InputError with every defect."""
    from tenner.spend_names import parse_names  # noqa: PLC0415 - of no use to a hook

    path = (folder or default_catalog_folder()) / "cost_explorer.yaml"
    return parse_names(read_text(path), str(path), catalog.services)


def load_checklists(folder: Path | None = None) -> Checklists:
    """Read the catalog's checklists; raises InputError with every defect."""
    from tenner.checklists import parse_checklists  # noqa: PLC0415 - of no use to a hook
    from tenner.review_checks import CHECKS  # noqa: PLC0415

    path = (folder or default_catalog_folder()) / "checklists.yaml"
    return parse_checklists(read_text(path), str(path), CHECKS)


def load_plan(path: Path) -> Plan | None:
    """Read a Terraform plan, or give None where a path is no JSON file, or is a manifest in JSON.

    Raises InputError that names the first defect.
    """
    if path.suffix.lower() != ".json" or os.path.isdir(path):  # noqa: PTH112 - any path at all
        return None
    from tenner.plan import is_plan, parse_plan  # noqa: PLC0415 - of no use to a hook

    text = read_text(path)
    return parse_plan(text, str(path)) if is_plan(text) else None


def registry_at(given: str, base: Path = Path()) -> Registry:
    """Open the registry at the URL of a table, or at a path from a folder.

    Raises TennerError where it is neither; AWS is not asked before something is.
    """
    if not is_table(given):
        return FolderRegistry(base / given)
    if problem := table_problem(given):
        message = f"registry: {problem}"
        raise TennerError(message)
    from tenner.registry_dynamodb import DynamoDBRegistry  # noqa: PLC0415 - a team's choice

    return DynamoDBRegistry(parse_table(given))


def open_registry(option: str | None, file: ManifestFile | None = None) -> Registry:
    """Open the registry that is meant.

    In this order: `--registry`, TENNER_REGISTRY, the manifest's own (relative to its folder),
    the default beside the current folder.
    """
    given = option or os.environ.get("TENNER_REGISTRY")
    if given:
        if not is_table(given) and os.path.isfile(given):  # noqa: PTH113
            message = f"--registry: given the file {given}, expected a folder"
            raise TennerError(message)
        return registry_at(given)
    if file is not None:
        return registry_at(file.manifest.registry, file.folder)
    return FolderRegistry(Path(DEFAULT_REGISTRY))


def registry_to_read(option: str | None, file: ManifestFile | None = None) -> Registry:
    """Open the registry that is meant, to read it: one that `--registry` names must be there.

    Typed in the shared infrastructure's folder, with no app's manifest, its own is meant.
    """
    if option and not is_table(option) and not os.path.exists(option):  # noqa: PTH110 - any path at all
        message = f"--registry: given {shown(option)}, which is not there; expected a folder"
        raise TennerError(message)
    given = option or os.environ.get("TENNER_REGISTRY")
    if not given and file is None and is_shared_infra(Path()):
        return registry_of_shared(Path())
    return open_registry(option, file)
