"""Which secrets a command means: those of the app in this folder, or of the whole fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenner.errors import TennerError
from tenner.load import (
    MANIFEST,
    SHARED_INFRA,
    is_shared_infra,
    load_manifest,
    load_shared_infra,
)
from tenner.secret_names import kept_by_all, kept_of
from tenner.whole_fleet import open_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tenner.manifest import Manifest
    from tenner.secret_names import Kept
    from tenner.shared_infra import SharedInfra


class Scope(NamedTuple):
    """What a folder is about: what each environment has, and which apps need an address.

    `manifests` are those of the app or of all, `unread` says which records can't be read.
    """

    name: str
    region: str
    kept: Mapping[str, Sequence[Kept]]
    needed_by: Mapping[str, Sequence[str]]
    problems: Sequence[str] = ()
    manifests: Sequence[Manifest] = ()
    infra: SharedInfra | None = None
    unread: Sequence[str] = ()

    @property
    def is_fleet(self) -> bool:
        """Tell whether this is the shared infrastructure, and no app."""
        return self.infra is not None

    def chosen(self, environment: str | None) -> str:
        """Give the environment that is meant; raises TennerError where that isn't clear."""
        if environment is None and len(self.kept) == 1:
            return next(iter(self.kept))
        if environment is not None and environment in self.kept:
            return environment
        given = f"given {environment}, " if environment else ""
        message = f"--environment: {given}expected one of {self.name}: {', '.join(self.kept)}"
        raise TennerError(message)

    def own(self, environment: str) -> Sequence[Kept]:
        """Give what may be put from this folder: from the fleet's only what apps share."""
        found = self.kept[environment]
        return [each for each in found if not self.is_fleet or each.kind == "shared secret"]

    def those(self, environment: str | None) -> Sequence[Kept]:
        """Give what an environment has, or all of the shared account: prod is asked for by name."""
        if environment:
            return self.kept[self.chosen(environment)]
        return [each for name in self.kept if name != "prod" for each in self.kept[name]]


def scope_of(folder: Path, registry: str | None = None) -> Scope:
    """Read what a folder is about; raises TennerError where it is neither app nor fleet."""
    if is_shared_infra(folder):
        return _of_fleet(load_shared_infra(folder), registry)
    if not (folder / MANIFEST).exists():
        raise TennerError(
            f"{folder.absolute()}: expected an app's folder, with {MANIFEST}, or the shared "
            f"infrastructure's, with {SHARED_INFRA}"
        )
    manifest = load_manifest(folder).manifest
    kept: dict[str, Sequence[Kept]] = {
        each: kept_of(manifest, each) for each in manifest.environments
    }
    return Scope(
        manifest.app, manifest.region, kept, _needed_by([manifest], kept), manifests=[manifest]
    )


def _of_fleet(infra: SharedInfra, registry: str | None) -> Scope:
    contents = open_whole(registry).contents()
    manifests = [record.manifest for record in contents.records]
    kept: dict[str, Sequence[Kept]] = {}
    problems = list(contents.problems)
    for environment in infra.environments:
        apps = [each for each in manifests if environment in each.environments]
        own = kept_by_all(infra, environment)
        known = {each.address for each in own}
        found = list(own)
        for each in apps:
            found += (one for one in kept_of(each, environment) if one.kind != "shared secret")
        kept[environment] = found
        problems += (
            f"{each.app}: needs the shared secret {name}, which {SHARED_INFRA} lacks: add it to "
            "secrets.shared, then make deploy"
            for each in apps
            for name in each.secrets.shared
            if name not in infra.secrets.shared
        )
        problems += (
            f"{one.app}: reads {each.name} from {each.store}, {each.address}, where {SHARED_INFRA} "
            "does not keep it: move it in the folder of one of both, tenner secret move"
            for one in apps
            for each in kept_of(one, environment)
            if each.kind == "shared secret"
            and each.name in infra.secrets.shared
            and each.address not in known
        )
    unique = list(dict.fromkeys(problems))
    needed = _needed_by(manifests, kept)
    return Scope(
        SHARED_INFRA, infra.region, kept, needed, unique, manifests, infra, contents.problems
    )


def _needed_by(
    manifests: Sequence[Manifest], kept: Mapping[str, Sequence[Kept]]
) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for environment in kept:
        for manifest in manifests:
            if environment in manifest.environments:
                for each in kept_of(manifest, environment):
                    found.setdefault(each.address, []).append(manifest.app)
    return found
