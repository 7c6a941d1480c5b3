"""Pack functions/ into the zip of the guard: the same sources make the same bytes."""

import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ZIP = ROOT / "build" / "guard.zip"
LONGEST_AGO = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier time


def pack(output: Path = ZIP) -> Path:
    """Write the zip, whole or not at all; Lambda brings all else that the guard needs."""
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = output.with_suffix(".tmp")
    functions = ROOT / "functions"
    with zipfile.ZipFile(unfinished, "w") as archive:
        for path in sorted(functions.rglob("*.py")):
            member = zipfile.ZipInfo(path.relative_to(functions).as_posix(), LONGEST_AGO)
            member.create_system = 3  # Unix, wherever this runs: Lambda reads the mode
            member.external_attr = 0o100644 << 16
            archive.writestr(member, path.read_bytes(), compress_type=zipfile.ZIP_DEFLATED)
    unfinished.replace(output)
    return output
