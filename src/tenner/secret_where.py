"""Where a secret is kept: the documents' decision tree, and what each place costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

from tenner.advice.base import FIXED, made
from tenner.errors import TennerError
from tenner.estimate import AccountPlan, Bill
from tenner.kinds.base import Setting
from tenner.kinds.data import TableOnDemand
from tenner.kinds.security import Parameter, Secret
from tenner.money import exact
from tenner.usage import facts_of
from tenner.workload import ONE_PAYER, SHARED_ACCOUNT, Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tenner.catalog import Catalog
    from tenner.kinds.base import Resource

Place = Literal["Parameter Store", "DynamoDB", "Secrets Manager"]
Question = Literal["rotation", "revenue", "user_specific"]
_REGION = "us-east-1"
_ROW_GB = Decimal("0.000001")  # a row of 1 KB
_MOST_READS = 10**15

QUESTIONS: dict[Question, str] = {
    "rotation": "Must it rotate by itself?",
    "revenue": "Does the app earn money?",
    "user_specific": "Does it belong to one user, such as a token?",
}


class Decision(NamedTuple):
    """Where a secret goes, why, and what to do."""

    place: Place
    why: str
    do: str


def decide(ask: Callable[[Question], bool], *, is_users: bool = False) -> Decision:
    """Walk the decision tree; only what matters is asked.

    `is_users` says that each user is known to have one: the tree asks that only without rotation.
    """
    if ask("rotation"):
        if is_users:
            return Decision(
                "DynamoDB",
                "each user has one, and the app renews it itself",
                "Keep it in the user's row of the app's table, and write each new value there.",
            )
        if ask("revenue"):
            return Decision(
                "Secrets Manager",
                "it must rotate by itself, and the app earns what that costs",
                "Name it under secrets.app in app.yaml: in prod it is a secret of its own.",
            )
        return Decision(
            "Parameter Store",
            "the app earns nothing yet, so that it is rotated by hand",
            "Name it under secrets.app in app.yaml, and write the new value every 90 days.",
        )
    if ask("user_specific"):
        return Decision(
            "DynamoDB",
            "it needs no rotation, and each user has one",
            "Keep it in the user's row of the app's table, which is encrypted.",
        )
    return Decision(
        "Parameter Store",
        "it needs no rotation, and it is the app's",
        "Name it under secrets.app in app.yaml: a SecureString of the standard tier. Prod has it "
        "in Secrets Manager until tenner secret move moves it.",
    )


def with_quota(decision: Decision, count: int, most_standard: int) -> Decision:
    """Say what to do about parameters beyond the quota of the standard tier."""
    if decision.place != "Parameter Store" or count <= most_standard:
        return decision
    beyond = (
        f" An account and region has at most {most_standard:,} of the standard tier: make the "
        f"other {count - most_standard:,} advanced, or keep them where that costs less."
    )
    return decision._replace(do=decision.do + beyond)


class Priced(NamedTuple):
    """What a place costs in USD a month, and the sentences that derive it."""

    place: Place
    total: Decimal
    derivation: str


def prices(
    catalog: Catalog, count: int, reads: Decimal, plan: AccountPlan, most_standard: int
) -> Sequence[Priced]:
    """Estimate so many secrets, each read so often in a month, in each of the three places.

    Parameters beyond `most_standard`, the quota of an account and region, are of the advanced tier.
    Raises TennerError for more reads in all than can be estimated.
    """
    calls = count * reads
    if calls > _MOST_READS:
        message = f"--count times --reads: given {calls:,}, expected at most {_MOST_READS:,}"
        raise TennerError(message)
    places: dict[Place, Resource] = {
        "Parameter Store": _parameters(count, reads, most_standard),
        "DynamoDB": made(
            TableOnDemand,
            kind="table_on_demand",
            grows=FIXED,
            read_units_per_month=calls,
            write_units_per_month=count,
            stored_gb=count * _ROW_GB,
        ),
        "Secrets Manager": made(
            Secret, kind="secret", grows=FIXED, secrets=count, api_calls_per_month=calls
        ),
    }
    return [_priced(catalog, place, resource, plan) for place, resource in places.items()]


def _parameters(count: int, reads: Decimal, most_standard: int) -> Resource:
    advanced = max(count - most_standard, 0)
    return made(
        Parameter,
        kind="parameter",
        grows=FIXED,
        standard_parameters=count - advanced,
        advanced_parameters=advanced,
        secure_reads_per_month=count * reads,
        billed_interactions_per_month=advanced * reads,
    )


def _priced(catalog: Catalog, place: Place, resource: Resource, plan: AccountPlan) -> Priced:
    with exact():
        usage = tuple(resource.usage(Setting("secret", facts_of(catalog), catalog)))
    workload = Workload("secret", "dev", _REGION, SHARED_ACCOUNT, ONE_PAYER, usage)
    total = Bill(catalog, [workload], plan).total
    return Priced(place, total, ", ".join(use.derivation for use in usage if use.quantity))
