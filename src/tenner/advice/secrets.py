"""Rules for secrets, keys and users."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.advice.base import figure, having, made, percent_of, words
from tenner.kinds.base import ZERO, Resource
from tenner.kinds.security import KmsKey, Parameter, Secret, UserPool
from tenner.money import ceiling_division

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenner.advice.base import Change, Scene

_CALLS_OF_A_CACHE = 8760  # one reader that asks every five minutes, all month


def parameter_store(scene: Scene) -> Iterator[Change[Scene]]:
    """Keep secrets that are not rotated as parameters, of which the standard tier is free."""
    changed: dict[str, Resource | None] = {}
    for name, each in scene.of(Secret):
        moving = each.secrets - each.rotated_secrets
        if moving <= 0 and each.secrets:
            continue
        calls = each.api_calls_per_month
        reads = calls
        if each.rotated_secrets:
            reads = ceiling_division(calls * moving, Decimal(each.secrets))
            left = having(each, secrets=each.rotated_secrets, api_calls_per_month=calls - reads)
            changed[name] = left
        changed[f"{name}-parameters" if each.rotated_secrets else name] = made(
            Parameter,
            kind="parameter",
            grows=each.grows,
            standard_parameters=moving,
            secure_reads_per_month=reads,
        )
    if changed:
        names = [name for name in changed if name in scene.resources]
        do = f"Keep {words(names)} in Parameter Store as SecureString of the standard tier."
        yield scene.change(do, changed)


def secret_caching(scene: Scene) -> Iterator[Change[Scene]]:
    """Keep a secret's value for five minutes in the function that reads it."""
    kept = scene.assumed("cached_secret_calls_percent")
    for name, each in scene.of(Secret):
        stated = scene.stated.get(name, each)
        one = stated if isinstance(stated, Secret) else each
        if one.api_calls_per_month > max(one.secrets, 1) * _CALLS_OF_A_CACHE:
            calls = percent_of(each.api_calls_per_month, kept)
            do = f"Cache the values of {name} for 5 minutes: {figure(kept)} % of the calls."
            yield scene.change(do, {name: having(each, api_calls_per_month=calls)})


def shared_secrets(scene: Scene) -> Iterator[Change[Scene]]:
    """Share one set of secrets among all apps outside production."""
    if scene.is_production:
        return
    for name, each in scene.of(Secret):
        stated = scene.stated.get(name)
        if isinstance(stated, Secret) and stated.secrets < each.secrets:
            do = f"Let all apps share {stated.secrets} of the {each.secrets} secrets of {name}."
            yield scene.change(do, {name: having(each, secrets=stated.secrets)})


def one_secret(scene: Scene) -> Iterator[Change[Scene]]:
    """Keep what is read together in one secret, as JSON."""
    for name, each in scene.of(Secret):
        stated = scene.stated.get(name, each)
        together = stated.secrets if isinstance(stated, Secret) else each.secrets
        if together > 1 and not each.rotated_secrets:
            count = int(ceiling_division(Decimal(each.secrets), Decimal(together)))
            calls = ceiling_division(each.api_calls_per_month, Decimal(together))
            do = f"Keep the {together} secrets of {name} that one app reads in one, as JSON."
            yield scene.change(do, {name: having(each, secrets=count, api_calls_per_month=calls)})


def aws_owned_keys(scene: Scene) -> Iterator[Change[Scene]]:
    """Encrypt with keys that AWS owns: neither they nor their requests are billed."""
    keys = {name: each for name, each in scene.of(KmsKey) if each.customer_managed_keys}
    if keys:
        do = f"Encrypt by default, with keys that AWS owns, instead of {words(keys)}."
        none = {
            name: having(each, customer_managed_keys=0, requests_per_month=ZERO)
            for name, each in keys.items()
        }
        yield scene.change(do, none)


def cognito_plan(scene: Scene) -> Iterator[Change[Scene]]:
    """Take a cheaper plan; one with threat protection stays one."""
    for name, each in scene.of(UserPool):
        watched = each.advanced_security or each.plan == "plus"
        plans = ("plus",) if watched else ("lite", "essentials")
        for plan in plans:
            if plan != each.plan:
                do = f"Set the plan of {name} from {each.plan} to {plan}."
                new = having(each, plan=plan, advanced_security=False)
                yield scene.change(do, {name: new})


def threat_protection(scene: Scene) -> Iterator[Change[Scene]]:
    """Do without threat protection, which is billed for every user."""
    for name, each in scene.of(UserPool):
        if each.advanced_security:
            do = f"Turn advanced security of {name} off."
            yield scene.change(do, {name: having(each, advanced_security=False)})
        elif each.plan == "plus":
            do = f"Set the plan of {name} from plus to essentials, without threat protection."
            yield scene.change(do, {name: having(each, plan="essentials")})
