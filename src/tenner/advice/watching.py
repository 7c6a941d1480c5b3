"""Rules for logs, metrics, audit and the bill itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.advice.base import figure, having, percent_of, words
from tenner.kinds.base import HUNDRED, ZERO
from tenner.kinds.operations import CostExplorer, LogGroup, Metric
from tenner.kinds.security import CloudTrail
from tenner.money import ceiling_division

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenner.advice.base import Change, Scene


def log_retention(scene: Scene) -> Iterator[Change[Scene]]:
    """Keep logs as many days as the environment's profile says."""
    days = scene.catalog.environments[scene.environment].log_retention_days
    for name, each in scene.of(LogGroup):
        hours = each.ingested_gb_per_month * scene.facts.stored_log_share * days * 24
        kept = ceiling_division(hours.scaleb(6), scene.facts.hours).scaleb(-6)
        if each.ingested_gb_per_month and kept < each.stored_gb:
            do = f"Set the retention of {name} to {days} days."
            yield scene.change(do, {name: having(each, stored_gb=kept)})


def log_class(scene: Scene) -> Iterator[Change[Scene]]:
    """Take logs in at half the price, in the class without live tail, metrics and alarms."""
    old = {name: each for name, each in scene.of(LogGroup) if not each.infrequent_access}
    if old:
        do = f"Make the log groups of {words(old)} anew in the class INFREQUENT_ACCESS."
        yield scene.change(do, {n: having(r, infrequent_access=True) for n, r in old.items()})


def log_filter(scene: Scene) -> Iterator[Change[Scene]]:
    """Write fewer lines."""
    less = scene.assumed("log_filter_percent")
    part = HUNDRED - less
    logs = {name: each for name, each in scene.of(LogGroup) if each.ingested_gb_per_month}
    if logs:
        do = (
            f"Log at INFO and set the system log level of functions to WARN: {figure(less)} % "
            f"less in {words(logs)}."
        )
        changed = {
            name: having(
                each,
                ingested_gb_per_month=percent_of(each.ingested_gb_per_month, part),
                stored_gb=percent_of(each.stored_gb, part),
            )
            for name, each in logs.items()
        }
        yield scene.change(do, changed)


def vended_metrics(scene: Scene) -> Iterator[Change[Scene]]:
    """Stop sending metrics that AWS services send by themselves, for nothing."""
    for name, each in scene.of(Metric):
        both = min(each.sent_by_aws, each.custom_metrics)
        if both:
            do = f"Take the {both} metrics out of {name} that Lambda, API Gateway and RDS send."
            left = each.custom_metrics - both
            yield scene.change(do, {name: having(each, custom_metrics=left, sent_by_aws=0)})


def data_events(scene: Scene) -> Iterator[Change[Scene]]:
    """Record data events of the buckets and functions that matter, not of all."""
    kept = scene.assumed("data_events_kept_percent")
    for name, each in scene.of(CloudTrail):
        if each.data_events_per_month:
            events = percent_of(each.data_events_per_month, kept)
            do = (
                f"Select the buckets and functions of {name} by advanced event selectors, about "
                f"{figure(kept)} % of the data events."
            )
            yield scene.change(do, {name: having(each, data_events_per_month=events)})


def second_trail(scene: Scene) -> Iterator[Change[Scene]]:
    """Have one trail: the first copy of management events is free, each further one is not."""
    for name, each in scene.of(CloudTrail):
        if each.copied_management_events_per_month:
            do = f"Have one trail in {name}, and let its readers share the bucket."
            none = having(each, copied_management_events_per_month=ZERO)
            yield scene.change(do, {name: none})


def cost_explorer(scene: Scene) -> Iterator[Change[Scene]]:
    """Ask for costs once a week; budgets tell for nothing what is due sooner."""
    weekly = Decimal(5)
    for name, each in scene.of(CostExplorer):
        if each.api_requests_per_month > weekly:
            do = f"Ask Cost Explorer once a week in {name}, and let a budget tell the rest."
            yield scene.change(do, {name: having(each, api_requests_per_month=weekly)})
