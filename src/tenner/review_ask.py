"""Asks AWS, which is only read, what a review needs to know of an app."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from tenner.aws import Account, Refused
from tenner.review_facts import (
    Deployed,
    DeployedFunction,
    DeployedTable,
    FunctionMetrics,
    LogGroup,
    TableMetrics,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenner.manifest import Manifest

_WEEK, _MONTH, _DAY_S = 7, 30, 86_400
_Part = TypeVar("_Part")


class Asker:
    """Asks about one app in one environment; `now` is the end of the days that metrics are of.

    `owns` says that the environment is an account of its own, in which nothing is published.
    """

    def __init__(
        self,
        manifest: Manifest,
        environment: str,
        now: datetime,
        account: Account | None = None,
        *,
        owns: bool = False,
    ) -> None:
        self._manifest, self._environment, self._now = manifest, environment, now
        self._owns = owns
        self._aws = account or Account(manifest.region)
        self._names = {f"{manifest.app}-{environment}-{name}": name for name in manifest.functions}

    @property
    def account(self) -> str:
        """Give the account's number; raises OutsideError where AWS can't be asked."""
        return self._aws.id

    def deployed(self) -> Deployed:
        """Ask for everything; what AWS refuses is unknown, with its reason.

        Raises OutsideError where AWS can't be asked.
        """
        table = self._known(self._table)
        insights: bool | Unknown
        week: TableMetrics | Unknown
        insights = week = table if isinstance(table, Unknown) else Unknown("")
        if isinstance(table, DeployedTable):
            insights = self._known(lambda: self._insights(table.name))
            week = self._known(lambda: self._table_metrics(table.name))
        return Deployed(
            functions=self._known(self._functions),
            log_groups=self._known(self._log_groups),
            table=table,
            insights=insights,
            throttle=self._known(self._throttle),
            weekly=self._known(lambda: self._function_metrics(_WEEK)),
            monthly=self._known(lambda: self._function_metrics(_MONTH)),
            table_week=week,
            tokens_week=self._known(self._tokens),
        )

    @staticmethod
    def _known(ask: Callable[[], _Part]) -> _Part | Unknown:
        try:
            return ask()
        except Refused as error:
            if error.code.startswith("AccessDenied"):
                return Unknown(f"these credentials may not ask it ({error.code})")
            return Unknown(f"AWS says {error.code}")

    def _functions(self) -> Mapping[str, DeployedFunction]:
        found = {}
        for full, name in self._names.items():
            try:
                now = self._aws.ask("lambda", "get_function_configuration", FunctionName=full)
            except Refused as error:
                if error.code != "ResourceNotFoundException":
                    raise
                continue  # not deployed yet
            reserved = self._aws.ask("lambda", "get_function_concurrency", FunctionName=full)
            found[name] = DeployedFunction(
                int(now["MemorySize"]),
                int(now["Timeout"]),
                reserved.get("ReservedConcurrentExecutions"),
            )
        return found

    def _log_groups(self) -> list[LogGroup]:
        prefix = f"/aws/lambda/{self._manifest.app}-{self._environment}-"
        found, token = list[LogGroup](), dict[str, str]()
        while True:
            page = self._aws.ask("logs", "describe_log_groups", logGroupNamePrefix=prefix, **token)
            for each in page.get("logGroups", ()):
                name, days = str(each["logGroupName"]), each.get("retentionInDays")
                found.append(LogGroup(name, days, int(each.get("storedBytes") or 0)))
            if not page.get("nextToken"):
                return found
            token = {"nextToken": page["nextToken"]}

    def _published(self, name: str) -> str:
        """Read a parameter that the shared infrastructure publishes."""
        path = f"/shared/{self._environment}/{name}"
        return str(self._aws.ask("ssm", "get_parameter", Name=path)["Parameter"]["Value"])

    def _api(self) -> str:
        """Find the app's HTTP API: its own by name, or that of the shared ones it is on."""
        if not self._owns:
            number = self._manifest.api
            return self._published("api-id" if number == 1 else f"apis/{number}/api-id")
        name = f"{self._manifest.app}-{self._environment}"
        for api in self._aws.pages("apigatewayv2", "get_apis", "Items"):
            if api["Name"] == name:
                return str(api["ApiId"])
        raise Refused("NotFound", f"no API is named {name}")

    def _table(self) -> DeployedTable:
        own = f"{self._manifest.app}-{self._environment}"
        name = own if self._owns else self._published("table-name")
        table = self._aws.ask("dynamodb", "describe_table", TableName=name)["Table"]
        mode = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        given = table.get("ProvisionedThroughput", {})
        return DeployedTable(
            name=name,
            billing_mode=str(mode),
            read_units=int(given.get("ReadCapacityUnits") or 0),
            write_units=int(given.get("WriteCapacityUnits") or 0),
            indexes=[str(each["IndexName"]) for each in table.get("GlobalSecondaryIndexes", ())],
            scales=mode == "PROVISIONED" and self._scales(name),
        )

    def _scales(self, table: str) -> bool:
        targets = self._aws.ask(
            "application-autoscaling",
            "describe_scalable_targets",
            ServiceNamespace="dynamodb",
            ResourceIds=[f"table/{table}"],
        )
        return bool(targets.get("ScalableTargets"))

    def _insights(self, table: str) -> bool:
        said = self._aws.ask("dynamodb", "describe_contributor_insights", TableName=table)
        return said.get("ContributorInsightsStatus") in {"ENABLED", "ENABLING"}

    def _throttle(self) -> Decimal | None:
        stage = self._aws.ask("apigatewayv2", "get_stage", ApiId=self._api(), StageName="$default")
        limit = stage.get("DefaultRouteSettings", {}).get("ThrottlingRateLimit")
        return None if limit is None else Decimal(str(limit))

    def _function_metrics(self, days: int) -> Mapping[str, FunctionMetrics]:
        found = {}
        for full, name in self._names.items():
            of = {"FunctionName": full}
            runs = self._metric("AWS/Lambda", "Invocations", of, days, "Sum")
            ms = self._metric("AWS/Lambda", "Duration", of, days, "Sum")
            found[name] = FunctionMetrics(
                runs=runs,
                errors=self._metric("AWS/Lambda", "Errors", of, days, "Sum"),
                average_ms=ms / runs if runs else Decimal(0),
                longest_ms=self._metric("AWS/Lambda", "Duration", of, days, "Maximum"),
            )
        return found

    def _table_metrics(self, table: str) -> TableMetrics:
        def total(name: str) -> Decimal:
            return self._metric("AWS/DynamoDB", name, {"TableName": table}, _WEEK, "Sum")

        return TableMetrics(
            reads=total("ConsumedReadCapacityUnits"),
            writes=total("ConsumedWriteCapacityUnits"),
            throttled=total("ReadThrottleEvents") + total("WriteThrottleEvents"),
        )

    def _tokens(self) -> tuple[Decimal, Decimal]:
        if self._manifest.ai is None:
            return Decimal(0), Decimal(0)
        of = {"ModelId": self._manifest.ai.model}
        read = self._metric("AWS/Bedrock", "InputTokenCount", of, _WEEK, "Sum")
        return read, self._metric("AWS/Bedrock", "OutputTokenCount", of, _WEEK, "Sum")

    def _metric(
        self, namespace: str, name: str, of: Mapping[str, str], days: int, statistic: str
    ) -> Decimal:
        """Add a metric of some days up, or find its greatest; 0 where there is none."""
        page = self._aws.ask(
            "cloudwatch",
            "get_metric_statistics",
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in of.items()],
            StartTime=self._now - timedelta(days=days),
            EndTime=self._now,
            Period=_DAY_S,
            Statistics=[statistic],
        )
        values = [Decimal(str(each[statistic])) for each in page.get("Datapoints", ())]
        if statistic == "Maximum":
            return max(values, default=Decimal(0))
        return sum(values, Decimal(0))
