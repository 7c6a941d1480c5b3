"""The guard as a Lambda function: set off by budgets and alarms through SNS, and by the hour."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.guard_functions import Functions
from tenner.guard_items import Entry
from tenner.guard_routes import Routes
from tenner.guard_run import Guard, UnfinishedError, Wish
from tenner.guard_signals import Place, signals_of
from tenner.guard_stages import month_of, signalled
from tenner.guard_table import GuardTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.guard_signals import Signal

NEEDED = frozenset(["TABLE_NAME", "PREFIX", "ENVIRONMENT"])
_LONGEST_MESSAGE = 200_000


class Settings(NamedTuple):
    """What the guard's own variables say."""

    table: str
    apis: tuple[str, ...]
    place: Place
    allow: frozenset[str]
    topic: str


def settings_of(variables: Mapping[str, str]) -> Settings:
    """Read the variables that Terraform gave the guard."""
    return Settings(
        variables["TABLE_NAME"],
        tuple(variables.get("API_IDS", "").split()),
        Place(variables["PREFIX"], variables["ENVIRONMENT"]),
        frozenset(variables.get("ALLOW", "").split()),
        variables.get("TOPIC_ARN", ""),
    )


def guard_with(client: Any, settings: Settings, **more: Any) -> Guard:
    """Make a guard; `client` makes boto3's client of a service."""
    functions = Functions(client("lambda"), settings.place.environment)
    routes = Routes(client("apigatewayv2"), settings.apis)
    table = GuardTable(client("dynamodb"), settings.table)
    return Guard(table, functions, routes, settings.allow, **more)


def client_of(service: str, session: Any = None) -> Any:
    """Make a client that gives up before the guard's lease ends."""
    import boto3  # noqa: PLC0415 - in Lambda it is there; the command says where it is missing
    from botocore.config import Config  # noqa: PLC0415

    retries = {"mode": "standard", "total_max_attempts": 3}
    config = Config(connect_timeout=3, read_timeout=10, retries=retries)
    return (session or boto3).client(service, config=config)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Take one SNS event, or the hourly one, in; what fails is raised, and Lambda tries again."""
    settings = settings_of(os.environ)
    guard = guard_with(client_of, settings)
    done = handled(guard, event, settings, lambda words: _tell(settings.topic, words))
    return {"done": done}


def handled(guard: Guard, event: Mapping[str, Any], settings: Settings, tell: Any) -> list[str]:
    """Record what the event says, bring all functions to it, and tell people what was done."""
    for signal in signals_of(event, settings.place):
        guard.record(wish_of(signal, guard.now()))
    by_the_hour = "Records" not in event
    if by_the_hour:
        guard.record(None)
    try:
        done = guard.converge(check=by_the_hour)
    except UnfinishedError as error:
        tell(["The brake could not be brought to every function:", *error.problems])
        raise
    if done:
        tell(done)
    return done


def wish_of(signal: Signal, now_s: float) -> Wish:
    """Say what a signal asks for; each one is in the audit trail, also if it changes nothing."""
    late = month_of(signal.at_s) != month_of(now_s)
    what = f"{signal.said}; asks for {signal.stage.word} of {signal.app}"
    what += ", but is of a month that is over" if late else ""
    change = partial(signalled, app=signal.app, stage=signal.stage, at_s=signal.at_s)
    return Wish(change, Entry(signal.at_s, signal.id, "a signal", what), always=True)


def _tell(topic: str, words: Sequence[str]) -> None:
    """Write to the topic's people; that this fails keeps the brake from nothing."""
    text = "\n".join(words)[:_LONGEST_MESSAGE]
    print(text)  # noqa: T201 - Lambda's log
    if not topic:
        return
    try:
        client_of("sns").publish(TopicArn=topic, Subject="Tenner's guard", Message=text)
    except Exception as error:  # noqa: BLE001 - see above
        print(f"nobody was told: {type(error).__name__}")  # noqa: T201
