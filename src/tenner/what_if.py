"""What if: the same manifest with another expected use, such as `requests=1000000`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tenner import exact_yaml
from tenner.errors import InputError, Problem, TennerError
from tenner.manifest import AiUse, FunctionUse, LoginUse, Manifest, StaticSiteUse, TableUse
from tenner.shown import shown
from tenner.validation import Strict, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_SUFFIX, MOST = "_per_month", 10**15
_SECTIONS: Mapping[str, type[Strict]] = {
    "table": TableUse,
    "login": LoginUse,
    "ai": AiUse,
    "static_site": StaticSiteUse,
}


def parse_changes(words: Sequence[str]) -> dict[str, Decimal]:
    """Read `key=number` words; raises TennerError naming the word that is none."""
    changes = {}
    for word in words:
        key, sign, text = word.partition("=")
        try:
            number = exact_yaml.parse(text, "--usage").content
        except InputError:
            number = None
        if not sign or not key or not isinstance(number, Decimal):
            message = (
                f"--usage: given {shown(word)}, expected key=number in plain digits, "
                f"at most {MOST}, such as requests=1000000"
            )
            raise TennerError(message)
        if key.strip() in changes:
            raise TennerError(f"--usage: {key.strip()}: given twice, expected once")
        changes[key.strip()] = number
    return changes


def with_usage(content: Mapping[str, Any], changes: Mapping[str, Decimal], source: str) -> Manifest:
    """Change expected use in a manifest's parsed content, and validate it again.

    A key is a field under some `use`, with or without `_per_month`, and may begin with the
    function's or section's name: `requests`, `duration_ms`, `api.requests`, `ai.prompts`. It
    changes every place that has it. Raises TennerError that lists the known keys.
    """
    changed = _copy(content)
    for key, number in changes.items():
        places = [
            (use, field)
            for section, use, fields in _uses(changed)
            for field in fields
            if key in _names(section, field)
        ]
        if not places:
            known = sorted(
                {field.removesuffix(_SUFFIX) for _, _, fields in _uses(changed) for field in fields}
            )
            message = f"--usage: given {shown(key)}, expected one of {', '.join(known)}"
            raise TennerError(message)
        for use, field in places:
            use[field] = number
    document = exact_yaml.Document(source, changed, {})
    try:
        return read(Manifest, document)
    except InputError as error:
        problems = [Problem(problem.key, problem.message) for problem in error.problems]
        raise InputError("--usage", problems) from None


def _names(section: str, field: str) -> set[str]:
    short = field.removesuffix(_SUFFIX)
    return {field, short, f"{section}.{field}", f"{section}.{short}"}


def _uses(content: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], Iterable[str]]]:
    """Find every `use` mapping, whose it is, and its fields, also those that are not written."""
    for name, function in content.get("functions", {}).items():
        yield name, function["use"], FunctionUse.model_fields
    for name, model in _SECTIONS.items():
        section = content.get(name)
        if section and "use" in section:
            yield name, section["use"], model.model_fields


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
