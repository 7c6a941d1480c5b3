"""The guard at work on an account of moto: each stage, each way back, and what AWS refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tenner.guard_items import Entry
from tenner.guard_run import UnfinishedError, Wish
from tenner.guard_stages import ALL, Stage, let_go
from tenner.guard_table import CannotError
from tests.guard_cloud import (
    DEGRADED,
    ENDS,
    FLEET,
    NORMAL,
    NOW,
    SHUT,
    STOPPED,
    TABLE,
    Cloud,
    by_hand,
    message,
    modes,
    modes_of,
    on_moto,
    plain,
    take,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

BESIDE = {"shared-dev-guard": "", "own-thing": "", "todo-staging-api": "todo"}
MONTH_S = 31 * 86_400
DECEMBER = NOW + MONTH_S


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account of moto."""
    with on_moto(monkeypatch):
        yield


@pytest.fixture
def cloud() -> Cloud:
    """Three functions of two apps, and three that are not the guard's."""
    return Cloud({**FLEET, **BESIDE})


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
        "API api1 answers 429 for todo",
        "API api2 answers 429 for link",
        *(f"{name}: none → stop" for name in sorted(FLEET)),
        "all functions are as wanted (EMERGENCY_MODE and concurrency): * stop",
        "a new month, 2026-12: what signals engaged is released",
        "API api1 lets through todo",
        "API api2 lets through link",
        *(f"{name}: stop → none" for name in sorted(FLEET)),
        "all functions are as wanted (EMERGENCY_MODE and concurrency): nothing engaged",
    ]
    assert {row for row in cloud.rows() if not row.startswith("2026-")} == {"state"}


def test_a_quiet_hour_reads_its_state_twice(cloud: Cloud) -> None:
    """Which is what the estimate counts, also before the first signal."""
    take(cloud, {})
    assert cloud.operations == ["GetItem", "GetItem"]
    take(cloud, message("6.00", "FORECASTED"))
    cloud.asked.clear()
    take(cloud, {})
    assert cloud.operations == ["GetItem", "GetItem"]


def test_a_message_of_last_month_engages_nothing(cloud: Cloud) -> None:
    """A message that comes after the month has turned is in the trail, and nothing more."""
    cloud.now = DECEMBER
    take(cloud, message("12.00"))
    assert modes(cloud) == NORMAL
    assert "asks for stop of *, but is of a month that is over" in cloud.trail()[0]


def test_a_message_twice_and_out_of_order(cloud: Cloud) -> None:
    """The same message again is one entry; a lower one after a higher one lowers nothing."""
    first = take(cloud, message("10.50", id_="m2"))
    assert len(first) == len(FLEET) + 2
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
    assert cloud.operations.count("UpdateFunctionConfiguration") == len(FLEET) + 1


def test_a_new_function_is_found_by_the_hour(cloud: Cloud) -> None:
    """What is deployed in an emergency is brought to its stage; what is taken away is forgotten."""
    take(cloud, message("12.00"))
    plain("lambda").delete_function(FunctionName="todo-dev-job")
    cloud.make_function("link-dev-worker", "link")
    done = take(cloud, {})
    assert done == ["link-dev-worker: none → stop", "todo-dev-job is gone"]
    assert cloud.seen("link-dev-worker")[1] == 0


def test_stopped_the_api_answers_429(cloud: Cloud) -> None:
    """The routes of stopped apps are shut on each API, other routes stay as they are.

    All is put back, but what a person has changed meanwhile; routes that come and go do no harm.
    """
    cloud.routes["api1"] |= {
        "ANY /todo2/{proxy+}": {"ThrottlingRateLimit": 5.0, "ThrottlingBurstLimit": 5},
        "ANY /todo": {"ThrottlingRateLimit": 9.0, "DetailedMetricsEnabled": True},
    }
    before = cloud.settled()
    take(cloud, message("9.60"))
    assert cloud.settled() == before
    assert not {"GetRoutes", "GetStage"} & set(cloud.operations)
    take(cloud, message("12.00", id_="m2"))
    shut = {
        **before,
        "api1 ANY /todo": {**SHUT, "DetailedMetricsEnabled": True},
        "api1 ANY /todo/{proxy+}": SHUT,
        "api2 GET /link/health": SHUT,
    }
    assert cloud.settled() == shut
    del cloud.routes["api2"]["GET /link/health"]
    cloud.routes["api2"]["POST /link"] = {}
    done = take(cloud, {})
    assert done == ["API api2 answers 429 for link", "API api2 lets through link"]
    assert cloud.settled()["api2 POST /link"] == SHUT
    assert take(cloud, {}) == []
    cloud.routes["api1"]["ANY /todo/{proxy+}"] = {"ThrottlingRateLimit": 3.0}
    by_hand(cloud.guard(), None)
    assert cloud.settled() == {**before, "api1 ANY /todo/{proxy+}": {"ThrottlingRateLimit": 3.0}}


