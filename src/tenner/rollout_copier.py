"""Runs Copier's update in this process, without what it does again and again.

Copier's own algorithm does the merge. What is not done again: cloning the template (four times an
update), asking git about that clone, compiling the same templates, and asking git for
`core.fileMode` once per file. Copier's properties are overridden for that; `check_known` refuses a
Copier whose insides are not those.
"""

from __future__ import annotations

import copy
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from copier import _main as copier_main
from copier._template import Template
from copier._vcs import get_git

from tenner.errors import OutsideError, TennerError
from tenner.migrate import Update, after_merge, before
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from copier._jinja_ext import SandboxedEnvironment
    from copier._subproject import Subproject
    from copier._template import Task

    from tenner.rollout_template import Mirror

_READ_ONCE = ("local_abspath", "vcs", "commit", "commit_hash", "version", "git_index_modes")
_HOOKS = ("hooks/after_copy.py", "hooks/before_update.py", "hooks/after_update.py")
_MIGRATIONS = {"before": before, "after": after_merge}
_CACHED = {
    copier_main.Worker: ("template", "subproject", "jinja_env"),
    Template: ("_raw_config", *_READ_ONCE),
}
_METHODS = (
    *("answers_relpath", "_render_string", "_execute_tasks", "_sync_git_index_executable_bit"),
    *("_git_commit", "run_update"),
)


def check_known() -> None:
    """Raise OutsideError where Copier's insides are not those that this module overrides."""
    known = all(
        isinstance(vars(kind).get(name), cached_property)
        for kind, names in _CACHED.items()
        for name in names
    ) and all(hasattr(copier_main.Worker, name) for name in _METHODS)
    if not known:
        message = (
            f"Copier is {version('copier')} here. Expected 9.16 to 9.19: pip install copier~=9.19"
        )
        raise OutsideError(message)


class Templates:
    """The versions of one template that this process has read; nothing in it changes later."""

    def __init__(self, mirror: Mirror, cache: dict[object, CodeType]) -> None:
        self._mirror = mirror
        self._cache = cache
        self._commits: dict[str, str] = {}
        self._read: dict[str, dict[str, Any]] = {}

    def fill_in(self, template: Template) -> Template:
        """Give a template of Copier's what is known of its version, in place of a clone."""
        ref = template.ref or "HEAD"
        commit = self._commits.setdefault(ref, "") or self._mirror.commit_of(ref)
        self._commits[ref] = commit
        if not commit:
            message = (
                f"The template {self._mirror.source} has no version {shown(ref)}, which the app "
                "was made from; expected one of its tags or commits in .copier-answers.yml"
            )
            raise TennerError(message)
        if commit not in self._read:
            self._read[commit] = self._facts(template, commit)
        vars(template).update(self._read[commit])
        vars(template)["_raw_config"] = copy.deepcopy(self._read[commit]["_raw_config"])
        return template

    def _facts(self, template: Template, commit: str) -> dict[str, Any]:
        known = Template(url=template.url, ref=commit)
        vars(known).update(local_abspath=self._mirror.checkout(commit).resolve(), vcs="git")
        return {name: getattr(known, name) for name in (*_READ_ONCE, "_raw_config")}

    def caching(self, environment: SandboxedEnvironment, options: object) -> SandboxedEnvironment:
        """Let a Jinja environment compile each source once in this process."""
        compile_, cache = environment.compile, self._cache

        def compiled(
            source: Any, name: Any = None, filename: Any = None, *rest: Any, **more: Any
        ) -> Any:
            if not isinstance(source, str) or rest or more:
                return compile_(source, name, filename, *rest, **more)
            key = (source, name, filename, options)
            if key in cache:
                environment.preprocess(source, name, filename)  # forgets the last `yield`
            else:
                cache[key] = compile_(source, name, filename)
            return cache[key]

        environment.compile = compiled  # type: ignore[method-assign]
        return environment


