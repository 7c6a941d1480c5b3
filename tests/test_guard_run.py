"""The guard at work on an account of moto: stages, and what goes wrong at each single call."""

from __future__ import annotations

import json
from itertools import count
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws
from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends

from tenner.guard_functions import CannotError
from tenner.guard_handler import handled, wish_of
from tenner.guard_items import Entry
from tenner.guard_run import LEASE_S, BusyError, UnfinishedError, Wish
from tenner.guard_signals import Signal
from tenner.guard_stages import ALL, Stage, engaged, let_go
from tests.guard_cloud import NOW, REGION, TABLE, Cloud, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenner.guard_run import Guard

FLEET = {"todo-dev-api": "todo", "todo-dev-job": "todo", "link-dev-api": "link"}
BESIDE = {"shared-dev-guard": "", "own-thing": "", "todo-staging-api": "todo"}
BUDGET = """AWS Budget Notification November 21, 2026
AWS Account 123456789012

Budget Name: acme-account
Budget Type: Cost
Budgeted Amount: $10.00
Alert Type: {kind}
Alert Threshold: > ${over}
{kind} Amount: ${spent}

[1] https://console.aws.amazon.com/billing/home#/budgets
"""
MONTH_S = 31 * 86_400
ACCOUNT = "123456789012"  # moto's
DECEMBER = NOW + MONTH_S
ENDS = 1_796_083_200  # 2026-12-01T00:00:00Z


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing leaves this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


@pytest.fixture
def cloud() -> Cloud:
    """Three functions of two apps, and three that are not the guard's."""
    return Cloud({**FLEET, **BESIDE})


def message(spent: str, kind: str = "ACTUAL", id_: str = "m1", at: str = "") -> dict[str, Any]:
    """An SNS event with a budget's notice."""
    text = BUDGET.format(kind=kind, spent=spent, over="9.50")
    at = at or "2026-11-21T12:00:00.000Z"
    return {"Records": [{"Sns": {"MessageId": id_, "Timestamp": at, "Message": text}}]}


def take(cloud: Cloud, event: dict[str, Any], *allow: str) -> list[str]:
    """Let the guard's function handle an event."""
    return handled(cloud.guard(*allow), event, cloud.settings, lambda _words: None)


def by_hand(guard: Guard, stage: Stage | None, app: str = ALL, id_: str = "h1") -> list[str]:
    """Engage or release as the command does."""
    entry = Entry(guard.now(), id_, "a person", f"{stage} {app}")
    if stage is None:
        guard.record(Wish(lambda state: let_go(state, app, ENDS), entry))
    else:
        guard.record(Wish(lambda state: engaged(state, app, stage), entry))
    return guard.converge()


def modes(cloud: Cloud) -> dict[str, tuple[str | None, int | None]]:
    """EMERGENCY_MODE and reserved concurrency of each of the fleet's functions."""
    seen = {name: cloud.seen(name) for name in FLEET}
    return {name: (each[0].get("EMERGENCY_MODE"), each[1]) for name, each in seen.items()}


NORMAL = dict.fromkeys(FLEET, ("false", None))
DEGRADED = dict.fromkeys(FLEET, ("true", None))
STOPPED = dict.fromkeys(FLEET, ("true", 0))


@pytest.mark.parametrize(
    ("spent", "kind", "wanted"),
    [("9.49", "ACTUAL", DEGRADED), ("9.50", "ACTUAL", DEGRADED), ("9.99", "ACTUAL", DEGRADED),
     ("10.00", "ACTUAL", STOPPED), ("99.00", "FORECASTED", NORMAL)],
)  # fmt: skip
def test_a_budget_message_engages(
    cloud: Cloud, spent: str, kind: str, wanted: dict[str, Any]
) -> None:
    """At 95 % functions degrade, at 100 % they stop; a forecast warns; the threshold counts too."""
    before = cloud.all_seen()
    take(cloud, message(spent, kind))
    assert modes(cloud) == wanted
    after = cloud.all_seen()
    assert {name: after[name] for name in BESIDE} == {name: before[name] for name in BESIDE}
    for name in FLEET:
        kept = {key: text for key, text in before[name][0].items() if key != "EMERGENCY_MODE"}
        assert {**kept, "EMERGENCY_MODE": wanted[name][0]} == after[name][0]


