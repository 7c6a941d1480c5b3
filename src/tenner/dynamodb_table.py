"""A DynamoDB table as a registry needs it: items read, listed, and written on a condition.

Each write has a token. A write whose answer was lost is made again; where the condition then fails,
the token tells whether the item that is there is our own.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.aws import KEYS, NO_BOTO3, sentence
from tenner.errors import OutsideError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tenner.registry_place import TablePlace

Item = dict[str, str]
"""The texts of an item; whatever else a person put into it is left out."""
MOST_BYTES = 409_600
"""The most that DynamoDB takes in one item, its attributes' names and values together."""

_ATTEMPTS_OF_BOTOCORE = 3
_CONNECT_S, _READ_S = 3, 10
_REMEMBERED_S = 20
_THROTTLED = frozenset(
    "LimitExceededException ProvisionedThroughputExceededException RequestLimitExceeded "
    "Throttling ThrottlingException TooManyRequestsException".split()
)
_BUSY = frozenset(
    "TransactionConflictException TransactionInProgressException InternalServerError "
    "ServiceUnavailable".split()
)
_REFUSED = frozenset(["ConditionalCheckFailedException"])


class Condition(NamedTuple):
    """What must be so for a write: an attribute has this text, or there is no such item."""

    attribute: str = ""
    text: str = ""

    def words(self) -> dict[str, Any]:
        """Write it as DynamoDB's condition expression."""
        if not self.attribute:
            return {"ConditionExpression": "attribute_not_exists(pk)"}
        return {
            "ConditionExpression": "#a = :a",
            "ExpressionAttributeNames": {"#a": self.attribute},
            "ExpressionAttributeValues": {":a": {"S": self.text}},
        }


