"""What happens after Copier has generated or updated a repo: git, cost, registry, in that order.

Needs only what Copier brings. Git runs beside the imports and the estimate, because starting
processes and importing are most of what a hook costs.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
from threading import Event, Thread
from typing import TYPE_CHECKING

from tenner import git
from tenner.clock import stamp
from tenner.errors import InputError, OutsideError, TennerError
from tenner.template_source import ANSWERS, write_source
from tenner.voice import say, tell, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tenner.load import ManifestFile
    from tenner.registry import Registration, Registry

REFUSED = 2


def move(folder: Path, home: Path) -> None:
    """Move a whole app to where it belongs, at once; raises TennerError where that is taken."""
    try:
        folder.rename(home)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            message = f"{home} exists and is not empty. Expected a new folder."
            raise TennerError(message) from None
        message = f"{home} can't be made: {error.strerror}"
        raise OutsideError(message) from None


def after_copy(
    folder: Path,
    home: Path | None = None,
    template: Path | None = None,
    move: Callable[[Path, Path], None] = move,
) -> int:
    """Finish a new app: first commit, cost, registration; the shared infrastructure has no last.

    `home` is where `move` moves the folder before it is registered, so that nothing half-made is
    ever there; `template` is Copier's clone of the template. Gives the exit code: 2 where the name
    is taken or what apps share is full, which makes Copier delete a folder that it has made; else
    0, because nothing else may eat a repo that a person can keep. Raises TennerError where `home`
    is taken.
    """
    home = home or folder
    if _is_shared(folder):
        return _after_copy_shared(folder, home, template, move)
    opened, problem, messages = None, None, list[str]()
    with _committing(folder, home, template, messages, "the app"):
        try:
            from tenner.hooks_cost import settle  # noqa: PLC0415 - while git runs

            opened = _open(folder, home)
            _refuse_taken(*opened)
            opened, report = settle(folder, *opened)
            tell(report)
        except Exception as error:  # noqa: BLE001 - the repo is whole: say it, and keep it
            problem = error
    if _is_refusal(problem):
        say(str(problem))
        return REFUSED
    if home != folder:
        move(folder, home)
    if message := "".join(messages):
        say(message)
    if opened and not problem:
        problem = _try_to_register(*opened)
    if problem:
        say(str(problem) if _is_refusal(problem) else f"{words_of(problem)}\n{_kept(home)}")
    return REFUSED if _is_refusal(problem) else 0


def _after_copy_shared(
    folder: Path, home: Path, template: Path | None, move: Callable[[Path, Path], None]
) -> int:
    messages = list[str]()
    with _committing(folder, home, template, messages, "the shared infrastructure"):
        try:
            from tenner.hooks_cost import shared_cost  # noqa: PLC0415 - while git runs

            tell(shared_cost(folder))
        except Exception as error:  # noqa: BLE001 - as above
            say(f"{words_of(error)}\nThe repo is kept. When that is mended: tenner cost")
    if home != folder:
        move(folder, home)
    if message := "".join(messages):
        say(message)
    return 0


@contextlib.contextmanager
def _committing(
    folder: Path, home: Path, template: Path | None, messages: list[str], what: str
) -> Iterator[None]:
    """Make the first commit beside what is done inside, which may write the last file."""
    written = Event()
    commit = Thread(
        target=lambda: messages.append(_make_repo(folder, home, template, written.wait, what))
    )
    commit.start()
    try:
        yield
    finally:
        written.set()
        commit.join()


def before_update(folder: Path, template: Path, version: str) -> int:
    """Bring the answers to what the new template asks; `version` is the one that the app has.

    Gives exit code 2 where that or app.yaml can't be: Copier stops then and has changed nothing.
    """
    from tenner.migrate import Update, before  # noqa: PLC0415 - as below

    try:
        before(Update(folder, template, version))
    except Exception as error:  # noqa: BLE001 - one sentence, never a traceback
        say(f"{words_of(error)}\nThe update has not begun, and nothing is changed.")
        return REFUSED
    return 0


def after_update(folder: Path, template: Path, version: str) -> int:
    """Finish an update: migration, conflicts, cost before and after, registration.

    Always gives exit code 0, because a failing hook would leave a half-made update.
    """
    _migrate(folder, template, version)
    if names := git.conflicts(folder):
        say(f"Mend the conflicts between <<<<<<< and >>>>>>> in: {', '.join(names)}")
    if names := git.rejects(folder):
        say(f"Mend the conflicts that are in: {', '.join(names)}")
    if _is_shared(folder):
        try:
            from tenner.hooks_cost import shared_cost  # noqa: PLC0415 - while git runs

            tell(shared_cost(folder))
        except Exception as error:  # noqa: BLE001 - see above
            say(f"{words_of(error)}\nThe update is kept. When that is mended: tenner cost")
        return 0
    try:
        from tenner.hooks_cost import change  # noqa: PLC0415

        file, registry = _open(folder, folder)
        tell(change(file, registry))
        problem = _try_to_register(file, registry)
    except Exception as error:  # noqa: BLE001 - see above
        problem = error
    if problem:
        say(
            f"{words_of(problem)}\nThe update is kept, but the registry has the app as it was. "
            f"When that is mended: tenner register {_quoted(folder)}"
        )
    return 0


def _migrate(folder: Path, template: Path, version: str) -> None:
    from tenner.migrate import Update, after_merge  # noqa: PLC0415 - as below

    try:
        after_merge(Update(folder, template, version))
    except Exception as error:  # noqa: BLE001 - the update stays, and app.yaml as Copier left it
        say(f"{words_of(error)}\nThe update is kept, but app.yaml has not all that it changes.")


def _make_repo(
    folder: Path, home: Path, template: Path | None, wait: Callable[[], object], what: str
) -> str:
    try:
        if template is not None:
            _make_source_absolute(folder, template)
        return git.make_first_commit(folder, home, wait, what)
    except (OSError, OutsideError) as error:
        return f"The repo has no first commit yet: {error}"


def _make_source_absolute(folder: Path, template: Path) -> None:
    """Mend `copier copy . ../todo`: later updates start elsewhere, where `.` is another folder."""
    place = git.run(template, "config", "--get", "remote.origin.url").stdout.strip()
    if place.startswith("/") and (folder / ANSWERS).exists():
        write_source(folder, os.path.normpath(place), only_relative=True)


def _open(folder: Path, home: Path) -> tuple[ManifestFile, Registry]:
    from tenner.load import load_manifest, open_registry  # noqa: PLC0415 - while git runs

    file = load_manifest(folder)._replace(folder=home)
    return file, open_registry(None, file)


def _refuse_taken(file: ManifestFile, registry: Registry) -> None:
    """Raise NameTakenError early; whatever else is wrong with the registry comes up later."""
    with contextlib.suppress(OutsideError, InputError):
        registry.check_free(_registration(file))


def _is_refusal(error: Exception | None) -> bool:
    from tenner.fits import FullError  # noqa: PLC0415 - while git runs
    from tenner.registry import NameTakenError  # noqa: PLC0415

    return isinstance(error, NameTakenError | FullError)


def _registration(file: ManifestFile) -> Registration:
    from tenner.repo_facts import registration_of  # noqa: PLC0415 - while git runs

    return registration_of(file)


def _try_to_register(file: ManifestFile, registry: Registry) -> Exception | None:
    try:
        done = registry.register(_registration(file), stamp())
    except Exception as error:  # noqa: BLE001 - the repo is whole: say it, and keep it
        return error
    tell(f"  registered in {done.place}")
    return None


def _kept(folder: Path) -> str:
    return f"The app is kept, but not registered. Later: tenner register {_quoted(folder)}"


def _quoted(folder: Path) -> str:
    return shlex.quote(str(folder))


def _is_shared(folder: Path) -> bool:
    return (folder / "fleet.yaml").exists() and not (folder / "app.yaml").exists()