def test_the_month_turns(cloud: Cloud) -> None:
    """In the new month the hourly run releases what the budget engaged, and says so."""
    before = cloud.all_seen()
    take(cloud, message("12.00"))
    assert modes(cloud) == STOPPED
    take(cloud, {})
    assert modes(cloud) == STOPPED
    cloud.now = ENDS - 1
    take(cloud, {})
    assert modes(cloud) == STOPPED
    cloud.now = ENDS
    take(cloud, {})
    assert cloud.all_seen() == before
    assert cloud.trail() == [
        "budget acme-account: actual $12.00 of $10.00; asks for stop of *",
        *(f"{name}: none → stop" for name in sorted(FLEET)),
        "all functions are as wanted (EMERGENCY_MODE and concurrency): * stop",
        "a new month, 2026-12: what signals engaged is released",
        *(f"{name}: stop → none" for name in sorted(FLEET)),
        "all functions are as wanted (EMERGENCY_MODE and concurrency): nothing engaged",
    ]
    assert {row for row in cloud.rows() if not row.startswith("2026-")} == {"state"}


def test_a_message_of_last_month_engages_nothing(cloud: Cloud) -> None:
    """A message that comes after the month has turned is in the trail, and nothing more."""
    cloud.now = DECEMBER
    take(cloud, message("12.00"))
    assert modes(cloud) == NORMAL
    assert "asks for stop of *, but is of a month that is over" in cloud.trail()[0]


def test_a_message_twice_and_out_of_order(cloud: Cloud) -> None:
    """The same message again is one entry; a lower one after a higher one lowers nothing."""
    first = take(cloud, message("10.50", id_="m2"))
    assert len(first) == 3
    for _ in range(3):
        assert take(cloud, message("10.50", id_="m2")) == []
        assert take(cloud, message("9.60", id_="m1")) == []
    assert modes(cloud) == STOPPED
    said = [line for line in cloud.trail() if line.startswith("budget")]
    assert len(said) == 2


def test_after_a_release_no_signal_engages(cloud: Cloud) -> None:
    """A person's release stands against an old message, a new one, and the hourly run."""
    take(cloud, message("9.60"))
    assert len(by_hand(cloud.guard(), None)) == 3
    assert modes(cloud) == NORMAL
    take(cloud, message("9.60"))
    take(cloud, message("11.00", id_="m2"))
    take(cloud, {})
    assert modes(cloud) == NORMAL
    assert by_hand(cloud.guard(), None, id_="h2") == []
    assert len([line for line in cloud.trail() if line.startswith("None")]) == 1


def test_an_override_ends_on_its_hour(cloud: Cloud) -> None:
    """After it the stage that signals asked for is back, by the hourly run."""
    take(cloud, message("9.60"))
    entry = Entry(cloud.now, "h", "a person", "release for an hour")
    cloud.guard().record(Wish(lambda state: let_go(state, ALL, int(NOW) + 3600), entry))
    cloud.guard().converge()
    cloud.now = NOW + 3599
    take(cloud, {})
    assert modes(cloud) == NORMAL
    cloud.now = NOW + 3600
    take(cloud, {})
    assert modes(cloud) == DEGRADED
    assert "the release of * is over" in cloud.trail()


def test_the_allow_list_and_one_app(cloud: Cloud) -> None:
    """A signal spares who is on the list; a person's word for one app touches that app only."""
    take(cloud, message("12.00"), "link")
    assert modes(cloud) == {**STOPPED, "link-dev-api": ("false", None)}
    by_hand(cloud.guard("link"), Stage.DEGRADE, "link")
    assert modes(cloud) == {**STOPPED, "link-dev-api": ("true", None)}
    by_hand(cloud.guard("link"), None, "todo", "h2")
    assert modes(cloud) == {**NORMAL, "link-dev-api": ("true", None)}


def test_what_was_there_comes_back(cloud: Cloud) -> None:
    """A reserved concurrency of before, a missing or own EMERGENCY_MODE are put back as they were.

    A function that a person had stopped stays stopped.
    """
    functions = plain("lambda")
    for name, reserved in (("todo-dev-api", 7), ("link-dev-api", 0)):
        functions.put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=reserved
        )  # fmt: skip
    variables = {key: v for key, v in cloud.seen("todo-dev-job")[0].items() if "EMER" not in key}
    functions.update_function_configuration(
        FunctionName="todo-dev-job", Environment={"Variables": variables}
    )
    before = cloud.all_seen()
    take(cloud, message("9.60"))
    take(cloud, message("12.00", id_="m2"))
    assert modes(cloud) == STOPPED
    by_hand(cloud.guard(), Stage.DEGRADE, "todo")
    assert cloud.seen("todo-dev-api")[1] == 7
    by_hand(cloud.guard(), None, id_="h2")
    assert cloud.all_seen() == before


