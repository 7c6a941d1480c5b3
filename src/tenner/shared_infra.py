"""The shared infrastructure: what `fleet.yaml` says, and what it uses before any app does."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from tenner import exact_yaml
from tenner.fields import MOST_APIS, UNIQUE, AppName, Names, Owner, Region, SecretStore, Stores
from tenner.guard_cost import guard_usage
from tenner.money import exact
from tenner.names import shared_parameter, shared_secret
from tenner.registry_place import table_problem
from tenner.shown import shown
from tenner.usage import Usage, facts_of
from tenner.validation import Exact, Strict, Whole, plain_error, read
from tenner.workload import ONE_PAYER, SHARED_ACCOUNT, SHARED_APP, Workload

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.manifest import Manifest

PUBLISHED, PUBLISHED_OF_API = 13, 4
"""Parameters at /shared/{environment}/, and those of each further API at apis/{number}/ there."""
_PREFIX = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")
_GITHUB = re.compile(r"[A-Za-z0-9](-?[A-Za-z0-9])*\Z")
_SHORTEST, _LONGEST, _LONGEST_EMAIL, _LONGEST_GITHUB = 3, 20, 50, 39
_ACCOUNT, _MOST_OF_ACCOUNT = "{account}", 38
_ACCOUNT_ID = re.compile(r"[0-9]{12}\Z")
_OF_S3 = ("amzn", "sthree")
_ONE, _ZERO = Decimal(1), Decimal(0)


def _check_prefix(prefix: str) -> str:
    if not _PREFIX.match(prefix) or not _SHORTEST <= len(prefix) <= _LONGEST:
        raise plain_error(
            f"given {shown(prefix)}, expected {_SHORTEST} to {_LONGEST} small letters and digits, "
            'in words joined by single hyphens, beginning with a letter, such as "acme"'
        )
    if (first := prefix.partition("-")[0]) in _OF_S3:
        raise plain_error(
            f"given {shown(prefix)}, but S3 keeps names that begin with {first} for itself; "
            "choose another name"
        )
    return prefix


class Budget(Strict):
    """What the whole account may cost a month, and who is told."""

    monthly_usd: Annotated[Exact, Field(ge=1, le=1_000_000, decimal_places=2)]
    alert_email: str = ""
    apps: dict[AppName, Annotated[Exact, Field(gt=0, le=1_000_000, decimal_places=2)]] = Field(
        default_factory=dict
    )

    @field_validator("alert_email")
    @classmethod
    def _an_address(cls, address: str) -> str:
        if address and (len(address) > _LONGEST_EMAIL or not _EMAIL.match(address)):
            raise plain_error(
                f"given {shown(address)}, expected one e-mail address of at most "
                f'{_LONGEST_EMAIL} characters, or "" for nobody'
            )
        return address


class Organization(Strict):
    """The AWS Organization: how its accounts are reached, and which of them is the shared one."""

    account_email: str
    shared_account: str = ""

    @field_validator("account_email")
    @classmethod
    def _one_for_each(cls, address: str) -> str:
        parts = address.split(_ACCOUNT)
        known = len(parts) == len(("before", "after")) and _EMAIL.match("x".join(parts))
        if not known or len(address) > _MOST_OF_ACCOUNT:
            raise plain_error(
                f"given {shown(address)}, expected one e-mail address of at most "
                f"{_MOST_OF_ACCOUNT} characters with {_ACCOUNT} in it once, such as "
                f"aws+{_ACCOUNT}@example.org"
            )
        return address

    @field_validator("shared_account")
    @classmethod
    def _an_id(cls, account: str) -> str:
        if account and not _ACCOUNT_ID.match(account):
            raise plain_error(
                f'given {shown(account)}, expected the 12 digits of an account in quotes, or ""'
            )
        return account


class Guard(Strict):
    """Which apps no budget and no alarm degrades or stops."""

    allow: Annotated[tuple[AppName, ...], Field(strict=False), UNIQUE] = ()


class SharedSecrets(Strict):
    """Names of the secrets that apps share, never their values."""

    shared: Names = ()
    stores: Stores = Field(default_factory=dict)

    @field_validator("stores")
    @classmethod
    def _of_names(cls, stores: Stores, info: ValidationInfo) -> Stores:
        if unknown := [name for name in stores if name not in info.data.get("shared", ())]:
            raise plain_error(f"has {shown(unknown[0])}, expected a name that stands under shared")
        return stores

    def of(self, name: str) -> tuple[SecretStore, ...]:
        """Say in which stores a shared secret is; apps say themselves where they read it."""
        return self.stores.get(name, ("secrets_manager",))


class SharedInfra(Strict):
    """What all apps of the account share."""

    schema_version: Annotated[Whole, Field(ge=1, le=1)]
    prefix: Annotated[str, AfterValidator(_check_prefix)]
    owner: Owner
    region: Region
    topology: Literal["stack", "monorepo"]
    github_org: str = ""
    account_plan: Literal["always-free", "legacy-12-months", "list"] = "always-free"
    environments: Annotated[
        tuple[Literal["dev", "staging"], ...], Field(strict=False, min_length=1), UNIQUE
    ]
    apis: Annotated[Whole, Field(ge=1, le=MOST_APIS)] = 1
    budget: Budget
    organization: Organization | None = None
    guard: Guard = Guard()
    secrets: SharedSecrets = SharedSecrets()
    registry: str = ""
    quotas: dict[str, Annotated[Exact, Field(gt=0, le=1_000_000_000, decimal_places=0)]] = Field(
        default_factory=dict
    )

    @field_validator("registry")
    @classmethod
    def _a_table(cls, place: str) -> str:
        if place and (problem := table_problem(place)):
            raise plain_error(f'{problem}; or "" for the folder apps/ beside it')
        return place

    @field_validator("github_org")
    @classmethod
    def _a_github_name(cls, name: str) -> str:
        if name and (len(name) > _LONGEST_GITHUB or not _GITHUB.match(name)):
            raise plain_error(
                f"given {shown(name)}, expected the name of a GitHub user or organisation, such "
                'as octo-org, or "" for none'
            )
        return name


def parse_shared_infra(text: str, source: str) -> SharedInfra:
    """Read fleet.yaml from its text; raises InputError naming `source` and every defect."""
    return read(SharedInfra, exact_yaml.parse(text, source))


def api_problem(infra: SharedInfra, manifest: Manifest) -> str:
    """Say that an app is on an HTTP API that the shared infrastructure has not, or nothing."""
    if manifest.api <= infra.apis or not set(manifest.environments) & set(infra.environments):
        return ""
    return (
        f"api: {manifest.app} is on API {manifest.api}, and fleet.yaml has `apis: {infra.apis}`. "
        f"Write `apis: {manifest.api}` there, then in its repo `make deploy`; or, where the app "
        "is not deployed yet, a lower `api` into its app.yaml"
    )


def shared_workloads(infra: SharedInfra, catalog: Catalog) -> list[Workload]:
    """Derive what the shared infrastructure uses in each environment, without any app.

    A secret is the same thing as the apps that name it use: it is billed once. What costs nothing
    until an app uses it is there with a use of nothing.
    """
    with exact():
        guard = guard_usage(facts_of(catalog))
    return [
        Workload(
            SHARED_APP,
            environment,
            infra.region,
            SHARED_ACCOUNT,
            ONE_PAYER,
            (
                *_secrets(infra, environment),
                *_until_used(infra, environment),
                *guard,
            ),
        )
        for environment in infra.environments
    ]


def _secrets(infra: SharedInfra, environment: str) -> list[Usage]:
    found = []
    for each in infra.secrets.shared:
        name = shared_secret(each, environment)
        if "secrets_manager" in infra.secrets.of(each):
            shared = f"secret {SHARED_ACCOUNT}/{infra.region}/{name}"
            found.append(
                Usage("secrets_manager/secret", _ONE, f"secret {name}", "1 secret", (), shared)
            )
        if "parameter_store" in infra.secrets.of(each):
            sentence = "1 SecureString, standard tier"
            place = f"parameter {shared_parameter(each, environment)}"
            found.append(Usage("parameter_store/standard_parameter", _ONE, place, sentence))
    return found


def _until_used(infra: SharedInfra, environment: str) -> list[Usage]:
    """Give what costs nothing before an app uses it: an API costs by the request, as ten do."""
    nothing = "nothing until an app uses it"
    published = PUBLISHED + PUBLISHED_OF_API * (infra.apis - 1)
    return [
        Usage("api_gateway/http_requests", _ZERO, "the HTTP API", nothing),
        Usage("dynamodb/on_demand_reads", _ZERO, "the table", nothing),
        Usage("cognito/lite", _ZERO, "the user pool", nothing),
        Usage("s3/storage_standard", _ZERO, "the bucket", nothing),
        Usage("cloudfront/https_requests", _ZERO, "the distribution", nothing),
        Usage(
            "parameter_store/standard_parameter",
            Decimal(published),
            "published parameters",
            f"{published} String at /shared/{environment}/, standard tier",
        ),
        Usage(
            "budgets/monitoring_budget",
            (budgets := Decimal(1 + len(infra.budget.apps))),
            "budgets",
            "{} budgets that only tell",
            (budgets,),
            "budget",
        ),
    ]
