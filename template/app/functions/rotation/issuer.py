"""Who issues the keys that rotate. Edit this for a key that a vendor issues.

As it stands, the app issues them itself, such as what signs its webhooks or what its own callers
send: a new one is random. A vendor's key is made with the vendor's API, in `new_key`.
"""

import secrets

KEY_BYTES = 32


def new_key(_name: str, _current: str) -> str:
    """Make a new key in the place of the current one, which still works until `works` says so."""
    return secrets.token_urlsafe(KEY_BYTES)


def register(_name: str, _key: str) -> None:
    """Tell whoever checks the key about the new one. Called again after a failure: do no harm."""


def works(_name: str, key: str) -> bool:
    """Try the new key before anybody uses it, with a call that changes nothing."""
    return len(key) >= KEY_BYTES
