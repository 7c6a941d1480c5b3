"""What the guard itself uses while nothing is wrong: alarms, and a short run each hour."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.resources import stored_logs
from tenner.usage import Usage

if TYPE_CHECKING:
    from tenner.usage import Facts

TABLE_METRICS = 4
"""What an environment's alarms watch: reads and writes, of the table and of its index."""
RUN_S, MEMORY_GB, READS = Decimal(2), Decimal("0.25"), Decimal(2)
"""Each run is a cold start that loads boto3: 2 s at most, and two reads of the state."""
DAYS = Decimal(7)
"""How long its lines are kept, in every environment (terraform/shared/guard.tf)."""
_GIGA = Decimal(10) ** 9


def guard_usage(facts: Facts) -> list[Usage]:
    """Give the usage of one environment's guard; the account's one alarm is billed once for all.

    A quiet guard writes no line of its own, so all that is logged is Lambda's.
    """
    name, runs = "the guard", facts.hours
    line_bytes = facts.request_log_bytes + facts.cold_log_bytes
    taken_bytes = runs * line_bytes
    return [
        Usage(
            "cloudwatch/alarm_standard",
            Decimal(TABLE_METRICS),
            "the guard's alarms",
            f"{TABLE_METRICS} metrics: reads and writes, of the table and of its index",
        ),
        Usage(
            "cloudwatch/alarm_standard",
            Decimal(1),
            "the guard's alarm",
            "1 metric: invocations of all functions of the region",
            (),
            "the guard's alarm of invocations",
        ),
        Usage("lambda/requests", runs, name, "{} runs, one an hour", (runs,)),
        Usage(
            "lambda/duration_arm64",
            runs * RUN_S * MEMORY_GB,
            name,
            "{} runs × {} s × {} GB",
            (runs, RUN_S, MEMORY_GB),
        ),
        Usage(
            "dynamodb/on_demand_reads",
            runs * READS,
            name,
            "{} runs × {} reads of its state",
            (runs, READS),
        ),
        Usage(
            "cloudwatch_logs/ingest_lambda",
            taken_bytes / _GIGA,
            name,
            "{} runs × {} bytes of Lambda's own lines",
            (runs, line_bytes),
        ),
        stored_logs(name, taken_bytes, DAYS, facts),
    ]
