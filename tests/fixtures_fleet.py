"""A shared infrastructure with three small apps registered, as files without git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenner.registry_folder import FolderRegistry
from tests.registrations import NOW, make_repo, manifest_text, registration

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_SECRETS = """\
schema_version: 1
prefix: acme
owner: me
region: us-east-1
topology: stack
environments: [dev, staging]
budget: {monthly_usd: 2}
"""
FLEET = WITHOUT_SECRETS + "secrets: {shared: [openai-api-key, stripe-test-key]}\n"
LOGIN = "login: {use: {monthly_active_users: 20}}\n"
OWNERS = {"links": "team-a", "pip": "me", "todo": "me"}


@pytest.fixture
def fleet_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared infrastructure's folder, in which commands are typed; todo has a login."""
    home = tmp_path / "aws-shared-infra"
    home.mkdir()
    (home / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    registry = FolderRegistry(home / "apps")
    for app, owner in OWNERS.items():
        text = manifest_text(app, owner=owner) + (LOGIN if app == "todo" else "")
        registry.register(registration(make_repo(tmp_path / app, text), text), NOW)
    monkeypatch.chdir(home)
    monkeypatch.delenv("TENNER_REGISTRY", raising=False)
    return home
