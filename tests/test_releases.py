"""releases.yaml: its defects, what is before what, and changes in parsed and in written YAML."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tenner import __version__, exact_yaml
from tenner.changes import changed
from tenner.errors import InputError, TennerError
from tenner.load import load_manifest
from tenner.manifest import parse_manifest
from tenner.registry import parse_record
from tenner.release_files import own_releases, release_had, releases_in, tag_releases
from tenner.releases import after, is_version, named, parse_releases, release_of
from tenner.yaml_edit import edited
from tests.fixtures_generated import ROOT
from tests.person import Person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tenner.changes import Change
    from tenner.releases import Release

IN_ANOTHER_WAY = "it is written in a way that can't be changed in place"
ONE, TWO = "1a" * 20, "abcdef1" + "2" * 33
TEXT = f"""\
schema_version: 1
releases:
  - {{version: 0.1.0, commit: {ONE}, date: 2026-01-01, says: First.}}
  - {{version: 0.2.0, commit: {TWO}, date: 2026-02-01, says: Second.}}
  - {{version: 0.10.0, says: In the making.}}
"""


def changes(*lines: str) -> Sequence[Change]:
    """Read changes, each as one line of YAML without its braces."""
    listed = "".join(f"\n      - {{{line}}}" for line in lines)
    head = "schema_version: 1\nreleases:\n  - version: 0.1.0\n    says: Changes.\n    changes:"
    return parse_releases(head + listed + "\n", "releases.yaml")[0].changes


def test_the_versions_of_this_repo_agree() -> None:
    """pyproject, the package, CHANGELOG.md and releases.yaml name the same versions and days."""
    releases = own_releases()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__ == releases[-1].version
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^## (\S+) \((\S+)\)$", text)
    expected = [(each.version, each.date or "unreleased") for each in reversed(releases)]
    assert headings == expected


def test_the_commits_of_this_repo_are_releases(tmp_path: Path) -> None:
    """Each is in the history of the next, and `make tags` tags a clone with them, once."""
    person = Person(tmp_path / "work")
    clone = person.place / "tenner"
    person.git(person.place, "clone", "--quiet", "--no-tags", "--", str(ROOT), str(clone))
    (clone / "releases.yaml").write_bytes((ROOT / "releases.yaml").read_bytes())
    assert person.git(clone, "tag") == ""
    tags = [each.tag for each in own_releases() if each.commit]
    assert tag_releases(clone) == tags
    assert tag_releases(clone) == []
    for old, new in zip(tags, [*tags[1:], "HEAD"], strict=True):
        person.git(clone, "merge-base", "--is-ancestor", old, new)
    person.git(clone, "tag", "--force", tags[0], "HEAD")
    with pytest.raises(TennerError) as caught:
        tag_releases(clone)
    head = person.git(clone, "rev-parse", "HEAD").strip()
    commit = own_releases()[0].commit
    assert str(caught.value) == (
        f"{clone}/releases.yaml: the tag {tags[0]} is at {head}, expected {commit}"
    )


DEFECTS = """\
schema_version: 1
releases:
  - version: "v0.1.0"
    commit: 3a6
    date: tomorrow
    says: ""
    changes:
      - {rename: a..b, to: c}
      - {set: a, from: 1, to: 1}
      - {split: x, into: [y]}
      - {set: a}
      - {}
      - {rename: a, set: b, from: 1, to: 2}
      - {rename: a, to: a}
      - {rename: a, to: b, at: "/"}
      - {set: "*", from: 1, to: 2}
      - {in: README.md, rename: a, to: b}
