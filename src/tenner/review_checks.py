"""The checks of a review: each looks at one thing and says pass, fail, or why it can't know."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.money import cents, plain
from tenner.review_checks_aws import (
    contributor_insights,
    durations,
    errors,
    indexes,
    model_tokens,
    requests,
    slow_functions,
    table_mode,
    table_throttles,
    unused_capacity,
    unused_log_groups,
)
from tenner.review_facts import Found, Unknown, judged, passed, unchecked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenner.review_facts import Scene

_MILLION = Decimal(1_000_000)


def memory(scene: Scene, limit: Decimal) -> Found:
    """Look at each function's memory: as it runs where that is known, else in the manifest."""
    where, sizes = _functions(scene, "memory_mb")
    wrong = [f"{name} has {mb:,} MB in {where}" for name, mb in sizes.items() if mb > limit]
    most = max(sizes.values(), default=0)
    return judged(wrong, f"at most {most:,} MB in {where}" if sizes else "it has no function")


def timeout(scene: Scene, limit: Decimal) -> Found:
    """Look at each function's timeout: as it runs where that is known, else in the manifest."""
    where, times = _functions(scene, "timeout_s")
    wrong = [f"{name} may run {s:,} s in {where}" for name, s in times.items() if s > limit]
    most = max(times.values(), default=0)
    return judged(wrong, f"at most {most:,} s in {where}" if times else "it has no function")


def _functions(scene: Scene, field: str) -> tuple[str, dict[str, int]]:
    """Give a figure of each function, and where it stands; those not deployed yet by app.yaml."""
    found = {name: getattr(each, field) for name, each in scene.manifest.functions.items()}
    if isinstance(scene.deployed.functions, Unknown):
        return "app.yaml", found
    running = {name: getattr(each, field) for name, each in scene.deployed.functions.items()}
    return ("AWS" if running.keys() >= found.keys() else "app.yaml"), {**found, **running}


def runaway(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001 - all checks are called alike
    """Look for the bound of the functions that strangers set off through the API."""
    http = [n for n, each in scene.manifest.functions.items() if each.trigger == "http_api"]
    if not http:
        return passed("no function is set off through the API")
    functions, throttle = scene.deployed.functions, scene.deployed.throttle
    if not isinstance(functions, Unknown):
        reserved = [each.reserved for name, each in functions.items() if name in http]
        if reserved and all(each is not None for each in reserved):
            return passed(f"{reserved[0]} at once are reserved")
    if isinstance(throttle, Unknown):
        return unchecked(throttle)
    if throttle is None or throttle <= 0:
        return Found("fail", "the API's stage has no throttle, and no concurrency is reserved")
    return passed(f"the API takes at most {plain(throttle)} requests a second")


def log_retention(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Look how long logs are kept, in AWS or in a plan."""
    days = scene.profile.log_retention_days
    if scene.plan is not None:
        kept = {
            each.address: each.known("retention_in_days")
            for each in scene.plan.resources
            if each.type == "aws_cloudwatch_log_group"
        }
        where = "the plan"
    elif isinstance(scene.deployed.log_groups, Unknown):
        return unchecked(scene.deployed.log_groups)
    else:
        kept = {each.name: each.days for each in scene.deployed.log_groups}
        where = "AWS"
    wrong = [
        f"{name} keeps logs {f'{kept_days} days' if kept_days else 'for ever'}"
        for name, kept_days in kept.items()
        if not kept_days or kept_days > days
    ]
    if not kept:
        return Found("unchecked", f"{where} has no log group of it")
    return judged(wrong, f"at most {days} days in {where}")


def answer_cache(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Look whether the manifest keeps the model's answers."""
    days = scene.manifest.ai.cache_ttl_days if scene.manifest.ai else 0
    return judged([] if days else ["ai.cache_ttl_days is 0"], f"{days} days in app.yaml")


def cheap_model(scene: Scene, limit: Decimal) -> Found:
    """Compare what a million tokens of the model's answers cost with a limit in USD."""
    if scene.manifest.ai is None:
        return passed("it has no model")
    model = scene.manifest.ai.model
    key = f"{scene.catalog.model_item(model)}_output"
    usd = scene.catalog.item(key, scene.manifest.region).tiers[0][1] * _MILLION
    price = f"a million tokens that {model} writes cost {cents(usd)}"
    return judged([f"{price}, more than {cents(limit)}"] if usd > limit else [], price)


def budget(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Look whether fleet.yaml, or app.yaml of an account of its own, names who is told."""
    if scene.has_own_account:
        usd = Decimal(scene.profile.budget_usd)
        email = scene.manifest.environments[scene.environment].alert_email
        file = "app.yaml"
    elif isinstance(scene.infra, Unknown):
        return unchecked(scene.infra)
    else:
        usd, email = scene.infra.budget.monthly_usd, scene.infra.budget.alert_email
        file = "fleet.yaml"
    if not usd:
        return Found("fail", f"there is no budget in {file}")
    if not email:
        return Found("fail", f"nobody is told when the budget of {cents(usd)} is used up")
    return passed(f"{email} is told of {cents(usd)}, in {file}")


def spend(scene: Scene, limit: Decimal) -> Found:
    """Look when `tenner spend` asked AWS last, and whether it found something unusual."""
    if scene.spend is None:
        return Found("fail", "tenner spend has asked AWS nothing on this machine")
    days = (scene.today - scene.spend.on).days
    if days < 0:
        return Found("fail", f"tenner spend asked AWS on {scene.spend.on}, which is still to come")
    if days > limit:
        return Found("fail", f"tenner spend asked AWS {days} days ago")
    if scene.spend.anomalies:
        return Found("fail", f"AWS found {scene.spend.anomalies} costs that it did not expect")
    return passed(f"tenner spend asked AWS on {scene.spend.on}, and nothing was unusual")


def advice(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Look whether the rules of advice would save something."""
    return judged(list(scene.advice), "tenner advise finds nothing to save")


CHECKS: Mapping[str, Callable[[Scene, Decimal], Found]] = {
    each.__name__: each
    for each in (
        *(memory, timeout, runaway, log_retention, answer_cache, cheap_model, budget, spend),
        *(advice, table_mode, contributor_insights, model_tokens, durations, table_throttles),
        *(requests, errors, unused_capacity, slow_functions, unused_log_groups, indexes),
    )
}
"""All checks by the name that the catalog uses."""
