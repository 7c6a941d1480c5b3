"""The two tables of a promotion, each in an account: the shared one, and the app's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.aws import Refused
from tenner.errors import OutsideError, TennerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenner.aws import Account

_KEYS = "pk (S, hash), sk (S, range)"
_NO_TABLE = "ResourceNotFoundException"
_NO_PERMISSION = ("AccessDenied", "UnauthorizedOperation")


class Table(NamedTuple):
    """A table in an account; `option` is how another one is named."""

    account: Account
    name: str
    option: str = ""

    def __str__(self) -> str:
        """Name it with its account."""
        return f"{self.name} in {self.account}"

    def ask(self, action: str, **given: Any) -> Mapping[str, Any]:
        """Ask DynamoDB about this table; raises Refused for AWS's no."""
        return self.account.ask("dynamodb", action, TableName=self.name, **given)

    def outside(self, error: Refused) -> TennerError:
        """Say AWS's no, and what to do."""
        if error.code == _NO_TABLE:
            return TennerError(
                f"{self.option}: there is no table {self.name} in {self.account}; expected it "
                "from make deploy, or another name"
            )
        todo = ""
        if error.code.startswith(_NO_PERMISSION):
            todo = ". Expected permission for DynamoDB's DescribeTable, Scan and BatchWriteItem"
        return OutsideError(f"{self.account.named}: {self.name} can't be used: {error}{todo}")


def checked(source: Table, target: Table) -> tuple[int, int]:
    """See that both tables are there with the keys of all apps; give the source's rows and bytes.

    Both figures are some hours old, as DynamoDB has them. Raises TennerError or OutsideError.
    """
    described = [_described(each) for each in (source, target)]
    for table, each in zip((source, target), described, strict=True):
        if (keys := _keys(each)) != _KEYS:
            raise TennerError(f"{table.option}: {table} has the keys {keys}; expected {_KEYS}")
    return int(described[0].get("ItemCount", 0)), int(described[0].get("TableSizeBytes", 0))


def _described(table: Table) -> Mapping[str, Any]:
    try:
        return dict(table.ask("describe_table")["Table"])
    except Refused as error:
        raise table.outside(error) from None


def _keys(described: Mapping[str, Any]) -> str:
    types = {
        each["AttributeName"]: each["AttributeType"] for each in described["AttributeDefinitions"]
    }
    by_kind = sorted(described["KeySchema"], key=lambda key: str(key["KeyType"]))
    return ", ".join(
        f"{key['AttributeName']} ({types[key['AttributeName']]}, {key['KeyType'].lower()})"
        for key in by_kind
    )


def shared_table(account: Account, environment: str) -> str:
    """Ask which table the shared infrastructure of an environment has published."""
    return published(account, environment, "table-name", or_else=", or --from-table")


def published(account: Account, environment: str, name: str, or_else: str = "") -> str:
    """Read what the shared infrastructure has published; raises TennerError where it has not."""
    path = f"/shared/{environment}/{name}"
    try:
        found = account.ask("ssm", "get_parameters", Names=[path])["Parameters"]
    except Refused as error:
        message = f"{account.named}: {path} can't be read: {error}"
        raise OutsideError(f"{message}. Expected permission for it{or_else}") from None
    if not found:
        raise TennerError(
            f"{account.named}: {path} is not published in {account}; expected the account of the "
            f"shared infrastructure{or_else}"
        )
    return str(found[0]["Value"])
