"""Reads YAML without losing a digit: every number becomes the Decimal that its text says.

PyYAML's own loader makes binary floats, and reads `2e-7` as a string, `010` as eight and
`1:30` as ninety. Here a plain scalar is a number only where it is written in plain digits;
aliases, tags, duplicate keys and keys that are not text are defects. All are reported at once,
up to the first place that is not YAML at all.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from tenner.errors import InputError, Problem
from tenner.shown import key_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LARGEST_FILE = 1_000_000
_LONGEST_NUMBER = 60
_DEEPEST = 40
_Parser: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Document:
    """What one YAML text says, and on which line each key path stands."""

    def __init__(self, source: str, content: Any, lines: Mapping[str, int]) -> None:
        self.source = source
        self.content = content
        self.lines = lines

    def problem(self, key: str, message: str) -> Problem:
        """Make the problem for a key path, with the line of it or of its nearest parent."""
        path = key
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return Problem(key, message, self.lines.get(path, 0))


def parse(text: str, source: str) -> Document:
    """Parse one YAML document.

    Numbers are Decimal, dates stay text. Raises InputError that names `source` (a file),
    the line and the key path of every defect.
    """
    if len(text) > _LARGEST_FILE:
        message = f"given {len(text)} characters, expected at most {_LARGEST_FILE}"
        raise InputError(source, [Problem("", message)])
    if bad := _NOT_YAML.search(text):
        message = f"given the character U+{ord(bad[0]):04X}, which YAML does not allow"
        line = len(f"{text[: bad.start()]}.".splitlines())
        raise InputError(source, [Problem("", message, line)])
    builder = _Builder()
    try:
        content = builder.document(yaml.parse(text, Loader=_Parser))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line + 1, len(text.splitlines())) if mark else 0
        problem = Problem("", f"not YAML: {error.problem or error.context}", line)
        raise InputError(source, [*builder.problems, problem]) from None
    except _TooDeepError:
        raise InputError(source, builder.problems) from None
    if builder.problems:
        raise InputError(source, builder.problems)
    return Document(source, content, builder.lines)


class _TooDeepError(Exception):
    """More levels than a person writes; the parser must not recurse into them."""


class _Builder:
    """Turns parser events into values, and keeps the line of each key path.

    From events, because PyYAML's C composer recurses without a limit: 200,000 brackets
    crash the process.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.lines: dict[str, int] = {}

    def document(self, events: Iterator[Any]) -> Any:
        content = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and self.lines:
                self._refuse("", "given a second YAML document, expected one", event)
                return content
            if isinstance(event, yaml.NodeEvent):
                content = self._value(event, events, "", 0)
        return content

    def _value(self, event: Any, events: Iterator[Any], path: str, depth: int) -> Any:
        if depth > _DEEPEST:
            self._refuse(path, f"nested deeper than {_DEEPEST} levels", event)
            raise _TooDeepError
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            return self._refuse(path, "YAML aliases are not supported; write the value out", event)
        self._refuse_tag(path, event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path, depth)
        return self._scalar(event, path)

    def _sequence(self, events: Iterator[Any], path: str, depth: int) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            inner = f"{path}.{len(result)}" if path else str(len(result))
            result.append(self._value(event, events, inner, depth + 1))
        return result

    def _mapping(self, events: Iterator[Any], path: str, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if isinstance(event, yaml.ScalarEvent):
                key = event.value
                inner = f"{path}.{key_part(key)}" if path else key_part(key)
                self._refuse_tag(inner, event)
                if key in result:
                    self._refuse(inner, "given twice, expected once", event)
            else:
                self._refuse(path, "a YAML key must be plain text", event)
                self._value(event, events, path, depth + 1)
                key, inner = "", path
            self.lines[inner] = event.start_mark.line + 1
            result[key] = self._value(next(events), events, inner, depth + 1)
        return result

    def _scalar(self, event: yaml.ScalarEvent, path: str) -> Any:
        text: str = event.value
        if event.style:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if not _NUMBER.match(text):
            return text
        if len(text) > _LONGEST_NUMBER:
            message = f"given a number of {len(text)} characters, expected at most "
            return self._refuse(path, f"{message}{_LONGEST_NUMBER}", event)
        return Decimal(text)

    def _refuse_tag(self, path: str, event: Any) -> None:
        if event.tag is not None:
            self._refuse(path, f"the YAML tag {key_part(event.tag)} is not supported", event)

    def _refuse(self, path: str, message: str, event: Any) -> None:
        self.problems.append(Problem(path, message, event.start_mark.line + 1))
