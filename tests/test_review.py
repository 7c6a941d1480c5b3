"""A review: the documents' lists, each item checked, asked, or said to be unknown and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tenner.checklists import parse_checklists
from tenner.errors import InputError
from tenner.load import load_checklists
from tenner.manifest import parse_manifest
from tenner.plan import Plan, PlannedResource
from tenner.review import Answer, is_due, kept_text, merged, parse_given, parse_kept, review
from tenner.review_checks import CHECKS
from tenner.review_facts import (
    Deployed,
    DeployedFunction,
    DeployedTable,
    FunctionMetrics,
    LogGroup,
    Scene,
    Spend,
    TableMetrics,
    Unknown,
)
from tenner.shared_infra import parse_shared_infra
from tests.fixtures_fleet import FLEET

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.checklists import Checklists
    from tenner.manifest_environment import Environment

READS = "it reads 420,000 tokens a month at this pace, 420,000 in app.yaml"
OLD_GROUP = "/aws/lambda/todo-dev-old (12,000 bytes) is of no function"
TODAY = date(2026, 11, 21)
NOT_ASKED = Deployed.unknown("AWS was not asked")
TABLE = DeployedTable("acme-dev", "PAY_PER_REQUEST", 0, 0, ["gsi1"], scales=False)
QUIET = FunctionMetrics(Decimal(0), Decimal(0), Decimal(0), Decimal(0))


@pytest.fixture(scope="module")
def checklists() -> Checklists:
    """The documents' lists."""
    return load_checklists()


def deployed(**changes: Any) -> Deployed:
    """An app in AWS with which nothing is wrong."""
    return Deployed(
        functions={"api": DeployedFunction(256, 10, None)},
        log_groups=[LogGroup("/aws/lambda/todo-dev-api", 7, 1000)],
        table=TABLE,
        insights=False,
        throttle=Decimal(20),
        weekly={"api": FunctionMetrics(Decimal(1000), Decimal(9), Decimal(100), Decimal(900))},
        monthly={"api": FunctionMetrics(Decimal(4000), Decimal(9), Decimal(100), Decimal(900))},
        table_week=TableMetrics(Decimal(5000), Decimal(400), Decimal(0)),
        tokens_week=(Decimal(0), Decimal(0)),
    )._replace(**changes)


MANIFEST = """\
schema_version: 1
app: todo
owner: me
region: us-east-1
environments: {dev: {}, prod: {}}
functions:
  api:
    trigger: http_api
    memory_mb: MEMORY
    timeout_s: 20
    use: {requests_per_month: 10000, duration_ms: 100}
"""
AI = """\
ai:
  model: MODEL
  max_output_tokens: 500
  cache_ttl_days: DAYS
  use:
    prompts_per_month: 700
    cache_hit_percent: 40
    input_tokens_per_prompt: 1000
    output_tokens_per_prompt: 100
"""
HAIKU = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
SONNET = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.fixture
def scene(catalog: Catalog) -> Scene:
    """An app of which all is known and nothing is wrong."""
    return Scene(
        manifest=parse_manifest(MANIFEST.replace("MEMORY", "256"), "app.yaml"),
        environment="dev",
        profile=catalog.environments["dev"],
        catalog=catalog,
        today=TODAY,
        plan=None,
        deployed=deployed(),
        infra=parse_shared_infra(FLEET.replace("2}", "2, alert_email: me@example.com}"), "fleet"),
        spend=Spend(TODAY, 0),
        advice=(),
        same_model=(),
    )


def with_ai(scene: Scene, model: str = HAIKU, days: str = "90", **changes: Any) -> Scene:
    """The same with a model."""
    text = MANIFEST.replace("MEMORY", "256") + AI.replace("MODEL", model).replace("DAYS", days)
    return scene._replace(manifest=parse_manifest(text, "app.yaml"), **changes)


def found(scene: Scene, checklists: Checklists, key: str) -> tuple[str, str]:
    """What the check of an item says."""
    item = checklists.items[key]
    return tuple(CHECKS[item.check](scene, item.limit or Decimal(0)))  # type: ignore[return-value]


