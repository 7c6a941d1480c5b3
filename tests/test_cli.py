"""The command line: what a person types, what they are told, and the exit code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings

from tenner import __version__
from tenner.cli import cli, main
from tenner.load import default_catalog_folder
from tenner.system_cost import system_names
from tests.mutations import MANIFEST, mutated

if TYPE_CHECKING:
    from collections.abc import Callable

    from _pytest.capture import CaptureFixture

COMMANDS = sorted(cli.commands)
PYTHON = "import sys; from tenner.cli import main; sys.exit(main())"
SOURCE = Path(__file__).parents[1] / "src"


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifest_text: str) -> Path:
    """The folder with an app's repo, `todo`, in which commands are typed."""
    (tmp_path / "todo").mkdir()
    (tmp_path / "todo" / "app.yaml").write_text(manifest_text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TENNER_REGISTRY", raising=False)
    return tmp_path


@pytest.fixture
def tenner(home: Path, capsys: CaptureFixture[str]) -> Callable[..., Said]:
    """The command, as typed in `home`."""

    def run(*arguments: str) -> Said:
        code = main(arguments)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return run


def app(home: Path, name: str, text: str = MANIFEST, folder: str = "") -> Path:
    """Make the repo of another app."""
    place = home / (folder or name)
    place.mkdir()
    (place / "app.yaml").write_text(text.replace("app: todo", f"app: {name}"), encoding="utf-8")
    return place


# --- Help and usage ------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_shows_an_example(
    tenner: Callable[..., Said], command: str, option: str
) -> None:
    """The help of every command has an example that begins with the command."""
    said = tenner(command, option)
    assert said.code == 0
    assert re.search(rf"Examples?: tenner {command}\b", said.out)
    assert max(len(line) for line in said.out.splitlines()) <= 80


def test_help_lists_every_command(tenner: Callable[..., Said]) -> None:
    """The help of all names each command."""
    said = tenner("--help")
    assert said.code == 0
    assert "Example: tenner new ../todo" in said.out
    assert all(f"  {command}  " in said.out for command in COMMANDS)


