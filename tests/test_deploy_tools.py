"""What `make deploy` and `make local` say where something is missing: one sentence."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.deployed import until
from tests.fixtures_generated import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHARED_INFRA = ROOT / "template/shared-infra"
INSTALL = "https://developer.hashicorp.com/terraform/install"


@pytest.fixture
def app(generated_todo: Path, tmp_path: Path) -> Path:
    """A copy of the example app, with no shared infrastructure beside it."""
    return shutil.copytree(generated_todo, tmp_path / "work" / "todo")


@pytest.fixture
def tool(app: Path, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run one of the app's tools as a person without credentials; give exit code and words."""

    def run(*arguments: str, path: str = os.environ["PATH"]) -> tuple[int, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        (tmp_path / "home").mkdir(exist_ok=True)
        alone = {"HOME": str(tmp_path / "home"), "AWS_EC2_METADATA_DISABLED": "true", "PATH": path}
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=app,
            env={**kept, **alone},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    return run


def fake_terraform(folder: Path, answer: str) -> str:
    """A terraform that says what version it is; give the PATH that has it alone."""
    folder.mkdir()
    program = folder / "terraform"
    program.write_text(f"#!/bin/sh\nprintf '%s' '{answer}'\n")
    program.chmod(0o755)
    return str(folder)


def found(app: Path, path: str) -> tuple[int, str]:
    """What the app's tools say of the Terraform of a PATH."""
    code = (
        "import sys, pathlib; from tools.problem import told; from tools.terraform import find\n"
        f"sys.exit(told('deploy', lambda: bool(find({{'PATH': {path!r}}})) - 1))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=app,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def test_without_credentials(tool: Callable[..., tuple[int, str]]) -> None:
    """It says what is missing and the command that mends it."""
    assert tool("tools.deploy", "plan", "dev") == (
        3,
        (
            "deploy: There are no AWS credentials. Log in first: aws sso login, with AWS_PROFILE "
            "set; or aws configure.\n"
        ),
    )


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        (
            "prod",
            (
                'deploy: ENV is "prod". Expected dev, as app.yaml has it under environments. prod '
                "shares nothing: it has an account of its own.\n"
            ),
        ),
        (
            "production",
            'deploy: ENV is "production". Expected dev, as app.yaml has it under environments.\n',
        ),
        ("", 'deploy: ENV is "". Expected dev, as app.yaml has it under environments.\n'),
    ],
)
def test_an_environment_that_the_app_has_not(
    tool: Callable[..., tuple[int, str]], environment: str, sentence: str
) -> None:
    """It is refused before AWS is asked anything."""
    assert tool("tools.deploy", "plan", environment) == (2, sentence)


@pytest.mark.parametrize("registry", ["../aws-shared-infra/apps", "dynamodb://fleet"])
def test_without_the_shared_infrastructure(
    tool: Callable[..., tuple[int, str]], app: Path, registry: str
) -> None:
    """`make local` says where it looked, and how to make it; a table is no folder to look in."""
    manifest = (app / "app.yaml").read_text(encoding="utf-8")
    mended = manifest.replace('"../aws-shared-infra/apps"', f'"{registry}"')
    assert f'registry: "{registry}"' in mended
    (app / "app.yaml").write_text(mended, encoding="utf-8")
    folder = app.parent / "aws-shared-infra"
    assert tool("tools.local", "start", "dev") == (
        2,
        (
            f"local: The shared infrastructure is not in {folder}. Expected its repo there; make "
            f"it with: tenner new {folder} --kind shared-infra; or name another with "
            "SHARED=folder\n"
        ),
    )


def test_without_terraform(app: Path, tmp_path: Path) -> None:
    """It says which version is needed and where to get it."""
    (tmp_path / "nothing").mkdir()
    assert found(app, str(tmp_path / "nothing")) == (
        3,
        f"deploy: Terraform is not here. Expected 1.11 or newer: {INSTALL}\n",
    )


