"""A worker process that is killed in the middle of its turns; run by test_worker."""

import asyncio
import sys

from lola.delivery import Inbox, Outbox, Timers, Worker
from lola.domain.clock import system_clock
from lola.state import Keys, connect


async def handler(work):
    print("inside", flush=True)  # noqa: T201 - the parent waits for this line
    await asyncio.Event().wait()


async def main(url, project):
    connections, keys = connect(url), Keys(project)
    inbox = Inbox(connections, keys, system_clock, on_poison=handler)
    outbox = Outbox(connections, keys, system_clock)
    timers = Timers(inbox, connections, keys, system_clock)
    await Worker(inbox, outbox, timers, handler, handler, "w1").run()


asyncio.run(main(*sys.argv[1:]))
