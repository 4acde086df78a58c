"""One chat: which sender writes on which channel, what was offered, and what each line does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lola.channel.names import CHANNEL_NAMES
from lola.cli.chat import commands
from lola.cli.chat.client import ChatError, DeviceClient, Done
from lola.cli.chat.display import Display
from lola.cli.chat.recording import KINDS, Recording
from lola.testing.device_actions import Place
from lola.testing.turn_line import ReplyLine, TurnLine

WAIT_SECONDS = 10.0
LONGEST_WAIT = 60.0


@dataclass(slots=True, kw_only=True)
class _Line:
    """A sender on a channel: how much they have seen, and the options they can choose from."""

    recording: Recording
    seen: int = -1
    options: tuple[str, ...] = ()
    last: TurnLine | None = None


class ChatSession:
    """Carries out one line after the other. Each raises ChatError when it cannot be done."""

    def __init__(
        self, client: DeviceClient, display: Display, *, phone: str, name: str, channel: str
    ) -> None:
        self._client = client
        self._display = display
        self._channel, self._phone, self._name = channel, phone, name
        self._lines: dict[tuple[str, str], _Line] = {}
        # The arrival of a message by itself and an action must not show the same message.
        self._lock = asyncio.Lock()

    @property
    def prompt(self) -> str:
        """Return what is shown before the next line: sender and channel."""
        return f"{self._name} · {self._channel} › "

    async def begin(self) -> None:
        """Count what the device received before as seen. Raises ChatError for a wrong channel."""
        line = self._line()
        if line.seen < 0:
            line.seen = (await self._client.arrived(self._channel, self._phone, 0)).seen

    async def handle(self, text: str) -> bool:
        """Carry out one line; return False when the chat shall end."""
        name, rest = commands.split(text)
        async with self._lock:
            await self._show_arrived(0)
            if name == "quit":
                return False
            if name:
                await self._commands()[name](rest)
            else:
                await self._write(text)
        return True

    async def look(self, seconds: float = 0) -> None:
        """Show what has arrived by itself."""
        async with self._lock:
            await self._show_arrived(seconds)

    def _commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        return {
            "as": self._as,
            "channel": self._change_channel,
            "say": self._say,
            "image": self._image,
            "contact": self._contact,
            "place": self._place,
            "many": self._many,
            "clock": self._clock,
            "verdict": self._verdict,
            "fault": self._fault,
            "wait": self._wait,
            "trace": self._trace,
            "save": self._save,
            "help": self._help,
            **{press: self._pressing(press) for press in ("open", "approve", "cancel", "finish")},
        }

    def _line(self) -> _Line:
        key = self._channel, self._phone
        if key not in self._lines:
            recording = Recording(channel=self._channel, phone=self._phone, name=self._name)
            self._lines[key] = _Line(recording=recording)
        return self._lines[key]

    async def _show_arrived(self, seconds: float) -> bool:
        line = self._line()
        found = await self._client.arrived(self._channel, self._phone, line.seen, seconds)
        line.seen = found.seen
        if found.items:
            self._offer(found.items)
            self._display.arrived(found.items)
        return bool(found.items)

    def _offer(self, replies: tuple[ReplyLine, ...]) -> None:
        """Keep the newest options; messages without any leave nothing to choose."""
        self._line().options = next((one.options for one in reversed(replies) if one.options), ())

    async def _act(self, action: dict[str, Any], step: dict[str, Any]) -> Done:
        line = self._line()
        done = await self._client.act(self._channel, self._phone, {**action, "name": self._name})
        line.seen = done.seen
        for turn in done.turns:
            line.last = turn
            self._offer(turn.replies)
            self._display.turn(turn)
        line.recording.add(step, done.turns)
        return done

    async def _write(self, text: str) -> None:
        options = self._line().options
        if text.isdecimal() and 1 <= int(text) <= len(options):
            title = options[int(text) - 1]
            await self._act({"do": "choose", "title": title}, {"choose": title})
        else:
            await self._say(text)

    async def _say(self, text: str) -> None:
        await self._act({"do": "say", "text": text}, {"say": text})

    async def _as(self, name: str) -> None:
        phone = commands.number_of(name)
        if name.lower() in commands.KNOWN or any(sign.isdigit() for sign in name):
            name = name if name.lower() in commands.KNOWN else phone
        self._phone, self._name = phone, name
        await self.begin()
        self._display.note(f"writing as {name} ({phone}) on {self._channel}")

    async def _change_channel(self, channel: str) -> None:
        served = (await self._client.about()).channels
        if channel not in CHANNEL_NAMES or channel not in served:
            raise ChatError(f"no channel {channel!r}; there are {', '.join(served)}")
        self._channel = channel
        await self.begin()
        self._display.note(f"writing as {self._name} ({self._phone}) on {channel}")

    async def _image(self, caption: str) -> None:
        step = {"media": "image"} | ({"caption": caption} if caption else {})
        await self._act({"do": "media", "media": "image", "caption": caption}, step)

    async def _contact(self, rest: str) -> None:
        card = commands.contact(rest)
        action = {"do": "contact", "contact": card["name"], "phone": card["phone"]}
        await self._act(action, {"contact": card})

    async def _place(self, rest: str) -> None:
        place = Place(do="place", **commands.place(rest))
        where = {"latitude": place.latitude, "longitude": place.longitude}
        await self._act({"do": "place", **where}, {"place": where})

    async def _many(self, rest: str) -> None:
        texts = [text.strip() for text in rest.split("|") if text.strip()]
        if len(texts) < 2:
            raise ChatError("write /many TEXT | TEXT, with at least two texts")
        await self._act({"do": "many", "texts": texts}, {"many": texts})

    def _pressing(self, press: str) -> Callable[[str], Awaitable[None]]:
        async def act(_rest: str) -> None:
            done = await self._act({"do": "page", "press": press}, {"widget": press})
            if not done.turns:
                self._display.note(f"{press}: done, and nothing was said about it yet")

        return act

    async def _clock(self, rest: str) -> None:
        await self._client.control("POST", "clock", {"seconds": commands.span(rest)})
        self._line().recording.left_out.append("clock")
        self._display.note(f"the sandbox's clock is moved by {rest}")

    async def _verdict(self, verdict: str) -> None:
        if verdict not in KINDS:
            raise ChatError(f"no verdict {verdict!r}; there are {', '.join(KINDS)}")
        await self._client.control("PUT", f"senders/{self._phone}", {"verdict": verdict})
        self._line().recording.verdict = verdict
        self._display.note(f"PayHub's verdict on {self._phone} is {verdict}")

    async def _fault(self, rest: str) -> None:
        partner, _, more = rest.partition(" ")
        fault, _, times = more.strip().partition(" ")
        if not fault or (times and not times.isdecimal()):
            raise ChatError("write /fault PARTNER FAULT [TIMES], such as /fault payhub 500 2")
        order = {"partner": partner, "fault": fault, "times": int(times or 1)}
        await self._client.control("POST", "faults", order)
        self._line().recording.add({"fault": order})
        self._display.note(f"the next calls of {partner} fail: {fault} × {order['times']}")

    async def _wait(self, rest: str) -> None:
        try:
            seconds = min(float(rest or WAIT_SECONDS), LONGEST_WAIT)
        except ValueError:
            raise ChatError("write /wait SECONDS, such as /wait 5") from None
        if not await self._show_arrived(seconds):
            self._display.note(f"nothing arrived within {seconds:g} seconds")

    async def _trace(self, _rest: str) -> None:
        last = self._line().last
        if last is None:
            raise ChatError("there was no turn yet")
        self._display.trace(last)

    async def _save(self, rest: str) -> None:
        self._display.note(self._line().recording.save(Path(rest)))

    async def _help(self, _rest: str) -> None:
        self._display.help()