def test_all_in_order(scene: Scene, checklists: Checklists) -> None:
    """Every item that can be checked passes, and only what must be asked is asked."""
    result = review(scene, checklists, [], {})
    assert {each.key for each in result.of("asked")} == {"budget_fits", "new_features"}
    assert (result.of("fail"), result.of("unchecked")) == ([], [])
    assert {each.key for each in result.of("pass")} == {
        key for key, item in checklists.items.items() if item.check and not item.only
    }


def test_an_app_with_a_model_has_more_items(scene: Scene, checklists: Checklists) -> None:
    """Items that are only about a model or a site are left out where there is none."""
    keys = {each.key for each in review(with_ai(scene), checklists, [], {}).results}
    assert keys == {key for key, item in checklists.items.items() if item.only != "static_site"}


def test_without_aws(scene: Scene, checklists: Checklists) -> None:
    """What needs AWS says that AWS was not asked; what app.yaml says is checked all the same."""
    result = review(scene._replace(deployed=NOT_ASKED), checklists, [], {})
    assert {each.why for each in result.of("unchecked")} == {"AWS was not asked"}
    assert {each.key for each in result.of("unchecked")} == {
        *("runaway", "table_mode", "log_retention", "contributor_insights", "durations"),
        *(
            "requests",
            "table_throttles",
            "errors",
            "unused_capacity",
            "slow_functions",
            "unused_log_groups",
        ),
        "indexes",
    }
    assert {"memory", "timeout", "budget", "spend", "advice"} <= {
        each.key for each in result.of("pass")
    }


@pytest.mark.parametrize("part", Deployed._fields)
def test_what_aws_refuses_is_unknown(scene: Scene, checklists: Checklists, part: str) -> None:
    """Each part that may not be read is said by the items that need it, and by no other."""
    refused = deployed(**{part: Unknown("refused")})
    result = review(with_ai(scene, deployed=refused), checklists, [], {})
    needs = {
        "functions": {"unused_log_groups"},
        "log_groups": {"log_retention", "unused_log_groups"},
        "table": {"table_mode", "unused_capacity", "indexes"},
        "insights": {"contributor_insights"},
        "throttle": {"runaway"},
        "weekly": {"durations", "errors", "requests"},
        "monthly": {"slow_functions"},
        "table_week": {"table_throttles"},
        "tokens_week": {"model_tokens"},
    }
    assert {each.key for each in result.of("unchecked")} == needs[part]
    assert not result.has_failed


@pytest.mark.parametrize(
    ("mb", "expected"),
    [
        (512, ("pass", "at most 512 MB in AWS")),
        (513, ("fail", "api has 513 MB in AWS")),
    ],
)
def test_memory(scene: Scene, checklists: Checklists, mb: int, expected: tuple[str, str]) -> None:
    """What runs in AWS counts where it is known; 512 MB is the most."""
    running = deployed(functions={"api": DeployedFunction(mb, 10, None)})
    assert found(scene._replace(deployed=running), checklists, "memory") == expected


