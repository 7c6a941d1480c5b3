"""The guard under fire: each single call fails, guards meet, signals come in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tenner.guard_handler import wish_of
from tenner.guard_items import Entry
from tenner.guard_round import LEASE_S, BusyError
from tenner.guard_run import UnfinishedError, Wish
from tenner.guard_signals import Signal
from tenner.guard_stages import ALL, Stage, at_moment, let_go, stage_of
from tests.guard_cloud import (
    ENDS,
    FLEET,
    NORMAL,
    NOW,
    SHUT,
    STOPPED,
    Cloud,
    by_hand,
    emptied,
    message,
    modes,
    on_moto,
    plain,
    take,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRONG = (BotoCoreError, ClientError, UnfinishedError, BusyError)
NEW = {"EMERGENCY_MODE": "false", "TTL_DAYS": "30", "LOG_LEVEL": "INFO"}
ROUTES = {
    "todo": ("api1 ANY /todo", "api1 ANY /todo/{proxy+}"),
    "link": ("api2 GET /link/health",),
}
SPENT, CALLS = st.sampled_from(["9.50", "9.60", "12.00"]), st.integers(0, 30)
READS = ("Get", "List", "Query")
APPS, STAGES = st.sampled_from([ALL, "todo", "link"]), st.sampled_from([Stage.DEGRADE, Stage.STOP])


class Fault(NamedTuple):
    """What goes wrong with one call: AWS's word or none at all, before it is done or after."""

    code: str = ""
    after: bool = False


