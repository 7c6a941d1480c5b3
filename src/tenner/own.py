"""What an environment with an account of its own brings to one app, and what of it is paid for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.errors import UnavailableError
from tenner.money import ceiling_division
from tenner.own_archive import archive_usage
from tenner.own_table import capacity_of
from tenner.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import Catalog, Profile
    from tenner.manifest import Manifest
    from tenner.manifest_environment import Environment
    from tenner.usage import Place

_ONE = Decimal(1)
_CHOSEN = ("table_capacity", "deletion_protection", "key", "alarms", "dashboard", "budget_usd")
_STEPS = Decimal(4)
_ROTATION_GB = Decimal("0.125")
_DAY_S = 86_400


def profile_of(manifest: Manifest, environment: Environment, catalog: Catalog) -> Profile:
    """Give what an environment brings to an app: the catalog's profile, and what app.yaml chose."""
    profile, chosen = catalog.environments[environment], manifest.environments[environment]
    update = {name: value for name in _CHOSEN if (value := getattr(chosen, name)) is not None}
    if chosen.table_limits and profile.auto_scaling:
        limits = chosen.table_limits.model_dump()
        update["auto_scaling"] = profile.auto_scaling.model_copy(update=limits)
    return profile.model_copy(update=update) if update else profile


def with_own(place: Place, catalog: Catalog, found: Sequence[Usage]) -> list[Usage]:
    """Add to an app's usage what is its own, and put its table into the capacity it has."""
    if place.profile.account == "shared":
        return list(found)
    try:
        capacity = capacity_of(found, place.profile, catalog, place.manifest.region)
    except UnavailableError:
        return list(found)  # the bill refuses it, and names the first item without a price
    return [
        *capacity.applied(found),
        *(_key(place, catalog) if capacity.has_table else ()),
        *_watching(place, has_table=capacity.has_table),
        *_rotation(place, catalog),
        *archive_usage(place),
    ]


def _key(place: Place, catalog: Catalog) -> list[Usage]:
    if place.profile.key == "aws_owned":
        return []
    seconds, month_s = catalog.assumption("table_key_s"), place.facts.month_s
    found = Usage(
        "kms/symmetric_requests",
        ceiling_division(month_s, seconds),
        "key",
        "at most one request in {} s of a month of {} hours",
        (seconds, place.facts.hours),
    )
    own = Usage("kms/customer_managed_key", _ONE, "key", "{} key", (_ONE,))
    return [own, found] if place.profile.key == "customer" else [found]


def alarms_of(manifest: Manifest) -> dict[str, int]:
    """Count the alarms that an app has where it pays for them, by what they watch."""
    triggers = [function.trigger for function in manifest.functions.values()]
    return {
        "errors of functions": len(triggers),
        "errors of the API": int("http_api" in triggers),
        "dead letters": triggers.count("queue"),
        "refused requests of the table": 2 if triggers else 0,
    }


def _watching(place: Place, *, has_table: bool) -> list[Usage]:
    found = []
    if place.profile.alarms:
        watched = {what: count for what, count in alarms_of(place.manifest).items() if count}
        if watched:
            count = Decimal(sum(watched.values()))
            sentence = " + ".join(f"{{}} on the {what}" for what in watched)
            terms = tuple(map(Decimal, watched.values()))
            found.append(Usage("cloudwatch/alarm_standard", count, "alarms", sentence, terms))
    if place.profile.dashboard and has_table:
        found.append(Usage("cloudwatch/dashboard", _ONE, "dashboard", "{} dashboard", (_ONE,)))
    return found


def _rotation(place: Place, catalog: Catalog) -> list[Usage]:
    names = place.manifest.environments[place.environment].rotate  # type: ignore[index]
    days = place.profile.secret_rotation_days
    if not names or not days:
        return []
    count = Decimal(len(names))
    times = count * ceiling_division(place.facts.month_s, Decimal(days * _DAY_S))
    runs, calls = times * _STEPS, catalog.assumption("rotation_api_calls")
    seconds = catalog.assumption("rotation_step_s") + place.facts.init_s
    every = "{} rotations, of each of {} secrets every {} days at the most"
    counted = (times, count, Decimal(days))
    return [
        Usage("lambda/requests", runs, "rotation", f"{every}, × {{}} steps", (*counted, _STEPS)),
        Usage(
            "lambda/duration_arm64",
            runs * seconds * _ROTATION_GB,
            "rotation",
            f"{every}, × {{}} steps × {{}} s × {{}} GB",
            (*counted, _STEPS, seconds, _ROTATION_GB),
        ),
        Usage(
            "secrets_manager/api_calls",
            times * calls,
            "rotation",
            f"{every}, × {{}} calls",
            (*counted, calls),
        ),
    ]
