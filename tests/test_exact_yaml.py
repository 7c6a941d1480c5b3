"""YAML is read without losing a digit, and what is no plain YAML is refused in a sentence."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenner import exact_yaml
from tenner.errors import InputError


def content(text: str) -> object:
    """Parse a text of which only the content matters."""
    return exact_yaml.parse(text, "app.yaml").content


def refusal(text: str) -> str:
    """Give the sentences that a text is refused with."""
    with pytest.raises(InputError) as caught:
        exact_yaml.parse(text, "app.yaml")
    return str(caught.value)


def complaints(text: str) -> list[str]:
    """Give the lines that a text is refused with, or none where it is read."""
    try:
        exact_yaml.parse(text, "app.yaml")
    except InputError as error:
        return str(error).split("\n")
    return []


@pytest.mark.parametrize(
    "text", ["0", "1", "-1", "0.1", "-0.10", "0.0000133334", "1000000000000000", "0.0000000309"]
)
def test_plain_digits_are_exact_decimals(text: str) -> None:
    """A number is the Decimal that its text says, with every digit and idle zero."""
    number = content(text)
    assert isinstance(number, Decimal)
    assert str(number) == f"{Decimal(text)}"
    assert f"{number:f}" == text


def test_sums_are_exact() -> None:
    """0.1 + 0.2 is 0.3, as it is not in binary floats."""
    read = content("[0.1, 0.2]")
    assert isinstance(read, list)
    assert sum(read) == Decimal("0.3")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=0, max_value=10**20))
def test_any_number_in_digits_comes_back(number: Decimal) -> None:
    """Whatever number is written in digits, the same one is read."""
    assert content(f"{number:f}") == number


@pytest.mark.parametrize(
    "text",
    "1e3 2e-7 010 00 1_0 .inf -.inf .nan 0x1F 0o7 1:30 +1 1. .5 yes no on off y n True NULL "
    "2026-11-20 ٣ 1,000 --1 1-".split(" "),
)
def test_what_is_not_plain_digits_stays_text(text: str) -> None:
    """No YAML reader's special form of a number, a date or a boolean is guessed at."""
    assert content(text) == text


@pytest.mark.parametrize("quotes", ['"{}"', "'{}'", "|-\n  {}", ">-\n  {}"])
@pytest.mark.parametrize("text", ["1", "true", "null", "~"])
def test_quoted_is_text(quotes: str, text: str) -> None:
    """What is in quotes or a block is text, whatever it looks like."""
    assert content(quotes.format(text)) == text


def test_constants() -> None:
    """`true`, `false`, `null`, `~` and nothing are what YAML 1.2 says."""
    assert content("[true, false, null, ~]") == [True, False, None, None]
    assert content("a:") == {"a": None}


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "--- # nothing\n"])
def test_empty(text: str) -> None:
    """An empty file says nothing, and is not an error of its own."""
    assert content(text) is None


@pytest.mark.parametrize("text", ["\ufeffa: 1", "a: 1\r\n", "%YAML 1.1\n---\na: 1\n...\n"])
def test_one_document_in_any_dress(text: str) -> None:
    """A byte order mark, Windows lines, and the marks of a document change nothing."""
    assert content(text) == {"a": Decimal(1)}


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("a: 1\na: 2\n", "line 2: a: given twice, expected once"),
        ("x:\n  a: 1\n  a: 1\n", "line 3: x.a: given twice, expected once"),
        ("? a\n? a\n", "line 2: a: given twice, expected once"),
        ('"a\\nb": 1\n"a\\nb": 2', 'line 2: "a\\nb": given twice, expected once'),
        ('"": 1\n"": 2', 'line 2: "": given twice, expected once'),
        ("a: &x 1\nb: *x", "line 2: b: YAML aliases are not supported; write the value out"),
        ("*never", "line 1: YAML aliases are not supported; write the value out"),
        ("a: *never", "line 1: a: YAML aliases are not supported; write the value out"),
        ("a: !!str 1", 'line 1: a: the YAML tag "tag:yaml.org,2002:str" is not supported'),
        ("a: ! 1", 'line 1: a: the YAML tag "!" is not supported'),
        ("!!str a: 1", 'line 1: a: the YAML tag "tag:yaml.org,2002:str" is not supported'),
        (
            "- !!python/object/apply:os.system [ls]",
            (
                'line 1: 0: the YAML tag "tag:yaml.org,2002:python/object/apply:os.system" is not '
                "supported"
            ),
        ),
        ("!!map {a: 1}", 'line 1: the YAML tag "tag:yaml.org,2002:map" is not supported'),
        ("? [1]\n: 2", "line 1: a YAML key must be plain text"),
        ("x:\n  {}: 2", "line 2: x: a YAML key must be plain text"),
        ("a: 1\n---\nb: 2", "line 2: given a second YAML document, expected one"),
        ("---\n---\n", "line 2: given a second YAML document, expected one"),
        ("a: b: c", "line 1: not YAML: mapping values are not allowed in this context"),
        ("a: 1\nb: @x", "line 2: not YAML: found character that cannot start any token"),
        ("\ta: 1", "line 1: not YAML: found character that cannot start any token"),
        ("{a: 1", "line 1: not YAML: did not find expected ',' or '}'"),
        ("{a: 1\n", "line 1: not YAML: did not find expected ',' or '}'"),
        ("a: 'x", "line 1: not YAML: found unexpected end of stream"),
        ("%YAML 3.0\n---\na: 1", "line 1: not YAML: found incompatible YAML document"),
        ('a: "\\ud800"', "line 1: not YAML: found invalid Unicode character escape code"),
        ("a: 1\nb: \x07", "line 2: given the character U+0007, which YAML does not allow"),
        ("a: \x00", "line 1: given the character U+0000, which YAML does not allow"),
        ("\x7f", "line 1: given the character U+007F, which YAML does not allow"),
        ("a: 1\n\n\ud800", "line 3: given the character U+D800, which YAML does not allow"),
        ("\ufffe", "line 1: given the character U+FFFE, which YAML does not allow"),
        (
            f"a: {'9' * 61}",
            "line 1: a: given a number of 61 characters, expected at most 60",
        ),
        (
            f"- 0\n- 0.{'0' * 900_000}",
            "line 2: 1: given a number of 900002 characters, expected at most 60",
        ),
    ],
)
def test_a_defect_is_one_sentence(text: str, sentences: str) -> None:
    """What YAML allows and a person never means is refused, with its line and key path."""
    assert refusal(text) == f"app.yaml: {sentences}"


