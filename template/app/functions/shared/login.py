"""Who is asking: the claims of a token that the API's authorizer has already verified."""

import os
from typing import Any

from functions.shared.inputs import Refused


def user_id(event: dict[str, Any]) -> str:
    """Name the user of an HTTP API event; 401 without a token, 403 with another app's.

    In dev and staging `username` is the same as `sub`. Prod has a pool of its own, in which a user
    gets another `sub` and keeps the name: rows find their user there too.
    """
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    if not claims.get("sub"):
        raise Refused(401, "Sign in first: this needs an access token of the user pool.")
    # All apps share one authorizer, and it lets the token of every app pass.
    client_id = claims.get("client_id")
    is_ours = client_id and client_id == os.environ["LOGIN_CLIENT_ID"]
    if not is_ours or not claims.get("username"):
        raise Refused(403, "This token is another app's, or not an access token.")
    return str(claims["username"])
