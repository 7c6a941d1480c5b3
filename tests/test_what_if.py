"""What if an app were used more: the same manifest with other expected use."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tenner import exact_yaml
from tenner.errors import TennerError
from tenner.what_if import parse_changes, with_usage

if TYPE_CHECKING:
    from tenner.manifest import Manifest

KNOWN = (
    "bytes_per_page_view, cache_hit_percent, cold_start_percent, duration_ms, "
    "input_tokens_per_prompt, log_bytes_per_request, monthly_active_users, "
    "output_tokens_per_prompt, page_views, prompts, reads_per_request, requests, "
    "response_bytes_per_request, stored_gb, writes_per_request"
)


@pytest.fixture(scope="session")
def content(manifest_text: str) -> Any:
    """The parsed manifest that is asked about."""
    return exact_yaml.parse(manifest_text, "app.yaml").content


def what_if(content: Any, *words: str) -> Manifest:
    """Ask what if, as `--usage` does."""
    return with_usage(content, parse_changes(words), "app.yaml")


def test_a_key_changes_every_place_that_has_it(content: Any) -> None:
    """`requests` is the requests of every function."""
    manifest = what_if(content, "requests=1000000")
    assert {f.use.requests_per_month for f in manifest.functions.values()} == {Decimal(1_000_000)}


@pytest.mark.parametrize("key", ["api.requests", "api.requests_per_month"])
def test_a_key_may_name_the_function(content: Any, key: str) -> None:
    """With the function's name before it, only that function changes."""
    functions = what_if(content, f"{key}=7").functions
    assert functions["api"].use.requests_per_month == 7
    assert functions["daily"].use.requests_per_month == 31


@pytest.mark.parametrize("key", ["ai.prompts", "prompts", "prompts_per_month"])
def test_a_key_may_name_the_section(content: Any, key: str) -> None:
    """Sections are named as in the manifest, fields with or without `_per_month`."""
    ai = what_if(content, f"{key}=5").ai
    assert ai is not None
    assert ai.use.prompts_per_month == 5


def test_sections_are_apart(content: Any) -> None:
    """Two sections may have a field of one name."""
    manifest = what_if(content, "table.stored_gb=5")
    assert manifest.table is not None
    assert manifest.static_site is not None
    assert manifest.table.use.stored_gb == 5
    assert manifest.static_site.use.stored_gb == Decimal("0.05")


def test_a_field_that_is_not_written(content: Any) -> None:
    """What the manifest leaves to its default can be asked about too."""
    functions = what_if(content, "daily.reads_per_request=0.1").functions
    assert functions["daily"].use.reads_per_request == Decimal("0.1")
    assert functions["api"].use.reads_per_request == Decimal("1.5")


def test_several_changes(content: Any) -> None:
    """All changes are made, in their order."""
    functions = what_if(content, "requests=1", "api.requests=2", " duration_ms =0.1").functions
    assert functions["api"].use.requests_per_month == 2
    assert functions["daily"].use.requests_per_month == 1
    assert str(functions["api"].use.duration_ms) == "0.1"


def test_the_manifest_is_left_as_it_is(content: Any, manifest_text: str) -> None:
    """Asking changes nothing."""
    what_if(content, "requests=1", "stored_gb=9")
    assert content == exact_yaml.parse(manifest_text, "app.yaml").content


def test_nothing_changed_is_the_manifest(content: Any) -> None:
    """Without a change it is the same manifest."""
    assert with_usage(content, {}, "app.yaml").app == "todo"


@pytest.mark.parametrize(
    "word",
    [
        *("requests", "requests=", "=1", "requests=x", "requests=1e3", "requests=1_000", "", "="),
        *("requests=0x10", "requests=.inf", "requests=1=2", "requests='1'", "requests=[1]"),
        *("requests=true", "requests=01", f"requests={'9' * 61}", "requests={", "requests=1,5"),
    ],
)
def test_what_is_no_change(word: str) -> None:
    """A word that is no `key=number` is told in one sentence."""
    with pytest.raises(TennerError) as caught:
        parse_changes([word])
    shown = word if len(word) <= 60 else f"{word[:60]}…"
    assert str(caught.value) == (
        f'--usage: given "{shown}", expected key=number in plain digits, '
        "at most 1000000000000000, such as requests=1000000"
    )


def test_an_unprintable_word() -> None:
    """The sentence is one line, whatever was given."""
    with pytest.raises(TennerError) as caught:
        parse_changes(["a\n\x1b=1="])
    assert str(caught.value) == (
        '--usage: given "a\\n\\x1b=1=", expected key=number in plain digits, '
        "at most 1000000000000000, such as requests=1000000"
    )


@pytest.mark.parametrize("key", ["request", "nope.requests", "api.", "memory_mb", "use_multiplier"])
def test_an_unknown_key(content: Any, key: str) -> None:
    """A key that no place has is told with those there are."""
    with pytest.raises(TennerError) as caught:
        what_if(content, f"{key}=1")
    assert str(caught.value) == f'--usage: given "{key}", expected one of {KNOWN}'


def test_known_keys_are_those_of_the_manifest(content: Any) -> None:
    """What an app does not have is not offered."""
    site = {key: value for key, value in content.items() if key not in {"functions", "ai", "login"}}
    with pytest.raises(TennerError) as caught:
        what_if(site, "requests=1")
    assert str(caught.value) == (
        '--usage: given "requests", expected one of bytes_per_page_view, page_views, stored_gb'
    )


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("api.requests=-1", "functions.api.use.requests_per_month: given -1, expected at least 0"),
        ("cache_hit_percent=101", "ai.use.cache_hit_percent: given 101, expected at most 100"),
        (
            "api.duration_ms=10001",
            "functions.api.use.duration_ms: given 10001, expected at most the timeout of 10 s",
        ),
        (
            "prompts=1000000000000001",
            "ai.use.prompts_per_month: given 1000000000000001, expected at most 1000000000000000",
        ),
    ],
)
def test_a_value_out_of_bounds(content: Any, word: str, sentence: str) -> None:
    """A change is held to the same bounds as the manifest."""
    with pytest.raises(TennerError) as caught:
        what_if(content, word)
    assert str(caught.value) == f"--usage: {sentence}"


def test_values_on_the_bounds(content: Any) -> None:
    """The last good values are taken."""
    assert what_if(content, "requests=0", "cache_hit_percent=100", "api.duration_ms=10000")


def test_what_is_told_twice() -> None:
    """Of two numbers for one key neither is taken."""
    with pytest.raises(TennerError) as caught:
        parse_changes(["users=10", "users =20"])
    assert str(caught.value) == "--usage: users: given twice, expected once"
