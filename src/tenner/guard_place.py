"""Finds the guard that is deployed in an account, and turns what AWS says into sentences."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tenner.aws import Account, Refused, sentence
from tenner.errors import OutsideError, TennerError
from tenner.guard_handler import NEEDED, Settings, client_of, guard_with, settings_of
from tenner.guard_round import BusyError
from tenner.guard_table import code_of
from tenner.load import SHARED_INFRA, load_shared_infra
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenner.guard_run import Guard


class Deployed(NamedTuple):
    """A guard, what its variables say, where it is, and who asks."""

    guard: Guard
    settings: Settings
    account: str
    region: str
    who: str

    def __str__(self) -> str:
        """Say where it is, as people do."""
        return f"account {self.account}, {self.region}, {self.settings.place.environment}"


def find(folder: Path, environment: str | None, region: str | None) -> Deployed:
    """Find the guard of an environment; what is not given is what fleet.yaml in `folder` says.

    Raises TennerError where there is none, OutsideError where AWS can't be asked.
    """
    infra = load_shared_infra(folder) if (folder / SHARED_INFRA).exists() else None
    environment = environment or (infra.environments[0] if infra else "dev")
    region = region or (infra.region if infra else "") or _region_of_person()
    account = Account(region)
    name, where = f"shared-{environment}-guard", str(account)
    try:
        found = account.ask("lambda", "get_function_configuration", FunctionName=name)
    except Refused as error:
        if error.code != "ResourceNotFoundException":
            raise OutsideError(f"The guard can't be asked: {error}") from None
        raise TennerError(
            f"There is no guard {name} in {where}. Expected the shared infrastructure first; in "
            f"its repo: make deploy ENV={environment}"
        ) from None
    variables = (found.get("Environment") or {}).get("Variables") or {}
    if lacking := sorted(NEEDED - variables.keys()):
        raise TennerError(
            f"The guard {name} in {where}, lacks the variables {', '.join(lacking)}. "
            f"Expected it as its repo has it: make deploy ENV={environment}"
        )
    settings = settings_of(variables)
    guard = guard_with(partial(client_of, session=account.session), settings)
    return Deployed(guard, settings, account.id, region, account.who)


def checked_app(deployed: Deployed, app: str) -> None:
    """Raise TennerError where no function of such an app runs, and the guard knows none."""
    guard = deployed.guard
    apps = {function.app for function in guard.functions.each()}
    state = guard.table.state()
    if app not in apps | set(state.by_hand) | set(state.automatic):
        known = ", ".join(sorted(apps)) or "none runs there"
        raise TennerError(f"--app: given {shown(app)}, expected an app of {deployed}: {known}")


@contextmanager
def told(deployed: Deployed) -> Iterator[None]:
    """Turn what AWS answers into one sentence."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - few commands ask AWS

    try:
        yield
    except BusyError as error:
        raise OutsideError(
            f"Not done yet: {error}. What you asked for is recorded, and done at the latest "
            "within the hour; to ask again in two minutes does no harm"
        ) from None
    except (ClientError, BotoCoreError) as error:
        if code_of(error) == "ResourceNotFoundException":  # a function that is gone is no error
            raise TennerError(
                f"{deployed}: the guard's table {deployed.settings.table} is not there. Expected "
                "the shared infrastructure as it was deployed"
            ) from None
        raise OutsideError(
            f"AWS stopped the guard halfway: {sentence(error)}. To ask again goes on from there"
        ) from None


def _region_of_person() -> str:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if region := os.environ.get(name):
            return region
    if region := Account("").session.region_name:
        return str(region)
    raise TennerError(
        "no AWS region is given. Expected --region, the folder of the shared infrastructure, or "
        "AWS_REGION"
    )
