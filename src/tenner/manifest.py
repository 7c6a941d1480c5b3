"""The manifest, `app.yaml`: what one app is and uses. People edit it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from tenner import exact_yaml
from tenner.names import app_name_problem, plain_name_problem
from tenner.validation import Exact, Strict, Whole, plain_error, read

Environment = Literal["dev", "staging", "prod"]
_MOST = Decimal(10) ** 15
_HTTP_LIMIT_S = 29
_SCHEDULE = re.compile(r"(rate\([1-9][0-9]* (minute|hour|day)s?\)|cron\([^()\n]{9,80}\))\Z")
_TAG = re.compile(r"[\w.:/=+@ -]{1,100}\Z")


def _check_app(name: str) -> str:
    if message := app_name_problem(name):
        raise plain_error(message)
    return name


def _check_name(name: str) -> str:
    if message := plain_name_problem(name):
        raise plain_error(message)
    return name


def _check_unique(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise plain_error(f'given "{name}" twice, expected each name once')
        seen.add(name)
    return names


Name = Annotated[str, AfterValidator(_check_name)]
Names = Annotated[tuple[Name, ...], Field(strict=False), AfterValidator(_check_unique)]
Amount = Annotated[Exact, Field(ge=0, le=_MOST, max_digits=30, decimal_places=9)]
Percent = Annotated[Exact, Field(ge=0, le=100, max_digits=12, decimal_places=9)]


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
    schedule: str = ""
    batch_size: Annotated[Whole, Field(ge=1, le=10_000)] = 10
    use: FunctionUse

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.trigger == "http_api" and self.timeout_s > _HTTP_LIMIT_S:
            raise plain_error(
                f"timeout_s: given {self.timeout_s}, expected at most {_HTTP_LIMIT_S}, because an "
                "HTTP API gives up after 30 seconds"
            )
        if self.trigger == "schedule" and not _SCHEDULE.match(self.schedule):
            raise plain_error(
                f'schedule: given "{self.schedule[:60]}", expected rate(1 day) or cron(…), as '
                "EventBridge Scheduler writes them"
            )
        if self.trigger != "schedule" and self.schedule:
            raise plain_error("schedule: only a function with `trigger: schedule` has one")
        if self.use.duration_ms > self.timeout_s * 1000:
            raise plain_error(
                f"use.duration_ms: given {self.use.duration_ms}, expected at most the timeout of "
                f"{self.timeout_s} s"
            )
        return self


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


class EnvironmentSettings(Strict):
    """How one environment differs from the others."""

    use_multiplier: Annotated[Exact, Field(ge=0, le=1_000_000, decimal_places=6)] = Decimal(1)


class Manifest(Strict):
    """What one app is and uses, in all its environments."""

    schema_version: Annotated[Whole, Field(ge=1)]
    app: Annotated[str, AfterValidator(_check_app)]
    description: Annotated[str, Field(max_length=20_000)] = ""
    owner: str
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]\z")]
    registry: Annotated[str, Field(min_length=1, max_length=400)] = "../aws-shared-infra/apps"
    environments: dict[Environment, EnvironmentSettings] = Field(min_length=1)
    functions: dict[Name, Function] = Field(default_factory=dict)
    table: Table | None = None
    secrets: Secrets = Secrets()
    parameters: Names = ()
    login: Login | None = None
    ai: Ai | None = None
    static_site: StaticSite | None = None

    @field_validator("schema_version")
    @classmethod
    def _known(cls, version: int) -> int:
        if version != 1:
            raise plain_error(
                f"given {version}, expected 1; this manifest is from a newer Tenner, so update the "
                "tenner command"
            )
        return version

    @field_validator("owner")
    @classmethod
    def _taggable(cls, owner: str) -> str:
        if not _TAG.match(owner) or owner != owner.strip():
            raise plain_error(
                "expected 1 to 100 letters, digits, spaces and . : / = + @ _ -, because it is a tag"
            )
        return owner

    @model_validator(mode="after")
    def _agree(self) -> Self:
        both = set(self.secrets.app) & set(self.parameters)
        if both:
            raise plain_error(f'parameters: given "{min(both)}", which secrets.app has too')
        if self.login and "http_api" not in {item.trigger for item in self.functions.values()}:
            raise plain_error("login: expected a function with `trigger: http_api` beside it")
        if self.ai and not self.functions:
            raise plain_error("ai: expected a function beside it, because a function calls it")
        if not self.functions and not self.static_site:
            raise plain_error("functions: expected at least one function, or a static_site")
        return self


def parse_manifest(text: str, source: str) -> Manifest:
    """Read a manifest from its text; raises InputError naming `source` and every defect."""
    return read(Manifest, exact_yaml.parse(text, source))
