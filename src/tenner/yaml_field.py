"""Sets one field of a mapping in a YAML text, or takes it out; every other byte stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tenner import exact_yaml
from tenner.errors import InputError
from tenner.yaml_edit import Edit, places, put

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.changes import Key
    from tenner.yaml_edit import Place

Lists = dict[str, "Sequence[str]"]
"""What is written: names, each with plain words."""
_BOM = "\ufeff"


def with_field(text: str, keys: tuple[str, ...], value: Lists, source: str) -> str:
    """Write a field whose parent is a mapping in the text; an empty value takes the field out.

    Raises InputError naming `source` where it is written in a way that can't be changed in place.
    """
    bom, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    document = exact_yaml.parse(text, source)
    wanted = _wanted(document.content, keys, value)
    if _with_empty(document.content, keys[:-1]) == wanted:
        return bom + text
    written = put(text, _edits(text, keys, value))
    if not _says(written, wanted, source):
        message = (
            "it is written in a way that can't be changed in place; expected "
            f"{_flow(value) if value else 'nothing'} there, written by hand"
        )
        raise InputError(source, [document.problem(".".join(keys), message)])
    return bom + written


def _says(text: str, wanted: Any, source: str) -> bool:
    try:
        return bool(exact_yaml.parse(text, source).content == wanted)
    except InputError:
        return False


def _with_empty(content: Any, keys: tuple[str, ...]) -> Any:
    """Give a file's content with a mapping, though an empty one, at the end of a path."""
    if not keys:
        return content or {}
    return {**content, keys[0]: _with_empty(content[keys[0]], keys[1:])}


def _wanted(content: Any, keys: tuple[str, ...], value: Lists) -> Any:
    first, *rest = keys
    if rest:
        return {**content, first: _wanted(content[first] or {}, tuple(rest), value)}
    others = {key: each for key, each in (content or {}).items() if key != first}
    return {**others, first: {name: [*each] for name, each in value.items()}} if value else others


def _edits(text: str, keys: tuple[str, ...], value: Lists) -> Sequence[Edit]:
    found = places(text)
    if keys in found:
        place = found[keys]
        if value:
            return [Edit(place.value[0], _end(text, place.value), _flow(value))]
        return _out(text, keys, found)
    parent, field = found[keys[:-1]], f"{keys[-1]}: {_flow(value)}"
    children = _children(keys[:-1], found)
    if not children:
        start, end = parent.value
        space = "" if start > parent.key[1] + 1 else " "
        return [Edit(start, end, f"{space}{{{field}}}")]
    first = children[0]
    if first.is_flow:
        return [Edit(first.key[0], first.key[0], f"{field}, ")]
    newline = "\r\n" if "\r\n" in text else "\n"
    return [Edit(first.key[0], first.key[0], f"{field}{newline}{' ' * first.column}")]


def _out(text: str, keys: tuple[str, ...], found: Mapping[tuple[Key, ...], Place]) -> list[Edit]:
    """Take a field out; a mapping that has no other becomes an empty one."""
    place, parent = found[keys], found[keys[:-1]]
    start, end = place.key[0], _end(text, place.value)
    is_alone = len(_children(keys[:-1], found)) == 1
    if not place.is_flow:
        after = text.find("\n", end)
        lines = Edit(text.rfind("\n", 0, start) + 1, len(text) if after < 0 else after + 1, "")
        colon = text.index(":", parent.key[1]) + 1
        return [Edit(colon, colon, " {}"), lines] if is_alone else [lines]
    if comma := re.compile(r"\s*,\s*").match(text, end):
        return [Edit(start, comma.end(), "")]
    return [Edit(len(text[:start].rstrip(", \r\n\t")), end, "")]


def _end(text: str, span: tuple[int, int]) -> int:
    """Say where a value ends: the parser's end of a block is where the next thing begins."""
    inside = text[slice(*span)].rstrip()
    while comment := re.search(r"\s#[^\n]*\Z", inside):
        inside = inside[: comment.start()].rstrip()
    return span[0] + len(inside)


def _children(keys: tuple[str, ...], found: Mapping[tuple[Key, ...], Place]) -> Sequence[Place]:
    """Give the fields of a mapping, in the order of the text."""
    inner = [place for path, place in found.items() if path[:-1] == keys]
    return sorted(inner, key=lambda place: place.key)


def _flow(value: Lists) -> str:
    """Write a value in one line; its words are names, which YAML takes for text."""
    return "{" + ", ".join(f"{key}: [{', '.join(each)}]" for key, each in value.items()) + "}"
