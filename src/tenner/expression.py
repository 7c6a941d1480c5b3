"""Small formulas over an estimate: `list[production database] * 12 / given[users]`.

Numbers, `+ - * /`, parentheses, `ceil( )`, `min( , )`, `max( , )`, and lookups in brackets. What a
lookup means is said by who evaluates it; here it is only its name and its words.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Context, Decimal, DivisionByZero, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_CONTEXT = Context(prec=60, traps=[DivisionByZero, InvalidOperation])
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<lookup>[a-z]+)\[(?P<words>[^\]\[]*)\]"
    r"|(?P<function>ceil|min|max)(?=\()|(?P<sign>[-+*/(),]))"
)
_DEEPEST, _MOST = 30, 10**30


class FormulaError(ValueError):
    """A formula that can't be read or has no value, in one sentence."""


class Lookup(NamedTuple):
    """A name with words in brackets, such as `list[production database]`."""

    name: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        """Write it as it stands in a formula."""
        return f"{self.name}[{' '.join(self.words)}]"


Token = Decimal | str | Lookup


class Formula:
    """A formula that is read and can be evaluated; `lookups` are all that it looks up."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = _tokens(text)
        self.lookups = [token for token in self._tokens if isinstance(token, Lookup)]
        _Reader(self._tokens, lambda _: Decimal(1), check_only=True).whole()

    def value(self, look: Callable[[Lookup], Decimal]) -> Decimal:
        """Compute it; raises FormulaError for a division by nothing, or a value beyond all use."""
        found = _Reader(self._tokens, look).whole()
        if abs(found) > _MOST:
            raise FormulaError("a value beyond 10^30, more than anything costs or counts")
        return found


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            message = f'"{text[position : position + 20].strip()}" is no part of a formula'
            raise FormulaError(message)
        position = match.end()
        if match["number"]:
            found.append(Decimal(match["number"]))
        elif match["lookup"]:
            found.append(Lookup(match["lookup"], tuple(match["words"].split())))
        else:
            found.append(match["function"] or match["sign"])
    return found


class _Reader:
    """Reads tokens from left to right and computes at once: sums of products of factors."""

    def __init__(
        self,
        tokens: Sequence[Token],
        look: Callable[[Lookup], Decimal],
        *,
        check_only: bool = False,
    ) -> None:
        self._rest: Iterator[Token] = iter(tokens)
        self._next: Token | None = next(self._rest, None)
        self._look = look
        self._check_only = check_only
        self._depth = 0

    def whole(self) -> Decimal:
        value = self._sum()
        if self._next is not None:
            message = f'"{self._next}" was not expected there'
            raise FormulaError(message)
        return value

    def _take(self) -> Token | None:
        taken, self._next = self._next, next(self._rest, None)
        return taken

    def _sum(self) -> Decimal:
        value = self._product()
        while self._next in ("+", "-"):
            sign, right = self._take(), self._product()
            value = _CONTEXT.add(value, right if sign == "+" else -right)
        return value

    def _product(self) -> Decimal:
        value = self._factor()
        while self._next in ("*", "/"):
            sign, right = self._take(), self._factor()
            value = _CONTEXT.multiply(value, right) if sign == "*" else self._divide(value, right)
        return value

    def _divide(self, value: Decimal, right: Decimal) -> Decimal:
        if not right:
            if self._check_only:
                return value
            raise FormulaError("a division by 0")
        return _CONTEXT.divide(value, right)

    def _factor(self) -> Decimal:
        taken = self._take()
        if isinstance(taken, Decimal):
            return taken
        if isinstance(taken, Lookup):
            return self._look(taken)
        if taken == "-":
            return -self._factor()
        if taken == "(":
            (value,) = self._in_parentheses(1)
            return value
        if taken in {"ceil", "min", "max"}:
            self._take()
            return self._function(taken)
        message = f'"{taken}" was not expected there' if taken else "it ends too early"
        raise FormulaError(message)

    def _function(self, name: str) -> Decimal:
        if name == "ceil":
            (value,) = self._in_parentheses(1)
            return value.to_integral_value(ROUND_CEILING)
        one, two = self._in_parentheses(2)
        return min(one, two) if name == "min" else max(one, two)

    def _in_parentheses(self, count: int) -> list[Decimal]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FormulaError("too many parentheses")
        values = [self._sum()]
        while len(values) < count and self._next == ",":
            self._take()
            values.append(self._sum())
        if self._take() != ")" or len(values) != count:
            raise FormulaError('expected ")"')
        self._depth -= 1
        return values