def test_memory_of_the_manifest(scene: Scene, checklists: Checklists) -> None:
    """Without AWS, or before the first deploy, the manifest's counts."""
    manifest = parse_manifest(MANIFEST.replace("MEMORY", "1024"), "app.yaml")
    for where in (NOT_ASKED, deployed(functions={})):
        changed = scene._replace(manifest=manifest, deployed=where)
        assert found(changed, checklists, "memory") == ("fail", "api has 1,024 MB in app.yaml")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (60, ("pass", "at most 60 s in AWS")),
        (61, ("fail", "api may run 61 s in AWS")),
    ],
)
def test_timeout(
    scene: Scene, checklists: Checklists, seconds: int, expected: tuple[str, str]
) -> None:
    """A minute is the most."""
    running = deployed(functions={"api": DeployedFunction(256, seconds, None)})
    assert found(scene._replace(deployed=running), checklists, "timeout") == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("pass", "the API takes at most 20 requests a second")),
        (
            {"throttle": None},
            ("fail", "the API's stage has no throttle, and no concurrency is reserved"),
        ),
        (
            {"throttle": None, "functions": {"api": DeployedFunction(256, 10, 5)}},
            ("pass", "5 at once are reserved"),
        ),
    ],
)
def test_runaway(
    scene: Scene, checklists: Checklists, changes: Any, expected: tuple[str, str]
) -> None:
    """A throttle or a reservation bounds what strangers set off."""
    assert found(scene._replace(deployed=deployed(**changes)), checklists, "runaway") == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (7, ("pass", "at most 7 days in AWS")),
        (14, ("fail", "/aws/lambda/todo-dev-api keeps logs 14 days")),
        (None, ("fail", "/aws/lambda/todo-dev-api keeps logs for ever")),
    ],
)
def test_log_retention(
    scene: Scene, checklists: Checklists, days: int | None, expected: tuple[str, str]
) -> None:
    """Logs are kept as long as the environment says."""
    groups = [LogGroup("/aws/lambda/todo-dev-api", days, 0)]
    changed = scene._replace(deployed=deployed(log_groups=groups))
    assert found(changed, checklists, "log_retention") == expected


def plan(type_: str, **after: Any) -> Plan:
    """A plan with one resource."""
    return Plan("plan.json", (PlannedResource(f"{type_}.it", type_, "new", after, {}),))


@pytest.mark.parametrize(
    ("key", "planned", "expected"),
    [
        (
            "log_retention",
            plan("aws_cloudwatch_log_group", retention_in_days=30),
            ("fail", "aws_cloudwatch_log_group.it keeps logs 30 days"),
        ),
        (
            "log_retention",
            plan("aws_cloudwatch_log_group", retention_in_days=7),
            ("pass", "at most 7 days in the plan"),
        ),
        (
            "log_retention",
            plan("aws_lambda_function"),
            ("unchecked", "the plan has no log group of it"),
        ),
        (
            "table_mode",
            plan("aws_dynamodb_table", billing_mode="PROVISIONED"),
            ("fail", "aws_dynamodb_table.it is PROVISIONED"),
        ),
        (
            "table_mode",
            plan("aws_dynamodb_table", billing_mode="PAY_PER_REQUEST"),
            ("pass", "on demand in the plan"),
        ),
        (
            "contributor_insights",
            plan("aws_dynamodb_contributor_insights"),
            ("fail", "aws_dynamodb_contributor_insights.it turns it on"),
        ),
        (
            "contributor_insights",
            plan("aws_dynamodb_table"),
            ("pass", "the plan has none"),
        ),
    ],
)
def test_plans(
    scene: Scene, checklists: Checklists, key: str, planned: Plan, expected: tuple[str, str]
) -> None:
    """A plan is looked at before what is deployed."""
    assert found(scene._replace(plan=planned, deployed=NOT_ASKED), checklists, key) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (HAIKU, ("pass", f"a million tokens that {HAIKU} writes cost $5.00")),
        (SONNET, ("fail", f"a million tokens that {SONNET} writes cost $15.00, more than $5.00")),
    ],
)
def test_cheap_model(
    scene: Scene, checklists: Checklists, model: str, expected: tuple[str, str]
) -> None:
    """Haiku is small enough, Sonnet is not."""
    assert found(with_ai(scene, model), checklists, "cheap_model") == expected


@pytest.mark.parametrize(("days", "outcome"), [("1", "pass"), ("0", "fail")])
def test_answer_cache(scene: Scene, checklists: Checklists, days: str, outcome: str) -> None:
    """Answers that are kept no day are not cached."""
    assert found(with_ai(scene, days=days), checklists, "answer_cache")[0] == outcome


def test_budget(scene: Scene, checklists: Checklists) -> None:
    """Somebody must be told; without fleet.yaml it isn't known."""
    nobody = parse_shared_infra(FLEET, "fleet.yaml")
    assert found(scene, checklists, "budget") == (
        "pass",
        "me@example.com is told of $2.00, in fleet.yaml",
    )
    assert found(scene._replace(infra=nobody), checklists, "budget") == (
        "fail",
        "nobody is told when the budget of $2.00 is used up",
    )
    assert found(scene._replace(infra=Unknown("no")), checklists, "budget") == ("unchecked", "no")


