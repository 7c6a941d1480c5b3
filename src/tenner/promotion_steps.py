"""The steps of a promotion, in order, each with commands that are typed as they stand."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from tenner.manifest import has_api
from tenner.promotion import with_prod
from tenner.secret_names import kept_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tenner.manifest import Manifest

SHARED = ("dev", "staging")
_OUTPUT = "TF_DATA_DIR=$PWD/build/prod/terraform terraform -chdir=terraform/production output"
_MERGE = '"$(git log -1 --merges --grep=tenner/prod --format=%H)"'


class Step(NamedTuple):
    """One step: what it is for, and the commands, typed in the app's folder."""

    what: str
    commands: Sequence[str]


class Names(NamedTuple):
    """What the commands name: the app's folder, the profiles of both accounts, a registry."""

    folder: str
    shared: str = "SHARED"
    own: str = "PROD"
    registry: str = ""


def first_shared(manifest: Manifest) -> str:
    """Name the environment whose rows and users go to prod; empty where it has none."""
    return next((name for name in SHARED if name in manifest.environments), "")


def steps_of(manifest: Manifest, names: Names) -> list[Step]:
    """List what a person does after prod was put on a branch; the last step is the way back."""
    return [
        *_to_prod(manifest, names),
        *_switch(manifest, names),
        _back(manifest, names),
    ]


def _to_prod(manifest: Manifest, names: Names) -> Iterator[Step]:
    app, own = manifest.app, shlex.quote(names.own)
    register = f"tenner register .{_registry(names)}"
    yield Step(
        "look at the branch, and take it in",
        [
            f"cd {shlex.quote(names.folder)}",
            "git diff HEAD...tenner/prod",
            "git merge --no-ff --no-edit tenner/prod",
            register,
        ],
    )
    yield Step(
        "make an account for it in your AWS Organization, where there is none yet",
        [
            f"aws organizations create-account --account-name {app}-prod --email EMAIL",
            f"aws configure sso --profile {own}",
        ],
    )
    yield Step(
        "log in to both accounts, and see that they are two",
        [
            f"{command} --profile {shlex.quote(profile)}"
            for profile in (names.shared, names.own)
            for command in ("aws sso login", "aws sts get-caller-identity")
        ],
    )
    yield Step(
        "make what prod has for itself; look at the plan before you agree",
        [f"AWS_PROFILE={own} make deploy ENV=prod"],
    )
    if kept := kept_of(with_prod(manifest), "prod") if manifest.functions else ():
        yield Step(
            "give each secret and parameter its value; a secret is asked for unseen",
            [
                *(
                    f"AWS_PROFILE={own} tenner secret put {each.name} --environment prod"
                    for each in kept
                ),
                f"AWS_PROFILE={own} tenner secret check --environment prod",
            ],
        )


def _switch(manifest: Manifest, names: Names) -> Iterator[Step]:
    own, first = shlex.quote(names.own), first_shared(manifest)
    has_old = bool(first and manifest.functions)
    rows = _copy(manifest, names, "--rows")
    if has_old:
        yield Step(
            f"copy its rows of {first}; the old app goes on, and what is cut off goes on too",
            [f"{rows} --dry-run", rows],
        )
    if has_old and manifest.login:
        users = _copy(manifest, names, "--users")
        yield Step(
            "make its users in its own pool; each sets a new password, since none can be copied",
            [f"{users} --dry-run", users],
        )
    yield Step(
        "see its addresses, and that it answers there",
        [
            f"AWS_PROFILE={own} {_OUTPUT}",
            *(
                [f'curl --fail "$(AWS_PROFILE={own} {_OUTPUT} -raw health_url)"']
                if has_api(manifest.functions)
                else []
            ),
        ],
    )
    if has_old:
        again = f"{rows} --again"
        more = [_copy(manifest, names, "--users")] if manifest.login else []
        yield Step(
            f"stop the old app in {first}, and copy what it has written since",
            [_guard("engage --stage stop", manifest, names), again, *more],
        )
    domain = with_prod(manifest).environments["prod"].custom_domain
    yield Step(
        f"point {domain}, a CNAME, to prod" if domain else "give users the new address",
        [f"AWS_PROFILE={own} {_OUTPUT} -raw {'domain_target' if domain else _address(manifest)}"],
    )
    if has_old:
        yield Step(
            f"when nobody asks the old app any more: let {first} run, for you alone",
            [_guard("release", manifest, names)],
        )


def _back(manifest: Manifest, names: Names) -> Step:
    own, first = shlex.quote(names.own), first_shared(manifest)
    commands = []
    if first and manifest.functions:
        commands = [
            _guard("release", manifest, names),
            f"{_copy(manifest, names, '--rows')} --back --again",
        ]
    commands += [
        "# then away with prod: say `prod: {deletion_protection: false}` in app.yaml, and",
        f"AWS_PROFILE={own} make deploy ENV=prod",
        f"AWS_PROFILE={own} make destroy ENV=prod",
        "git checkout app.yaml",
        f"git revert --no-edit -X theirs -m 1 {_MERGE}",
        f"tenner register .{_registry(names)}",
    ]
    what = f"users to {first}, rows back, then away with prod" if first else "away with prod"
    return Step(f"the way back: {what}", commands)


def _copy(manifest: Manifest, names: Names, what: str) -> str:
    first = first_shared(manifest)
    environment = "" if first == SHARED[0] else f" --environment {first}"
    return (
        f"tenner promote {manifest.app} {what}{environment} "
        f"--from-profile {shlex.quote(names.shared)} --to-profile {shlex.quote(names.own)}"
        f"{_registry(names)}"
    )


def _guard(what: str, manifest: Manifest, names: Names) -> str:
    return (
        f"AWS_PROFILE={shlex.quote(names.shared)} tenner guard {what} --app {manifest.app} "
        f"--environment {first_shared(manifest)} --region {manifest.region}"
    )


def _address(manifest: Manifest) -> str:
    return "url" if has_api(manifest.functions) or not manifest.static_site else "site_url"


def _registry(names: Names) -> str:
    return f" --registry {shlex.quote(names.registry)}" if names.registry else ""
