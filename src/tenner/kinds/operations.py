"""Kinds of resources that watch and carry: logs, metrics, alarms, messages, events, budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from tenner.kinds.base import ONE, ZERO, Amount, Count, Resource, Setting
from tenner.money import ceiling_division

if TYPE_CHECKING:
    from decimal import Decimal

    from tenner.usage import Usage


class LogGroup(Resource):
    """Log groups of one class; `stored_gb` as it is stored, compressed."""

    FLOWS: ClassVar[tuple[str, ...]] = (
        "ingested_gb_per_month",
        "stored_gb",
        "scanned_gb_per_month",
    )

    kind: Literal["log_group"]
    ingested_gb_per_month: Amount
    stored_gb: Amount
    sent_by: Literal["lambda", "custom"] = "custom"
    infrequent_access: bool = False
    scanned_gb_per_month: Amount = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive what is taken in, kept and searched."""
        ingested, rare = self.ingested_gb_per_month, self.infrequent_access
        item = f"cloudwatch_logs/ingest_{self.sent_by}{'_infrequent_access' if rare else ''}"
        found = [
            at.use(item, ingested, "{} GB taken in", ingested),
            at.use("cloudwatch_logs/storage", self.stored_gb, "{} GB kept", self.stored_gb),
        ]
        scanned = ("insights_scan", self.scanned_gb_per_month, "{} GB searched")
        return found + at.used("cloudwatch_logs", scanned)


class Metric(Resource):
    """Custom metrics; `sent_by_aws` of them AWS services send by themselves, for nothing."""

    FLOWS: ClassVar[tuple[str, ...]] = ("custom_metrics", "sent_by_aws", "api_requests_per_month")

    kind: Literal["metric"]
    custom_metrics: Count
    sent_by_aws: Count = 0
    api_requests_per_month: Amount = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive metrics and the requests that send them."""
        requests = ("api_requests", self.api_requests_per_month, "{} requests")
        metrics = self.custom_metrics
        return [
            at.use("cloudwatch/custom_metric", metrics, "{} metrics", metrics),
            *at.used("cloudwatch", requests),
        ]


class Alarm(Resource):
    """Alarms, each billed for every metric that it watches.

    Those `of_auto_scaling` come and go with tables that scale, and are nobody's choice.
    """

    FLOWS: ClassVar[tuple[str, ...]] = ("alarms",)

    kind: Literal["alarm"]
    alarms: Count
    metrics_per_alarm: Count = 1
    resolution: Literal["standard", "high_resolution"] = "standard"
    of_auto_scaling: bool = False

    def usage(self, at: Setting) -> list[Usage]:
        """Derive alarm metrics."""
        each, sentence = self.metrics_per_alarm, "{} alarms × {} metrics"
        item = f"cloudwatch/alarm_{self.resolution}"
        return [at.use(item, self.alarms * each, sentence, self.alarms, each)]


class Dashboard(Resource):
    """CloudWatch dashboards of up to 50 metrics each."""

    kind: Literal["dashboard"]
    dashboards: Count

    def usage(self, at: Setting) -> list[Usage]:
        """Derive dashboards."""
        count = self.dashboards
        return [at.use("cloudwatch/dashboard", count, "{} dashboards", count)]


class ContributorInsights(Resource):
    """Contributor Insights on logs or on a table."""

    FLOWS: ClassVar[tuple[str, ...]] = ("events_per_month",)

    kind: Literal["contributor_insights"]
    watches: Literal["logs", "dynamodb"]
    rules: Count
    events_per_month: Amount

    def usage(self, at: Setting) -> list[Usage]:
        """Derive rules and the events that match them."""
        item = "contributor_insights" + ("_dynamodb" if self.watches == "dynamodb" else "")
        rules, events = self.rules, self.events_per_month
        return [
            at.use(f"cloudwatch/{item}_rule", rules, "{} rules", rules),
            at.use(f"cloudwatch/{item}_events", events, "{} events", events),
        ]


class Queue(Resource):
    """An SQS queue: a message is sent, received and deleted, each a request."""

    FLOWS: ClassVar[tuple[str, ...]] = ("requests_per_month",)

    kind: Literal["queue"]
    requests_per_month: Amount
    bytes_per_request: Amount = ZERO
    fifo: bool = False

    def usage(self, at: Setting) -> list[Usage]:
        """Derive requests, each counted once for every 64 KB of it."""
        item = f"sqs/{'fifo' if self.fifo else 'standard'}"
        return [_in_chunks(at, item, self.requests_per_month, self.bytes_per_request, "requests")]


class Topic(Resource):
    """An SNS topic: what is published, and what is delivered outside AWS."""

    FLOWS: ClassVar[tuple[str, ...]] = (
        "publishes_per_month",
        "http_deliveries_per_month",
        "email_deliveries_per_month",
    )

    kind: Literal["topic"]
    publishes_per_month: Amount
    bytes_per_publish: Amount = ZERO
    http_deliveries_per_month: Amount = ZERO
    email_deliveries_per_month: Amount = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive publishes, each counted once for every 64 KB of it, and deliveries."""
        rows = (
            ("http_deliveries", self.http_deliveries_per_month, "{} deliveries"),
            ("email_deliveries", self.email_deliveries_per_month, "{} mails"),
        )
        return [
            _in_chunks(
                *(at, "sns/publishes", self.publishes_per_month, self.bytes_per_publish),
                "publishes",
            ),
            *at.used("sns", *rows),
        ]