FAULTS = {
    "no connection": Fault(),
    "throttled": Fault("ThrottlingException"),
    "denied": Fault("AccessDeniedException"),
    "done, but no answer": Fault(after=True),
}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account of moto."""
    with on_moto(monkeypatch):
        yield


@pytest.fixture
def cloud() -> Cloud:
    """Three functions of two apps."""
    return Cloud(FLEET)


def _prepared(cloud: Cloud) -> None:
    plain("lambda").put_function_concurrency(
        FunctionName="todo-dev-api", ReservedConcurrentExecutions=7
    )
    cloud.routes["api1"]["ANY /todo"] = {"ThrottlingRateLimit": 9.0}


def _refusing(cloud: Cloud) -> None:
    cloud.refuses_zero = True


def _turned(cloud: Cloud) -> None:
    cloud.now = max(cloud.now, ENDS)
    take(cloud, {})


STORIES: dict[str, tuple[Callable[[Cloud], object], ...]] = {
    "a budget, until the month turns": (
        lambda cloud: take(cloud, message("12.00")),
        _turned,
    ),
    "a budget, then a person": (
        _prepared,
        lambda cloud: take(cloud, message("9.60")),
        lambda cloud: take(cloud, message("12.00", id_="m2")),
        lambda cloud: by_hand(cloud.guard(), Stage.DEGRADE, "todo"),
        lambda cloud: by_hand(cloud.guard(), None, id_="h2"),
    ),
    "AWS refuses to stop it": (
        _refusing,
        lambda cloud: take(cloud, message("12.00")),
        lambda cloud: by_hand(cloud.guard(), None),
    ),
}


class Told(NamedTuple):
    """How a story went: what there was after each step, and the trail at its end."""

    seen: list[dict[str, Any]]
    trail: list[str]
    rows: set[str]
    calls: list[str]


def told(story: str, fault: Fault | None = None, at: int = 0) -> Told:
    """Tell a story with its call number `at` failing; a step that fails is done again later."""
    emptied()
    cloud, seen = Cloud({"todo-dev-api": "todo"}), []
    cloud.code, cloud.after = fault or Fault()
    cloud.fail_at = at
    for step in STORIES[story]:
        try:
            step(cloud)
        except WRONG:
            cloud.now += LEASE_S + 1  # as Lambda, the hour and a person do
            step(cloud)
        seen.append(cloud.all_seen())
    rows = {row for row in cloud.rows() if not row.startswith("20")}
    return Told(seen, sorted(cloud.trail()), rows, cloud.operations)


def check(story: str, fault: Fault) -> None:
    """Let each call of a story fail in turn: all is as if none had."""
    right = told(story)
    assert right.rows == {"state"}
    for at, call in enumerate(right.calls, start=1):
        if fault.after and call.startswith(READS):
            continue  # it has no effect
        found = told(story, fault, at)
        assert found.calls != right.calls or fault.after, f"call {at}, {call}, did not fail"
        assert found[:3] == right[:3], f"call {at}, {call}"


def test_each_call_may_take_effect_and_still_fail() -> None:
    """Whichever answer is lost, nothing is left half-engaged, and each entry is there once."""
    check("a budget, until the month turns", FAULTS["done, but no answer"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("story", "fault"),
    [
        ("a budget, until the month turns", "throttled"),
        ("a budget, then a person", "denied"),
        ("a budget, then a person", "done, but no answer"),
        ("AWS refuses to stop it", "no connection"),
        ("AWS refuses to stop it", "done, but no answer"),
    ],
)
def test_each_call_of_each_story_may_fail(story: str, fault: str) -> None:
    """Engaging, lowering and releasing, with what was there before, with and without its effect."""
    check(story, FAULTS[fault])


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


class UnderFire(RuleBasedStateMachine):
    """Signals, people, deploys, time and faults in any order; what failed is done again later."""

    def __init__(self) -> None:
        super().__init__()
        emptied()
        self.cloud = Cloud(FLEET)
        self.base = {name: self.cloud.seen(name) for name in FLEET}
        self.again: list[Callable[[], object]] = []
        self.told: set[str] = set()

    def attempt(self, step: Callable[[], object]) -> None:
        """Do it; where it fails it is to be done again, as Lambda or a person does."""
        try:
            step()
        except WRONG:
            self.again.append(step)

    def attempt_with(self, step: Callable[[], object], at: int, fault: Fault) -> None:
        """Do it with one call failing."""
        self.cloud.asked.clear()
        self.cloud.fail_at, (self.cloud.code, self.cloud.after) = at, fault
        self.attempt(step)
        self.cloud.fail_at = 0
        self.cloud.meanwhile.clear()

    def signal(self, app: str, spent: str) -> Callable[[], object]:
        """A budget's notice: the same one again is a duplicate."""
        name = "acme-account" if app == ALL else f"acme-app-{app}"
        event = message(spent, id_=f"{name}-{spent}", name=name)
        self.told.add(f"budget {name}: actual ${spent} of ")
        return lambda: take(self.cloud, event)

    def word(self, app: str, stage: Stage | None) -> Callable[[], object]:
        """A person's word."""
        return lambda: by_hand(self.cloud.guard(), stage, app, f"h{self.cloud.now}")

    @rule(app=APPS, spent=SPENT, at=CALLS, fault=st.sampled_from([*FAULTS.values()]))
    def a_signal(self, app: str, spent: str, at: int, fault: Fault) -> None:
        """A notice comes, and a call may fail."""
        self.attempt_with(self.signal(app, spent), at, fault)

    @rule(app=APPS, stage=STAGES | st.none(), at=CALLS, fault=st.sampled_from([*FAULTS.values()]))
    def a_person(self, app: str, stage: Stage | None, at: int, fault: Fault) -> None:
        """Somebody engages or releases, and a call may fail."""
        self.attempt_with(self.word(app, stage), at, fault)

    @rule(app=APPS, spent=SPENT, other=APPS, stage=STAGES | st.none(), at=CALLS)
    def two_at_once(self, app: str, spent: str, other: str, stage: Stage | None, at: int) -> None:
        """Just before one of the calls of a guard, another does all its work."""
        word = self.word(other, stage)
        self.cloud.meanwhile[str(at)] = lambda: self.attempt(word)
        self.attempt_with(self.signal(app, spent), 0, Fault())

    @rule(name=st.sampled_from(sorted(FLEET)))
    def a_deploy(self, name: str) -> None:
        """A variable is new, and all others are as they were found."""
        variables, _ = self.cloud.seen(name)
        new = {"DEPLOYED": str(len(self.told))}
        plain("lambda").update_function_configuration(
            FunctionName=name, Environment={"Variables": {**variables, **new}}
        )
        self.cloud.revisions[name] = self.cloud.revisions.get(name, 0) + 1
        before, reserved = self.base[name]
        self.base[name] = ({**before, **new}, reserved)

    @rule(name=st.sampled_from(sorted(FLEET)))
    def made_anew(self, name: str) -> None:
        """A function is destroyed and made again: what was set on it is gone."""
        plain("lambda").delete_function(FunctionName=name)
        self.cloud.revisions.pop(name, None)
        self.cloud.make_function(name, FLEET[name])
        self.base[name] = ({**NEW, "APP_NAME": FLEET[name], "ENVIRONMENT": "dev"}, None)

    @rule()
    def the_month_turns(self) -> None:
        """All that signals asked for is over."""
        self.cloud.now = max(self.cloud.now, ENDS)

    @rule()
    def the_hour(self) -> None:
        """Nothing fails any more: what is wanted is there, and nothing else."""
        cloud = self.cloud
        cloud.now += LEASE_S + 1
        while self.again:
            self.again.pop(0)()
        take(cloud, {})
        state = at_moment(cloud.guard().table.state(), cloud.now)
        wanted = {app: stage_of(state, app) for app in set(FLEET.values())}
        for name, app in FLEET.items():
            variables, reserved = self.base[name]
            mode = {"EMERGENCY_MODE": "true"} if wanted[app] >= Stage.DEGRADE else {}
            expected = ({**variables, **mode}, 0 if wanted[app] is Stage.STOP else reserved)
            assert cloud.seen(name) == expected, name
        stopped = {app for app, stage in wanted.items() if stage is Stage.STOP}
        assert set(cloud.settled()) == {route for app in stopped for route in ROUTES[app]}
        assert all(settings == SHUT for settings in cloud.settled().values())
        notes = {f"function#{name}" for name, app in FLEET.items() if wanted[app] >= Stage.DEGRADE}
        notes |= {f"routes#{ROUTES[app][0].split()[0]}" for app in stopped}
        assert {row for row in cloud.rows() if not row.startswith("20")} - {"state"} == notes
        assert state.is_reached
        trail = cloud.trail()
        assert {
            said: len([line for line in trail if line.startswith(said)]) for said in self.told
        } == dict.fromkeys(self.told, 1)

    def teardown(self) -> None:
        """In the end all is as it is wanted."""
        self.the_hour()


@pytest.mark.slow
def test_any_history_ends_right() -> None:
    """After any history of signals, words, deploys and faults the account is as is wanted."""
    run_state_machine_as_test(
        UnderFire,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            phases=[Phase.generate],  # to find a shorter history would take minutes
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
