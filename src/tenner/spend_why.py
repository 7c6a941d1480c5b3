"""What explains a difference: use that is not as stated, and the manifest's lines that state it."""

from __future__ import annotations

from collections import defaultdict
from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING, NamedTuple

from tenner.money import HALF_A_CENT
from tenner.pricing import list_cost
from tenner.spend_answers import days_of_month, per_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tenner.catalog import PricedItem
    from tenner.estimate import Bill
    from tenner.manifest import Manifest
    from tenner.spend_answers import Spent
    from tenner.spend_names import Names

_ZERO, _ONE, _NEAR = Decimal(0), Decimal(1), Decimal("0.05")
_SCALING, _SHORT = Context(prec=60), Context(prec=3)
_REQUESTS = "lambda/requests"
_BY_MONTH = {
    _REQUESTS: "functions.*.use.requests_per_month",
    "api_gateway/http_requests": "functions.http_api.use.requests_per_month",
    "eventbridge/scheduler": "functions.schedule.use.requests_per_month",
    "sqs/standard": "functions.queue.use.requests_per_month",
    "dynamodb/storage_standard": "table.use.stored_gb",
    "cognito/lite": "login.use.monthly_active_users",
    "s3/storage_standard": "static_site.use.stored_gb",
    "s3/get_standard": "static_site.use.page_views_per_month",
    "cloudfront/https_requests": "static_site.use.page_views_per_month",
}
"""The lines that an item's use in a month grows with; a trigger stands for its functions."""
_BY_REQUEST = {
    "lambda/duration_arm64": "functions.*.use.duration_ms",
    "lambda/duration_x86": "functions.*.use.duration_ms",
    "data_transfer/out_to_internet": "functions.http_api.use.response_bytes_per_request",
    "dynamodb/on_demand_reads": "functions.*.use.reads_per_request",
    "dynamodb/on_demand_writes": "functions.*.use.writes_per_request",
    "cloudwatch_logs/ingest_lambda": "functions.*.use.log_bytes_per_request",
}
"""The lines that an item's use of one request rests on."""
_NOT_ALONE = {"cloudwatch_logs/ingest_lambda"}  # Lambda's own lines are in it too
_OF_MODEL = {
    "_input": "ai.use.input_tokens_per_prompt",
    "_output": "ai.use.output_tokens_per_prompt",
}


class Stated(NamedTuple):
    """What the manifests state of an item: a quantity a month, and the apps that use it."""

    quantity: Decimal
    apps: Sequence[str] = ()


class Line(NamedTuple):
    """A line of an app.yaml that states the use: its key, its value, and what would fit.

    `to` is None where the use can't be told apart by lines, or the value is 0.
    """

    app: str
    key: str
    now: Decimal
    to: Decimal | None


class Reason(NamedTuple):
    """Use that differs: billed so far, in a month at this pace, as stated, and by the list in USD.

    `usage` is the usage type in which AWS counts it, empty where none was seen; `billed_usd` what
    AWS billed for it, None where that was not asked; `lines` are those to change.
    """

    app: str
    usage: str
    item: PricedItem
    billed: Decimal
    real: Decimal
    estimated: Decimal
    usd: Decimal
    billed_usd: Decimal | None
    lines: Sequence[Line]


