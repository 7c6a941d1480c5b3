"""Runs MiniStack so that a request that is made again gets the answer that the first one got.

A connection may break when the emulator has done what was asked and its answer is on the way. The
AWS SDK then asks again, with the same invocation id, and would be told that the thing exists.
"""

import asyncio
import importlib
import runpy
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Event, Receive, Send], Awaitable[None]]
INVOCATION = b"amz-sdk-invocation-id"
HARMLESS = {"GET", "HEAD"}
MOST_KEPT = 1000


def remembering(app: App) -> App:
    """Wrap an ASGI app: of the last thousand invocations that change things each is done once."""
    kept: OrderedDict[bytes, asyncio.Future[list[Event]]] = OrderedDict()

    async def answer(scope: Event, receive: Receive, send: Send) -> None:
        invocation = dict(scope.get("headers", ())).get(INVOCATION)
        if invocation is None or scope.get("method") in HARMLESS:
            await app(scope, receive, send)
            return
        if invocation in kept:
            for event in await asyncio.shield(kept[invocation]):
                await send(event)
            return
        first = kept[invocation] = asyncio.get_running_loop().create_future()
        if len(kept) > MOST_KEPT:
            kept.popitem(last=False)
        events: list[Event] = []

        async def keep(event: Event) -> None:
            events.append(event)
            await send(event)

        try:
            await app(scope, receive, keep)
        finally:
            if is_trouble(events):
                kept.pop(invocation, None)
            first.set_result(events)

    return answer


def is_trouble(events: list[Event]) -> bool:
    """Tell whether an answer is none, or one after which a client may try again."""
    return not events or events[0].get("status", 500) >= 500


def main() -> None:
    """Serve MiniStack, wrapped."""
    module: Any = importlib.import_module("hypercorn.asyncio")  # it comes with MiniStack
    serve = module.serve

    def serve_remembering(app: Any, *options: Any, **named: Any) -> Any:
        return serve(remembering(app), *options, **named)

    module.serve = serve_remembering
    runpy.run_module("ministack.app", run_name="__main__")


if __name__ == "__main__":
    main()
