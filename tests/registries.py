"""Both backends of the registry, as tests open and spoil them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenner.dynamodb_journal import JOURNAL, journal_item
from tenner.folder_journal import FILE
from tenner.journal import entry_text
from tenner.load import registry_at
from tests.dynamodb_server import TABLE, DynamoDBServer

if TYPE_CHECKING:
    from tenner.registry import Registry

BACKENDS = ("folder", "dynamodb")
ROOT = Path(__file__).parents[1]


def run_workers(what: str, place: Path, times: int, registry: str = "") -> Any:
    """Run registry_workers.py and give what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.registry_workers", what, str(place), str(times), registry],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Backend:
    """A registry that tests open as often as they like, each time as another process would."""

    def __init__(self, given: str, server: DynamoDBServer | None) -> None:
        self.given = given
        self.server = server

    def open(self) -> Registry:
        """Open it anew."""
        return registry_at(self.given)

    def texts(self) -> dict[str, str]:
        """Give the text of each record as it is kept."""
        if self.server is None:
            paths = [path for path in Path(self.given).glob("*") if path.name != FILE]
            return {path.stem: path.read_text(encoding="utf-8") for path in paths}
        found = self.client.scan(TableName=TABLE)["Items"]
        return {
            each["sk"]["S"]: each["record"]["S"]
            for each in found
            if each["pk"]["S"] == "tenner#registry"
        }

    def spoil(self, app: str, text: str) -> None:
        """Edit the record of an app by hand, or make one."""
        if self.server is None:
            Path(self.given).mkdir(parents=True, exist_ok=True)
            (Path(self.given) / f"{app}.yaml").write_text(text, encoding="utf-8")
        else:
            self.put({"pk": "tenner#registry", "sk": app, "record": text})

    def put(self, item: dict[str, str]) -> None:
        """Put any item into the table."""
        typed = {key: {"S": text} for key, text in item.items()}
        self.client.put_item(TableName=TABLE, Item=typed)

    def fill(self, app: str, text: str) -> None:
        """As `spoil`, but fast: without asking over HTTP."""
        if self.server is None:
            self.spoil(app, text)
        else:
            self.server.fill({"pk": "tenner#registry", "sk": app, "record": text})

    def fill_journal(self, entry: dict[str, Any]) -> None:
        """Add an entry to the journal, fast, and without looking whether it is there."""
        if self.server is not None:
            self.server.fill(journal_item(entry))
            return
        Path(self.given).mkdir(parents=True, exist_ok=True)
        with (Path(self.given) / FILE).open("a", encoding="utf-8") as file:
            file.write(entry_text(entry) + "\n")

    def spoil_journal(self, text: str) -> str:
        """Write nonsense into the journal; gives what the problem's sentence begins with."""
        if self.server is not None:
            self.put({"pk": JOURNAL, "sk": "todo#1", "entry": text})
            return f"{self.open().place}: {JOURNAL} todo#1: entry: "
        path = Path(self.given) / FILE
        lines = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(f"{lines}{text}\n", encoding="utf-8")
        return f"{self.open().place}/{FILE}: line {lines.count(chr(10)) + 1}: "

    def source(self, app: str) -> str:
        """What problems with a record begin with."""
        place = self.open().place
        return f"{self.given}/{app}.yaml" if self.server is None else f"{place}: {app}"

    @property
    def client(self) -> Any:
        """A client of the table."""
        assert self.server is not None
        return self.server.client
