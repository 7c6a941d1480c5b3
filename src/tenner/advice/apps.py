"""Rules for generated apps: each changes the manifest, or what the app's infrastructure uses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tenner.advice.base import (
    BEDROCK_MODEL_RISKS,
    HIPAA,
    Change,
    Rule,
    figure,
    percent_of,
    words,
)
from tenner.advice.compute import LEAST_TO_HALVE_MB, models_of
from tenner.kinds.base import HUNDRED
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.usage import Usage
    from tenner.workload import Workload


@dataclass(frozen=True, slots=True, eq=False)
class AppScene:
    """One app: its manifest, the catalog with its environments, and the rest of the fleet.

    `adjusts` change single uses, for what no manifest states; one that gives None takes it away.
    `reworks` change whole workloads after that.
    """

    manifest: Manifest
    catalog: Catalog
    others: Sequence[Workload]
    adjusts: tuple[Callable[[Usage], Usage | None], ...] = ()
    reworks: tuple[Callable[[Workload, Catalog], Workload], ...] = ()

    def workloads(self) -> list[Workload]:
        """Derive the app's workloads, in all its environments."""
        found = []
        for each in workloads_of(self.manifest, self.catalog):
            workload = each._replace(usage=tuple(self._adjusted(each.usage)))
            for rework in self.reworks:
                workload = rework(workload, self.catalog)
            found.append(workload)
        return found

    def _adjusted(self, usages: Sequence[Usage]) -> Iterator[Usage]:
        for usage in usages:
            found: Usage | None = usage
            for adjust in self.adjusts:
                found = found and adjust(found)
            if found:
                yield found

    def having(self, **fields: Any) -> AppScene:
        """Give the scene with some fields of the manifest changed."""
        return replace(self, manifest=self.manifest.model_copy(update=fields))

    def with_function(self, name: str, **fields: Any) -> AppScene:
        """Give the scene with some fields of one function changed."""
        new = self.manifest.functions[name].model_copy(update=fields)
        return self.having(functions={**self.manifest.functions, name: new})

    def adjusted(self, adjust: Callable[[Usage], Usage | None]) -> AppScene:
        """Give the scene with a further change of single uses."""
        return replace(self, adjusts=(*self.adjusts, adjust))

    def reworked(self, rework: Callable[[Workload, Catalog], Workload]) -> AppScene:
        """Give the scene with a further change of whole workloads."""
        return replace(self, reworks=(*self.reworks, rework))


