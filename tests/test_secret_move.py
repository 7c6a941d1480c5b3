"""`tenner secret move`, against moto; what Terraform does between its steps is in secret_cloud."""

from __future__ import annotations

import io
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tenner import secret_moving
from tenner.aws import Account, Refused
from tenner.cli import main
from tenner.errors import InputError
from tenner.load import load_catalog, load_manifest, load_shared_infra
from tenner.manifest import parse_manifest
from tenner.registry_folder import FolderRegistry
from tenner.shared_infra import parse_shared_infra
from tenner.workload import workload_of
from tenner.yaml_field import with_field
from tests.fixtures_fleet import WITHOUT_SECRETS
from tests.registrations import NOW, make_repo, manifest_text, registration
from tests.secret_cloud import client, cloud, deploy, deploy_shared, value_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenner.catalog import Catalog

MARK = "Marked-Value-77e1"
OLD, NEW = "todo/prod/stripe-key", "/todo/prod/stripe-key"
IN_PROD = ["stripe-key", "-e", "prod", "--to", "parameter-store"]
BACK = ["stripe-key", "-e", "prod", "--to", "secrets-manager"]
SHARED = ["openai-key", "--to", "parameter-store"]
TEXT = (
    manifest_text("todo").replace("  dev: {}\n", "  dev: {}\n  prod: {}  # its own account\n")
    + "secrets: {shared: [openai-key], app: [stripe-key]}\nparameters: [greeting]\n"
)
FLEET = WITHOUT_SECRETS + "secrets:\n  shared: [openai-key, spare]  # names only\n"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account of moto's."""
    with cloud(monkeypatch):
        yield


