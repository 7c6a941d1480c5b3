"""Hostile answers: each gets one sentence, or a repo that says back exactly what was given."""

from __future__ import annotations

import html
import re
import shutil
import tempfile
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from copier import run_copy
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tenner.load import load_manifest
from tenner.names import RESERVED, YAML_WORDS, app_name_problem
from tests.registrations import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEATURES = ("http_api", "job", "worker", "login", "ai", "static_site")
MORE_HOSTILE = (
    "{{ 7*191 }}",
    "{% raw %}{{ 7*191 }}",
    "{% for i in range(9) %}x{% endfor %}",
    "{{ config }} {{ self }} {{ _copier_conf }}",
    "{#",
    "#}",
    "${7*191} %{if true}x%{endif} $${x}",
    "$(touch /tmp/tenner-hacked) `id` ; rm -rf / # && |",
    "\"\"\"'''\\",
    "\\",
    '"',
    "'",
    "a: b\nc: d",
    '"\nowner: "root',
    "# not a comment",
    "<script>alert(1)</script> & <!-- --> ]]>",
    '"><img src=x onerror=alert(1)>',
    "[link](javascript:alert(1)) | a | b | ![x](y)",
    "-----BEGIN-----",
    "\u200f\u202e right to left \u2066",
    "é é ﬃ ￿",
    "\U0010ffff",
    "~" * 300,
    "line\rreturn",
    "\x0b\x0c\x1c\x1d\x1e\x1f",
    "\x85",
    "x" * 10_000 + "{{ 7*191 }}",
    ("two words " * 1000).strip(),
    "0",
    "010",
    "0x1F",
    "1:30",
    "true",
    "No",
    ".inf",
    ".nan",
    "2026-11-21T10:00:00Z",
    "*x",
    "&x",
    "!x",
    "%YAML 1.1",
    "@x",
    "? x",
)
ANY_TEXT = st.text(max_size=200) | st.sampled_from(HOSTILE + MORE_HOSTILE)


class Files(dict[str, bytes]):
    """Files by name; Hypothesis writes down what a test is given, and that should be short."""

    def __repr__(self) -> str:
        """Say only how many."""
        return f"<{len(self)} files>"


class Generated:
    """What a set of answers generates, in a folder that is used for nothing else."""

    def __init__(self, template: Path, folder: Path, answers: dict[str, Any]) -> None:
        self.folder = folder / "some-app"
        run_copy(
            str(template),
            self.folder,
            data=answers,
            defaults=True,
            skip_tasks=True,
            unsafe=True,
            quiet=True,
        )
        self.manifest = load_manifest(self.folder).manifest
        self.plain: dict[str, Any] = yaml.safe_load(self._text("app.yaml"))
        self.answers: dict[str, Any] = yaml.safe_load(self._text(".copier-answers.yml"))

    def _text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def files(self) -> Files:
        """Give all files."""
        return Files(
            (str(path.relative_to(self.folder)), path.read_bytes())
            for path in self.folder.rglob("*")
            if path.is_file()
        )


@pytest.fixture(scope="module")
def generate(plain_template: Path) -> Iterator[Callable[..., Generated]]:
    """Generate an app from answers; raises ValueError with Copier's sentence for a wrong one."""
    places: list[Path] = []

    def keep(**answers: Any) -> Generated:
        place = Path(tempfile.mkdtemp(prefix="tenner-answers-"))
        places.append(place)
        for old in places[:-2]:  # a test looks at one or two
            shutil.rmtree(old, ignore_errors=True)
        return Generated(plain_template, place, answers)

    yield keep
    for place in places:
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def ordinary_files(generate: Callable[..., Generated]) -> Files:
    """All files of an app with harmless answers and a site."""
    return generate(features=["http_api", "static_site"]).files()


def refusal(generate: Callable[..., Generated], **answers: Any) -> str:
    """Generate with a wrong answer; give the validator's sentence without Copier's words."""
    with pytest.raises(ValueError, match="Validation error for question") as caught:
        generate(**answers)
    words = str(caught.value)
    question, _, sentence = words.removeprefix("Validation error for question '").partition("': ")
    assert question in answers
    assert "\n" not in sentence
    assert sentence.isprintable(), repr(sentence)
    assert "Expected: " in sentence or "Choose another name" in sentence
    return sentence


