"""Makes a new repo: Copier generates into a hidden folder, which is moved into place when whole.

So a person who interrupts, or a process that is killed, leaves no half-made repo behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import warnings
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tenner import git, hooks
from tenner.adopt import exchange, is_only_registry, records_carried_over
from tenner.answers import for_copier, refuse_unknown
from tenner.draft import beside, noting_interrupts
from tenner.errors import InputError, OutsideError, TennerError
from tenner.load import DEFAULT_REGISTRY, is_shared_infra, registry_at
from tenner.names import app_name_problem

if TYPE_CHECKING:
    from collections.abc import Mapping


_SHARED_INFRA = "shared-infra"


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
    """Say where the new repo goes: the folder given, or ../<app_name>, asking for the name.

    The shared infrastructure goes to where the registry is by default; a folder that has only the
    registry in it is as good as none for it. Raises TennerError where there is neither a folder nor
    a name, or where the folder is taken.
    """
    kind = data.get("kind", "" if sys.stdin.isatty() and not defaults else "app")
    if given is None and kind == _SHARED_INFRA:
        given = Path(DEFAULT_REGISTRY).parent
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
    if kind in {_SHARED_INFRA, ""} and is_only_registry(folder):
        return folder
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
    """Generate a new repo in a folder that is not there yet, and finish it as the hooks do.

    Gives the exit code of the hook. Raises TennerError for a wrong answer, a taken name or a
    template that can't be had; nothing is left behind then.
    """
    answers = for_copier(data)
    if Path(template).is_dir():
        template = str(Path(template).resolve())  # later updates start from another folder
    if answers.get("kind") != _SHARED_INFRA:
        _check_name_is_free(str(answers.get("app_name") or folder.name), folder, answers)
    with noting_interrupts() as interrupts:
        try:
            with beside(folder) as draft, contextlib.ExitStack() as held:
                _run_copier(template, draft, answers, defaults=defaults, vcs_ref=vcs_ref)
                interrupts.held = True  # what follows takes moments, and ends whole or not at all
                is_shared, is_adopting = is_shared_infra(draft), False
                if is_shared:
                    is_adopting = held.enter_context(records_carried_over(draft, folder))

                def move(draft: Path, home: Path) -> None:
                    interrupts.raise_noted()
                    (exchange if is_adopting else hooks.move)(draft, home)

                if skip_tasks:
                    move(draft, folder)
                    return 0
                code = hooks.after_copy(draft, folder, move=move)
        except BaseException:
            if interrupts.noted:
                message = "Interrupted; nothing was made."
                raise TennerError(message) from None
            raise
    if code and not is_shared and folder.is_dir():
        shutil.rmtree(folder)  # the name was taken while it was made
    return code


def _check_name_is_free(name: str, folder: Path, data: Mapping[str, Any]) -> None:
    """Refuse a taken name before anything is asked or written."""
    given = os.environ.get("TENNER_REGISTRY")
    place = given or str(data.get("registry") or DEFAULT_REGISTRY)
    base = Path() if given else folder
    if not app_name_problem(name):
        # Whatever else is wrong with the registry is no reason to refuse a repo.
        with contextlib.suppress(OutsideError, InputError):
            registry_at(place, base).check_name(name, folder)


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
    refuse_unknown(data, list(worker.template.questions_data))


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
