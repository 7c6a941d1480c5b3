"""Kinds of resources that keep people and secrets apart: secrets, keys, users, audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator

from tenner.kinds.base import ZERO, Amount, Count, Hours, Resource, Setting
from tenner.validation import plain_errors

if TYPE_CHECKING:
    from tenner.usage import Usage


class Secret(Resource):
    """Secrets of Secrets Manager, with replicas; `rotated_secrets` of them change themselves."""

    FLOWS: ClassVar[tuple[str, ...]] = ("secrets", "rotated_secrets", "api_calls_per_month")

    kind: Literal["secret"]
    secrets: Count
    rotated_secrets: Count = 0
    api_calls_per_month: Amount

    def usage(self, at: Setting) -> list[Usage]:
        """Derive secrets and calls."""
        return at.used(
            "secrets_manager",
            ("secret", self.secrets, "{} secrets"),
            ("api_calls", self.api_calls_per_month, "{} calls"),
        )


class Parameter(Resource):
    """Parameters of Parameter Store; reading a SecureString asks KMS once.

    Interactions are billed with advanced parameters, and where higher throughput is switched on;
    `billed_interactions_per_month` are those.
    """

    FLOWS: ClassVar[tuple[str, ...]] = (
        "standard_parameters",
        "advanced_parameters",
        "secure_reads_per_month",
        "billed_interactions_per_month",
    )

    kind: Literal["parameter"]
    standard_parameters: Count = 0
    advanced_parameters: Count = 0
    secure_reads_per_month: Amount = ZERO
    billed_interactions_per_month: Amount = ZERO
    hours_per_month: Hours | None = None

    def usage(self, at: Setting) -> list[Usage]:
        """Derive parameters of both tiers, interactions, and the KMS requests of secure ones."""
        hours, reads = at.hours(self.hours_per_month), self.secure_reads_per_month
        standard = ("standard_parameter", self.standard_parameters, "{} standard parameters")
        found = at.used("parameter_store", standard)
        if self.advanced_parameters:
            found.append(
                at.use(
                    "parameter_store/advanced_parameter",
                    self.advanced_parameters * hours,
                    "{} advanced parameters × {} hours",
                    *(self.advanced_parameters, hours),
                )
            )
        calls = ("api_interactions", self.billed_interactions_per_month, "{} interactions")
        found += at.used("parameter_store", calls)
        return found + at.used("kms", ("symmetric_requests", reads, "{} reads of a SecureString"))


class KmsKey(Resource):
    """KMS keys; only those of the customer cost by the month, requests to all kinds count."""

    FLOWS: ClassVar[tuple[str, ...]] = ("requests_per_month",)

    kind: Literal["kms_key"]
    customer_managed_keys: Count
    requests_per_month: Amount

    def usage(self, at: Setting) -> list[Usage]:
        """Derive keys and requests."""
        return at.used(
            "kms",
            ("customer_managed_key", self.customer_managed_keys, "{} keys"),
            ("symmetric_requests", self.requests_per_month, "{} requests"),
        )


class UserPool(Resource):
    """Users of Cognito. `legacy` is a pool of before 2024-11-22, to which security is added."""

    FLOWS: ClassVar[tuple[str, ...]] = ("monthly_active_users", "federated_users")

    kind: Literal["user_pool"]
    plan: Literal["legacy", "lite", "essentials", "plus"]
    monthly_active_users: Amount
    federated_users: Amount = ZERO
    advanced_security: bool = False

    @model_validator(mode="after")
    def _security_of_legacy(self) -> Self:
        if self.advanced_security and self.plan != "legacy":
            message = "given true, expected false: only a legacy pool adds it; today it is in plus"
            raise plain_errors([("advanced_security", message)])
        return self

    def usage(self, at: Setting) -> list[Usage]:
        """Derive active users of the plan, of its added security, and federated ones."""
        users = self.monthly_active_users
        found = [at.use(f"cognito/{self.plan}", users, "{} active users", users)]
        if self.advanced_security:
            sentence = "{} active users, all of them watched"
            found.append(at.use("cognito/legacy_advanced_security", users, sentence, users))
        if self.federated_users:
            sentence = "{} federated users"
            users = self.federated_users
            found.append(at.use("cognito/federated", users, sentence, users))
        return found


class CloudTrail(Resource):
    """What CloudTrail records; the first copy of management events is free."""

    FLOWS: ClassVar[tuple[str, ...]] = (
        "data_events_per_month",
        "copied_management_events_per_month",
        "insights_events_per_month",
    )

    kind: Literal["cloudtrail"]
    data_events_per_month: Amount = ZERO
    copied_management_events_per_month: Amount = ZERO
    insights_events_per_month: Amount = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive data events, further copies of management events, and analysed events."""
        return at.used(
            "cloudtrail",
            ("data_events", self.data_events_per_month, "{} data events"),
            (
                "management_event_copies",
                self.copied_management_events_per_month,
                "{} management events in further copies",
            ),
            ("insights_events", self.insights_events_per_month, "{} events analysed"),
        )