class Texts(HTMLParser):
    """Collects the texts and tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag and the values of its attributes' names."""
        self.tags.append(" ".join([tag, *(name for name, _ in attrs)]))

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.texts.append(data)


def assert_says_back(made: Generated, ordinary: Files, question: str, answer: str) -> None:
    """Assert that three readers find the answer in the repo, and nothing else came of it."""
    assert getattr(made.manifest, question) == answer
    assert made.plain[question] == answer
    assert made.answers[question] == answer
    files = made.files()
    assert set(files) == set(ordinary)
    says_it = {"app.yaml", ".copier-answers.yml", "README.md", "site/index.html"}
    assert {name for name in files if files[name] != ordinary[name]} <= says_it
    lines = [file["README.md"].decode().split("\n") for file in (files, ordinary)]
    assert len(lines[0]) == len(lines[1])
    changed = [line for line, was in zip(*lines, strict=True) if line != was]
    assert all(line.startswith("What it is for: ") for line in changed)
    assert len(changed) <= 1
    page, plain_page = Texts(), Texts()
    page.feed(files["site/index.html"].decode())
    plain_page.feed(ordinary["site/index.html"].decode())
    assert page.tags == plain_page.tags
    assert "1337" not in "".join(changed).replace(html.unescape(answer), "")


def check_text(
    generate: Callable[..., Generated], ordinary: Files, question: str, answer: str
) -> None:
    """Check one answer: a sentence, or a repo that says it back."""
    try:
        made = generate(features=["http_api", "static_site"], **{question: answer})
    except ValueError:
        sentence = refusal(generate, **{question: answer})
        assert sentence.startswith(f"{question} ")
        if question == "description":
            # Any text at all: only no text, too much of it, and what is no text is refused.
            has_surrogate = re.search("[\x85\ud800-\udfff]", answer) is not None
            assert has_surrogate or not answer.strip() or len(answer) > 20_000
        return
    assert_says_back(made, ordinary, question, answer)


def fuzz(examples: int) -> settings:
    """Give the settings for that many examples."""
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.mark.parametrize("answer", [*HOSTILE, *MORE_HOSTILE], ids=ascii)
@pytest.mark.slow
def test_every_hostile_description_comes_back(
    generate: Callable[..., Generated], ordinary_files: Files, answer: str
) -> None:
    """Each text of the list is said back, or is no text."""
    check_text(generate, ordinary_files, "description", answer)


def test_all_hostile_descriptions_at_once_come_back(
    generate: Callable[..., Generated], ordinary_files: Files
) -> None:
    """The ordinary run has all of the list in one description."""
    texts = HOSTILE + MORE_HOSTILE
    answer = "\n".join(text for text in texts if len(text) < 1000 and "\x85" not in text)
    assert_says_back(
        generate(features=["http_api", "static_site"], description=answer),
        ordinary_files,
        "description",
        answer,
    )


@fuzz(15)
@given(answer=ANY_TEXT)
def test_a_description_comes_back(
    generate: Callable[..., Generated], ordinary_files: Files, answer: str
) -> None:
    """Any text at all is said back by app.yaml, the answers file and other YAML readers."""
    check_text(generate, ordinary_files, "description", answer)


@pytest.mark.slow
@fuzz(75)
@given(answer=st.text(max_size=2000) | ANY_TEXT)
def test_a_description_comes_back_at_length(
    generate: Callable[..., Generated], ordinary_files: Files, answer: str
) -> None:
    """The same with more and longer texts."""
    check_text(generate, ordinary_files, "description", answer)


OWNER_OR_NOT = st.from_regex(r"[\w.:/=+@ -]{1,100}") | ANY_TEXT
PATH_OR_NOT = st.from_regex(r"[^\x00-\x1f]{1,60}") | ANY_TEXT