@pytest.mark.parametrize(
    ("spend", "expected"),
    [
        (None, ("fail", "tenner spend has asked AWS nothing on this machine")),
        (
            Spend(date(2026, 11, 14), 0),
            ("pass", "tenner spend asked AWS on 2026-11-14, and nothing was unusual"),
        ),
        (Spend(date(2026, 11, 13), 0), ("fail", "tenner spend asked AWS 8 days ago")),
        (
            Spend(date(2026, 11, 22), 0),
            ("fail", "tenner spend asked AWS on 2026-11-22, which is still to come"),
        ),
        (Spend(TODAY, 2), ("fail", "AWS found 2 costs that it did not expect")),
    ],
)
def test_spend(
    scene: Scene, checklists: Checklists, spend: Spend | None, expected: tuple[str, str]
) -> None:
    """What was spent is looked at each week, and nothing is unusual."""
    assert found(scene._replace(spend=spend), checklists, "spend") == expected


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        # 700 prompts less 40 % are 420: 420,000 tokens in and 42,000 out a month, which are
        # 98,000 and 9,800 in 7 of 30 days.
        (
            ("98000", "9800"),
            (
                "pass",
                READS + "; it writes 42,000 tokens a month at this pace, 42,000 in app.yaml",
            ),
        ),
        (
            ("98001", "9800"),
            ("fail", "it reads 420,004 tokens a month at this pace, 420,000 in app.yaml"),
        ),
    ],
)
def test_model_tokens(
    scene: Scene, checklists: Checklists, tokens: tuple[str, str], expected: tuple[str, str]
) -> None:
    """Seven days of tokens, scaled to thirty, are at most what the manifest says."""
    read, written = map(Decimal, tokens)
    changed = with_ai(scene, deployed=deployed(tokens_week=(read, written)))
    assert found(changed, checklists, "model_tokens") == expected


@pytest.mark.parametrize(
    ("environment", "stated"), [("dev", "1,050,000"), ("staging", "1,050,000"), ("prod", "840,000")]
)
def test_tokens_of_all_environments_of_an_account(
    scene: Scene, checklists: Checklists, catalog: Catalog, environment: Environment, stated: str
) -> None:
    """420,000 are stated: dev has them once, staging 1.5 times beside it, prod twice and alone."""
    text = MANIFEST.replace("MEMORY", "256") + AI.replace("MODEL", HAIKU).replace("DAYS", "90")
    of = "{dev: {}, staging: {use_multiplier: 1.5}, prod: {use_multiplier: 2}}"
    changed = scene._replace(
        manifest=parse_manifest(text.replace("{dev: {}, prod: {}}", of), "app.yaml"),
        environment=environment,
        profile=catalog.environments[environment],
        deployed=deployed(tokens_week=(Decimal(10_000_000), Decimal(0))),
    )
    outcome, why = found(changed, checklists, "model_tokens")
    assert outcome == "fail"
    assert why.endswith(f" tokens a month at this pace, {stated} in app.yaml")


def test_tokens_of_several_apps(scene: Scene, checklists: Checklists) -> None:
    """AWS counts tokens by model: where another app calls it too, they are nobody's."""
    assert found(with_ai(scene, same_model=["pip"]), checklists, "model_tokens") == (
        "unchecked",
        "AWS counts tokens by model, and pip has the same one",
    )