def test_the_longest_number() -> None:
    """A number of 60 characters is read."""
    assert content("9" * 60) == Decimal("9" * 60)


def test_all_defects_at_once() -> None:
    """All defects are told in one error, also those before a place that is not YAML."""
    assert refusal("a: 1\na: *x\nb: !t 2\nc: {d: 1, d: 2}\ne: @") == (
        "app.yaml: line 2: a: given twice, expected once\n"
        "app.yaml: line 2: a: YAML aliases are not supported; write the value out\n"
        'app.yaml: line 3: b: the YAML tag "!t" is not supported\n'
        "app.yaml: line 4: c.d: given twice, expected once\n"
        "app.yaml: line 5: not YAML: found character that cannot start any token"
    )


def test_the_deepest() -> None:
    """Forty levels are read, one more is refused."""
    assert content("[" * 40 + "1" + "]" * 40) is not None
    path = ".".join("0" * 41)
    assert refusal("[" * 41 + "1" + "]" * 41) == (
        f"app.yaml: line 1: {path}: nested deeper than 40 levels"
    )


@pytest.mark.parametrize(
    "text", ["[" * 900_000, "{" * 900_000, "- " * 400_000, "? " * 400_000, "{a: " * 200_000]
)
def test_a_very_deep_file_is_refused_at_once(text: str) -> None:
    """No depth that fits in a file crashes the process or keeps it busy."""
    assert refusal(text).endswith(": nested deeper than 40 levels")


@pytest.mark.parametrize(
    "text", ["-" * 400_000, "-\n" * 400_000, "[" + "1," * 400_000 + "]", "a\n" * 400_000]
)
def test_a_long_file_is_read(text: str) -> None:
    """Much of what is harmless is read."""
    assert content(text)


def test_the_largest_file() -> None:
    """A million characters are read, one more is refused."""
    assert content("a" * 1_000_000) == "a" * 1_000_000
    assert refusal("a" * 1_000_001) == (
        "app.yaml: given 1000001 characters, expected at most 1000000"
    )


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text(text: str) -> None:
    """Any text at all is content, or an error of which every line names the file."""
    assert all(line.startswith("app.yaml: ") for line in complaints(text))


@given(st.text(st.sampled_from("[]{}-:?,&*!|>'\"%@`# \nab1.\\u0"), max_size=60))
def test_any_punctuation(text: str) -> None:
    """Any mix of what means something in YAML is content, or one error."""
    assert all(line.startswith("app.yaml: line ") for line in complaints(text))


def test_lines_of_key_paths() -> None:
    """Each key path knows its line; what is not there has the line of its nearest parent."""
    document = exact_yaml.parse('# c\na:\n  b: 1\n  "c.d":\n    - x\n    - {e: 1}\n', "app.yaml")
    lines = {
        key: document.problem(key, "").line
        for key in ("", "a", "a.b", "a.missing", 'a."c.d".1.e', 'a."c.d".0', "a.b.deep.er", "z")
    }
    assert lines == {
        "": 2,
        "a": 2,
        "a.b": 3,
        "a.missing": 2,
        'a."c.d".1.e': 6,
        'a."c.d".0': 5,
        "a.b.deep.er": 3,
        "z": 2,
    }
