"""A rollout in parts, for many machines: every app is in exactly one part.

Pure: no file, no process, no clock. The parts are the canary, if there is one, and the shards
1/n … n/n of the others. They follow from the apps' records alone, so that machines which see the
same registry agree without talking to each other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tenner.errors import TennerError
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.registry import Record

CANARY = "canary"
_MOST = 256  # as many jobs as GitHub Actions makes of one matrix
_SHARD = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})", re.ASCII)


class Shard(NamedTuple):
    """One part: the shard `number` of `of`, or the canary where that is 0.

    `canary` is how many apps are left to the canary.
    """

    number: int
    of: int = 1
    canary: int = 0


class Plan(NamedTuple):
    """Which apps are in which part, and the version that all parts are meant to bring them to."""

    to: str
    canary: tuple[str, ...]
    shards: tuple[tuple[str, ...], ...]

    @property
    def apps(self) -> tuple[str, ...]:
        """Give all apps, in the order of the parts."""
        return (*self.canary, *(app for shard in self.shards for app in shard))


def read_shard(text: str, canary: int) -> Shard:
    """Read `2/4` or `canary`; raises TennerError for anything else."""
    if text == CANARY:
        if canary:
            return Shard(0, canary=canary)
        raise TennerError("--shard canary: expected --canary with it, and how many apps that is")
    found = _SHARD.fullmatch(text)
    if found is None or not int(found[1]) <= int(found[2]) <= _MOST:
        message = (
            f"--shard: given {shown(text)}, expected one such as 2/4, of {_MOST} at most, or canary"
        )
        raise TennerError(message)
    return Shard(int(found[1]), int(found[2]), canary)


def part_of(records: Sequence[Record], shard: Shard, to: str) -> list[Record]:
    """Give the records of one part, sorted by name.

    Apps whose record is not at the version `to` are dealt out first: they are the work.
    """
    dealt = _in_order(records, to)
    first = shard.canary if shard.canary < len(dealt) else 0
    part = dealt[first + shard.number - 1 :: shard.of] if shard.number else dealt[:first]
    return sorted(part, key=_name)


def plan_of(records: Sequence[Record], to: str, canary: int, most: int) -> Plan:
    """Plan a canary and at most so many shards; none is empty, nor without an app to update.

    Where all apps that are not at `to` would be canaries, there is no canary.
    """
    behind = sum(record.template.version != to for record in records)
    first = canary if canary < behind else 0
    count = max(1, min(most, behind - first))
    shards = [Shard(number, count, first) for number in range(1, count + 1)]
    canaries, *others = (
        tuple(record.manifest.app for record in part_of(records, shard, to))
        for shard in (Shard(0, canary=first), *shards)
    )
    return Plan(to, canaries, tuple(others) if records else ())


def _in_order(records: Sequence[Record], to: str) -> list[Record]:
    return sorted(records, key=lambda record: (record.template.version == to, _name(record)))


def _name(record: Record) -> str:
    return record.manifest.app