@pytest.mark.parametrize(
    ("key", "metrics", "expected"),
    [
        ("durations", ("10", "0", "100", "0"), "none ran longer than app.yaml says, of 10 runs"),
        ("durations", ("10", "0", "100.5", "0"), "api runs 100.5 ms on average, 100 in app.yaml"),
        # 10,000 a month: 2,566 in 7 days are 10,997 in 30, and 2,567 are 11,001
        ("requests", ("2566", "0", "1", "1"), "none ran more often than app.yaml says, of 2,566"),
        ("requests", ("2567", "0", "1", "1"), "api runs 11,001 times a month at this pace, 10,000"),
        ("errors", ("1000", "9", "1", "1"), "fewer than 1 % failed, of 1,000 runs in 7 days"),
        ("errors", ("1000", "10", "1", "1"), "api failed 10 of 1,000 times, 1 %"),
        ("slow_functions", ("9", "0", "1", "15999"), "none took 80 % of its timeout, of 9 runs"),
        ("slow_functions", ("9", "0", "1", "16000"), "api ran 16 s of the 20 s it may"),
    ],
)
def test_metrics_of_functions(
    scene: Scene, checklists: Checklists, key: str, metrics: tuple[str, ...], expected: str
) -> None:
    """Both sides of each bound: the manifest's duration, one percent, 80 % of the timeout."""
    seen = {"api": FunctionMetrics(*map(Decimal, metrics))}
    outcome, why = found(
        scene._replace(deployed=deployed(weekly=seen, monthly=seen)), checklists, key
    )
    assert why.startswith(expected)
    assert outcome == ("fail" if expected.startswith("api") else "pass")


@pytest.mark.parametrize("key", ["durations", "requests", "errors", "slow_functions"])
def test_functions_that_did_not_run(scene: Scene, checklists: Checklists, key: str) -> None:
    """Nothing is wrong with what did not run."""
    quiet = deployed(weekly={"api": QUIET}, monthly={"api": QUIET})
    days = 30 if key == "slow_functions" else 7
    assert found(scene._replace(deployed=quiet), checklists, key) == (
        "pass",
        f"no function ran in the last {days} days",
    )


PROVISIONED = TABLE._replace(billing_mode="PROVISIONED", read_units=10, write_units=5)


@pytest.mark.parametrize(
    ("key", "changes", "expected"),
    [
        ("table_mode", {}, ("pass", "acme-dev is on demand")),
        (
            "table_mode",
            {"table": PROVISIONED},
            ("fail", "acme-dev is provisioned and does not scale"),
        ),
        (
            "table_mode",
            {"table": PROVISIONED._replace(scales=True)},
            ("pass", "acme-dev scales by itself"),
        ),
        ("contributor_insights", {"insights": True}, ("fail", "it is on for the table")),
        (
            "table_throttles",
            {"table_week": TableMetrics(Decimal(1), Decimal(1), Decimal(3))},
            ("fail", "3 requests were refused in 7 days"),
        ),
        (
            "unused_capacity",
            {},
            ("pass", "acme-dev is on demand, which provisions nothing"),
        ),
        # 10 read units a second are 6,048,000 in 7 days, and 5 write units half of it: 30 % of
        # them are 1,814,400 and 907,200.
        (
            "unused_capacity",
            {
                "table": PROVISIONED,
                "table_week": TableMetrics(Decimal(1_814_400), Decimal(907_200), Decimal(0)),
            },
            ("pass", "at least 30 % of it is used"),
        ),
        (
            "unused_capacity",
            {
                "table": PROVISIONED,
                "table_week": TableMetrics(Decimal(1_814_400), Decimal(302_400), Decimal(0)),
            },
            ("fail", "10 % of 5 write units a second were used"),
        ),
        (
            "unused_log_groups",
            {
                "log_groups": [
                    LogGroup("/aws/lambda/todo-dev-api", None, 10),
                    LogGroup("/aws/lambda/todo-dev-old", 7, 12_000),
                ]
            },
            (
                "fail",
                OLD_GROUP + "; /aws/lambda/todo-dev-api is kept for ever",
            ),
        ),
        ("unused_log_groups", {}, ("pass", "1 log group, each of a function")),
        ("indexes", {}, ("pass", "acme-dev has only gsi1")),
        (
            "indexes",
            {"table": TABLE._replace(indexes=["gsi1", "by_day"])},
            ("fail", "by_day is an index that no generated app reads"),
        ),
    ],
)
def test_table_and_logs(
    scene: Scene, checklists: Checklists, key: str, changes: Any, expected: tuple[str, str]
) -> None:
    """What AWS says of the table and the log groups, both sides of each bound."""
    assert found(scene._replace(deployed=deployed(**changes)), checklists, key) == expected


