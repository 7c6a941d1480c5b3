"""Prod and an AWS Organization, applied by a real Terraform to moto over HTTP.

MiniStack has neither auto scaling of tables nor Organizations; what it has is tested there.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import pytest
from copier import run_copy

from tenner import cli
from tenner.environment import brought
from tenner.load import load_manifest
from tenner.plan import parse_plan
from tenner.workload import workload_of
from tests.iam_evaluator import Request, with_keys
from tests.moto_server import ACCOUNT, aws
from tests.real_terraform import terraform, with_mirror

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tenner.catalog import Catalog
    from tests.iam_evaluator import Evaluator

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("moto")]
FLIP = 6_659_681  # writes a month from which provisioned is cheaper: tests/test_own.py
PAID = "alarms: true, dashboard: true, rotate: [token]"
SET = f"{PAID}, table_limits: {{most_write_units: 50, most_read_units: 60}}"
ARN = f"us-east-1:{ACCOUNT}"
TABLE = f"arn:aws:dynamodb:{ARN}:table/todo-prod"
PROTECTED = (
    "todo prod is protected from deletion. Where it may go with all its rows, write "
    "`deletion_protection: false` under environments.prod of app.yaml, then: make deploy ENV=prod, "
    "and again make destroy ENV=prod"
)
STILL_PROTECTED = (
    "todo prod is protected in AWS still: aws_dynamodb_table.own[0]. Expected first, so that "
    "app.yaml takes effect: make deploy ENV=prod"
)
# moto has no rotation of a secret without a value; its lifecycle of a bucket takes a minute.
APPLIED = (
    "aws_appautoscaling_policy.table", "aws_cloudwatch_metric_alarm.own", "aws_budgets_budget.own",
    "aws_cloudwatch_dashboard.own", "aws_iam_role_policy.rotation", "module.app",
    "aws_s3_bucket_public_access_block.own", "aws_secretsmanager_secret_policy.own",
)  # fmt: skip


class Prod(NamedTuple):
    """An app's repo with prod, the AWS that it is in, and its folder of plans."""

    folder: Path
    environment: Mapping[str, str]

    def say(self, requests: int, settings: str = "") -> dict[str, Any]:
        """Write the load and what prod has into app.yaml; give what Terraform gets of it."""
        file = self.folder / "app.yaml"
        text = re.sub(r"requests_per_month: [0-9]+", f"requests_per_month: {requests}",
                      file.read_text(encoding="utf-8"))  # fmt: skip
        file.write_text(re.sub(r"  prod: \{.*", f"  prod: {{{settings}}}", text), encoding="utf-8")
        manifest = load_manifest(self.folder).manifest
        from tenner.load import load_catalog

        profile = {"profile": brought(manifest, "prod", load_catalog()).terraform()}
        place = self.folder / "build/prod"
        place.mkdir(parents=True, exist_ok=True)
        (place / "profile.tfvars.json").write_text(json.dumps(profile), encoding="utf-8")
        return dict(profile["profile"])

    def terraform(self, *words: str) -> str:
        """Run Terraform in prod's root module, as tools/deploy.py does."""
        done = subprocess.run(
            [terraform(), f"-chdir={self.folder}/terraform/production", words[0], "-no-color",
             *words[1:]],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def planned(self) -> dict[str, Any]:
        """Plan, and give each resource as it will be, by its address."""
        file = self.folder / "build/prod/made"
        self.terraform("plan", "-input=false", self.profile, f"-out={file}")
        plan = parse_plan(self.terraform("show", "-json", str(file)), "plan.json")
        return {each.address: each.after for each in plan.resources}

    @property
    def profile(self) -> str:
        """Name the file of variables."""
        return f"-var-file={self.folder}/build/prod/profile.tfvars.json"

    def make(self, *words: str) -> tuple[int, str]:
        """Run tools/deploy.py; give the exit code and its complaint."""
        done = subprocess.run(
            [sys.executable, "-m", "tools.deploy", *words],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stderr

    def client(self, service: str) -> Any:
        """Ask that AWS."""
        return client(self.environment, service)


def client(environment: Mapping[str, str], service: str) -> Any:
    """Make a client of a service of an AWS over HTTP."""
    return boto3.client(
        service,
        region_name=environment["AWS_REGION"],
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An AWS, and all else that a program finds in its environment."""
    terraform()
    place = tmp_path_factory.mktemp("moto")
    with aws() as found:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        yield with_mirror({**kept, **found}, place)


@pytest.fixture(scope="module")
def prod(
    plain_template: Path, cloud: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Prod:
    """An app with a job, which writes once a run, in prod; nothing is applied yet."""
    folder = tmp_path_factory.mktemp("prod") / "todo"
    answers = {"app_name": "todo", "features": ["job"], "environments": ["dev", "prod"],
               "app_secrets": "token", "shared_secrets": "openai-api-key",
               "reads_per_request": "0", "writes_per_request": "1"}  # fmt: skip
    run_copy(str(plain_template), folder, data=answers, defaults=True, unsafe=True, quiet=True,
             skip_tasks=True)  # fmt: skip
    (folder / "build").mkdir()
    with zipfile.ZipFile(folder / "build/app.zip", "w") as package:
        package.write(folder / "functions/job/handler.py", "functions/job/handler.py")
    environment = {**cloud, "TF_DATA_DIR": str(folder / "build/prod/terraform")}
    made = Prod(folder, environment)
    bucket = f"todo-terraform-state-{ACCOUNT}"
    made.client("s3").create_bucket(Bucket=bucket)
    made.terraform("init", "-input=false", f"-backend-config=bucket={bucket}",
                   "-backend-config=key=todo/prod", "-backend-config=region=us-east-1")  # fmt: skip
    return made


def of_type(planned: Mapping[str, Any], kind: str) -> list[Any]:
    """Give the planned resources of one type."""
    return [after for address, after in planned.items() if f"{kind}." in f".{address}"]


@pytest.mark.parametrize(
    ("requests", "settings", "mode", "counts"),
    [
        (FLIP - 1, "", "PAY_PER_REQUEST", {}),
        (FLIP, f"{PAID}, key: customer", "PROVISIONED",
         {"appautoscaling_policy": 4, "cloudwatch_metric_alarm": 3, "cloudwatch_dashboard": 1,
          "kms_key": 1, "secretsmanager_secret_rotation": 1}),
    ],
)  # fmt: skip
def test_plans_are_what_the_estimate_counts(
    prod: Prod,
    catalog: Catalog,
    requests: int,
    settings: str,
    mode: str,
    counts: dict[str, int],
) -> None:
    """A write below the flip and at it, a real plan has the table, and all that is paid for."""
    prod.say(requests, settings)
    planned = prod.planned()
    (table,) = of_type(planned, "aws_dynamodb_table")
    assert table["billing_mode"] == mode
    found = {kind: len(of_type(planned, f"aws_{kind}")) for kind in (
        "appautoscaling_policy", "cloudwatch_metric_alarm", "cloudwatch_dashboard", "kms_key",
        "secretsmanager_secret_rotation")}  # fmt: skip
    assert {kind: count for kind, count in found.items() if count} == counts
    usage = workload_of(load_manifest(prod.folder).manifest, "prod", catalog).usage
    used = {item: [u for u in usage if u.item == item] for item in {u.item for u in usage}}
    assert ("dynamodb/provisioned_wcu" in used) is (mode == "PROVISIONED")
    assert ("dynamodb/on_demand_writes" in used) is (mode == "PAY_PER_REQUEST")
    alarms = sum(u.quantity for u in used.get("cloudwatch/alarm_standard", ()))
    policies = found["appautoscaling_policy"]
    assert alarms == found["cloudwatch_metric_alarm"] + 4 * policies  # 4 of each scaled target
    for kind, item in (("cloudwatch_dashboard", "cloudwatch/dashboard"),
                       ("kms_key", "kms/customer_managed_key"),
                       ("secretsmanager_secret", "secrets_manager/secret")):  # fmt: skip
        assert len(of_type(planned, f"aws_{kind}")) == sum(u.quantity for u in used.get(item, ()))
    assert {each["retention_in_days"] for each in of_type(planned, "aws_cloudwatch_log_group")} == {
        30
    }
    (point,) = table["point_in_time_recovery"]
    assert (point["enabled"], table["deletion_protection_enabled"]) == (True, True)


@pytest.fixture(scope="module")
def applied(prod: Prod) -> Prod:
    """The app above the flip, applied: its table is provisioned and scales."""
    prod.say(FLIP, SET)
    prod.terraform("apply", "-auto-approve", "-input=false", prod.profile,
                   *(f"-target={each}" for each in APPLIED))  # fmt: skip
    return prod


def test_the_table_scales(applied: Prod) -> None:
    """Reads and writes of table and index keep 70 % with cooldowns of 60 s, within the limits."""
    scaling = applied.client("application-autoscaling")
    targets = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert {
        (each["ResourceId"], each["ScalableDimension"]): (each["MinCapacity"], each["MaxCapacity"])
        for each in targets
    } == {
        ("table/todo-prod", "dynamodb:table:ReadCapacityUnits"): (1, 60),
        ("table/todo-prod", "dynamodb:table:WriteCapacityUnits"): (1, 50),
        ("table/todo-prod/index/gsi1", "dynamodb:index:ReadCapacityUnits"): (1, 60),
        ("table/todo-prod/index/gsi1", "dynamodb:index:WriteCapacityUnits"): (1, 50),
    }
    policies = scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    kept = [each["TargetTrackingScalingPolicyConfiguration"] for each in policies]
    assert [(k["TargetValue"], k["ScaleInCooldown"], k["ScaleOutCooldown"]) for k in kept] == [
        (70.0, 60, 60)
    ] * 4
    table = applied.client("dynamodb").describe_table(TableName="todo-prod")["Table"]
    assert table["DeletionProtectionEnabled"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 1


def test_nothing_is_public(applied: Prod) -> None:
    """No bucket can be made public, and no policy of a secret lets another account in."""
    s3 = applied.client("s3")
    block = s3.get_public_access_block(Bucket=f"todo-prod-{ACCOUNT}")
    assert set(block["PublicAccessBlockConfiguration"].values()) == {True}
    secrets = applied.client("secretsmanager")
    policy = json.loads(secrets.get_resource_policy(SecretId="todo/prod/token")["ResourcePolicy"])
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
    )


def test_roles_reach_only_their_own(applied: Prod, evaluator: Evaluator) -> None:
    """What each role of prod may do, by a policy evaluator, with its boundary and without."""
    iam = applied.client("iam")
    policies = {
        role["RoleName"]: iam.get_role_policy(
            RoleName=role["RoleName"],
            PolicyName=iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"][0],
        )["PolicyDocument"]
        for role in iam.list_roles()["Roles"]
    }
    (found,) = iam.list_policies(Scope="Local")["Policies"]
    version = iam.get_policy_version(PolicyArn=found["Arn"], VersionId=found["DefaultVersionId"])
    boundary = version["PolicyVersion"]["Document"]
    assert set(policies) == {"todo-prod", "todo-prod-rotation", "todo-prod-scheduler"}
    for name in policies:
        arn = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert arn == found["Arn"], name
    secret = f"arn:aws:secretsmanager:{ARN}:secret:"
    get, put = "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"
    secrets = applied.client("secretsmanager").list_secrets()["SecretList"]
    token = next(each["ARN"] for each in secrets if each["Name"] == "todo/prod/token")
    function = f"arn:aws:lambda:{ARN}:function:"
    cases = [
        (with_keys("dynamodb:GetItem", TABLE, "todo#1"), {"todo-prod"}),
        (with_keys("dynamodb:GetItem", TABLE, "pip#1"), set()),
        (Request("dynamodb:Scan", TABLE), set()),
        (Request("dynamodb:DeleteTable", TABLE), set()),
        (Request("dynamodb:UpdateTable", TABLE), set()),
        (Request(get, token), {"todo-prod", "todo-prod-rotation"}),
        (Request(put, token), {"todo-prod-rotation"}),
        (Request(put, f"{secret}todo/prod/openai-api-key-AbCdEf"), set()),
        (Request(get, f"{secret}pip/prod/token-AbCdEf"), set()),
        (Request("lambda:InvokeFunction", f"{function}todo-prod-job"), {"todo-prod-scheduler"}),
        (Request("lambda:InvokeFunction", f"{function}pip-prod-job"), set()),
        (Request("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/todo-prod"), set()),
        (Request("kms:ScheduleKeyDeletion", f"arn:aws:kms:{ARN}:key/own"), set()),
        (Request("s3:GetObject", f"arn:aws:s3:::todo-prod-{ACCOUNT}/archive/x"), set()),
    ]
    asked = [request for request, _ in cases]
    allowed: list[set[str]] = [set() for _ in asked]
    within = evaluator.verdicts(boundary, asked)
    for name, policy in policies.items():
        for number, verdict in enumerate(evaluator.verdicts(policy, asked)):
            if verdict:
                assert within[number], (name, asked[number])  # the boundary takes nothing needed
                allowed[number].add(name)
    assert list(zip(asked, allowed, strict=True)) == cases


def test_destroyed_only_on_purpose(applied: Prod) -> None:
    """It is refused until a person says so and deploys that; then all of it goes."""
    code, sentence = applied.make("destroy", "prod", "--yes")
    assert (code, sentence) == (1, f"deploy: {PROTECTED}\n")
    applied.say(FLIP, f"{SET}, deletion_protection: false")
    code, sentence = applied.make("destroy", "prod", "--yes")
    assert (code, sentence) == (1, f"deploy: {STILL_PROTECTED}\n")
    assert applied.client("dynamodb").list_tables()["TableNames"] == ["todo-prod"]
    applied.terraform("apply", "-auto-approve", "-input=false", applied.profile,
                      "-target=aws_dynamodb_table.own", "-target=aws_s3_bucket.own")  # fmt: skip
    bucket = f"todo-prod-{ACCOUNT}"
    applied.client("s3").put_object(Bucket=bucket, Key="archive/kept", Body=b"x")
    assert applied.make("destroy", "prod", "--yes")[0] == 0
    assert applied.client("dynamodb").list_tables()["TableNames"] == []
    buckets = applied.client("s3").list_buckets()["Buckets"]
    assert [each["Name"] for each in buckets if each["Name"] == bucket] == []


RECORD = "manifest:\n  app: {app}\n  owner: me\n  environments: {{{environments}}}\n"


def test_an_organization(
    plain_template: Path, cloud: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two OUs, an account for each app with prod, and the shared one once it has joined."""
    folder = tmp_path / "aws-shared-infra"
    answers = {"kind": "shared-infra", "organization_email": "aws+{account}@example.org"}
    run_copy(str(plain_template), folder, data=answers, defaults=True, unsafe=True, quiet=True,
             skip_tasks=True)  # fmt: skip
    for app, environments in (
        ("todo", "dev: {}, prod: {}"),
        ("pip", "prod: {}"),
        ("zed", "dev: {}"),
    ):
        record = RECORD.format(app=app, environments=environments)
        (folder / f"apps/{app}.yaml").write_text(record, encoding="utf-8")

    def make(*words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "tools.deploy", *words],
            cwd=folder, env=cloud, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    assert make("plan", "organization")[0] == 0
    assert cli.main(["check", str(folder / "build/organization/plan.json")]) == 0
    capsys.readouterr()
    code, said, complaint = make("apply", "organization", "--yes")
    assert (code, complaint) == (0, "")
    assert (
        "  free tier: one for the whole organization, taken once; its 3 accounts share it, and "
        "more would add none\n" in said
    )
    organizations = client(cloud, "organizations")
    joined = organizations.create_account(Email="me@example.org", AccountName="my first")
    fleet = folder / "fleet.yaml"
    text = fleet.read_text(encoding="utf-8")
    number = joined["CreateAccountStatus"]["AccountId"]
    fleet.write_text(text.replace('shared_account: ""', f'shared_account: "{number}"'))
    assert make("plan", "organization")[0] == 0
    assert make("apply", "organization", "--yes")[0] == 0
    (root,) = organizations.list_roots()["Roots"]
    units = organizations.list_organizational_units_for_parent(ParentId=root["Id"])
    assert {
        unit["Name"]: (
            {each["Name"]: each["Email"] for each in
             organizations.list_accounts_for_parent(ParentId=unit["Id"])["Accounts"]},
            {each["Name"] for each in organizations.list_policies_for_target(
                TargetId=unit["Id"], Filter="SERVICE_CONTROL_POLICY")["Policies"]},
        )
        for unit in units["OrganizationalUnits"]
    } == {
        "Dev": ({"my first": "me@example.org"}, {"FullAWSAccess", "tenner-stay", "tenner-cheap"}),
        "Prod": ({"todo-prod": "aws+todo-prod@example.org", "pip-prod": "aws+pip-prod@example.org"},
                 {"FullAWSAccess", "tenner-stay"}),
    }  # fmt: skip
    assert organizations.describe_organization()["Organization"]["FeatureSet"] == "ALL"
    assert make("destroy", "organization", "--yes")[0] == 2
    (folder / "apps/pip.yaml").unlink()
    code, _, complaint = make("plan", "organization")
    assert (code, "Instance cannot be destroyed" in complaint) == (3, True)
    client(cloud, "ssm").put_parameter(Name="/shared/dev/api-id", Value="x", Type="String")
    code, _, complaint = make("plan", "organization")
    assert (code, "Expected the management account" in complaint) == (2, True)