@pytest.mark.parametrize(
    ("version", "code", "sentence"),
    [
        ("1.10.9", 3, f"deploy: Terraform here is 1.10.9. Expected 1.11 or newer: {INSTALL}\n"),
        ("1.11.0", 0, ""),
        ("1.12.0-beta1", 0, ""),
        ("2.0.0", 0, ""),
    ],
)
def test_the_oldest_terraform(
    app: Path, tmp_path: Path, version: str, code: int, sentence: str
) -> None:
    """1.11 is the first with write-only arguments."""
    path = fake_terraform(tmp_path / "bin", json.dumps({"terraform_version": version}))
    assert found(app, path) == (code, sentence)


def test_a_terraform_that_says_nonsense(app: Path, tmp_path: Path) -> None:
    """A broken installation is one sentence too."""
    code, sentence = found(app, fake_terraform(tmp_path / "bin", "oops"))
    assert (code, sentence) == (3, "deploy: terraform version failed; it says: oops\n")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'app: "todo"',
            'app: "shared"',
            'app.yaml: app is "shared", which no app can be called. See: tenner check .',
        ),
        (
            'app: "todo"',
            'app: "link-hub"',
            (
                'app.yaml: app is "link-hub", but this repo was made as "todo", and the name '
                "decides every name in AWS. Expected the same; for another app make another repo"
            ),
        ),
        (
            "region: us-east-1",
            "",
            "app.yaml has no region, or not as it should be. See: tenner check .",
        ),
        (
            "environments:",
            "environments: [dev]\nwas:",
            "app.yaml has no environments, or not as it should be. See: tenner check .",
        ),
        ("schema_version: 1", "[", "app.yaml is not YAML. See: tenner check ."),
    ],
)
@pytest.mark.parametrize("command", [("deploy", "plan", "dev"), ("local", "start", "dev")])
def test_a_manifest_that_would_reach_what_is_anothers(
    tool: Callable[..., tuple[int, str]],
    app: Path,
    command: tuple[str, ...],
    old: str,
    new: str,
    sentence: str,
) -> None:
    """A wrong name would take another app's state, or the shared one: it is refused first."""
    text = (app / "app.yaml").read_text(encoding="utf-8")
    assert old in text
    (app / "app.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    name, *rest = command
    assert tool(f"tools.{name}", *rest) == (2, f"{name}: {sentence}\n")


def test_without_a_manifest(tool: Callable[..., tuple[int, str]], app: Path) -> None:
    """A missing file is one sentence."""
    (app / "app.yaml").unlink()
    assert tool("tools.deploy", "plan", "dev") == (
        2,
        f"deploy: app.yaml is not in {app}. Expected it there.\n",
    )


def test_interrupted_terraform_ends_by_itself(app: Path, tmp_path: Path) -> None:
    """Ctrl-C reaches Terraform too: it writes its state before this lets go of it."""
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = version ]; then echo \'{"terraform_version": "1.11.0"}\'; exit; fi\n'
        f"trap 'sleep 2; echo saved > {tmp_path}/state; exit 1' INT\n"
        f"echo on > {tmp_path}/on; while :; do sleep 0.1; done\n"
    )
    program.chmod(0o755)
    code = (
        "import sys, pathlib\nfrom tools.problem import told\n"
        "from tools.terraform import Terraform\n"
        f"root = pathlib.Path({str(tmp_path)!r})\n"
        "def work():\n"
        f"    path = {{'PATH': '{program.parent}:/usr/bin:/bin'}}\n"
        "    Terraform(root, root / 'work', path).run('plan')\n"
        "sys.exit(told('deploy', work))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=app,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # what runs in the background has SIGINT ignored, as a person's terminal has not
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        until((tmp_path / "on").exists, "the start of Terraform")
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=30)[1].endswith("deploy: stopped\n")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert process.returncode == 130
    assert (tmp_path / "state").read_text() == "saved\n"


@pytest.mark.parametrize(("last", "found"), [("ministack", "True"), ("another", "False")])
def test_the_emulator_is_known_in_a_narrow_terminal(last: str, found: str) -> None:
    """COLUMNS cuts what ps says: the emulator would seem to have ended, and be started twice."""
    sleeping = "import time; time.sleep(60)" + " " * 200
    process = subprocess.Popen([sys.executable, "-c", sleeping, last])
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                f"from tools.local import is_ours; print(is_ours({process.pid}))",
            ],
            cwd=SHARED_INFRA,
            env={**os.environ, "COLUMNS": "40"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == found
    finally:
        process.kill()
        process.wait()
