"""`lola serve` as an operator starts it, and the devices that write to it.

Nothing here imports the service: tests see it through HTTP only.
"""

import asyncio
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp

from lola.domain.clock import system_clock
from lola.testing.device import Posted, Received
from lola.testing.sms import SmsDevice, received_from_twilio
from lola.testing.whatsapp import WhatsAppDevice, received_from_graph
from lola.testing.widget_browser import WidgetBrowser

START_SECONDS = 240
ANSWER_SECONDS = 120
APP_SECRET = "e2e-app-secret"
VERIFY_TOKEN = "e2e-verify-token"
PHONE_NUMBER_ID = "100000000000001"
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "e2e-twilio-token",
    "TWILIO_FROM": "+15550199001",
}


@dataclass
class Conversation:
    """One sender: says something, and reads what arrives."""

    device: WhatsAppDevice | SmsDevice
    read: Callable[[int], Any]
    seen: int = 0
    last: list[Received] = field(default_factory=list)

    async def say(self, text: str, *, replies: int = 1) -> str:
        """Write, wait for this many messages, answer their texts as one."""
        return await self._answered(await self.device.say(text), replies)

    async def tap(self, title: str, *, replies: int = 1) -> str:
        """Tap the newest option with this title."""
        for received in reversed(self.last):
            for option_id, shown in received.options:
                if shown == title:
                    return await self._answered(await self.device.tap(option_id, shown), replies)
        raise AssertionError(f"{title!r} was not offered")

    async def told(self, *, replies: int = 1) -> str:
        """Wait for messages that no message of the sender caused."""
        arrived = await self.read(self.seen + replies)
        self.last = arrived[self.seen :]
        self.seen = len(arrived)
        return "\n".join(received.text for received in self.last)

    async def hears(self, text: str) -> str:
        """Wait for such messages until one contains this text, and return them all."""
        told = await self.told()
        while text not in told:
            told += "\n" + await self.told()
        return told

    @property
    def links(self) -> list[str]:
        """Addresses in the newest messages."""
        return [url for received in self.last for _, url in received.links]

    async def _answered(self, posted: Posted, replies: int) -> str:
        assert posted.status == 200
        return await self.told(replies=replies)


def free_port() -> int:
    """Return an unused loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Running:
    """A running service. `url` is the gateway's address, `sandbox` the sandbox's."""

    def __init__(self, data: Path, *, arguments: tuple[str, ...] = (), **environment: str) -> None:
        self._data = data
        self._arguments = arguments
        self._environment = environment
        self.url = ""
        self.sandbox = f"http://127.0.0.1:{free_port()}"

    async def __aenter__(self) -> Self:
        # Loopback is an address and not a name: only an unsafe jar keeps its cookies.
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.widget = WidgetBrowser(self.http)
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self.http.close()

    async def start(self) -> None:
        """Start the process and wait for its ready line."""
        with (self._data / "stderr.log").open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "lola", "serve", "--port", "0", *self._arguments,
                cwd=self._data, env=self.environment, stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )  # fmt: skip
        async with asyncio.timeout(START_SECONDS):
            while not self.url:
                line = (await self.process.stdout.readline()).decode()
                assert line, (self._data / "stderr.log").read_text()[-2000:]
                if line.startswith("listening on "):
                    self.url = line.split()[-1]

    @property
    def environment(self) -> dict[str, str]:
        """What the process sees: this machine's basics and the test's settings."""
        basics = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {
            **basics,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "LOLA_DATA": str(self._data / "data"),
            "WHATSAPP_APP_SECRET": APP_SECRET,
            "VERIFY_TOKEN_WHATSAPP": VERIFY_TOKEN,
            "PHONE_NUMBER_ID": PHONE_NUMBER_ID,
            "SANDBOX_PORT": self.sandbox.rpartition(":")[2],
            "TWILIO_API_URL": f"{self.sandbox}/twilio",
            **TWILIO,
            **self._environment,
        }

    def fresh_http(self) -> aiohttp.ClientSession:
        """A client without cookies."""
        return aiohttp.ClientSession()

    async def command(self, *arguments: str, **environment: str) -> str:
        """Run another `lola` command beside the service and return its output."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lola", *arguments,
            cwd=self._data, env={**self.environment, **environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(START_SECONDS):
            output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return output.decode()

    async def refuses(self) -> tuple[int, str]:
        """Run `lola serve` that must end by itself and return its status and stderr."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lola", "serve",
            cwd=self._data, env={"PORT": "0", **self.environment},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(START_SECONDS):
            _, errors = await process.communicate()
        return process.returncode or 0, errors.decode()

    def kill_store(self) -> None:
        """Kill the embedded server and wait for its end."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        assert children
        for pid in map(int, children):
            descriptor = os.pidfd_open(pid)
            os.kill(pid, signal.SIGKILL)
            select.select([descriptor], [], [], START_SECONDS)
            os.close(descriptor)

    async def stop(self) -> None:
        """Stop it as an operator would."""
        if self.process.returncode is None:
            self.process.terminate()
            async with asyncio.timeout(START_SECONDS):
                await self.process.wait()

    def logs(self) -> str:
        """Everything the process wrote to stderr."""
        return (self._data / "stderr.log").read_text()

    def whatsapp(self, number: str, name: str = "Sender") -> Conversation:
        """A WhatsApp user with this number."""
        digits = number.lstrip("+")
        device = WhatsAppDevice(
            self.http, self.url, APP_SECRET, PHONE_NUMBER_ID, digits, name, system_clock
        )

        async def read(count: int) -> list[Received]:
            return [received_from_graph(m) for m in await self.delivered("graph", digits, count)]

        return Conversation(device, read)

    def sms(self, number: str) -> Conversation:
        """An SMS user with this number; needs TWILIO in the environment."""
        device = SmsDevice(
            self.http,
            self.url,
            TWILIO["TWILIO_AUTH_TOKEN"],
            TWILIO["TWILIO_ACCOUNT_SID"],
            TWILIO["TWILIO_FROM"],
            number,
        )

        async def read(count: int) -> list[Received]:
            return [received_from_twilio(m) for m in await self.delivered("twilio", number, count)]

        return Conversation(device, read)

    async def delivered(self, channel: str, to: str, count: int = 0) -> list[dict[str, Any]]:
        """What the provider took for a recipient, once there are `count` of them."""
        query = {"to": to, "count": str(count), "seconds": str(ANSWER_SECONDS)}
        answer = await self.control("GET", f"{channel}/messages", params=query)
        messages = [item["message"] for item in answer["items"]]
        assert len(messages) >= count, f"{len(messages)} of {count} messages arrived"
        return messages

    async def control(self, method: str, path: str, **request: Any) -> Any:
        """Use the sandbox's control API."""
        url = f"{self.sandbox}/control/{path}"
        async with self.http.request(method, url, **request) as response:
            assert response.status < 400, await response.text()
            return await response.json() if response.status != 204 else None
