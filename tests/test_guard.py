"""The brake's pure half, and the commands `tenner guard` on an account of moto."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from tenner.cli import main
from tenner.errors import InputError
from tenner.guard_handler import guard_with
from tenner.guard_items import item_of_state, state_of
from tenner.guard_signals import Place, signals_of
from tenner.guard_stages import (
    ALL,
    Stage,
    State,
    at_moment,
    end_of_month,
    engaged,
    let_go,
    signalled,
    stage_of,
)
from tenner.shared_infra import parse_shared_infra
from tests.cost_explorer import CostExplorerServer
from tests.fixtures_generated import ROOT
from tests.guard_cloud import APIS, ENDS, NOW, TABLE, Cloud, alarm, letter, plain, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenner.catalog import Catalog

PLACE = Place("acme", "dev")
NOVEMBER = State(month="2026-11")
STAGES = st.sampled_from([Stage.WARN, Stage.DEGRADE, Stage.STOP])
APPS = st.sampled_from([ALL, "todo", "link"])


def asked(text: str, place: Place = PLACE) -> list[tuple[str, Stage]]:
    """What one SNS message with this text asks for."""
    sns = {"MessageId": "m", "Timestamp": "2026-11-21T12:00:00.000Z", "Message": text}
    event = {"Records": [{"Sns": sns}]}
    return [(signal.app, signal.stage) for signal in signals_of(event, place)]


@pytest.mark.parametrize(
    ("over", "spent", "kind", "expected"),
    [
        ("5.00", "5.01", "ACTUAL", Stage.WARN),
        ("8.00", "8.20", "ACTUAL", Stage.WARN),
        ("9.50", "9.51", "ACTUAL", Stage.DEGRADE),
        ("10.00", "10.01", "ACTUAL", Stage.STOP),
        ("10.00", "14.20", "FORECASTED", Stage.WARN),
    ],
)
def test_what_each_of_the_five_notices_asks_for(
    over: str, spent: str, kind: str, expected: Stage
) -> None:
    """50 and 80 % warn, 95 % degrades, 100 % stops; a forecast over it warns."""
    assert asked(letter(spent, over, kind)) == [(ALL, expected)]
    app = letter(spent, over, kind, name="acme-app-todo")
    assert asked(app) == [("todo", expected)]
    assert asked(app.replace("\n", " \r\n")) == [("todo", expected)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (letter("9.49"), [(ALL, Stage.WARN)]),
        (letter("9.5"), [(ALL, Stage.DEGRADE)]),
        (letter("9.99"), [(ALL, Stage.DEGRADE)]),
        (letter("10.00"), [(ALL, Stage.STOP)]),
        (letter("10.20", "5.00"), [(ALL, Stage.STOP)]),
        (letter("1,000.00", limit="1,052.63"), [(ALL, Stage.DEGRADE)]),
        (letter("1,000.00", limit="1,052.64"), [(ALL, Stage.WARN)]),
        (letter("10.00", name="other-account"), []),
        (letter("10.00", name="acme-app-"), []),
        (letter("10.00", limit="0.00"), [(ALL, Stage.WARN)]),
        (letter("much", "too much"), [(ALL, Stage.WARN)]),
        (letter("10.00", kind="PLANNED"), [(ALL, Stage.WARN)]),
        ("", []),
        ("{}", []),
        ("[" * 100_000, []),
        ("null", []),
    ],
)
def test_what_a_budget_asks_for(text: str, expected: list[Any]) -> None:
    """Both sides of 95 % and 100 %, whichever threshold it is of; what can't be read warns."""
    assert asked(text) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("acme-guard-invocations", "ALARM", [(ALL, Stage.DEGRADE)]),
        ("acme-dev-guard-writes", "ALARM", [(ALL, Stage.DEGRADE)]),
        ("acme-dev-guard-writes", "OK", []),
        ("acme-dev-guard-writes", "INSUFFICIENT_DATA", []),
        ("acme-staging-guard-writes", "ALARM", []),
        ("somebodys-own", "ALARM", []),
    ],
)
def test_what_an_alarm_asks_for(name: str, value: str, expected: list[Any]) -> None:
    """An alarm degrades; one that is over, of another environment or not the guard's, does not."""
    assert asked(alarm(name, value)) == expected


def test_an_event_without_messages_is_none() -> None:
    """The hourly event and an empty one ask for nothing."""
    assert signals_of({}, PLACE) == signals_of({"source": "aws.events"}, PLACE) == []


