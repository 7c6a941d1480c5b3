"""Pack functions/ and what they need into the zip that Lambda runs: `make package`.

The same sources, requirements and Python make the same bytes, so that an unchanged app is
not deployed again. What differs between machines stays out: times, owners, modes, bytecode,
scripts with the path of an interpreter, and pip's notes of where a package came from.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAMBDA_PYTHON = "3.13"
LAMBDA_PLATFORMS = ("manylinux_2_28_aarch64", "manylinux2014_aarch64")
IN_THE_RUNTIME = ("boto3", "botocore", "s3transfer")  # Lambda brings them
LONGEST_AGO = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier time
PIPS_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")


def main(argv: list[str] | None = None) -> int:
    """Build the zip; 0 if done, 3 if a package can't be had for Lambda."""
    parser = argparse.ArgumentParser(description="Pack the app for Lambda (arm64).")
    parser.add_argument(
        "--host",
        action="store_true",
        help="pack for this machine instead, for an emulator, to build/app-host.zip",
    )
    parser.add_argument("--output", type=Path, help="where to, instead of build/app.zip")
    options = parser.parse_args(argv)
    output = options.output or ROOT / "build" / ("app-host.zip" if options.host else "app.zip")

    with tempfile.TemporaryDirectory() as name:
        packages = Path(name)
        installed = install(ROOT / "requirements.txt", packages, for_host=options.host)
        if installed != 0:
            print("package: pip can't install requirements.txt; its words are above.")
            return 3
        size = write_zip(output, [*files(packages), *files(ROOT, only="functions")])
    print(f"package: {output} ({size:,} bytes)")
    return 0


def install(requirements: Path, target: Path, *, for_host: bool) -> int:
    """Install the requirements into a folder, as wheels only: nothing is built or run."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-compile", "--only-binary=:all:", "--target", str(target)]
    if not for_host:
        command += ["--implementation", "cp", "--python-version", LAMBDA_PYTHON]
        command += [f"--platform={platform}" for platform in LAMBDA_PLATFORMS]
    return subprocess.run([*command, "--requirement", str(requirements)], check=False).returncode


def files(root: Path, only: str = "") -> Iterable[tuple[str, Path]]:
    """Name the files below a folder that belong into the zip, each with its place there."""
    for path in (root / only).rglob("*"):
        place = path.relative_to(root)
        if path.is_file() and is_wanted(place):
            yield place.as_posix(), path


def is_wanted(place: Path) -> bool:
    """Say whether a file is part of the app, or only of the machine that packs it."""
    top = place.parts[0]
    return not (
        top == "bin"
        or top.partition("-")[0] in IN_THE_RUNTIME
        or (top.endswith(".dist-info") and place.name in PIPS_NOTES)
        or place.suffix == ".pyc"
        or any(part.startswith(".") or part == "__pycache__" for part in place.parts)
    )


def write_zip(output: Path, members: Iterable[tuple[str, Path]]) -> int:
    """Write a zip that depends on the files' names and bytes alone; say its size in bytes."""
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = output.with_name(f"{output.name}.{os.getpid()}.tmp")
    try:
        with zipfile.ZipFile(unfinished, "w") as archive:
            for place, path in sorted(members):
                member = zipfile.ZipInfo(place, LONGEST_AGO)
                member.create_system = 3  # Unix, wherever this runs: Lambda reads the mode
                member.external_attr = 0o100644 << 16
                archive.writestr(
                    member, path.read_bytes(), compress_type=zipfile.ZIP_DEFLATED, compresslevel=9
                )
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    return output.stat().st_size


if __name__ == "__main__":
    sys.exit(main())
