"""Moves a secret to the other store, one step at a time; the value is in memory alone."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, NamedTuple

from tenner import secret_store
from tenner.aws import Refused
from tenner.cost import fleet_with
from tenner.errors import OutsideError, TennerError
from tenner.estimate import Bill
from tenner.fleet import fleet_workloads
from tenner.load import MANIFEST, SHARED_INFRA
from tenner.manifest import parse_manifest
from tenner.release_files import own_releases
from tenner.secret_move import move_of_all, move_of_app, read_there, readers, reads
from tenner.secret_names import find, value_problem
from tenner.secret_scope import scope_of
from tenner.shared_infra import parse_shared_infra, shared_workloads
from tenner.whole_fleet import open_whole, shared_around
from tenner.write import write_whole
from tenner.yaml_field import with_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from pathlib import Path

    from tenner.aws import Account
    from tenner.catalog import Catalog
    from tenner.fields import SecretStore
    from tenner.manifest import Manifest
    from tenner.secret_move import Move, Step
    from tenner.secret_names import Kept
    from tenner.secret_scope import Scope

_TRIES, _WAIT_S = 5, 0.2
"""How often a value is read back until it is the one that was written, and how long between."""


class Case(NamedTuple):
    """A move, and the folder that it is made in."""

    move: Move
    scope: Scope
    folder: Path

    @property
    def file(self) -> Path:
        """Give the file that says where the secret is."""
        return self.folder / (SHARED_INFRA if self.scope.is_fleet else MANIFEST)


def case_of(
    folder: Path, name: str, environment: str | None, to: SecretStore, registry: str | None
) -> Case:
    """Read what is to be moved; raises TennerError for what must stay where it is."""
    scope = scope_of(folder, registry)
    if scope.infra:
        if environment:
            raise TennerError(
                f"--environment: given {environment}, expected none: what is shared is moved in "
                "all environments at once"
            )
        first = scope.infra.environments[0]
        kept = find(name, scope.own(first), scope.name)
        return Case(move_of_all(scope.infra, kept.name, to), scope, folder)
    chosen = scope.chosen(environment)
    secrets = [each for each in scope.own(chosen) if each.is_hidden]
    kept = find(name, secrets, f"{scope.name}'s secrets")
    return Case(move_of_app(scope.manifests[0], chosen, kept, to), scope, folder)


def checked(account: Account, case: Case, step: Step) -> Sequence[str]:
    """Read the values that a step needs, none of which is said.

    Raises TennerError where the step would break something, OutsideError where AWS can't be asked.
    """
    move = case.move
    if step == "delete":
        for kept in move.new:
            secret_store.read(account, kept)
        _refuse_readers(account, case)
    if step not in {"place", "copy", "switch"}:
        return []
    values = []
    if step == "place":
        for new in move.new:
            secret_store.refuse_deleted(account, new)
    for old, new in zip(move.old, move.new, strict=True):
        if move.to == "parameter_store" and secret_store.rotates(account, old):
            raise TennerError(
                f"{move.name}: Secrets Manager rotates {old.address}, and Parameter Store rotates "
                "nothing: it stays there"
            )
        value = secret_store.read(account, old)
        if problem := value_problem(value, new):
            raise TennerError(f"{problem}: it stays in {old.store}")
        if step == "switch" and secret_store.read(account, new) != value:
            raise TennerError(
                f"{move.name}: {new.address} has another value than {old.address}. Put it again, "
                f"which writes both: tenner secret put {move.name} --environment "
                f"{new.environment}"
            )
        values.append(value)
    return values


def do(account: Account, case: Case, step: Step, values: Sequence[str]) -> None:
    """Do a step; interrupted before its last moment, which is writing the file, it is done again.

    Raises TennerError, OutsideError as `checked` does.
    """
    if step == "copy":
        for new, value in zip(case.move.new, values, strict=True):
            secret_store.put(account, new, value)
            _verify(account, new, value)
    text = case.file.read_bytes().decode()  # was read before; here each line keeps its ending
    written = changed(case, text, case.move.after(step))
    if written != text:
        write_whole(case.file, written)


def changed(case: Case, text: str, stores: Sequence[SecretStore]) -> str:
    """Give the file's text with the stores that a secret is in; raises InputError."""
    field = case.move.field(stores)
    written = with_field(text, case.move.keys, field, str(case.file))
    if case.scope.is_fleet:
        parse_shared_infra(written, str(case.file))
    else:
        parse_manifest(written, str(case.file), own_releases())
    return written