class Table:
    """One table with the text keys `pk` and `sk`; AWS is first asked when something is."""

    def __init__(self, place: TablePlace, *, patience_s: float = 30) -> None:
        self.place = place
        self.patience_s = patience_s
        self._client: Any = None
        self._trouble = ("", 0.0)

    def get(self, pk: str, sk: str) -> Item | None:
        """Read one item as it is now."""
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        found = self._call("get_item", Key=key, ConsistentRead=True).get("Item")
        return None if found is None else _texts(found)

    def each(self, pk: str) -> Iterator[Item]:
        """Read all items of a partition, sorted by `sk`, page by page."""
        start: dict[str, Any] = {}
        while True:
            page = self._call(
                "query",
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                ConsistentRead=True,
                **start,
            )
            yield from map(_texts, page["Items"])
            if not page.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def put(self, item: Item, condition: Condition, beside: Item | None = None) -> bool:
        """Write an item, and one `beside` it that is not there yet, in one transaction.

        Tells whether both could be written. `item` has a `token` that no other write has.
        """
        put = {
            "Item": _typed(item),
            **condition.words(),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if beside is None:
            answer = self._call("put_item", **put)
        else:
            puts = [put, {"Item": _typed(beside), **Condition().words()}]
            name = {"TableName": self.place.table}
            answer = self._call(
                "transact_write_items",
                TransactItems=[{"Put": {**name, **each}} for each in puts],
                ClientRequestToken=item["token"],
            )
        there = answer.get("there")
        return there is None or _texts(there).get("token") == item["token"]

    def delete(self, pk: str, sk: str, condition: Condition) -> bool:
        """Take an item out; tells whether the condition held, or the item is gone already."""
        answer = self._call(
            "delete_item",
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
            **condition.words(),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return not answer.get("there")

    def _call(self, name: str, **given: Any) -> Mapping[str, Any]:
        """Ask AWS; what is there where a condition fails is given as `there`.

        Raises OutsideError, in one sentence, where AWS can't be asked or says no.
        """
        reason, until = self._trouble
        if time.monotonic() < until:  # a hook asks several times, and waits for no network once
            raise OutsideError(reason)
        call = self._caller(name)
        if name != "transact_write_items":
            given["TableName"] = self.place.table
        end = time.monotonic() + self.patience_s
        for pause in pauses():
            try:
                return call(given)
            except _AgainError as error:
                if time.monotonic() + pause > end:
                    raise self._error(error.args[0]) from None
                time.sleep(pause)
        raise AssertionError  # pragma: no cover - pauses never end

    def _caller(self, name: str) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
        try:
            from botocore import exceptions as wrong  # noqa: PLC0415 - only here is AWS asked

            client = self._client = self._client or self._connect()
        except ImportError:
            raise self._lasting(NO_BOTO3) from None

        def call(given: Mapping[str, Any]) -> Mapping[str, Any]:
            try:
                return dict(getattr(client, name)(**given))
            except wrong.ClientError as error:
                return self._answer_to(error)
            except (wrong.NoCredentialsError, wrong.CredentialRetrievalError) as error:
                raise self._lasting(f"{sentence(error)}. {KEYS}") from None
            except wrong.NoRegionError:
                raise self._lasting(self._no_region()) from None
            except (wrong.ReadTimeoutError, wrong.ConnectionClosedError) as error:
                raise _AgainError(f"{sentence(error)}. {_doubt(name)}") from None
            except (wrong.HTTPClientError, wrong.ConnectionError) as error:
                raise self._lasting(f"AWS can't be reached: {sentence(error)}") from None
            except wrong.BotoCoreError as error:
                raise self._error(sentence(error)) from None

        return call

    def _connect(self) -> Any:
        import boto3  # noqa: PLC0415 - see above
        from botocore import exceptions as wrong  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        config = Config(
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS_OF_BOTOCORE},
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
        )
        try:
            session = boto3.session.Session(region_name=self.place.region or None)
            return session.client("dynamodb", config=config)
        except wrong.NoRegionError:
            raise self._lasting(self._no_region()) from None
        except (wrong.BotoCoreError, ValueError) as error:  # a profile or endpoint that is none
            raise self._lasting(sentence(error)) from None

    def _answer_to(self, error: Any) -> Mapping[str, Any]:
        """Give what stands where a condition failed; raise for every other answer of AWS."""
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _REFUSED:
            return {"there": error.response.get("Item") or {}}
        if code == "TransactionCanceledException":
            reasons = error.response.get("CancellationReasons") or [{}]
            if any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons):
                return {"there": reasons[0].get("Item") or {}}
            codes = {str(reason.get("Code")) for reason in reasons} - {"None"}
            if codes <= {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}:
                raise _AgainError("others write the same records all the time")
        if code in _THROTTLED:
            raise _AgainError(f"AWS throttles it: {sentence(error)}")
        if code in _BUSY:
            raise _AgainError(sentence(error))
        if code == "ResourceNotFoundException":
            raise self._lasting(
                f"there is no table {self.place.table} in "
                f"{self._client.meta.region_name}. Expected a table with the text keys pk and sk, "
                "such as the one that the shared infrastructure has"
            )
        if code == "ValidationException" and "key" in str(error).lower():
            raise self._lasting(
                f"the table {self.place.table} has other keys. Expected the text keys pk and sk"
            )
        raise self._error(sentence(error))

    def _no_region(self) -> str:
        url = self.place._replace(region="us-east-1")
        return f"no AWS region is given. Expected one: {url}, or set AWS_DEFAULT_REGION"

    def _lasting(self, reason: str) -> OutsideError:
        error = self._error(reason)
        self._trouble = (str(error), time.monotonic() + _REMEMBERED_S)
        return error

    def _error(self, reason: str) -> OutsideError:
        return OutsideError(f"The registry {self.place} can't be used: {reason}")


class _AgainError(Exception):
    """What may go well a moment later; has the reason to tell where it does not."""


def pauses() -> Iterator[float]:
    """Give how long to wait before each new try: longer each time, and by chance."""
    longest = 0.02
    while True:
        yield random.uniform(0, longest)  # noqa: S311 - apart from others, not secret
        longest = min(longest * 2, 2.0)


def size_of(item: Item) -> int:
    """Count an item's bytes as DynamoDB does."""
    return sum(len(text.encode(errors="replace")) for pair in item.items() for text in pair)


def _doubt(name: str) -> str:
    if name in {"get_item", "query"}:
        return "Try again later"
    return "Whether it was written is not known; to do it again is safe"


def _typed(item: Item) -> dict[str, dict[str, str]]:
    return {key: {"S": text} for key, text in item.items()}


def _texts(item: Mapping[str, Mapping[str, Any]]) -> Item:
    return {key: value["S"] for key, value in item.items() if "S" in value}
