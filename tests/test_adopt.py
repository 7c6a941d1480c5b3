"""A shared infrastructure made around records that are there before it: nothing is ever lost."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tenner import adopt, hooks
from tenner.adopt import exchange, is_only_registry, records_carried_over
from tenner.cli import main
from tenner.errors import OutsideError, TennerError
from tenner.registry_folder import FolderRegistry
from tests.registrations import LATER, NOW, make_repo, manifest_text, registration

if TYPE_CHECKING:
    from pathlib import Path

    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]

NEW = ("new", "aws-shared-infra", "--kind", "shared-infra", "--defaults")


def register(person: Person, *names: str) -> dict[str, bytes]:
    """Register apps as people do before there is any shared infrastructure; give the records."""
    for name in names:
        repo = make_repo(person.place / name, manifest_text(name))
        FolderRegistry(person.apps).register(registration(repo, manifest_text(name)), NOW)
    return records(person.apps)


def records(apps: Path) -> dict[str, bytes]:
    """Give the text of every record."""
    return {path.name: path.read_bytes() for path in apps.glob("*.yaml")}


def assert_whole(person: Person) -> None:
    """Assert that the repo is there with all that it has, committed."""
    folder = person.apps.parent
    assert (folder / "fleet.yaml").exists()
    assert (folder / "terraform/shared/api.tf").exists()
    assert person.git(folder, "status", "--porcelain") == ""
    log = person.git(folder, "log", "--format=%s")
    assert log == "Generate the shared infrastructure with Tenner\n"


# --- What is made ------------------------------------------------------------------------


def test_new_makes_the_shared_infrastructure(
    here: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing is: a repo with a first commit, its cost, and the next step."""
    assert main(list(NEW)) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith("fleet of 0 apps · us-east-1")
    assert said.out.endswith("\n  aws-shared-infra is ready. Next: cd aws-shared-infra && make\n")
    assert_whole(here)
    assert FolderRegistry(here.apps).contents().records == []