@given(st.permutations([(ALL, Stage.WARN), (ALL, Stage.STOP), ("todo", Stage.DEGRADE)] * 2))
def test_order_and_number_of_signals_do_not_matter(signals: list[tuple[str, Stage]]) -> None:
    """Twice and in any order, the same signals make the same state."""
    state = NOVEMBER
    for app, stage in signals:
        state = signalled(state, app, stage, NOW)
    assert state.automatic == {ALL: Stage.STOP, "todo": Stage.DEGRADE}


@given(st.lists(st.tuples(st.sampled_from(["signal", "engage", "release"]), APPS, STAGES)))
def test_the_last_word_of_a_person_counts(happenings: list[tuple[str, str, Stage]]) -> None:
    """After any history: released is released, whatever signals say; engaged is engaged."""
    state = NOVEMBER
    for what, app, stage in happenings:
        if what == "signal":
            state = signalled(state, app, stage, NOW)
        elif what == "engage":
            state = engaged(state, app, stage)
        else:
            state = let_go(state, app, ENDS)
        assert state_of(item_of_state(state)) == state
    released = signalled(let_go(state, ALL, ENDS), ALL, Stage.STOP, NOW)
    assert {stage_of(released, app) for app in ("todo", "link")} == {Stage.NONE}
    one = signalled(let_go(state, "todo", ENDS), "todo", Stage.STOP, NOW)
    assert stage_of(one, "todo") is Stage.NONE
    stopped = engaged(released, ALL, Stage.STOP)
    assert {stage_of(stopped, app) for app in ("todo", "link")} == {Stage.STOP}
    assert stage_of(stopped, "todo", frozenset(["todo"])) is Stage.NONE
    assert stage_of(engaged(stopped, "todo", Stage.STOP), "todo", frozenset(["todo"])) is Stage.STOP


def test_the_month_ends_in_utc() -> None:
    """Up to the last second signals stand; in the first one of the next they are over."""
    state = signalled(NOVEMBER, ALL, Stage.STOP, NOW)
    by_hand = engaged(state, "todo", Stage.DEGRADE)
    assert end_of_month(NOW) == ENDS == datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    assert end_of_month(ENDS) == datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    assert at_moment(by_hand, ENDS - 1) == by_hand
    turned = at_moment(by_hand, ENDS)
    assert turned == replace(by_hand, month="2026-12", automatic={})
    assert (stage_of(turned, "link"), stage_of(turned, "todo")) == (Stage.NONE, Stage.DEGRADE)


def test_the_alarms_prices_are_the_price_books(catalog: Catalog) -> None:
    """What thresholds are made of: Lambda, the API, and the table, as the catalog has them."""

    def usd(service: str, item: str) -> Decimal:
        found = catalog.services[service].items[item]
        return found.regions["us-east-1"].tiers[0].usd / found.per

    million, gb_s = 10**6, Decimal("0.2") * Decimal("0.25")
    invocation = (
        usd("lambda", "requests")
        + usd("api_gateway", "http_requests")
        + gb_s * usd("lambda", "duration_arm64")
    )
    folder = ROOT / "template/shared-infra/terraform"
    account, shared = (folder / f"{root}/variables.tf" for root in ("account", "shared"))
    for file, name, price in (
        (account, "invocations", round(invocation * million, 2)),
        (shared, "reads", usd("dynamodb", "on_demand_reads") * million),
        (shared, "writes", usd("dynamodb", "on_demand_writes") * million),
    ):
        block = file.read_text().partition(f'"usd_per_million_{name}"')[2].partition("}")[0]
        assert Decimal(block.partition("default     = ")[2].strip()) == price


def test_the_shared_repo_has_the_same_code() -> None:
    """What Lambda runs is what the command runs: the same files, and no module is missing."""
    functions = ROOT / "template/shared-infra/functions/tenner"
    files = {path.name: path for path in functions.glob("guard_*.py")}
    for name, path in files.items():
        assert path.is_symlink()
        assert path.resolve() == ROOT / "src/tenner" / name
        for line in path.read_text().splitlines():
            if line.strip().startswith("from tenner."):
                assert f"{line.split()[1].removeprefix('tenner.')}.py" in files


