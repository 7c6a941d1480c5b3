"""Rows of a table, counted and summed up without their order: two equal sums, equal rows."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MODULUS = 2**256
_SETS = frozenset({"SS", "NS", "BS"})


class Sum(NamedTuple):
    """How many rows there are, and the sum of their SHA-256, modulo 2**256."""

    rows: int = 0
    total: int = 0

    def plus(self, items: Iterable[Mapping[str, Any]]) -> Sum:
        """Add rows in DynamoDB's form, in any order."""
        rows, total = self
        for item in items:
            rows += 1
            total = (total + _hash(item)) % _MODULUS
        return Sum(rows, total)

    @property
    def checksum(self) -> str:
        """Write it short enough to compare by eye."""
        return f"{self.total:064x}"[:16]


def _hash(item: Mapping[str, Any]) -> int:
    text = json.dumps(_plain({"M": item}), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def _plain(value: Mapping[str, Any]) -> Any:
    """Write a value with its type, the same for equal values: sets sorted, bytes as text."""
    ((kind, content),) = value.items()
    if kind == "M":
        return {kind: {name: _plain(each) for name, each in content.items()}}
    if kind == "L":
        return {kind: [_plain(each) for each in content]}
    if kind in _SETS:
        return {kind: sorted(_text(each) for each in content)}
    return {kind: _text(content)}


def _text(content: Any) -> Any:
    return base64.b64encode(content).decode() if isinstance(content, bytes) else content


def is_gone(item: Mapping[str, Any], now_s: float) -> bool:
    """Tell whether a row's time is up, though DynamoDB has not deleted it yet."""
    expiry = item.get("expires_at", {}).get("N")
    return expiry is not None and float(expiry) <= now_s