@fuzz(10)
@given(owner=OWNER_OR_NOT, registry=PATH_OR_NOT)
@example(owner="1e3", registry="1e3")
@example(owner="yes", registry="null")
@example(owner="0x10", registry="a: b # c")
@example(owner="Ünï Çödé/٣", registry="${HOME}/{{ 7*191 }}/'\"\\")
def test_an_owner_and_a_registry_come_back(
    generate: Callable[..., Generated],
    ordinary_files: Files,
    owner: str,
    registry: str,
) -> None:
    """What AWS takes as a tag's value, and what is a path in one line, is said back exactly."""
    check_text(generate, ordinary_files, "owner", owner)
    check_text(generate, ordinary_files, "registry", registry)


@pytest.mark.slow
@fuzz(50)
@given(owner=OWNER_OR_NOT, registry=PATH_OR_NOT)
def test_an_owner_and_a_registry_come_back_at_length(
    generate: Callable[..., Generated],
    ordinary_files: Files,
    owner: str,
    registry: str,
) -> None:
    """The same with more of them."""
    check_text(generate, ordinary_files, "owner", owner)
    check_text(generate, ordinary_files, "registry", registry)


OWNER_EXPECTED = (
    "Expected: 1 to 100 letters, digits, spaces and . : / = + @ _ - with no space at either end, "
    "because AWS allows no more in a tag."
)
TABLE_EXPECTED = (
    "Expected: dynamodb://TABLE or dynamodb://TABLE?region=REGION, with a table's name of 3 to 255 "
    "letters, digits, _ . and -."
)
PATH_EXPECTED = "Expected: the path of a folder in one line, such as ../aws-shared-infra/apps."


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        ("description", "", "description is empty. Expected: a sentence."),
        ("description", " \n\t", "description is empty. Expected: a sentence."),
        (
            "description",
            "x" * 20_001,
            "description has 20001 characters. Expected: at most 20000.",
        ),
        (
            "description",
            "a\udcffb",
            "description has bytes that are not UTF-8 text. Expected: text.",
        ),
        ("owner", "", f'owner is "". {OWNER_EXPECTED}'),
        ("owner", " me", f'owner is " me". {OWNER_EXPECTED}'),
        ("owner", "me\n", f'owner is "me\\n". {OWNER_EXPECTED}'),
        ("owner", "😀", f'owner is "\\ud83d\\ude00". {OWNER_EXPECTED}'),
        ("owner", "x" * 101, f'owner is "{"x" * 60}"…. {OWNER_EXPECTED}'),
        ("registry", "a\nb", f'registry is "a\\nb". {PATH_EXPECTED}'),
        ("registry", "a\0", f'registry is "a\\u0000". {PATH_EXPECTED}'),
        ("registry", "a ", f'registry is "a ". {PATH_EXPECTED}'),
        ("registry", "", f'registry is "". {PATH_EXPECTED}'),
        ("registry", "a\u2028b", f'registry is "a\\u2028b". {PATH_EXPECTED}'),
        ("registry", "dynamodb:fleet", f'registry is "dynamodb:fleet". {TABLE_EXPECTED}'),
        ("registry", "dynamodb://ab", f'registry is "dynamodb://ab". {TABLE_EXPECTED}'),
        (
            "registry",
            "dynamodb://fleet?region=moon",
            f'registry is "dynamodb://fleet?region=moon". {TABLE_EXPECTED}',
        ),
    ],
)
def test_a_wrong_text_gets_its_sentence(
    generate: Callable[..., Generated], question: str, answer: str, sentence: str
) -> None:
    """What was given, what was expected; the same words each time."""
    assert refusal(generate, **{question: answer}) == sentence


NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAME_EXPECTED = (
    "Expected: small letters and digits, in words joined by single hyphens, beginning with a "
    'letter, such as "todo" or "link-hub".'
)


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "a b", " todo", "todo ", "todo\n", "\ntodo", "To-Do", "TODO", "1todo", "-todo"),
        *("todo-", "to--do", "to_do", "..", "../x", "a/b", "/etc", "a.b", "todo\0", "tödo", "тodo"),
        *("ｔodo", "todo😀", "$(id)", "{{7*7}}", "${x}", "%{x}", "a:b", "a#b", "\u202etodo", "~"),
        *("1e3", "-", "t\u200bodo", "todo\u2028"),
    ],
    ids=ascii,
)
def test_a_wrong_app_name_gets_its_sentence(generate: Callable[..., Generated], name: str) -> None:
    """Names are wiring: whatever is not one is refused, with what was given."""
    sentence = refusal(generate, app_name=name)
    assert sentence.startswith('app_name is "')
    assert sentence.endswith(NAME_EXPECTED)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ab", 'app_name is "ab", 2 characters. Expected: 3 to 30 characters.'),
        ("a" * 31, f'app_name is "{"a" * 31}", 31 characters. Expected: 3 to 30 characters.'),
        ("shared", 'app_name is "shared", which is a reserved word. Choose another name; '),
        ("yes", 'app_name is "yes", which is a reserved word. Choose another name; '),
        ("prod", 'app_name is "prod", which is a reserved word. Choose another name; '),
        ("pip-dev", 'app_name is "pip-dev", which has the word dev, staging or prod. Expected: '),
        ("a-prod-b", 'app_name is "a-prod-b", which has the word dev, staging or prod. '),
    ],
)
def test_a_name_that_can_not_be_used_gets_its_sentence(
    generate: Callable[..., Generated], name: str, sentence: str
) -> None:
    """Too short, too long, reserved."""
    assert refusal(generate, app_name=name).startswith(sentence)


@fuzz(40)
@given(name=st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\n?") | st.text(max_size=12))
def test_the_questions_and_the_manifest_agree_on_names(
    generate: Callable[..., Generated], name: str
) -> None:
    """What the question refuses the manifest refuses, and the other way round."""
    if app_name_problem(name):
        assert refusal(generate, app_name=name).startswith("app_name is ")
    elif len(name) < 6:  # a few are enough to see that they generate
        made = generate(app_name=name)
        assert made.manifest.app == made.plain["app"] == made.answers["app_name"] == name


def test_the_questions_and_the_manifest_reserve_the_same_words(
    generate: Callable[..., Generated],
) -> None:
    """The list stands in two places, for two readers; words of two letters are too short anyway."""
    listed = refusal(generate, app_name="shared").partition("reserved are ")[2].rstrip(".")
    assert set(listed.split(", ")) == {word for word in RESERVED | YAML_WORDS if len(word) > 2}


SECRET = "something that looks like the value of a secret, or like a name with one. "  # noqa: S105


NO_NAMES = (
    ("a,,b", 'has the name "". Expected: names of small letters'),
    ("a,", 'has the name "". Expected: names of small letters'),
    ("a b", 'has the name "a b". Expected: names of small letters'),
    ("../a", 'has the name "../a". Expected: names of small letters'),
    ("a\nb", 'has the name "a\\nb". Expected: names of small letters'),
    ("A", 'has the name "A". Expected: names of small letters'),
    ('a","b', 'has the name "a\\"". Expected: names of small letters'),
    ("yes", 'has the name "yes", which YAML readers do not take for text. Choose another name'),
    ("a, a", 'has the name "a" twice. Expected: each name once.'),
    ("sk-live-abc", f"has {SECRET}Expected: only names"),
    ("key=hunter2", f"has {SECRET}Expected: only names"),
    ("ghp_0123456789", f"has {SECRET}Expected: only names"),
    ("a" * 61, f"has {SECRET}Expected: only names"),
    ("AKIAIOSFODNN7EXAMPLE", f"has {SECRET}Expected: only names"),
)


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        *(("shared_secrets", *wrong) for wrong in NO_NAMES),
        *(("app_parameters", *wrong) for wrong in NO_NAMES[4:8]),
        *(("app_secrets", *wrong) for wrong in NO_NAMES[8:]),
    ],
)
def test_a_wrong_name_of_a_secret_gets_its_sentence(
    generate: Callable[..., Generated], question: str, answer: str, words: str
) -> None:
    """Names only; what looks like a value is not even repeated."""
    sentence = refusal(generate, **{question: answer})
    assert sentence.startswith(f"{question} {words}")
    if SECRET in sentence:
        assert answer not in sentence