def test_fleet_yaml_says_who_is_spared(tmp_path: Path) -> None:
    """Names of apps, each once; an app's own budget is dollars."""
    fleet = (
        "schema_version: 1\nprefix: acme\nowner: me\nregion: us-east-1\ntopology: stack\n"
        "environments: [dev]\nbudget: {monthly_usd: 10, apps: {todo: 2.50}}\n"
        "guard: {allow: [todo]}\n"
    )
    infra = parse_shared_infra(fleet, "fleet.yaml")
    assert infra.guard.allow == ("todo",)
    assert infra.budget.apps == {"todo": Decimal("2.50")}
    with pytest.raises(InputError) as caught:
        parse_shared_infra(
            fleet.replace("[todo]", "[todo, todo]").replace("2.50", "0"), "fleet.yaml"
        )
    assert str(caught.value) == (
        "fleet.yaml: line 7: budget.apps.todo: given 0, expected more than 0\n"
        'fleet.yaml: line 8: guard.allow.1: given "todo" again, expected each name once'
    )


# --- The commands ------------------------------------------------------------------------


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    """An account with two apps and a guard, which spares `link`; this folder is empty."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    # moto gives no RevisionId; the tests' clients do
    monkeypatch.setattr("tenner.guard_place.client_of", lambda name, **_: watched(name))
    with mock_aws():
        cloud = Cloud({"todo-dev-api": "todo", "link-dev-api": "link", "shared-dev-guard": ""})
        variables = {"TABLE_NAME": TABLE, "PREFIX": "acme", "ENVIRONMENT": "dev", "ALLOW": "link"}
        variables["API_IDS"] = " ".join(APIS)
        plain("lambda").update_function_configuration(
            FunctionName="shared-dev-guard", Environment={"Variables": variables}
        )
        yield cloud


PLACE_SAID = "account 123456789012, us-east-1, dev"


def test_engage_and_release_by_hand(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    """Each says where and what; again is nothing to do; a dry run changes nothing."""
    before = cloud.all_seen()
    assert main(["guard", "engage", "--dry-run"]) == 0
    assert capsys.readouterr().out == (
        f"{PLACE_SAID}: engage all apps: degrade (dry run)\n  todo-dev-api: none → degrade\n"
    )
    assert cloud.all_seen() == before
    assert cloud.rows() == {}
    assert main(["guard", "engage", "--stage", "stop"]) == 0
    assert capsys.readouterr().out == (
        f"{PLACE_SAID}: engage all apps: stop\n  API api1 answers 429 for todo\n"
        "  todo-dev-api: none → stop\n"
    )
    assert cloud.seen("todo-dev-api")[1] == 0
    assert main(["guard", "engage", "--stage", "stop"]) == 0
    assert capsys.readouterr().out.endswith("  nothing to do: it is so already\n")
    assert main(["guard", "engage", "--app", "link"]) == 0
    assert capsys.readouterr().out.endswith("  link-dev-api: none → degrade\n")
    assert main(["guard", "status"]) == 0
    said = capsys.readouterr().out
    assert "  by hand: all apps stop, link degrade\n" in said
    assert "  never engaged by a signal: link\n" in said
    assert "  todo-dev-api: stop\n" in said
    assert main(["guard", "release", "--format", "json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["done"] == [
        "API api1 lets through todo",
        "link-dev-api: degrade → none",
        "todo-dev-api: stop → none",
    ]
    assert cloud.all_seen() == before
    trail = [line for line in cloud.trail() if line.startswith(("engage", "release"))]
    assert trail == ["engage all apps: stop", "engage link: degrade", "release all apps"]
    assert "moto" in next(
        row["who"] for row in cloud.rows().values() if "engage" in row.get("what", "")
    )


def test_what_cannot_be_is_one_sentence(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No such app or profile, no guard, region or credentials: said, and nothing changed."""
    before = cloud.all_seen()
    assert main(["guard", "engage", "--app", "tod"]) == 2
    assert capsys.readouterr().err == (
        f'--app: given "tod", expected an app of {PLACE_SAID}: link, todo\n'
    )
    assert main(["guard", "release", "--app", ""]) == 2
    assert capsys.readouterr().err == (
        f'--app: given "", expected an app of {PLACE_SAID}: link, todo\n'
    )
    assert main(["guard", "engage", "--stage", "warn"]) == 2
    assert capsys.readouterr().err.endswith(
        "Error: Invalid value for '--stage': 'warn' is not one of 'degrade', 'stop'.\n"
    )
    assert main(["guard", "status", "--environment", "staging"]) == 2
    assert capsys.readouterr().err == (
        "There is no guard shared-staging-guard in account 123456789012, us-east-1. Expected the "
        "shared infrastructure first; in its repo: make deploy ENV=staging\n"
    )
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    assert main(["guard", "release"]) == 2
    assert capsys.readouterr().err == (
        "no AWS region is given. Expected --region, the folder of the shared infrastructure, or "
        "AWS_REGION\n"
    )
    with monkeypatch.context() as other:
        other.setenv("AWS_PROFILE", "nosuch")
        assert main(["guard", "release"]) == 3
    assert capsys.readouterr().err == (
        "AWS can't be asked: The config profile (nosuch) could not be found\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main(["guard", "release", "--region", "us-east-1"]) == 3
    assert "Expected credentials: set AWS_PROFILE" in capsys.readouterr().err
    assert cloud.all_seen() == before
    assert cloud.rows() == {}


def test_what_somebody_undid_is_said_and_done_again(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status looks at the functions themselves; engage, or the hour, stops what runs again."""
    assert main(["guard", "engage", "--app", "todo", "--stage", "stop"]) == 0
    plain("lambda").delete_function_concurrency(FunctionName="todo-dev-api")
    capsys.readouterr()
    assert main(["guard", "status"]) == 1
    assert capsys.readouterr().err == "not yet done: todo-dev-api: degrade → stop\n"
    assert main(["guard", "engage", "--app", "todo", "--stage", "stop"]) == 0
    assert cloud.seen("todo-dev-api")[1] == 0
    assert main(["guard", "status"]) == 0


def test_a_guard_without_its_table_or_variables(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not as it was deployed is named, with what to do."""
    plain("dynamodb").delete_table(TableName=TABLE)
    for words in (["status"], ["engage", "--dry-run"], ["release"]):
        assert main(["guard", *words]) == 2
        assert capsys.readouterr().err == (
            f"{PLACE_SAID}: the guard's table {TABLE} is not there. Expected the shared "
            "infrastructure as it was deployed\n"
        )
    plain("lambda").update_function_configuration(
        FunctionName="shared-dev-guard", Environment={"Variables": {"PREFIX": "acme"}}
    )
    assert main(["guard", "status"]) == 2
    assert capsys.readouterr().err == (
        "The guard shared-dev-guard in account 123456789012, us-east-1, lacks the variables "
        "ENVIRONMENT, TABLE_NAME. Expected it as its repo has it: make deploy ENV=dev\n"
    )


def test_credentials_that_expire(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is done, or halfway: one sentence, and asked again it goes on."""
    cloud.refused["PutFunctionConcurrency"] = "ExpiredTokenException"
    assert main(["guard", "engage", "--stage", "stop"]) == 1
    assert capsys.readouterr().err == "todo-dev-api: AWS says ExpiredTokenException\n"
    cloud.refused = {"Query": "ExpiredTokenException"}
    assert main(["guard", "engage", "--stage", "stop"]) == 3
    assert capsys.readouterr().err == (
        "AWS stopped the guard halfway: An error occurred (ExpiredTokenException) when calling the "
        "Query operation: ExpiredTokenException. To ask again goes on from there\n"
    )
    cloud.refused = {}
    assert main(["guard", "engage", "--stage", "stop"]) == 0
    before = cloud.all_seen()
    server = CostExplorerServer()
    server.is_expired = True
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    try:
        assert main(["guard", "release"]) == 3
    finally:
        server.stop()
    assert capsys.readouterr().err == (
        "AWS does not know these credentials, or no longer: ExpiredToken. Expected credentials: "
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    )
    assert cloud.all_seen() == before


def test_another_guard_at_work_is_said(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another has the lease, what a person wants is recorded, and said not to be done yet."""
    impatient = partial(guard_with, patience_s=0)
    monkeypatch.setattr("tenner.guard_place.guard_with", impatient)
    real_now = datetime.now(UTC).timestamp()
    cloud.guard().table.take_lease("another", real_now, real_now + 100)
    assert main(["guard", "engage"]) == 3
    assert capsys.readouterr().err == (
        "Not done yet: another guard is at work. What you asked for is recorded, and done at the "
        "latest within the hour; to ask again in two minutes does no harm\n"
    )
    assert json.loads(cloud.rows()["state"]["by_hand"]) == {"*": "degrade"}
    assert main(["guard", "status"]) == 1
    assert capsys.readouterr().err == "not yet done: todo-dev-api: none → degrade\n"