def test_version(tenner: Callable[..., Said]) -> None:
    """The version is that of the package."""
    assert tenner("--version") == (0, f"tenner {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("frobnicate",), "Error: No such command 'frobnicate'."),
        (("cost", "--nope"), "Error: No such option '--nope'."),
        (("unregister",), "Error: Missing argument 'APP'."),
        (("cost", "--usage"), "Error: Option '--usage' requires an argument."),
        (
            ("cost", "--format", "xml"),
            (
                "Error: Invalid value for '--format': 'xml' is not one of 'text', 'markdown', "
                "'json', 'csv', 'html'."
            ),
        ),
        (
            ("cost", "--account-plan", "x"),
            (
                "Error: Invalid value for '--account-plan': 'x' is not one of 'always-free', "
                "'legacy-12-months', 'list'."
            ),
        ),
    ],
)
def test_wrong_usage(
    tenner: Callable[..., Said], arguments: tuple[str, ...], sentence: str
) -> None:
    """A wrong option or command is told in one sentence, with exit code 2."""
    said = tenner(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[-1] == sentence


def test_no_command_is_help(tenner: Callable[..., Said]) -> None:
    """Who types nothing is shown what there is."""
    said = tenner()
    assert said.code == 2
    assert "Commands:" in said.err


# --- cost ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["todo", "todo/app.yaml", "./todo/../todo"])
def test_cost_of_an_app(tenner: Callable[..., Said], path: str) -> None:
    """A folder or a manifest is told what it adds, its share, and what it costs alone."""
    said = tenner("cost", path)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("todo · dev, prod · us-east-1")
    assert "todo adds to the bill" in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80


def test_cost_of_this_folder(
    tenner: Callable[..., Said], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a path it is the folder one is in."""
    of_path = tenner("cost", "todo")
    monkeypatch.chdir(home / "todo")
    assert tenner("cost") == of_path
    assert tenner("cost", ".") == of_path


def test_cost_of_two_apps(tenner: Callable[..., Said], home: Path) -> None:
    """Two apps are counted together, each with its own figures."""
    app(home, "wiki")
    report = json.loads(tenner("cost", "todo", "wiki", "--format", "json").out)
    assert report["subject"] == "todo, wiki"
    assert [(part["app"], part["environment"]) for part in report["apps"]] == [
        ("todo", "dev"),
        ("todo", "prod"),
        ("wiki", "dev"),
        ("wiki", "prod"),
    ]
    shares = sum(Decimal(part["share"]) for part in report["apps"])
    assert shares == Decimal(report["totals"]["share"])


def test_the_same_app_twice_is_counted_once(tenner: Callable[..., Said]) -> None:
    """An app that is named by its folder and its file is one app."""
    assert tenner("cost", "todo", "todo/app.yaml", "./todo") == tenner("cost", "todo")


def test_two_apps_of_one_name(tenner: Callable[..., Said], home: Path) -> None:
    """Two repos with one name are no two apps: one sentence, no figure."""
    app(home, "todo", folder="copy")
    assert tenner("cost", "todo", "copy") == (
        2,
        "",
        'copy/app.yaml: app: given "todo", which todo/app.yaml has too; expected each app once\n',
    )


def test_json_has_the_documented_keys(tenner: Callable[..., Said]) -> None:
    """Machines find the keys that the documentation lists, and money as exact decimals."""
    report = json.loads(tenner("cost", "todo", "--environment", "dev", "--format", "json").out)
    assert set(report) == {
        *("subject", "region", "account_plan", "prices_checked", "lines", "totals")
    }
    assert report["subject"] == "todo"
    assert report["region"] == "us-east-1"
    assert report["account_plan"] == "always-free"
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", report["prices_checked"])
    assert set(report["totals"]) == {"list", "marginal", "share", "alone"}
    documented = set(
        "resource service item quantity unit derivation list pays shared price".split()
    )
    assert report["lines"]
    for line in report["lines"]:
        assert set(line) - {"app", "environment", "pool"} == documented
        assert set(line["price"]) == {"usd", "per", "source", "checked"}
        for amount in (line["quantity"], line["list"], line["pays"], line["price"]["usd"]):
            assert re.fullmatch(r"(0|[1-9]\d*)(\.\d*[1-9])?", amount)
    listed = sum(Decimal(line["list"]) for line in report["lines"])
    assert listed == Decimal(report["totals"]["list"])
    assert sum(Decimal(line["pays"]) for line in report["lines"]) == Decimal(
        report["totals"]["marginal"]
    )


def test_json_of_the_fleet(tenner: Callable[..., Said], home: Path) -> None:
    """The fleet has a total, and each app's figures; shares add up to it exactly."""
    for name in ("wiki", "link-hub"):
        assert tenner("register", str(app(home, name))).code == 0
    said = tenner("cost", "--fleet", "--format", "json", "--registry", "aws-shared-infra/apps")
    report = json.loads(said.out)
    assert report["subject"] == "fleet of 2 apps"
    assert set(report["totals"]) == {"total", "list", "alone"}
    assert [part["app"] for part in report["apps"]] == ["link-hub"] * 2 + ["wiki"] * 2
    assert all(
        set(part) == {"app", "environment", "marginal", "share", "alone"} for part in report["apps"]
    )
    shares = sum(Decimal(part["share"]) for part in report["apps"])
    assert shares == Decimal(report["totals"]["total"])


def test_markdown(tenner: Callable[..., Said]) -> None:
    """Markdown has a table with the derivation and the source of each figure."""
    said = tenner("cost", "todo", "--format", "markdown")
    assert said.code == 0
    assert "|---" in said.out or "| ---" in said.out
    assert "https://aws.amazon.com/lambda/pricing/" in said.out


def test_the_fleet_with_the_app_at_hand(
    tenner: Callable[..., Said], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app's repo is counted as it is now, in place of its record."""
    tenner("register", "todo")
    monkeypatch.chdir(home / "todo")
    assert "fleet of 1 app ·" in tenner("cost", "--fleet").out
    more = tenner("cost", "--fleet", "--usage", "requests=100000000")
    assert more.code == 0
    assert more.out != tenner("cost", "--fleet").out


def test_an_empty_fleet(tenner: Callable[..., Said]) -> None:
    """Where nothing is registered, the next step is said."""
    assert tenner("cost", "--fleet") == (
        2,
        "",
        "No app is registered in ../aws-shared-infra/apps. Make one: tenner new ../todo\n",
    )


def test_usage(tenner: Callable[..., Said]) -> None:
    """What if: with other use the same app has other figures."""
    plain = json.loads(tenner("cost", "todo", "--format", "json").out)
    more = json.loads(
        tenner("cost", "todo", "--usage", "api.requests=1000000000", "--format", "json").out
    )
    assert Decimal(more["totals"]["marginal"]) > Decimal(plain["totals"]["marginal"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("nowhere",),
            "nowhere: expected a folder with app.yaml, a manifest's file, or one of "
            + ", ".join(system_names()),
        ),
        (
            ("todo/app.yaml/x",),
            ("todo/app.yaml/x: expected a folder with app.yaml, or a manifest's file"),
        ),
        ((), ".: expected a folder with app.yaml, or a manifest's file"),
        (
            ("todo", "--environment", "staging"),
            '--environment: given "staging", expected one of dev, prod',
        ),
        (
            ("todo", "--environment", "x\ny"),
            '--environment: given "x\\ny", expected one of dev, prod',
        ),
        (
            ("--fleet", "--environment", "dev"),
            "--environment: expected without --fleet, which counts all environments",
        ),
        (
            ("--fleet", "--usage", "requests=1"),
            "--usage: expected the folder of an app beside --fleet, whose use it changes",
        ),
        (
            ("todo", "--usage", "requests"),
            (
                '--usage: given "requests", expected key=number in plain digits, '
                "at most 1000000000000000, such as requests=1000000"
            ),
        ),
        (
            ("todo", "--usage", "cache_hit_percent=101"),
            "--usage: ai.use.cache_hit_percent: given 101, expected at most 100",
        ),
        (("todo", "--catalog", "todo"), "todo: expected a catalog folder with services/*.yaml"),
        (
            ("todo", "--registry", "todo/app.yaml"),
            "--registry: given the file todo/app.yaml, expected a folder",
        ),
        (
            ("todo", "--registry", "gone"),
            '--registry: given "gone", which is not there; expected a folder',
        ),
        (
            ("--fleet", "--registry", "gone"),
            '--registry: given "gone", which is not there; expected a folder',
        ),
    ],
)
def test_wrong_input(
    tenner: Callable[..., Said], arguments: tuple[str, ...], sentence: str
) -> None:
    """Wrong input is one clear sentence with exit code 2, and no figure."""
    assert tenner("cost", *arguments) == (2, "", f"{sentence}\n")


@pytest.mark.parametrize("command", ["cost", "check", "register"])
def test_a_broken_manifest(tenner: Callable[..., Said], home: Path, command: str) -> None:
    """Every defect of the file is told, one a line, and nothing is done."""
    text = MANIFEST.replace("memory_mb: 256", "memory_mb: 64").replace("owner: me", "owner: ''")
    (home / "todo" / "app.yaml").write_text(text, encoding="utf-8")
    assert tenner(command, "todo") == (
        2,
        "",
        (
            'todo/app.yaml: line 4: owner: given "", expected 1 to 100 letters, digits, spaces and '
            ". : / = + @ _ - with no space at either end, because it is a tag\n"
            "todo/app.yaml: line 15: functions.api.memory_mb: given 64, expected at least 128\n"
        ),
    )
    assert not (home / "aws-shared-infra").exists()


@pytest.mark.parametrize("command", ["cost", "check"])
@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "region: us-east-1",
            "region: eu-west-1",
            (
                'todo/app.yaml: region: given "eu-west-1", where lambda/requests has no price; '
                "expected "
                "one of us-east-1\n"
            ),
        ),
        (
            "model: amazon.nova-micro-v1:0",
            "model: gpt-7",
            'todo/app.yaml: ai.model: given "gpt-7", expected one of the ',
        ),
    ],
)
def test_what_the_price_book_lacks(
    tenner: Callable[..., Said], home: Path, command: str, old: str, new: str, sentence: str
) -> None:
    """A region or model without a price is told with the manifest's name, and those there are."""
    (home / "todo" / "app.yaml").write_text(MANIFEST.replace(old, new), encoding="utf-8")
    said = tenner(command, "todo")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(sentence)