def test_a_deploy_between_read_and_write_is_kept(cloud: Cloud) -> None:
    """A variable that someone adds while the guard merges its own is not lost."""

    def deploy() -> None:
        variables = {**cloud.seen("link-dev-api")[0], "NEW": "1"}
        plain("lambda").update_function_configuration(
            FunctionName="link-dev-api", Environment={"Variables": variables}
        )
        cloud.revisions["link-dev-api"] = 5

    cloud.meanwhile["UpdateFunctionConfiguration"] = deploy
    take(cloud, message("9.60"))
    assert cloud.seen("link-dev-api")[0]["NEW"] == "1"
    assert modes(cloud) == DEGRADED
    assert cloud.asked.count("UpdateFunctionConfiguration") == len(FLEET) + 1


def test_a_new_function_is_found_by_the_hour(cloud: Cloud) -> None:
    """What is deployed in an emergency is brought to its stage; what is taken away is forgotten."""
    take(cloud, message("12.00"))
    plain("lambda").delete_function(FunctionName="todo-dev-job")
    cloud.make_function("link-dev-worker", "link")
    done = take(cloud, {})
    assert done == ["link-dev-worker: none → stop", "todo-dev-job is gone"]
    assert cloud.seen("link-dev-worker")[1] == 0


def test_where_aws_refuses_to_reserve_nothing() -> None:
    """The routes of the app answer 429 instead, other routes' settings stay; all is put back."""
    cloud = Cloud({"todo-dev-api": "todo"}, most_reserved=0)
    before = {"ANY /todo2/{proxy+}": {"ThrottlingRateLimit": 5.0, "ThrottlingBurstLimit": 5}}
    before["ANY /todo"] = {"ThrottlingRateLimit": 9.0, "ThrottlingBurstLimit": 9}
    cloud.routes = dict(before)
    take(cloud, message("12.00"))
    shut = {"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 0}
    assert cloud.routes == {**before, "ANY /todo": shut, "ANY /todo/{proxy+}": shut}
    assert cloud.seen("todo-dev-api") == ({**cloud.seen("todo-dev-api")[0]}, None)
    assert take(cloud, {}) == []
    by_hand(cloud.guard(), None)
    assert cloud.routes == before
    assert "todo-dev-api: AWS refuses to stop it, so its routes answer 429" in cloud.trail()


def test_where_nothing_can_stop_a_function() -> None:
    """It degrades no less, the others are stopped, and the run says so and fails."""
    cloud = Cloud({"pip-dev-job": "pip"}, most_reserved=0)
    with pytest.raises(UnfinishedError) as caught:
        take(cloud, message("12.00"))
    assert str(caught.value) == "pip-dev-job: AWS refuses to stop it, and no route leads to it"
    assert cloud.rows()["state"]["reached"] == "0"


def test_variables_that_cannot_be_read_are_left_alone(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where AWS gives an error for the variables, they are not written over with almost none."""
    functions = cloud.guard().functions
    answer = {"Environment": {"Error": {"ErrorCode": "AccessDenied"}}, "RevisionId": "0"}
    monkeypatch.setattr(functions._lambda, "get_function_configuration", lambda **_: answer)
    with pytest.raises(CannotError, match="its variables can't be read, so they are left alone"):
        functions.set_mode("todo-dev-api", "true")
    assert "UpdateFunctionConfiguration" not in cloud.asked


# --- Under fire ----------------------------------------------------------------------------


def attempt(cloud: Cloud, event: dict[str, Any], at: int, *, after: bool, code: str = "") -> bool:
    """Handle an event with one call failing; tells whether there was such a call."""
    cloud.calls, cloud.fail_at, cloud.after, cloud.code = 0, at, after, code
    try:
        take(cloud, event)
    except (BotoCoreError, ClientError, UnfinishedError, BusyError):
        return True
    finally:
        reached, cloud.fail_at = cloud.calls >= at, 0
    return reached


@pytest.mark.parametrize(("after", "code"), [(False, ""), (True, ""), (False, "ServiceException")])
def test_each_call_may_fail(*, after: bool, code: str) -> None:
    """Whichever call fails, before its effect or after, the next run makes the end state right.

    Engaging and releasing, in the same account: nothing half-engaged, each entry once.
    """
    small = {"todo-dev-api": "todo"}
    for at in count(1):
        dynamodb_backends[ACCOUNT][REGION].reset()
        lambda_backends[ACCOUNT][REGION].reset()
        cloud = Cloud(small)
        before = cloud.all_seen()
        is_there = attempt(cloud, message("12.00"), at, after=after, code=code)
        cloud.now += LEASE_S + 1
        take(cloud, message("12.00"))
        assert cloud.seen("todo-dev-api")[1] == 0, at
        assert cloud.seen("todo-dev-api")[0]["EMERGENCY_MODE"] == "true", at
        cloud.now = ENDS + 1
        is_there |= attempt(cloud, {}, at, after=after, code=code)
        cloud.now += LEASE_S + 1
        take(cloud, {})
        assert cloud.all_seen() == before, at
        assert sorted(cloud.trail()) == sorted([
            "budget acme-account: actual $12.00 of $10.00; asks for stop of *",
            "todo-dev-api: none → stop",
            "all functions are as wanted (EMERGENCY_MODE and concurrency): * stop",
            "a new month, 2026-12: what signals engaged is released",
            "todo-dev-api: stop → none",
            "all functions are as wanted (EMERGENCY_MODE and concurrency): nothing engaged",
        ]), at  # fmt: skip
        assert {row for row in cloud.rows() if not row.startswith("20")} == {"state"}, at
        assert cloud.rows()["state"]["reached"] == cloud.rows()["state"]["version"] == "2"
        if not is_there:
            break
    assert at > 10


def test_a_killed_guard_keeps_others_waiting_only_for_its_lease(cloud: Cloud) -> None:
    """While its lease lasts another guard is refused; then it takes over and goes on."""
    guard = cloud.guard()
    guard.record(wish_of(Signal("m1", NOW, ALL, Stage.STOP, "told"), NOW))
    assert guard.table.take_lease("the killed one", cloud.now, cloud.now + LEASE_S)
    with pytest.raises(BusyError, match="another guard is at work"):
        take(cloud, message("9.60", id_="m2"))
    assert modes(cloud) == NORMAL
    cloud.now = NOW + LEASE_S + 1
    take(cloud, {})
    assert modes(cloud) == STOPPED


def test_one_who_lost_the_lease_touches_nothing_more(cloud: Cloud) -> None:
    """A guard that slept beyond its lease does not act beside the one that took over."""
    guard = cloud.guard()
    guard.record(wish_of(Signal("m1", NOW, ALL, Stage.STOP, "told"), NOW))

    def sleeps_and_another_takes_over() -> None:
        cloud.now += LEASE_S + 1
        assert cloud.guard().table.take_lease("other", cloud.now, cloud.now + LEASE_S)

    cloud.meanwhile["ListFunctions"] = sleeps_and_another_takes_over
    with pytest.raises(BusyError, match="another guard has taken over"):
        guard.converge()
    assert modes(cloud) == NORMAL


def test_what_changes_during_a_round_is_done_by_the_same_round(cloud: Cloud) -> None:
    """A release that is recorded while a guard engages is not lost: that guard goes round again."""
    guard = cloud.guard()

    def release() -> None:
        entry = Entry(cloud.now, "h1", "a person", "release")
        cloud.guard().record(Wish(lambda state: let_go(state, ALL, ENDS), entry))

    guard.record(wish_of(Signal("m1", NOW, ALL, Stage.STOP, "told"), NOW))
    cloud.meanwhile["PutFunctionConcurrency"] = release
    guard.converge()
    assert modes(cloud) == NORMAL
    assert cloud.rows()["state"]["reached"] == cloud.rows()["state"]["version"] == "2"


def test_many_guards_at_once(cloud: Cloud) -> None:
    """Six guards with six messages at the same moment: each is in the trail once, one end state."""
    barrier, wrong = Barrier(6), list[BaseException]()

    def run(number: int) -> None:
        spent = "12.00" if number == 3 else "9.60"
        barrier.wait()
        try:
            take(cloud, message(spent, id_=f"m{number}"))
        except BusyError:
            pass  # Lambda would call again
        except BaseException as error:  # noqa: BLE001
            wrong.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    take(cloud, {})
    assert wrong == []
    assert modes(cloud) == STOPPED
    trail = cloud.trail()
    assert len([line for line in trail if line.startswith("budget")]) == 6
    assert len([line for line in trail if line.endswith("→ stop")]) == 3


def test_rows_of_apps_stay_apart(cloud: Cloud) -> None:
    """Every key starts with tenner#guard, which the policy of no app allows."""
    take(cloud, message("12.00"))
    items = plain("dynamodb").scan(TableName=TABLE)["Items"]
    assert {item["pk"]["S"] for item in items} == {"tenner#guard", "tenner#guard#audit"}
    assert json.loads(cloud.rows()["state"]["automatic"]) == {"*": "stop"}
