"""Where each secret and parameter of an app is kept, by its name, environment and kind. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tenner.errors import TennerError
from tenner.names import (
    app_parameter,
    app_secret,
    plain_name_problem,
    shared_parameter,
    shared_secret,
)
from tenner.secret_places import stores_of
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tenner.fields import SecretStore
    from tenner.manifest import Manifest
    from tenner.shared_infra import SharedInfra

Kind = Literal["shared secret", "secret", "parameter"]
Store = Literal["Secrets Manager", "Parameter Store"]
STORES: dict[SecretStore, Store] = {
    "parameter_store": "Parameter Store",
    "secrets_manager": "Secrets Manager",
}
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

    In prod an app has each secret alone, in Secrets Manager unless app.yaml says otherwise.
    """
    settings = (
        Kept(name, "parameter", environment, STORES["parameter_store"], address)
        for name in manifest.parameters
        if (address := app_parameter(manifest.app, environment, name))
    )
    secrets = (
        kept_in(manifest, environment, name, stores_of(manifest, environment, name)[0])
        for name in manifest.secrets.all
    )
    return [*secrets, *settings]


def kept_in(manifest: Manifest, environment: str, name: str, store: SecretStore) -> Kept:
    """Give the place that a secret of an app has in a store."""
    if environment != "prod" and name in manifest.secrets.shared:
        return shared_in(name, environment, store)
    named = app_parameter if store == "parameter_store" else app_secret
    return Kept(name, "secret", environment, STORES[store], named(manifest.app, environment, name))


def shared_in(name: str, environment: str, store: SecretStore) -> Kept:
    """Give the place that a secret which apps share has in a store."""
    named = shared_parameter if store == "parameter_store" else shared_secret
    return Kept(name, "shared secret", environment, STORES[store], named(name, environment))


def kept_by_all(infra: SharedInfra, environment: str) -> Sequence[Kept]:
    """Give the places of the secrets that the apps of an environment share."""
    secrets = infra.secrets
    return [
        shared_in(name, environment, store) for name in secrets.shared for store in secrets.of(name)
    ]


def others_of(manifests: Sequence[Manifest], kept: Kept) -> Sequence[Kept]:
    """Give the place that a secret has in the other store while it is moved, for values put then.

    Of a shared secret the place that it may have: only the shared infrastructure says. `manifests`
    has the app of one that is not shared.
    """
    is_parameter = kept.store == STORES["parameter_store"]
    there: SecretStore = "secrets_manager" if is_parameter else "parameter_store"
    if kept.kind == "shared secret":
        return [shared_in(kept.name, kept.environment, there)]
    return [
        kept_in(each, kept.environment, kept.name, there)
        for each in manifests
        if kept.kind == "secret" and there in stores_of(each, kept.environment, kept.name)
    ]


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
    if value.startswith("-----BEGIN ") and "-----END " not in value:
        return (
            f"{kept.name}: given the beginning of a key in several lines, expected all of it: "
            f"tenner secret put {kept.name} --environment {kept.environment} < FILE"
        )
    if size > most:
        return f"{kept.name}: given {size:,} bytes, expected at most {most:,} in {kept.store}"
    return ""
