"""From every release to now: an app that nobody edited becomes what is generated today."""

from __future__ import annotations

import re
import subprocess
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from copier import run_copy

from tenner.release_files import own_releases
from tenner.rollout_copier import Templates, run_update, worker_class
from tenner.rollout_template import Mirror
from tests.test_generated import ENVIRONMENT_SETS, ENVIRONMENTS, VALID, pairwise

if TYPE_CHECKING:
    from pathlib import Path

    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]
TAGS = [release.tag for release in own_releases() if release.commit]
FIRST, *LATER = TAGS
NOW = "v0.4.0"
MOST = ("http_api", "job", "worker", "login", "ai", "static_site")
SOME = [(MOST, ENVIRONMENTS), (("job",), ("prod",)), (("static_site",), ("dev", "staging"))]


class Upgrade:
    """Makes and updates apps with what one rollout's process would keep between them."""

    def __init__(self, template: Path, place: Path) -> None:
        self.template = template
        self.mirror = Mirror.fetch(str(template), place)
        self.templates = Templates(self.mirror, {})

    def make(self, folder: Path, version: str, answers: dict[str, Any]) -> None:
        """Generate with a release, and commit."""
        options: dict[str, Any] = {
            "src_path": str(self.template), "dst_path": folder, "vcs_ref": version,
            "data": answers, "defaults": True, "quiet": True, "unsafe": True, "skip_tasks": True,
        }  # fmt: skip
        with worker_class(self.templates)(**options) as worker:
            worker.run_copy()
        for command in ("init -q", "add -A", "commit -qm made"):
            subprocess.run(["git", "-C", folder, *command.split()], check=True)

    def update(self, folder: Path) -> None:
        """Update to now as a rollout does."""
        run_update(self.templates, folder, self.mirror.commit_of(NOW))

    def answer(self, folder: Path, **data: Any) -> None:
        """Update to now as `copier update -d question=answer` does, and commit."""
        options: dict[str, Any] = {
            "dst_path": folder, "vcs_ref": NOW, "data": data, "defaults": True, "overwrite": True,
            "quiet": True, "unsafe": True, "skip_tasks": True,
        }  # fmt: skip
        with worker_class(self.templates)(**options) as worker:
            worker.run_update()
        for command in ("add -A", "commit -qm answered"):
            subprocess.run(["git", "-C", folder, *command.split()], check=True)


@pytest.fixture(scope="session")
def upgrade(released_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    """The template with its releases, as a rollout has it."""
    return Upgrade(released_template, tmp_path_factory.mktemp("mirror"))


@pytest.fixture(autouse=True)
def identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git knows somebody."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.com")


def files(folder: Path) -> dict[str, bytes]:
    """Give all files but git's own and the answers."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
        and ".git" not in path.relative_to(folder).parts
        and path.name != ".copier-answers.yml"
    }


def answers_of(folder: Path) -> dict[str, Any]:
    """Read Copier's answers."""
    text = (folder / ".copier-answers.yml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def assert_upgraded(
    upgrade: Upgrade, plain: Path, place: Path, version: str, answers: dict[str, Any]
) -> None:
    """Make with a release, update, and compare with what the template as it is generates."""
    old, fresh = place / "old" / "link-hub", place / "fresh" / "link-hub"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        upgrade.make(old, version, answers)
        assert answers_of(old)["_commit"] == version
        upgrade.update(old)
        run_copy(
            str(plain), fresh, data=answers, defaults=True, quiet=True, unsafe=True, skip_tasks=True
        )
    assert files(old) == files(fresh)
    known, new = answers_of(old), answers_of(fresh)
    assert (known.pop("_commit"), known.pop("_src_path")) == (NOW, str(upgrade.template))
    new.pop("_commit", None)
    new.pop("_src_path")
    assert known == new


def answers_for(features: tuple[str, ...], environments: tuple[str, ...]) -> dict[str, Any]:
    """Answer as a person with secrets and settings."""
    answers: dict[str, Any] = {
        "app_name": "link-hub",
        "features": list(features),
        "environments": list(environments),
    }
    if features != ("static_site",):
        answers |= {"shared_secrets": "openai-api-key", "app_parameters": "greeting"}
    return answers