def bills(case: Case, catalog: Catalog, registry: str | None) -> tuple[Decimal, Decimal]:
    """Estimate the fleet's month as it is, and when the old place is gone, in USD."""
    move, scope = case.move, case.scope
    opened = open_whole(registry)
    infra = scope.infra or shared_around(opened, {}, case.folder)[0]
    plan = infra.account_plan if infra else "always-free"
    shared = shared_workloads(infra) if infra else []
    fleet = fleet_with(scope.manifests, opened, catalog, plan, shared)
    if scope.infra:
        stores = {**scope.infra.secrets.stores, move.name: (move.to,)}
        secrets = scope.infra.secrets.model_copy(update={"stores": stores})
        shared = shared_workloads(scope.infra.model_copy(update={"secrets": secrets}))
    manifests = [_moved(each, move) for each in scope.manifests]
    then = Bill(catalog, [*fleet_workloads(catalog, manifests, fleet.records), *shared], plan)
    return fleet.bill.total, then.total


def _moved(manifest: Manifest, move: Move) -> Manifest:
    for kept in move.new:
        if reads(manifest, kept):
            manifest = read_there(manifest, kept.environment, move.name, move.to)
    return manifest


def _verify(account: Account, new: Kept, value: str) -> None:
    for _ in range(_TRIES):
        if secret_store.read(account, new) == value:
            return
        time.sleep(_WAIT_S)
    raise OutsideError(
        f"{new.name}: {new.address} does not give back what was put there; the old one is as it "
        "was, and is read. Do the same again"
    )


def _refuse_readers(account: Account, case: Case) -> None:
    """Raise TennerError where an app reads the old place, by its app.yaml or as it is deployed."""
    move, scope = case.move, case.scope
    if scope.is_fleet and scope.unread:
        raise TennerError("\n".join([*scope.unread, "expected all records, to know who reads it"]))
    if found := readers(scope.manifests, move.old):
        raise TennerError(
            f"{move.name}: {', '.join(found)} reads it from {move.old[0].store} by app.yaml. First "
            f"in that folder: tenner secret move {move.name} --to {move.to.replace('_', '-')}"
        )
    if running := list(_running(account, case)):
        raise TennerError(
            f"{move.name}: {', '.join(running)} reads it from {move.old[0].store} until it is "
            "deployed: make deploy, in the folder of that app"
        )


def _running(account: Account, case: Case) -> Iterator[str]:
    """Give the deployed functions whose variables say another store than the new one."""
    move = case.move
    for kept in move.new:
        for manifest in case.scope.manifests:
            if not reads(manifest, kept):
                continue
            for function in manifest.functions:
                full = f"{manifest.app}-{kept.environment}-{function}"
                said = _said(account, full)
                if said is not None and said.get(move.name, move.usual) != move.to:
                    yield full


def _said(account: Account, function: str) -> dict[str, str] | None:
    """Read which stores a deployed function was told; nothing where it is not deployed."""
    try:
        found = account.ask("lambda", "get_function_configuration", FunctionName=function)
    except Refused as error:
        if error.code == "ResourceNotFoundException":
            return None
        raise OutsideError(f"{function} can't be asked: {error}") from None
    variables = found.get("Environment", {}).get("Variables", {})
    return dict(json.loads(variables.get("SECRET_STORES", "{}")))
