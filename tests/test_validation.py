"""Defects of a value are told as what was given and what was expected."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import pytest
from pydantic import Field, field_validator

from tenner import exact_yaml
from tenner.errors import InputError
from tenner.shown import key_part, shown
from tenner.validation import Exact, Strict, Whole, plain_error, plain_errors, read


class Inner(Strict):
    """A value inside another."""

    number: Annotated[Exact, Field(ge=0, le=5, max_digits=4, decimal_places=2)]


class Outer(Strict):
    """One field of each kind."""

    whole: Annotated[Whole, Field(gt=1, lt=9)] = 2
    text: Annotated[str, Field(min_length=1, max_length=3)] = "x"
    yes: bool = True
    word: Literal["a", "b"] = "a"
    inner: Inner | None = None
    some: dict[str, Inner] = Field(default_factory=dict)
    many: Annotated[tuple[Inner, ...], Field(strict=False)] = ()
    digits: Annotated[Exact, Field(max_digits=2)] = Decimal(0)

    @field_validator("yes")
    @classmethod
    def _only_yes(cls, yes: bool) -> bool:
        if not yes:
            raise plain_error("expected yes")
        return yes

    @field_validator("many")
    @classmethod
    def _few(cls, many: tuple[Inner, ...]) -> tuple[Inner, ...]:
        if len(many) > 1:
            raise plain_errors([("0", "too many"), ("1.number", "too many"), ("", "too many")])
        return many


def outer(text: str) -> Outer:
    """Read a value from its text."""
    return read(Outer, exact_yaml.parse(text, "f.yaml"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("whole: 1.5", "whole: given 1.5, expected a whole number"),
        ("whole: 1", "whole: given 1, expected more than 1"),
        ("whole: 9", "whole: given 9, expected less than 9"),
        ("whole: '2'", 'whole: given "2", expected a number in plain digits'),
        ("whole: 1e3", 'whole: given "1e3", expected a number in plain digits'),
        ("whole: true", "whole: given true, expected a number in plain digits"),
        ("whole: ~", "whole: given nothing, expected a number in plain digits"),
        ("whole: []", "whole: given an empty list, expected a number in plain digits"),
        ("whole: [1]", "whole: given a list, expected a number in plain digits"),
        ("whole: {a: 1}", "whole: given a mapping, expected a number in plain digits"),
        ("text: ''", 'text: given "", expected at least one character'),
        ("text: abcd", 'text: given "abcd", expected at most 3 characters'),
        ("text: 1", "text: given 1, expected text"),
        ("yes: yes", 'yes: given "yes", expected true or false'),
        ("yes: 1", "yes: given 1, expected true or false"),
        ("yes: false", "yes: expected yes"),
        ("word: c", "word: given \"c\", expected one of 'a' or 'b'"),
        ("inner: 1", "inner: given 1, expected a mapping of keys to values"),
        ("inner: {}", "inner.number: missing; expected a value"),
        ("inner: {number: -0.01}", "inner.number: given -0.01, expected at least 0"),
        ("inner: {number: 5.01}", "inner.number: given 5.01, expected at most 5"),
        ("inner: {number: 0.123}", "inner.number: given 0.123, expected at most 2 decimal places"),
        ("digits: 123", "digits: given 123, expected at most 2 digits"),
        ("some: [1]", "some: given a list, expected a mapping of keys to values"),
        ('some: {"a.b": {}}', 'some."a.b".number: missing; expected a value'),
        ("many: {}", "many: given an empty mapping, expected a list"),
        ("many: x", 'many: given "x", expected a list'),
        ("many: [1]", "many.0: given 1, expected a mapping of keys to values"),
        ("other: 1", "other: unknown key; take it away or mend its spelling"),
        ('"a\\nb": 1', '"a\\nb": unknown key; take it away or mend its spelling'),
        ("[1]", "given a list, expected a mapping of keys to values"),
    ],
)
def test_a_defect_is_one_sentence(text: str, sentence: str) -> None:
    """Each kind of defect says what was given and what was expected, in Tenner's words."""
    with pytest.raises(InputError) as caught:
        outer(text)
    assert str(caught.value) == f"f.yaml: line 1: {sentence}"


@pytest.mark.parametrize(
    "text", ["whole: 2.0", "whole: 8", "text: abc", "inner: {number: 5.00}", "inner: {number: 0}"]
)
def test_the_last_good_value(text: str) -> None:
    """What is on a bound is accepted."""
    assert outer(text)


def test_minus_zero_is_zero() -> None:
    """`-0` is written by nobody who means it, and is never shown."""
    inner = outer("inner: {number: -0}").inner
    assert inner is not None
    assert str(inner.number) == "0"


def test_all_defects_at_once() -> None:
    """All defects of a file are in one error, each with its line."""
    with pytest.raises(InputError) as caught:
        outer("whole: x\ntext: abcd\ninner: {number: 6}\nother: 1\nmany:\n- {number: 1}\n- {}\n")
    assert str(caught.value) == (
        'f.yaml: line 1: whole: given "x", expected a number in plain digits\n'
        'f.yaml: line 2: text: given "abcd", expected at most 3 characters\n'
        "f.yaml: line 3: inner.number: given 6, expected at most 5\n"
        "f.yaml: line 7: many.1.number: missing; expected a value\n"
        "f.yaml: line 4: other: unknown key; take it away or mend its spelling"
    )


def test_one_rule_may_have_several_sentences() -> None:
    """A rule over several values tells each at its own key path."""
    with pytest.raises(InputError) as caught:
        outer("many:\n- {number: 1}\n- {number: 2}\n")
    assert str(caught.value) == (
        "f.yaml: line 2: many.0: too many\n"
        "f.yaml: line 3: many.1.number: too many\n"
        "f.yaml: line 1: many: too many"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (7, "7"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (Decimal("9" * 40), "9" * 40),
        (Decimal("9" * 41), "9" * 40 + "…"),
        ("naïve", '"naïve"'),
        ('say "hi" \\ bye', '"say \\"hi\\" \\\\ bye"'),
        ("a\nb\x1b[2J\u2028\ud800", '"a\\nb\\x1b[2J\\u2028\\ud800"'),
        ("x" * 60, '"' + "x" * 60 + '"'),
        ("x" * 61, '"' + "x" * 60 + '…"'),
        ([1], "a list"),
        ((), "an empty list"),
        ({"a": 1}, "a mapping"),
        ({}, "an empty mapping"),
    ],
)
def test_shown(value: object, text: str) -> None:
    """A value is shown in one short line that no terminal takes for a command."""
    assert shown(value) == text


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("memory_mb", "memory_mb"),
        ("us-east-1", "us-east-1"),
        ("0", "0"),
        ("", '""'),
        ("a.b", '"a.b"'),
        ("a\n", '"a\\n"'),
        ("k" * 61, '"' + "k" * 60 + '…"'),
    ],
)
def test_key_part(key: str, text: str) -> None:
    """A key of a path is in quotes where it would make the path hard to read."""
    assert key_part(key) == text