def test_advice(scene: Scene, checklists: Checklists) -> None:
    """What would save something fails, and names it."""
    saving = "unshared-secrets would save $0.40 a month"
    assert found(scene._replace(advice=[saving]), checklists, "advice") == ("fail", saving)


def answered(word: str, on: str, note: str = "") -> Answer:
    """An answer of a day."""
    return Answer.model_validate({"answer": word, "on": on, "note": note})


@pytest.mark.parametrize(
    ("key", "on", "is_due_"),
    [
        ("cache_hits", "2026-11-15", False),
        ("cache_hits", "2026-11-14", True),
        ("new_features", "2026-10-23", False),
        ("new_features", "2026-10-22", True),
        ("static_lessons", "2020-01-01", False),
        ("new_features", "9999-12-31", False),
    ],
)
def test_when_an_answer_is_due(checklists: Checklists, key: str, on: str, is_due_: bool) -> None:
    """A weekly answer holds 7 days, a monthly one 30, and one before launch for ever."""
    item = checklists.items[key]
    assert is_due(item, answered("yes", on), checklists, TODAY) is is_due_
    assert is_due(item, None, checklists, TODAY)


def test_answers_decide_what_is_asked(scene: Scene, checklists: Checklists) -> None:
    """Yes passes, no fails with what to do, an old answer is asked again."""
    answers = {
        "budget_fits": answered("no", "2026-11-20"),
        "new_features": answered("yes", "2026-10-01"),
    }
    result = review(scene, checklists, ["monthly"], answers)
    outcomes = {each.key: (each.outcome, each.why) for each in result.results}
    assert outcomes["budget_fits"] == ("fail", "answered no on 2026-11-20")
    assert outcomes["new_features"] == (
        "asked",
        "due again, answered on 2026-10-01: Was it looked at what AWS has made cheaper or new?",
    )
    assert {each.item.list for each in result.results} == {"monthly"}
    assert result.has_failed


def test_what_is_accepted(scene: Scene, checklists: Checklists) -> None:
    """What a person accepts passes where it would fail, with the reason, and stays a pass else."""
    big = scene._replace(deployed=deployed(functions={"api": DeployedFunction(1024, 10, None)}))
    accepted = {"memory": answered("accepted", "2026-11-21", "the model needs it")}
    for where, why in (
        (big, "accepted: the model needs it (api has 1,024 MB in AWS)"),
        (scene, "at most 256 MB in AWS"),
    ):
        result = review(where, checklists, ["before-launch"], accepted)
        (memory,) = (each for each in result.results if each.key == "memory")
        assert (memory.outcome, memory.why) == ("pass", why)


