"""SIGTERM for a worker process: its turn is finished, or somebody else has it at once."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.unit.delivery.workbench import DEADLINE, texts

STOPPING = Path(__file__).with_name("stopping_worker.py")


@pytest.fixture
async def start(bench, valkey_url):
    """Start a worker process with this grace, and wait until it is inside a turn."""
    started = []

    async def make(grace):
        await bench.say("hola")
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(STOPPING), valkey_url, bench.keys.project, str(grace),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        await said(process, b"inside")
        process.send_signal(signal.SIGTERM)
        await said(process, b"stopping")
        return process

    yield make
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def said(process, word):
    async with asyncio.timeout(DEADLINE):
        assert (await process.stdout.readline()).strip() == word


async def test_a_turn_is_finished_within_the_grace(bench, start):
    """What it commits after the signal is as true as ever, and nothing is left leased."""
    process = await start(grace=DEADLINE)
    process.stdin.write(b"go on\n")
    async with asyncio.timeout(DEADLINE):
        assert await process.wait() == 0
    assert await bench.next("w2") is None
    await bench.send("w2")
    assert bench.courier.texts == ["listo"]
    assert await bench.leftovers() == []


async def test_a_turn_that_takes_too_long_is_handed_back(bench, start):
    """The next worker has it at once: the lease is gone, and the attempt does not count."""
    process = await start(grace=0.05)
    work = None
    async with asyncio.timeout(DEADLINE):
        while work is None:
            entries = await bench.inbox.mailbox.take("w2", 10)
            work = await bench.inbox.acquire(entries[0], "w2") if entries else None
    assert texts(work) == ["hola"]
    assert work.envelopes[0].attempts == 0
    process.stdin.write(b"too late\n")
    async with asyncio.timeout(DEADLINE):
        assert await process.wait() == 0
