"""The routes of the fleet's HTTP APIs: shut, the API answers 429 before any function is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenner.guard_table import code_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Settings = dict[str, dict[str, Any]]
"""Of each route the settings of its own, {} where it has none."""
_STAGE = "$default"
_SHUT = {"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 0}


class Routes:
    """The routes of one environment's APIs; `gateway` is boto3's client of apigatewayv2."""

    def __init__(self, gateway: Any, apis: Sequence[str]) -> None:
        self._gateway = gateway
        self.apis = apis

    def of(self, api: str) -> Settings:
        """Give the routes of an API; none where the API is gone."""
        pages = self._gateway.get_paginator("get_routes").paginate(ApiId=api)
        try:
            keys = [str(each["RouteKey"]) for page in pages for each in page["Items"]]
            stage = self._gateway.get_stage(ApiId=api, StageName=_STAGE)
        except Exception as error:
            if code_of(error) != "NotFoundException":
                raise
            return {}
        own = stage.get("RouteSettings") or {}
        return {key: dict(own.get(key) or {}) for key in keys}

    def change(self, api: str, wanted: Settings) -> None:
        """Give each route these settings; AWS refuses settings of routes that are not there."""
        settings = {key: own for key, own in wanted.items() if own}
        given = {"ApiId": api, "StageName": _STAGE}
        stage = self._gateway.update_stage(**given, RouteSettings=settings)
        # Whether AWS replaces the settings or adds to them is not documented.
        for key in sorted((stage.get("RouteSettings") or {}).keys() - settings.keys()):
            self._gateway.delete_route_settings(**given, RouteKey=key)


def app_of(route: str) -> str:
    """Give the app that a route such as `ANY /todo/{proxy+}` leads to."""
    return route.partition(" /")[2].partition("/")[0]


def shut(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give a route's settings with which no request passes."""
    return {**settings, **_SHUT}


def is_shut(settings: Mapping[str, Any]) -> bool:
    """Say whether a route's settings let no request pass."""
    return all(settings.get(key) == 0 for key in _SHUT)
