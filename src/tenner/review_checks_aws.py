"""The checks of a review that need AWS: the table, the metrics of functions, log groups."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.money import plain, rounded
from tenner.review_facts import Found, Unknown, judged, passed, unchecked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenner.review_facts import FunctionMetrics, Scene

_WEEK_S, _MONTH_OF_WEEKS = 7 * 86_400, Decimal(30) / 7
_ONE, _TENTH = Decimal(1), Decimal("0.1")
_OWN_INDEX = "gsi1"


def table_mode(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001 - all checks are called alike
    """Look how the table is billed, in AWS or in a plan that has one."""
    if scene.plan is not None:
        modes = {
            each.address: each.known("billing_mode")
            for each in scene.plan.resources
            if each.type == "aws_dynamodb_table"
        }
        if modes:
            wrong = [f"{name} is {mode}" for name, mode in modes.items() if mode == "PROVISIONED"]
            return judged(wrong, "on demand in the plan")
    table = scene.deployed.table
    if isinstance(table, Unknown):
        return unchecked(table)
    if table.billing_mode == "PROVISIONED" and not table.scales:
        return Found("fail", f"{table.name} is provisioned and does not scale")
    mode = "scales by itself" if table.billing_mode == "PROVISIONED" else "is on demand"
    return passed(f"{table.name} {mode}")


def contributor_insights(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Look whether Contributor Insights is on, in a plan or on the table."""
    if scene.plan is not None:
        found = [
            f"{each.address} turns it on"
            for each in scene.plan.resources
            if each.type == "aws_dynamodb_contributor_insights"
        ]
        return judged(found, "the plan has none")
    insights = scene.deployed.insights
    if isinstance(insights, Unknown):
        return unchecked(insights)
    return judged(["it is on for the table"] if insights else [], "it is off for the table")