def _in_chunks(at: Setting, item: str, count: Decimal, size: Decimal, what: str) -> Usage:
    chunks = ceiling_division(size, at.facts.message_chunk)
    if chunks <= ONE:
        return at.use(item, count, f"{{}} {what}", count)
    return at.use(item, count * chunks, f"{{}} {what} × {{}} × 64 KB", count, chunks)


class EventBridge(Resource):
    """Events of one's own, and runs of the scheduler; events of AWS services are free."""

    FLOWS: ClassVar[tuple[str, ...]] = (
        "custom_events_per_month",
        "scheduled_runs_per_month",
        "pipe_requests_per_month",
    )

    kind: Literal["eventbridge"]
    custom_events_per_month: Amount = ZERO
    scheduled_runs_per_month: Amount = ZERO
    pipe_requests_per_month: Amount = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive events and runs."""
        rows = (
            ("custom_events", self.custom_events_per_month, "{} events"),
            ("scheduler", self.scheduled_runs_per_month, "{} runs"),
            ("pipes", self.pipe_requests_per_month, "{} requests"),
        )
        return at.used("eventbridge", *rows)


class Budget(Resource):
    """Budgets; only those that act by themselves cost anything, by the day.

    `limit_usd` is what may be spent in a month, `alerts_at_percent` the parts of it at which
    somebody is told.
    """

    kind: Literal["budget"]
    monitoring_budgets: Count = 0
    action_budget_days_per_month: Amount = ZERO
    limit_usd: Amount = ZERO
    alerts_at_percent: Annotated[
        tuple[Annotated[Amount, Field(gt=0, le=1000)], ...], Field(strict=False)
    ] = ()

    def usage(self, at: Setting) -> list[Usage]:
        """Derive budgets that watch, and days of those that act."""
        rows = (
            ("monitoring_budget", self.monitoring_budgets, "{} budgets that only tell"),
            ("action_enabled_budget", self.action_budget_days_per_month, "{} days"),
        )
        return at.used("budgets", *rows)


class CostExplorer(Resource):
    """Requests to the Cost Explorer API, each page one."""

    kind: Literal["cost_explorer"]
    api_requests_per_month: Amount

    def usage(self, at: Setting) -> list[Usage]:
        """Derive requests."""
        requests = self.api_requests_per_month
        return [at.use("cost_explorer/api_requests", requests, "{} requests", requests)]