@pytest.fixture
def app(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of `todo`, whose stripe-key has a value in prod."""
    repo = make_repo(tmp_path / "todo", TEXT)
    monkeypatch.chdir(repo)
    deploy(repo, "prod")
    client("secretsmanager").put_secret_value(SecretId=OLD, SecretString=MARK)
    return repo


def move(*words: str) -> int:
    """Type the command."""
    return main(["secret", "move", *words])


def stores(folder: Path) -> Any:
    """Say what app.yaml says of prod's secrets."""
    return load_manifest(folder).manifest.environments["prod"].secret_stores


def test_three_steps(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A place besides, the value copied and read there, the old place given up; each is said."""
    head = (
        "stripe-key: todo in prod · account 123456789012, us-east-1\n"
        "  Secrets Manager, todo/prod/stripe-key → Parameter Store, /todo/prod/stripe-key\n"
        "  saves $0.40 a month when the old one is gone: $1.23 → $0.83\n"
    )
    typed = "tenner secret move stripe-key --environment prod --to parameter-store"
    assert move(*IN_PROD) == 0
    assert capsys.readouterr().out == head + (
        "To do: app.yaml: a place in Parameter Store besides; Secrets Manager is read as before\n"
        f"Done. Next: make deploy ENV=prod. Then again: {typed}\n"
    )
    assert stores(app) == {"stripe-key": ("secrets_manager", "parameter_store")}
    deploy(app, "prod")
    assert (value_in(OLD), value_in(NEW)) == (MARK, "not set yet")
    assert move(*IN_PROD) == 0
    assert capsys.readouterr().out == head + (
        "To do: the value into Parameter Store, read back and compared; app.yaml: Parameter Store "
        "is read, Secrets Manager stays\n"
        f"Done. Next: make deploy ENV=prod, so that it is read there. Then: {typed} --delete-old\n"
    )
    assert (value_in(OLD), value_in(NEW)) == (MARK, MARK)
    assert stores(app) == {"stripe-key": ("parameter_store", "secrets_manager")}
    deploy(app, "prod")
    assert move(*IN_PROD, "--delete-old") == 0
    assert capsys.readouterr().out == head + (
        "To do: app.yaml: Parameter Store alone\n"
        "Done. Next: make deploy ENV=prod, which deletes todo/prod/stripe-key; there aws "
        "secretsmanager restore-secret brings it back for days\n"
    )
    assert stores(app) == {"stripe-key": ("parameter_store",)}
    deploy(app, "prod")
    assert (value_in(OLD), value_in(NEW)) == (None, MARK)
    assert move(*IN_PROD) == 0
    assert capsys.readouterr().out == (
        "stripe-key: todo in prod: only in Parameter Store, /todo/prod/stripe-key\n"
    )
    before = TEXT.replace("  prod: {}", "  prod: {secret_stores: {stripe-key: [parameter_store]}}")
    assert (app / "app.yaml").read_text(encoding="utf-8") == before


def test_and_back_again(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before the old place is given up the way back is the same command; app.yaml is as it was."""
    for _ in range(2):
        assert move(*IN_PROD) == 0
        deploy(app, "prod")
    client("ssm").put_parameter(Name=NEW, Value="newer", Overwrite=True)
    capsys.readouterr()
    assert move(*BACK) == 0
    assert "costs $0.00 more a month when the old one is gone: $1.23 → $1.23" in (
        capsys.readouterr().out
    )  # while both are there, the dear one is paid for
    assert value_in(OLD) == "newer"
    deploy(app, "prod")
    assert move(*BACK, "--delete-old") == 0
    assert (app / "app.yaml").read_text(encoding="utf-8") == TEXT


def test_lines_keep_their_endings(app: Path) -> None:
    """A file with a mark of its encoding and Windows' line ends has them afterwards."""
    content = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    (app / "app.yaml").write_bytes(content)
    assert move(*IN_PROD) == 0
    stores = b"prod: {secret_stores: {stripe-key: [secrets_manager, parameter_store]}}"
    assert (app / "app.yaml").read_bytes() == content.replace(b"prod: {}", stores)


def test_a_dry_run_changes_nothing(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All is checked and said, and nothing is written."""
    assert move(*IN_PROD, "--dry-run") == 0
    assert capsys.readouterr().out.endswith(
        "Would be done: app.yaml: a place in Parameter Store besides; Secrets Manager is read as "
        "before\n"
    )
    assert (app / "app.yaml").read_text(encoding="utf-8") == TEXT


def test_a_value_put_while_it_is_moved(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Between the steps a new value goes to both places, so that none is left behind."""
    move(*IN_PROD)
    deploy(app, "prod")
    move(*IN_PROD)
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"newest")))
    assert main(["secret", "put", "stripe-key", "-e", "prod"]) == 0
    assert capsys.readouterr().out == (
        f"stripe-key: put into Parameter Store, {NEW} and Secrets Manager, {OLD}\n"
    )
    assert (value_in(OLD), value_in(NEW)) == ("newest", "newest")


