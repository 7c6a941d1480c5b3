"""The Lambda functions of the fleet's apps, as the brake needs them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.guard_stages import MODE
from tenner.guard_table import CannotError, code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TRIES = 6
_AGAIN = frozenset(["PreconditionFailedException", "ResourceConflictException"])


class Function(NamedTuple):
    """One function of an app, and its EMERGENCY_MODE; None where it has none."""

    name: str
    app: str
    mode: str | None


class GoneError(Exception):
    """The function is no longer there."""


class Functions:
    """The functions of one environment; `functions` is boto3's client of Lambda."""

    def __init__(
        self, functions: Any, environment: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._lambda = functions
        self._environment = environment
        self._sleep = sleep

    def each(self) -> list[Function]:
        """List the functions that say, by name and by variables, which app's they are."""
        pages = self._lambda.get_paginator("list_functions").paginate()
        found = (_function(each, self._environment) for page in pages for each in page["Functions"])
        return sorted(function for function in found if function)

    def mode(self, name: str) -> str | None:
        """Give the EMERGENCY_MODE of a function that is not, or no longer, an app's."""
        return self._read(name)[1].get(MODE)

    def set_mode(self, name: str, mode: str | None) -> None:
        """Set EMERGENCY_MODE, or take it out, among the other variables, which stay as they are.

        Reads the variables and writes them back only if nobody has changed the function meanwhile.
        """
        for attempt in range(_TRIES):
            now, variables = self._read(name)
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
                return True
            answer = self._ask(
                self._lambda.put_function_concurrency,
                FunctionName=name,
                ReservedConcurrentExecutions=reserved,
            )
        except Exception as error:
            if code_of(error) not in {"InvalidParameterValueException", "LimitExceededException"}:
                raise
            return False
        return bool(answer.get("ReservedConcurrentExecutions") == reserved)

    def _read(self, name: str) -> tuple[Mapping[str, Any], dict[str, str]]:
        now = self._ask(self._lambda.get_function_configuration, FunctionName=name)
        variables = _variables(now)
        if variables is None:
            raise CannotError(f"{name}: its variables can't be read, so they are left alone")
        return now, variables

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
