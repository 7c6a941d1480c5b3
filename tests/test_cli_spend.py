"""`tenner spend`: it asks AWS at most once a day, says what that costs, and loses no answer.

No emulator has Cost Explorer's groups: a server on loopback gives recorded answers to a real
boto3; moto's answers, which are set beforehand, show that a second implementation is understood.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import platformdirs
import pytest
import yaml
from moto import mock_aws

from tenner import cli_spend
from tenner.cli import main
from tenner.shown import shown
from tenner.spend_answers import spent_of
from tenner.spend_ask import Purse, days_to_ask, questions
from tests.cost_explorer import (
    ACCOUNT,
    KEYS,
    CostExplorerServer,
    anomalies,
    costs,
    records,
    usage,
)
from tests.fixtures_fleet import FLEET
from tests.fixtures_generated import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = ROOT / "tests" / "golden"
FORMATS = {"text": "txt", "markdown": "md", "json": "json"}


def page_set() -> list[dict[str, Any]]:
    """The answers to the four questions; the costs have two pages."""
    return [
        costs(
            ("app$todo|AWS Lambda", "0.4000000001"),
            ("app$todo|Claude 3 Haiku (Amazon Bedrock Edition)", "-0.05"),
            after="next",
        ),
        costs(
            ("app$shared|AWS Secrets Manager", "1.0666666667"),
            ("app$old|Amazon DynamoDB", "0.90"),
            ("app$|Tax", "0.10"),
        ),
        usage(
            ("app$todo|Request", "2000000 for 0.4000000001"),
            ("app$shared|USE1-AWSSecretsManager-Secrets", "2.6666666667 for 1.0666666667"),
        ),
        records(("Usage", "2.3166666668"), ("Tax", "0.10"), ("Credit", "-2.00")),
        anomalies(0.35),
    ]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CostExplorerServer]:
    """Cost Explorer with its answers, an empty cache, and no region anywhere."""
    server = CostExplorerServer()
    server.pages = page_set()
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    at(monkeypatch, 21)
    yield server
    server.stop()


def at(monkeypatch: pytest.MonkeyPatch, day: int) -> None:
    """Make it a day of November."""
    monkeypatch.setattr(cli_spend, "now", lambda: datetime(2026, 11, day, 9, tzinfo=UTC))


@pytest.mark.parametrize("format_", FORMATS)
def test_reports(
    aws: CostExplorerServer,
    fleet_home: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    format_: str,
) -> None:
    """What is asked is shown beside the estimate of what is registered here, in each format."""
    assert main(["spend", "--format", format_]) == 1  # over the budget of $2, and an anomaly
    said = capsys.readouterr()
    assert said.err == "Cost Explorer was asked 5 times, which costs $0.05.\n"
    path = GOLDEN / f"spend.{FORMATS[format_]}"
    if request.config.getoption("--update-golden"):
        path.write_text(said.out, encoding="utf-8")
    assert said.out == path.read_text(encoding="utf-8")


def test_what_is_asked(aws: CostExplorerServer, fleet_home: Path) -> None:
    """Whole days of the month, without credits, by tag and service; pages are followed."""
    main(["spend"])
    november = {"Start": "2026-11-01", "End": "2026-11-21"}
    assert [
        (each["action"], each.get("GroupBy"), each.get("NextPageToken")) for each in aws.asked
    ] == [
        (
            "GetCostAndUsage",
            [{"Type": "TAG", "Key": "app"}, {"Type": "DIMENSION", "Key": "SERVICE"}],
            token,
        )
        for token in (None, "next")
    ] + [
        (
            "GetCostAndUsage",
            [{"Type": "TAG", "Key": "app"}, {"Type": "DIMENSION", "Key": "USAGE_TYPE"}],
            None,
        ),
        ("GetCostAndUsage", [{"Type": "DIMENSION", "Key": "RECORD_TYPE"}], None),
        ("GetAnomalies", None, None),
    ]
    assert all(each["TimePeriod"] == november for each in aws.asked[:4])
    filters = [each.get("Filter") for each in aws.asked[:4]]
    no_credits = {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund"]}}}
    assert filters == [no_credits, no_credits, no_credits, None]


def test_once_a_day(
    aws: CostExplorerServer,
    fleet_home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second look on the same day asks nothing and says the same; the next day asks anew."""
    main(["spend"])
    first = capsys.readouterr().out
    assert main(["spend"]) == 1
    said = capsys.readouterr()
    path = platformdirs.user_cache_path("tenner") / "spend" / f"{ACCOUNT}.json"
    assert said.out == first
    assert said.err == f"Asked today already: {path}; --refresh asks again.\n"
    assert len(aws.asked) == 5
    assert main(["spend", "--from", str(path)]) == 1
    assert capsys.readouterr().out == first
    aws.asked.clear()
    assert main(["spend", "--refresh"]) == 1
    assert len(aws.asked) == 5
    aws.asked.clear()
    aws.pages = [costs(days=("2026-11-01", "2026-11-22")), *page_set()[2:]]
    for page in aws.pages[1:3]:
        page["ResultsByTime"][0]["TimePeriod"]["End"] = "2026-11-22"
    at(monkeypatch, 22)
    main(["spend"])
    assert len(aws.asked) == 4


