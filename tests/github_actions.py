"""Runs the `run:` steps of a GitHub Actions workflow on this machine, in the order of its jobs.

What is GitHub's own is done here in the plainest way: checkout clones, artifacts are copied, and
expressions are worked out for the few forms that the workflow has. An unknown form is an error.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_WHOLE = re.compile(r"\$\{\{\s*((?:(?!\}\}).)*?)\s*\}\}\Z", re.DOTALL)


class _Names(SimpleNamespace):
    """A context: a name that it does not have is empty, as GitHub has it."""

    def __getattr__(self, name: str) -> str:
        return ""


@dataclass
class Ran:
    """How one job ended: `result` is success, failure or skipped; `said` is its steps' output."""

    result: str
    said: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Runner:
    """GitHub, as far as a workflow sees it: `origin` is the workflow's own repo."""

    origin: Path
    place: Path
    environment: Mapping[str, str]
    contexts: Mapping[str, Mapping[str, Any]]
    jobs: dict[str, Ran] = field(default_factory=dict)

    def run(self, path: Path) -> dict[str, Ran]:
        """Run all jobs, those of a matrix too, and give how each ended."""
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, job in workflow["jobs"].items():
            needs = job.get("needs", [])
            before = {each: self.jobs[each] for each in ([needs] if needs == str(needs) else needs)}
            if not self._is_due(job, before):
                self.jobs[name] = Ran("skipped")
                continue
            parts: list[dict[str, object]] = [{}]
            if "strategy" in job:
                parts = self._value(job["strategy"]["matrix"], self._contexts(before))["include"]
            ends = [
                self._job(f"{name}-{index}", workflow, job, self._contexts(before, part, index))
                for index, part in enumerate(parts)
            ]
            is_failed = any(end.result == "failure" for end in ends)
            self.jobs[name] = Ran(
                "failure" if is_failed else "success",
                "".join(end.said for end in ends),
                "".join(end.summary for end in ends),
                ends[-1].outputs,
            )
        return self.jobs

    def _contexts(
        self, needs: Mapping[str, Ran], matrix: Mapping[str, object] | None = None, index: int = 0
    ) -> dict[str, Any]:
        needed = {
            name.replace("-", "_"): _Names(result=ran.result, outputs=_Names(**ran.outputs))
            for name, ran in needs.items()
        }
        return {
            **{name: _Names(**values) for name, values in self.contexts.items()},
            "needs": _Names(**needed),
            "matrix": _Names(**(matrix or {})),
            "strategy": _Names(job_index=index),
        }

    def _is_due(self, job: Mapping[str, Any], needs: Mapping[str, Ran]) -> bool:
        condition = str(job.get("if", "success()"))
        ours = {"success": lambda: all(ran.result == "success" for ran in needs.values())}
        is_own = re.search(r"always\(\)|cancelled\(\)", condition) is not None
        if not is_own and not ours["success"]():
            return False
        return bool(self._evaluate(condition, self._contexts(needs) | ours))

    def _job(
        self, name: str, workflow: Mapping[str, Any], job: Mapping[str, Any], known: dict[str, Any]
    ) -> Ran:
        work, temporary = self.place / name / "work", self.place / name / "temp"
        temporary.mkdir(parents=True)
        files = {key: temporary / key.lower() for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        files["GITHUB_ENV"] = temporary / "github_env"
        for path in files.values():
            path.touch()
        env = self._environment([workflow.get("env", {}), job.get("env", {})], known)
        known = {**known, "env": _Names(**env), "runner": _Names(temp=str(temporary)), "steps": {}}
        ran = Ran("success")
        for step in job["steps"]:
            condition = str(step.get("if", "success()"))
            if ran.result == "failure" and "always()" not in condition:
                continue
            is_due = known | {"success": lambda: True}
            if not self._evaluate(condition, is_due):
                continue
            if "uses" in step:
                self._use(step["uses"].partition("@")[0], step.get("with", {}), known, work)
                continue
            written = dict(
                line.split("=", 1) for line in files["GITHUB_ENV"].read_text().splitlines()
            )
            own = self._environment([step.get("env", {})], known)
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=work,
                env={
                    **self.environment,
                    **{key: str(path) for key, path in files.items()},
                    "RUNNER_TEMP": str(temporary),
                    "GITHUB_REF_NAME": "main",
                    **env,
                    **written,
                    **own,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=300,
            )
            ran.said += done.stdout
            if done.returncode:
                ran.result = "failure"
        outputs = dict(
            line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines()
        )
        ran.outputs = (
            {key: value for key, value in outputs.items() if key in job["outputs"]}
            if ("outputs" in job)
            else {}
        )
        ran.summary = files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        return ran

    def _use(
        self, action: str, given: Mapping[str, object], known: dict[str, Any], work: Path
    ) -> None:
        """Do what an action of GitHub does."""
        store = self.place / "artifacts"
        values = {key: str(self._value(value, known)) for key, value in given.items()}
        if action == "actions/checkout":
            subprocess.run(
                ["git", "clone", "--quiet", "--depth=1", f"file://{self.origin}", str(work)],
                check=True,
                env=dict(self.environment),
            )
        elif action == "actions/upload-artifact":
            (store / values["name"]).mkdir(parents=True, exist_ok=True)
            if Path(values["path"]).exists():  # GitHub only warns where it does not
                shutil.copy2(values["path"], store / values["name"])
        elif action == "actions/download-artifact":
            Path(values["path"]).mkdir(parents=True)
            for file in sorted(store.glob(f"{values['pattern']}/*")):
                shutil.copy2(file, values["path"])
        else:
            assert action == "actions/setup-python", action

    def _environment(
        self, parts: list[Mapping[str, object]], known: dict[str, Any]
    ) -> dict[str, str]:
        return {
            key: _text(self._value(value, known)) for part in parts for key, value in part.items()
        }

    def _value(self, text: object, known: dict[str, Any]) -> Any:
        if not isinstance(text, str):
            return text
        if whole := _WHOLE.match(text):
            return self._evaluate(whole[1], known)
        return _EXPRESSION.sub(lambda found: _text(self._evaluate(found[1], known)), text)

    def _evaluate(self, expression: str, known: dict[str, Any]) -> Any:
        """Work out an expression: names, text, numbers, `==`, `!=`, `&&`, `||`, `!` and calls."""
        condition = _WHOLE.match(expression)
        words = re.split(r"('[^']*')", condition[1] if condition else expression)
        for number in range(0, len(words), 2):
            for old, new in (
                ("&&", " and "),
                ("||", " or "),
                ("!=", " != "),
                ("-", "_"),
            ):
                words[number] = words[number].replace(old, new)
            words[number] = re.sub(r"!(?!=)", " not ", words[number])
        functions = {
            "always": lambda: True,
            "cancelled": lambda: False,
            "fromJSON": json.loads,
            "__builtins__": {},
        }
        return eval("".join(words).strip(), functions | known)  # noqa: S307 - our own workflow


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
