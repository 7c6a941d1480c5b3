"""Where each secret and parameter of an app is kept, by its name, environment and kind. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tenner.errors import TennerError
from tenner.names import app_secret, plain_name_problem, shared_secret
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tenner.manifest import Manifest
    from tenner.shared_infra import SharedInfra

Kind = Literal["shared secret", "secret", "parameter"]
Store = Literal["Secrets Manager", "Parameter Store"]
_MOST_BYTES: dict[Store, int] = {"Secrets Manager": 65_536, "Parameter Store": 4_096}
"""Of one value. Sources: Secrets Manager's quotas; a standard parameter's, which is free."""


class Kept(NamedTuple):
    """One value that a person puts: what it is called, and where AWS has it."""

    name: str
    kind: Kind
    environment: str
    store: Store
    address: str

    @property
    def is_hidden(self) -> bool:
        """Tell whether the value is a secret; the text of a parameter is none."""
        return self.kind != "parameter"


def kept_of(manifest: Manifest, environment: str) -> Sequence[Kept]:
    """Give all that an app reads in an environment, as its code and its Terraform name it.

    In prod an app has each secret alone, in Secrets Manager.
    """
    app, secrets = manifest.app, manifest.secrets
    path = f"/{app}/{environment}"
    settings = [
        Kept(name, "parameter", environment, "Parameter Store", f"{path}/{name}")
        for name in manifest.parameters
    ]
    if environment == "prod":
        own = (
            Kept(name, "secret", environment, "Secrets Manager", app_secret(app, environment, name))
            for name in (*secrets.shared, *secrets.app)
        )
        return [*own, *settings]
    return [
        *(_shared(name, environment) for name in secrets.shared),
        *(
            Kept(name, "secret", environment, "Parameter Store", f"{path}/{name}")
            for name in secrets.app
        ),
        *settings,
    ]


def kept_by_all(infra: SharedInfra, environment: str) -> Sequence[Kept]:
    """Give the secrets that the apps of an environment share."""
    return [_shared(name, environment) for name in infra.secrets.shared]


def find(name: str, kept: Iterable[Kept], where: str) -> Kept:
    """Find what a name means; raises TennerError, which never repeats what may be a value."""
    known = {each.name: each for each in kept}
    if name in known:
        return known[name]
    given = shown(name)
    if plain_name_problem(name):
        given = "what is no name"  # somebody may have typed the value here
    message = f"NAME: given {given}, expected a name of {where}: {', '.join(known) or 'none yet'}"
    raise TennerError(message)


def value_problem(value: str, kept: Kept) -> str:
    """Say what is wrong with a value, without any of it, or nothing."""
    most = _MOST_BYTES[kept.store]
    if not value.strip():
        return f"{kept.name}: given an empty value, expected some text"
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return f"{kept.name}: the value is not UTF-8 text"
    if size > most:
        return f"{kept.name}: given {size:,} bytes, expected at most {most:,} in {kept.store}"
    return ""


def _shared(name: str, environment: str) -> Kept:
    address = shared_secret(name, environment)
    return Kept(name, "shared secret", environment, "Secrets Manager", address)
