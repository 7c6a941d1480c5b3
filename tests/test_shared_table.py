"""Commands of the shared infrastructure whose fleet.yaml names a table as its registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from copier import run_copy

from tenner.capacity import raised
from tenner.cli import main
from tenner.errors import InputError
from tenner.load import load_quotas, registry_at
from tenner.shared_infra import parse_shared_infra
from tests.dynamodb_server import TABLE, DynamoDBServer
from tests.fixtures_fleet import FLEET
from tests.registrations import LATER, NOW, make_repo, manifest_text, registration

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE = f"dynamodb://{TABLE}"
Said = tuple[int, str, str]


@pytest.fixture
def home(fleet_home: Path, dynamodb: DynamoDBServer) -> Path:
    """Its folder: three apps in apps/ and the same in the table, which fleet.yaml names."""
    assert main(["registry", "copy", "apps", PLACE]) == 0
    (fleet_home / "fleet.yaml").write_text(f'{FLEET}registry: "{PLACE}"\n', encoding="utf-8")
    return fleet_home


@pytest.fixture
def tenner(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command there; gives its exit code and what it said."""

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        return (main(list(arguments)), *capsys.readouterr())

    return run


def add_hub(home: Path) -> None:
    """Register one more app, in the table only."""
    repo = make_repo(home.parent / "hub", manifest_text("hub"))
    registry_at(PLACE).register(registration(repo, manifest_text("hub"), root_commit="h"), NOW)


def test_every_command_reads_the_table(home: Path, tenner: Callable[..., Said]) -> None:
    """An app that only the table has is counted everywhere, with the budget of fleet.yaml."""
    add_hub(home)
    code, text, problems = tenner("fleet")
    assert (code, problems) == (0, "")
    assert text.startswith("fleet of 4 apps · us-east-1")
    # 2 shared secrets in 2 environments at $0.40, 4 apps at a cent, and 0.000365 for what the
    # guards read, of a budget of $2
    assert "  its budget, of which that is 83 %  " in text
    assert json.loads(tenner("fleet", "--format=json")[1])["totals"]["total"] == "1.640365"
    assert [each["app"] for each in json.loads(tenner("apps", "--format=json")[1])["apps"]] == [
        *("hub", "links", "pip", "todo")
    ]
    assert tenner("cost")[1].startswith("fleet of 4 apps · us-east-1")
    assert tenner("cost", "--fleet", "--registry", PLACE)[1].startswith("fleet of 4 apps · ")
    assert tenner("registry", "journal")[1] == f"No rollout is in the journal of {PLACE}.\n"
    assert tenner("unregister", "hub")[1].startswith(f"hub: taken out of {PLACE}; its repo ")
    assert "hub" not in tenner("apps")[1]


