"""A worker process that is asked to stop in the middle of a turn; run by test_stopping."""

import asyncio
import signal
import sys

from lola.delivery import Effects, Inbox, Outbox, Reply, Timers, Worker
from lola.domain.clock import system_clock
from lola.domain.messages import TextMessage
from lola.state import Keys, connect


async def handler(work):
    print("inside", flush=True)  # noqa: T201 - the parent waits for this line
    await asyncio.to_thread(sys.stdin.readline)
    reply = Reply(message=TextMessage(content="listo"))
    address = work.envelopes[-1].inbound.address
    return Effects(address=address, state={}, record={}, replies=(reply,))


async def never(row):
    raise AssertionError("the worker has nothing to send before it stops")


async def main(url, project, grace):
    connections, keys = connect(url), Keys(project)
    inbox = Inbox(connections, keys, system_clock, on_poison=handler)
    outbox = Outbox(connections, keys, system_clock)
    timers = Timers(inbox, connections, keys, system_clock)
    worker = Worker(inbox, outbox, timers, handler, never, "w1", grace_seconds=float(grace))

    stopping = []

    def stop():
        stopping.append(asyncio.ensure_future(worker.stop()))
        print("stopping", flush=True)  # noqa: T201

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    await worker.run()
    await connections.close()
    sys.stdin.close()


asyncio.run(main(*sys.argv[1:]))
