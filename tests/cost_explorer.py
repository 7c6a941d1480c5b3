"""Answers of Cost Explorer in AWS's own shape, and a server on loopback that gives them."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterable

ACCOUNT = "123456789012"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
APP = ("TAG", "app")
SERVICE = ("DIMENSION", "SERVICE")
USAGE_TYPE = ("DIMENSION", "USAGE_TYPE")
RECORD_TYPE = ("DIMENSION", "RECORD_TYPE")
_IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/me</Arn><UserId>me</UserId>
<Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
_ROLE = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>
<SecretAccessKey>role</SecretAccessKey><SessionToken>role</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""
_SENT = """<PublishResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
<MessageId>1</MessageId></PublishResult></PublishResponse>"""
_NO_TOPIC = """<ErrorResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><Error>
<Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message>
</Error></ErrorResponse>"""
_EXPIRED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>
<Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token is expired</Message>
</Error></ErrorResponse>"""


def answer(
    groups: Iterable[tuple[str, str]],
    rows: Iterable[tuple[str, str]],
    *,
    days: tuple[str, str] = ("2026-11-01", "2026-11-21"),
    after: str = "",
) -> dict[str, Any]:
    """One page of GetCostAndUsage: rows of `app$todo|AWS Lambda` and an amount."""
    grouped = list(groups)
    found = [
        {"Keys": keys.split("|"), "Metrics": _metrics(amount, is_usage=USAGE_TYPE in grouped)}
        for keys, amount in rows
    ]
    start, end = days
    return {
        **({"NextPageToken": after} if after else {}),
        "GroupDefinitions": [{"Type": type_, "Key": key} for type_, key in grouped],
        "ResultsByTime": [
            {
                "TimePeriod": {"Start": start, "End": end},
                "Total": {},
                "Groups": found,
                "Estimated": True,
            }
        ],
        "DimensionValueAttributes": [],
    }


def _metrics(amount: str, *, is_usage: bool) -> dict[str, Any]:
    """What AWS says of a group: a cost, or `QUANTITY for USD` of a usage type."""
    if not is_usage:
        return {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}
    quantity, _, usd = amount.partition(" for ")
    cost = {"UnblendedCost": {"Amount": usd, "Unit": "USD"}} if usd else {}
    return {"UsageQuantity": {"Amount": quantity, "Unit": "N/A"}, **cost}


def costs(*rows: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A page of costs by app and service."""
    return answer((APP, SERVICE), rows, **more)


def usage(*rows: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A page of quantities by app and usage type."""
    return answer((APP, USAGE_TYPE), rows, **more)


def records(*rows: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A page of costs by record type."""
    return answer((RECORD_TYPE,), rows, **more)


def anomalies(*impacts: float) -> dict[str, Any]:
    """A page of GetAnomalies, whose amounts are binary floats in AWS's answers."""
    return {
        "Anomalies": [
            {
                "AnomalyId": f"anomaly-{number}",
                "AnomalyStartDate": "2026-11-14T00:00:00Z",
                "AnomalyEndDate": "2026-11-15T00:00:00Z",
                "DimensionValue": "AWS Lambda",
                "RootCauses": [
                    {
                        "Service": "AWS Lambda",
                        "Region": "us-east-1",
                        "LinkedAccount": ACCOUNT,
                        "UsageType": "Lambda-GB-Second-ARM",
                    }
                ],
                "AnomalyScore": {"MaxScore": 0.9, "CurrentScore": 0.9},
                "Impact": {
                    "MaxImpact": impact,
                    "TotalImpact": impact,
                    "TotalActualSpend": impact + 0.25,
                    "TotalExpectedSpend": 0.25,
                },
                "MonitorArn": "arn:aws:ce::123456789012:anomalymonitor/services",
            }
            for number, impact in enumerate(impacts)
        ]
    }


class CostExplorerServer:
    """AWS's Cost Explorer, STS and SNS over HTTP, as boto3 speaks to them, with recorded answers.

    `pages` are given in the order of the questions; `error` is a code and a message instead, of
    the actions that begin with `refuses`. It lets in who has a `token` of GitHub, and keeps what
    was `sent` to the one `topic` there is.
    """

    def __init__(self) -> None:
        self.pages: list[dict[str, Any]] = []
        self.error: tuple[str, str] | None = None
        self.refuses = ""
        self.delay_s = 0.0
        self.token = "a.b.c"  # noqa: S105 - of this server
        self.topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:told"
        self.sent: list[dict[str, str]] = []
        self.is_expired = False
        self.asked: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _reply(self, target: str, body: str) -> tuple[int, str, str]:
        if not target:
            return self._query({key: value for key, (value,) in parse_qs(body).items()})
        time.sleep(self.delay_s)
        self.asked.append({"action": target.rpartition(".")[2], **json.loads(body)})
        if self.error and self.asked[-1]["action"].startswith(self.refuses):
            code, message = self.error
            return (
                400,
                "application/x-amz-json-1.1",
                json.dumps({"__type": code, "Message": message, "message": message}),
            )
        if len(self.asked) > len(self.pages):
            return 500, "application/x-amz-json-1.1", '{"__type": "InternalServerError"}'
        return 200, "application/x-amz-json-1.1", json.dumps(self.pages[len(self.asked) - 1])

    def _query(self, given: dict[str, str]) -> tuple[int, str, str]:
        action = given["Action"]
        if self.is_expired or given.get("WebIdentityToken", self.token) != self.token:
            return 403, "text/xml", _EXPIRED
        if action == "AssumeRoleWithWebIdentity":
            return 200, "text/xml", _ROLE
        if action == "GetCallerIdentity":
            return 200, "text/xml", _IDENTITY
        assert action == "Publish"
        if given["TopicArn"] != self.topic:
            return 404, "text/xml", _NO_TOPIC
        self.sent.append(given)
        return 200, "text/xml", _SENT

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        reply = self._reply

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                status, kind, text = reply(self.headers.get("X-Amz-Target") or "", body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
