"""Kinds of resources that connect: APIs, gateways, balancers, addresses, endpoints, transfer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from tenner.kinds.base import ONE, ZERO, Amount, Count, Hours, Percent, Resource, Setting
from tenner.money import ceiling_division
from tenner.shown import shown
from tenner.validation import plain_error

if TYPE_CHECKING:
    from tenner.usage import Usage

_CACHES = {"0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"}


def _cache_size(value: object) -> Decimal:
    if isinstance(value, Decimal) and f"{value:f}" in _CACHES:
        return value
    sizes = ", ".join(sorted(_CACHES, key=Decimal))
    raise plain_error(f"given {shown(value)}, expected one of {sizes}")


class HttpApi(Resource):
    """An HTTP API of API Gateway."""

    FLOWS: ClassVar[tuple[str, ...]] = ("requests_per_month",)

    kind: Literal["http_api"]
    requests_per_month: Amount
    bytes_per_request: Amount = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive requests, each counted once for every 512 KB of it."""
        increments = max(ceiling_division(self.bytes_per_request, at.facts.http_increment), ONE)
        return [
            at.use(
                "api_gateway/http_requests",
                self.requests_per_month * increments,
                "{} requests × {} × 512 KB",
                *(self.requests_per_month, increments),
            )
        ]


class RestApi(Resource):
    """A REST API of API Gateway; its cache is a resource of its own."""

    FLOWS: ClassVar[tuple[str, ...]] = ("requests_per_month",)

    kind: Literal["rest_api"]
    requests_per_month: Amount

    def usage(self, at: Setting) -> list[Usage]:
        """Derive requests."""
        requests = self.requests_per_month
        return [at.use("api_gateway/rest_requests", requests, "{} requests", requests)]


class RestApiCache(Resource):
    """The cache of a stage of a REST API, billed while it exists; an HTTP API has none.

    The API's requests are billed all the same; `hit_percent` of them don't reach a function.
    """

    kind: Literal["rest_api_cache"]
    size_gb: Annotated[Decimal, BeforeValidator(_cache_size)]
    hit_percent: Percent = ZERO
    hours_per_month: Hours | None = None

    def usage(self, at: Setting) -> list[Usage]:
        """Derive the cache's hours."""
        hours = at.hours(self.hours_per_month)
        size = f"{self.size_gb:f}".replace(".", "_")
        return [at.use(f"api_gateway/rest_cache_{size}_gb", hours, "{} hours", hours)]


class NatGateway(Resource):
    """NAT gateways, each with a public address that is billed beside it.

    `s3_and_dynamodb_percent` of the data would be free through gateway endpoints.
    """

    FLOWS: ClassVar[tuple[str, ...]] = ("data_gb_per_month",)
    PEAKS: ClassVar[tuple[str, ...]] = ("gateways",)

    kind: Literal["nat_gateway"]
    gateways: Count
    data_gb_per_month: Amount
    hours_per_month: Hours | None = None
    public_ipv4_per_gateway: Count = 1
    s3_and_dynamodb_percent: Percent | None = None

    def usage(self, at: Setting) -> list[Usage]:
        """Derive hours, data in both directions, and addresses."""
        hours, data = at.hours(self.hours_per_month), self.data_gb_per_month
        addresses = self.gateways * self.public_ipv4_per_gateway
        return [
            at.use(
                "vpc/nat_gateway",
                self.gateways * hours,
                "{} gateways × {} hours",
                *(self.gateways, hours),
            ),
            at.use("vpc/nat_gateway_data", data, "{} GB processed", data),
            *_addresses(at, addresses, hours),
        ]


