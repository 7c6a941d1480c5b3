"""An AWS over HTTP, by moto, for what MiniStack lacks: auto scaling of tables, Organizations.

moto 5.2 has no tags of scalable targets and of budgets, which Terraform reads: they are added here.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.budgets.responses import BudgetsResponse
from moto.server import ThreadedMotoServer

from tests.deployed import KEYS, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "123456789012"


_NO_TAGS: tuple[tuple[type, object], ...] = (
    (ApplicationAutoScalingResponse, {"Tags": {}}),
    (BudgetsResponse, {"ResourceTags": []}),
)


def _answer(empty: object) -> Any:
    return lambda _self: json.dumps(empty)


@contextmanager
def aws() -> Iterator[dict[str, str]]:
    """Serve on loopback; give the environment that AWS's own programs find it by."""
    for service, empty in _NO_TAGS:
        setattr(service, "list_tags_for_resource", _answer(empty))  # noqa: B010 - it has none
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield {
            **KEYS,
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    finally:
        server.stop()
