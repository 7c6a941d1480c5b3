"""What the guard itself uses while nothing is wrong: alarms, and a short run each hour."""

from __future__ import annotations

from decimal import Decimal

from tenner.usage import Usage

TABLE_METRICS = 4
"""What an environment's alarms watch: reads and writes, of the table and of its index."""
RUNS, RUN_S, MEMORY_GB, READS = Decimal(730), Decimal(2), Decimal("0.25"), Decimal(2)
"""A run an hour, each a cold start that loads boto3: 2 s at most, and two reads of the state."""
LOG_BYTES, DAYS, STORED_SHARE = Decimal(530), Decimal(7), Decimal("0.15")
"""START, END, REPORT and INIT_START of Lambda; a quiet guard writes no line of its own."""
_GIGA, _MONTH_DAYS = Decimal(10) ** 9, RUNS / 24


def guard_usage() -> list[Usage]:
    """Give the usage of one environment's guard; the account's one alarm is billed once for all."""
    name, taken = "the guard", RUNS * LOG_BYTES / _GIGA
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
        Usage("lambda/requests", RUNS, name, "{} runs, one an hour", (RUNS,)),
        Usage(
            "lambda/duration_arm64",
            RUNS * RUN_S * MEMORY_GB,
            name,
            "{} runs × {} s × {} GB",
            (RUNS, RUN_S, MEMORY_GB),
        ),
        Usage(
            "dynamodb/on_demand_reads",
            RUNS * READS,
            name,
            "{} runs × {} reads of its state",
            (RUNS, READS),
        ),
        Usage(
            "cloudwatch_logs/ingest_lambda",
            taken,
            name,
            "{} runs × {} bytes of Lambda's own lines",
            (RUNS, LOG_BYTES),
        ),
        Usage(
            "cloudwatch_logs/storage",
            taken * STORED_SHARE * DAYS / _MONTH_DAYS,
            name,
            "{} GB taken in × {} compressed × {} days ÷ a month of {} hours",
            (taken, STORED_SHARE, DAYS, RUNS),
        ),
    ]
