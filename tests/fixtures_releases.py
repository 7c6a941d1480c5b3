"""Templates with releases: the real ones and now, and two that differ in names and values."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tenner.release_files import tag_releases
from tests.fixtures_generated import ROOT, plain_copy
from tests.person import Person

if TYPE_CHECKING:
    from pathlib import Path

NOW = "v0.4.0"
CHANGES = """
  - version: 0.5.0
    date: 2026-12-01
    says: arm64 for all functions, and better names.
    changes:
      - set: functions.*.architecture
        from: x86_64
        to: arm64
      - rename: ai.cache_ttl_days
        to: cache_days
      - split: description
        into: [summary, details]
      - set: ai.max_output_tokens
        from: 500
        to: 400
      - rename: log_bytes_per_request
        to: logged_bytes
        in: answers
      - set: duration_ms
        from: "100"
        to: "90"
        in: answers
"""


@pytest.fixture(scope="session")
def released_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repo, tagged from releases.yaml; what is here is the next version."""
    place = tmp_path_factory.mktemp("released")
    maker = Person(place / "maker")
    template = place / "tenner"
    maker.git(place, "clone", "--quiet", "--no-tags", "--", str(ROOT), str(template))
    for part in ("questions", "template", "hooks", "src", "catalog"):
        shutil.rmtree(template / part)
    plain_copy(template)
    _commit(maker, template, "now")
    tag_releases(template)
    maker.git(template, "tag", NOW)
    return template


@pytest.fixture(scope="session")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """v0.4.0 with functions on x86_64, and v0.5.0, which makes them arm64 and renames fields.

    v0.5.0 also renames one file and takes another away; its own code knows its names.
    """
    place = tmp_path_factory.mktemp("two-releases")
    maker = Person(place / "maker")
    template = plain_copy(place / "tenner")
    maker.git(template, "init", "--quiet", "--initial-branch=main")
    manifest = "template/app/app.yaml.jinja"
    for trigger in ("http_api", "schedule", "queue"):
        line = f"    trigger: {trigger}"
        _edit(template / manifest, line, f"    architecture: x86_64\n{line}")
    (template / "template/app/old-name.txt").write_text("A file of the template.\n")
    (template / "template/app/gone.txt").write_text("A file that goes.\n")
    _commit(maker, template, "v0.4.0")
    maker.git(template, "tag", "v0.4.0")
    commit = maker.git(template, "rev-parse", "HEAD").strip()
    _change(template, commit)
    _commit(maker, template, "v0.5.0")
    maker.git(template, "tag", "v0.5.0")
    return template


def _change(template: Path, commit: str) -> None:
    manifest, use = "template/app/app.yaml.jinja", "questions/use.yml"
    _edit(template / manifest, "architecture: x86_64", "architecture: arm64")
    for name in (manifest, "template/app/terraform/app/functions.tf", "src/tenner/manifest.py"):
        _edit(template / name, "cache_ttl_days", "cache_days")
    _edit(template / manifest, "max_output_tokens: 500", "max_output_tokens: 400")
    line = next(
        line
        for line in (template / manifest).read_text().splitlines()
        if line.startswith("description: ")
    )
    both = "\n".join(line.replace("description:", f"{name}:", 1) for name in ("summary", "details"))
    _edit(template / manifest, line, both)
    field = 'Annotated[str, Field(max_length=20_000)] = ""'
    _edit(
        template / "src/tenner/manifest.py",
        f"    description: {field}",
        f"    summary: {field}\n    details: {field}",
    )
    _edit(template / use, "log_bytes_per_request", "logged_bytes")
    _edit(template / manifest, "{{ log_bytes_per_request }}", "{{ logged_bytes }}")
    _edit(template / use, 'default: "100"', 'default: "90"')
    (template / "template/app/old-name.txt").rename(template / "template/app/new-name.txt")
    (template / "template/app/gone.txt").unlink()
    known = (template / "releases.yaml").read_text(encoding="utf-8").rstrip("\n")
    dated = f"  - version: 0.4.0\n    commit: {commit}\n    date: 2026-11-30\n"
    assert known.count("  - version: 0.4.0\n") == 1
    text = known.replace("  - version: 0.4.0\n", dated) + "\n" + CHANGES
    (template / "releases.yaml").write_text(text, encoding="utf-8")


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def _commit(maker: Person, template: Path, message: str) -> None:
    maker.git(template, "add", "--all")
    maker.git(template, "commit", "--quiet", "--allow-empty", "--message", message)
