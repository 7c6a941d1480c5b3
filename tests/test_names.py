"""Names are the same rule everywhere: in the questions, in the manifest and in AWS."""

from __future__ import annotations

import string
from pathlib import Path

import jinja2
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from tenner import names
from tenner.errors import InputError
from tenner.manifest import parse_manifest
from tests.mutations import MANIFEST

ROOT = Path(__file__).parents[1]
_MACROS = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT),
    extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701 - text, as Copier renders it
)
_QUESTIONS = _MACROS.get_template("questions/validate.jinja").module
_LETTERS = st.text(st.sampled_from("aZ09-_. \n/#é"), max_size=8)
_ALMOST = st.builds(
    "".join,
    st.lists(st.sampled_from(["todo", "a", "9", "-", "_", "x" * 10, "\n", "A"]), max_size=6),
)
WORDS = sorted(names.RESERVED | names.YAML_WORDS)


def asked(macro: str, *arguments: str) -> str:
    """Give the sentence that a wrong answer gets, as Copier's validator renders it."""
    return str(getattr(_QUESTIONS, macro)(*arguments)).strip()


def is_refused(text: str) -> bool:
    """Tell whether a manifest's text is refused."""
    try:
        parse_manifest(text, "app.yaml")
    except InputError:
        return True
    return False


@pytest.mark.parametrize("name", ["todo", "link-hub", "a-b-c", "a1-2", "abc", "x" * 30, "a-0"])
def test_good_app_names(name: str) -> None:
    """Good names are good in the questions and in the manifest."""
    assert names.app_name_problem(name) == ""
    assert asked("app_name", name) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("todo\n", "\ntodo", "a--b", "-a", "a-", "Todo", "aa", "x" * 31, "", " ", "to do", "1abc"),
        *(
            "naïve",
            "..",
            "a/b",
            "../todo",
            "a_b",
            "a.b",
            "a#b",
            "todo\x00",
            "tod\u006f\u0308",
            "ａｂｃ",
        ),
        *WORDS,
    ],
)
def test_bad_app_names(name: str) -> None:
    """Bad names are bad in the questions and in the manifest."""
    assert names.app_name_problem(name)
    assert asked("app_name", name)


@given(st.one_of(st.text(), _LETTERS, _ALMOST, st.from_regex(r"\A[a-z][a-z0-9-]{0,32}\Z")))
def test_questions_and_manifest_agree_on_app_names(name: str) -> None:
    """Any name is accepted by both or refused by both."""
    assert bool(names.app_name_problem(name)) == bool(asked("app_name", name))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "Todo\n",
            (
                'given "Todo\\n", expected small letters and digits, in words joined by single '
                'hyphens, beginning with a letter, such as "todo" or "link-hub"'
            ),
        ),
        ("aa", 'given "aa", expected 3 to 30 characters'),
        ("x" * 31, f'given "{"x" * 31}", expected 3 to 30 characters'),
        ("api", 'given "api", which is a reserved word; choose another name'),
        ("yes", 'given "yes", which is a reserved word; choose another name'),
        ("tenner", 'given "tenner", which is a reserved word; choose another name'),
        (
            "pip-dev",
            (
                'given "pip-dev", which has the word dev; expected a name without dev, staging and '
                "prod, because an app's name and environment make its other names"
            ),
        ),
    ],
)
def test_what_a_bad_app_name_is_told(name: str, sentence: str) -> None:
    """The sentence says what was given, on one line, and what was expected."""
    assert names.app_name_problem(name) == sentence


@pytest.mark.parametrize("name", ["a-prod-b", "my-staging", "x2-dev-y"])
def test_no_word_of_a_name_is_an_environment(name: str) -> None:
    """So that what is allowed to `pip` in dev, `pip-dev-*`, is never another app's."""
    assert names.app_name_problem(name)


@pytest.mark.parametrize("name", ["dev-tools", "pip-developer", "my-production", "devices"])
def test_words_that_only_look_like_an_environment_are_good(name: str) -> None:
    """A first word can't collide, and a longer word is another word."""
    assert not names.app_name_problem(name)


@pytest.mark.parametrize("name", ["a", "page-size", "a_b-c", "x1", "a-0", "y", "ab" * 12])
def test_good_names_of_secrets_and_parameters(name: str) -> None:
    """Good names are good in the questions and in the manifest."""
    assert names.plain_name_problem(name) == ""
    assert asked("names", name, "app_secrets") == ""


@pytest.mark.parametrize(
    "name",
    [
        *("A", "1a", "a--b", "a-_b", "-a", "a-", "a b", "a/b", "a.b", "é", "a\nb", "..", "x" * 61),
        *sorted(names.YAML_WORDS),
    ],
)
def test_bad_names_of_secrets_and_parameters(name: str) -> None:
    """Bad names are bad in the questions and in the manifest."""
    assert names.plain_name_problem(name)
    assert asked("names", name, "app_secrets")


