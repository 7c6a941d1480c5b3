"""The plan gate: what each guardrail refuses and lets pass, with its cost worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

import pytest

from tenner.errors import InputError
from tenner.guardrails import Environment, environment_of, findings_of, parse_guardrails
from tenner.load import default_catalog_folder
from tenner.plan import parse_plan
from tests.fixtures_plans import PLANS, SIDES, change, plan_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenner.catalog import Catalog
    from tenner.guardrails import Finding, Guardrail

    Find = Callable[..., list[Finding]]

TAGS = {"app": "todo", "environment": "dev", "owner": "me", "template_version": "1.0.0"}
RULE = """\
guardrails:
  queue:
    name: a queue
    types: [aws_sqs_queue]
    environments: [dev]
    refuse: exists
    why: a reason
    instead: something else
    priced_as: one queue
    fixed: [{item: kms/customer_managed_key, quantity: 1}]
    source: ["https://example.org/"]
    checked: 2026-11-21
"""


@pytest.fixture(scope="session")
def find(guardrails: Mapping[str, Guardrail], catalog: Catalog) -> Find:
    """Find what Tenner's guardrails refuse of the given resource changes."""

    def found(*changes: dict[str, Any], environment: Environment = "dev") -> list[Finding]:
        plan = parse_plan(plan_json(list(changes)), "plan.json")
        return findings_of(plan, guardrails, catalog, environment)

    return found


def log_group(days: Any, **more: Any) -> dict[str, Any]:
    """Make a change that creates a log group, kept so many days."""
    return change("aws_cloudwatch_log_group.api", {"retention_in_days": days}, **more)


# 730 hours a month: 0.045 × 730 = 32.85; 0.005 × 730 = 3.65; 0.0225 × 730 = 16.425;
# 0.01 × 730 = 7.3; 0.016 × 730 + 0.115 × 20 = 11.68 + 2.30; 0.12 × 0.5 × 730 = 43.8
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("aurora_cluster", [("aws_rds_cluster.main", "an Aurora cluster in dev", "0")]),
        (
            "aurora_instance",
            [("aws_rds_cluster_instance.one", "an Aurora instance in dev", "43.8")],
        ),
        ("customer_key", [("aws_kms_key.own", "a customer managed KMS key in dev", "1")]),
        (
            "interface_endpoint",
            [("aws_vpc_endpoint.secrets", "an interface endpoint in dev", "7.3")],
        ),
        (
            "load_balancer",
            [
                ("aws_alb.inside", "a load balancer in dev", "16.425"),
                ("aws_elb.classic", "a load balancer in dev", "23.725"),
                ("aws_lb.web", "a load balancer in dev", "23.725"),
            ],
        ),
        (
            "log_retention",
            [
                (
                    "aws_cloudwatch_log_group.for_ever",
                    "a log group kept for ever, expected at most 7 days in dev",
                    "0",
                ),
                (
                    "aws_cloudwatch_log_group.month",
                    "a log group kept 30 days, expected at most 7 in dev",
                    "0",
                ),
            ],
        ),
        (
            "nat_gateway",
            [
                ("aws_nat_gateway.inside", "a NAT gateway in dev", "32.85"),
                ("aws_nat_gateway.out", "a NAT gateway in dev", "36.5"),
            ],
        ),
        ("rds_instance", [("aws_db_instance.main", "an RDS instance in dev", "13.98")]),
        (
            "secret",
            [
                ("aws_secretsmanager_secret.disguised", "a Secrets Manager secret in dev", "0.4"),
                ("aws_secretsmanager_secret.own", "a Secrets Manager secret in dev", "0.4"),
            ],
        ),
        (
            "tags",
            [
                (
                    "aws_sqs_queue.half_tagged",
                    "a resource without the tags environment, owner, template_version",
                    "0",
                ),
                (
                    "aws_sqs_queue.tagged_later",
                    "a resource with tags known only after apply, expected them in the plan",
                    "0",
                ),
                (
                    "aws_sqs_queue.untagged",
                    "a resource without the tags app, environment, owner, template_version",
                    "0",
                ),
            ],
        ),
    ],
)
def test_each_guardrail_refuses_its_violating_plan(
    rule: str,
    expected: list[tuple[str, str, str]],
    guardrails: Mapping[str, Guardrail],
    catalog: Catalog,
) -> None:
    """A plan of a real Terraform is refused by its guardrail and by no other one."""
    plan = parse_plan((PLANS / rule / "violating" / "plan.json").read_text("utf-8"), "plan.json")
    findings = findings_of(plan, guardrails, catalog, environment_of(plan))
    assert {finding.guardrail for finding in findings} == {rule}
    assert [(each.resource.address, each.what, each.usd) for each in findings] == [
        (address, what, Decimal(usd)) for address, what, usd in expected
    ]
    assert all(finding.instead and finding.why and finding.source for finding in findings)


