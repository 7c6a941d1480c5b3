"""Compliance: what a rule such as HIPAA asks of each service, as facts of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from tenner import exact_yaml
from tenner.service import Checked, Sources, Text
from tenner.validation import Strict, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Texts = Annotated[tuple[Text, ...], Field(strict=False)]


class ServiceNote(Strict):
    """Whether a service may hold the data, and what must be set up for it."""

    status: Literal["eligible", "not_eligible", "no_data"]
    forces: Texts = ()


class Regime(Strict):
    """One rule, what it asks everywhere, and of each service."""

    title: Text
    summary: Text
    everywhere: Texts
    source: Sources
    checked: Checked
    services: dict[str, ServiceNote] = Field(min_length=1)

    def of(self, services: Iterable[str]) -> Mapping[str, ServiceNote | None]:
        """Give the notes of some services, by the names of their files; None where unknown."""
        return {name: self.services.get(name) for name in sorted(set(services))}


class _Regimes(Strict):
    hipaa: Regime


def parse_compliance(text: str, source: str) -> Mapping[str, Regime]:
    """Read the notes; raises InputError with every defect."""
    return {"hipaa": read(_Regimes, exact_yaml.parse(text, source)).hipaa}
