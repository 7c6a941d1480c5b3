"""Rules for APIs, gateways, balancers and endpoints."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.advice.base import FIXED, figure, having, made, percent_of, words
from tenner.kinds.auto_scaling import TableAutoScaled
from tenner.kinds.base import HUNDRED, ZERO, Resource
from tenner.kinds.compute import BedrockModel, Function, StepFunctions
from tenner.kinds.data import Bucket, EcrRepository, TableOnDemand, TableProvisioned
from tenner.kinds.network import (
    DataTransfer,
    HttpApi,
    InterfaceEndpoint,
    LoadBalancer,
    NatGateway,
    RestApi,
    RestApiCache,
)
from tenner.kinds.operations import EventBridge, LogGroup, Metric, Queue, Topic
from tenner.kinds.security import KmsKey, Parameter, Secret, UserPool
from tenner.money import ceiling_division

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenner.advice.base import Change, Scene

_MOST_ZONES = 6
_ENDPOINTS: tuple[tuple[type[Resource], tuple[str, ...]], ...] = (
    (BedrockModel, ("bedrock-runtime",)),
    (EcrRepository, ("ecr.api", "ecr.dkr")),
    (EventBridge, ("events",)),
    (KmsKey, ("kms",)),
    (LogGroup, ("logs",)),
    (Metric, ("monitoring",)),
    (Parameter, ("ssm",)),
    (Queue, ("sqs",)),
    (Secret, ("secretsmanager",)),
    (StepFunctions, ("states",)),
    (Topic, ("sns",)),
    (UserPool, ("cognito-idp",)),
)
"""The interface endpoints that code in a network without a NAT gateway needs for each kind."""


def http_for_rest(scene: Scene) -> Iterator[Change[Scene]]:
    """Make a REST API an HTTP API; it has no cache, so that one goes with it."""
    for name, each in scene.of(RestApi):
        api = HttpApi(kind="http_api", grows=each.grows, requests_per_month=each.requests_per_month)
        caches = [cache for cache, _ in scene.of(RestApiCache)]
        after = f", without {words(caches)}, which it can't have" if caches else ""
        do = f"Make {name} an HTTP API{after}."
        yield scene.change(do, {name: api, **_without_caches(scene)})


def api_cache(scene: Scene) -> Iterator[Change[Scene]]:
    """Take a cache away that costs more than the runs of functions that it saves."""
    caches = scene.of(RestApiCache)
    if caches:
        hits = max(cache.hit_percent for _, cache in caches)
        do = (
            f"Take {words(name for name, _ in caches)} away; it answers {figure(hits)} % of the "
            "requests, which are billed all the same, and saves only runs of functions."
        )
        yield scene.change(do, _without_caches(scene))


def _without_caches(scene: Scene) -> dict[str, Resource | None]:
    """Take all caches away; what they answered, the functions do, by their share of requests."""
    caches = scene.of(RestApiCache)
    if not caches:
        return {}
    requests = sum((api.requests_per_month for _, api in scene.of(RestApi)), ZERO)
    hits = percent_of(requests, max(cache.hit_percent for _, cache in caches))
    functions = scene.of(Function)
    ran = sum((each.requests_per_month for _, each in functions), ZERO)
    changed: dict[str, Resource | None] = dict.fromkeys(name for name, _ in caches)
    if ran:
        for name, each in functions:
            more = ceiling_division(each.requests_per_month * hits, ran)
            changed[name] = having(each, requests_per_month=each.requests_per_month + more)
    return changed


def gateway_endpoints(scene: Scene) -> Iterator[Change[Scene]]:
    """Send what goes to S3 and DynamoDB through gateway endpoints, which are free."""
    stores = (Bucket, TableOnDemand, TableProvisioned, TableAutoScaled)
    kept = any(isinstance(each, stores) for each in scene.resources.values())
    for name, each in scene.of(NatGateway):
        share = each.s3_and_dynamodb_percent
        if share is None:
            share = scene.assumed("nat_to_s3_and_dynamodb_percent") if kept else ZERO
        if share and each.data_gb_per_month:
            do = (
                f"Add gateway endpoints for S3 and DynamoDB: {figure(share)} % of the data no "
                f"longer passes {name}."
            )
            left = percent_of(each.data_gb_per_month, HUNDRED - share)
            yield scene.change(do, {name: having(each, data_gb_per_month=left)})


def interface_endpoints(scene: Scene) -> Iterator[Change[Scene]]:
    """Reach AWS services through endpoints, and have no NAT gateway."""
    services = [service for kind, names in _ENDPOINTS if scene.of(kind) for service in names]
    for name, each in scene.of(NatGateway):
        if services and each.gateways:
            zones = min(each.gateways, _MOST_ZONES)
            endpoints = made(
                InterfaceEndpoint,
                kind="interface_endpoint",
                grows=FIXED,
                endpoints=len(services),
                zones=zones,
                data_gb_per_month=each.data_gb_per_month,
                hours_per_month=each.hours_per_month,
            )
            do = (
                f"Put interface endpoints in {zones} zone{'s' * (zones > 1)} in place of {name}: "
                f"{words(services)}."
            )
            yield scene.change(do, {name: None, f"{name}-endpoints": endpoints})


def ipv6(scene: Scene) -> Iterator[Change[Scene]]:
    """Go out by IPv6 and an egress-only gateway, which is free."""
    for name, each in scene.of(NatGateway):
        if each.gateways:
            do = f"Give the subnets IPv6 and an egress-only internet gateway in place of {name}."
            yield scene.change(do, {name: None})


def one_nat(scene: Scene) -> Iterator[Change[Scene]]:
    """Have one NAT gateway outside production; what comes from other zones crosses over."""
    if scene.is_production:
        return
    for name, each in scene.of(NatGateway):
        if each.gateways > 1:
            crossing = ceiling_division(
                (each.data_gb_per_month * (each.gateways - 1)).scaleb(6), Decimal(each.gateways)
            ).scaleb(-6)
            transfer = made(
                DataTransfer,
                kind="data_transfer",
                grows=FIXED,
                cross_zone_gb_per_month=crossing,
            )
            do = f"Route all zones of {scene.environment} through one gateway of {name}."
            changed = {name: having(each, gateways=1), f"{name}-cross-zone": transfer}
            yield scene.change(do, changed)


def api_for_balancer(scene: Scene) -> Iterator[Change[Scene]]:
    """Take an HTTP API in place of a load balancer where its requests are known and few."""
    for name, each in scene.of(LoadBalancer):
        if each.balancers and each.requests_per_month:
            api = made(
                HttpApi,
                kind="http_api",
                grows=each.grows,
                requests_per_month=each.requests_per_month,
            )
            do = (
                f"Put an HTTP API with a VPC link, which is free, in place of {name}. The link "
                "needs Cloud Map (or an NLB) to find the tasks, which is not counted."
            )
            yield scene.change(do, {name: api})


def function_url(scene: Scene) -> Iterator[Change[Scene]]:
    """Call a function by its own URL, which costs nothing, where it alone is behind the API."""
    apis: list[tuple[str, HttpApi | RestApi]] = [*scene.of(HttpApi), *scene.of(RestApi)]
    if len(scene.of(Function)) != 1 or len(apis) != 1 or scene.of(UserPool):
        return
    ((name, api),) = apis
    if api.requests_per_month:
        caches = [cache for cache, _ in scene.of(RestApiCache)]
        do = f"Give the function its own URL in place of {words([name, *caches])}."
        yield scene.change(do, {name: None, **_without_caches(scene)})