def test_names_of_secrets_come_back(generate: Callable[..., Generated]) -> None:
    """Names stand in the manifest as lists, and in the answers as they were given."""
    given_ = "openai-api-key ,stripe_test-key,  a1"
    made = generate(shared_secrets=given_, app_secrets="own-key", app_parameters="limit, e1")
    assert made.manifest.secrets.shared == ("openai-api-key", "stripe_test-key", "a1")
    assert made.manifest.secrets.app == ("own-key",)
    assert made.manifest.parameters == ("limit", "e1")
    assert made.answers["shared_secrets"] == given_
    assert made.plain["secrets"]["shared"] == ["openai-api-key", "stripe_test-key", "a1"]


def test_a_setting_and_a_secret_have_different_names(generate: Callable[..., Generated]) -> None:
    """A parameter and a SecureString of one name would be one parameter."""
    sentence = refusal(generate, app_parameters="limit", app_secrets="key, limit")
    assert sentence == (
        'app_secrets has the name "limit", which app_parameters has too. Expected: each name once.'
    )


def test_a_secret_is_shared_or_the_app_s_own(generate: Callable[..., Generated]) -> None:
    """In prod both would be the secret `{app}/prod/{name}`, so a name is given once."""
    sentence = refusal(generate, app_secrets="token, key", shared_secrets="key")
    assert sentence == (
        'app_secrets has the name "key", which shared_secrets has too. Expected: each name once.'
    )


WHOLE = ("requests_per_month", "duration_ms", "log_bytes_per_request", "memory_mb", "timeout_s")
DECIMAL = ("reads_per_request", "writes_per_request")
NO_NUMBERS = (
    *("", " ", "1e3", "-1", "+1", "0x10", "010", "００", "１２", "٣", " 5", "5 ", "5\n", "1_000"),
    *("1,000", "ten", "NaN", "inf", "Infinity", "null", "{{ 5 }}", "9" * 400, "1.5.1", "1;5"),
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        *((question, answer) for question in (WHOLE[0], DECIMAL[0]) for answer in NO_NUMBERS),
        *((question, "1e3") for question in (*WHOLE[1:], *DECIMAL[1:])),
    ],
)
def test_what_is_no_number_gets_its_sentence(
    generate: Callable[..., Generated], question: str, answer: str
) -> None:
    """Plain digits only: no exponent, sign, zeros before, other scripts' digits, spaces."""
    assert refusal(generate, **{question: answer}).startswith(f'{question} is "')


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        (
            "requests_per_month",
            "1000000000001",
            "requests_per_month is 1000000000001. Expected: from 0 to 1000000000000 requests.",
        ),
        (
            "requests_per_month",
            "0.5",
            (
                'requests_per_month is "0.5". Expected: a whole number of requests in digits, '
                "from 0 to 1000000000000."
            ),
        ),
        ("duration_ms", "0", "duration_ms is 0. Expected: from 1 to 900000 milliseconds."),
        ("memory_mb", "127", "memory_mb is 127. Expected: from 128 to 10240 MB."),
        ("memory_mb", "10241", "memory_mb is 10241. Expected: from 128 to 10240 MB."),
        (
            "reads_per_request",
            "10000.5",
            "reads_per_request is 10000.5. Expected: from 0 to 10000 reads.",
        ),
        (
            "writes_per_request",
            "0.0000001",
            (
                'writes_per_request is "0.0000001". Expected: a number of writes in digits, such '
                "as 2 or 0.5, from 0 to 10000."
            ),
        ),
        (
            "timeout_s",
            "30",
            (
                "timeout_s is 30. Expected: from 1 to 29 seconds. An HTTP API gives up after 30 "
                "seconds, so its function must answer before."
            ),
        ),
    ],
)
def test_a_number_out_of_bounds_gets_its_sentence(
    generate: Callable[..., Generated], question: str, answer: str, sentence: str
) -> None:
    """The sentence says the bounds and the unit."""
    assert refusal(generate, **{question: answer}) == sentence


