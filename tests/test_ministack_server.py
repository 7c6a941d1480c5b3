"""The emulator's wrapper: what an SDK asks again is done once."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures_generated import ROOT

if TYPE_CHECKING:
    from types import ModuleType

SERVER = ROOT / "template/shared-infra/tools/ministack_server.py"


@pytest.fixture(scope="module")
def server() -> ModuleType:
    """The wrapper, as a generated repo has it."""
    spec = importlib.util.spec_from_file_location("ministack_server", SERVER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Emulator:
    """An ASGI app that counts what it did, and answers with the count."""

    def __init__(self, *statuses: int, lasts_s: float = 0) -> None:
        self.statuses, self.lasts_s, self.done = statuses, lasts_s, 0

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        """Do it once more."""
        number, self.done = self.done, self.done + 1
        await asyncio.sleep(self.lasts_s)
        if self.statuses[number] == 0:
            raise RuntimeError
        await send({"type": "http.response.start", "status": self.statuses[number]})
        await send({"type": "http.response.body", "body": str(number).encode()})


async def ask(app: Any, invocation: bytes = b"", method: str = "POST") -> list[Any]:
    """Ask once; give what was sent, and nothing where the app broke."""
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event.get("status", event.get("body")))

    headers = [(b"amz-sdk-invocation-id", invocation)] if invocation else []
    try:
        await app({"type": "http", "method": method, "headers": headers}, None, send)
    except RuntimeError:
        return []
    return sent


def asked(server: ModuleType, emulator: Emulator, *requests: tuple[bytes, str]) -> list[Any]:
    """Ask one after another."""

    async def run() -> list[Any]:
        app = server.remembering(emulator)
        return [await ask(app, *each) for each in requests]

    return asyncio.run(run())


def test_the_same_invocation_is_done_once(server: ModuleType) -> None:
    """The second gets the first one's answer, another invocation its own."""
    twice = [(b"a", "POST"), (b"a", "POST"), (b"b", "PUT")]
    assert asked(server, Emulator(200, 201), *twice) == [[200, b"0"], [200, b"0"], [201, b"1"]]


def test_a_refusal_is_an_answer(server: ModuleType) -> None:
    """What is refused once is refused again."""
    assert asked(server, Emulator(409, 200), *[(b"a", "POST")] * 2) == [[409, b"0"]] * 2


@pytest.mark.parametrize("status", [500, 503, 0])
def test_after_trouble_it_is_done_again(server: ModuleType, status: int) -> None:
    """An SDK asks again after trouble on purpose."""
    answers = asked(server, Emulator(status, 200), *[(b"a", "POST")] * 2)
    assert answers[0] in ([], [status, b"0"])
    assert answers[1] == [200, b"1"]


@pytest.mark.parametrize("request_", [(b"", "POST"), (b"a", "GET"), (b"a", "HEAD")])
def test_what_is_not_remembered(server: ModuleType, request_: tuple[bytes, str]) -> None:
    """Requests without an id, and those that change nothing, are carried out each time."""
    assert asked(server, Emulator(200, 200), request_, request_) == [[200, b"0"], [200, b"1"]]


def test_asked_again_while_the_first_is_on_its_way(server: ModuleType) -> None:
    """The second waits for the first one's answer."""
    emulator = Emulator(200, lasts_s=0.05)

    async def run() -> list[Any]:
        app = server.remembering(emulator)
        return list(await asyncio.gather(ask(app, b"a"), ask(app, b"a")))

    assert asyncio.run(run()) == [[200, b"0"]] * 2
    assert emulator.done == 1


def test_a_thousand_are_kept(server: ModuleType) -> None:
    """The oldest is forgotten, the second oldest is not."""
    names = [(str(number).encode(), "POST") for number in range(1001)]
    answers = asked(server, Emulator(*[200] * 1002), *names, names[1], names[0])
    assert answers[-2:] == [[200, b"1"], [200, b"1001"]]
