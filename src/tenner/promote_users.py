"""Makes an app's users in its own pool, under the ids that its rows know them by."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.aws import Refused
from tenner.errors import OutsideError, TennerError
from tenner.promote_rows import pages
from tenner.promote_tables import published

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tenner.aws import Account
    from tenner.promote_tables import Table

_NOT_THERE = "UserNotFoundException"
_TAKEN = "AliasExistsException"
_UNFINISHED = "FORCE_CHANGE_PASSWORD"
_OF_COGNITO = frozenset({"sub", "identities", "email_verified"})
_MOST_POOLS = 60  # of one page
_ALL_KINDS = "aA1-"  # of the letters that a pool's rule may ask for


class Pool(NamedTuple):
    """A user pool in an account."""

    account: Account
    id: str

    def ask(self, action: str, **given: Any) -> Mapping[str, Any]:
        """Ask Cognito about this pool; raises Refused for AWS's no."""
        return self.account.ask("cognito-idp", action, UserPoolId=self.id, **given)

    def user(self, name: str) -> Mapping[str, Any] | None:
        """Give a user by id, None where there is none."""
        try:
            return self.ask("admin_get_user", Username=name)
        except Refused as error:
            if error.code == _NOT_THERE:
                return None
            raise


class Users(NamedTuple):
    """How many users were made, were there before, are gone, or have an address that is taken."""

    made: int = 0
    there: int = 0
    gone: int = 0
    taken: int = 0


def shared_pool(account: Account, environment: str) -> Pool:
    """Find the pool that apps share; raises TennerError where none is published."""
    return Pool(account, published(account, environment, "user-pool-id"))


def own_pool(account: Account, name: str) -> Pool:
    """Find an app's own pool by its name; raises TennerError where it is not deployed."""
    given = {"MaxResults": _MOST_POOLS}
    try:
        for each in account.pages("cognito-idp", "list_user_pools", "UserPools", **given):
            if each["Name"] == name:
                return Pool(account, str(each["Id"]))
    except Refused as error:
        raise OutsideError(f"{account.named}: user pools can't be read: {error}") from None
    message = f"{account.named}: there is no user pool {name} in {account}"
    raise TennerError(f"{message}; expected it from make deploy ENV=prod")


def ids_of(table: Table, app: str, units_per_s: float) -> list[str]:
    """List the users who have rows of an app: its keys `app#user#<id>`."""
    prefix = f"{app}#user#"
    found = {
        key.removeprefix(prefix).partition("#")[0]
        for items, _ in pages(table, app, units_per_s)
        for item in items
        if (key := item["pk"]["S"]).startswith(prefix)
    }
    return sorted(found)


def make_users(source: Pool, target: Pool, ids: Iterable[str], *, is_dry: bool) -> Users:
    """Make those that are not there yet, without telling them; a second run goes on.

    Nobody knows the password that each gets: users set one by "forgot password".
    Raises OutsideError where AWS refuses.
    """
    counts = dict.fromkeys(Users._fields, 0)
    try:
        for each in ids:
            counts[_make(source, target, each, is_dry=is_dry)] += 1
    except Refused as error:
        message = f"{target.account.named}: the users of {target.id} can't be made: {error}"
        raise OutsideError(message) from None
    return Users(**counts)


def _make(source: Pool, target: Pool, name: str, *, is_dry: bool) -> str:
    there = target.user(name)
    if there and there["UserStatus"] != _UNFINISHED:
        return "there"
    user = source.user(name)
    if user is None:
        return "gone"
    if is_dry:
        return "made"
    if not there:
        try:
            target.ask(
                "admin_create_user",
                Username=name,
                UserAttributes=_attributes(user),
                MessageAction="SUPPRESS",
            )
        except Refused as error:
            if error.code == _TAKEN:
                return "taken"
            raise
    if not user["Enabled"]:
        target.ask("admin_disable_user", Username=name)
    password = secrets.token_urlsafe(32) + _ALL_KINDS
    target.ask("admin_set_user_password", Username=name, Password=password, Permanent=True)
    return "made"


def _attributes(user: Mapping[str, Any]) -> list[dict[str, str]]:
    kept = [
        {"Name": each["Name"], "Value": each["Value"]}
        for each in user["UserAttributes"]
        if each["Name"] not in _OF_COGNITO
    ]
    return [*kept, {"Name": "email_verified", "Value": "true"}]  # or nobody could sign in by it
