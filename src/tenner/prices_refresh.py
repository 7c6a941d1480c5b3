"""Brings the price book up to date with the AWS Price List; the one place that asks AWS for it."""

from __future__ import annotations

import difflib
import io
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.aws import INSTALL, sentence
from tenner.catalog import parse_service
from tenner.errors import OutsideError, TennerError
from tenner.load import default_catalog_folder, read_text
from tenner.money import exact
from tenner.price_list import Outcome, filters_of, outcome
from tenner.shown import shown
from tenner.write import write_whole

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from tenner.service import PriceList

Ask = Callable[["PriceList", str], Iterable[str]]
_SOURCE = "AWS Price List API, GetProducts"
_MISSING = f"the AWS Price List is asked through boto3: {INSTALL}"
_HINT = (
    ". Expected credentials that may call pricing:GetProducts: set AWS_PROFILE, or "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
_ENDPOINT_REGION = "us-east-1"


class Refreshed(NamedTuple):
    """One service's file: what the Price List said, and the text before and after."""

    service: str
    path: Path
    outcomes: Sequence[Outcome]
    before: str
    after: str

    @property
    def diff(self) -> str:
        """Show what would be written, as a unified diff; empty where nothing would be."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"{self.service}.yaml",
            f"{self.service}.yaml, from the Price List",
        )
        return "".join(lines)


def refresh(services: Sequence[str], folder: Path | None, ask: Ask, today: date) -> list[Refreshed]:
    """Compare services of a catalog folder (all without a name) with the Price List.

    Nothing is written. Raises TennerError for a service that the catalog lacks, InputError for a
    defect of a file, OutsideError where AWS can't be asked.
    """
    home = (folder or default_catalog_folder()) / "services"
    known = {path.stem: path for path in sorted(home.glob("*.yaml"))}
    for name in services:
        if name not in known:
            message = f"given {shown(name)}, expected one of {', '.join(known)}"
            raise TennerError(message)
    return [_refreshed(name, known[name], ask, today) for name in services or known]


def _refreshed(name: str, path: Path, ask: Ask, today: date) -> Refreshed:
    text = read_text(path)
    service = parse_service(text, str(path))
    outcomes = []
    for key, item in service.items.items():
        if item.hand_kept:
            continue
        pool = service.pools.get(item.pool)
        for region, price in item.regions.items():
            if price.price_list is not None:
                products = ask(price.price_list, region)
                outcomes.append(outcome(key, region, item, pool, products))
    found = [each for each in outcomes if each.what != "kept"]
    after = _with(text, found, {key: item.per for key, item in service.items.items()}, today)
    parse_service(after, str(path))
    return Refreshed(name, path, outcomes, text, after)


def write(refreshed: Iterable[Refreshed]) -> None:
    """Write the files that changed, each in one step; raises OutsideError where it can't be."""
    for each in refreshed:
        if each.after != each.before:
            write_whole(each.path, each.after)


def _with(text: str, outcomes: Sequence[Outcome], per: dict[str, int], today: date) -> str:
    """Put tiers, the date and the source into a file's text; all else stays, comments too."""
    if not outcomes:
        return text
    yaml = _round_trip()
    content = yaml.load(text)
    for each in outcomes:
        price = content["items"][each.key]["regions"][each.region]
        if each.what == "changed":
            _keep_history(price, today)
        price["checked"] = today.isoformat()
        if _SOURCE not in price["source"]:
            price["source"].append(_quoted(_SOURCE))
        if each.what == "changed":
            _put_tiers(price["tiers"], each, per[each.key])
    stream = io.StringIO()
    yaml.dump(content, stream)
    return stream.getvalue()


def _keep_history(price: Any, today: date) -> None:
    """Add what a price was until today to its history; once a day, since a day has one price."""
    history = price.setdefault("history", [])
    if any(str(past["until"]) == today.isoformat() for past in history):
        return
    past = {key: deepcopy(price[key]) for key in ("tiers", "source", "checked")}
    history.append({"until": today.isoformat(), **past})


def _put_tiers(rows: Any, each: Outcome, per: int) -> None:
    from ruamel.yaml.comments import CommentedMap  # noqa: PLC0415

    del rows[:]
    for bound, usd in each.tiers:
        row = CommentedMap()
        if bound is not None:
            row["up_to"] = f"{bound:f}"
        with exact():
            row["usd"] = f"{(usd * per).normalize():f}"
        row.fa.set_flow_style()
        rows.append(row)


def _quoted(text: str) -> Any:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415

    return DoubleQuotedScalarString(text)


def _round_trip() -> Any:
    """Make a YAML reader and writer that keeps comments, order, quotes, and numbers as text."""
    try:
        from ruamel.yaml import YAML  # noqa: PLC0415
        from ruamel.yaml.nodes import ScalarNode  # noqa: PLC0415
        from ruamel.yaml.resolver import VersionedResolver  # noqa: PLC0415
    except ImportError:
        raise OutsideError(_MISSING) from None

    class AllText(VersionedResolver):
        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            return super().resolve(kind, "text" if kind is ScalarNode else value, implicit)

    yaml = YAML(typ="rt")
    yaml.Resolver = AllText
    yaml.preserve_quotes = True
    yaml.width = 100_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def asker(client: Any = None) -> Ask:
    """Give a function that asks the Price List for all products of one price.

    It honours the ordinary AWS environment. Raises OutsideError, in one sentence, where boto3 is
    missing, there are no credentials, or AWS answers with an error.
    """
    try:
        import boto3  # noqa: PLC0415 - only here is AWS asked
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError:
        raise OutsideError(_MISSING) from None

    def ask(price_list: PriceList, region: str) -> Iterable[str]:
        nonlocal client
        try:
            client = client or boto3.client("pricing", region_name=_ENDPOINT_REGION)
            pages = client.get_paginator("get_products").paginate(
                ServiceCode=price_list.service_code,
                Filters=filters_of(price_list, region),
                FormatVersion="aws_v1",
            )
            return [product for page in pages for product in page["PriceList"]]
        except (BotoCoreError, ClientError) as error:
            message = f"The AWS Price List can't be asked: {sentence(error)}{_HINT}"
            raise OutsideError(message) from None

    return ask
