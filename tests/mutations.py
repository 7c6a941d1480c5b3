"""Hostile files: a good file in which Hypothesis breaks something, in as many ways as people do."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tenner import exact_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenner.errors import InputError

MANIFEST = """\
schema_version: 1
app: todo
description: A list of things to do.
owner: me
region: us-east-1
registry: ../aws-shared-infra/apps
environments:
  dev:
    use_multiplier: 0.5
  prod: {}
functions:
  api:
    trigger: http_api
    architecture: arm64
    memory_mb: 256
    timeout_s: 10
    batch_size: 7
    use:
      requests_per_month: 10000
      duration_ms: 100
      reads_per_request: 1.5
      writes_per_request: 0.25
      log_bytes_per_request: 500
      response_bytes_per_request: 2000
      cold_start_percent: 5
  daily:
    trigger: schedule
    schedule: rate(1 day)
    memory_mb: 512
    timeout_s: 300
    use:
      requests_per_month: 31
      duration_ms: 2500
table:
  ttl_days: 30
  use:
    stored_gb: 0.01
secrets:
  shared: [openai-api-key]
  app: [client-secret]
parameters: [page-size, greeting]
login:
  use:
    monthly_active_users: 20
ai:
  model: amazon.nova-micro-v1:0
  max_output_tokens: 400
  cache_ttl_days: 90
  use:
    prompts_per_month: 1000
    cache_hit_percent: 80
    input_tokens_per_prompt: 600
    output_tokens_per_prompt: 350
static_site:
  use:
    stored_gb: 0.05
    page_views_per_month: 5000
    bytes_per_page_view: 200000
"""

_WRONG = (
    *("-1 -0 0 1.5 1e3 2e-7 010 1_0 .inf .nan 0x1F 1:30 yes no true null ~ '' [] {}".split()),
    *("&a *a !!str !!python/object:os.system ? [ ] { } - , % @ ` ' \" | >".split()),
    *("2026-13-40 [1,2] [[]] {a:1} {? [1] : 2} {1: 2, 1: 3}".split(" ")),
    *("9" * digits for digits in (15, 16, 30, 60, 61, 5000)),
    "0.1234567891",
    "0." + "0" * 70 + "1",
    "[" * 45 + "]" * 45,
    "[" * 300,
    "{a: " * 45 + "1" + "}" * 45,
    '"a\\nb"',
    '"\\u001b[2J"',
    '"\\0"',
    "\x07",
    "\ud800",
    "\u2028",
    "é",
    "x" * 70,
    "../..",
    "1767225600",
)
_KEYS = ("unknown", '"a\\nb"', '"a.b"', '""', "1", "~", "<<", "é", '"\\u001b[2J"', "k" * 80)

Entry = tuple[str, Any]


def mutated(text: str) -> st.SearchStrategy[str]:
    """Break a good file in one to three places; what it means may still be good."""
    good = exact_yaml.parse(text, "good").content

    @st.composite
    def draw_text(draw: st.DrawFn) -> str:
        root = _entries(good)
        for _ in range(draw(st.integers(1, 3))):
            if root:
                _break(draw, draw(st.sampled_from(list(_containers(root)))))
        return _write(root)

    return draw_text()


def assert_readable(error: InputError, source: str) -> None:
    """Check that each line of an error names the file and a key path, or that it is not YAML."""
    lines = str(error).split("\n")
    assert len(lines) == len(error.problems) >= 1
    for line, problem in zip(lines, error.problems, strict=True):
        assert line.startswith(f"{source}: line ")
        assert line.isprintable()
        assert problem.key or "YAML" in problem.message
        assert "Input should" not in line
        assert "Decimal(" not in line


def _break(draw: st.DrawFn, entries: list[Entry]) -> None:
    action = draw(st.sampled_from(("remove", "retype", "text", "repeat", "rename", "add")))
    place = draw(st.integers(0, len(entries) - 1))
    key, value = entries[place]
    if action == "remove":
        del entries[place]
    elif action == "retype":
        entries[place] = (key, draw(st.sampled_from(_WRONG)))
    elif action == "text":
        entries[place] = (key, json.dumps(draw(st.text(max_size=80)), ensure_ascii=False))
    elif action == "repeat":
        entries.append((key, value))
    elif action == "rename":
        entries[place] = (key and draw(st.sampled_from(_KEYS)), value)
    else:
        entries.append((key and draw(st.sampled_from(_KEYS)), draw(st.sampled_from(_WRONG))))


def _entries(value: Any) -> Any:
    """Turn content into lists of (key, value), where a key may stand twice; a list has no keys."""
    if isinstance(value, dict):
        return [(key, _entries(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [("", _entries(inner)) for inner in value]
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _containers(entries: list[Entry]) -> Iterator[list[Entry]]:
    if entries:
        yield entries
    for _, inner in entries:
        if isinstance(inner, list):
            yield from _containers(inner)


def _write(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    if value and not value[0][0]:
        return f"[{', '.join(_write(inner) for _, inner in value)}]"
    return "{\n" + "".join(f"{key}: {_write(inner)},\n" for key, inner in value) + "}"
