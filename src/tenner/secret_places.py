"""In which stores a secret is: the usual one, or what `secret_stores` of app.yaml says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.fields import SecretStore
    from tenner.manifest import Manifest, Secrets
    from tenner.manifest_environment import EnvironmentSettings


def stores_of(
    manifest: Manifest, environment: str, name: str, own: SecretStore | None = None
) -> Sequence[SecretStore]:
    """Say in which stores a secret of an app is; the first is where code reads it.

    `own` is where the app's own are usually: else as the environments have it, in Parameter Store,
    and in prod in Secrets Manager.
    """
    settings: EnvironmentSettings = manifest.environments[environment]  # type: ignore[index]
    if found := settings.secret_stores.get(name):
        return found
    if name in manifest.secrets.shared:
        return ("secrets_manager",)
    return (own or ("secrets_manager" if environment == "prod" else "parameter_store"),)


def stores_problem(environment: str, settings: EnvironmentSettings, secrets: Secrets) -> str:
    """Say what can't be of the stores of an environment's secrets, or nothing."""
    for name, stores in settings.secret_stores.items():
        where = f"environments.{environment}.secret_stores.{name}"
        if name in settings.rotate and stores != ("secrets_manager",):
            return f"{where}: expected secrets_manager alone, because {name} rotates"
        if environment != "prod" and name not in secrets.shared:
            return (
                f"{where}: an app's own secrets are in Parameter Store there; only prod can choose"
            )
        if environment != "prod" and len(stores) > 1:
            return f"{where}: given two stores, expected one: what is shared is moved in fleet.yaml"
    return ""
