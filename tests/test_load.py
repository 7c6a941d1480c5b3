"""What is read from the disk is read whole, or told in one sentence."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenner import load
from tenner.errors import InputError, OutsideError, TennerError
from tenner.registry_folder import FolderRegistry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenner.catalog import Catalog


@pytest.fixture
def repo(tmp_path: Path, manifest_text: str) -> Path:
    """A folder that has a manifest."""
    folder = tmp_path / "todo"
    folder.mkdir()
    (folder / "app.yaml").write_text(manifest_text, encoding="utf-8")
    return folder


@pytest.fixture
def catalog_copy(tmp_path: Path) -> Path:
    """A copy of the catalog, to break."""
    folder = tmp_path / "catalog"
    shutil.copytree(load.default_catalog_folder(), folder)
    return folder


def message(error: TennerError, folder: Path) -> str:
    """Give an error's sentences with the test's folder taken out."""
    return str(error).replace(f"{folder}{os.sep}", "")


def test_a_folder_or_its_file(repo: Path) -> None:
    """A manifest is found by its folder or by its own name."""
    by_folder, by_file = load.load_manifest(repo), load.load_manifest(repo / "app.yaml")
    assert by_folder == by_file
    assert by_file.manifest.app == "todo"
    assert by_file.content["app"] == "todo"
    assert by_file.folder == repo


def test_a_manifest_may_have_another_name(repo: Path) -> None:
    """A file that is named is read, whatever its name."""
    (repo / "app.yaml").rename(repo / "other.yml")
    assert load.load_manifest(repo / "other.yml").path == repo / "other.yml"


@pytest.mark.parametrize("path", ["nowhere", "todo/app.yaml/x", "x" * 300, "x/" * 3000, "a\0b"])
def test_no_manifest(repo: Path, path: str) -> None:
    """What is not there, or can't be, is told with what was expected."""
    with pytest.raises(TennerError) as caught:
        load.load_manifest(repo.parent / path)
    given = Path(path)
    assert message(caught.value, repo.parent) == (
        f"{given}: expected a folder with app.yaml, or a manifest's file"
    )
    assert caught.value.exit_code == 2


def test_a_manifest_that_is_a_folder(tmp_path: Path) -> None:
    """A folder where a file should be is trouble outside, with the system's reason."""
    (tmp_path / "app.yaml").mkdir()
    with pytest.raises(OutsideError) as caught:
        load.load_manifest(tmp_path)
    assert message(caught.value, tmp_path) == "app.yaml can't be read: Is a directory"
    assert caught.value.exit_code == 3


def test_a_manifest_that_is_not_text(repo: Path) -> None:
    """Bytes that are not UTF-8 are told with their place."""
    (repo / "app.yaml").write_bytes(b"app: \xff")
    with pytest.raises(InputError) as caught:
        load.load_manifest(repo)
    assert message(caught.value, repo) == "app.yaml: not UTF-8 text at byte 5"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero on this system")
def test_a_file_without_an_end() -> None:
    """No more is read than a manifest may have."""
    with pytest.raises(InputError) as caught:
        load.load_manifest(Path("/dev/zero"))
    assert str(caught.value) == "/dev/zero: given 10000000 characters, expected at most 1000000"


def test_read_text_of_nothing(tmp_path: Path) -> None:
    """A file that is not there is told by its name."""
    with pytest.raises(TennerError) as caught:
        load.read_text(tmp_path / "x.yaml")
    assert message(caught.value, tmp_path) == "x.yaml: not found"


def test_the_catalog_comes_with_tenner(catalog: Catalog) -> None:
    """Every file of the catalog is a service, by the name of the file."""
    files = {path.stem for path in (load.default_catalog_folder() / "services").glob("*.yaml")}
    assert set(catalog.services) == files
    assert len(catalog.services) == len(files) >= 17


def test_a_service_is_read_once(catalog: Catalog) -> None:
    """A service's file is parsed when it is first asked for, and then kept."""
    assert catalog.services["lambda"] is catalog.services["lambda"]
    with pytest.raises(KeyError):
        catalog.services["nothing"]


def test_another_catalog(catalog_copy: Path) -> None:
    """A catalog of one's own has its own prices."""
    path = catalog_copy / "services" / "sqs.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("service: ", "service: My ", 1), encoding="utf-8")
    assert load.load_catalog(catalog_copy).services["sqs"].service.startswith("My ")


@pytest.mark.parametrize("folder", ["nowhere", "catalog/services", "catalog/environments.yaml"])
def test_no_catalog(catalog_copy: Path, folder: str) -> None:
    """A folder that is no catalog is told with what was expected."""
    with pytest.raises(TennerError) as caught:
        load.load_catalog(catalog_copy.parent / folder)
    assert message(caught.value, catalog_copy.parent) == (
        f"{folder}: expected a catalog folder with services/*.yaml"
    )


@pytest.mark.parametrize("name", ["environments.yaml", "assumptions.yaml"])
def test_a_catalog_without_a_file(catalog_copy: Path, name: str) -> None:
    """A catalog that lacks a file says which."""
    (catalog_copy / name).unlink()
    with pytest.raises(TennerError) as caught:
        load.load_catalog(catalog_copy)
    assert message(caught.value, catalog_copy) == f"{name}: not found"


def test_a_broken_service_names_its_file(catalog_copy: Path) -> None:
    """A defect of the catalog is told with its file, line and key path."""
    (catalog_copy / "services" / "sqs.yaml").write_text("service: SQS\nitem: {}\n")
    services = load.load_catalog(catalog_copy).services
    with pytest.raises(InputError) as caught:
        services["sqs"]
    assert message(caught.value, catalog_copy) == (
        "services/sqs.yaml: line 1: items: missing; expected a value\n"
        "services/sqs.yaml: line 2: item: unknown key; take it away or mend its spelling"
    )


@pytest.mark.parametrize(
    ("option", "environment", "expected"),
    [
        ("a", {"TENNER_REGISTRY": "b"}, "a"),
        (None, {"TENNER_REGISTRY": "b"}, "b"),
        (None, {"TENNER_REGISTRY": ""}, "aws-shared-infra/apps"),
        (None, {}, "aws-shared-infra/apps"),
        ("", {}, "aws-shared-infra/apps"),
    ],
)
def test_which_registry_is_meant(
    repo: Path,
    monkeypatch: pytest.MonkeyPatch,
    option: str | None,
    environment: Mapping[str, str],
    expected: str,
) -> None:
    """The option beats the environment, and both beat the manifest's own."""
    monkeypatch.chdir(repo.parent)
    monkeypatch.delenv("TENNER_REGISTRY", raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    opened = load.open_registry(option, load.load_manifest(repo))
    assert isinstance(opened, FolderRegistry)
    assert opened.folder == repo.parent / expected


def test_the_default_registry(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a manifest it is beside the current folder."""
    monkeypatch.chdir(repo)
    monkeypatch.delenv("TENNER_REGISTRY", raising=False)
    opened = load.open_registry(None)
    assert isinstance(opened, FolderRegistry)
    assert opened.folder == repo.parent / "aws-shared-infra" / "apps"


def test_a_registry_that_is_a_file(repo: Path) -> None:
    """A file is no registry."""
    with pytest.raises(TennerError) as caught:
        load.open_registry(str(repo / "app.yaml"))
    assert message(caught.value, repo) == "--registry: given the file app.yaml, expected a folder"
