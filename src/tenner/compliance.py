"""Compliance: what a rule such as HIPAA asks of each service, as facts of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from tenner import exact_yaml
from tenner.errors import InputError
from tenner.service import Checked, Sources, Text
from tenner.shown import key_part, shown
from tenner.validation import Strict, plain_error, read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


def _sentence(text: str) -> str:
    """Refuse what a comma has cut off: in a list without quotes it begins another entry."""
    if not text[0].isupper() or not text.endswith("."):
        message = f"given {shown(text)}, expected a sentence in quotes: a capital, and a full stop"
        raise plain_error(message)
    return text


Demands = Annotated[tuple[Annotated[Text, AfterValidator(_sentence)], ...], Field(strict=False)]


class ServiceNote(Strict):
    """Whether a service may hold the data, and what must be set up for it."""

    status: Literal["eligible", "not_eligible", "no_data"]
    forces: Demands = ()


class Regime(Strict):
    """One rule, what it asks everywhere, and of each service."""

    title: Text
    summary: Text
    everywhere: Demands
    source: Sources
    checked: Checked
    services: dict[str, ServiceNote] = Field(min_length=1)

    def of(self, services: Iterable[str]) -> Mapping[str, ServiceNote | None]:
        """Give the notes of some services, by the names of their files; None where unknown."""
        return {name: self.services.get(name) for name in sorted(set(services))}


class _Regimes(Strict):
    hipaa: Regime


def parse_compliance(text: str, source: str, known: Collection[str]) -> Mapping[str, Regime]:
    """Read the notes on services of the price book; raises InputError with every defect."""
    document = exact_yaml.parse(text, source)
    regime = read(_Regimes, document).hipaa
    problems = [
        document.problem(
            f"hipaa.services.{key_part(name)}",
            f"given {shown(name)}, expected a service of the catalog: {', '.join(known)}",
        )
        for name in regime.services
        if name not in known
    ]
    if problems:
        raise InputError(source, problems)
    return {"hipaa": regime}