def test_dry_run(
    aws: CostExplorerServer, fleet_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what would be asked, and asks nothing."""
    assert main(["spend", "--dry-run"]) == 0
    assert capsys.readouterr().out == (
        f"Account {ACCOUNT} would be asked 4 times, $0.04; more where answers have pages.\n"
    )
    assert aws.asked == []
    main(["spend"])
    capsys.readouterr()
    assert main(["spend", "--dry-run"]) == 0
    assert capsys.readouterr().out == (
        f"Account {ACCOUNT} was asked today: nothing is asked, $0.00.\n"
    )


@pytest.mark.parametrize(
    "rest",
    [
        "{",
        "[]",
        '{"answers": [], "asked": 1}',
        '{"answers": [], "asked": "soon"}',
        '{"answers": [], "asked": "2026-11-21T01:00:00+00:00", "account": "999999999999"}',
    ],
)
def test_a_cache_that_cannot_be_read(aws: CostExplorerServer, fleet_home: Path, rest: str) -> None:
    """What is left of a cache is as good as nothing: AWS is asked."""
    path = platformdirs.user_cache_path("tenner") / "spend" / f"{ACCOUNT}.json"
    path.parent.mkdir(parents=True)
    path.write_text(rest, encoding="utf-8")
    assert main(["spend"]) == 1
    assert len(aws.asked) == 5
    assert json.loads(path.read_text(encoding="utf-8"))["requests"] == 5
    assert {each.name for each in path.parent.iterdir()} == {path.name, f"{ACCOUNT}.lock"}


def test_a_cache_that_cannot_be_written(
    aws: CostExplorerServer, fleet_home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What was paid for is shown all the same, with a sentence."""
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    assert main(["spend"]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("spend · 2026-11-01 to 2026-11-20")
    assert "The answers can't be kept, so the next look costs again: " in said.err


def test_answers_that_are_not_understood(
    aws: CostExplorerServer, fleet_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was paid for is kept and named with its file, and a second look costs nothing."""
    aws.pages = [costs(("app$todo|AWS Lambda", "0.1")), usage(), records(), anomalies()]
    metrics = aws.pages[0]["ResultsByTime"][0]["Groups"][0]["Metrics"]
    metrics["UnblendedCost"]["Unit"] = "EUR"
    path = platformdirs.user_cache_path("tenner") / "spend" / f"{ACCOUNT}.json"
    sentence = (
        f"{path}, what Cost Explorer said: 0.ResultsByTime.0.Groups.0.Metrics.UnblendedCost: given "
        '"EUR", expected USD\n'
    )
    for first in (
        "Cost Explorer was asked 4 times, which costs $0.04.\n",
        f"Asked today already: {path}; --refresh asks again.\n",
    ):
        assert main(["spend"]) == 2
        assert capsys.readouterr().err == first + sentence
    assert len(aws.asked) == 4


def test_two_looks_at_once(aws: CostExplorerServer, fleet_home: Path) -> None:
    """Of two processes that begin at once one asks, and the other finds its answers."""
    today = days_to_ask(datetime.now(UTC).date())
    for page in aws.pages[:4]:
        page["ResultsByTime"][0]["TimePeriod"] = dict(
            zip(("Start", "End"), map(str, today), strict=True)
        )
    aws.delay_s = 0.3
    command = [f"{Path(sys.executable).parent}/tenner", "spend", "--format", "json"]
    both = [
        subprocess.Popen(command, cwd=fleet_home, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [each.communicate(timeout=60) for each in both]
    assert [each.returncode for each in both] == [1, 1]
    assert said[0][0] == said[1][0]
    assert sorted(b"was asked 5 times" in err for _, err in said) == [False, True]
    assert len(aws.asked) == 5


def test_an_answer_without_end(
    aws: CostExplorerServer, fleet_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A question is asked for 25 pages at most, and what they cost is said."""
    aws.pages = [costs(after="next")] * 30
    assert main(["spend"]) == 3
    assert capsys.readouterr().err == (
        "Cost Explorer was asked 25 times, which costs $0.25.\n"
        "Cost Explorer's answer goes on after 25 pages, each of which costs\n"
    )
    assert len(aws.asked) == 25


def test_anomalies_that_are_refused(
    aws: CostExplorerServer, fleet_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was paid for before is shown and kept, and the report says what it lacks."""
    aws.error, aws.refuses = ("AccessDeniedException", "not authorized"), "GetAnomalies"
    assert main(["spend"]) == 1
    said = capsys.readouterr()
    assert "  AWS did not say whether it found anomalies.\n" in said.out
    assert said.err == (
        "Cost Explorer was asked 4 times, which costs $0.04.\n"
        "AWS does not say whether it found anomalies: These credentials may not ask Cost Explorer. "
        f"{_MAY}\n"
    )
    aws.asked.clear()
    assert main(["spend"]) == 1
    assert aws.asked == []


def test_a_refusal_after_some_answers(
    aws: CostExplorerServer,
    fleet_home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was paid for until then is said; nothing half is kept."""
    monkeypatch.setattr("tenner.aws._ATTEMPTS", 1)
    aws.pages = aws.pages[:3]
    assert main(["spend"]) == 3
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "Cost Explorer was asked 3 times, which costs $0.03."
    assert said[1].startswith("Cost Explorer refuses: ")
    assert not list(platformdirs.user_cache_path("tenner").rglob("*.json"))


NOT_ENABLED = (
    "Cost Explorer is not enabled for this account. Open it once in the console under Billing and "
    "Cost Management (in an organisation, in the management account), and ask again after a day"
)
UNSIGNED = (
    "AWS refuses the signature: the secret access key is wrong, or this machine's clock is "
    "(InvalidSignatureException)"
)
REFUSED = (
    "Cost Explorer refuses: An error occurred (ValidationException) when calling the "
    "GetCostAndUsage operation: Start date (and hour) is invalid"
)
_MAY = (
    "Expected a role that may ce:GetCostAndUsage and ce:GetAnomalies, in an account whose root "
    "user has activated IAM access to billing (Account, IAM user and role access to Billing "
    "information)"
)


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (
            ("AccessDeniedException", "User not enabled for cost explorer access"),
            NOT_ENABLED,
        ),
        (
            (
                "AccessDeniedException",
                "User: arn:aws:iam::1:user/me is not authorized to perform: ce:GetCostAndUsage",
            ),
            f"These credentials may not ask Cost Explorer. {_MAY}",
        ),
        (
            ("DataUnavailableException", "The requested data is unavailable."),
            "Cost Explorer has no data of these days yet: a new account has them after a day",
        ),
        (
            ("InvalidSignatureException", "Signature expired: 20261120T090000Z is now earlier"),
            UNSIGNED,
        ),
        (
            ("LimitExceededException", "Rate limit exceeded"),
            "Cost Explorer was asked too often. Ask again in some minutes",
        ),
        (
            ("ValidationException", "Start date (and hour) is invalid."),
            REFUSED,
        ),
    ],
)
def test_refusals(
    aws: CostExplorerServer,
    fleet_home: Path,
    capsys: pytest.CaptureFixture[str],
    refusal: tuple[str, str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of AWS's noes is one sentence, and nothing is kept."""
    aws.error = refusal
    if refusal[0] == "LimitExceededException":
        monkeypatch.setattr("tenner.aws._ATTEMPTS", 1)  # or half a minute is waited for it
    assert main(["spend"]) == 3
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"{expected}\n")
    assert not list(platformdirs.user_cache_path("tenner").rglob("*.json"))


def test_expired_credentials(
    aws: CostExplorerServer, fleet_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are named, and Cost Explorer is not asked."""
    aws.is_expired = True
    assert main(["spend"]) == 3
    assert capsys.readouterr().err == (
        "AWS does not know these credentials, or no longer: ExpiredToken. Expected credentials: "
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    )
    assert aws.asked == []


def test_no_credentials(
    aws: CostExplorerServer,
    fleet_home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Without any it says what to set."""
    for name in KEYS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert main(["spend"]) == 3
    assert capsys.readouterr().err == (
        "AWS can't be asked: Unable to locate credentials. Expected credentials: set AWS_PROFILE, "
        "or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    )


def test_saved_files(fleet_home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """AWS's own output, one answer a file, works without AWS."""
    paths = []
    for number, page in enumerate([costs(("app$todo|AWS Lambda", "0.01")), usage()]):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(page), encoding="utf-8")
    options = [word for path in paths for word in ("--from", str(path))]
    assert main(["spend", *options, "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["total"]["so_far_usd"], said["total"]["month_usd"]) == ("0.01", "0.015")
    assert said["anomalies"] is None


@pytest.mark.parametrize(
    ("asked", "accounts", "message"),
    [
        (
            "soon",
            ("1", "1"),
            '0.json: asked: given "soon", expected a day such as 2026-11-21',
        ),
        (
            "2026-11-21",
            ("111111111111", "222222222222"),
            "--from: given answers of 111111111111 and 222222222222, expected those of one account",
        ),
    ],
)
def test_kept_files_that_do_not_fit(
    fleet_home: Path,
    capsys: pytest.CaptureFixture[str],
    asked: str,
    accounts: tuple[str, str],
    message: str,
) -> None:
    """A day that is none, and answers of two accounts, are one sentence each."""
    for number, account in enumerate(accounts):
        saved = {"answers": [costs()], "asked": asked, "account": account}
        (fleet_home / f"{number}.json").write_text(json.dumps(saved), encoding="utf-8")
    assert main(["spend", "--from", "0.json", "--from", "1.json"]) == 2
    assert capsys.readouterr().err == f"{message}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON; expected AWS's answers"),
        ("[" * 100_000, "not JSON; expected AWS's answers"),
        ("NaN", "not JSON; expected AWS's answers"),
        ("[]", "given no costs by tag app and SERVICE, expected that answer at least"),
    ],
)
def test_saved_files_with_defects(
    fleet_home: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    """A file that has no answers is one sentence."""
    (fleet_home / "saved.json").write_text(text, encoding="utf-8")
    assert main(["spend", "--from", "saved.json"]) == 2
    assert capsys.readouterr().err == f"saved.json: {message}\n"


def test_options_that_contradict(fleet_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file is not asked again."""
    for option in ("--refresh", "--dry-run"):
        assert main(["spend", "--from", "a.json", option]) == 2
        assert capsys.readouterr().err == f"{option}: given with --from, expected one of them\n"


def test_one_app(fleet_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The costs of one app, registered or only billed; another word is one sentence."""
    rows = (("app$todo|AWS Lambda", "0.01"), ("app$old|AWS Lambda", "9"))
    (fleet_home / "a.json").write_text(json.dumps(costs(*rows)), encoding="utf-8")
    for app, so_far in (("todo", "0.01"), ("old", "9"), ("links", "0")):
        assert main(["spend", "--from", "a.json", "--app", app, "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out)["total"]["so_far_usd"] == so_far
    assert main(["spend", "--from", "a.json", "--app", "tood"]) == 2
    assert capsys.readouterr().err == (
        '--app: given "tood", which is neither registered nor in the bill\n'
    )


def test_prod_is_another_account(fleet_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The estimate is of the shared account's environments; of all accounts where it is asked."""
    record = fleet_home / "apps" / "pip.yaml"
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace("    dev: {}", "    dev: {}\n    prod: {}"), encoding="utf-8")
    assert "prod: {}" in record.read_text(encoding="utf-8")
    (fleet_home / "a.json").write_text(json.dumps(costs()), encoding="utf-8")
    estimates = []
    for option in ([], ["--all-accounts"]):
        main(["spend", "--from", "a.json", "--format", "json", "--account-plan", "list", *option])
        estimates.append(json.loads(capsys.readouterr().out)["total"]["estimate_usd"])
    assert float(estimates[1]) > float(estimates[0])


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-11-21", ("2026-11-01", "2026-11-21")),
        ("2026-11-02", ("2026-11-01", "2026-11-02")),
        ("2026-11-01", ("2026-10-01", "2026-11-01")),
        ("2027-01-01", ("2026-12-01", "2027-01-01")),
    ],
)
def test_the_days_that_are_asked(today: str, expected: tuple[str, str]) -> None:
    """Whole days of this month; on its first day, which has none, all of the month before."""
    days = days_to_ask(datetime.fromisoformat(today).date())
    assert tuple(map(str, days)) == expected


def test_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto, which has been told its answers, is understood; it has no GetAnomalies."""
    import requests

    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    days = days_to_ask(datetime(2026, 11, 21, tzinfo=UTC).date())
    with mock_aws():
        requests.post(
            "http://motoapi.amazonaws.com/moto-api/static/ce/cost-and-usage-results",
            json={"results": page_set()[1:4]},
            timeout=5,
        )
        purse = Purse()
        answers = [page for each in questions(days) for page in purse.pages(*each)]
    spent = spent_of(answers, "moto")
    assert purse.account == ACCOUNT
    assert spent.costs["shared", "AWS Secrets Manager"] == Decimal("1.0666666667")
    assert spent.usage["todo", "Request"] == 2_000_000
    assert spent.records["Credit"] == -2


WORKFLOW = ROOT / "template/shared-infra/.github/workflows/spend.yml"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:told"


class TokenOfGitHub(BaseHTTPRequestHandler):
    """GitHub's answer to a job that asks who it is."""

    def do_GET(self) -> None:
        """Give a token to who has the job's own."""
        is_job = self.headers["Authorization"] == "bearer of-the-job"
        is_job &= self.path.startswith("/token?")
        is_job &= self.path.endswith("&audience=sts.amazonaws.com")
        self.send_response(200 if is_job else 403)
        self.end_headers()
        self.wfile.write(b'{"value": "a.b.c"}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def token_url() -> Iterator[str]:
    """Where a job asks who it is."""
    with ThreadingHTTPServer(("127.0.0.1", 0), TokenOfGitHub) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/token?api-version=2"
        server.shutdown()
        thread.join()


def run_workflow(
    aws: CostExplorerServer, home: Path, place: Path, token: str, topic: str
) -> tuple[int, str, str]:
    """Run the job's own scripts after the set-up, in bash; gives code, summary and errors."""
    days = tuple(map(str, days_to_ask(datetime.now(UTC).date())))
    for page in aws.pages[:4]:
        page["ResultsByTime"][0]["TimePeriod"] = dict(zip(("Start", "End"), days, strict=True))
    job = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["spend"]
    assert set(job["env"]) == {"AWS_ROLE_ARN", "TOPIC_ARN"}
    files = {name: place / name for name in ("GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        path.touch()
    env = {
        **{key: value for key, value in os.environ.items() if key not in KEYS},
        **{name: str(path) for name, path in files.items()},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(place),
        "AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/spend",
        "TOPIC_ARN": topic,
        "ACTIONS_ID_TOKEN_REQUEST_URL": token,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
    }
    for step in job["steps"][-2:]:
        written = files["GITHUB_ENV"].read_text(encoding="utf-8").splitlines()
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=home,
            env={**env, **dict(line.split("=", 1) for line in written)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            break
    return done.returncode, files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("budget", "code"), [(2, 1), (1000, 0)])
def test_the_weekly_workflow(
    aws: CostExplorerServer,
    fleet_home: Path,
    tmp_path: Path,
    token_url: str,
    budget: int,
    code: int,
) -> None:
    """Its own scripts: the role is taken, the summary written and the topic told, at one look."""
    fleet = fleet_home / "fleet.yaml"
    fleet.write_text(FLEET.replace("monthly_usd: 2", f"monthly_usd: {budget}"), encoding="utf-8")
    if not code:
        aws.pages[4] = anomalies()
    ended, summary, said = run_workflow(aws, fleet_home, tmp_path, token_url, aws.topic)
    assert (ended, len(aws.asked)) == (code, 5), said
    assert f"Sent to {aws.topic}\n" in said
    assert summary.startswith("# What was spent\n")
    assert "| · AWS Secrets Manager | $1.07 |" in summary
    (sent,) = aws.sent
    assert "  · AWS Secrets Manager   $1.07" in sent["Message"]


@pytest.mark.slow
def test_the_weekly_workflow_without_its_topic(
    aws: CostExplorerServer, fleet_home: Path, tmp_path: Path, token_url: str
) -> None:
    """What was paid for stands in the summary all the same, and the run fails with the reason."""
    topic = f"{aws.topic}-gone"
    ended, summary, said = run_workflow(aws, fleet_home, tmp_path, token_url, topic)
    assert ended == 3
    assert summary.startswith("# What was spent\n")
    assert f"{topic}: nothing was sent: " in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("token", "curl: (22)"),
        ("role", "AWS does not know these credentials, or no longer: ExpiredToken"),
        ("access", "Cost Explorer is not enabled for this account."),
    ],
)
def test_the_weekly_workflow_is_not_let_in(
    aws: CostExplorerServer,
    fleet_home: Path,
    tmp_path: Path,
    token_url: str,
    wrong: str,
    sentence: str,
) -> None:
    """Where GitHub or AWS does not let the job in there is no summary, and the run fails."""
    aws.error = ("AccessDeniedException", "User not enabled for cost explorer access")
    aws.token = "another" if wrong == "role" else aws.token
    token = token_url.replace("/token", "/") if wrong == "token" else token_url
    ended, summary, said = run_workflow(aws, fleet_home, tmp_path, token, "")
    assert (bool(ended), summary) == (True, "")
    assert sentence in said


def test_a_topic_is_told(
    fleet_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moto's SNS gives the report to who has subscribed; a topic that is gone is told."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    (fleet_home / "a.json").write_text(json.dumps(costs()), encoding="utf-8")
    with mock_aws():
        notices, queues = (boto3.client(each, "eu-west-1") for each in ("sns", "sqs"))
        topic = notices.create_topic(Name="told")["TopicArn"]
        queue = queues.create_queue(QueueName="mail")["QueueUrl"]
        arn = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:mail"
        notices.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        assert main(["spend", "--from", "a.json", "--topic", topic]) == 0
        said = capsys.readouterr()
        (mail,) = queues.receive_message(QueueUrl=queue)["Messages"]
        assert json.loads(mail["Body"])["Message"] == said.out.rstrip("\n")
        assert said.err == f"Sent to {topic}\n"
        assert main(["spend", "--from", "a.json", "--topic", f"{topic}-gone"]) == 3
    assert capsys.readouterr().err.startswith(f"{topic}-gone: nothing was sent: ")


@pytest.mark.parametrize(
    "topic", ["", "told", "arn:aws:sns:eu-west-1:1:told", f"{TOPIC}; rm -rf .", f"{TOPIC}\n"]
)
def test_what_is_no_topic(fleet_home: Path, capsys: pytest.CaptureFixture[str], topic: str) -> None:
    """A wrong topic is told before AWS is asked for money."""
    assert main(["spend", "--topic", topic]) == 2
    assert capsys.readouterr().err == (
        f"--topic: given {shown(topic)}, expected arn:aws:sns:REGION:ACCOUNT:NAME\n"
    )
