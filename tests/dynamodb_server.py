"""A DynamoDB on loopback that several processes can talk to, and that fails when told to.

moto answers, one request at a time: as in DynamoDB, no two writes of an item overlap.
"""

from __future__ import annotations

import json
import time
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from moto.core.request import Request
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
TABLE = "fleet"


class Fault(NamedTuple):
    """What goes wrong with one request: a code of AWS, or a lost answer, done before or not."""

    code: str = ""
    is_done: bool = False
    wait_s: float = 0
    meanwhile: Callable[[], object] = lambda: None


class DynamoDBServer:
    """The server; `fault` is asked before each request with its operation and its content.

    `unprocessed` says of how many requests of the next batches of writes nothing is done.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.requests: list[str] = []
        self.unprocessed: list[int] = []
        self.fault: Callable[[str, Any], Fault | None] = lambda _operation, _content: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 200
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that went away is no matter."""

        self._server = Server(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @cached_property
    def client(self) -> Any:
        """A client of it, whatever the environment says."""
        return boto3.client(
            "dynamodb",
            endpoint_url=self.url,
            region_name=KEYS["AWS_DEFAULT_REGION"],
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - an emulator's
        )

    def reset(self) -> None:
        """Forget all items and faults, and make the table anew."""
        dynamodb_backends.reset()
        self.fault = lambda _operation, _content: None
        self.make_table(TABLE)
        self.requests.clear()

    def make_table(self, name: str) -> None:
        """Make an empty table with the keys of all apps."""
        keys = {"pk": "HASH", "sk": "RANGE"}
        self.client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )

    def fill(self, item: dict[str, str]) -> None:
        """Put an item into the table without HTTP."""
        typed = {key: {"S": text} for key, text in item.items()}
        dynamodb_backends["123456789012"]["us-east-1"].put_item(TABLE, typed)

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()

    def fail(self, operation: str, *faults: Fault) -> None:
        """Let the next requests of an operation go wrong, one fault after the other."""
        waiting = list(faults)

        def fault(asked: str, _content: Any) -> Fault | None:
            return waiting.pop(0) if waiting and asked == operation else None

        self.fault = fault

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        operation = handler.headers["X-Amz-Target"].partition(".")[2]
        with self.lock:
            self.requests.append(operation)
            fault = self.fault(operation, json.loads(body))
            body, left = self._without_some(operation, body)
            status, headers, content = 400, {}, ""
            if fault is None or fault.is_done:
                request = Request.from_primitives("POST", self.url + "/", handler.headers, body)
                status, headers, content = DynamoHandler.dispatch(
                    request, self.url, request.headers
                )
        if left:
            content = json.dumps({**json.loads(content or "{}"), "UnprocessedItems": left})
            status = 200
        if fault is not None:
            fault.meanwhile()
            time.sleep(fault.wait_s)
            if not fault.code:
                handler.close_connection = True
                return  # without a word
            content = json.dumps({"__type": f"com.amazonaws#{fault.code}", "message": "not now"})
        text = content.encode()
        handler.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "date", "server"}:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def _without_some(self, operation: str, body: bytes) -> tuple[bytes, dict[str, Any]]:
        """Take out of a batch of writes what AWS leaves undone this time."""
        if operation != "BatchWriteItem" or not self.unprocessed:
            return body, {}
        content = json.loads(body)
        ((table, requests),) = content["RequestItems"].items()
        left = self.unprocessed.pop(0)
        content["RequestItems"] = {table: requests[left:]}
        return json.dumps(content).encode(), {table: requests[:left]}
