"""Moving a secret to the other store: what the next step is, and what is written of it. Pure.

Terraform makes and deletes the places, so that a move is three steps with a deploy after each: a
place besides, the value copied and read there, the old place given up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tenner.errors import TennerError
from tenner.names import ENVIRONMENTS
from tenner.secret_names import STORES, kept_in, shared_in
from tenner.secret_places import stores_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tenner.fields import SecretStore
    from tenner.manifest import Manifest
    from tenner.secret_names import Kept
    from tenner.shared_infra import SharedInfra

Step = Literal["place", "copy", "switch", "moved", "delete", "done"]
OTHER: dict[SecretStore, SecretStore] = {
    "parameter_store": "secrets_manager",
    "secrets_manager": "parameter_store",
}


class Move(NamedTuple):
    """A secret that is moved: whose it is, where it is now, and the field that says so.

    `old` and `new` are its places, one for each environment. `is_read` tells that the file says
    only where an app reads what the shared infrastructure keeps.
    """

    name: str
    whose: str
    to: SecretStore
    stores: Sequence[SecretStore]
    usual: SecretStore
    keys: tuple[str, ...]
    said: Mapping[str, Sequence[SecretStore]]
    old: Sequence[Kept]
    new: Sequence[Kept]
    is_read: bool = False

    def step(self, *, delete_old: bool) -> Step:
        """Say what the next step is; raises TennerError for deleting before it is moved."""
        here, there = self.stores[0] == self.to, self.to in self.stores
        if delete_old and not here:
            raise TennerError(
                f"{self.name}: --delete-old: expected it only when {self.whose} reads it from "
                f"{STORES[self.to]}. First: {self.command()}"
            )
        if here:
            return "done" if len(self.stores) == 1 else "delete" if delete_old else "moved"
        if self.is_read:
            return "switch"
        return "copy" if there else "place"

    def after(self, step: Step) -> Sequence[SecretStore]:
        """Give the stores that it is in after a step."""
        if step == "place":
            return (self.stores[0], self.to)
        if step == "copy":
            return (self.to, OTHER[self.to])
        return self.stores if step == "moved" else (self.to,)

    def field(self, stores: Sequence[SecretStore]) -> dict[str, Sequence[str]]:
        """Give the field of the file with these stores; what is usual is not said."""
        others: dict[str, Sequence[str]] = {
            name: each for name, each in self.said.items() if name != self.name
        }
        return others if tuple(stores) == (self.usual,) else {**others, self.name: [*stores]}

    def command(self, *, delete_old: bool = False) -> str:
        """Give the command of the next step, as it is typed in the same folder."""
        where = "" if self.keys[0] == "secrets" else f" --environment {self.keys[1]}"
        option = f" --to {self.to.replace('_', '-')}"
        return f"tenner secret move {self.name}{where}{option}{' --delete-old' * delete_old}"

    def deploys(self) -> str:
        """Give the commands that bring what the file says into AWS."""
        return ", ".join(f"make deploy ENV={each.environment}" for each in self.new)


def move_of_app(manifest: Manifest, environment: str, kept: Kept, to: SecretStore) -> Move:
    """Say what is moved of an app; raises TennerError for what must stay where it is."""
    name, app = kept.name, manifest.app
    settings = manifest.environments[environment]  # type: ignore[index]
    is_shared = kept.kind == "shared secret"
    if not is_shared and environment != "prod" and to == "secrets_manager":
        raise TennerError(
            f"{name}: in {environment} an app's own secrets stay in Parameter Store, at no charge: "
            "expected prod, or a secret that apps share"
        )
    if name in settings.rotate and to == "parameter_store":
        raise TennerError(
            f"{name}: app.yaml has it under environments.{environment}.rotate, and only Secrets "
            "Manager rotates. To move it all the same, take it out there first, and make deploy "
            f"ENV={environment}"
        )
    usual: SecretStore = (
        "secrets_manager" if is_shared or environment == "prod" else "parameter_store"
    )
    return Move(
        name,
        f"{app} in {environment}",
        to,
        stores_of(manifest, environment, name),
        usual,
        ("environments", environment, "secret_stores"),
        settings.secret_stores,
        [kept_in(manifest, environment, name, OTHER[to])],
        [kept_in(manifest, environment, name, to)],
        is_shared,
    )


def move_of_all(infra: SharedInfra, name: str, to: SecretStore) -> Move:
    """Say what is moved of all apps: a shared secret, in all environments at once."""
    environments = [each for each in ENVIRONMENTS if each in infra.environments]
    return Move(
        name,
        f"all apps in {' and '.join(environments)}",
        to,
        infra.secrets.of(name),
        "secrets_manager",
        ("secrets", "stores"),
        infra.secrets.stores,
        [shared_in(name, each, OTHER[to]) for each in environments],
        [shared_in(name, each, to) for each in environments],
    )


def reads(manifest: Manifest, kept: Kept) -> bool:
    """Tell whether an app names a secret and has its environment."""
    return kept.environment in manifest.environments and kept.name in manifest.secrets.all


def readers(manifests: Iterable[Manifest], old: Sequence[Kept]) -> Sequence[str]:
    """Say which apps read a secret from its old place, as their app.yaml says."""
    return [
        f"{manifest.app} in {kept.environment}"
        for manifest in manifests
        for kept in old
        if reads(manifest, kept) and _read_at(manifest, kept) == kept
    ]


def _read_at(manifest: Manifest, kept: Kept) -> Kept:
    first = stores_of(manifest, kept.environment, kept.name)[0]
    return kept_in(manifest, kept.environment, kept.name, first)


def read_there(manifest: Manifest, environment: str, name: str, to: SecretStore) -> Manifest:
    """Give a manifest that says of one secret that it is in one store alone."""
    settings = manifest.environments[environment]  # type: ignore[index]
    stores: dict[str, tuple[SecretStore, ...]] = {**settings.secret_stores, name: (to,)}
    changed = settings.model_copy(update={"secret_stores": stores})
    environments = {
        each: changed if each == environment else other
        for each, other in manifest.environments.items()
    }
    return manifest.model_copy(update={"environments": environments})