@pytest.mark.parametrize("rule", sorted(path.name for path in PLANS.iterdir()))
def test_each_guardrail_lets_its_passing_plan_pass(
    rule: str, guardrails: Mapping[str, Guardrail], catalog: Catalog
) -> None:
    """The cheaper alternative, planned by a real Terraform, passes all guardrails."""
    plan = parse_plan((PLANS / rule / "passing" / "plan.json").read_text("utf-8"), "plan.json")
    assert plan.resources
    assert findings_of(plan, guardrails, catalog, "dev") == []


def test_every_guardrail_has_both_fixtures(guardrails: Mapping[str, Guardrail]) -> None:
    """No guardrail is without a violating and a passing plan, and no plan without a guardrail."""
    made = {path.parent.relative_to(PLANS).as_posix() for path in PLANS.glob("*/*/main.tf")}
    assert made == {f"{rule}/{side}" for rule in guardrails for side in SIDES}


def test_guardrails_agree_with_the_profiles(
    guardrails: Mapping[str, Guardrail], catalog: Catalog
) -> None:
    """Secrets are refused where parameters hold them, idle costs where accounts are shared."""
    profiles = catalog.environments.items()
    parameters = {name for name, each in profiles if each.app_secrets == "parameter_store"}
    shared = {name for name, each in profiles if each.account == "shared"}
    everywhere = set(get_args(Environment))
    for key, rule in guardrails.items():
        expected = shared if rule.refuse == "exists" else everywhere
        assert set(rule.environments) == (parameters if key == "secret" else expected)


@pytest.mark.parametrize(("environment", "most"), [("dev", 7), ("staging", 14), ("prod", 30)])
def test_both_sides_of_the_retention(environment: Environment, most: int, find: Find) -> None:
    """The profile's days pass, one more does not."""
    assert find(log_group(1), environment=environment) == []
    assert find(log_group(most), environment=environment) == []
    (finding,) = find(log_group(most + 1), environment=environment)
    assert finding.what == (
        f"a log group kept {most + 1} days, expected at most {most} in {environment}"
    )
    assert finding.instead == (
        f"set retention_in_days to {most}, as environments.yaml has it for {environment}"
    )
    assert finding.usd == 0
    assert [(item.key, item.usd_per) for item in finding.variable] == [
        ("cloudwatch_logs/storage", Decimal("0.03"))
    ]


@pytest.mark.parametrize("days", [0, -1, None, "7", True, 7.0, [7], {}])
def test_retention_that_is_no_number_of_days(days: Any, find: Find) -> None:
    """0 keeps logs for ever, and so does, for all that the gate can say, what is no number."""
    (finding,) = find(log_group(days))
    assert finding.what == "a log group kept for ever, expected at most 7 days in dev"


def test_retention_known_after_apply(find: Find) -> None:
    """What can't be seen in the plan is not let pass."""
    (finding,) = find(log_group(7, after_unknown={"retention_in_days": True}))
    assert finding.what == (
        "a log group kept for a time known only after apply, expected at most 7 days in dev"
    )


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_refused_in_both_shared_environments(environment: Environment, find: Find) -> None:
    """A NAT gateway is refused in dev and in staging."""
    (finding,) = find(change("aws_nat_gateway.out", {}), environment=environment)
    assert finding.what == f"a NAT gateway in {environment}"