@pytest.mark.parametrize(("features", "environments"), SOME, ids=str)
def test_from_the_first_release(
    upgrade: Upgrade,
    plain_template: Path,
    tmp_path: Path,
    features: tuple[str, ...],
    environments: tuple[str, ...],
) -> None:
    """Nothing of the oldest release stays behind, and nothing is missing."""
    answers = answers_for(features, environments)
    assert_upgraded(upgrade, plain_template, tmp_path, FIRST, answers)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "topology"), [*zip(TAGS, ["stack", "monorepo", "stack"], strict=False)]
)
def test_prod_is_added_later_and_taken_away(
    upgrade: Upgrade, plain_template: Path, tmp_path: Path, version: str, topology: str
) -> None:
    """`-d environments=…` on an app of any release gives what is generated so; and back again."""
    own, made = tmp_path / "old/link-hub", tmp_path / "fresh"
    later = {} if version == FIRST else {"topology": topology}  # the first has no such question
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        upgrade.make(own, version, answers_for(MOST, ("dev",)) | later)
        for number, environments in enumerate((("dev", "prod"), ("dev",))):
            upgrade.answer(own, environments=list(environments), topology=topology)
            fresh = made / str(number) / "link-hub"
            answers = answers_for(MOST, environments) | {"topology": topology}
            run_copy(str(plain_template), fresh, data=answers, defaults=True, quiet=True,
                     unsafe=True, skip_tasks=True)  # fmt: skip
            assert files(own) == files(fresh)
            assert (own / "terraform/production/main.tf").exists() is ("prod" in environments)
            assert answers_of(own)["environments"] == list(environments)


@pytest.mark.slow
def test_an_organization_is_added_later(
    upgrade: Upgrade, plain_template: Path, tmp_path: Path
) -> None:
    """The oldest shared infrastructure takes `-d organization_email=…`, and gives it back."""
    own = tmp_path / "old/aws-shared-infra"
    answers = {"kind": "shared-infra", "shared_secrets": "openai-api-key"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        upgrade.make(own, LATER[0], answers)
        for email in ("aws+{account}@example.org", ""):
            upgrade.answer(own, organization_email=email)
            fresh = tmp_path / f"fresh{len(email)}/aws-shared-infra"
            run_copy(str(plain_template), fresh, data={**answers, "organization_email": email},
                     defaults=True, quiet=True, unsafe=True, skip_tasks=True)  # fmt: skip
            assert files(own) == files(fresh)
            assert (own / "terraform/organization").exists() is bool(email)


@pytest.mark.slow
@pytest.mark.parametrize("version", LATER)
def test_from_later_releases(
    upgrade: Upgrade, plain_template: Path, tmp_path: Path, version: str
) -> None:
    """All features, from each release after the first."""
    answers = answers_for(MOST, ENVIRONMENTS)
    assert_upgraded(upgrade, plain_template, tmp_path, version, answers)


@pytest.mark.parametrize("version", LATER)
def test_the_shared_infrastructure(
    upgrade: Upgrade, plain_template: Path, tmp_path: Path, version: str
) -> None:
    """The repo of what apps share, from each release that makes one."""
    answers = {"kind": "shared-infra", "shared_secrets": "openai-api-key"}
    assert_upgraded(upgrade, plain_template, tmp_path, version, answers)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(VALID)), ids=[",".join(each) for each in VALID])
def test_every_set_of_features(
    upgrade: Upgrade, plain_template: Path, tmp_path: Path, number: int
) -> None:
    """From the oldest release, each of the 45, with the seven sets of environments in turn."""
    answers = answers_for(VALID[number], ENVIRONMENT_SETS[number % len(ENVIRONMENT_SETS)])
    assert_upgraded(upgrade, plain_template, tmp_path, FIRST, answers)


@pytest.mark.slow
@pytest.mark.parametrize("version", LATER)
def test_every_pair_from_later_releases(
    upgrade: Upgrade, plain_template: Path, tmp_path: Path, version: str
) -> None:
    """Each pair of features and environments, in both topologies in turn, from later releases."""
    for number, (features, environments) in enumerate(pairwise()):
        answers = answers_for(features, environments)
        answers["topology"] = ("stack", "monorepo")[number % 2]
        assert_upgraded(upgrade, plain_template, tmp_path / str(number), version, answers)


def test_plain_copier_upgrades_too(person: Person, released_template: Path) -> None:
    """With hooks and tags, as a person does: from the first release to now, registered once."""
    done = person.copier(
        "copy", "--trust", "--defaults", "-q", f"--vcs-ref={FIRST}", str(released_template), "todo"
    )
    assert done.returncode == 0, done.stderr
    app = person.place / "todo"
    done = person.copier("update", "--trust", "--defaults", cwd=app)
    assert done.returncode == 0, done.stderr
    assert answers_of(app)["_commit"] == NOW
    assert re.findall(r"  registered in (\S+)", done.stdout) == [
        "../aws-shared-infra/apps/todo.yaml"
    ]
    assert person.git(app, "ls-files", "--unmerged") == ""
