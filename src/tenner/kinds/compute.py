"""Kinds of resources that compute: functions, containers, workflows and models."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tenner.kinds.base import (
    HUNDRED,
    ZERO,
    Amount,
    Architecture,
    Count,
    Hours,
    Percent,
    Resource,
    Setting,
)
from tenner.money import ceiling_division
from tenner.validation import Whole, plain_errors

if TYPE_CHECKING:
    from tenner.usage import Usage

_SMALLEST_STORAGE_MB, _SMALLEST_STORAGE_GB = 512, 20
_EXPRESS_STEP_MS, _EXPRESS_CHUNK_MB = 100, 64


class Function(Resource):
    """A Lambda function; `requests_per_month` on demand, or by provisioned instances."""

    FLOWS: ClassVar[tuple[str, ...]] = ("requests_per_month",)
    PEAKS: ClassVar[tuple[str, ...]] = ("provisioned_instances",)

    kind: Literal["function"]
    memory_mb: Annotated[Whole, Field(ge=128, le=10240)]
    duration_ms: Annotated[Amount, Field(le=900_000)]
    requests_per_month: Amount
    architecture: Architecture = "x86_64"
    added_duration_ms: Annotated[Amount, Field(le=900_000)] = ZERO
    cold_start_percent: Percent = ZERO
    ephemeral_storage_mb: Annotated[Whole, Field(ge=_SMALLEST_STORAGE_MB, le=10240)] = 512
    provisioned_instances: Count = 0
    provisioned_hours_per_month: Hours | None = None
    provisioned_requests_percent: Percent = HUNDRED

    def usage(self, at: Setting) -> list[Usage]:
        """Derive requests, duration of both modes, and what is provisioned."""
        machine = "arm64" if self.architecture == "arm64" else "x86"
        memory_gb = Decimal(self.memory_mb) / 1024
        seconds = (self.duration_ms + self.added_duration_ms) / 1000
        requests = self.requests_per_month
        ready = self._served_ready(at, seconds)
        found = [at.use("lambda/requests", requests, "{} requests", requests)]
        if ready < requests or not requests:
            left = requests - ready
            cold = left * self.cold_start_percent / 100
            found.append(
                at.use(
                    f"lambda/duration_{machine}",
                    (left * seconds + cold * at.facts.init_s) * memory_gb,
                    "({} requests × {} s + {} cold starts × {} s) × {} GB",
                    *(left, seconds, cold, at.facts.init_s, memory_gb),
                )
            )
        if self.provisioned_instances:
            found += self._provisioned(at, machine, memory_gb, ready * seconds)
        extra_gb = Decimal(self.ephemeral_storage_mb - _SMALLEST_STORAGE_MB) / 1024
        if extra_gb:
            found.append(
                at.use(
                    "lambda/ephemeral_storage",
                    requests * seconds * extra_gb,
                    "{} requests × {} s × {} GB above 512 MB",
                    *(requests, seconds, extra_gb),
                )
            )
        return found

    def _served_ready(self, at: Setting, seconds: Decimal) -> Decimal:
        """Give how many requests the provisioned instances serve; what is above is on demand."""
        meant = self.requests_per_month * self.provisioned_requests_percent / 100
        busy = self.provisioned_instances * at.hours(self.provisioned_hours_per_month) * 3600
        if not busy or meant * seconds <= busy:
            return meant if busy else ZERO
        return busy // seconds

    def _provisioned(
        self, at: Setting, machine: str, memory_gb: Decimal, busy_s: Decimal
    ) -> list[Usage]:
        hours = at.hours(self.provisioned_hours_per_month)
        return [
            at.use(
                f"lambda/provisioned_concurrency_{machine}",
                self.provisioned_instances * memory_gb * hours * 3600,
                "{} instances × {} GB × {} hours × 3,600 s",
                *(self.provisioned_instances, memory_gb, hours),
            ),
            at.use(
                f"lambda/provisioned_duration_{machine}",
                busy_s * memory_gb,
                "{} s of requests on provisioned instances × {} GB",
                *(busy_s, memory_gb),
            ),
        ]


class FargateService(Resource):
    """Containers on Fargate: `tasks` is the average; a part of their hours may be on Spot."""

    PEAKS: ClassVar[tuple[str, ...]] = ("tasks",)

    kind: Literal["fargate_service"]
    tasks: Amount
    vcpu: Annotated[Amount, Field(gt=0, le=16)]
    memory_gb: Annotated[Amount, Field(gt=0, le=120)]
    architecture: Architecture = "x86_64"
    hours_per_month: Hours | None = None
    spot_percent: Percent = ZERO
    storage_gb: Annotated[Amount, Field(ge=_SMALLEST_STORAGE_GB, le=200)] = Decimal(20)
    public_ipv4_per_task: Count = 0

    def usage(self, at: Setting) -> list[Usage]:
        """Derive vCPU and memory hours, on demand and on Spot, storage and addresses."""
        hours, machine = at.hours(self.hours_per_month), "x86"
        if self.architecture == "arm64":
            machine = "arm64"
        found = []
        for spot, percent in (("", HUNDRED - self.spot_percent), ("_spot", self.spot_percent)):
            if percent:
                found += [
                    at.use(
                        f"fargate/{what}_{machine}{spot}",
                        self.tasks * size * hours * percent / 100,
                        "{} tasks × {} {} × {} hours × {} %" + (" on Spot" if spot else ""),
                        *(self.tasks, size, unit, hours, percent),
                    )
                    for what, size, unit in (
                        ("vcpu", self.vcpu, "vCPU"),
                        ("memory", self.memory_gb, "GB"),
                    )
                ]
        extra = self.storage_gb - _SMALLEST_STORAGE_GB
        if extra:
            found.append(
                at.use(
                    "fargate/ephemeral_storage",
                    self.tasks * extra * hours,
                    "{} tasks × {} GB above 20 × {} hours",
                    *(self.tasks, extra, hours),
                )
            )
        if self.public_ipv4_per_task:
            count = self.tasks * self.public_ipv4_per_task
            found.append(at.addresses(count, hours))
        return found


class StepFunctions(Resource):
    """A state machine: transitions of a standard one, or requests and duration of an express.

    An express one's duration is billed in steps of 100 ms, and its memory in chunks of 64 MB.
    """

    FLOWS: ClassVar[tuple[str, ...]] = ("executions_per_month",)

    kind: Literal["step_functions"]
    executions_per_month: Amount
    transitions_per_execution: Amount = ZERO
    express_duration_ms: Amount = ZERO
    express_memory_mb: Annotated[Whole, Field(ge=64, le=102_400)] | None = None

    def usage(self, at: Setting) -> list[Usage]:
        """Derive transitions, or an express machine's requests and duration."""
        runs = self.executions_per_month
        if self.express_memory_mb is None:
            each = self.transitions_per_execution
            sentence = "{} executions × {} transitions"
            return [at.use("step_functions/transitions", runs * each, sentence, runs, each)]
        tenths = ceiling_division(self.express_duration_ms, Decimal(_EXPRESS_STEP_MS))
        chunks = ceiling_division(Decimal(self.express_memory_mb), Decimal(_EXPRESS_CHUNK_MB))
        seconds = tenths * _EXPRESS_STEP_MS / 1000
        memory_gb = chunks * _EXPRESS_CHUNK_MB / 1024
        return [
            at.use("step_functions/express_requests", runs, "{} executions", runs),
            at.use(
                "step_functions/express_duration",
                runs * seconds * memory_gb,
                "{} executions × {} s × {} GB",
                *(runs, seconds, memory_gb),
            ),
        ]

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        express = self.express_memory_mb is not None
        if express == bool(self.transitions_per_execution):
            message = "expected transitions_per_execution, or express_memory_mb for an express one"
            raise plain_errors([("express_memory_mb", message)])
        return self


class BedrockModel(Resource):
    """A model on Bedrock, called for what the cache does not have."""

    FLOWS: ClassVar[tuple[str, ...]] = ("requests_per_month",)

    kind: Literal["bedrock_model"]
    model: Annotated[str, Field(min_length=1, max_length=200)]
    requests_per_month: Amount
    input_tokens_per_request: Amount
    output_tokens_per_request: Amount
    cache_hit_percent: Percent = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive the tokens of the requests that miss the cache."""
        key = at.catalog.model_item(self.model)
        calls = self.requests_per_month * (HUNDRED - self.cache_hit_percent) / 100
        return [
            at.use(
                f"{key}_{side}",
                calls * tokens,
                "{} requests × {} % not in the cache × {} tokens",
                *(self.requests_per_month, HUNDRED - self.cache_hit_percent, tokens),
            )
            for side, tokens in (
                ("input", self.input_tokens_per_request),
                ("output", self.output_tokens_per_request),
            )
        ]
