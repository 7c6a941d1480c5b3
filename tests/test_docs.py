"""The pages of docs/: each is walked through as a reader does, and prints what it shows."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.deployed import KEYS, REGION, until
from tests.doc_walk import Reader, walk
from tests.environments import run_folder, share
from tests.fixtures_generated import ROOT
from tests.guard_cloud import letter
from tests.readers import environment
from tests.real_terraform import terraform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
EMULATED = {"TF_VAR_emulated": "true", "TF_VAR_deletion_protection": "false"}
SIGNED_IN = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}


@pytest.fixture
def place(tmp_path: Path, released_template: Path) -> Path:
    """A reader's folder: the clone of Tenner, and nothing else."""
    shutil.copytree(released_template, tmp_path / "ada" / "tenner", symlinks=True)
    return tmp_path / "ada"


class Cloud:
    """The pages of one account, in order: MiniStack plays AWS, as `make local` has it."""

    def __init__(self, place: Path) -> None:
        self.shared, self.endpoint = place / "aws-shared-infra", ""
        self.reader = Reader(place / "tenner", place, environment(place))

    def start(self) -> None:
        """Start the emulator with the shared infrastructure's own tools; the shell is logged in."""
        share(self.shared, run_folder(self.shared.parents[1]))
        self.type("cd ../aws-shared-infra")
        start = "import sys; from tools import local as here; here.NOTE.parent.mkdir()"
        start += "; print(here.started(sys.argv[1]))"
        words = self.type(f"python -c '{start}' .venv-local/bin/python; cd ../tenner")
        assert "MiniStack starts" in words, words
        note = json.loads((self.shared / "build/local.json").read_text(encoding="utf-8"))
        self.endpoint = str(note["endpoint"])
        keys = {**KEYS, "AWS_ENDPOINT_URL": self.endpoint, **EMULATED}
        self.type("export " + " ".join(f"{name}={value}" for name, value in keys.items()))

    def spend(self, dollars: str) -> None:
        """Tell the topic what AWS Budgets would, and wait until the guard has done its part."""
        sns = boto3.client("sns", REGION, endpoint_url=self.endpoint, **SIGNED_IN)
        topic = f"arn:aws:sns:{REGION}:000000000000:acme-guard-signals"
        sns.publish(TopicArn=topic, Subject="AWS Budgets", Message=letter(dollars))
        until(lambda: self.is_settled(f"actual ${dollars}"), f"the guard, told of {dollars}")

    def is_settled(self, words: str) -> bool:
        """Tell whether the audit trail has these words, and ends with all being as wanted."""
        code, said = self.reader.run("tenner guard status --format json")
        trail = [entry["what"] for entry in json.loads(said)["audit"]] if code == 0 else []
        return any(words in each for each in trail) and trail[-1].startswith("all functions are")

    def type(self, command: str) -> str:
        """Type what no page shows."""
        code, words = self.reader.run(command)
        assert code == 0, words
        return words

    def stop(self) -> None:
        """End the emulator, wherever the pages have ended."""
        self.type(f"make -C '{self.shared}' local-stop")


@pytest.mark.parametrize(
    "page",
    [
        "first-app",
        "add-a-price",
        "advice",
        pytest.param("update", marks=pytest.mark.slow),
        pytest.param("rollout", marks=pytest.mark.slow),
        pytest.param("promote", marks=pytest.mark.slow),
    ],
)
def test_a_page(page: str, place: Path, request: pytest.FixtureRequest) -> None:
    """From an empty folder with a clone, each command prints what the page shows."""
    update = bool(request.config.getoption("--update-golden"))
    with Reader(place / "tenner", place, environment(place)) as reader:
        walk(DOCS / f"{page}.md", reader, update=update)


CLOUD_PAGES = ["first-deploy", "emergency", "local"]


@pytest.fixture(scope="module")
def cloud(released_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One deployment for all pages that need one; each page begins where the one before ended."""
    terraform()
    place = tmp_path_factory.mktemp("docs") / "ada"
    shutil.copytree(released_template, place / "tenner", symlinks=True)
    cloud = Cloud(place)
    with cloud.reader:
        try:
            yield cloud
        finally:
            cloud.stop()


@pytest.mark.slow
@pytest.mark.xdist_group("docs")
@pytest.mark.parametrize("page", CLOUD_PAGES)
def test_a_page_with_an_account(page: str, cloud: Cloud, request: pytest.FixtureRequest) -> None:
    """Deployed on MiniStack, each command prints what the page shows."""
    update = bool(request.config.getoption("--update-golden"))
    meanwhile = {
        "an account": cloud.start,
        "$9.60 of $10.00 are spent": lambda: cloud.spend("9.60"),
        "$10.20 of $10.00 are spent": lambda: cloud.spend("10.20"),
    }
    walk(DOCS / f"{page}.md", cloud.reader, meanwhile, update=update)