def test_answers_are_kept(checklists: Checklists) -> None:
    """What is written can be read again; new answers replace old ones and get today's date."""
    text = 'answers:\n  new_features: yes\n  memory: {answer: accepted, note: "a: \\"b\\" #"}\n'
    new = parse_given(text, "answers.yaml", checklists)
    old = {
        "budget_fits": answered("no", "2026-11-01"),
        "new_features": answered("no", "2026-01-01"),
    }
    kept = merged(old, new, TODAY)
    assert kept["new_features"] == answered("yes", "2026-11-21")
    assert kept["budget_fits"] == old["budget_fits"]
    both = {"dev": kept, "prod": old}
    assert parse_kept(kept_text(both), "review.yaml", checklists) == both  # type: ignore[arg-type]
    assert parse_kept(kept_text({}), "review.yaml", checklists) == {}
    assert parse_kept(kept_text({"dev": {}}), "review.yaml", checklists) == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nothing: yes", "nothing: unknown item; take it away or mend its spelling"),
        ("memory: yes", "memory: given yes, expected accepted and a note: memory is checked"),
        (
            "memory: {answer: accepted}",
            "memory: expected a note that says why this is accepted",
        ),
        ("budget_fits: {answer: accepted}", "budget_fits: given accepted, expected yes or no"),
        (
            "budget_fits: maybe",
            'budget_fits: given "maybe", expected yes, no, or a mapping with answer and note',
        ),
        (
            "budget_fits: {answer: yes, on: soon}",
            'budget_fits.on: given "soon", expected a date from 2020 on, such as 2026-11-20',
        ),
        (
            "budget_fits: {answer: yes, why: x}",
            "budget_fits.why: unknown key; take it away or mend its spelling",
        ),
    ],
)
def test_answers_with_defects(checklists: Checklists, line: str, message: str) -> None:
    """Each defect is one sentence with its line."""
    with pytest.raises(InputError) as error:
        parse_given(f"answers:\n  {line}\n", "answers.yaml", checklists)
    assert str(error.value) == f"answers.yaml: line 2: answers.{message}"
    with pytest.raises(InputError) as error:
        parse_kept(f"answers:\n  dev:\n    {line}\n", "review.yaml", checklists)
    assert str(error.value) == f"review.yaml: line 3: answers.dev.{message}"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{check: nothing}", 'items.it.check: given "nothing", which is no check'),
        ("{}", "items.it: expected a check or a question"),
        (
            "{check: memory, question: Is it?}",
            "items.it.question: given beside a check, expected one of them",
        ),
    ],
)
def test_checklists_with_defects(item: str, message: str) -> None:
    """A wrong catalog file is told with line and key."""
    lists = "".join(
        f"  {name}: {{title: It, every_days: 1}}\n"
        for name in ("before-launch", "weekly", "monthly")
    )
    more = item.replace("{", "{list: weekly, text: It, do: it, source: [x], ").replace(", }", "}")
    text = f"lists:\n{lists}items:\n  it: {more}\n"
    with pytest.raises(InputError) as error:
        parse_checklists(text, "checklists.yaml", CHECKS)
    assert str(error.value) == f"checklists.yaml: line 6: {message}"


def test_every_check_is_used(checklists: Checklists) -> None:
    """No check is left over, and none is meant twice."""
    used = [item.check for item in checklists.items.values() if item.check]
    assert sorted(used) == sorted(CHECKS)


LISTED = {
    "000": [(266, 269)],
    "001": [
        *((951, 953), (956, 958), (961, 964), (969, 972), (975, 978), (981, 983), (986, 988)),
        (992, 995),
    ],
    "002": [(169, 171), (174, 176), (179, 181), (186, 188), (191, 193), (196, 198)],
    "003": [(64, 67), (155, 158), (161, 164), (181, 184), (187, 190), (193, 196), (199, 202)],
    "004": [(494, 503), (507, 512), (516, 520)],
}
"""The lines of the documents' lists of what to look at: 000's action items, 001's monitoring and
schedule, 002's monitoring and reviews, 003's budget, monitoring and tasks, 004's checklist."""


def lines_of(source: str) -> list[tuple[str, int]]:
    """The lines that a source such as `003 L182-184` names."""
    document, _, place = source.partition(" L")
    first, _, last = place.partition("-")
    return [(document, line) for line in range(int(first), int(last or first) + 1)]


def test_the_documents_lists_are_complete(checklists: Checklists) -> None:
    """Each line of the five documents' lists is one item's, or said to be elsewhere, once."""
    sources = [each for item in checklists.items.values() for each in item.source]
    seen = [line for each in [*sources, *checklists.elsewhere] for line in lines_of(each)]
    expected = [
        (document, line)
        for document, parts in LISTED.items()
        for first, last in parts
        for line in range(first, last + 1)
    ]
    assert sorted(seen) == sorted(expected)


def test_lines_stand_in_their_own_list(checklists: Checklists) -> None:
    """What CodeLearn looks at before launch, each week and each month stands in that list."""
    lists = {"before-launch": (494, 503), "weekly": (507, 512), "monthly": (516, 520)}
    for item in checklists.items.values():
        for document, line in (each for source in item.source for each in lines_of(source)):
            first, last = lists[item.list]
            assert document != "004" or first <= line <= last
