"""The functions of the fleet's apps, and the routes that lead to them, as the brake needs them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.guard_table import code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MODE, ON = "EMERGENCY_MODE", "true"
_STAGE = "$default"
_TRIES = 6
_AGAIN = frozenset(["PreconditionFailedException", "ResourceConflictException"])
_SHUT = {"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 0}


class Function(NamedTuple):
    """One function of an app, and its EMERGENCY_MODE; None where it has none."""

    name: str
    app: str
    mode: str | None


class GoneError(Exception):
    """The function is no longer there."""


class CannotError(Exception):
    """One function can't be brought to its stage; says why in one sentence."""


class Functions:
    """The functions of one environment; `api` is the id of the one HTTP API, or ""."""

    def __init__(
        self,
        functions: Any,
        gateway: Any,
        environment: str,
        apis: Sequence[str],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._lambda = functions
        self._gateway = gateway
        self._environment = environment
        self._apis = apis
        self._sleep = sleep

    def each(self) -> list[Function]:
        """List the functions that say, by name and by variables, which app's they are."""
        pages = self._lambda.get_paginator("list_functions").paginate()
        found = (_function(each, self._environment) for page in pages for each in page["Functions"])
        return sorted(function for function in found if function)

    def set_mode(self, name: str, mode: str | None) -> None:
        """Set EMERGENCY_MODE, or take it out, among the other variables, which stay as they are.

        Reads the variables and writes them back only if nobody has changed the function meanwhile.
        """
        for attempt in range(_TRIES):
            now = self._ask(self._lambda.get_function_configuration, FunctionName=name)
            variables = _variables(now)
            if variables is None:
                raise CannotError(f"{name}: its variables can't be read, so they are left alone")
            if variables.get(MODE) == mode:
                return
            merged = {key: value for key, value in variables.items() if key != MODE}
            if mode is not None:
                merged[MODE] = mode
            try:
                self._ask(
                    self._lambda.update_function_configuration,
                    FunctionName=name,
                    Environment={"Variables": merged},
                    RevisionId=now["RevisionId"],
                )
            except Exception as error:
                if code_of(error) not in _AGAIN:
                    raise
                self._sleep(0.2 * 2**attempt)
        raise CannotError(f"{name}: others change it all the time")

    def reserved(self, name: str) -> int | None:
        """Give a function's reserved concurrency, None where it has none."""
        answer = self._ask(self._lambda.get_function_concurrency, FunctionName=name)
        found = answer.get("ReservedConcurrentExecutions")
        return None if found is None else int(found)

    def reserve(self, name: str, reserved: int | None) -> bool:
        """Reserve concurrency, 0 for none at all, or end it; False where AWS refuses the number.

        0 takes nothing from what AWS keeps unreserved, so it works where the limit is 10 as well.
        """
        try:
            if reserved is None:
                self._ask(self._lambda.delete_function_concurrency, FunctionName=name)
            else:
                self._ask(
                    self._lambda.put_function_concurrency,
                    FunctionName=name,
                    ReservedConcurrentExecutions=reserved,
                )
        except Exception as error:
            if code_of(error) not in {"InvalidParameterValueException", "LimitExceededException"}:
                raise
            return False
        return True

    def routes(self, app: str) -> dict[str, dict[str, Any]]:
        """Give the app's routes as `API ROUTE`, with the settings that each has of its own."""
        found = dict[str, dict[str, Any]]()
        for api in self._apis:
            pages = self._gateway.get_paginator("get_routes").paginate(ApiId=api)
            keys = [str(each["RouteKey"]) for page in pages for each in page["Items"]]
            own = self._settings(api)
            found |= {f"{api} {key}": own.get(key, {}) for key in keys if _is_of(key, app)}
        return found

    def shut(self, routes: Mapping[str, Any]) -> None:
        """Let no request through these routes: each is answered 429."""
        for api, keys in _by_api(routes).items():
            settings = self._settings(api)
            wanted = {**settings, **{key: {**settings.get(key, {}), **_SHUT} for key in keys}}
            if wanted != settings:
                self._update(api, wanted)

    def open(self, routes: Mapping[str, Any]) -> None:
        """Give routes back the settings that they had; one that is shut no more is left alone."""
        for api, keys in _by_api(routes).items():
            settings = self._settings(api)
            for key, before in keys.items():
                if not _is_shut(settings.get(key, {})) or _is_shut(before):
                    continue
                if before:
                    self._update(api, {**self._settings(api), key: before})
                else:
                    self._gateway.delete_route_settings(ApiId=api, StageName=_STAGE, RouteKey=key)

    def _settings(self, api: str) -> dict[str, dict[str, Any]]:
        try:
            stage = self._gateway.get_stage(ApiId=api, StageName=_STAGE)
        except Exception as error:
            if code_of(error) != "NotFoundException":
                raise
            return {}  # the API is gone, and its routes with it
        return dict(stage.get("RouteSettings") or {})

    def _update(self, api: str, settings: Mapping[str, Any]) -> None:
        self._gateway.update_stage(ApiId=api, StageName=_STAGE, RouteSettings=settings)

    def _ask(self, call: Callable[..., Mapping[str, Any]], **given: Any) -> Mapping[str, Any]:
        try:
            return call(**given)
        except Exception as error:
            if code_of(error) == "ResourceNotFoundException":
                raise GoneError from error
            raise


def _function(configuration: Mapping[str, Any], environment: str) -> Function | None:
    name, variables = str(configuration["FunctionName"]), _variables(configuration) or {}
    app = variables.get("APP_NAME", "")
    ours = app and variables.get("ENVIRONMENT") == environment
    if not ours or not name.startswith(f"{app}-{environment}-"):
        return None
    return Function(name, app, variables.get(MODE))


def _variables(configuration: Mapping[str, Any]) -> dict[str, str] | None:
    """Give a function's variables; None where they can't be read, which is not the same as none."""
    environment = configuration.get("Environment") or {}
    return None if environment.get("Error") else dict(environment.get("Variables") or {})


def _is_of(route: str, app: str) -> bool:
    path = route.partition(" ")[2]
    return path == f"/{app}" or path.startswith(f"/{app}/")


def _by_api(routes: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = dict[str, dict[str, Any]]()
    for name, settings in routes.items():
        api, _, key = name.partition(" ")
        found.setdefault(api, {})[key] = settings
    return found


def _is_shut(settings: Mapping[str, Any]) -> bool:
    return all(settings.get(key) == 0 for key in _SHUT)


def as_json(routes: Mapping[str, Any]) -> str:
    """Write the settings of routes as text, for a note."""
    return json.dumps(dict(routes), sort_keys=True)