def test_one_record_without_a_price(tenner: Callable[..., Said], home: Path) -> None:
    """A registered app that can't be priced is told by its name; the others are counted."""
    elsewhere = MANIFEST.replace("region: us-east-1", "region: eu-west-1")
    assert tenner("register", str(app(home, "wiki", elsewhere))).code == 0
    said = tenner("cost", "todo")
    assert said.code == 1
    assert "(1 app, " in said.out
    assert said.err == (
        'aws-shared-infra/apps: wiki: region: given "eu-west-1", where lambda/requests has no '
        "price; expected one of us-east-1\n"
    )


def test_one_record_that_cannot_be_read(tenner: Callable[..., Said], home: Path) -> None:
    """A broken record needs a person, and the others are counted."""
    tenner("register", "todo")
    (home / "aws-shared-infra" / "apps" / "wiki.yaml").write_text("schema_version: 1\n")
    said = tenner("cost", "todo")
    assert said.code == 1
    assert "todo adds to the bill" in said.out
    assert "aws-shared-infra/apps/wiki.yaml: line 1: manifest: missing" in said.err


def test_a_manifest_that_cannot_be_read(tenner: Callable[..., Said], home: Path) -> None:
    """What the system refuses is trouble outside: exit code 3."""
    (home / "wiki" / "app.yaml").mkdir(parents=True)
    sentence = "wiki/app.yaml can't be read: Is a directory\n"
    assert tenner("cost", "wiki") == (3, "", sentence)
    assert tenner("check", "wiki") == (3, "", sentence)
    assert tenner("register", "wiki") == (3, "", sentence)


