"""`tenner new`: what is made, what is refused, and that nothing half-made is ever left."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tenner import generate, hooks
from tenner.cli import main
from tenner.errors import TennerError
from tenner.load import registry_at
from tenner.registry_folder import FolderRegistry
from tests.fixtures_generated import plain_copy
from tests.registrations import NOW, make_repo, manifest_text, registration

if TYPE_CHECKING:
    from tests.dynamodb_server import DynamoDBServer
    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]

LEFT_BY_A_PERSON = {"home"}


def left(person: Person) -> set[str]:
    """Give what is in a person's folder that was not there before."""
    return {path.name for path in person.place.iterdir()} - LEFT_BY_A_PERSON


def assert_refused(
    person: Person, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    """Assert that a command says one sentence, gives exit code 2, and leaves nothing."""
    before = left(person)
    code = main(arguments)
    said = capsys.readouterr()
    assert (code, said.out, said.err) == (2, "", f"{sentence}\n")
    assert left(person) == before


# --- What is made ------------------------------------------------------------------------


def test_new_makes_a_registered_repo(here: Person, capsys: pytest.CaptureFixture[str]) -> None:
    """One command: a repo with a first commit, its cost, its record, and the next step."""
    assert main(["new", "todo", "--defaults", "-d", "description=Things to do"]) == 0
    said = capsys.readouterr()
    folder = here.place / "todo"
    assert said.err == ""
    assert said.out.index("todo adds to the bill") < said.out.index("registered in")
    assert said.out.endswith(
        "  registered in aws-shared-infra/apps/todo.yaml\n"
        "\n  todo is ready. Next: cd todo && make test\n"
    )
    assert left(here) == {"todo", "aws-shared-infra"}
    assert here.git(folder, "log", "--format=%s") == "Generate the app with Tenner\n"
    assert here.git(folder, "status", "--porcelain") == ""
    (record,) = FolderRegistry(here.apps).contents().records
    assert record.manifest.description == "Things to do"
    assert record.where.path == "../../todo"
    assert record.where.root_commit == here.git(folder, "rev-parse", "HEAD").strip()


def test_new_without_a_folder_goes_beside(here: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder the app's name is the folder's, beside this one."""
    (here.place / "tenner").mkdir()
    monkeypatch.chdir(here.place / "tenner")
    assert main(["new", "--defaults", "-d", "app_name=todo"]) == 0
    assert (here.place / "todo" / "app.yaml").exists()
    assert (here.apps / "todo.yaml").exists()


def test_new_into_a_folder_of_another_name(here: Person) -> None:
    """A folder may have any name when the app's name is given."""
    assert main(["new", "deep/er/My App", "--defaults", "-d", "app_name=todo"]) == 0
    assert (here.place / "deep" / "er" / "My App" / "app.yaml").exists()
    (record,) = FolderRegistry(here.place / "deep/er/aws-shared-infra/apps").contents().records
    assert record.where.path == "../../My App"


@pytest.mark.parametrize("through", ["folder", "link"])
def test_new_into_an_empty_folder(here: Person, through: str) -> None:
    """An empty folder is as good as none, also behind a link."""
    (here.place / "real").mkdir()
    if through == "link":
        (here.place / "link").symlink_to("real")
    name = "real" if through == "folder" else "link"
    assert main(["new", name, "--defaults", "-d", "app_name=todo"]) == 0
    assert (here.place / "real" / "app.yaml").exists()
    assert (here.place / name / "app.yaml").exists()


def test_new_with_skip_tasks_only_generates(
    here: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    """No git, no cost, no record."""
    assert main(["new", "todo", "--defaults", "--skip-tasks"]) == 0
    said = capsys.readouterr()
    assert said.out == "\n  todo is ready. Next: cd todo && make test\n"
    assert left(here) == {"todo"}
    assert not (here.place / "todo" / ".git").exists()


def test_new_takes_lists_as_people_write_them(here: Person) -> None:
    """Ticked choices are given with or without brackets."""
    assert main(["new", "one", "--defaults", "--skip-tasks", "-d", "features=http_api,job"]) == 0
    arguments = ["-d", "features=[http_api, 'job']", "-d", "environments=[dev]"]
    assert main(["new", "two", "--defaults", "--skip-tasks", *arguments]) == 0
    for name in ("one", "two"):
        answers = yaml.safe_load((here.place / name / ".copier-answers.yml").read_text())
        assert answers["features"] == ["http_api", "job"]
        assert answers["environments"] == ["dev"]


def test_new_takes_another_app_s_answers(here: Person) -> None:
    """An answers file is a data file: numbers, lists and text, and what Copier adds to it."""
    assert main(["new", "one", "--defaults", "--skip-tasks", "-d", "duration_ms=250"]) == 0
    (here.place / "more.yml").write_text(
        (here.place / "one" / ".copier-answers.yml")
        .read_text(encoding="utf-8")
        .replace("app_name: one", "app_name: two")
        .replace("memory_mb: '256'", "memory_mb: 512"),
        encoding="utf-8",
    )
    assert main(["new", "two", "--defaults", "--skip-tasks", "--data-file", "more.yml"]) == 0
    answers = yaml.safe_load((here.place / "two" / ".copier-answers.yml").read_text())
    assert (answers["app_name"], answers["duration_ms"], answers["memory_mb"]) == (
        "two",
        "250",
        "512",
    )


def test_new_keeps_an_absolute_template(
    here: Person, git_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later updates start from the app's folder, where a relative template is not found."""
    monkeypatch.chdir(git_template)
    place = here.place / "todo"
    assert main(["new", str(place), "--defaults", "--skip-tasks", "--template", "."]) == 0
    answers = yaml.safe_load((place / ".copier-answers.yml").read_text())
    assert (answers["_src_path"], answers["_commit"]) == (str(git_template), "v0.2.0")


def test_new_makes_another_version(here: Person, git_template: Path) -> None:
    """`--vcs-ref` is a tag or a commit of the template."""
    arguments = ["--defaults", "--skip-tasks", "--template", str(git_template)]
    assert main(["new", "todo", *arguments, "--vcs-ref", "v0.1.0"]) == 0
    answers = yaml.safe_load((here.place / "todo" / ".copier-answers.yml").read_text())
    assert answers["_commit"] == "v0.1.0"


def test_new_keeps_the_app_where_the_registry_can_not_be_used(
    here: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failing registration does not eat a repo: its cost and the line for later are said."""
    (here.place / "aws-shared-infra").write_text("a file", encoding="utf-8")
    assert main(["new", "todo", "--defaults"]) == 0
    said = capsys.readouterr()
    assert said.err == (
        f"The registry aws-shared-infra/apps can't be used: Not a directory ({here.apps})\n"
        f"The app is kept, but not registered. Later: tenner register {here.place}/todo\n"
    )
    assert "todo adds to the bill" in said.out
    assert here.git(here.place / "todo", "status", "--porcelain") == ""


@pytest.mark.parametrize("how", ["--registry", "-d"])
def test_new_registers_in_a_table(
    here: Person, dynamodb: DynamoDBServer, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """The URL goes into app.yaml as it is, and the record into the table; no folder is made."""
    given = "dynamodb://fleet" if how == "--registry" else "registry=dynamodb://fleet"
    assert main(["new", "todo", "--defaults", how, given]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "\n  registered in dynamodb://fleet\n" in said.out
    assert left(here) == {"todo"}
    assert 'registry: "dynamodb://fleet"' in (here.place / "todo" / "app.yaml").read_text()
    (record,) = registry_at("dynamodb://fleet").contents().records
    assert record.where.path == str(here.place / "todo")
    assert main(["new", "other", "--defaults", "-d", "app_name=todo", how, given]) == 2
    assert capsys.readouterr().err.startswith(
        f'The name "todo" is taken: dynamodb://fleet has it for {here.place}/todo. '
    )
    assert left(here) == {"todo"}


@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        (
            "AWS_ENDPOINT_URL=http://127.0.0.1:9",
            'AWS can\'t be reached: Could not connect to the endpoint URL: "http://127.0.0.1:9/"',
        ),
        ("AWS_PROFILE=gone", "The config profile (gone) could not be found"),
        ("", 'boto3 is missing: pip install "tenner[aws]"'),
    ],
    ids=["network", "credentials", "boto3"],
)
def test_new_keeps_the_app_where_aws_can_not_be_asked(
    here: Person,
    dynamodb: DynamoDBServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    reason: str,
) -> None:
    """The repo is whole, its cost is said, and the command for later does the rest."""
    with monkeypatch.context() as spoilt:
        if variable:
            spoilt.setenv(*variable.split("="))
        else:
            spoilt.setitem(sys.modules, "boto3", None)
        assert main(["new", "todo", "--defaults", "--registry", "dynamodb://fleet"]) == 0
    said = capsys.readouterr()
    later = f"tenner register {here.place}/todo"
    assert said.err == (
        f"The registry dynamodb://fleet can't be used: {reason}\n"
        f"The app is kept, but not registered. Later: {later}\n"
    )
    assert "todo adds to the bill" in said.out
    assert here.git(here.place / "todo", "status", "--porcelain") == ""
    assert main(later.split()[1:]) == 0
    assert capsys.readouterr().out == "todo: created in dynamodb://fleet\n"


# --- What is refused ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["new", "--defaults"],
            "Expected a folder, or `-d app_name=…`: neither says what the app is called.",
        ),
        (
            ["new"],
            "Expected a folder, or `-d app_name=…`: neither says what the app is called.",
        ),
        (
            ["new", "--defaults", "-d", "app_name=../../etc"],
            (
                'app_name: given "../../etc", expected small letters and digits, in words joined '
                'by single hyphens, beginning with a letter, such as "todo" or "link-hub"'
            ),
        ),
        (["new", ".", "--defaults"], ". is this folder. Expected a new one, such as ../todo."),
        (["new", "home", "--defaults"], "home exists and is not empty. Expected a new folder."),
        (
            ["new", "home/.gitconfig", "--defaults"],
            "home/.gitconfig exists and is not empty. Expected a new folder.",
        ),
        (
            ["new", "todo", "--defaults", "-d", "app_nam=todo"],
            '--data: given "app_nam", which is no question; did you mean "app_name"?',
        ),
        (
            ["new", "todo", "--defaults", "-d", "has_functions=false"],
            (
                "has_functions can't be given, because it follows from features. "
                "Expected: features instead."
            ),
        ),
        (
            ["new", "todo", "--defaults", "-d", "app_name=To Do"],
            (
                'app_name is "To Do". Expected: small letters and digits, in words joined by '
                'single hyphens, beginning with a letter, such as "todo" or "link-hub".'
            ),
        ),
        (
            ["new", "ab", "--defaults"],
            'app_name is "ab", 2 characters. Expected: 3 to 30 characters.',
        ),
        (
            ["new", "deep/er/todo", "--defaults", "-d", "owner=#"],
            (
                'owner is "#". Expected: 1 to 100 letters, digits, spaces and . : / = + @ _ - with '
                "no space at either end, because AWS allows no more in a tag."
            ),
        ),
        (
            ["new", "todo", "--defaults", "-d", "region=mars-1"],
            "Invalid choice for 'region': 'mars-1' is not in ['us-east-1']",
        ),
        (
            ["new", "todo", "--defaults", "-d", "environments="],
            "Given: no environment. Expected: at least one of dev, staging, prod.",
        ),
        (
            ["new", "todo", "--defaults", "-d", "requests_per_month=1e3"],
            (
                'requests_per_month is "1e3". Expected: a whole number of requests in digits, from '
                "0 to 1000000000000."
            ),
        ),
        (
            ["new", "todo", "--defaults", "-d", "registry=~/apps"],
            (
                'registry is "~/apps". Expected: a path without ~, which only a shell replaces, '
                "such as ../aws-shared-infra/apps."
            ),
        ),
    ],
)
def test_new_refuses_in_one_sentence(
    here: Person,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    sentence: str,
) -> None:
    """What was given, what was expected; exit code 2; nothing is left behind, no parent folder."""
    with Path(os.devnull).open(encoding="utf-8") as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        assert_refused(here, capsys, arguments, sentence)


def test_new_with_nobody_to_ask_says_so(person: Person, plain_template: Path) -> None:
    """Without a terminal every answer has to be given."""
    done = person.tenner("new", "todo", "--template", str(plain_template))
    sentence = "There is nobody to ask. Expected --defaults, or every answer with --data."
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, sentence)
    assert left(person) == set()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("description: true", "description: given true, expected text; put it in quotes"),
        ("description: ", "description: given nothing, expected text; put it in quotes"),
        ("owner: [a]", "owner: given a list, expected text; put it in quotes"),
        ("features: {a: b}", "features: given a mapping, expected a list, such as [one, two]"),
        ("features: [[a]]", "features: given a list, expected a list, such as [one, two]"),
        ("colour: red", '--data: given "colour", which is no question; expected one of kind, '),
    ],
)
def test_new_refuses_a_data_file_s_wrong_kinds(
    here: Person, capsys: pytest.CaptureFixture[str], line: str, sentence: str
) -> None:
    """YAML has more kinds of values than answers have: said, not turned into text."""
    (here.place / "answers.yml").write_text(f"{line}\n", encoding="utf-8")
    before = left(here)
    assert main(["new", "todo", "--defaults", "--data-file", "answers.yml"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(sentence)
    assert said.err.count("\n") == 1
    assert left(here) == before


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (
            ["--template", "{place}/nowhere"],
            3,
            (
                "The app could not be generated from {place}/nowhere: "
                "Local template must be a directory."
            ),
        ),
        (
            ["--template", "git+file://{place}/nowhere"],
            3,
            (
                "The app could not be generated from git+file://{place}/nowhere: "
                "fatal: '{place}/nowhere' does not appear to be a git repository"
            ),
        ),
        (
            ["--template", "{template}", "--vcs-ref", "v9"],
            2,
            '--vcs-ref: given "v9", expected a tag or commit of {template}',
        ),
        (
            ["--template", "{template}", "--vcs-ref=--upload-pack=x"],
            2,
            '--vcs-ref: given "--upload-pack=x", expected a tag or commit of {template}',
        ),
    ],
    ids=["no-folder", "no-repo", "no-version", "an-option"],
)
def test_new_says_that_a_template_can_not_be_had(
    person: Person, git_template: Path, arguments: list[str], code: int, sentence: str
) -> None:
    """Another place or version than there is: one sentence, nothing left."""
    names = {"place": person.place, "template": git_template}
    done = person.tenner("new", "todo", "--defaults", *(a.format(**names) for a in arguments))
    assert done.stderr == f"{sentence.format(**names)}\n"
    assert (done.returncode, done.stdout) == (code, "")
    assert left(person) == set()


def test_new_refuses_a_taken_name_before_anything_is_made(
    here: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template is not even looked at."""
    FolderRegistry(here.apps).register(registration(make_repo(here.place / "other")), NOW)
    monkeypatch.setenv("TENNER_TEMPLATE", "/nowhere")
    sentence = (
        f'The name "todo" is taken: aws-shared-infra/apps has it for {here.place}/other. Choose '
        "another name, or free it with: tenner unregister todo --registry aws-shared-infra/apps"
    )
    assert_refused(here, capsys, ["new", "todo", "--defaults"], sentence)
    assert_refused(here, capsys, ["new", "x", "--defaults", "-d", "app_name=todo"], sentence)


def test_new_again_at_the_same_place_is_the_same_app(here: Person) -> None:
    """Who deletes a repo and makes it anew keeps the name."""
    assert main(["new", "todo", "--defaults"]) == 0
    (here.place / "todo").rename(here.place / "old")
    assert main(["new", "todo", "--defaults", "-d", "owner=you"]) == 0
    (record,) = FolderRegistry(here.apps).contents().records
    assert (record.revision, record.manifest.owner) == (2, "you")


def test_a_place_that_fills_meanwhile_is_left_alone(
    here: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else makes the folder while the app is generated: theirs stays, ours goes."""
    after_copy = hooks.after_copy

    def fill_first(draft: Path, home: Path, **more: Any) -> int:
        make_repo(home, "theirs")
        return after_copy(draft, home, **more)

    monkeypatch.setattr(hooks, "after_copy", fill_first)
    assert main(["new", "todo", "--defaults"]) == 2
    said = capsys.readouterr().err
    assert said == f"{here.place}/todo exists and is not empty. Expected a new folder.\n"
    assert left(here) == {"todo"}
    assert (here.place / "todo" / "app.yaml").read_text() == "theirs"


def test_a_name_that_is_taken_meanwhile_leaves_nothing(
    here: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else registers the name between the first look and the last step."""
    other = registration(make_repo(here.place / "other"))
    move = hooks.move

    def register_first(draft: Path, home: Path) -> None:
        move(draft, home)
        FolderRegistry(here.apps).register(other, NOW)

    monkeypatch.setattr(hooks, "move", register_first)
    assert main(["new", "todo", "--defaults"]) == 2
    assert 'The name "todo" is taken: ' in capsys.readouterr().err
    assert left(here) == {"other", "aws-shared-infra"}


# --- Where the template is ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "source"),
    [
        (
            {"url": "https://example.com/tenner.git", "vcs_info": {"vcs": "git"}},
            "git+https://example.com/tenner.git",
        ),
        ({"url": "file:///srv/two%20words", "dir_info": {}}, "/srv/two words"),
    ],
    ids=["git", "folder"],
)
def test_an_installed_tenner_knows_where_it_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: dict[str, object], source: str
) -> None:
    """`uvx --from <repo> tenner new` takes the template from the same repo."""
    install(tmp_path, monkeypatch, json.dumps(record))
    assert generate.template_source() == source
    monkeypatch.setenv("TENNER_TEMPLATE", "gh:me/tenner")
    assert generate.template_source() == "gh:me/tenner"


@pytest.mark.parametrize("record", [None, '{"url": "https://example.com/tenner.zip"}'])
def test_a_tenner_of_unknown_origin_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str | None
) -> None:
    """From a package index or an archive there is no template: the sentence says what to give."""
    install(tmp_path, monkeypatch, record)
    with pytest.raises(TennerError) as caught:
        generate.template_source()
    assert str(caught.value) == (
        "This tenner does not know its template. Give its git URL or folder with --template, or "
        "set TENNER_TEMPLATE."
    )


def test_a_checkout_is_its_own_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run from a clone of the project, the clone is the template."""
    monkeypatch.delenv("TENNER_TEMPLATE", raising=False)
    assert generate.template_source() == str(Path(__file__).parents[1])


def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str | None) -> None:
    """Let Tenner be installed with that direct_url.json."""
    folder = tmp_path / "site" / "tenner-0.1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: tenner\nVersion: 0.1.0\n")
    if record is not None:
        (folder / "direct_url.json").write_text(record)
    monkeypatch.delenv("TENNER_TEMPLATE", raising=False)
    monkeypatch.setattr(generate, "__file__", str(tmp_path / "site" / "tenner" / "generate.py"))
    monkeypatch.setattr(metadata, "distribution", lambda _name: metadata.PathDistribution(folder))


# --- Processes that meet, are interrupted or killed --------------------------------------


def start(person: Person, *arguments: str) -> subprocess.Popen[str]:
    """Start `tenner new` as a process group of its own."""
    return subprocess.Popen(
        person.tenner_command("new", *arguments, "--defaults"),
        cwd=person.place,
        env=person.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("places", [("todo", "todo"), ("one", "two")])
def test_two_at_once_make_one_app(here: Person, places: tuple[str, str]) -> None:
    """Two that want one folder, or one name: one gets it, the other says so and leaves nothing."""
    started = [start(here, place, "-d", "app_name=todo") for place in places]
    said = [process.communicate(timeout=60)[1] for process in started]
    assert sorted(process.returncode for process in started) == [0, 2], said
    winner = next(n for n, process in enumerate(started) if process.returncode == 0)
    refusal = "exists and is not empty" if places[0] == places[1] else 'The name "todo" is taken: '
    assert said[winner] == ""
    assert refusal in said[1 - winner]
    assert left(here) == {places[winner], "aws-shared-infra"}
    (record,) = FolderRegistry(here.apps).contents().records
    assert record.where.path == f"../../{places[winner]}"
    assert here.git(here.place / places[winner], "status", "--porcelain") == ""


def hidden(person: Person) -> list[Path]:
    """List the hidden folders in which an app is being made."""
    return list(person.place.glob(".tenner-new-*"))


def stop(person: Person, signal_: signal.Signals, delay_s: float) -> tuple[int, str]:
    """Start `tenner new todo`, send its group a signal so long after it has begun to write."""
    process = start(person, "todo")
    while not hidden(person) and process.poll() is None:
        time.sleep(0.002)
    time.sleep(delay_s)
    if process.poll() is None:
        os.killpg(process.pid, signal_)
    words = process.communicate(timeout=60)[1]
    return process.returncode, words


@pytest.mark.parametrize(
    "moments", [10, pytest.param(50, marks=pytest.mark.slow)], ids=["ten", "fifty"]
)
def test_a_killed_new_leaves_no_half_made_repo(here: Person, moments: int) -> None:
    """After SIGKILL the folder is not there or whole; only hidden folders are left over."""
    endings = set()
    for number in range(moments):
        code, _ = stop(here, signal.SIGKILL, 0.9 * number / moments)
        folder = here.place / "todo"
        endings.add((code, folder.exists()))
        assert left(here) <= {"todo", "aws-shared-infra", *(path.name for path in hidden(here))}
        contents = FolderRegistry(here.apps).contents()
        assert list(contents.problems) == []
        if folder.exists():
            assert here.git(folder, "status", "--porcelain") == ""
            assert here.git(folder, "log", "--format=%s") == "Generate the app with Tenner\n"
            folder.rename(here.place / "home" / f"made-{number}")
        else:
            assert contents.records == [] or contents.records[0].where.path == "../../todo"
    assert (-signal.SIGKILL, False) in endings
    done = here.tenner("new", "todo", "--defaults")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "moments", [4, pytest.param(30, marks=pytest.mark.slow)], ids=["four", "thirty"]
)
def test_an_interrupted_new_leaves_nothing(here: Person, moments: int) -> None:
    """After Ctrl-C nothing is left, and one line says so; or all was done."""
    endings = []
    for number in range(moments):
        code, words = stop(here, signal.SIGINT, 0.6 * number / moments)
        folder = here.place / "todo"
        endings.append(code)
        # Python says itself that a destructor has dropped the signal; Tenner has noted it.
        words = re.sub(r"(?s)\AException ignored in.*KeyboardInterrupt: \n", "", words)
        assert hidden(here) == []
        if folder.exists():
            # All was done: the signal came after the folder was moved to its place.
            assert words == ""
            assert here.git(folder, "status", "--porcelain") == ""
            assert (here.apps / "todo.yaml").exists()
            folder.rename(here.place / "home" / f"made-{number}")
        else:
            assert words == "Interrupted; nothing was made.\n"
            assert code == 2
    assert 2 in endings


def test_what_a_killed_process_left_is_swept_after_a_day(here: Person) -> None:
    """A leftover of yesterday goes with the next `tenner new`; one of today may be at work."""
    for name, age_s in ((".tenner-new-old", 90_000), (".tenner-new-now", 60)):
        folder = here.place / name
        make_repo(folder / "todo", manifest_text())
        then = time.time() - age_s
        os.utime(folder, (then, then))
    assert main(["new", "todo", "--defaults", "--skip-tasks"]) == 0
    assert left(here) == {"todo", ".tenner-new-now"}


def test_a_template_without_git_will_do(here: Person) -> None:
    """A plain folder generates too, and has no version."""
    template = plain_copy(here.place / "home" / "plain")
    assert main(["new", "todo", "--defaults", "--template", str(template)]) == 0
    (record,) = FolderRegistry(here.apps).contents().records
    assert (record.template.source, record.template.version) == (str(template), "")
