"""Does what a step of a scenario says, as the sender, on the secure page, or as staff."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from lola.errors import LolaError
from lola.testing.compare import compare
from lola.testing.device import Posted, Received
from lola.testing.harness import Harness
from lola.testing.scenario_steps import Expectation, StaffSpec, Step
from lola.testing.simulated_sender import HarnessError, SimulatedSender, TurnReport, as_one
from lola.testing.spans import seconds_of

Observer = Callable[[str, str, Received | None], None]
"""Called for everything that happens: who (`sender`, `lola`, `page`, `staff` or `time`), the text,
the message."""


class StepActing:
    """Acts in one conversation. `link` is the newest secure link that the sender got."""

    def __init__(self, harness: Harness, sender: SimulatedSender, observer: Observer) -> None:
        self.link = ""
        self._harness = harness
        self._sender = sender
        self._observer = observer

    async def act(self, step: Step) -> TurnReport | None:
        """Do the step and return what it caused; None for a page without a link to it."""
        self._observer(*_described(step), None)
        if step.widget is not None:
            return await self._act_on_page(step.widget, step.expect)
        if step.wait is not None:
            await self._harness.advance(seconds_of(step.wait) or 0)
            return await self._sender.settle()
        if step.staff is not None:
            return await self._act_as_staff(step.staff)
        return await self._act_as_sender(step)

    async def _act_as_sender(self, step: Step) -> TurnReport:
        sender, device = self._sender, self._sender.device
        if step.say is not None:
            return await sender.say(step.say)
        if step.choose is not None:
            return await sender.choose(step.choose)
        if step.many is not None:
            return await self._say_many(step.many)
        posted: Posted | None
        if step.media is not None:
            posted = await device.send_media(step.media, step.caption)
        elif step.place is not None:
            posted = await device.send_place(step.place.latitude, step.place.longitude)
        elif step.contact is not None:
            posted = await device.share_contact(step.contact.name, step.contact.phone)
        else:
            raise HarnessError("a step without a verb")
        if posted is None:
            raise HarnessError("this channel has no places")
        return await sender.turn(posted)

    async def _say_many(self, texts: tuple[str, ...]) -> TurnReport:
        """Write the texts without waiting between them."""
        posted = await asyncio.gather(*map(self._sender.device.say, texts))
        return as_one(await self._sender.turns(posted))

    async def _act_as_staff(self, spec: StaffSpec) -> TurnReport:
        staff, conversation = self._harness.staff(spec.name), self._sender.conversation
        match spec.do:
            case "take_over":
                await staff.take_over(conversation)
            case "reply":
                await staff.reply(conversation, spec.text)
            case "hand_back":
                await staff.hand_back(conversation)
        return await self._sender.settle()

    async def _act_on_page(self, action: str, expect: Expectation) -> TurnReport | None:
        widget = self._harness.widget
        if not self.link:
            return None
        match action:
            case "open":
                status = await widget.open(self.link)
            case "finish":
                status = await widget.finish(self.link)
            case _:
                status = await widget.press(self.link, action)
        if status >= 400:
            raise LolaError(f"the page answered {status}")
        return await self._events(expect)

    async def _events(self, expect: Expectation) -> TurnReport:
        """Wait until what was expected was said: one page action can cause several turns."""
        report = await self._sender.event(silent=expect.silent)
        with suppress(HarnessError):
            while compare(expect, report):
                later = await self._sender.event()
                report = replace(later, replies=report.replies + later.replies)
        return report


def _described(step: Step) -> tuple[str, str]:
    """Return who acts, and the action in words."""
    if step.widget is not None:
        return "page", step.widget
    if step.wait is not None:
        return "time", step.wait
    if step.staff is not None:
        return "staff", f"{step.staff.name}: {step.staff.text or step.staff.do.replace('_', ' ')}"
    if step.choose is not None:
        return "sender", f"[{step.choose}]"
    if step.media is not None:
        return "sender", f"({step.media}) {step.caption}".rstrip()
    if step.contact is not None:
        return "sender", f"({step.contact.name}, {step.contact.phone})"
    if step.place is not None:
        return "sender", f"({step.place.latitude}, {step.place.longitude})"
    return "sender", "\n".join(step.many or (step.say or "",))
