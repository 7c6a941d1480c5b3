"""How far a copy of rows is, in a file: a copy that was cut off goes on there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.errors import OutsideError, TennerError
from tenner.write import write_whole

if TYPE_CHECKING:
    from pathlib import Path


class Progress(NamedTuple):
    """The key after which the next page begins, how many rows were written, and if it is done."""

    after: Any = None
    rows: int = 0
    is_done: bool = False


class Checkpoint(NamedTuple):
    """A file for one copy: of an app, from one table to another, each named with its account."""

    file: Path
    app: str
    source: str
    target: str

    def read(self) -> Progress | None:
        """Give how far it is, None where none was begun; raises TennerError for what it is not."""
        try:
            text = self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            text = ""
        try:
            found = json.loads(text)
            if found["copy"] == self._copy:
                return Progress(**found["state"])
        except (ValueError, KeyError, TypeError):
            pass
        raise TennerError(
            f"{self.file} is not of a copy of {self.app} from {self.source} to {self.target}. "
            "Expected what Tenner wrote; delete it, and the copy begins anew"
        )

    def begin(self) -> Progress:
        """Begin at the first row."""
        return self._write(Progress())

    def note(self, after: Any, rows: int) -> Progress:
        """Note that all rows up to a key were written."""
        return self._write(Progress(after, rows, not after))

    def _write(self, progress: Progress) -> Progress:
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise OutsideError(f"{self.file.parent}: {error.strerror or error}") from None
        write_whole(self.file, json.dumps({"copy": self._copy, "state": progress._asdict()}))
        return progress

    @property
    def _copy(self) -> dict[str, str]:
        return {"app": self.app, "source": self.source, "target": self.target}
