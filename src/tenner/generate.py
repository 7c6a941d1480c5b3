"""Makes a new app: Copier generates into a hidden folder, which is moved into place when whole.

So a person who interrupts, or a process that is killed, leaves no half-made repo behind.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tenner import git, hooks
from tenner.errors import InputError, OutsideError, TennerError
from tenner.load import DEFAULT_REGISTRY
from tenner.money import exact_text
from tenner.names import app_name_problem
from tenner.registry_folder import FolderRegistry
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

_LISTS = frozenset({"environments", "features"})
_OF_COPIER = frozenset({"_commit", "_src_path"})
"""What an answers file has besides answers: with these, another app's can be given as it is."""
_HIDDEN = ".tenner-new-"
_DAY_S = 24 * 60 * 60


def template_source() -> str:
    """Find the template that belongs to this Tenner.

    In this order: TENNER_TEMPLATE, the checkout that this runs from, the place that pip or uvx
    installed it from. Raises TennerError where none is known.
    """
    if given := os.environ.get("TENNER_TEMPLATE"):
        return given
    checkout = Path(__file__).parents[2]
    if (checkout / "copier.yml").is_file():
        return str(checkout)
    try:
        record = metadata.distribution("tenner").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        record = None
    origin = json.loads(record) if record else {}
    url = str(origin.get("url", ""))
    if origin.get("vcs_info"):
        return f"git+{url}"
    if url.startswith("file://"):
        return unquote(urlsplit(url).path)
    message = (
        "This tenner does not know its template. Give its git URL or folder with "
        "--template, or set TENNER_TEMPLATE."
    )
    raise TennerError(message)


def destination(given: Path | None, data: Mapping[str, Any], *, defaults: bool) -> Path:
    """Say where the new app goes: the folder given, or ../<app_name>, asking for the name.

    Raises TennerError where there is neither a folder nor a name, or where the folder is taken.
    """
    if given is None:
        name = str(data.get("app_name") or "")
        if not name and (defaults or not sys.stdin.isatty()):
            message = "Expected a folder, or `-d app_name=…`: neither says what the app is called."
            raise TennerError(message)
        name = name or _ask_name()
        if problem := app_name_problem(name):
            message = f"app_name: {problem}"
            raise TennerError(message)
        given = Path("..") / name
    folder = Path(os.path.realpath(given))
    if folder == Path.cwd():
        message = f"{given} is this folder. Expected a new one, such as ../todo."
        raise TennerError(message)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{given} exists and is not empty. Expected a new folder."
        raise TennerError(message)
    return folder


def _ask_name() -> str:
    import questionary  # noqa: PLC0415 - only where a person is asked

    answer = questionary.text(
        "What is the app called?", validate=lambda name: app_name_problem(name) or True
    ).ask()
    if answer is None:
        message = "Interrupted; nothing was made."
        raise TennerError(message)
    return str(answer)


def generate(
    template: str,
    folder: Path,
    data: Mapping[str, Any],
    *,
    defaults: bool = False,
    vcs_ref: str | None = None,
    skip_tasks: bool = False,
) -> int:
    """Generate a new app in a folder that is not there yet, and finish it as the hooks do.

    Gives the exit code of the hook. Raises TennerError for a wrong answer, a taken name or a
    template that can't be had; nothing is left behind then.
    """
    answers = {key: _answer(key, value) for key, value in data.items() if key not in _OF_COPIER}
    if Path(template).is_dir():
        template = str(Path(template).resolve())  # later updates start from another folder
    _check_name_is_free(str(answers.get("app_name") or folder.name), folder, answers)
    with _noting_interrupts() as interrupts:
        try:
            with _beside(folder) as draft:
                _run_copier(template, draft, answers, defaults=defaults, vcs_ref=vcs_ref)
                interrupts.held = True  # what follows takes moments, and ends whole or not at all

                def move(draft: Path, home: Path) -> None:
                    interrupts.raise_noted()
                    hooks.move(draft, home)

                if skip_tasks:
                    move(draft, folder)
                    return 0
                code = hooks.after_copy(draft, folder, move=move)
        except BaseException:
            if interrupts.noted:
                message = "Interrupted; nothing was made."
                raise TennerError(message) from None
            raise
    if code and folder.is_dir():
        shutil.rmtree(folder)  # the name was taken while it was made
    return code


class _Interrupts:
    """Notes Ctrl-C: pydantic turns it into an error of its own, and a destructor drops it."""

    def __init__(self) -> None:
        self.noted = self.held = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.noted = True
        if not self.held:
            raise KeyboardInterrupt

    def raise_noted(self) -> None:
        """Raise what was noted, at a moment when nothing has been made yet."""
        if self.noted:
            raise KeyboardInterrupt