def test_a_timeout_is_longer_than_a_request(generate: Callable[..., Generated]) -> None:
    """Two answers that contradict each other are said together."""
    assert refusal(generate, duration_ms="3001", timeout_s="3") == (
        "timeout_s is 3, but duration_ms says that a request takes 3001 ms. "
        "Expected: a timeout longer than one request takes."
    )
    made = generate(duration_ms="3000", timeout_s="3")
    assert made.manifest.functions["api"].timeout_s == 3


NUMBERS = {
    "requests_per_month": st.integers(0, 10**12),
    "duration_ms": st.integers(1, 29_000),
    "log_bytes_per_request": st.integers(0, 10**7),
    "reads_per_request": st.decimals(0, 10_000, places=6),
    "writes_per_request": st.decimals(0, 10_000, places=2),
}


@fuzz(8)
@given(numbers=st.fixed_dictionaries(NUMBERS))
def test_numbers_come_back_exactly(
    generate: Callable[..., Generated], numbers: dict[str, Any]
) -> None:
    """The manifest has the digits that were given, none rounded."""
    answers = {key: f"{Decimal(number):f}" for key, number in numbers.items()}
    made = generate(timeout_s="29", **answers)
    use = made.manifest.functions["api"].use
    for key, number in numbers.items():
        assert getattr(use, key) == number
        assert made.answers[key] == answers[key]


def valid(features: frozenset[str]) -> bool:
    """Tell whether features go together, as DESIGN and the questions' help say."""
    functions = features & {"http_api", "job", "worker"}
    if "login" in features and "http_api" not in features:
        return False
    if "ai" in features and not functions:
        return False
    return bool(functions or "static_site" in features)


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ([], "Given: no feature. Expected: at least one of http_api, job, worker, static_site."),
        (
            ["login", "ai"],
            "Given: login, ai. Expected: at least one of http_api, job, worker, static_site.",
        ),
        (
            ["login", "job"],
            (
                "Given: login without http_api. Expected: http_api too, because login protects its "
                "routes."
            ),
        ),
        (
            ["ai", "static_site"],
            (
                "Given: ai without a function. Expected: http_api, job or worker too, because a "
                "function calls the model."
            ),
        ),
    ],
)
def test_features_that_do_not_go_together_get_their_sentence(
    generate: Callable[..., Generated], features: list[str], sentence: str
) -> None:
    """What is missing, and why it is needed."""
    assert refusal(generate, features=features) == sentence


@fuzz(20)
@given(features=st.frozensets(st.sampled_from(FEATURES)))
def test_every_set_of_features_is_a_repo_or_a_sentence(
    generate: Callable[..., Generated], features: frozenset[str]
) -> None:
    """Features that go together make a manifest with just these; the others a sentence."""
    if not valid(features):
        assert refusal(generate, features=sorted(features)).startswith("Given: ")
        return
    manifest = generate(features=sorted(features)).manifest
    triggers = {function.trigger for function in manifest.functions.values()}
    assert ("http_api" in triggers) == ("http_api" in features)
    assert ("schedule" in triggers) == ("job" in features)
    assert ("queue" in triggers) == ("worker" in features)
    assert (manifest.login is not None) == ("login" in features)
    assert (manifest.ai is not None) == ("ai" in features)
    assert (manifest.static_site is not None) == ("static_site" in features)


@pytest.mark.parametrize(
    "question",
    *[["shared_secret_names", "app_parameter_names", "app_secret_names", "function_names"]],
)
def test_a_derived_value_can_not_be_given(
    generate: Callable[..., Generated], question: str
) -> None:
    """What follows from another answer is refused, or it could carry anything into the repo."""
    sentence = refusal(generate, **{question: '["{{ 7*191 }}"]'})
    assert sentence.startswith(f"{question} can't be given, because it follows from ")
