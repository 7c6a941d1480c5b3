"""Promotion: when it is time, the branch with prod, and rows that arrive whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from copier import run_copy
from hypothesis import given
from hypothesis import strategies as st

from tenner import cli, promote_rows
from tenner.errors import OutsideError, TennerError
from tenner.estimate import Bill
from tenner.manifest import parse_manifest
from tenner.promote_rows import Copy, Table
from tenner.promote_side import Side
from tenner.promotion import promotion_of, steps_of, with_prod
from tenner.rows import Sum, is_gone
from tenner.workload import workload_of, workloads_of
from tests.dynamodb_server import KEYS, TABLE, DynamoDBServer, Fault
from tests.fixtures_generated import plain_copy
from tests.mutations import MANIFEST

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tenner.catalog import Catalog

OWN = "todo-prod"
MANY = 40_000.0  # units a second: tests don't wait


@pytest.mark.parametrize(
    ("revenue", "is_time"), [(None, False), ("50", False), ("50.01", True), ("80", True)]
)
def test_the_rule(revenue: str | None, is_time: bool, catalog: Catalog) -> None:
    """It is time above $50 a month, not at it."""
    earned = Decimal(revenue) if revenue else None
    found = promotion_of(parse_manifest(MANIFEST, "app.yaml"), [], catalog, "list", earned)
    assert found.is_time == is_time
    assert found.break_even < 50


def test_revenue_must_pay_for_prod(catalog: Catalog) -> None:
    """Above $50 an app that costs more than it earns has not earned an account."""
    text = MANIFEST.replace("requests_per_month: ", "requests_per_month: 1000000")
    manifest = parse_manifest(text, "app.yaml")
    cost = promotion_of(manifest, [], catalog, "list", None).break_even
    assert cost > 50
    at, above = (
        promotion_of(manifest, [], catalog, "list", cost + more)
        for more in (Decimal(0), Decimal("0.01"))
    )
    assert (at.is_time, above.is_time) == (False, True)
    assert at.margin == 0


def test_figures_are_those_of_the_estimate(catalog: Catalog) -> None:
    """Today, prod and alone are three bills and their differences."""
    manifest = parse_manifest(MANIFEST, "app.yaml")
    only_dev = manifest.model_copy(update={"environments": {"dev": manifest.environments["dev"]}})
    other = workloads_of(only_dev.model_copy(update={"app": "other"}), catalog)
    found = promotion_of(only_dev, other, catalog, "always-free", Decimal(100))
    dev = workloads_of(only_dev, catalog)
    prod = workload_of(with_prod(only_dev), "prod", catalog)
    rest, now, then = (
        Bill(catalog, each).total for each in (other, [*other, *dev], [*other, *dev, prod])
    )
    assert (found.today, found.prod) == (now - rest, then - now)
    assert found.alone == Bill(catalog, [*dev, prod]).total
    assert found.margin == (100 - found.today - found.prod) / 100


def test_steps_name_secrets_but_no_values() -> None:
    """Each secret of the app has its command, and the last step is the way back."""
    steps = steps_of(parse_manifest(MANIFEST, "app.yaml"), "/somewhere/my app")
    commands = [command for step in steps for command in step.commands]
    assert "cd '/somewhere/my app'" in commands
    puts = [command for command in commands if "tenner secret put" in command]
    assert puts
    assert all(command.endswith(" --environment prod") for command in puts)
    assert steps[-1].what.startswith("the way back")


Item = st.fixed_dictionaries(
    {"pk": st.builds(lambda text: {"S": text}, st.text(max_size=5))},
    optional={
        "n": st.builds(lambda number: {"N": str(number)}, st.integers()),
        "b": st.builds(lambda content: {"B": content}, st.binary(max_size=4)),
        "ss": st.builds(
            lambda texts: {"SS": list(texts)}, st.sets(st.text(max_size=2), min_size=1)
        ),
        "l": st.just({"L": [{"NULL": True}, {"M": {"x": {"BOOL": False}}}]}),
    },
)


@given(st.lists(Item, max_size=8), st.randoms())
def test_a_sum_knows_no_order(items: list[dict[str, Any]], shuffle: random.Random) -> None:
    """In any order, and in any parts, rows have the same sum; sets have no order either."""
    mixed = [{**each, "ss": {"SS": sorted(each["ss"]["SS"])}} if "ss" in each else each
             for each in items]  # fmt: skip
    shuffle.shuffle(mixed)
    half = len(mixed) // 2
    assert Sum().plus(items) == Sum().plus(mixed[:half]).plus(mixed[half:])


@given(st.lists(Item, min_size=1, max_size=5), st.integers(0, 4))
def test_a_sum_notices_a_change(items: list[dict[str, Any]], at: int) -> None:
    """A row more, a row less, a row twice or another value is another sum."""
    whole, at = Sum().plus(items), at % len(items)
    rest = items[:at] + items[at + 1 :]
    assert Sum().plus(rest) != whole
    assert Sum().plus([*items, items[at]]) != whole
    assert Sum().plus([*rest, {**items[at], "more": {"S": ""}}]).total != whole.total


@pytest.mark.parametrize(("at", "gone"), [("99", True), ("100", True), ("101", False)])
def test_rows_that_are_gone(at: str, gone: bool) -> None:
    """A row whose second has come is not copied, whether DynamoDB has deleted it or not."""
    assert is_gone({"expires_at": {"N": at}}, 100) == gone
    assert not is_gone({"pk": {"S": "x"}}, 100)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBServer]:
    """A DynamoDB with a shared table and an app's own, both empty."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    found = DynamoDBServer()
    found.reset()
    keys = {"pk": "HASH", "sk": "RANGE"}
    found.client.create_table(
        TableName=OWN,
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", found.url)
    yield found
    found.stop()


class Here(Side):
    """The emulator's account, without asking for it: it has no STS."""

    account = "123456789012"


@pytest.fixture
def job(server: DynamoDBServer, tmp_path: Path) -> Copy:
    """A copy of 240 rows of todo, which lie between those of todo2 and of tod."""
    for number in range(240):
        server.fill({"pk": f"todo#{number % 7}", "sk": f"{number:05}", "text": "x" * 50})
    for app in ("todo2", "tod", "pip"):
        for number in range(20):
            server.fill({"pk": f"{app}#1", "sk": f"{number:05}"})
    side = Here("", "us-east-1", "--from-profile")
    return Copy(
        "todo", Table(side, TABLE), Table(side, OWN), tmp_path / "s" / "copy.json", MANY, 50
    )


def sums(job: Copy) -> tuple[Sum, Sum]:
    """What both tables have of the app."""
    return (
        promote_rows.sum_of(job.source, "todo", MANY, time.time()),
        promote_rows.sum_of(job.target, "todo", MANY, time.time()),
    )


def silent(_rows: int) -> None:
    """Tell nobody."""


def test_all_rows_of_the_app_and_no_others(server: DynamoDBServer, job: Copy) -> None:
    """The copy has each row of the app, none of another whose name begins so, and the same sum."""
    assert promote_rows.copy(job, silent) == 240
    source, target = sums(job)
    assert source == target
    assert source.rows == 240
    assert server.client.scan(TableName=OWN, Select="COUNT")["Count"] == 240


def test_rows_that_are_there_are_not_written_over(server: DynamoDBServer, job: Copy) -> None:
    """A table that has rows of the app already is refused, and keeps them, unless it is agreed."""
    newer = {"pk": {"S": "todo#1"}, "sk": {"S": "00001"}, "text": {"S": "newer"}}
    server.client.put_item(TableName=OWN, Item=newer)
    with pytest.raises(TennerError, match=r"todo-prod in account .* has rows of todo already"):
        promote_rows.copy(job, silent)
    assert server.client.scan(TableName=OWN)["Items"] == [newer]
    assert not job.checkpoint.exists()
    promote_rows.begin_again(job)
    promote_rows.copy(job, silent)
    assert len(set(sums(job))) == 1


def test_a_change_meanwhile_is_noticed_and_taken_in(server: DynamoDBServer, job: Copy) -> None:
    """The old app goes on: what it wrote after the copy shows in the sums, and comes next time."""
    promote_rows.copy(job, silent)
    server.fill({"pk": "todo#3", "sk": "new"})
    source, target = sums(job)
    assert (source.rows, target.rows) == (241, 240)
    promote_rows.copy(job, silent)
    assert len(set(sums(job))) == 1


THROTTLED = [Fault(code="ProvisionedThroughputExceededException")] * 4


@pytest.mark.parametrize("operation", ["Scan", "BatchWriteItem"])
def test_throttling_is_waited_for(operation: str, server: DynamoDBServer, job: Copy) -> None:
    """Requests that AWS throttles are made again, and nothing is left out."""
    server.fail(operation, *THROTTLED)
    promote_rows.copy(job, silent)
    assert len(set(sums(job))) == 1


def test_an_expired_credential_is_one_sentence(server: DynamoDBServer, job: Copy) -> None:
    """Nothing was changed, and it says what to do."""
    server.fail("Scan", Fault(code="ExpiredTokenException"))
    with pytest.raises(OutsideError) as caught:
        promote_rows.copy(job, silent)
    assert str(caught.value) == (
        "--from-profile: AWS does not know these credentials, or no longer: "
        "ExpiredTokenException. Log in: aws sso login"
    )
    assert "BatchWriteItem" not in server.requests


def test_another_copy_s_checkpoint(job: Copy) -> None:
    """A checkpoint between other tables is refused, and kept."""
    promote_rows.copy(job, silent)
    other = job._replace(app="pip")
    with pytest.raises(TennerError, match="is of no copy from"):
        promote_rows.copy(other, silent)
    job.checkpoint.write_text("{", encoding="utf-8")
    with pytest.raises(TennerError, match="is of no copy from"):
        promote_rows.copy(job, silent)


COPYING = """
import sys
from pathlib import Path
from tests.test_promote import Here, OWN, TABLE, Copy, Table, promote_rows
side = Here("", "us-east-1", "--from-profile")
job = Copy("todo", Table(side, TABLE), Table(side, OWN), Path(sys.argv[1]), 40000.0, 50)
promote_rows.copy(job, lambda rows: print(rows, flush=True))
"""


def test_killed_halfway_and_resumed(server: DynamoDBServer, job: Copy) -> None:
    """After SIGKILL in the middle of a copy another process goes on, and reads no page anew."""
    command = [sys.executable, "-c", COPYING, str(job.checkpoint)]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))

    process = start()
    assert process.stdout is not None
    first = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    there = promote_rows.sum_of(job.target, "todo", MANY, time.time()).rows
    assert first <= there < 240
    state = json.loads(job.checkpoint.read_text(encoding="utf-8"))["state"]
    assert state["after"]
    server.requests.clear()
    process = start()
    words, _ = process.communicate()
    assert process.returncode == 0
    assert words.split()[-1] == "240"
    assert server.requests.count("Scan") < -(-300 // 50)  # not the first page again
    assert len(set(sums(job))) == 1


@pytest.fixture
def promoted(tmp_path: Path) -> Callable[..., int]:
    """The command, about an app with dev that is registered in this folder."""
    template = plain_copy(tmp_path / "template")

    def git(*words: str, folder: Path = template) -> str:
        command = ["git", "-C", str(folder), "-c", "user.name=me", "-c", "user.email=me@x", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "All")
    git("tag", "v1.0.0")
    run_copy(
        str(template), tmp_path / "todo", vcs_ref="v1.0.0", defaults=True, unsafe=True, quiet=True,
        data={"app_name": "todo", "app_secrets": "token", "registry": "../apps"},
    )  # fmt: skip

    def run(*words: str, app: str = "todo") -> int:
        return cli.main(["promote", app, "--registry", str(tmp_path / "apps"), *words])

    return run


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.slow
def test_prod_comes_on_a_branch(
    promoted: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The branch has Terraform of prod; the folder, its branch and the registry are as before."""
    todo, record = tmp_path / "todo", tmp_path / "apps/todo.yaml"
    before = (_git(todo, "rev-parse", "HEAD"), record.read_text(encoding="utf-8"))
    assert promoted("--revenue", "80", "--dry-run") == 0
    assert "would get the branch tenner/prod" in capsys.readouterr().out
    assert promoted("--revenue", "20") == 1
    assert "It is too early" in capsys.readouterr().out
    assert _git(todo, "branch", "--list", "tenner/*") == ""

    assert promoted("--revenue", "80", "--yes") == 0
    said = capsys.readouterr().out
    assert "It is time" in said
    assert "tenner secret put token --environment prod" in said
    assert (_git(todo, "rev-parse", "HEAD"), record.read_text(encoding="utf-8")) == before
    assert _git(todo, "status", "--porcelain") == ""
    files = _git(todo, "diff", "--name-only", "HEAD...tenner/prod").split()
    assert {"app.yaml", "terraform/production/table.tf", "functions/rotation/issuer.py"} <= {*files}
    manifest = _git(todo, "show", "tenner/prod:app.yaml")
    assert list(parse_manifest(manifest, "app.yaml").environments) == ["dev", "prod"]
    assert promoted("--revenue", "80", "--yes") == 2
    assert "has the branch tenner/prod already" in capsys.readouterr().err


@pytest.mark.slow
def test_what_a_person_changed_stays(
    promoted: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A change that does not meet prod's is on the branch; one that does ends it, in a sentence."""
    todo = tmp_path / "todo"
    text = (todo / "app.yaml").read_text(encoding="utf-8")
    kept = text.replace("requests_per_month: 10000", "requests_per_month: 4321")
    assert kept != text

    def commit(text: str) -> None:
        (todo / "app.yaml").write_text(text, encoding="utf-8")
        _git(todo, "-c", "user.name=me", "-c", "user.email=me@x", "commit", "-qam", "Mine")

    commit(kept.replace("  dev: {}", "  dev: {use_multiplier: 2}\n  # mine"))
    assert promoted("--revenue", "80", "--yes") in {2, 3}
    assert "app.yaml" in capsys.readouterr().err
    assert _git(todo, "branch", "--list", "tenner/*") == ""
    commit(kept)
    assert promoted("--revenue", "80", "--yes") == 0
    assert "4321" in _git(todo, "show", "tenner/prod:app.yaml")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--back"], "--back: given without --rows, expected with it"),
        (["--revenue", "many"],
         '--revenue: given "many", expected dollars a month in plain digits, such as 80'),
        (["--revenue", "-1"],
         '--revenue: given "-1", expected dollars a month in plain digits, such as 80'),
        (["--rows", "--from-profile", "nobody"],
         "--from-profile nobody: there is no such profile; expected one of ~/.aws/config"),
    ],
)  # fmt: skip
def test_wrong_words(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each is one sentence, and nothing is changed."""
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    (tmp_path / "todo").mkdir()
    (tmp_path / "todo/app.yaml").write_text(MANIFEST, encoding="utf-8")
    registry = ["--registry", str(tmp_path / "apps")]
    subprocess.run(["git", "init", "-q", str(tmp_path / "todo")], check=True)
    assert cli.main(["register", str(tmp_path / "todo"), *registry]) == 0
    capsys.readouterr()
    assert cli.main(["promote", "todo", *registry, *words]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"
    assert cli.main(["promote", "nobody", *registry]) == 2
    assert '"nobody" is not registered in ' in capsys.readouterr().err