"""


def test_every_defect_has_its_line_and_key() -> None:
    """All at once, each in one sentence."""
    with pytest.raises(InputError) as caught:
        parse_releases(DEFECTS, "releases.yaml")
    assert str(caught.value).splitlines() == [
        f"releases.yaml: line {line}: releases.0.{sentence}"
        for line, sentence in (
            (3, 'version: given "v0.1.0", expected a version of PEP 440, such as 0.2.0'),
            (4, 'commit: given "3a6", expected a commit of 40 hexadecimal digits'),
            (5, 'date: given "tomorrow", expected a day, such as 2026-11-21'),
            (6, 'says: given "", expected at least one character'),
            (8, 'changes.0.rename: given "a..b", expected a path as functions.*.timeout_s'),
            (9, "changes.1.to: given the value of `from`, expected another"),
            (10, "changes.2.into: expected two or more fields, each once"),
            (11, "changes.3.from: missing; expected a value"),
            (11, "changes.3.to: missing; expected a value"),
            (12, "changes.4: given 0 of rename, split and set, expected one"),
            (13, "changes.5: given 2 of rename, split and set, expected one"),
            (14, 'changes.6.to: given "a", expected another field\'s name'),
            (15, "changes.7.at: not of a rename"),
            (16, 'changes.8.set: given "*", expected a path as functions.*.timeout_s'),
            (17, "changes.9.in: given \"README.md\", expected one of 'manifest' or 'answers'"),
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("0.10.0", "0.2.0", 'releases.2.version: given "0.2.0", expected one after 0.2.0'),
        (f"commit: {TWO}, ", "", "releases.1.commit: missing; only the newest can lack it"),
        ("2026-02-01", '""', 'releases.1.date: given "", expected a day, such as 2026-11-21'),
        (
            "schema_version: 1",
            "schema_version: 2",
            "given 2, expected 1; update the tenner command",
        ),
        ("says: Second.", "says: Second., sagt: x", "releases.1.sagt: unknown key"),
    ],
)
def test_defects_of_the_whole(old: str, new: str, sentence: str) -> None:
    """Order, commits and the version of the file."""
    assert old in TEXT
    with pytest.raises(InputError, match=re.escape(sentence)):
        parse_releases(TEXT.replace(old, new), "releases.yaml")


@pytest.mark.parametrize(
    ("version", "had", "known"),
    [
        ("v0.1.0", "0.1.0", True),
        ("0.1.0", "0.1.0", True),
        ("v0.1.9-3-gabc1234", "0.1.0", True),
        ("v0.2.0", "0.2.0", True),
        ("v0.2.0-14-gdeadbee", "0.2.0", True),
        ("v0.2.0rc1", "0.1.0", True),
        ("v0.9.0", "0.2.0", True),
        ("v0.10.0", "0.10.0", True),
        ("v1.0", "0.10.0", True),
        (TWO[:7], "0.2.0", True),
        (TWO[:6], None, False),
        (ONE, "0.1.0", True),
        ("v0.0.9", None, True),
        ("deadbee", None, False),
        ("", None, False),
        ("main", None, False),
    ],
)
def test_what_a_version_has(version: str, had: str | None, known: bool) -> None:
    """By its tag, by commits after a tag, and by the commit of a release."""
    releases = parse_releases(TEXT, "releases.yaml")
    found = release_of(releases, version)
    assert (found.version if found else None) == had
    assert is_version(releases, version) == known
    assert [each.version for each in after(releases, found)] == {
        None: ["0.1.0", "0.2.0", "0.10.0"],
        "0.1.0": ["0.2.0", "0.10.0"],
        "0.2.0": ["0.10.0"],
        "0.10.0": [],
    }[had]


def test_a_commit_has_its_releases_name() -> None:
    """`--behind` and the fleet take a release's commit for the release, and nothing else."""
    releases = parse_releases(TEXT, "releases.yaml")
    versions = (TWO[:7], ONE, "v0.1.0", "v0.2.0-3-gabc1234", "deadbee", "")
    assert [named(releases, version) for version in versions] == [
        *("v0.2.0", "v0.1.0", "v0.1.0", "v0.2.0-3-gabc1234", "deadbee", "")
    ]


def test_history_says_what_an_unnamed_commit_has(released_template: Path) -> None:
    """A commit without a tag has each release that is in its history."""
    releases = releases_in(released_template)
    person = Person(released_template.parent / "asks")
    shas = [
        person.git(released_template, "rev-parse", f"{releases[number].commit}~1").strip()
        for number in (1, 2)
    ]
    found = [release_had(releases, released_template, sha) for sha in shas]
    assert [each and each.version for each in found] == ["0.1.0", "0.2.0"]


