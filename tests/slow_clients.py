"""`make test-slow-clients`: 500 slow connections against a running service with its own deadlines.

Beside them, normal requests have to keep their 99th percentile under a second, and every slow
connection has to be gone within 15 seconds (docs/safety.md 3.5). The suite has the same with short
deadlines and without a clock (tests/unit/gateway/test_connections.py).
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from time import monotonic

import aiohttp

from lola.settings import load_settings
from lola.testing.harness import Harness

CONNECTIONS = 500
MOST_SECONDS = 15.0
MOST_P99 = 1.0
REQUESTS_AT_ONCE = 4
KINDS = (
    b"",
    b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-Slow: ",
    b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc",
    b"POST /console/sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
    b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n",
)


async def slow(port: int, kind: bytes) -> float:
    """Open a connection that never goes on; return the seconds until it was closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started = monotonic()
    writer.write(kind)
    try:
        while await reader.read(4_096):
            pass
    except ConnectionError:
        pass
    finally:
        writer.close()
    return monotonic() - started


async def normal(harness: Harness, http: aiohttp.ClientSession, times: list[float]) -> None:
    """Send what providers and load balancers send, one request after the other."""
    url = harness.service.url
    while True:
        for method, path, wanted in (
            ("GET", "/health/ready", 200),
            ("POST", "/webhooks/whatsapp", 401),
            ("GET", "/console/sign-in", 200),
        ):
            started = monotonic()
            async with http.request(method, url + path, data=b"{}") as answer:
                await answer.read()
                if answer.status != wanted:
                    raise RuntimeError(f"{path}: {answer.status}")
            times.append(monotonic() - started)


async def main() -> int:
    """Run, print what was measured, and return 1 when a limit was missed."""
    times: list[float] = []
    with tempfile.TemporaryDirectory(prefix="slow-") as folder:
        settings = load_settings(port=0, lola_data=Path(folder), retriever="")
        async with Harness(settings) as harness, aiohttp.ClientSession() as http:
            port = harness.service.settings.port
            held = [
                asyncio.create_task(slow(port, KINDS[number % len(KINDS)]))
                for number in range(CONNECTIONS)
            ]
            asking = [
                asyncio.create_task(normal(harness, http, times)) for _ in range(REQUESTS_AT_ONCE)
            ]
            done, left = await asyncio.wait(held, timeout=2 * MOST_SECONDS)
            for task in (*asking, *left):
                task.cancel()
            for ended in await asyncio.gather(*asking, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended
    longest = max(task.result() for task in done) if done and not left else float("inf")
    times.sort()
    p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
    sys.stdout.write(
        f"{CONNECTIONS} slow connections: the last was closed after {longest:.1f} s\n"
        f"{len(times)} normal requests beside them: p50 {p50:.3f} s, p99 {p99:.3f} s\n"
    )
    return 0 if longest <= MOST_SECONDS and p99 <= MOST_P99 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
