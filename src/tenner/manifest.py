"""The manifest, `app.yaml`: what one app is and uses. People edit it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from tenner import exact_yaml
from tenner.fields import (
    MOST_APIS,
    Amount,
    AppName,
    FunctionName,
    Names,
    Owner,
    Percent,
    Region,
    refuse_known,
)
from tenner.manifest_environment import Environment, EnvironmentSettings
from tenner.registry_place import is_table, table_problem
from tenner.releases import with_new_names
from tenner.secret_places import stores_problem
from tenner.shown import shown
from tenner.validation import Exact, Strict, Whole, plain_error, plain_errors, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.releases import Release

_HTTP_LIMIT_S = 29
_SCHEDULE = re.compile(
    r"(rate\([1-9][0-9]* (minute|hour|day)s?\)|cron\([^\s()]{1,40}( [^\s()]{1,40}){5}\))\Z"
)
_PATH = re.compile("[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ufeff\\ud800-\\udfff]{1,400}\\Z")


class FunctionUse(Strict):
    """What is expected of one function in a month, in one environment."""

    requests_per_month: Amount
    duration_ms: Annotated[Exact, Field(gt=0, le=900_000, max_digits=15, decimal_places=9)]
    reads_per_request: Amount = Decimal(0)
    writes_per_request: Amount = Decimal(0)
    log_bytes_per_request: Amount = Decimal(0)
    response_bytes_per_request: Amount = Decimal(0)
    cold_start_percent: Percent = Decimal(5)


class Function(Strict):
    """One Lambda function and what sets it off."""

    trigger: Literal["http_api", "schedule", "queue"]
    architecture: Literal["arm64", "x86_64"] = "arm64"
    memory_mb: Annotated[Whole, Field(ge=128, le=10_240)]
    timeout_s: Annotated[Whole, Field(ge=1, le=900)]
    schedule: Annotated[str, Field(validate_default=True)] = ""
    batch_size: Annotated[Whole, Field(ge=1, le=10_000)] = 10
    use: FunctionUse

    # A rule over two fields stands at the later one: it is then told with all other defects.

    @field_validator("timeout_s")
    @classmethod
    def _within_the_api(cls, timeout_s: int, info: ValidationInfo) -> int:
        if info.data.get("trigger") == "http_api" and timeout_s > _HTTP_LIMIT_S:
            raise plain_error(
                f"given {timeout_s}, expected at most {_HTTP_LIMIT_S}, because an HTTP API gives "
                "up after 30 seconds"
            )
        return timeout_s

    @field_validator("schedule")
    @classmethod
    def _of_the_trigger(cls, schedule: str, info: ValidationInfo) -> str:
        trigger = info.data.get("trigger")
        if trigger == "schedule" and not _SCHEDULE.match(schedule):
            raise plain_error(
                f"given {shown(schedule)}, expected rate(1 day) or cron(…), as EventBridge "
                "Scheduler writes them"
            )
        if trigger in {"http_api", "queue"} and schedule:
            raise plain_error("only a function with `trigger: schedule` has one")
        return schedule

    @field_validator("use")
    @classmethod
    def _within_the_timeout(cls, use: FunctionUse, info: ValidationInfo) -> FunctionUse:
        timeout_s = info.data.get("timeout_s")
        if timeout_s is not None and use.duration_ms > timeout_s * 1000:
            message = (
                f"given {shown(use.duration_ms)}, expected at most the timeout of {timeout_s} s"
            )
            raise plain_errors([("duration_ms", message)])
        return use


class TableUse(Strict):
    """What is expected of the app's rows."""

    stored_gb: Amount = Decimal(0)


class Table(Strict):
    """The app's rows in the one shared table."""

    ttl_days: Annotated[Whole, Field(ge=0, le=36_500)] = 30
    use: TableUse = TableUse()