def test_beside_the_shared_infrastructure(
    home: Path, tenner: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an app's folder that names the same table, the budget and quotas are known too."""
    text = manifest_text("pip") + f'registry: "{PLACE}"\n'
    (home.parent / "pip" / "app.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(home.parent / "pip")
    assert "  its budget, of which that is 82 %  " in tenner("fleet")[1]
    (home / "fleet.yaml").write_text(f'{FLEET}registry: "{PLACE}-2"\n', encoding="utf-8")
    assert "budget" not in tenner("fleet")[1]


def test_check_says_what_terraform_would_miss(home: Path, tenner: Callable[..., Said]) -> None:
    """Terraform reads apps/: what differs is named, and the command brings it up to date."""
    assert tenner("check") == (0, "fleet.yaml: the shared infrastructure is in order\n", "")
    add_hub(home)
    repo = home.parent / "pip"
    registry_at(PLACE).unregister("pip")
    registry_at(PLACE).register(registration(repo, manifest_text("pip"), root_commit="p"), NOW)
    assert main(["registry", "copy", PLACE, "apps"]) == 1  # pip had no first commit: another repo?
    (home / "apps" / "pip.yaml").unlink()
    assert tenner("registry", "copy", PLACE, "apps")[0] == 0
    assert tenner("check")[0] == 0
    newer = manifest_text("pip", owner="somebody else")
    registry_at(PLACE).register(registration(repo, newer, root_commit="p"), LATER)
    registry_at(PLACE).unregister("todo")
    code, _, problems = tenner("check")
    assert code == 2
    assert problems == (
        f"apps/todo.yaml: {PLACE} has no such app, and Terraform reads this folder; expected it in "
        "both: tenner register its folder, or delete this file\n"
        f"apps: not as in {PLACE}: pip; Terraform reads this folder. To bring it up to date: "
        f"tenner registry copy --newer {PLACE} apps\n"
    )
    assert tenner("registry", "copy", "--newer", PLACE, "apps") == (
        0,
        f"{PLACE} to apps: 1 copied, 2 there already, 0 not copied\n",
        "",
    )
    Path("apps/todo.yaml").unlink()
    assert tenner("check")[0] == 0


def test_newer_is_only_for_the_same_repo(home: Path, tenner: Callable[..., Said]) -> None:
    """An earlier revision, or another repo's record, is never written over, either way."""
    folder, table = registry_at("apps"), registry_at(PLACE)
    repo = make_repo(home.parent / "hub", manifest_text("hub"))
    for registry, owner in ((folder, "a"), (table, "a"), (table, "b")):
        text = manifest_text("hub", owner=owner)
        registry.register(registration(repo, text, root_commit="h"), NOW)
    assert tenner("registry", "copy", "--newer", "apps", PLACE)[0] == 1
    owners = [each.manifest.owner for each in table.contents().records]
    assert owners == ["b", "team-a", "me", "me"]
    assert tenner("registry", "copy", "--newer", PLACE, "apps")[0] == 0
    assert [each.manifest.owner for each in folder.contents().records] == owners
    assert tenner("check")[0] == 0
    table.unregister("hub")
    for owner in ("a", "b", "c"):
        text = manifest_text("hub", owner=owner)
        other = registration(home.parent / "other", text, root_commit="other")
        table.register(other, LATER)
    assert tenner("registry", "copy", "--newer", PLACE, "apps")[0] == 1
    assert [each.manifest.owner for each in folder.contents().records] == owners


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ('"apps"', 'given "apps", expected dynamodb://TABLE or '),
        ('"dynamodb://x"', 'given "dynamodb://x", expected dynamodb://TABLE or '),
    ],
)
def test_a_registry_that_is_no_table(
    home: Path, tenner: Callable[..., Said], given: str, words: str
) -> None:
    """fleet.yaml names a table, or nothing for apps/ beside it."""
    text = f"{FLEET}registry: {given}\n"
    (home / "fleet.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        parse_shared_infra(text, "fleet.yaml")
    assert f"registry: {words}" in str(caught.value)
    assert str(caught.value).endswith('; or "" for the folder apps/ beside it')
    for command in (["fleet"], ["apps"], ["cost"], ["check"], ["rollout"], ["registry", "journal"]):
        code, _, problems = tenner(*command)
        assert code == 2, command
        assert f"registry: {words}" in problems


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["apps"], 3),
        (["fleet"], 3),
        (["fleet", "--format=html"], 3),
        (["cost", "--fleet", "--registry", PLACE], 3),
        (["doctor"], 3),
        (["rollout"], 3),
        (["unregister", "todo"], 3),
        (["registry", "journal"], 3),
        (["registry", "copy", "apps", PLACE], 3),
        (["registry", "copy", PLACE, "apps"], 3),
        (["register", "../todo", "--registry", PLACE], 3),
        (["cost", "../todo", "--registry", PLACE], 3),
        (["advise", "../todo", "--registry", PLACE], 3),
        (["scale", "../todo", "--requests", "1,2", "--registry", PLACE], 3),
        (["check"], 2),
        (["cost"], 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("trouble", ["no keys", pytest.param("no network", marks=pytest.mark.slow)])
def test_without_credentials_or_network(
    tenner: Callable[..., Said],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    code: int,
    trouble: str,
) -> None:
    """Every command says one sentence; check and cost do what they can without the table."""
    if trouble == "no network":
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        reason = "AWS can't be reached: Could not connect to the endpoint URL: "
    else:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            monkeypatch.setenv(name, "/nowhere")
        reason = "Unable to locate credentials. Expected credentials: set AWS_PROFILE, or "
    done = tenner(*command)
    assert done[0] == code
    assert done[2].startswith(f"The registry {PLACE} can't be used: {reason}")
    assert done[2].count("\n") == 1


def test_a_record_that_is_nonsense(home: Path, tenner: Callable[..., Said], dynamodb: Any) -> None:
    """It is named by every command, and the others are counted."""
    item = {"pk": "tenner#registry", "sk": "pip", "record": "["}
    dynamodb.fill(item)
    for command in (["apps"], ["fleet"], ["cost"], ["check"]):
        code, _, problems = tenner(*command)
        assert code == (2 if command == ["check"] else 1)
        assert problems.startswith(f"{PLACE}: pip: line 1: not YAML: ")


def test_doctor_with_a_table(
    home: Path, tenner: Callable[..., Said], dynamodb: DynamoDBServer
) -> None:
    """What is here is looked at and mended; an app of a colleague's machine is no trouble."""
    assert tenner("doctor") == (0, f"Nothing is wrong with the 3 apps of {PLACE}.\n", "")
    text = manifest_text("hub")
    url, away = "https://example.com/hub.git", home.parent / "of-a-colleague" / "hub"
    registry_at(PLACE).register(registration(away, text, url=url, root_commit="h"), NOW)
    assert tenner("doctor") == (0, f"Nothing is wrong with the 4 apps of {PLACE}.\n", "")
    changed = manifest_text("pip", owner="somebody else")
    (home.parent / "pip" / "app.yaml").write_text(changed, encoding="utf-8")
    make_repo(home.parent / "stray", manifest_text("stray"))
    (home.parent / "links" / "app.yaml").unlink()
    dynamodb.fill({"pk": "tenner#registry", "sk": "todo", "record": "["})
    code, said, _ = tenner("doctor")
    record, links, pip, stray = said.splitlines()
    assert code == 1
    assert record.startswith(f"{PLACE}: {PLACE}: todo: line 1: not YAML: ")
    assert links.startswith("links: no app.yaml in its folder ../links any more. ")
    assert pip.startswith("pip: ../pip differs from its record in owner. ")
    assert stray.startswith("../stray: its app stray is not registered. ")
    mended = tenner("doctor", "--fix")[1].splitlines()
    assert mended[0] == f"mended: pip: updated in {PLACE}"
    records = registry_at(PLACE).contents().records
    assert [each.manifest.owner for each in records if each.manifest.app == "pip"] == [
        "somebody else"
    ]


def test_the_examples_of_a_generated_fleet_yaml(plain_template: Path, tmp_path: Path) -> None:
    """What stands there as a comment is right once its mark is taken away."""
    data, folder = {"kind": "shared-infra"}, tmp_path / "aws-shared-infra"
    run_copy(
        str(plain_template), folder, data=data, defaults=True, skip_tasks=True, unsafe=True,
        quiet=True,
    )  # fmt: skip
    text = (folder / "fleet.yaml").read_text(encoding="utf-8")
    assert parse_shared_infra(text, "fleet.yaml").registry == ""
    assert text.count("\n# quotas: ") == text.count("\n# registry: ") == 1
    used = text.replace("\n# quotas: ", "\nquotas: ").replace("\n# registry: ", "\nregistry: ")
    infra = parse_shared_infra(used, "fleet.yaml")
    assert infra.registry == "dynamodb://TABLE"
    assert raised(load_quotas(), infra.quotas, "fleet.yaml")["http_api_routes"].limit == 600