def reasons(
    spent: Spent,
    names: Names,
    bill: Bill,
    stated: Mapping[tuple[str, str], Stated],
    manifests: Sequence[Manifest],
) -> list[Reason]:
    """Find the use that differs by half a cent or more of the list price, the dearest first."""
    seen = _seen(spent, names)
    if not seen:
        return []
    items = _items_of(bill, {key for _, key in seen} | {key for _, key in stated})
    ratios = {
        key: (each.month, stated[key].quantity) for key, each in seen.items() if key in stated
    }
    known = {manifest.app: manifest for manifest in manifests}
    found = []
    for app, key in sorted(seen.keys() | stated.keys()):
        item = items.get(key)
        if item is None or ((app, key) not in seen and not names.is_recognised(key)):
            continue
        use, before = seen.get((app, key), _UNSEEN), stated.get((app, key), Stated(_ZERO))
        usd = _list(item, use.month) - _list(item, before.quantity)
        if abs(usd) < HALF_A_CENT:
            continue
        users = [known[each] for each in before.apps or [app] if each in known]
        requests = ratios.get((users[0].app, _REQUESTS)) if len(users) == 1 else None
        lines = _lines(key, users, use.month, before.quantity, requests)
        found.append(
            Reason(app, use.name, item, use.billed, use.month, before.quantity, usd, use.usd, lines)
        )
    return sorted(found, key=lambda reason: (-abs(reason.usd), reason.app))


class _Use(NamedTuple):
    name: str
    billed: Decimal
    month: Decimal
    usd: Decimal | None


_UNSEEN = _Use("", _ZERO, _ZERO, _ZERO)


def _seen(spent: Spent, names: Names) -> dict[tuple[str, str], _Use]:
    """Add the usage types of each item that an app used."""
    services: dict[str, set[str]] = defaultdict(set)
    for app, service in spent.costs:
        services[app].add(names.of_service(service))
    found: dict[tuple[str, str], _Use] = {}
    for (app, name), quantity in spent.usage.items():
        if key := names.item_of(name, services[app]):
            of = days_of_month(spent.start)
            days = of if names.is_once(name) else spent.days
            usd, old = spent.usage_costs.get((app, name)), found.get((app, key), _UNSEEN)
            found[app, key] = _Use(
                name,
                old.billed + quantity,
                old.month + per_month(quantity, days, of),
                None if usd is None or old.usd is None else old.usd + usd,
            )
    return found


def _items_of(bill: Bill, keys: Iterable[str]) -> dict[str, PricedItem]:
    """Find items in the bill's first region; without what has no price there."""
    region = bill.workloads[0].region if bill.workloads else "us-east-1"
    found = {}
    for key in keys:
        service, _, item = key.partition("/")
        if region in bill.catalog.services[service].items[item].regions:
            found[key] = bill.catalog.item(key, region)
    return found


def _list(item: PricedItem, quantity: Decimal) -> Decimal:
    return list_cost(item, max(quantity, _ZERO))


def _lines(
    key: str,
    manifests: Sequence[Manifest],
    real: Decimal,
    stated: Decimal,
    requests: tuple[Decimal, Decimal] | None,
) -> list[Line]:
    """Name the lines that state the use of an item, each with what would fit where that is known.

    All are scaled alike, to three digits; those of one request by what more requests do not
    explain. Where several apps share a meter, nobody knows which of them it was.
    """
    path = _BY_MONTH.get(key) or _BY_REQUEST.get(key)
    path = path or next((each for end, each in _OF_MODEL.items() if key.endswith(end)), None)
    if path is None:
        return []
    times: Decimal | None = None
    with localcontext(_SCALING):
        if stated and len(manifests) == 1 and key not in _NOT_ALONE:
            times = real / stated
            if key in _BY_REQUEST and requests and min(requests) > 0:
                times *= requests[1] / requests[0]
    if key in _BY_REQUEST and times is not None and abs(times - _ONE) <= _NEAR:
        return []
    return [
        Line(
            each.app, name, now, _SHORT.multiply(now, times) if times is not None and now else None
        )
        for each in manifests
        for name, now in _values(each, path)
    ]


def _values(manifest: Manifest, path: str) -> Iterator[tuple[str, Decimal]]:
    """Give the keys that a path with `*` or a trigger in it means, with their values."""
    section, *middle, field = path.split(".")
    if section != "functions":
        owner = getattr(manifest, section)
        if owner is not None:
            yield path, getattr(owner.use, field)
        return
    for name, function in manifest.functions.items():
        if middle[0] in {"*", function.trigger}:
            yield f"functions.{name}.use.{field}", getattr(function.use, field)