class Secrets(Strict):
    """Names of secrets, never their values."""

    shared: Names = ()
    app: Names = ()

    @field_validator("app")
    @classmethod
    def _not_shared(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """In prod both would be the secret `{app}/prod/{name}`."""
        return refuse_known(names, info.data.get("shared", ()), "secrets.shared")

    @property
    def all(self) -> tuple[str, ...]:
        """Give the names of all."""
        return (*self.shared, *self.app)


class LoginUse(Strict):
    """What is expected of the users."""

    monthly_active_users: Amount


class Login(Strict):
    """Users of the one shared user pool."""

    use: LoginUse


class AiUse(Strict):
    """What is expected of the model."""

    prompts_per_month: Amount
    cache_hit_percent: Percent
    input_tokens_per_prompt: Amount
    output_tokens_per_prompt: Amount


class Ai(Strict):
    """A Bedrock model behind a cache in the table."""

    model: Annotated[str, Field(min_length=1, max_length=200)]
    max_output_tokens: Annotated[Whole, Field(ge=1, le=100_000)]
    cache_ttl_days: Annotated[Whole, Field(ge=0, le=36_500)] = 90
    use: AiUse


class StaticSiteUse(Strict):
    """What is expected of the site."""

    stored_gb: Amount
    page_views_per_month: Amount
    bytes_per_page_view: Amount


class StaticSite(Strict):
    """Files on the shared bucket, behind the shared distribution."""

    use: StaticSiteUse


class Manifest(Strict):
    """What one app is and uses, in all its environments."""

    schema_version: Annotated[Whole, Field(ge=1)]
    app: AppName
    description: Annotated[str, Field(max_length=20_000)] = ""
    owner: Owner
    region: Region
    registry: str = "../aws-shared-infra/apps"
    api: Annotated[Whole, Field(ge=1, le=MOST_APIS)] = 1
    environments: dict[Environment, EnvironmentSettings] = Field(min_length=1)
    functions: dict[FunctionName, Function] = Field(default_factory=dict)
    table: Table | None = None
    secrets: Secrets = Secrets()
    parameters: Names = ()
    login: Login | None = None
    ai: Ai | None = None
    static_site: Annotated[StaticSite | None, Field(validate_default=True)] = None

    @field_validator("schema_version")
    @classmethod
    def _known(cls, version: int) -> int:
        if version != 1:
            raise plain_error(
                f"given {version}, expected 1; this manifest is from a newer Tenner, so update the "
                "tenner command"
            )
        return version

    @field_validator("environments")
    @classmethod
    def _of_prod(
        cls, found: dict[Environment, EnvironmentSettings]
    ) -> dict[Environment, EnvironmentSettings]:
        problems = [
            (f"{name}.{key}", "only prod has it, because it has an account of its own")
            for name, each in found.items()
            for key in sorted(each.model_fields_set - {"use_multiplier", "secret_stores"})
            if name != "prod"
        ]
        if problems:
            raise plain_errors(problems)
        return found

    @field_validator("secrets")
    @classmethod
    def _rotated(cls, secrets: Secrets, info: ValidationInfo) -> Secrets:
        for name, each in info.data.get("environments", {}).items():
            for field in ("rotate", "secret_stores"):
                unknown = [word for word in getattr(each, field) if word not in secrets.all]
                if unknown:
                    raise plain_error(
                        f"environments.{name}.{field} has {shown(unknown[0])}, expected a name "
                        "that stands here under shared or app"
                    )
            if problem := stores_problem(name, each, secrets):
                raise plain_error(problem)
        return secrets

    @field_validator("registry")
    @classmethod
    def _a_path(cls, registry: str) -> str:
        if not _PATH.match(registry) or registry != registry.strip():
            raise plain_error(
                f"given {shown(registry)}, expected the path of a folder in one line of at most "
                "400 characters"
            )
        if registry.startswith("~"):
            raise plain_error(
                f"given {shown(registry)}, expected a path without ~, which only a shell replaces"
            )
        if is_table(registry) and (problem := table_problem(registry)):
            raise plain_error(problem)
        return registry

    @field_validator("parameters")
    @classmethod
    def _no_secrets(cls, parameters: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        secrets = info.data.get("secrets")
        refuse_known(parameters, secrets.app if secrets else (), "secrets.app")
        prod = info.data.get("environments", {}).get("prod")
        moved = prod.secret_stores if prod else ()
        return refuse_known(parameters, moved, "environments.prod.secret_stores")

    @field_validator("login")
    @classmethod
    def _of_an_api(cls, login: Login | None, info: ValidationInfo) -> Login | None:
        functions = info.data.get("functions")
        if login and functions is not None and not has_api(functions):
            raise plain_error("expected a function with `trigger: http_api` beside it")
        return login

    @field_validator("ai")
    @classmethod
    def _of_a_function(cls, ai: Ai | None, info: ValidationInfo) -> Ai | None:
        if ai and info.data.get("functions") == {}:
            raise plain_error("expected a function beside it, because a function calls it")
        return ai

    @field_validator("static_site")
    @classmethod
    def _something(cls, site: StaticSite | None, info: ValidationInfo) -> StaticSite | None:
        if not site and info.data.get("functions") == {}:
            raise plain_error("missing; expected it, or at least one function")
        return site


def has_api(functions: Mapping[str, Function]) -> bool:
    """Tell whether a function answers requests."""
    return any(function.trigger == "http_api" for function in functions.values())


def parse_manifest(text: str, source: str, releases: Sequence[Release] = ()) -> Manifest:
    """Read a manifest from its text, also one with names from before some releases.

    Raises InputError naming `source` and every defect.
    """
    return read(Manifest, with_new_names(exact_yaml.parse(text, source), releases))