MANIFEST = """\
# At the top.
who:   "a / b"   # two of us
functions:   # all of them
  api: {memory_mb: 5, architecture: "x86_64"} # in a line
  job:
    memory_mb:   256   # mine
    architecture: 'x86_64' # as it was
  worker:
    architecture: arm64
list:
- memory_mb: 0.50
  other: [x, y]
"""


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        ("rename: who, to: owner", 'who:   "a / b"', 'owner:   "a / b"'),
        (
            "split: who, into: [one, two]",
            'who:   "a / b"   # two of us',
            'one:   "a / b"   # two of us\ntwo: "a / b"',
        ),
        (
            'split: who, at: "/", into: [one, two]',
            'who:   "a / b"   # two of us',
            'one:   "a"   # two of us\ntwo: "b"',
        ),
        ("set: functions.job.memory_mb, from: 256, to: 128", "mb:   256   #", "mb:   128   #"),
        ("set: functions.job.architecture, from: x86_64, to: it's", "'x86_64' #", "'it''s' #"),
        ("set: functions.api.architecture, from: x86_64, to: 2", '"x86_64"}', "2}"),
        ("set: functions.worker.architecture, from: arm64, to: yes", ": arm64", ': "yes"'),
        ("set: functions.worker.architecture, from: arm64, to: true", ": arm64", ": true"),
        ("split: functions.api.memory_mb, into: [a, b]", "{memory_mb: 5,", "{a: 5, b: 5,"),
        ("split: list.*.memory_mb, into: [a, b]", "- memory_mb: 0.50\n", "- a: 0.50\n  b: 0.50\n"),
        ("rename: list.*.other, to: others", "  other:", "  others:"),
    ],
)
def test_only_what_changes_is_another_byte(change: str, old: str, new: str) -> None:
    """Comments, quotes, spaces and order stay, with either end of lines, and it is done once."""
    assert MANIFEST.count(old) == 1
    wanted = MANIFEST.replace(old, new)
    for text, expected in ((MANIFEST, wanted), (MANIFEST.rstrip("\n"), wanted.rstrip("\n"))):
        for bom, newline in (("", "\n"), ("\ufeff", "\r\n")):
            done = edited(bom + text.replace("\n", newline), changes(change), "app.yaml")
            assert done == bom + expected.replace("\n", newline)
            assert edited(done, changes(change), "app.yaml") == done


@pytest.mark.parametrize(
    "change",
    [
        "set: functions.worker.architecture, from: x86_64, to: arm64",
        'set: functions.job.memory_mb, from: "256", to: 128',
        "set: functions.job.memory_mb, from: 257, to: 128",
        "rename: functions.*.nothing, to: something",
        "rename: who.nothing, to: something",
        "rename: list.nothing, to: something",
        "in: answers, rename: who, to: owner",
    ],
)
def test_what_is_another_value_or_not_there_stays(change: str) -> None:
    """A person's own value is kept; text is no number."""
    of_manifest = [each for each in changes(change) if each.file == "manifest"]
    assert edited(MANIFEST, of_manifest, "app.yaml") == MANIFEST


@pytest.mark.parametrize(
    ("text", "change", "sentence"),
    [
        (
            "a: 1\nb: 2\n",
            "rename: a, to: b",
            "app.yaml: line 1: a: given with b, which has taken its place; keep one of them",
        ),
        (
            "x: 0\na: [1]\n",
            "split: a, into: [b, c]",
            "app.yaml: line 2: a: given more than one value, expected text or a number to split",
        ),
        (
            "a: 1/2/3\n",
            'split: a, at: "/", into: [b, c]',
            'app.yaml: line 1: a: given "1/2/3", expected 2 parts with "/" between them, for b, c',
        ),
        (
            "a: 12\n",
            'split: a, at: "/", into: [b, c]',
            'app.yaml: line 1: a: given 12, expected 2 parts with "/" between them, for b, c',
        ),
        (
            "a: |\n  b\nc: 1\n",
            "split: a, into: [b, d]",
            f"app.yaml: line 1: a: {IN_ANOTHER_WAY}; write b and d in its place yourself, then",
        ),
        (
            "a: |-\n  b\nc: 1\n",
            "set: a, from: b, to: d",
            f"app.yaml: line 1: a: {IN_ANOTHER_WAY}; write d there yourself, then update again",
        ),
        ("a: [\n", "rename: a, to: b", "app.yaml: line 1: not YAML: "),
    ],
)
def test_what_cannot_be_changed_is_said(text: str, change: str, sentence: str) -> None:
    """With line and key, and nothing is given back."""
    with pytest.raises(InputError) as caught:
        edited(text, changes(change), "app.yaml")
    assert str(caught.value).startswith(sentence)