class _Worker(copier_main.Worker):
    """Copier's worker, which asks for nothing twice."""

    templates: ClassVar[Templates]

    @cached_property
    def template(self) -> Template:
        return self.templates.fill_in(_original("template")(self))

    @cached_property
    def subproject(self) -> Subproject:
        result: Subproject = _original("subproject")(self)
        if result.template is not None:
            self.templates.fill_in(result.template)
        return result

    @cached_property
    def jinja_env(self) -> SandboxedEnvironment:
        environment: SandboxedEnvironment = _original("jinja_env")(self)
        if self.template.jinja_extensions:
            return environment  # of which nobody knows what they keep while they compile
        return self.templates.caching(environment, repr(sorted(self.template.envops.items())))

    @property
    def answers_relpath(self) -> Path:
        name = str(self.answers_file or self.template.answers_relpath)
        return Path(name) if _is_constant(name, self.jinja_env) else super().answers_relpath

    def _render_string(self, string: str, extra_context: dict[str, Any] | None = None) -> str:
        # Most parts of paths and most patterns: rendering them would give themselves.
        if _is_constant(string, self.jinja_env):
            return self.jinja_env.preprocess(string)  # forgets the last `yield`
        return super()._render_string(string, extra_context)

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        if self._ignores_modes:
            super()._sync_git_index_executable_bit(dst_relpath, src_mode)

    @cached_property
    def _ignores_modes(self) -> bool:
        git = get_git(self.subproject.local_abspath)
        said = git["config", "--type=bool", "--get", "core.fileMode"].run(retcode=None)
        return str(said[1]).strip() == "false"

    def _execute_tasks(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self._migrate(task)
        # The rollout itself writes the cost and registers; from here the place would be wrong.
        super()._execute_tasks([task for task in tasks if not is_hook(task)])

    def _migrate(self, task: Task) -> None:
        """Change answers and manifest as the template's own hooks would, without a process."""
        stage = str(task.extra_vars.get("stage", ""))
        if (migration := _MIGRATIONS.get(stage)) and is_hook(task, f"hooks/{stage}_update.py"):
            version_from = str(task.extra_vars["version_from"])
            folders = (self.subproject.local_abspath, self.template.local_abspath)
            migration(Update(*folders, version_from))

    def _git_commit(self, message: str = "update") -> None:
        # Of two folders that nobody keeps: Copier commits twice because of people's hooks.
        get_git()(
            *("-c", "core.hooksPath=/dev/null", "commit", "--allow-empty", "--quiet", "-am"),
            *(message, "--no-gpg-sign", "--no-verify"),
        )


def worker_class(templates: Templates) -> type[copier_main.Worker]:
    """Make Copier's worker with these templates."""
    return type("Worker", (_Worker,), {"templates": templates})


def run_update(templates: Templates, folder: Path, commit: str) -> None:
    """Update an app in a folder that is clean and in git; raises what Copier raises."""
    options: dict[str, Any] = {
        "dst_path": folder,
        "vcs_ref": commit,
        "defaults": True,
        "overwrite": True,
        "quiet": True,
        "unsafe": True,
        "skip_tasks": True,
    }
    with worker_class(templates)(**options) as worker:
        worker.run_update()


def _original(name: str) -> Callable[[object], Any]:
    function: Callable[[object], Any] = vars(copier_main.Worker)[name].func
    return function


def _is_constant(text: str, environment: SandboxedEnvironment) -> bool:
    """Tell whether a text has nothing that Jinja would take for more than text."""
    if environment.line_statement_prefix or environment.line_comment_prefix or "\n" in text:
        return False
    return not (
        environment.variable_start_string in text
        or environment.block_start_string in text
        or environment.comment_start_string in text
    )


def is_hook(task: Task, *names: str) -> bool:
    """Tell whether a task is Tenner's own hook, which would register the place that it runs in."""
    parts = [task.cmd] if isinstance(task.cmd, str) else task.cmd
    return any(str(part).endswith(names or _HOOKS) for part in parts)
