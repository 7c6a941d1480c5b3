"""Registrations of small apps, made without a repo where a test needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenner import exact_yaml
from tenner.manifest import Manifest
from tenner.registry import Registration, TemplateVersion
from tenner.validation import read

if TYPE_CHECKING:
    from pathlib import Path

NOW = "2026-11-21T10:00:00+00:00"
LATER = "2026-11-22T10:00:00+00:00"
HOSTILE = (
    "'\"`$ {{ 7*7 }} {% if x %} ${x} %{x} # : - yes 1e3 null ~ 010 0x10 1:30",
    "1e3",
    "1_000",
    ".5",
    "yes",
    "null",
    "~",
    "2026-11-21",
    "=",
    "<<",
    "\n",
    " two\r\nlines\t\n",
    "\u2028\u2029\x85",
    "\ufeff",
    "\x00\x07\x1b[31m\x7f",
    "\u202etxt.exe",
    "😀👨‍👩‍👧",
    "- a\n- b",
    "---\n...\n",
    "!!python/object:os.system",
    "&a *a",
    "x" * 20_000,
)


def manifest_text(app: str = "todo", description: str = "A small app.", owner: str = "me") -> str:
    """Write a small manifest; every character of a text is escaped, so that YAML takes any."""
    return f"""\
schema_version: 1
app: {app}
description: {quoted(description)}
owner: {quoted(owner)}
region: us-east-1
environments:
  dev: {{}}
functions:
  api:
    trigger: http_api
    memory_mb: 256
    timeout_s: 10
    use:
      requests_per_month: 10000
      duration_ms: 100
"""


def quoted(text: str) -> str:
    """Write a text as YAML, each character as its number."""
    return '"' + "".join(f"\\U{ord(letter):08x}" for letter in text) + '"'


def registration(
    repo: Path, text: str = "", *, root_commit: str = "", url: str = "", version: str = "v0.1.0"
) -> Registration:
    """Say what a repo would say of itself: by default, `todo` at v0.1.0."""
    document = exact_yaml.parse(text or manifest_text(), "app.yaml")
    template = TemplateVersion(source="https://example.com/tenner.git", version=version)
    return Registration(
        repo=repo,
        manifest=read(Manifest, document),
        manifest_content=document.content,
        template=template,
        url=url,
        root_commit=root_commit,
    )


def make_repo(folder: Path, text: str = "") -> Path:
    """Make a folder with a manifest in it."""
    folder.mkdir(parents=True)
    (folder / "app.yaml").write_text(text or manifest_text(), encoding="utf-8")
    return folder


def journal_entry(app: str = "todo", at: str = NOW, **more: Any) -> dict[str, Any]:
    """Say what a rollout would note of an app: by default, that it came to v0.2.0."""
    return {
        "at": at,
        "app": app,
        "outcome": "updated",
        "from": "v0.1.0",
        "to": "v0.2.0",
        "template": "a" * 40,
        "base": "b" * 40,
        "commit": "c" * 40,
        "branch": "tenner/v0.2.0",
        "conflicts": [],
        "reason": "",
        **more,
    }
