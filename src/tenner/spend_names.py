"""What Cost Explorer calls the services and items of the catalog."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from tenner import exact_yaml
from tenner.service import Checked, Sources, Text
from tenner.spend_answers import UNTAGGED
from tenner.validation import Strict, read
from tenner.workload import SHARED_ACCOUNT, SHARED_APP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from tenner.service import Service
    from tenner.workload import Workload

_REGION = re.compile(r"([a-z]{2}(-[a-z]+)+-[0-9]|[A-Z]{2,4}[0-9]?)-")
_NAMES = Field(default=(), strict=False)


class NamedService(Strict):
    """One service of Cost Explorer, and the catalog's services or items that are billed as it.

    `also` are more names of it, and any name with the ending is it too. `tag` says whose tag the
    billed thing bears in the shared account: the app's, the shared infrastructure's, or nobody's.
    """

    items: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
    also: Annotated[tuple[Text, ...], _NAMES] = ()
    ending: str = ""
    tag: Literal["app", "shared", "none"] = "app"
    source: Sources
    checked: Checked


class NamedUsage(Strict):
    """The item that a usage type is of; `once` where a month is charged whole on its first day."""

    item: Text
    once: bool = False
    source: Sources
    checked: Checked


class _File(Strict):
    services: dict[str, NamedService] = Field(min_length=1)
    usage_types: dict[str, NamedUsage] = Field(default_factory=dict)


class Names:
    """Translates between the catalog's names and Cost Explorer's."""

    def __init__(self, file: _File, services: Mapping[str, Service]) -> None:
        self._services = file.services
        self._name_of = {item: name for name, each in file.services.items() for item in each.items}
        self._once = {name for name, usage in file.usage_types.items() if usage.once}
        self._items: dict[str, set[str]] = defaultdict(set)
        for usage_type, usage in file.usage_types.items():
            self._items[usage_type].add(usage.item)
        for service_id, service in services.items():
            for item_id, item in service.items.items():
                for price in item.regions.values():
                    if price.price_list is not None:
                        usage_type = without_region(price.price_list.usage_type)
                        self._items[usage_type].add(f"{service_id}/{item_id}")

    def of_item(self, item: str) -> str:
        """Give the service as which Cost Explorer shows an item, or the catalog's own name."""
        service = item.partition("/")[0]
        return self._name_of.get(item) or self._name_of.get(service) or service

    def bearer(self, item: str, workload: Workload) -> str:
        """Say which app's tag the use of an item bears; in its own account, its own."""
        named = self._services.get(self.of_item(item))
        if named is not None and named.tag == "none":
            return UNTAGGED
        is_shared = named is not None and named.tag == "shared"
        return SHARED_APP if is_shared and workload.account == SHARED_ACCOUNT else workload.app

    def of_service(self, name: str) -> str:
        """Give one name to each service that has several in Cost Explorer."""
        for known, each in self._services.items():
            if name in each.also or (each.ending and name.endswith(each.ending)):
                return known
        return name

    def item_of(self, usage_type: str, services: Collection[str]) -> str:
        """Find the item that a usage type is of, or nothing where it is none or may be several.

        `services` are those that the same app pays for: usage types of two may be the same word.
        """
        found = self._items.get(without_region(usage_type), set())
        if len(found) > 1:
            found = {item for item in found if self.of_item(item) in services}
        return next(iter(found)) if len(found) == 1 else ""

    def is_once(self, usage_type: str) -> bool:
        """Tell whether a usage type is charged once for the month, and not by the day."""
        return without_region(usage_type) in self._once

    def is_recognised(self, item: str) -> bool:
        """Tell whether use of an item would be recognised by its usage type."""
        return any(item in found for found in self._items.values())

    @property
    def items(self) -> Iterable[str]:
        """Give the items and services that the file names, to check that the catalog has them."""
        yield from self._name_of
        for found in self._items.values():
            yield from found


def without_region(usage_type: str) -> str:
    """Give a usage type without the region that it begins with: USE1-Request is Request."""
    return _REGION.sub("", usage_type, count=1) if _REGION.match(usage_type) else usage_type


def parse_names(text: str, source: str, services: Mapping[str, Service]) -> Names:
    """Read the catalog's cost_explorer.yaml; raises InputError with every defect."""
    return Names(read(_File, exact_yaml.parse(text, source)), services)
