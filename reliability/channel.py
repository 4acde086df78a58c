"""The channel of a chaos run: it records every send with its time before it answers.

The record is one appended line per send in a file, written before the answer, so that every send
whose answer arrived is in it. The channel never refuses or reorders.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic

from lola.delivery import OutboxRow
from lola.domain.messages import JsonObject, TextMessage
from lola.errors import AmbiguousSendError, RetryLaterError
from reliability.checker import Sent
from reliability.killpoints import CHANNEL_CALL, Trigger
from reliability.lines import LineClient, NoAnswerError, NotSentError, serve_lines

Deliver = Callable[[OutboxRow], Awaitable[tuple[str, ...]]]


async def run_channel(path: str, record: Path, *, drop_every: int) -> None:
    """Serve until cancelled. Every `drop_every`-th send is taken and its answer dropped; 0: none.

    Requests: `{"send": …}` is recorded, `{"count": true}` returns how many messages were seen.
    """
    seen: set[str] = set()
    sends = 0
    file = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def handle(request: JsonObject) -> JsonObject | None:
        nonlocal sends
        if "count" in request:
            return {"messages": len(seen), "sends": sends}
        send = request["send"]
        sends += 1
        seen.add(send["message"])
        os.write(file, json.dumps({**send, "at": monotonic()}).encode() + b"\n")
        if drop_every and sends % drop_every == 0:
            return None
        return {"id": f"p{sends}"}

    server = await serve_lines(handle, path=path)
    async with server:
        await server.serve_forever()


def recorded(path: Path) -> tuple[Sent, ...]:
    """Read what the channel wrote down."""
    if not path.exists():
        return ()
    with path.open(encoding="utf-8") as lines:
        return tuple(Sent(**json.loads(line)) for line in lines)


class ChannelCourier:
    """Hands rows to the channel, and tells the two kinds of failure apart as a connector does.

    Like HTTP clients it keeps a connection per send under way, so a broken one harms one send.
    """

    def __init__(self, address: str | int, seconds: float, trigger: Trigger) -> None:
        self._address = address
        self._idle: list[LineClient] = []
        self._seconds = seconds
        self._trigger = trigger

    async def __call__(self, row: OutboxRow) -> tuple[str, ...]:
        """Send once. Raises RetryLaterError or AmbiguousSendError."""
        content = row.message.content if isinstance(row.message, TextMessage) else ""
        send = {"conversation": row.conversation, "message": content, "money": row.money}
        client = self._idle.pop() if self._idle else LineClient(self._address)
        self._trigger.reached(CHANNEL_CALL, "before")
        try:
            answer = await client.call({"send": send}, self._seconds)
        except NotSentError:
            raise RetryLaterError("the channel cannot be reached", after=0.1) from None
        except NoAnswerError:
            raise AmbiguousSendError("the channel did not answer") from None
        finally:
            self._idle.append(client)
        self._trigger.reached(CHANNEL_CALL, "after")
        return (str(answer["id"]),)


async def count(client: LineClient) -> int:
    """Return how many different messages the channel has seen."""
    while True:
        try:
            return int((await client.call({"count": True}, 5.0))["messages"])
        except (NotSentError, NoAnswerError):
            await asyncio.sleep(0.01)