@pytest.mark.parametrize(
    "type_",
    ["aws_nat_gateway", "aws_lb", "aws_db_instance", "aws_kms_key", "aws_secretsmanager_secret"],
)
def test_prod_may_have_what_it_pays_for(type_: str, find: Find) -> None:
    """In its own production account an app may have them."""
    assert find(change(f"{type_}.own", {}), environment="prod") == []


@pytest.mark.parametrize(
    ("actions", "status"),
    [
        (["create"], "new"),
        (["update"], "changed"),
        (["delete", "create"], "replaced"),
        (["create", "delete"], "replaced"),
        (["no-op"], "exists"),
        (["delete"], None),
        (["forget"], None),
    ],
)
def test_what_is_there_after_apply_is_checked(
    actions: list[str], status: str | None, find: Find
) -> None:
    """New, changed, replaced and untouched resources are checked; those that go are not."""
    found = find(change("aws_nat_gateway.out", None if status is None else {}, *actions))
    assert [finding.resource.status for finding in found] == ([status] if status else [])


def test_data_sources_are_not_checked(find: Find) -> None:
    """Reading a key that someone else pays for costs nothing."""
    assert find({**change("aws_kms_key.own", {}), "mode": "data"}) == []


def test_resources_in_modules_are_checked(find: Find) -> None:
    """A resource in a module has its whole address."""
    inside = change("aws_kms_key.own", {})
    inside["address"] = 'module.app["todo"].aws_kms_key.own'
    (finding,) = find(inside)
    assert finding.resource.address == 'module.app["todo"].aws_kms_key.own'


@pytest.mark.parametrize(
    ("after", "unknown", "expected"),
    [
        ({"tags_all": TAGS}, {}, ""),
        ({}, {}, ""),  # a resource that can't have tags
        (
            {"tags_all": None},
            {},
            "a resource without the tags app, environment, owner, template_version",
        ),
        (
            {},
            {"tags_all": True},
            "a resource without the tags app, environment, owner, template_version",
        ),
        ({"tags": TAGS}, {"tags_all": True}, ""),
        ({"tags_all": {**TAGS, "owner": ""}}, {}, "a resource without the tag owner"),
        ({"tags_all": {**TAGS, "owner": 7}}, {}, "a resource without the tag owner"),
        (
            {"tags_all": {**TAGS, "environment": "prod"}},
            {},
            "a resource of which the tag environment is not dev",
        ),
        ({"tags_all": {**TAGS, "app": "shared", "environment": "all"}}, {}, ""),  # there once
        (
            {"tags_all": {**TAGS, "environment": "all"}},
            {},
            "a resource of which the tag environment is not dev",
        ),
        (
            {},
            {"tags_all": True, "tags": True},
            "a resource with tags known only after apply, expected them in the plan",
        ),
    ],
)
def test_tags(after: dict[str, Any], unknown: dict[str, Any], expected: str, find: Find) -> None:
    """A resource that can have tags has all of them, and the right environment."""
    found = find(change("aws_sqs_queue.jobs", after, after_unknown=unknown))
    assert [finding.what for finding in found] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("name", "app", "is_refused"),
    [
        ("shared/dev/key", "shared", False),
        ("shared/dev/key", "shared-infra", False),
        ("shared/dev/key", "todo", True),
        ("shared/dev/key", "shared-notes", True),
        ("todo/dev/key", "shared", True),
        (None, "shared", True),
    ],
)
def test_only_the_shared_infrastructure_has_secrets(
    name: str | None, app: str, is_refused: bool, find: Find
) -> None:
    """A secret passes in dev by its name and its tag together, not by one of them."""
    after = {"name": name, "tags_all": {**TAGS, "app": app}}
    found = find(change("aws_secretsmanager_secret.key", after))
    assert [finding.guardrail for finding in found] == ["secret"] * is_refused


def test_endpoint_of_a_kind_known_after_apply(find: Find) -> None:
    """An endpoint that may turn out to be billed is refused, and a gateway endpoint is not."""
    later = {"vpc_endpoint_type": True}
    gateway = {"vpc_endpoint_type": "Gateway"}
    assert len(find(change("aws_vpc_endpoint.one", {}, after_unknown=later))) == 1
    assert find(change("aws_vpc_endpoint.one", gateway)) == []