def arm64(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Run functions on arm64."""
    functions = scene.manifest.functions
    old = [name for name, each in functions.items() if each.architecture == "x86_64"]
    if old:
        after = scene
        for name in old:
            after = after.with_function(name, architecture="arm64")
        keys = words(f"functions.{name}.architecture" for name in old)
        yield Change(f"In app.yaml take {keys} away: arm64 is the default.", tuple(old), after)


def memory(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Give a function half its memory, and so half its CPU."""
    longer = scene.catalog.assumption("half_memory_duration_percent")
    for name, each in scene.manifest.functions.items():
        duration = percent_of(each.use.duration_ms, longer)
        if each.memory_mb < LEAST_TO_HALVE_MB or duration > each.timeout_s * 1000:
            continue
        half = each.memory_mb // 2
        use = each.use.model_copy(update={"duration_ms": duration})
        do = (
            f"In app.yaml set functions.{name}.memory_mb: {half}; measure that it takes no longer "
            f"than {figure(duration)} ms."
        )
        yield Change(do, (name,), scene.with_function(name, memory_mb=half, use=use))


def log_filter(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Write fewer lines."""
    less = scene.catalog.assumption("log_filter_percent")
    after, names = scene, []
    for name, each in scene.manifest.functions.items():
        if each.use.log_bytes_per_request:
            left = percent_of(each.use.log_bytes_per_request, HUNDRED - less)
            use = each.use.model_copy(update={"log_bytes_per_request": left})
            after = after.with_function(name, use=use)
            names.append(name)
    if names:
        do = f"Log at INFO what is needed: {figure(less)} % less in {words(names)}."
        yield Change(do, tuple(names), after)


def log_class(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Take logs in at half the price."""
    item = "cloudwatch_logs/ingest_lambda"
    do = 'Set log_group_class = "INFREQUENT_ACCESS" in Terraform; the groups are made anew.'
    after = scene.adjusted(
        lambda use: use._replace(item=f"{item}_infrequent_access") if use.item == item else use
    )
    yield Change(do, ("logs",), after)


def function_url(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Call the function by its own URL, where one alone is called and nobody logs in."""
    names = [n for n, each in scene.manifest.functions.items() if each.trigger == "http_api"]
    if len(names) == 1 and not scene.manifest.login:
        do = f"Give {names[0]} an aws_lambda_function_url in place of its routes."
        after = scene.adjusted(lambda use: None if use.item.startswith("api_gateway/") else use)
        yield Change(do, tuple(names), after)


def unshared_secrets(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Keep as parameters the shared secrets that no other app has."""
    secrets = scene.manifest.secrets
    used = {
        usage.shared.rpartition("/")[2]
        for workload in scene.others
        for usage in workload.usage
        if usage.shared
    }
    mine = [name for name in secrets.shared if name not in used and name not in secrets.app]
    taken = set(scene.manifest.parameters)
    mine = [name for name in mine if name not in taken]
    if mine:
        shared = tuple(name for name in secrets.shared if name not in mine)
        moved = secrets.model_copy(update={"shared": shared, "app": (*secrets.app, *mine)})
        do = (
            f"In app.yaml move {words(mine)} from secrets.shared to secrets.app, and take it out "
            "of fleet.yaml: no app shares it."
        )
        yield Change(do, tuple(mine), scene.having(secrets=moved))


def parameter_store(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Keep an app's own secrets in production as parameters too."""
    profile = scene.catalog.environments["prod"]
    names = scene.manifest.secrets.app
    if names and "prod" in scene.manifest.environments and profile.app_secrets != "parameter_store":
        new = profile.model_copy(update={"app_secrets": "parameter_store"})
        profiles = {**scene.catalog.environments, "prod": new}
        after = replace(scene, catalog=replace(scene.catalog, environments=profiles))
        do = f"Keep {words(names)} as SecureString in prod, as in dev (catalog/environments.yaml)."
        yield Change(do, tuple(names), after)


def bedrock_model(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Take the cheapest current model of the same maker, by the same profile."""
    if ai := scene.manifest.ai:
        for model in models_of(scene.catalog, scene.manifest.region, ai.model):
            after = scene.having(ai=ai.model_copy(update={"model": model}))
            yield Change(f"In app.yaml set ai.model: {model}.", ("ai",), after)


def bedrock_cache(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Answer more from the table and from static answers."""
    ai, hits = scene.manifest.ai, scene.catalog.assumption("ai_cache_hit_percent")
    if ai and ai.use.cache_hit_percent < hits:
        use = ai.use.model_copy(update={"cache_hit_percent": hits})
        do = (
            "Write the usual answers into functions/shared/ai_static_answers.json, until "
            f"{figure(hits)} % need no model."
        )
        yield Change(do, ("ai",), scene.having(ai=ai.model_copy(update={"use": use})))


def bedrock_tokens(scene: AppScene) -> Iterator[Change[AppScene]]:
    """Limit how long an answer may be."""
    ai, most = scene.manifest.ai, scene.catalog.assumption("ai_answer_tokens")
    if ai and ai.max_output_tokens > most and ai.use.output_tokens_per_prompt > most:
        after = scene.having(ai=ai.model_copy(update={"max_output_tokens": int(most)}))
        yield Change(f"In app.yaml set ai.max_output_tokens: {figure(most)}.", ("ai",), after)


APP_RULES: Sequence[Rule[AppScene]] = (
    Rule(
        "arm64", arm64, "hours", "low", "a library with binary parts needs an arm64 form", "0.1.0"
    ),
    Rule("memory", memory, "minutes", "medium", "less memory is less CPU: it is slower"),
    Rule(
        *("log-filter", log_filter, "hours", "low"),
        "less to look at after a mistake",
        *("", HIPAA),
    ),
    Rule(
        *("log-class", log_class, "hours", "medium"),
        "it has no metric filters, alarms, live tail or subscriptions, and no free 5 GB",
    ),
    Rule(
        *("function-url", function_url, "hours", "medium"),
        "it has no login, routes, throttle or domain of its own",
        *("", HIPAA),
    ),
    Rule(
        *("unshared-secrets", unshared_secrets, "minutes", "low"),
        "the next app that needs one makes it shared again",
    ),
    Rule(
        *("parameter-store", parameter_store, "hours", "medium"),
        "a parameter doesn't rotate itself, and 40 are read a second",
        *("", HIPAA),
    ),
    Rule("bedrock-model", bedrock_model, "minutes", "medium", BEDROCK_MODEL_RISKS, "0.1.0"),
    Rule("bedrock-cache", bedrock_cache, "days", "low", "an answer may be out of date"),
    Rule("bedrock-tokens", bedrock_tokens, "minutes", "medium", "answers may be cut off", "0.1.0"),
)