scalars = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12),
    st.decimals(-99, 99, allow_nan=False, allow_infinity=False, places=2),
    st.booleans(),
    st.none(),
)
names = st.sampled_from(["a", "b", "c", "old"])
contents = st.recursive(
    st.dictionaries(names, scalars, max_size=4),
    lambda inner: st.dictionaries(
        names, st.one_of(inner, scalars, st.lists(inner, max_size=2)), max_size=4
    ),
    max_leaves=12,
)
KINDS = ("rename: {}, to: new", "split: {}, into: [new, more]", "set: {}, from: 'x', to: 'y: #'")


class _Dumper(yaml.SafeDumper):
    """Writes Decimals as numbers, and no aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_representer(
    Decimal, lambda dumper, number: dumper.represent_scalar("tag:yaml.org,2002:float", f"{number}")
)


@given(
    content=contents,
    path=st.sampled_from(["old", "a.old", "*.old", "a.*.old", "*.*.old"]),
    kind=st.sampled_from(KINDS),
    style=st.sampled_from([None, '"', "'"]),
    is_flow=st.sampled_from([None, False, True]),
)
def test_the_text_says_what_the_content_says(
    content: dict[str, Any], path: str, kind: str, style: str | None, is_flow: bool | None
) -> None:
    """However a file is written, both ways of changing it agree, or it is refused."""
    change = changes(kind.format(f'"{path}"'))
    text = yaml.dump(
        content, Dumper=_Dumper, default_style=style, default_flow_style=is_flow, width=1000,
        allow_unicode=True, sort_keys=False,
    )  # fmt: skip
    try:
        parsed = exact_yaml.parse(text, "app.yaml").content
    except InputError:
        return  # tags, which default_style writes, and numbers that are not in plain digits
    try:
        wanted = changed(parsed, change, "app.yaml")
    except InputError:
        with pytest.raises(InputError, match="expected text or a number to split"):
            edited(text, change, "app.yaml")
        return
    try:
        done = edited(text, change, "app.yaml")
    except InputError as error:
        refused = str(error)
        assert IN_ANOTHER_WAY in refused
        return
    assert exact_yaml.parse(done, "app.yaml").content == wanted
    assert edited(done, change, "app.yaml") == done


def renamed() -> Sequence[Release]:
    """A release that renames a field of every manifest."""
    text = (
        "schema_version: 1\nreleases:\n  - version: 0.1.0\n    says: Names.\n    changes:\n"
        "      - {rename: maintainer, to: owner}\n      - {set: region, from: us-east-1, to: x}\n"
    )
    return parse_releases(text, "releases.yaml")


def test_an_older_manifest_is_read_with_todays_names(manifest_text: str) -> None:
    """A record or app.yaml from before a rename can be read; what its fields say is not changed."""
    today = parse_manifest(manifest_text, "app.yaml")
    old = manifest_text.replace("\nowner: ", "\nmaintainer: ", 1)
    assert old != manifest_text
    assert parse_manifest(old, "app.yaml", renamed()) == today
    with pytest.raises(InputError, match="maintainer: unknown key"):
        parse_manifest(old, "app.yaml")
    indented = "".join(f"  {line}\n" if line else "\n" for line in old.splitlines())
    record = (
        "schema_version: 1\nrevision: 1\nregistered: x\nupdated: x\nwhere: {path: x}\n"
        f"template: {{}}\nmanifest:\n{indented}"
    )
    assert parse_record(record, "todo.yaml", renamed()).manifest == today


def test_load_manifest_knows_the_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that is not updated yet can be read from its folder."""
    from tests.mutations import MANIFEST as TODO

    monkeypatch.setattr("tenner.load.own_releases", renamed)
    (tmp_path / "app.yaml").write_text(TODO.replace("\nowner: ", "\nmaintainer: ", 1))
    assert load_manifest(tmp_path).manifest == parse_manifest(TODO, "app.yaml")
