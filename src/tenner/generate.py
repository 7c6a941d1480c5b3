"""Makes a new app: Copier generates into a hidden folder, which is moved into place when whole.

So a person who interrupts, or a process that is killed, leaves no half-made repo behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import warnings
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tenner import git, hooks
from tenner.errors import OutsideError, TennerError
from tenner.load import DEFAULT_REGISTRY
from tenner.names import app_name_problem
from tenner.registry_folder import FolderRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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
        if not name and defaults:
            message = "Expected a folder, or `-d app_name=…`: neither says what the app is called."
            raise TennerError(message)
        given = Path("..") / (name or _ask_name())
    folder = Path(os.path.abspath(given))  # noqa: PTH100 - keeps symlinks as given
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
    data: dict[str, Any],
    *,
    defaults: bool = False,
    vcs_ref: str | None = None,
    skip_tasks: bool = False,
) -> int:
    """Generate a new app in a folder that is not there yet, and finish it as the hooks do.

    Gives the exit code of the hook. Raises TennerError for a wrong answer, a taken name or a
    template that can't be had; nothing is left behind then.
    """
    name = str(data.get("app_name") or folder.name)
    _check_name_is_free(name, folder, data)
    with _beside(folder) as draft:
        _run_copier(template, draft, data, defaults=defaults, vcs_ref=vcs_ref)
        if folder.is_dir():
            folder.rmdir()  # an empty one, as destination() has seen
        draft.rename(folder)
    if skip_tasks:
        return 0
    code = hooks.after_copy(folder)
    if code:
        shutil.rmtree(folder)
    return code


def _check_name_is_free(name: str, folder: Path, data: Mapping[str, Any]) -> None:
    """Refuse a taken name before anything is asked or written."""
    given = os.environ.get("TENNER_REGISTRY")
    place = Path(given) if given else folder / str(data.get("registry") or DEFAULT_REGISTRY)
    if not app_name_problem(name):
        FolderRegistry(place).check_name(name, folder)


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give a hidden place beside a folder, which is taken away whatever happens."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".tenner-new-", dir=folder.parent))
    except OSError as error:
        message = f"{folder} can't be made: {error.strerror} ({error.filename})"
        raise OutsideError(message) from None
    try:
        yield hidden / folder.name
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _run_copier(
    template: str, folder: Path, data: dict[str, Any], *, defaults: bool, vcs_ref: str | None
) -> None:
    if vcs_ref is None and Path(template).is_dir() and not git.run(Path(template), "tag").stdout:
        vcs_ref = "HEAD"  # what Copier takes too, after a line about missing tags
    from copier import run_copy  # noqa: PLC0415 - a quarter of a second, only needed here
    from copier.errors import CopierError, DirtyLocalWarning  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DirtyLocalWarning)
        try:
            run_copy(
                template,
                folder,
                data=data,
                defaults=defaults,
                vcs_ref=vcs_ref,
                skip_tasks=True,
                unsafe=True,
                quiet=True,
            )
        except KeyboardInterrupt:
            message = "Interrupted; nothing was made."
            raise TennerError(message) from None
        except ValueError as error:
            raise TennerError(_answer_sentence(error)) from None
        except (CopierError, OSError) as error:
            message = f"The app could not be generated from {template}: {error}"
            raise OutsideError(message) from None


def _answer_sentence(error: ValueError) -> str:
    """Take Copier's own words off the sentence of a validator."""
    words = str(error)
    prefix = "Validation error for question "
    return words.partition(": ")[2] if words.startswith(prefix) else words
