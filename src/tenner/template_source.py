"""Where an app's template is, as `_src_path` of Copier's answers says; a hook imports it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tenner.write import write_whole

ANSWERS = ".copier-answers.yml"
_LINE, _DOT_LINE = (re.compile(rf"(?m)^_src_path:{dot}[^\n]*$") for dot in ("", r" \."))
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|[^/\s]+@[^/\s]+:")
"""A URL, one of git's or Copier's short forms such as gh:, or an address as scp writes it."""


def is_relative(source: str) -> bool:
    """Tell whether a template is at a path that means another folder elsewhere."""
    return not (_ELSEWHERE.match(source) or source.startswith(("/", "~"))) and bool(source)


def local_path(source: str) -> Path | None:
    """Give the absolute path of a template on this machine, or None where it is not one."""
    if not source or _ELSEWHERE.match(source) or is_relative(source):
        return None
    try:
        return Path(source).expanduser()
    except RuntimeError:  # of a user who is not there
        return Path(source)


def write_source(folder: Path, source: str, *, only_relative: bool = False) -> bool:
    """Write another `_src_path` into a folder's answers; tells whether that changed anything.

    With `only_relative`, only in place of one that begins with a dot. Raises OSError or
    UnicodeDecodeError where it can't be read, OutsideError where it can't be written.
    """
    path = folder / ANSWERS
    text = path.read_text(encoding="utf-8")
    line = f"_src_path: {json.dumps(source, ensure_ascii=False)}"
    mended = (_DOT_LINE if only_relative else _LINE).sub(lambda _: line, text, count=1)
    if mended != text:
        write_whole(path, mended)
    return mended != text
