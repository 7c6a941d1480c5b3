"""What the environment says, and the app's secrets and parameters, read when first used."""

import json
import os

# Secrets Manager and KMS bill each read, and a warm function lives for hours: a value is
# kept for 12 hours. After a rotation the old value fails: read again with `refresh=True`.
MAX_AGE_S = 43_200


def app_name() -> str:
    """Name the app: the first part of every name it has in AWS."""
    return os.environ["APP_NAME"]


def environment() -> str:
    """Say where this runs: dev, staging or prod."""
    return os.environ["ENVIRONMENT"]


def shared_secret(name: str, *, refresh: bool = False) -> str:
    """Read a secret that all apps share; prod shares nothing and has its own of that name."""
    if environment() == "prod":
        return app_secret(name, refresh=refresh)
    if _is_parameter(name):
        return _parameter(f"/shared/secrets/{environment()}/{name}", refresh, is_secret=True)
    return _secret(f"shared/{environment()}/{name}", refresh)


def app_secret(name: str, *, refresh: bool = False) -> str:
    """Read a secret of this app alone: a SecureString, in prod a Secrets Manager secret."""
    own = f"{app_name()}/{environment()}/{name}"
    if environment() == "prod" and not _is_parameter(name):
        return _secret(own, refresh)
    return _parameter(f"/{own}", refresh, is_secret=True)


def app_parameter(name: str, *, refresh: bool = False) -> str:
    """Read a setting of this app that is no secret."""
    return _parameter(f"/{app_name()}/{environment()}/{name}", refresh, is_secret=False)


def _is_parameter(name: str) -> bool:
    """Tell whether a secret was moved: `secret_stores` of app.yaml comes as SECRET_STORES."""
    stores: dict[str, str] = json.loads(os.environ.get("SECRET_STORES", "{}"))
    return stores.get(name) == "parameter_store"


def _secret(path: str, refresh: bool) -> str:
    # Here and not above: this import brings boto3, which most requests don't need.
    from aws_lambda_powertools.utilities import parameters

    return parameters.get_secret(path, max_age=MAX_AGE_S, force_fetch=refresh)


def _parameter(path: str, refresh: bool, *, is_secret: bool) -> str:
    from aws_lambda_powertools.utilities import parameters

    return parameters.get_parameter(path, decrypt=is_secret, max_age=MAX_AGE_S, force_fetch=refresh)
