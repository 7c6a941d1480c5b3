"""Changes fields in a YAML text where they stand: every other byte stays as a person wrote it.

What the text says afterwards is compared with what the same changes make of its parsed content.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from tenner import exact_yaml
from tenner.changes import changed, parts_of, steps
from tenner.errors import InputError
from tenner.money import exact_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tenner.changes import Change, Key, Step

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_NOT_TEXT = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}
_BOM = "\ufeff"
_Parser: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Place(NamedTuple):
    """Where a field stands: its key and its value as spans of characters, and how."""

    key: tuple[int, int]
    value: tuple[int, int]
    column: int
    is_flow: bool
    style: str


class Edit(NamedTuple):
    """Text that takes the place of a span."""

    start: int
    end: int
    text: str


def edited(text: str, changes: Sequence[Change], source: str) -> str:
    """Apply changes to a text; the same text where there is nothing to change.

    Raises InputError naming `source` where it is not YAML, where a change can't be made, or where
    it is written in a way that can't be changed in place.
    """
    bom = _BOM if text.startswith(_BOM) else ""
    text = text.removeprefix(_BOM)
    for change in changes:
        document = exact_yaml.parse(text, source)
        found = _with_lines(document, change, source)
        if not found:
            continue
        new = put(text, [each for step in found for each in _edits(text, step, document.content)])
        wanted = changed(document.content, [change], source)
        if not _says(new, wanted, source):
            where = ".".join(map(str, found[0].keys))
            message = (
                f"it is written in a way that can't be changed in place; {_by_hand(change)}, then "
                "update again"
            )
            raise InputError(source, [document.problem(where, message)])
        text = new
    return bom + text


def _with_lines(document: exact_yaml.Document, change: Change, source: str) -> Sequence[Step]:
    try:
        return steps(document.content, change, source)
    except InputError as error:
        problems = [document.problem(each.key, each.message) for each in error.problems]
        raise InputError(source, problems) from None


def _by_hand(change: Change) -> str:
    if change.set:
        return f"write {_scalar(change.new, '')} there yourself"
    return f"write {' and '.join(change.names)} in its place yourself"


def _says(text: str, wanted: Any, source: str) -> bool:
    try:
        content = exact_yaml.parse(text, source).content
    except InputError:
        return False
    return _compared(content) == _compared(wanted)


def _compared(content: Any) -> str:
    """Write what a content says, its keys in order; 0.50 says what 0.5 says, and no more."""
    return json.dumps(content, default=lambda number: [exact_text(number)])


def put(text: str, edits: Sequence[Edit]) -> str:
    """Let each edit's text take the place of its span."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _edits(text: str, step: Step, content: Any) -> Iterator[Edit]:
    place, value, change = places(text)[step.keys], content, step.change
    for key in step.keys:
        value = value[key]
    if change.set:
        yield Edit(*place.value, _scalar(change.new, place.style))
        return
    (first, _), *others = parts = list(parts_of(value, change).items())
    yield Edit(*place.key, first)
    if not others:
        return
    written = [_scalar(part, place.style) for _, part in parts]
    if change.at:
        yield Edit(*place.value, written[0])
    elif (as_it_is := text[slice(*place.value)]) and "\n" not in as_it_is:
        written = [as_it_is for _ in parts]
    styled = [f"{name}: {each}" for (name, _), each in zip(others, written[1:], strict=True)]
    if place.is_flow:
        yield Edit(place.value[1], place.value[1], "".join(f", {each}" for each in styled))
        return
    end, newline = _end_of_line(text, place.value[1])
    yield Edit(end, end, "".join(f"{newline}{' ' * place.column}{each}" for each in styled))


def _end_of_line(text: str, start: int) -> tuple[int, str]:
    """Say where a line ends, and how this text ends lines."""
    newline = "\r\n" if "\r\n" in text else "\n"
    end = text.find(newline, start)
    return (len(text) if end < 0 else end), newline


def _scalar(value: str | Decimal | bool | None, style: str) -> str:
    """Write a value, text in the quotes that the old one has."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return exact_text(value)
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if not style and _PLAIN.match(value) and value.lower() not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)


def places(text: str) -> dict[tuple[Key, ...], Place]:
    """Find where each field stands; the text is one that `exact_yaml` has read."""
    found: dict[tuple[Key, ...], Place] = {}
    events: Iterator[Any] = yaml.parse(text, Loader=_Parser)
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            _walk(event, events, (), found)
    return found


def _walk(
    event: Any, events: Iterator[Any], keys: tuple[Key, ...], found: dict[tuple[Key, ...], Place]
) -> int:
    """Go through one value; gives where it ends."""
    if isinstance(event, yaml.MappingStartEvent):
        key: Any
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            value = next(events)
            end = _walk(value, events, (*keys, key.value), found)
            found[(*keys, key.value)] = Place(
                (key.start_mark.index, key.end_mark.index),
                (value.start_mark.index, end),
                key.start_mark.column,
                bool(event.flow_style),
                getattr(value, "style", "") or "",
            )
        return _end(key)
    if isinstance(event, yaml.SequenceStartEvent):
        number = 0
        each: Any
        while not isinstance(each := next(events), yaml.SequenceEndEvent):
            _walk(each, events, (*keys, number), found)
            number += 1
        return _end(each)
    return _end(event)


def _end(event: Any) -> int:
    return int(event.end_mark.index)