def test_an_api_that_is_gone_holds_nothing_up(cloud: Cloud) -> None:
    """Its note goes too; where API Gateway refuses, functions are stopped all the same."""
    take(cloud, message("12.00"))
    del cloud.routes["api2"]
    assert take(cloud, {}) == ["API api2 lets through link"]
    assert "routes#api2" not in cloud.rows()
    by_hand(cloud.guard(), None)
    cloud.refused["GetRoutes"] = "AccessDeniedException"
    with pytest.raises(UnfinishedError) as caught:
        by_hand(cloud.guard(), Stage.STOP, id_="h2")
    refused = [f"API {api}: AWS says AccessDeniedException" for api in ("api1", "api2")]
    assert caught.value.problems == refused
    assert modes(cloud) == STOPPED
    cloud.refused.clear()
    assert by_hand(cloud.guard(), Stage.STOP, id_="h3") == ["API api1 answers 429 for todo"]
    assert modes(cloud) == STOPPED


def test_where_the_account_has_a_limit_of_ten() -> None:
    """AWS refuses every reservation there but that of 0, and the functions run no more."""
    cloud = Cloud(FLEET, limit=10)
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloud.clients["lambda"].put_function_concurrency(
            FunctionName="todo-dev-api", ReservedConcurrentExecutions=1
        )
    take(cloud, message("12.00"))
    assert modes(cloud) == STOPPED


def test_where_aws_refuses_to_reserve_nothing() -> None:
    """Only the routes of the app are shut then, and the trail says so; all is put back."""
    cloud = Cloud({"todo-dev-api": "todo"})
    cloud.refuses_zero = True
    before = cloud.all_seen()
    take(cloud, message("12.00"))
    assert cloud.settled() == {"api1 ANY /todo": SHUT, "api1 ANY /todo/{proxy+}": SHUT}
    assert modes_of(cloud, "todo-dev-api") == ("true", None)
    assert take(cloud, {}) == []
    by_hand(cloud.guard(), None)
    assert cloud.all_seen() == before
    said = "todo-dev-api: AWS refuses to stop it, so only its routes are shut"
    assert cloud.trail().count(said) == 1


def test_where_nothing_can_stop_a_function() -> None:
    """It degrades no less, the others are stopped, and the run says so and fails."""
    cloud = Cloud({"pip-dev-job": "pip"})
    cloud.refuses_zero = True
    with pytest.raises(UnfinishedError) as caught:
        take(cloud, message("12.00"))
    assert str(caught.value) == "pip-dev-job: AWS refuses to stop it, and no route leads to it"
    assert cloud.rows()["state"]["reached"] == "0"


def test_what_was_reserved_may_have_no_room_any_more() -> None:
    """Where AWS refuses what a function had reserved, it has none, and the trail says so."""
    cloud = Cloud({"todo-dev-api": "todo"})
    plain("lambda").put_function_concurrency(
        FunctionName="todo-dev-api", ReservedConcurrentExecutions=7
    )
    take(cloud, message("12.00"))
    cloud.limit = 106
    done = by_hand(cloud.guard(), None)
    assert done == [
        "API api1 lets through todo",
        "todo-dev-api: AWS has no room for its 7 reserved, so none is",
        "todo-dev-api: stop → none",
    ]
    assert modes_of(cloud, "todo-dev-api") == ("false", None)


def test_a_function_that_is_no_apps_any_more_is_put_back(cloud: Cloud) -> None:
    """One that lost its app's variables is not taken for gone; unreadable ones are said."""
    take(cloud, message("12.00"))
    variables, _ = cloud.seen("link-dev-api")
    plain("lambda").update_function_configuration(
        FunctionName="link-dev-api",
        Environment={"Variables": {"EMERGENCY_MODE": variables["EMERGENCY_MODE"]}},
    )
    assert take(cloud, {})[-1] == "link-dev-api: stop → none"
    assert modes_of(cloud, "link-dev-api") == ("false", None)


def test_variables_that_cannot_be_read_are_left_alone(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where AWS gives an error for the variables, they are not written over with almost none."""
    functions = cloud.guard().functions
    answer = {"Environment": {"Error": {"ErrorCode": "AccessDenied"}}, "RevisionId": "0"}
    monkeypatch.setattr(functions._lambda, "get_function_configuration", lambda **_: answer)
    with pytest.raises(CannotError, match="its variables can't be read, so they are left alone"):
        functions.set_mode("todo-dev-api", "true")
    assert "UpdateFunctionConfiguration" not in cloud.operations


def test_rows_of_apps_stay_apart(cloud: Cloud) -> None:
    """Every key starts with tenner#guard, which the policy of no app allows."""
    take(cloud, message("12.00"))
    items = plain("dynamodb").scan(TableName=TABLE)["Items"]
    assert {item["pk"]["S"] for item in items} == {"tenner#guard", "tenner#guard#audit"}
    assert json.loads(cloud.rows()["state"]["automatic"]) == {"*": "stop"}