@contextlib.contextmanager
def _noting_interrupts() -> Iterator[_Interrupts]:
    interrupts = _Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts  # only the main thread is told of signals
        return
    before = signal.signal(signal.SIGINT, interrupts)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)


def _answer(key: str, value: object) -> str | list[str]:
    """Give an answer as Copier reads it: text, or a list where the question has choices to tick."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return exact_text(Decimal(value))
    if key in _LISTS:
        if isinstance(value, str):
            words = value.strip().removeprefix("[").removesuffix("]").split(",")
            value = [word.strip(" '\"") for word in words if word.strip()]
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise TennerError(f"{key}: given {shown(value)}, expected a list, such as [one, two]")
    if isinstance(value, str):
        return value
    raise TennerError(f"{key}: given {shown(value)}, expected text; put it in quotes")


def _check_name_is_free(name: str, folder: Path, data: Mapping[str, Any]) -> None:
    """Refuse a taken name before anything is asked or written."""
    given = os.environ.get("TENNER_REGISTRY")
    place = Path(given) if given else folder / str(data.get("registry") or DEFAULT_REGISTRY)
    if not app_name_problem(name):
        # Whatever else is wrong with the registry is no reason to refuse a repo.
        with contextlib.suppress(OutsideError, InputError):
            FolderRegistry(place).check_name(name, folder)


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give a hidden place beside a folder, which is taken away whatever happens."""
    missing = [place for place in folder.parents if not place.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        hidden = Path(tempfile.mkdtemp(prefix=_HIDDEN, dir=folder.parent))
    except OSError as error:
        message = f"{folder} can't be made: {error.strerror} ({error.filename})"
        raise OutsideError(message) from None
    try:
        yield hidden / folder.name
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        for place in missing:
            with contextlib.suppress(OSError):
                place.rmdir()  # only where nothing was made in it


def _sweep(parent: Path) -> None:
    """Take away what a killed process left here more than a day ago."""
    for place in parent.glob(f"{_HIDDEN}*"):
        with contextlib.suppress(OSError):
            if time.time() - place.stat().st_mtime > _DAY_S:
                shutil.rmtree(place, ignore_errors=True)


def _run_copier(
    template: str, folder: Path, data: dict[str, Any], *, defaults: bool, vcs_ref: str | None
) -> None:
    if vcs_ref is None and Path(template).is_dir() and not git.run(Path(template), "tag").stdout:
        vcs_ref = "HEAD"  # what Copier takes too, after a line about missing tags
    from copier import run_copy  # noqa: PLC0415 - a quarter of a second, only needed here
    from copier.errors import (  # noqa: PLC0415
        CopierError,
        DirtyLocalWarning,
        InteractiveSessionError,
    )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DirtyLocalWarning)
        try:
            worker = run_copy(
                template,
                folder,
                data=data,
                defaults=defaults,
                vcs_ref=vcs_ref,
                skip_tasks=True,
                unsafe=True,
                quiet=True,
            )
        except InteractiveSessionError:
            message = "There is nobody to ask. Expected --defaults, or every answer with --data."
            raise TennerError(message) from None
        except KeyboardInterrupt:
            raise  # Copier's own is a CopierError too
        except (CopierError, ValueError, OSError) as error:
            raise _sentence(error, template, vcs_ref) from None
    _refuse_unknown(data, list(worker.template.questions_data))


def _refuse_unknown(data: Mapping[str, Any], questions: list[str]) -> None:
    """Refuse an answer to no question; Copier would pass over a slip of the finger in silence."""
    for key in data:
        if key not in questions:
            near = difflib.get_close_matches(key, questions, 1)
            known = f"expected one of {', '.join(questions)}"
            hint = f'did you mean "{near[0]}"?' if near else known
            raise TennerError(f'--data: given "{key}", which is no question; {hint}')


def _sentence(error: Exception, template: str, vcs_ref: str | None) -> TennerError:
    """Say in one sentence what Copier says in several, or about the wrong thing."""
    words = str(error)
    if words.startswith("Validation error for question "):
        return TennerError(words.partition(": ")[2])
    if words.startswith("Invalid choice for "):
        return TennerError(words)
    if words.startswith("Unknown revision"):
        return TennerError(f'--vcs-ref: given "{vcs_ref}", expected a tag or commit of {template}')
    said = [line.strip(" |") for line in words.splitlines() if line.strip(" |")]
    reason = next((line for line in said if "fatal: " in line), said[0] if said else repr(error))
    reason = reason[reason.find("fatal: ") :] if "fatal: " in reason else reason
    return OutsideError(f"The app could not be generated from {template}: {reason}")