def test_a_broken_catalog(tenner: Callable[..., Said], home: Path) -> None:
    """A defect of another catalog is told with its file and line."""
    shutil.copytree(default_catalog_folder(), home / "book")
    (home / "book" / "services" / "lambda.yaml").write_text("service: 1\nitems: {}\n")
    assert tenner("cost", "todo", "--catalog", "book") == (
        2,
        "",
        (
            "book/services/lambda.yaml: line 1: service: given 1, expected text\n"
            "book/services/lambda.yaml: line 2: items: given an empty mapping, expected at least "
            "one\n"
        ),
    )


# --- check ---------------------------------------------------------------------------------


def test_check(tenner: Callable[..., Said]) -> None:
    """A good manifest is in order."""
    assert tenner("check", "todo") == (0, "todo: todo is in order\n", "")


def test_check_several(tenner: Callable[..., Said], home: Path) -> None:
    """Each path is checked, whatever is wrong with the others."""
    app(home, "wiki", "app: Wiki\n")
    said = tenner("check", "nowhere", "wiki", "todo")
    assert said.code == 2
    assert said.out == "todo: todo is in order\n"
    assert said.err.splitlines()[0] == (
        "nowhere: expected a folder with app.yaml, or a manifest's file"
    )
    assert all(line.startswith("wiki/app.yaml: line 1: ") for line in said.err.splitlines()[1:])
    assert len(said.err.splitlines()) == 7


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(mutated(MANIFEST))
def test_any_manifest(tenner: Callable[..., Said], home: Path, text: str) -> None:
    """Whatever is in the file, it has a cost, or it has sentences that name it: no traceback."""
    (home / "todo" / "app.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
    checked, cost = tenner("check", "todo"), tenner("cost", "todo", "--format", "json")
    assert checked.code == cost.code in {0, 2}
    assert checked.err == cost.err
    assert all(line.startswith("todo/app.yaml: ") for line in cost.err.split("\n")[:-1])
    assert bool(cost.err) == (cost.code == 2)


# --- the registry --------------------------------------------------------------------------


def test_register_list_unregister(tenner: Callable[..., Said], home: Path) -> None:
    """An app is registered, listed, registered again, and taken out; its repo stays."""
    place = home / "aws-shared-infra" / "apps" / "todo.yaml"
    there = ("--registry", "aws-shared-infra/apps")
    first = tenner("register", "todo")
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("todo: created in ")
    assert place.exists()
    assert tenner("register", "todo").out.startswith("todo: unchanged in ")
    listed = tenner("apps", *there)
    assert listed.code == 0
    assert listed.out.split() == ["todo", "dev,prod", "../../todo"]
    assert tenner("unregister", "todo", *there) == (
        0,
        "todo: taken out of aws-shared-infra/apps; its repo stays at ../../todo\n",
        "",
    )
    assert not place.exists()
    assert (home / "todo" / "app.yaml").exists()


def test_apps_as_json(tenner: Callable[..., Said]) -> None:
    """Machines are told each app, where it is, and since when."""
    tenner("register", "todo", "--registry", "apps")
    content = json.loads(tenner("apps", "--format", "json", "--registry", "apps").out)
    assert content["registry"] == "apps"
    (row,) = content["apps"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*", row.pop("updated"))
    assert row == {
        "app": "todo",
        "environments": ["dev", "prod"],
        "owner": "me",
        "version": "",
        "path": "../todo",
    }


def test_an_empty_registry(tenner: Callable[..., Said]) -> None:
    """Where nothing is registered, the next step is said; for machines it is an empty list."""
    assert tenner("apps", "--registry", "apps") == (
        0,
        "No app is registered in apps. Make one: tenner new ../todo\n",
        "",
    )
    assert json.loads(tenner("apps", "--registry", "apps", "--format", "json").out) == {
        "registry": "apps",
        "apps": [],
    }


def test_which_registry(tenner: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    """TENNER_REGISTRY says where it is, and `--registry` beats it."""
    monkeypatch.setenv("TENNER_REGISTRY", "one")
    assert tenner("register", "todo").out.startswith("todo: created in ")
    assert Path("one/todo.yaml").exists()
    assert tenner("register", "todo", "--registry", "two").code == 0
    assert Path("two/todo.yaml").exists()
    assert "todo" in tenner("apps").out
    assert "No app is registered in three" in tenner("apps", "--registry", "three").out
    assert tenner("unregister", "todo").out.startswith("todo: taken out of one;")
    assert Path("two/todo.yaml").exists()


def test_a_registry_needs_no_manifest(
    tenner: Callable[..., Said], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `--registry`, a broken app.yaml here is nobody's business."""
    monkeypatch.chdir(home / "todo")
    Path("app.yaml").write_text("app: Todo\n")
    assert tenner("apps", "--registry", "apps").code == 0
    assert tenner("apps").code == 2


@pytest.mark.parametrize("name", ["wiki", "../todo", "", "todo.yaml", "*"])
def test_unregister_what_is_not_there(tenner: Callable[..., Said], name: str) -> None:
    """An app that is not registered is told with those that are."""
    tenner("register", "todo", "--registry", "apps")
    said = tenner("unregister", name, "--registry", "apps")
    assert (said.code, said.out) == (2, "")
    assert said.err == f'given "{name}", expected a registered app of apps: todo\n'
    assert Path("apps/todo.yaml").exists()


def test_a_name_that_is_taken(tenner: Callable[..., Said], home: Path) -> None:
    """Another repo with a registered name is refused, and the record stays."""
    tenner("register", "todo", "--registry", "apps")
    before = Path("apps/todo.yaml").read_bytes()
    said = tenner("register", str(app(home, "todo", folder="copy")), "--registry", "apps")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert Path("apps/todo.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("command", "folder"), [("register", "todo/app.yaml/x"), ("apps", "todo/app.yaml")]
)
def test_a_registry_that_is_no_folder(
    tenner: Callable[..., Said], command: str, folder: str
) -> None:
    """A registry on a path through a file is one sentence."""
    arguments = ("todo",) if command == "register" else ()
    said = tenner(command, *arguments, "--registry", folder)
    assert said.code in {2, 3}
    assert said.out == ""
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--data", "x"), '--data: given "x", expected KEY=VALUE, such as app_name=todo'),
        (("--data-file", "nowhere.yml"), "nowhere.yml: not found"),
        (("--data-file", "list.yml"), "list.yml: expected answers, each as `key: value`"),
    ],
)
def test_new_with_wrong_answers(
    tenner: Callable[..., Said], arguments: tuple[str, ...], sentence: str
) -> None:
    """Answers that can't be read are told before anything is made."""
    Path("list.yml").write_text("- 1\n")
    assert tenner("new", "made", *arguments) == (2, "", f"{sentence}\n")
    assert not Path("made").exists()


# --- What is printed to --------------------------------------------------------------------


def test_a_pipe_that_is_gone(home: Path) -> None:
    """`tenner cost | head` ends quietly."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", PYTHON, "cost", "todo"],
        check=False,
        stdout=write,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_disk_that_is_full(home: Path) -> None:
    """What can't be written is trouble outside, in one sentence."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", PYTHON, "cost", "todo"],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
    assert (done.returncode, done.stderr) == (3, b"Can't go on: No space left on device\n")


def test_a_terminal_that_lacks_letters(home: Path) -> None:
    """A terminal without `×` is shown what it can show."""
    done = subprocess.run(
        [sys.executable, "-c", PYTHON, "cost", "todo", "--format", "markdown"],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "cp1251"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"10,000 requests" in done.stdout
    assert b"\\xd7" in done.stdout


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8:strict", b"\\udcff: todo is in order\n"),
        ("utf-8:surrogateescape", b"\xff: todo is in order\n"),
    ],
)
def test_a_path_that_is_not_text(home: Path, encoding: str, expected: bytes) -> None:
    """A folder whose name is no UTF-8 is a folder, also for a Python that prints strictly."""
    try:
        shutil.copytree(home / "todo", home / os.fsdecode(b"\xff"))
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    done = subprocess.run(
        [sys.executable, "-c", PYTHON, "check", b"\xff"],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": encoding},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == expected