@given(st.one_of(_LETTERS, _ALMOST, st.from_regex(r"\A[a-z][a-z0-9_-]{0,62}\Z")))
def test_questions_and_manifest_agree_on_names(name: str) -> None:
    """Any name is accepted by both or refused by both, but for what looks like a value."""
    assume("," not in name)
    assume(name == name.strip() != "")  # names in an answer are separated by commas and spaces
    message = asked("names", name, "app_secrets")
    assume("looks like the value of a secret" not in message)
    assert bool(names.plain_name_problem(name)) == bool(message)


@pytest.mark.parametrize("name", ["sk-live", "ghp_1a2b", "akia0123", "x" * 25])
def test_only_the_questions_refuse_names_like_values(name: str) -> None:
    """Who is asked may paste a value; who edits a manifest by hand may choose such a name."""
    assert "looks like the value of a secret" in asked("names", name, "app_secrets")
    assert names.plain_name_problem(name) == ""


@pytest.mark.parametrize(
    "value",
    ["sk_live_51H" + "Ab0" * 8, "AKIA" + "IOSFODNN7EXAMPLE", "key=Hunter2", "A" * 25, "eyJhbGci.x"],
)
def test_a_value_is_never_shown(value: str) -> None:
    """What looks like the value of a secret does not reach a terminal or a log."""
    assert names.plain_name_problem(value) == (
        "given what looks like the value of a secret, expected small letters and digits joined by "
        "- or _, beginning with a letter"
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "Page\nSize",
            (
                'given "Page\\nSize", expected small letters and digits joined by - or _, '
                "beginning "
                ""
                "with a letter"
            ),
        ),
        ("x" * 61, "given 61 characters, expected a name of at most 60"),
        ("off", 'given "off", which YAML readers do not take for text; choose another name'),
    ],
)
def test_what_a_bad_name_is_told(name: str, sentence: str) -> None:
    """The sentence says what was given, on one line, and what was expected."""
    assert names.plain_name_problem(name) == sentence


def test_the_longest_name() -> None:
    """Sixty characters are a name."""
    assert names.plain_name_problem("x" * 60) == ""


@pytest.mark.parametrize("name", ["api", "a", "send_mail", "x1_2", "x" * 25])
def test_good_function_names(name: str) -> None:
    """Words joined by underscores, as the folder is a Python package."""
    assert names.function_name_problem(name) == ""


@pytest.mark.parametrize("name", ["dev-x", "Api", "_a", "a_", "a__b", "1a", "", "x" * 26, "a\n"])
def test_bad_function_names(name: str) -> None:
    """Above all no hyphen, and no more than AWS has room for."""
    assert names.function_name_problem(name).endswith(
        ", expected at most 25 small letters and digits joined by _, beginning with a letter"
    )


def test_a_function_is_no_yaml_word() -> None:
    """A function's name is a YAML key too."""
    assert names.function_name_problem("on") == (
        'given "on", which YAML readers do not take for text; choose another name'
    )


_APPS = st.lists(st.sampled_from(["pip", "dev", "prod", "x", "a1"]), min_size=1, max_size=3).map(
    "-".join
)
_FUNCTIONS = st.lists(st.sampled_from(["pip", "dev", "x"]), min_size=1, max_size=2).map("_".join)
_PLACES = st.tuples(_APPS, st.sampled_from(names.ENVIRONMENTS), _FUNCTIONS)


@given(_PLACES, _PLACES)
def test_functions_of_different_apps_never_collide(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    """`{app}-{environment}-{function}` says which app, environment and function it is."""
    assert (one == other) == ("-".join(one) == "-".join(other))


def test_the_longest_function_fits() -> None:
    """The longest names make a function's name of at most 64 characters, as AWS allows."""
    app, function = "x" * 30, "x" * 25
    assert names.app_name_problem(app) == names.function_name_problem(function) == ""
    assert max(len(f"{app}-{environment}-{function}") for environment in names.ENVIRONMENTS) == 64


@given(st.text(string.ascii_lowercase, min_size=1, max_size=5))
def test_names_of_secrets(name: str) -> None:
    """Shared secrets and those of an app have each their own place."""
    assert names.shared_secret(name, "dev") == f"shared/dev/{name}"
    assert names.app_secret("todo", "prod", name) == f"todo/prod/{name}"
    assert names.app_name_problem("shared")


@given(
    st.one_of(
        st.text(st.characters(codec="utf-8"), max_size=30),
        st.text(st.sampled_from(" ~/.a\n\u2028\ufeff\u00a0"), max_size=8),
    )
)
def test_questions_and_manifest_agree_on_the_registry(path: str) -> None:
    """The path of a registry is accepted by both or refused by both."""
    text = MANIFEST.replace("../aws-shared-infra/apps", yaml.safe_dump(path, default_style='"'))
    assert bool(asked("path", path, "registry")) == is_refused(text)


@given(
    st.one_of(
        st.text(st.characters(codec="utf-8"), max_size=30),
        st.text(st.sampled_from(" .:/=+@_-aé9\n<"), max_size=102),
    )
)
def test_questions_and_manifest_agree_on_the_owner(owner: str) -> None:
    """The owner's tag is accepted by both or refused by both."""
    text = MANIFEST.replace("owner: me", "owner: " + yaml.safe_dump(owner, default_style='"'))
    assert bool(asked("tag_value", owner, "owner")) == is_refused(text)
