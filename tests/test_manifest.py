"""The manifest is what a person edits: each mistake is told in a sentence, all at once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from tenner.errors import InputError
from tenner.manifest import Manifest, parse_manifest
from tests.mutations import MANIFEST, assert_readable, mutated

MOST = 10**15
TAG = (
    "expected 1 to 100 letters, digits, spaces and . : / = + @ _ - with no space at either end, "
    "because it is a tag"
)
REGION = "expected an AWS region, such as us-east-1"
SCHEDULE = "expected rate(1 day) or cron(…), as EventBridge Scheduler writes them"
FOLDER = "expected the path of a folder in one line of at most 400 characters"
DIGITS = "expected a number in plain digits"
API, DAILY = "functions.api", "functions.daily"


def swapped(old: str, new: str) -> tuple[str, int]:
    """Put another text in the place of one that the manifest has once; give its line too."""
    assert MANIFEST.count(old) == 1, old
    return MANIFEST.replace(old, new), MANIFEST[: MANIFEST.index(old)].count("\n") + 1


def refusal(text: str) -> str:
    """Give the sentences that a manifest is refused with."""
    with pytest.raises(InputError) as caught:
        parse_manifest(text, "app.yaml")
    return str(caught.value)


def test_a_whole_manifest(manifest_text: str) -> None:
    """Every section and field is read as it stands there, exactly."""
    manifest = parse_manifest(manifest_text, "app.yaml")
    assert manifest.app == "todo"
    assert list(manifest.environments) == ["dev", "prod"]
    assert manifest.environments["dev"].use_multiplier == Decimal("0.5")
    assert manifest.functions["api"].memory_mb == 256
    assert manifest.functions["api"].use.writes_per_request == Decimal("0.25")
    assert manifest.functions["daily"].schedule == "rate(1 day)"
    assert manifest.secrets.shared == ("openai-api-key",)
    assert manifest.parameters == ("page-size", "greeting")
    assert manifest.ai is not None
    assert manifest.ai.model == "amazon.nova-micro-v1:0"
    assert "float" not in repr(manifest)


def test_defaults() -> None:
    """A small manifest says only what it must."""
    manifest = parse_manifest(
        "schema_version: 1\napp: todo\nowner: me\nregion: us-east-1\nenvironments: {dev: {}}\n"
        "functions: {api: {trigger: http_api, memory_mb: 128, timeout_s: 1, "
        "use: {requests_per_month: 0, duration_ms: 1}}}\n",
        "app.yaml",
    )
    function = manifest.functions["api"]
    assert manifest.registry == "../aws-shared-infra/apps"
    assert manifest.description == ""
    assert manifest.environments["dev"].use_multiplier == 1
    assert (function.architecture, function.batch_size, function.schedule) == ("arm64", 10, "")
    assert function.use.cold_start_percent == 5
    assert function.use.response_bytes_per_request == 0
    assert (manifest.table, manifest.login, manifest.ai, manifest.static_site) == (None,) * 4
    assert manifest.secrets.shared == manifest.secrets.app == manifest.parameters == ()


@pytest.mark.parametrize(
    ("old", "path", "given_", "sentence"),
    [
        ("schema_version: 1", "", "0", "given 0, expected at least 1"),
        (
            "schema_version: 1",
            "",
            "2",
            (
                "given 2, expected 1; this manifest is from a newer Tenner, so update the tenner "
                "command"
            ),
        ),
        ("schema_version: 1", "", "1.0", ""),
        ("schema_version: 1", "", "'1'", f'given "1", {DIGITS}'),
        ("app: todo", "", "api", 'given "api", which is a reserved word; choose another name'),
        ("app: todo", "", "yes", 'given "yes", which is a reserved word; choose another name'),
        ("app: todo", "", "aa", 'given "aa", expected 3 to 30 characters'),
        ("app: todo", "", "aaa", ""),
        ("app: todo", "", "x" * 30, ""),
        ("app: todo", "", "x" * 31, f'given "{"x" * 31}", expected 3 to 30 characters'),
        ("app: todo", "", "123", "given 123, expected text"),
        ("description: A list of things to do.", "", "x" * 20_000, ""),
        (
            "description: A list of things to do.",
            "",
            "x" * 20_001,
            f'given "{"x" * 60}…", expected at most 20000 characters',
        ),
        ("description: A list of things to do.", "", '"${x} %{y} {{ z }}\\n\\0"', ""),
        ("description: A list of things to do.", "", "1", "given 1, expected text"),
        ("owner: me", "", "x" * 100, ""),
        ("owner: me", "", "x" * 101, f'given "{"x" * 60}…", {TAG}'),
        ("owner: me", "", "Jo Ré <jo>", f'given "Jo Ré <jo>", {TAG}'),
        ("owner: me", "", "Jo Ré jo@x.org", ""),
        ("owner: me", "", "''", f'given "", {TAG}'),
        ("owner: me", "", "' me'", f'given " me", {TAG}'),
        ("owner: me", "", '"me\\n"', f'given "me\\n", {TAG}'),
        ("region: us-east-1", "", "eu-central-1", ""),
        ("region: us-east-1", "", "us-gov-west-1", ""),
        ("region: us-east-1", "", "us-east", f'given "us-east", {REGION}'),
        ("region: us-east-1", "", "us-east-10", f'given "us-east-10", {REGION}'),
        ("region: us-east-1", "", "US-EAST-1", f'given "US-EAST-1", {REGION}'),
        ("region: us-east-1", "", '"us-east-1\\n"', f'given "us-east-1\\n", {REGION}'),
        ("registry: ../aws-shared-infra/apps", "", "x" * 400, ""),
        ("registry: ../aws-shared-infra/apps", "", "a~b", ""),
        ("registry: ../aws-shared-infra/apps", "", "dynamodb://abc", ""),
        ("registry: ../aws-shared-infra/apps", "", "dynamodb://fleet?region=eu-west-1", ""),
        (
            "registry: ../aws-shared-infra/apps",
            "",
            "dynamodb://ab",
            (
                'given "dynamodb://ab", expected dynamodb://TABLE or '
                "dynamodb://TABLE?region=REGION, with a table's name of 3 to 255 letters, "
                "digits, _ . and -"
            ),
        ),
        (
            "registry: ../aws-shared-infra/apps",
            "",
            "~/apps",
            'given "~/apps", expected a path without ~, which only a shell replaces',
        ),
        ("registry: ../aws-shared-infra/apps", "", "x" * 401, f'given "{"x" * 60}…", {FOLDER}'),
        ("registry: ../aws-shared-infra/apps", "", "''", f'given "", {FOLDER}'),
        ("registry: ../aws-shared-infra/apps", "", '"a\\0b"', f'given "a\\x00b", {FOLDER}'),
        ("registry: ../aws-shared-infra/apps", "", '"a\\nb"', f'given "a\\nb", {FOLDER}'),
        ("registry: ../aws-shared-infra/apps", "", "' a'", f'given " a", {FOLDER}'),
        ("use_multiplier: 0.5", "environments.dev", "0", ""),
        ("use_multiplier: 0.5", "environments.dev", "1000000", ""),
        (
            "use_multiplier: 0.5",
            "environments.dev",
            "1000000.1",
            "given 1000000.1, expected at most 1000000",
        ),
        ("use_multiplier: 0.5", "environments.dev", "-0.1", "given -0.1, expected at least 0"),
        ("use_multiplier: 0.5", "environments.dev", "0.000001", ""),
        (
            "use_multiplier: 0.5",
            "environments.dev",
            "0.0000001",
            "given 0.0000001, expected at most 6 decimal places",
        ),
        (
            "trigger: http_api",
            API,
            "http",
            "given \"http\", expected one of 'http_api', 'schedule' or 'queue'",
        ),
        ("architecture: arm64", API, "x86_64", ""),
        ("architecture: arm64", API, "x86", "given \"x86\", expected one of 'arm64' or 'x86_64'"),
        ("memory_mb: 256", API, "127", "given 127, expected at least 128"),
        ("memory_mb: 256", API, "128", ""),
        ("memory_mb: 256", API, "10240", ""),
        ("memory_mb: 256", API, "10241", "given 10241, expected at most 10240"),
        ("memory_mb: 256", API, "256.5", "given 256.5, expected a whole number"),
        ("memory_mb: 256", API, "1e3", f'given "1e3", {DIGITS}'),
        ("memory_mb: 256", API, "0x100", f'given "0x100", {DIGITS}'),
        ("memory_mb: 256", API, "0256", f'given "0256", {DIGITS}'),
        ("memory_mb: 256", API, "", f"given nothing, {DIGITS}"),
        ("timeout_s: 10", API, "0", "given 0, expected at least 1"),
        ("timeout_s: 10", API, "1", ""),
        ("timeout_s: 10", API, "29", ""),
        (
            "timeout_s: 10",
            API,
            "30",
            "given 30, expected at most 29, because an HTTP API gives up after 30 seconds",
        ),
        ("timeout_s: 300", DAILY, "900", ""),
        ("timeout_s: 300", DAILY, "901", "given 901, expected at most 900"),
        ("schedule: rate(1 day)", DAILY, "rate(90 minutes)", ""),
        ("schedule: rate(1 day)", DAILY, "cron(0 12 ? * MON-FRI *)", ""),
        ("schedule: rate(1 day)", DAILY, "rate(0 days)", f'given "rate(0 days)", {SCHEDULE}'),
        ("schedule: rate(1 day)", DAILY, "daily", f'given "daily", {SCHEDULE}'),
        ("schedule: rate(1 day)", DAILY, "cron(* * * *)", f'given "cron(* * * *)", {SCHEDULE}'),
        ("schedule: rate(1 day)", DAILY, "cron(* * * * ? *)", ""),
        (
            "schedule: rate(1 day)",
            DAILY,
            "cron(* * * * ? * *)",
            f'given "cron(* * * * ? * *)", {SCHEDULE}',
        ),
        ("schedule: rate(1 day)", DAILY, '"rate(1 day)\\n"', f'given "rate(1 day)\\n", {SCHEDULE}'),
        ("batch_size: 7", API, "0", "given 0, expected at least 1"),
        ("batch_size: 7", API, "1", ""),
        ("batch_size: 7", API, "10000", ""),
        ("batch_size: 7", API, "10001", "given 10001, expected at most 10000"),
        ("duration_ms: 100", f"{API}.use", "0", "given 0, expected more than 0"),
        ("duration_ms: 100", f"{API}.use", "0.000000001", ""),
        (
            "duration_ms: 100",
            f"{API}.use",
            "0.0000000001",
            "given 0.0000000001, expected at most 9 decimal places",
        ),
        ("duration_ms: 100", f"{API}.use", "10000", ""),
        (
            "duration_ms: 100",
            f"{API}.use",
            "10000.1",
            "given 10000.1, expected at most the timeout of 10 s",
        ),
        ("duration_ms: 100", f"{API}.use", "900001", "given 900001, expected at most 900000"),
        ("cold_start_percent: 5", f"{API}.use", "0", ""),
        ("cold_start_percent: 5", f"{API}.use", "100", ""),
        ("cold_start_percent: 5", f"{API}.use", "100.1", "given 100.1, expected at most 100"),
        ("cold_start_percent: 5", f"{API}.use", "101", "given 101, expected at most 100"),
        ("ttl_days: 30", "table", "0", ""),
        ("ttl_days: 30", "table", "36500", ""),
        ("ttl_days: 30", "table", "36501", "given 36501, expected at most 36500"),
        ("ttl_days: 30", "table", "-1", "given -1, expected at least 0"),
        ("model: amazon.nova-micro-v1:0", "ai", "''", 'given "", expected at least one character'),
        ("model: amazon.nova-micro-v1:0", "ai", "x" * 200, ""),
        (
            "model: amazon.nova-micro-v1:0",
            "ai",
            "x" * 201,
            f'given "{"x" * 60}…", expected at most 200 characters',
        ),
        ("max_output_tokens: 400", "ai", "0", "given 0, expected at least 1"),
        ("max_output_tokens: 400", "ai", "1", ""),
        ("max_output_tokens: 400", "ai", "100000", ""),
        ("max_output_tokens: 400", "ai", "100001", "given 100001, expected at most 100000"),
        ("cache_ttl_days: 90", "ai", "0", ""),
        ("cache_ttl_days: 90", "ai", "36500", ""),
        ("cache_ttl_days: 90", "ai", "36501", "given 36501, expected at most 36500"),
        ("cache_hit_percent: 80", "ai.use", "100", ""),
        ("cache_hit_percent: 80", "ai.use", "101", "given 101, expected at most 100"),
        ("cache_hit_percent: 80", "ai.use", "-1", "given -1, expected at least 0"),
    ],
)
def test_both_sides_of_every_bound(old: str, path: str, given_: str, sentence: str) -> None:
    """The last good value is read, and the first bad one is told in one sentence."""
    key = old.partition(":")[0]
    text, line = swapped(old, f"{key}: {given_}")
    if sentence:
        where = f"{path}.{key}" if path else key
        assert refusal(text) == f"app.yaml: line {line}: {where}: {sentence}"
    else:
        parse_manifest(text, "app.yaml")


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ("requests_per_month: 10000", f"{API}.use"),
        ("reads_per_request: 1.5", f"{API}.use"),
        ("writes_per_request: 0.25", f"{API}.use"),
        ("log_bytes_per_request: 500", f"{API}.use"),
        ("response_bytes_per_request: 2000", f"{API}.use"),
        ("stored_gb: 0.01", "table.use"),
        ("monthly_active_users: 20", "login.use"),
        ("prompts_per_month: 1000", "ai.use"),
        ("input_tokens_per_prompt: 600", "ai.use"),
        ("output_tokens_per_prompt: 350", "ai.use"),
        ("stored_gb: 0.05", "static_site.use"),
        ("page_views_per_month: 5000", "static_site.use"),
        ("bytes_per_page_view: 200000", "static_site.use"),
    ],
)
@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("0", ""),
        ("-0", ""),
        (f"{MOST}", ""),
        (f"{MOST}.000000001", f"given {MOST}.000000001, expected at most {MOST}"),
        ("-0.1", "given -0.1, expected at least 0"),
        ("0.123456789", ""),
        ("0.1234567891", "given 0.1234567891, expected at most 9 decimal places"),
        (".inf", f'given ".inf", {DIGITS}'),
        (".nan", f'given ".nan", {DIGITS}'),
        ("1_000", f'given "1_000", {DIGITS}'),
        ("1:30", f'given "1:30", {DIGITS}'),
        ("yes", f'given "yes", {DIGITS}'),
        ("true", f"given true, {DIGITS}"),
        ("[1]", f"given a list, {DIGITS}"),
    ],
)
def test_both_sides_of_every_amount(old: str, path: str, amount: str, sentence: str) -> None:
    """An amount is from 0 to 10¹⁵ with nine decimal places, exactly."""
    test_both_sides_of_every_bound(old, path, amount, sentence)


@pytest.mark.parametrize(
    ("old", "new", "path", "sentence"),
    [
        (
            "  daily:",
            "  x-y:",
            "functions.x-y",
            (
                'given "x-y", expected at most 25 small letters '
                "and digits joined by _, beginning with a letter"
            ),
        ),
        ("  daily:", f"  {'x' * 25}:", "", ""),
        (
            "[page-size, greeting]",
            "[Page]",
            "parameters.0",
            (
                'given "Page", expected small letters '
                "and digits joined by - or _, beginning with a letter"
            ),
        ),
        (
            "[page-size, greeting]",
            "[no]",
            "parameters.0",
            ('given "no", which YAML readers do not take for text; choose another name'),
        ),
        ("[page-size, greeting]", "[1]", "parameters.0", "given 1, expected text"),
        ("[page-size, greeting]", "greeting", "parameters", 'given "greeting", expected a list'),
        (
            "[page-size, greeting]",
            "[a, b, a]",
            "parameters.2",
            'given "a" again, expected each name once',
        ),
        (
            "[page-size, greeting]",
            "[a, client-secret]",
            "parameters.1",
            'given "client-secret", which secrets.app has too',
        ),
        ("[page-size, greeting]", "[openai-api-key]", "", ""),
        (
            "[openai-api-key]",
            "[a, a]",
            "secrets.shared.1",
            'given "a" again, expected each name once',
        ),
        (
            "[client-secret]",
            "[a, openai-api-key]",
            "secrets.app.1",
            'given "openai-api-key", which secrets.shared has too',
        ),
        (
            "[client-secret]",
            "{client-secret: hunter2}",
            "secrets.app",
            "given a mapping, expected a list",
        ),
        (
            "[client-secret]",
            "[sk_live_AbCdEf]",
            "secrets.app.0",
            (
                "given what looks like the value "
                "of a secret, expected small letters and digits joined by - or _, beginning with a "
                "letter"
            ),
        ),
        (
            "  prod: {}",
            "  production: {}",
            "environments.production",
            "given \"production\", expected one of 'dev', 'staging' or 'prod'",
        ),
        ("  prod: {}", "  staging: {}", "", ""),
        (
            "  prod: {}",
            "  prod:",
            "environments.prod",
            "given nothing, expected a mapping of keys to values",
        ),
        (
            "    batch_size: 7",
            "    batchsize: 7",
            "functions.api.batchsize",
            "unknown key; take it away or mend its spelling",
        ),
        (
            "owner: me",
            'owner: me\n"x\\ny": 1',
            '"x\\ny"',
            "unknown key; take it away or mend its spelling",
        ),
        ("    schedule: rate(1 day)\n", "", "functions.daily.schedule", f'given "", {SCHEDULE}'),
        (
            "    batch_size: 7",
            "    schedule: rate(1 day)",
            "functions.api.schedule",
            "only a function with `trigger: schedule` has one",
        ),
    ],
)
def test_names_keys_and_rules_over_fields(old: str, new: str, path: str, sentence: str) -> None:
    """What is wrong about a name, a key or two fields together is told at one key path."""
    text, line = swapped(old, new)
    if not sentence:
        parse_manifest(text, "app.yaml")
        return
    line += new.startswith("owner") - 7 * (not new)
    if not new:  # a missing field has the line of what lacks it
        line = MANIFEST[: MANIFEST.index("  daily:")].count("\n") + 1
    assert refusal(text) == f"app.yaml: line {line}: {path}: {sentence}"


SITE = "schema_version: 1\napp: todo\nowner: me\nregion: us-east-1\nenvironments: {dev: {}}\n"
SITE_USE = "{use: {stored_gb: 1, page_views_per_month: 1, bytes_per_page_view: 1}}"
AI = (
    "ai: {model: m, max_output_tokens: 1, use: {prompts_per_month: 1, cache_hit_percent: 1, "
    "input_tokens_per_prompt: 1, output_tokens_per_prompt: 1}}"
)
WORKER = (
    "functions: {w: {trigger: queue, memory_mb: 128, timeout_s: 1, "
    "use: {requests_per_month: 1, duration_ms: 1}}}"
)
LOGIN = "login: {use: {monthly_active_users: 1}}"


@pytest.mark.parametrize(
    ("sections", "sentences"),
    [
        ((), ["line 1: static_site: missing; expected it, or at least one function"]),
        (
            ("static_site:",),
            ["line 6: static_site: missing; expected it, or at least one function"],
        ),
        ((f"static_site: {SITE_USE}",), []),
        ((WORKER,), []),
        ((WORKER, AI), []),
        (
            (f"static_site: {SITE_USE}", AI),
            ["line 7: ai: expected a function beside it, because a function calls it"],
        ),
        (
            (WORKER, LOGIN),
            ["line 7: login: expected a function with `trigger: http_api` beside it"],
        ),
        (
            (LOGIN, AI),
            [
                "line 6: login: expected a function with `trigger: http_api` beside it",
                "line 7: ai: expected a function beside it, because a function calls it",
                "line 1: static_site: missing; expected it, or at least one function",
            ],
        ),
    ],
)
def test_rules_over_sections(sections: tuple[str, ...], sentences: list[str]) -> None:
    """What needs another section says so; an app is at least a function or a site."""
    text = SITE + "\n".join(sections)
    if sentences:
        assert refusal(text) == "\n".join(f"app.yaml: {sentence}" for sentence in sentences)
    else:
        parse_manifest(text, "app.yaml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "given nothing, expected a mapping of keys to values"),
        ("- 1", "line 1: given a list, expected a mapping of keys to values"),
        ("todo", 'line 1: given "todo", expected a mapping of keys to values'),
    ],
)
def test_no_manifest_at_all(text: str, sentence: str) -> None:
    """What is no mapping is told as such."""
    assert refusal(text) == f"app.yaml: {sentence}"


@pytest.mark.parametrize("key", "schema_version app owner region environments".split())
def test_what_must_be_there(key: str) -> None:
    """What has no default is missed by its name."""
    text = "".join(line for line in SITE.splitlines(keepends=True) if not line.startswith(key))
    assert refusal(f"{text}static_site: {SITE_USE}") == (
        f"app.yaml: line 1: {key}: missing; expected a value"
    )


def test_an_app_without_an_environment() -> None:
    """An app is somewhere."""
    text = SITE.replace("{dev: {}}", "{}") + f"static_site: {SITE_USE}"
    assert refusal(text) == (
        "app.yaml: line 5: environments: given an empty mapping, expected at least one"
    )


def test_all_defects_at_once() -> None:
    """A file with many defects is told them all, fields and rules alike, in one error."""
    text = (
        "schema_version: 1\n"
        "app: Todo\n"
        "region: nowhere\n"
        "environments: {dev: {use_multiplier: -1}, home: {}}\n"
        "functions:\n"
        "  api:\n"
        "    trigger: http_api\n"
        "    memory_mb: 127\n"
        "    timeout_s: 60\n"
        "    schedule: rate(1 day)\n"
        "    use: {requests_per_month: .nan, duration_ms: 1, requests: 1}\n"
        "  job:\n"
        "    trigger: schedule\n"
        "    memory_mb: 128\n"
        "    timeout_s: 1\n"
        "    use: {requests_per_month: 1, duration_ms: 1001}\n"
        "secrets: {app: [a, b]}\n"
        "parameters: [a, a]\n"
        "tabel: {}\n"
    )
    assert refusal(text).splitlines() == [
        f"app.yaml: line {line}"
        for line in (
            (
                '2: app: given "Todo", expected small letters and digits, in words joined '
                "by single "
                ""
                'hyphens, beginning with a letter, such as "todo" or "link-hub"'
            ),
            "1: owner: missing; expected a value",
            f'3: region: given "nowhere", {REGION}',
            "4: environments.dev.use_multiplier: given -1, expected at least 0",
            "4: environments.home: given \"home\", expected one of 'dev', 'staging' or 'prod'",
            "8: functions.api.memory_mb: given 127, expected at least 128",
            (
                "9: functions.api.timeout_s: given 60, expected at most 29, because an HTTP API "
                "gives "
                "up after 30 seconds"
            ),
            "10: functions.api.schedule: only a function with `trigger: schedule` has one",
            f'11: functions.api.use.requests_per_month: given ".nan", {DIGITS}',
            "11: functions.api.use.requests: unknown key; take it away or mend its spelling",
            f'12: functions.job.schedule: given "", {SCHEDULE}',
            "16: functions.job.use.duration_ms: given 1001, expected at most the timeout of 1 s",
            '18: parameters.1: given "a" again, expected each name once',
            "19: tabel: unknown key; take it away or mend its spelling",
        )
    ]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(mutated(MANIFEST))
def test_any_mutation_is_a_manifest_or_a_readable_error(text: str) -> None:
    """Whatever a person does to a manifest, it is read or each defect is told where it is."""
    try:
        manifest = parse_manifest(text, "app.yaml")
    except InputError as error:
        assert_readable(error, "app.yaml")
    else:
        assert isinstance(manifest, Manifest)
        assert "float" not in repr(manifest)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated(MANIFEST))
def test_many_mutations(text: str) -> None:
    """The same at length."""
    try:
        parse_manifest(text, "app.yaml")
    except InputError as error:
        assert_readable(error, "app.yaml")