def test_what_it_saves_exactly(app: Path) -> None:
    """A secret is 0.40, and 500 cold starts and 61 reads of a warm function 0.000005 each.

    500 are 5 % of 10,000 requests; a month of 730 hours has 61 times twelve hours, rounded up. The
    561 KMS requests in their place are in the free 20,000.
    """
    case = secret_moving.case_of(app, "stripe-key", "prod", "parameter_store", None)
    before, after = secret_moving.bills(case, load_catalog(), None)
    assert before - after == Decimal("0.40") + 561 * Decimal("0.05") / 10_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["greeting", *IN_PROD[1:]],
            'NAME: given "greeting", expected a name of todo\'s secrets: openai-key, stripe-key',
        ),
        (
            [f"sk-live-{MARK}", *IN_PROD[1:]],
            (
                "NAME: given what is no name, expected a name of todo's secrets: openai-key, "
                "stripe-key"
            ),
        ),
        (
            ["stripe-key", "--to", "parameter-store"],
            "--environment: expected one of todo: dev, prod",
        ),
        (
            ["stripe-key", "-e", "dev", "--to", "secrets-manager"],
            (
                "stripe-key: in dev an app's own secrets stay in Parameter Store, at no charge: "
                "expected prod, or a secret that apps share"
            ),
        ),
        (
            [*IN_PROD, "--delete-old"],
            (
                "stripe-key: --delete-old: expected it only when todo in prod reads it from "
                "Parameter Store. First: tenner secret move stripe-key --environment prod --to "
                "parameter-store"
            ),
        ),
        (
            ["openai-key", *IN_PROD[1:]],
            (
                "openai-key: no value yet in Secrets Manager, todo/prod/openai-key. Put it: tenner "
                "secret put openai-key --environment prod"
            ),
        ),
    ],
)
def test_bad_input(
    app: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """What can't be moved is said in one sentence, and app.yaml is as it was."""
    assert move(*words) == 2
    assert capsys.readouterr().err == f"{said}\n"
    assert (app / "app.yaml").read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(("size", "code"), [(4096, 0), (4097, 2)])
def test_what_a_standard_parameter_takes(
    app: Path, capsys: pytest.CaptureFixture[str], size: int, code: int
) -> None:
    """A value of 4,096 bytes is moved; of one more it is said before anything is deployed."""
    client("secretsmanager").put_secret_value(SecretId=OLD, SecretString="é" + "x" * (size - 2))
    assert move(*IN_PROD) == code
    if code:
        assert capsys.readouterr().err == (
            "stripe-key: given 4,097 bytes, expected at most 4,096 in Parameter Store: it stays in "
            "Secrets Manager\n"
        )
        assert (app / "app.yaml").read_text(encoding="utf-8") == TEXT


def test_what_rotates_stays(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only Secrets Manager rotates: by app.yaml, or as it is set in AWS beside it."""
    path = app / "app.yaml"
    path.write_text(TEXT.replace("prod: {}", "prod: {rotate: [stripe-key]}"), encoding="utf-8")
    assert move(*IN_PROD) == 2
    assert capsys.readouterr().err == (
        "stripe-key: app.yaml has it under environments.prod.rotate, and only Secrets Manager "
        "rotates. To move it all the same, take it out there first, and make deploy ENV=prod\n"
    )
    path.write_text(TEXT, encoding="utf-8")
    asked = Account.ask

    def ask(self: Account, service: str, action: str, **given: Any) -> Any:
        answer = asked(self, service, action, **given)
        return {**answer, "RotationEnabled": True} if action == "describe_secret" else answer

    monkeypatch.setattr(Account, "ask", ask)  # moto's rotate_secret needs Docker
    assert move(*IN_PROD) == 2
    assert capsys.readouterr().err == (
        "stripe-key: Secrets Manager rotates todo/prod/stripe-key, and Parameter Store rotates "
        "nothing: it stays there\n"
    )


def test_code_that_reads_the_old_place(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The old place is kept while a deployed function is told to read it."""
    move(*IN_PROD)
    deploy(app, "prod")
    move(*IN_PROD)
    capsys.readouterr()
    assert move(*IN_PROD, "--delete-old") == 2
    assert capsys.readouterr().err == (
        "stripe-key: todo-prod-api reads it from Secrets Manager until it is deployed: make "
        "deploy, in the folder of that app\n"
    )
    assert stores(app) == {"stripe-key": ("parameter_store", "secrets_manager")}


def test_a_name_that_is_being_deleted(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret in its recovery window has its name, so that Terraform could not make it anew."""
    for words in (IN_PROD, IN_PROD, [*IN_PROD, "--delete-old"]):
        assert move(*words) == 0
        deploy(app, "prod")
    capsys.readouterr()
    assert move(*BACK) == 2
    assert capsys.readouterr().err.endswith(
        "and Secrets Manager gives its name away again only when it is gone, 7 to 30 days later: "
        "try then\n"
    )


def test_a_binary_value(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no text is not moved."""
    client("secretsmanager").put_secret_value(SecretId=OLD, SecretBinary=b"\xff\x00")
    assert move(*IN_PROD) == 2
    assert capsys.readouterr().err == (
        "stripe-key: the value in todo/prod/stripe-key is binary, expected text\n"
    )


def test_every_call_that_fails(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever call fails, the place that app.yaml names has the value, and a rerun is enough."""
    asked = Account.ask
    left = 0

    def ask(self: Account, service: str, action: str, **given: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Refused("ThrottlingException", "Rate exceeded")
        return asked(self, service, action, **given)

    monkeypatch.setattr(Account, "ask", ask)
    for step in range(3):
        words = [*IN_PROD, "--delete-old"] if step == 2 else IN_PROD
        text = (app / "app.yaml").read_text(encoding="utf-8")
        for fails_at in range(1, 20):
            left = fails_at
            code = move(*words)
            if code == 0:
                break
            assert code == 3
            assert (app / "app.yaml").read_text(encoding="utf-8") == text
            first = stores(app).get("stripe-key", ("secrets_manager",))[0]
            assert value_in(NEW if first == "parameter_store" else OLD) == MARK
        assert fails_at > 3
        deploy(app, "prod")
    assert (value_in(OLD), value_in(NEW)) == (None, MARK)


@pytest.mark.usefixtures("app")
def test_a_place_that_gives_back_another_value(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is read back is compared; until it is the same, code reads the old place."""
    move(*IN_PROD)
    deploy(app, "prod")
    capsys.readouterr()
    monkeypatch.setattr("tenner.secret_store.put", lambda *_: None)
    client("ssm").put_parameter(Name=NEW, Value="another", Overwrite=True)
    monkeypatch.setattr(secret_moving, "_WAIT_S", 0)
    assert move(*IN_PROD) == 3
    assert capsys.readouterr().err == (
        "stripe-key: /todo/prod/stripe-key does not give back what was put there; the old one is "
        "as it was, and is read. Do the same again\n"
    )
    assert stores(app) == {"stripe-key": ("secrets_manager", "parameter_store")}


@pytest.fixture
def fleet(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared infrastructure's folder; `todo` and `links` read openai-key in dev."""
    folder = tmp_path / "aws-shared-infra"
    folder.mkdir()
    (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    for name in ("todo", "links"):
        text = manifest_text(name) + "secrets: {shared: [openai-key]}\n"
        register(folder, make_repo(tmp_path / name, text))
        deploy(tmp_path / name, "dev")
    deploy_shared(load_shared_infra(folder))
    for environment in ("dev", "staging"):
        client("secretsmanager").put_secret_value(
            SecretId=f"shared/{environment}/openai-key", SecretString=f"{MARK}-{environment}"
        )
    monkeypatch.chdir(folder)
    return folder


def register(fleet: Path, repo: Path) -> None:
    """Write an app's record, as `tenner register` does."""
    text = (repo / "app.yaml").read_text(encoding="utf-8")
    FolderRegistry(fleet / "apps").register(registration(repo, text), NOW)


def test_a_secret_of_all_apps(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fleet saves it once, when the last app reads it in the new place, and not before."""
    case = secret_moving.case_of(fleet, "openai-key", None, "parameter_store", None)
    before, after = secret_moving.bills(case, load_catalog(), None)
    # Two secrets, of dev and staging, and the 561 reads of each of two apps in dev.
    assert before - after == 2 * Decimal("0.40") + 2 * 561 * Decimal("0.05") / 10_000
    assert move(*SHARED) == 0
    assert "saves $0.81 a month when the old one is gone: " in capsys.readouterr().out
    deploy_shared(load_shared_infra(fleet))
    assert move(*SHARED) == 0
    assert capsys.readouterr().out.endswith(
        "Done. Next: in the folder of each app that reads it (links, todo): tenner secret move "
        "openai-key --to parameter-store --environment ENV. When all have: tenner secret move "
        "openai-key --to parameter-store --delete-old\n"
    )
    assert value_in("/shared/secrets/staging/openai-key") == f"{MARK}-staging"
    for app in ("todo", "links"):
        assert move(*SHARED, "--delete-old") == 2
        assert f"{app} in dev reads it from Secrets Manager by app.yaml" in (
            capsys.readouterr().err.replace("links in dev, todo in dev", "todo in dev")
        )
        repo = fleet.parent / app
        monkeypatch.chdir(repo)
        assert move(*SHARED) == 0
        assert "To do: app.yaml: Parameter Store is read\n" in capsys.readouterr().out
        register(fleet, repo)
        monkeypatch.chdir(fleet)
    assert move(*SHARED, "--delete-old") == 2
    assert capsys.readouterr().err == (
        "openai-key: links-dev-api, todo-dev-api reads it from Secrets Manager until it is "
        "deployed: make deploy, in the folder of that app\n"
    )
    for app in ("todo", "links"):
        deploy(fleet.parent / app, "dev")
    assert move(*SHARED, "--delete-old") == 0
    deploy_shared(load_shared_infra(fleet))
    assert value_in("shared/dev/openai-key") is None
    assert value_in("/shared/secrets/dev/openai-key") == f"{MARK}-dev"
    capsys.readouterr()
    assert main(["secret", "check", "-e", "dev"]) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["spare"]


def test_an_app_before_the_fleet(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An app reads a shared secret elsewhere only where the shared infrastructure keeps it."""
    monkeypatch.chdir(fleet.parent / "todo")
    assert move(*SHARED) == 2
    assert capsys.readouterr().err == (
        "openai-key: Parameter Store has no /shared/secrets/dev/openai-key in this account and "
        "region yet. Deploy the shared infrastructure first: make deploy ENV=dev\n"
    )
    monkeypatch.chdir(fleet)
    assert move(*SHARED, "-e", "dev") == 2
    assert capsys.readouterr().err == (
        "--environment: given dev, expected none: what is shared is moved in all environments at "
        "once\n"
    )


def test_a_shared_value_that_differs(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An app does not change over to another value than it reads."""
    move(*SHARED)
    deploy_shared(load_shared_infra(fleet))
    move(*SHARED)
    client("secretsmanager").put_secret_value(SecretId="shared/dev/openai-key", SecretString="new")
    capsys.readouterr()
    monkeypatch.chdir(fleet.parent / "todo")
    assert move(*SHARED) == 2
    assert capsys.readouterr().err == (
        "openai-key: /shared/secrets/dev/openai-key has another value than shared/dev/openai-key. "
        "Put it again, which writes both: tenner secret put openai-key --environment dev\n"
    )


def test_a_record_that_cannot_be_read(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who can't be known to read the new place is taken to read the old one."""
    for _ in range(2):
        move(*SHARED)
        deploy_shared(load_shared_infra(fleet))
    (fleet / "apps" / "links.yaml").write_text("app: [", encoding="utf-8")
    capsys.readouterr()
    assert move(*SHARED, "--delete-old") == 2
    assert capsys.readouterr().err.endswith("expected all records, to know who reads it\n")


VALUE = {"key": ["parameter_store"]}
FLOW = "{key: [parameter_store]}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e:\n  p: {}  # own\nx: 1\n", f"e:\n  p: {{s: {FLOW}}}  # own\nx: 1\n"),
        ("e:\n  p:  # own\nx: 1\n", f"e:\n  p: {{s: {FLOW}}}  # own\nx: 1\n"),
        ("e: {p: {a: 1}}\n", f"e: {{p: {{s: {FLOW}, a: 1}}}}\n"),
        (
            "e:\r\n  p:\r\n    # why\r\n    a: 1\r\n",
            f"e:\r\n  p:\r\n    # why\r\n    s: {FLOW}\r\n    a: 1\r\n",
        ),
        (
            "e:\n  p:\n    a: 1\n    s: {other: [b]}  # note\n",
            f"e:\n  p:\n    a: 1\n    s: {FLOW}  # note\n",
        ),
    ],
)
def test_a_field_is_written_in_its_place(text: str, expected: str) -> None:
    """A field comes into a mapping of any form, and every other byte stays."""
    assert with_field(text, ("e", "p", "s"), {**VALUE}, "app.yaml") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"e:\n  p: {{s: {FLOW}}}  # own\nx: 1\n", "e:\n  p: {}  # own\nx: 1\n"),
        (f"e: {{p: {{s: {FLOW}, a: 1}}}}", "e: {p: {a: 1}}"),
        (f"e: {{p: {{a: 1, s: {FLOW}}}}}", "e: {p: {a: 1}}"),
        (f"e:\n  p:  # own\n    s: {FLOW}\n# top\nx: 1\n", "e:\n  p: {}  # own\n# top\nx: 1\n"),
        ("e:\n  p:\n    s:\n      k:\n      - b\n    a: 1\n", "e:\n  p:\n    a: 1\n"),
        ("e:\n  p: {a: 1}\n", "e:\n  p: {a: 1}\n"),
        ("\ufeffe:\n  p:\nx: 1\n", "\ufeffe:\n  p:\nx: 1\n"),
    ],
)
def test_a_field_is_taken_out(text: str, expected: str) -> None:
    """An empty value takes the field out; a mapping that is left without any is an empty one."""
    assert with_field(text, ("e", "p", "s"), {}, "app.yaml") == expected


def test_what_is_written_in_a_way_that_cannot_be_changed() -> None:
    """A mapping with quoted braces in a comment's place is left to a person."""
    text = "e:\n  p: {a: 1,\n    ? s\n    : {other: [b]}}\n"
    with_field(text, ("e", "p", "s"), {**VALUE}, "app.yaml")
    with pytest.raises(InputError, match="by hand"):
        with_field("e:\n  p:\n    ? a\n    : 1\n", ("e", "p", "s"), {**VALUE}, "app.yaml")


@pytest.mark.parametrize(
    ("environments", "said"),
    [
        (
            "prod: {secret_stores: {other: [parameter_store]}}",
            (
                'secrets: environments.prod.secret_stores has "other", expected a name that stands '
                "here under shared or app"
            ),
        ),
        (
            "prod: {rotate: [stripe-key], secret_stores: {stripe-key: [parameter_store]}}",
            (
                "secrets: environments.prod.secret_stores.stripe-key: expected secrets_manager "
                "alone, because stripe-key rotates"
            ),
        ),
        (
            "dev: {secret_stores: {stripe-key: [secrets_manager]}}",
            (
                "secrets: environments.dev.secret_stores.stripe-key: an app's own secrets are in "
                "Parameter Store there; only prod can choose"
            ),
        ),
        (
            "dev: {secret_stores: {openai-key: [secrets_manager, parameter_store]}}",
            (
                "secrets: environments.dev.secret_stores.openai-key: given two stores, expected "
                "one: what is shared is moved in fleet.yaml"
            ),
        ),
    ],
)
def test_stores_that_can_not_be(environments: str, said: str) -> None:
    """What app.yaml says of stores is checked, each defect with its place."""
    text = TEXT.replace("  dev: {}\n  prod: {}  # its own account\n", f"  {environments}\n")
    with pytest.raises(InputError) as error:
        parse_manifest(text, "app.yaml")
    assert [f"{each.key}: {each.message}" for each in error.value.problems] == [said]


def test_a_parameter_of_the_same_name() -> None:
    """In prod a moved secret and a parameter of one name would be one parameter."""
    text = TEXT.replace("prod: {}", "prod: {secret_stores: {openai-key: [parameter_store]}}")
    with pytest.raises(InputError) as error:
        parse_manifest(text.replace("[greeting]", "[openai-key]"), "app.yaml")
    assert [f"{each.key}: {each.message}" for each in error.value.problems] == [
        'parameters.0: given "openai-key", which environments.prod.secret_stores has too'
    ]


def test_stores_of_a_name_that_is_not_shared() -> None:
    """fleet.yaml says stores only of names that it shares."""
    text = FLEET + "  stores: {lost: [parameter_store]}\n"
    with pytest.raises(InputError) as error:
        parse_shared_infra(text, "fleet.yaml")
    assert [f"{each.key}: {each.message}" for each in error.value.problems] == [
        'secrets.stores: has "lost", expected a name that stands under shared'
    ]


def test_what_is_moved_is_counted_where_it_is(catalog: Catalog) -> None:
    """The parameter of a moved secret is the app's, and read through KMS; 561 times a month."""
    text = TEXT.replace("prod: {}", "prod: {secret_stores: {stripe-key: [parameter_store]}}")
    used = {
        each.item: each.quantity
        for each in workload_of(parse_manifest(text, "app.yaml"), "prod", catalog).usage
    }
    assert used["secrets_manager/secret"] == 1
    assert used["secrets_manager/api_calls"] == 561
    assert used["parameter_store/standard_parameter"] == 2
    assert used["kms/symmetric_requests"] == 561