class LoadBalancer(Resource):
    """Application load balancers; `lcu` is the average number of capacity units in use.

    Requests are not billed; what they would cost at an API is known where they are stated.
    """

    FLOWS: ClassVar[tuple[str, ...]] = ("lcu", "requests_per_month")
    PEAKS: ClassVar[tuple[str, ...]] = ("balancers",)

    kind: Literal["load_balancer"]
    balancers: Count
    lcu: Amount
    hours_per_month: Hours | None = None
    public_ipv4_per_balancer: Count = 2
    requests_per_month: Amount = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive hours, capacity unit hours of all balancers together, and addresses."""
        hours, count = at.hours(self.hours_per_month), self.balancers
        return [
            at.use("elb/alb", count * hours, "{} balancers × {} hours", count, hours),
            at.use("elb/alb_lcu", self.lcu * hours, "{} LCU × {} hours", self.lcu, hours),
            *_addresses(at, count * self.public_ipv4_per_balancer, hours),
        ]


def _addresses(at: Setting, count: int, hours: Decimal) -> list[Usage]:
    return [at.addresses(count, hours)] if count else []


class PublicIpv4(Resource):
    """Public IPv4 addresses, attached or not, that no other resource states."""

    PEAKS: ClassVar[tuple[str, ...]] = ("addresses",)

    kind: Literal["public_ipv4"]
    addresses: Count
    hours_per_month: Hours | None = None

    def usage(self, at: Setting) -> list[Usage]:
        """Derive address hours."""
        return [at.addresses(self.addresses, at.hours(self.hours_per_month))]


class InterfaceEndpoint(Resource):
    """Interface endpoints, each billed in every zone that it is in."""

    FLOWS: ClassVar[tuple[str, ...]] = ("data_gb_per_month",)

    kind: Literal["interface_endpoint"]
    endpoints: Count
    zones: Annotated[Count, Field(ge=1, le=6)]
    data_gb_per_month: Amount
    hours_per_month: Hours | None = None

    def usage(self, at: Setting) -> list[Usage]:
        """Derive endpoint hours and data."""
        hours, data = at.hours(self.hours_per_month), self.data_gb_per_month
        return [
            at.use(
                "vpc/interface_endpoint",
                self.endpoints * self.zones * hours,
                "{} endpoints × {} zones × {} hours",
                *(self.endpoints, self.zones, hours),
            ),
            at.use("vpc/interface_endpoint_data", data, "{} GB processed", data),
        ]


class Distribution(Resource):
    """A CloudFront distribution that is paid for by use."""

    FLOWS: ClassVar[tuple[str, ...]] = ("requests_per_month", "out_gb_per_month")

    kind: Literal["distribution"]
    requests_per_month: Amount
    out_gb_per_month: Amount

    def usage(self, at: Setting) -> list[Usage]:
        """Derive requests and transfer out."""
        requests, out = self.requests_per_month, self.out_gb_per_month
        return [
            at.use("cloudfront/https_requests", requests, "{} requests", requests),
            at.use("cloudfront/data_transfer_out", out, "{} GB out", out),
        ]


class HostedZone(Resource):
    """Hosted zones of Route 53 and their queries; those for an alias to AWS are free."""

    FLOWS: ClassVar[tuple[str, ...]] = ("queries_per_month",)

    kind: Literal["hosted_zone"]
    zones: Count
    queries_per_month: Amount

    def usage(self, at: Setting) -> list[Usage]:
        """Derive zones and queries."""
        queries = self.queries_per_month
        return [
            at.use("route53/hosted_zone", self.zones, "{} zones", self.zones),
            at.use("route53/queries", queries, "{} queries", queries),
        ]


class DataTransfer(Resource):
    """Transfer that no other resource states; cross-zone data counts in both directions."""

    FLOWS: ClassVar[tuple[str, ...]] = (
        "out_gb_per_month",
        "cross_zone_gb_per_month",
        "inter_region_gb_per_month",
    )

    kind: Literal["data_transfer"]
    out_gb_per_month: Amount = ZERO
    cross_zone_gb_per_month: Amount = ZERO
    inter_region_gb_per_month: Amount = ZERO

    def usage(self, at: Setting) -> list[Usage]:
        """Derive transfer to the internet, between zones and between regions."""
        found = [
            (self.out_gb_per_month, "out_to_internet", ONE, "{} GB out to the internet × {}"),
            (self.cross_zone_gb_per_month, "cross_az", Decimal(2), "{} GB × {} directions"),
            (self.inter_region_gb_per_month, "inter_region", ONE, "{} GB to other regions × {}"),
        ]
        return [
            at.use(f"data_transfer/{item}", amount * times, sentence, amount, times)
            for amount, item, times, sentence in found
            if amount
        ]