def test_one_resource_may_be_refused_twice(find: Find) -> None:
    """An untagged key is refused for both, in the order of the guardrails."""
    found = find(change("aws_kms_key.own", {"tags_all": None}))
    assert [finding.guardrail for finding in found] == ["customer_key", "tags"]


@pytest.mark.parametrize(
    ("named", "expected"),
    [([], "dev"), (["staging"], "staging"), (["prod", "prod"], "prod"), (["else"], "dev")],
)
def test_environment_of_a_plan(named: list[str], expected: str) -> None:
    """The tags say the environment; dev where they say none that there is."""
    changes = [
        change(f"aws_sqs_queue.n{number}", {"tags_all": {"environment": name}})
        for number, name in enumerate(named)
    ]
    assert environment_of(parse_plan(plan_json(changes), "plan.json")) == expected


def test_plan_of_two_environments() -> None:
    """A plan whose tags name two environments needs a person's word."""
    changes = [
        change(f"aws_sqs_queue.{name}", {"tags_all": {"environment": name}})
        for name in ("prod", "dev")
    ]
    with pytest.raises(InputError) as caught:
        environment_of(parse_plan(plan_json(changes), "plan.json"))
    assert str(caught.value) == (
        "plan.json: the tags name dev and prod; say which is meant with --environment"
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("refuse: exists", "refuse: never", 'given "never", expected'),
        ("name: a queue", "name: a queue\n    colour: red", "colour: unknown key"),
        (
            "quantity: 1",
            "quantity: 1e3",
            'quantity: given "1e3", expected a number in plain digits',
        ),
        ("quantity: 1", "quantity: 0", "quantity: given 0, expected more than 0"),
        ("types: [aws_sqs_queue]", "types: []", "types: given "),
        ("priced_as: one queue\n    ", "", "priced_as: needed where there is a fixed cost"),
        ("refuse: exists", "refuse: lacks_tags", "tags: needed by lacks_tags"),
        ("refuse: exists", "refuse: kept_longer_than_profile", "attribute: needed by kept_longer"),
        ("refuse: exists", "refuse: exists\n    only: {attribute: a}", "expected one of `is`"),
    ],
)
def test_defects_of_the_catalog(old: str, new: str, expected: str) -> None:
    """A wrong guardrail is one sentence with the file and the key."""
    assert old in RULE
    with pytest.raises(InputError) as caught:
        parse_guardrails(RULE.replace(old, new), "guardrails.yaml")
    assert str(caught.value).startswith("guardrails.yaml: ")
    assert expected in str(caught.value)


def test_all_defects_at_once() -> None:
    """Two wrong fields are two lines."""
    text = RULE.replace("refuse: exists", "refuse: 7").replace("quantity: 1", "quantity: many")
    with pytest.raises(InputError) as caught:
        parse_guardrails(text, "guardrails.yaml")
    assert len(caught.value.problems) == 2


def test_guardrail_that_names_no_item(catalog: Catalog) -> None:
    """A guardrail that is priced with what the price book lacks is an error, not $0.00."""
    rules = parse_guardrails(RULE.replace("customer_managed_key", "golden_key"), "guardrails.yaml")
    plan = parse_plan(plan_json([change("aws_sqs_queue.jobs", {})]), "plan.json")
    with pytest.raises(InputError, match="kms/golden_key: the price book has no such item"):
        findings_of(plan, rules, catalog, "dev")


def test_every_item_of_the_guardrails_is_in_the_price_book(
    guardrails: Mapping[str, Guardrail], catalog: Catalog
) -> None:
    """Every fixed and variable item has a price, and every `times` is an assumption."""
    for rule in guardrails.values():
        for item in (*(charge.item for charge in rule.fixed), *rule.variable):
            assert catalog.item(item, "us-east-1").usd_per > 0
        for charge in rule.fixed:
            assert not charge.times or catalog.assumption(charge.times) > 0
    assert (default_catalog_folder() / "guardrails.yaml").is_file()
