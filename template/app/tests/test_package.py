"""The zip: what is in it, and that it is the same each time."""

import os
import time
import zipfile
from pathlib import Path

import pytest

from tools import package


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder as pip and an editor leave it."""
    tree = tmp_path / "tree"
    for name in (
        "functions/api/handler.py",
        "functions/api/ä.json",
        "functions/__pycache__/handler.cpython-313.pyc",
        "functions/.DS_Store",
        "lib/__init__.py",
        "lib-1.0.dist-info/METADATA",
        "lib-1.0.dist-info/RECORD",
        "lib-1.0.dist-info/direct_url.json",
        "bin/script",
        "boto3/__init__.py",
        "botocore-1.44.5.dist-info/METADATA",
    ):
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8")
    return tree


def test_only_what_runs_is_packed(tree: Path, tmp_path: Path) -> None:
    """Bytecode, scripts, pip's notes and what Lambda brings stay out; names are sorted."""
    package.write_zip(tmp_path / "app.zip", package.files(tree))
    assert zipfile.ZipFile(tmp_path / "app.zip").namelist() == [
        "functions/api/handler.py",
        "functions/api/ä.json",
        "lib-1.0.dist-info/METADATA",
        "lib/__init__.py",
    ]


def test_only_functions_of_the_app(tree: Path) -> None:
    """Of the app's own folder only functions/ is packed, under that name."""
    places = {place for place, _ in package.files(tree, only="functions")}
    assert places == {"functions/api/handler.py", "functions/api/ä.json"}


def test_the_same_files_make_the_same_bytes(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order, times, modes, umask and time zone make no difference."""
    members = list(package.files(tree))
    package.write_zip(tmp_path / "a.zip", members)
    for _, path in members:
        os.utime(path, (0, 2_000_000_000))
        path.chmod(0o755)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    umask = os.umask(0o077)
    try:
        package.write_zip(tmp_path / "b.zip", reversed(members))
    finally:
        os.umask(umask)
        monkeypatch.undo()
        time.tzset()
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_failed_build_leaves_the_last(tree: Path, tmp_path: Path) -> None:
    """A file that vanishes while packing leaves the old zip, and no half one."""
    output = tmp_path / "app.zip"
    package.write_zip(output, package.files(tree))
    before = output.read_bytes()
    with pytest.raises(FileNotFoundError):
        package.write_zip(output, [*package.files(tree), ("x", tree / "gone")])
    assert output.read_bytes() == before
    assert [path.name for path in tmp_path.glob("app.zip*")] == ["app.zip"]