def test_without_a_folder_it_goes_to_the_registry_s_place(
    here: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside this folder, where apps register by default."""
    (here.place / "tenner").mkdir()
    monkeypatch.chdir(here.place / "tenner")
    assert main(["new", "--kind", "shared-infra", "--defaults", "--skip-tasks"]) == 0
    assert (here.place / "aws-shared-infra" / "fleet.yaml").exists()


@pytest.mark.parametrize("option", [["--kind", "shared-infra"], ["-d", "kind=shared-infra"]])
def test_records_are_kept_byte_for_byte(here: Person, option: list[str]) -> None:
    """Registered first, made around later; all that was in apps/ is there, and committed."""
    before = register(here, "todo", "link-hub")
    (here.apps / "notes").mkdir()
    (here.apps / "notes" / "mine.txt").write_text("mine\n", encoding="utf-8")
    (here.apps / "README.md").write_text("My own words.\n", encoding="utf-8")
    (here.apps / ".old.yaml.1.tmp").write_text("half", encoding="utf-8")
    assert main(["new", "aws-shared-infra", "--defaults", *option]) == 0
    assert_whole(here)
    assert records(here.apps) == before
    assert (here.apps / "notes" / "mine.txt").read_text() == "mine\n"
    assert (here.apps / "README.md").read_text() == "My own words.\n"
    assert not (here.apps / ".old.yaml.1.tmp").exists()
    names = {path.name for path in here.place.iterdir()}
    assert names == {"home", "todo", "link-hub", "aws-shared-infra"}
    contents = FolderRegistry(here.apps).contents()
    assert (len(contents.records), list(contents.problems)) == (2, [])


def test_skipped_tasks_keep_the_records_too(here: Person) -> None:
    """Only generated: no git, and the records are there."""
    before = register(here, "todo")
    assert main([*NEW, "--skip-tasks"]) == 0
    assert records(here.apps) == before
    assert not (here.apps.parent / ".git").exists()


def test_an_app_registers_as_before(here: Person) -> None:
    """The new repo's folder is the same registry, and a record may change in it."""
    register(here, "todo")
    assert main(list(NEW)) == 0
    todo = registration(here.place / "todo", manifest_text(owner="you"))
    assert FolderRegistry(here.apps).register(todo, LATER).outcome == "updated"


# --- What is refused ---------------------------------------------------------------------


@pytest.mark.parametrize("more", ["README.md", ".git"])
def test_a_folder_with_more_in_it_is_refused(
    here: Person, capsys: pytest.CaptureFixture[str], more: str
) -> None:
    """Whatever a person has there besides is theirs."""
    before = register(here, "todo")
    (here.apps.parent / more).mkdir()
    assert main(list(NEW)) == 2
    assert capsys.readouterr().err == (
        "aws-shared-infra exists and is not empty. Expected a new folder.\n"
    )
    assert records(here.apps) == before
    assert (here.apps.parent / more).is_dir()


def test_an_app_does_not_go_there(here: Person, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with records is no place for an app."""
    before = register(here, "todo")
    assert main(["new", "aws-shared-infra", "--defaults"]) == 2
    assert "exists and is not empty" in capsys.readouterr().err
    assert records(here.apps) == before


def test_a_second_time_is_refused(here: Person, capsys: pytest.CaptureFixture[str]) -> None:
    """A repo that is there is updated, not made again."""
    assert main(list(NEW)) == 0
    assert main(list(NEW)) == 2
    assert "aws-shared-infra exists and is not empty" in capsys.readouterr().err
    assert_whole(here)


def test_only_a_real_folder_of_records_is_adopted(tmp_path: Path) -> None:
    """Not a file, not a link, not an empty folder, not one with more in it."""
    home = tmp_path / "home"
    assert not is_only_registry(home)
    home.mkdir()
    assert not is_only_registry(home)
    (home / "apps").symlink_to(tmp_path)
    assert not is_only_registry(home)
    (home / "apps").unlink()
    (home / "apps").write_text("a file", encoding="utf-8")
    assert not is_only_registry(home)
    (home / "apps").unlink()
    (home / "apps").mkdir()
    assert is_only_registry(home)
    (home / ".hidden").mkdir()
    assert not is_only_registry(home)


def test_a_place_that_fills_meanwhile_is_left_alone(tmp_path: Path) -> None:
    """Somebody else makes the repo between the first look and the last step: theirs stays."""
    draft, home = tmp_path / "draft", tmp_path / "home"
    draft.mkdir()
    (home / "apps").mkdir(parents=True)
    with records_carried_over(draft, home) as is_there:
        assert is_there
        (home / "theirs").write_text("theirs", encoding="utf-8")
        with pytest.raises(TennerError) as caught:
            exchange(draft, home)
    assert str(caught.value) == (
        f"{home} exists and is not empty. Expected a new folder, or only apps/ in it."
    )
    assert (home / "theirs").exists()


def test_a_file_system_that_can_not_exchange_says_so(
    here: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence that says what to do; the records are as they were, and nothing is left."""
    before = register(here, "todo")
    monkeypatch.setattr(adopt, "_exchange", lambda *_paths: errno.EINVAL)
    assert main(list(NEW)) == 3
    folder = here.place / "aws-shared-infra"
    assert capsys.readouterr().err == (
        f"{folder} has records in apps/, and no new repo can be put around them here: "
        "Invalid argument. Move apps/ away, make the repo, and move the records back.\n"
    )
    assert records(here.apps) == before
    assert {path.name for path in here.place.iterdir()} == {"home", "todo", "aws-shared-infra"}


def test_a_record_that_can_not_be_copied_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk says no: nothing is exchanged."""

    def full(*_paths: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    draft, home = tmp_path / "draft", tmp_path / "home"
    (home / "apps").mkdir(parents=True)
    (home / "apps" / "todo.yaml").write_text("a record", encoding="utf-8")
    monkeypatch.setattr(adopt, "_copy", full)
    with pytest.raises(OutsideError, match="can't be copied: "), records_carried_over(draft, home):
        pass
    assert (home / "apps" / "todo.yaml").read_text() == "a record"


# --- Processes that meet, are interrupted or killed --------------------------------------


def test_a_registration_that_waits_ends_in_the_new_repo(
    here: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes while the folders change places waits, and then finds the new one."""
    register(here, "todo")
    later = registration(
        make_repo(here.place / "late", manifest_text("late")), manifest_text("late")
    )
    waiting = Thread(target=lambda: FolderRegistry(here.apps).register(later, NOW))
    after_copy = hooks.after_copy

    def register_meanwhile(*arguments: Path, **more: object) -> int:
        waiting.start()
        time.sleep(0.2)
        assert set(records(here.apps)) == {"todo.yaml"}
        return after_copy(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(hooks, "after_copy", register_meanwhile)
    assert main(list(NEW)) == 0
    waiting.join(timeout=10)
    assert set(records(here.apps)) == {"todo.yaml", "late.yaml"}
    status = here.git(here.apps.parent, "status", "--porcelain")
    assert status == "?? apps/late.yaml\n"


def stop(person: Person, signal_: signal.Signals, delay_s: float) -> int:
    """Start `tenner new`, and send its group a signal so long after it has begun to write."""
    process = subprocess.Popen(
        person.tenner_command(*NEW),
        cwd=person.place,
        env=person.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not list(person.place.glob(".tenner-new-*")) and process.poll() is None:
        time.sleep(0.002)
    time.sleep(delay_s)
    if process.poll() is None:
        os.killpg(process.pid, signal_)
    return process.wait(timeout=60)


@pytest.mark.parametrize(
    "moments", [3, pytest.param(30, marks=pytest.mark.slow)], ids=["three", "thirty"]
)
@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_new_loses_no_record(here: Person, signal_: signal.Signals, moments: int) -> None:
    """At any moment: the old folder as it was, or the whole repo with every record."""
    before = register(here, "todo", "link-hub")
    folder = here.apps.parent
    stopped = 0
    for number in range(moments):
        stopped += stop(here, signal_, 1.0 * number / moments) != 0
        assert records(here.apps) == before
        if is_only_registry(folder):
            continue
        assert_whole(here)
        apps = folder.rename(here.place / "home" / f"made-{signal_}-{number}") / "apps"
        folder.mkdir()
        (apps / "README.md").unlink()
        apps.rename(folder / "apps")
    assert stopped
    if not is_only_registry(folder):
        pytest.fail("the folder is as before each try")
    assert here.tenner(*NEW).returncode == 0
    assert_whole(here)
    assert records(here.apps) == before
