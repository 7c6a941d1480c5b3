"""Asks Cost Explorer at most once a day and keeps its answers; each request costs money."""

from __future__ import annotations

import fcntl
import json
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import platformdirs

from tenner.aws import Account, Refused
from tenner.errors import InputError, OutsideError, Problem, TennerError
from tenner.load import read_text
from tenner.shown import shown
from tenner.spend_answers import CREDITS, TAG, parse_answers
from tenner.write import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

QUESTIONS = 4
"""Requests that one look takes, where each answer has one page."""
_REGION = "us-east-1"  # Cost Explorer has one endpoint for all regions
_APP = {"Type": "TAG", "Key": TAG}
_NO_CREDITS = {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": list(CREDITS)}}}
_MOST_PAGES = 25
_MAY = (
    "Expected a role that may ce:GetCostAndUsage and ce:GetAnomalies, in an account whose root "
    "user has activated IAM access to billing (Account, IAM user and role access to Billing "
    "information)"
)


class Saved(NamedTuple):
    """Answers of Cost Explorer, of which account, and when; both empty where a file lacks them."""

    answers: Sequence[Any]
    account: str = ""
    asked: str = ""


class Purse:
    """The answers of one account that the user's cache has, and what asks for new ones.

    `requests` counts those that were answered, each of which costs.
    """

    def __init__(self, account: Account | None = None) -> None:
        self._aws = account or Account(_REGION)
        self.requests = 0
        self.account = self._aws.id

    @property
    def path(self) -> Path:
        """Name the file in the cache."""
        return spend_folder() / f"{self.account}.json"

    def saved(self, today: date) -> Saved | None:
        """Give what this account was asked today; what can't be read is as good as nothing."""
        try:
            saved = read_saved(self.path)
        except TennerError:
            return None
        is_todays = saved.asked[:10] == today.isoformat() and saved.account == self.account
        return saved if is_todays else None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one look at a time ask: who waited finds the answers. Only where there is a cache."""
        with ExitStack() as stack:
            with suppress(OSError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                path = self.path.with_suffix(".lock")
                handle = stack.enter_context(path.open("a", encoding="utf-8"))
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def ask(self, now: str) -> tuple[Saved, list[str]]:
        """Ask Cost Explorer and keep what it says; gives a sentence for what could not be done.

        Raises OutsideError where it does not answer; nothing is kept then.
        """
        days = days_to_ask(date.fromisoformat(now[:10]))
        answers = [page for question in questions(days) for page in self.pages(*question)]
        problems = []
        try:
            answers += list(self.pages(*of_anomalies(days)))
        except OutsideError as error:
            problems.append(f"AWS does not say whether it found anomalies: {error}")
        saved = Saved(answers, self.account, now)
        kept = {**saved._asdict(), "requests": self.requests}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, json.dumps(kept, indent=1))
        except (OSError, OutsideError) as error:
            problems.append(f"The answers can't be kept, so the next look costs again: {error}")
        return _exact(saved), problems

    def pages(self, action: str, given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Ask one question, page by page, each of which costs; at most 25.

        Raises OutsideError where it does not end.
        """
        token: dict[str, Any] = {}
        for _ in range(_MOST_PAGES):
            page = dict(self._ask(action, **given, **token))
            self.requests += 1
            page.pop("ResponseMetadata", None)
            yield page
            if not page.get("NextPageToken"):
                return
            token = {"NextPageToken": page["NextPageToken"]}
        message = f"Cost Explorer's answer goes on after {_MOST_PAGES} pages, each of which costs"
        raise OutsideError(message)

    def _ask(self, action: str, **given: Any) -> Mapping[str, Any]:
        try:
            return self._aws.ask("ce", action, **given)
        except Refused as error:
            _refuse(error)


def spend_folder() -> Path:
    """Name the folder of the cache."""
    return platformdirs.user_cache_path("tenner") / "spend"


def days_to_ask(today: date) -> tuple[date, date]:
    """Give the month's whole days so far; on the first day of a month, all of the last month.

    The second day is the one after the last.
    """
    last = today - timedelta(days=1)
    return last.replace(day=1), today


def questions(days: tuple[date, date]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the actions and what is asked of them about costs; the second day is after the last."""
    start, end = (day.isoformat() for day in days)
    common = {"TimePeriod": {"Start": start, "End": end}, "Granularity": "MONTHLY"}
    for metrics, groups, filter_ in (
        (["UnblendedCost"], [_APP, _of("SERVICE")], _NO_CREDITS),
        (["UsageQuantity", "UnblendedCost"], [_APP, _of("USAGE_TYPE")], _NO_CREDITS),
        (["UnblendedCost"], [_of("RECORD_TYPE")], None),
    ):
        given = {**common, "Metrics": metrics, "GroupBy": groups}
        yield "get_cost_and_usage", {**given, **({"Filter": filter_} if filter_ else {})}


def of_anomalies(days: tuple[date, date]) -> tuple[str, dict[str, Any]]:
    """Give the action and what is asked of it about anomalies."""
    start, end = (day.isoformat() for day in days)
    return "get_anomalies", {"DateInterval": {"StartDate": start, "EndDate": end}}


def _of(dimension: str) -> dict[str, str]:
    return {"Type": "DIMENSION", "Key": dimension}


def _refuse(error: Refused) -> NoReturn:
    words = str(error).lower()
    if "not enabled for cost explorer" in words:
        message = (
            "Cost Explorer is not enabled for this account. Open it once in the console under "
            "Billing and Cost Management (in an organisation, in the management account), and "
            "ask again after a day"
        )
    elif error.code == "DataUnavailableException":
        message = "Cost Explorer has no data of these days yet: a new account has them after a day"
    elif error.code.startswith("AccessDenied"):
        message = f"These credentials may not ask Cost Explorer. {_MAY}"
    elif error.code == "LimitExceededException":
        message = "Cost Explorer was asked too often. Ask again in some minutes"
    else:
        message = f"Cost Explorer refuses: {error}"
    raise OutsideError(message) from None


def read_saved(path: Path) -> Saved:
    """Read answers from a file: one of AWS's, a list of them, or what this Tenner has kept.

    Raises TennerError with one sentence.
    """
    text = read_text(path)
    try:
        content = parse_answers(text)
    except (ValueError, RecursionError):
        raise InputError(str(path), [Problem("", "not JSON; expected AWS's answers")]) from None
    if isinstance(content, dict) and isinstance(content.get("answers"), list):
        asked = str(content.get("asked") or "")
        if asked and not _is_day(asked[:10]):
            message = f"given {shown(asked)}, expected a day such as 2026-11-21"
            raise InputError(str(path), [Problem("asked", message)])
        return Saved(content["answers"], str(content.get("account") or ""), asked)
    return Saved(content if isinstance(content, list) else [content])


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _exact(saved: Saved) -> Saved:
    """Read answers as they will be read from the cache: boto3 gives binary floats."""
    return saved._replace(answers=parse_answers(json.dumps(saved.answers)))