def model_tokens(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Compare the model's tokens of the last 7 days, scaled to 30, with the manifest's.

    AWS counts them by account: those of dev and staging together, those of prod by itself.
    """
    tokens = scene.deployed.tokens_week
    ai = scene.manifest.ai
    if ai is None:
        return passed("it has no model")
    if isinstance(tokens, Unknown):
        return unchecked(tokens)
    environments = scene.manifest.environments
    times = sum(environments[name].use_multiplier for name in scene.environments_here)
    asked = times * ai.use.prompts_per_month * (100 - ai.use.cache_hit_percent) / 100
    stated = (asked * ai.use.input_tokens_per_prompt, asked * ai.use.output_tokens_per_prompt)
    if scene.same_model:
        others = ", ".join(scene.same_model)
        return Found("unchecked", f"AWS counts tokens by model, and {others} has the same one")
    wrong, said = list[str](), list[str]()
    for seen, expected, what in zip(tokens, stated, ("reads", "writes"), strict=True):
        month = rounded(seen * _MONTH_OF_WEEKS, _ONE)
        words = (
            f"it {what} {plain(month)} tokens a month at this pace, {plain(expected)} in app.yaml"
        )
        (wrong if month > expected else said).append(words)
    return judged(wrong, "; ".join(said))


def durations(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Compare how long functions ran in the last 7 days with the manifest."""
    metrics = scene.deployed.weekly
    if isinstance(metrics, Unknown):
        return unchecked(metrics)
    stated = scene.manifest.functions
    wrong = [
        f"{name} runs {plain(rounded(each.average_ms, _TENTH))} ms on average, "
        f"{plain(stated[name].use.duration_ms)} in app.yaml"
        for name, each in metrics.items()
        if name in stated and each.average_ms > stated[name].use.duration_ms
    ]
    return _of_runs(metrics, wrong, "none ran longer than app.yaml says", "7")


def requests(scene: Scene, limit: Decimal) -> Found:
    """Compare how often functions ran in the last 7 days, scaled to 30, with the manifest.

    `limit` is how much of what is stated may run, in percent.
    """
    metrics = scene.deployed.weekly
    if isinstance(metrics, Unknown):
        return unchecked(metrics)
    functions = scene.manifest.functions
    times = scene.manifest.environments[scene.environment].use_multiplier
    wrong = []
    for name, each in metrics.items():
        stated = functions[name].use.requests_per_month * times
        month = rounded(each.runs * _MONTH_OF_WEEKS, _ONE)
        if month * 100 > stated * limit:
            words = f"{name} runs {plain(month)} times a month at this pace, {plain(stated)} in "
            wrong.append(f"{words}app.yaml")
    return _of_runs(metrics, wrong, "none ran more often than app.yaml says", "7")


def errors(scene: Scene, limit: Decimal) -> Found:
    """Look at the part of runs that failed in the last 7 days."""
    metrics = scene.deployed.weekly
    if isinstance(metrics, Unknown):
        return unchecked(metrics)
    wrong = [
        f"{name} failed {plain(each.errors)} of {plain(each.runs)} times, "
        f"{plain(rounded(each.errors * 100 / each.runs, _TENTH))} %"
        for name, each in metrics.items()
        if each.runs and each.errors * 100 >= limit * each.runs
    ]
    return _of_runs(metrics, wrong, f"fewer than {plain(limit)} % failed", "7")


def slow_functions(scene: Scene, limit: Decimal) -> Found:
    """Look how near the longest run of the last 30 days came to the timeout, in percent."""
    metrics = scene.deployed.monthly
    if isinstance(metrics, Unknown):
        return unchecked(metrics)
    stated = scene.manifest.functions
    wrong = [
        f"{name} ran {plain(rounded(each.longest_ms / 1000, _TENTH))} s of the "
        f"{stated[name].timeout_s} s it may"
        for name, each in metrics.items()
        if name in stated and each.longest_ms / 10 >= limit * stated[name].timeout_s
    ]
    return _of_runs(metrics, wrong, f"none took {plain(limit)} % of its timeout", "30")


def _of_runs(
    metrics: Mapping[str, FunctionMetrics], wrong: list[str], fine: str, days: str
) -> Found:
    runs = sum((each.runs for each in metrics.values()), Decimal(0))
    if not runs:
        return passed(f"no function ran in the last {days} days")
    return judged(wrong, f"{fine}, of {plain(runs)} runs in {days} days")


def table_throttles(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Look whether the table refused reads or writes in the last 7 days."""
    week = scene.deployed.table_week
    if isinstance(week, Unknown):
        return unchecked(week)
    used = f"{plain(week.reads)} units read and {plain(week.writes)} written in 7 days"
    refused = f"{plain(week.throttled)} requests were refused in 7 days"
    return judged([refused] if week.throttled else [], f"{used}, none refused")


def unused_capacity(scene: Scene, limit: Decimal) -> Found:
    """Compare what is provisioned with what was used of it in the last 7 days, in percent."""
    table, week = scene.deployed.table, scene.deployed.table_week
    if isinstance(table, Unknown):
        return unchecked(table)
    if table.billing_mode != "PROVISIONED":
        return passed(f"{table.name} is on demand, which provisions nothing")
    if isinstance(week, Unknown):
        return unchecked(week)
    used = (("read", week.reads, table.read_units), ("write", week.writes, table.write_units))
    wrong = []
    for what, units, provisioned in used:
        part = units * 100 / (provisioned * _WEEK_S) if provisioned else Decimal(100)
        if part < limit:
            shown = plain(rounded(part, _TENTH))
            wrong.append(f"{shown} % of {provisioned:,} {what} units a second were used")
    return judged(wrong, f"at least {plain(limit)} % of it is used")


def unused_log_groups(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Look for log groups of the app that no function writes to, or that are kept for ever."""
    groups, functions = scene.deployed.log_groups, scene.deployed.functions
    if isinstance(groups, Unknown):
        return unchecked(groups)
    if isinstance(functions, Unknown):
        return unchecked(functions)
    rotates = scene.has_own_account and scene.manifest.environments[scene.environment].rotate
    names = [*functions, *(["rotation"] if rotates else [])]
    here = {f"/aws/lambda/{scene.prefix}-{name}" for name in names}
    wrong = [
        f"{each.name} ({each.stored_bytes:,} bytes) is of no function"
        for each in groups
        if each.name not in here
    ]
    wrong += [f"{each.name} is kept for ever" for each in groups if not each.days]
    count = f"{len(groups)} log group{'s' * (len(groups) != 1)}"
    return judged(wrong, f"{count}, each of a function")


def indexes(scene: Scene, limit: Decimal) -> Found:  # noqa: ARG001
    """Look for indexes beside the one that the apps' code reads."""
    table = scene.deployed.table
    if isinstance(table, Unknown):
        return unchecked(table)
    wrong = [f"{name} is an index that no generated app reads" for name in table.indexes]
    wrong = [each for each in wrong if not each.startswith(f"{_OWN_INDEX} ")]
    return judged(wrong, f"{table.name} has only {_OWN_INDEX}" if table.indexes else "it has none")
