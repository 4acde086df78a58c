"""What a simulated device can be told to do over HTTP, and how each is done."""

import asyncio
from contextlib import suppress
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lola.testing.simulated_sender import HarnessError, SimulatedSender, TurnReport
from lola.testing.widget_browser import WidgetBrowser

PAGE_SECONDS = 15.0
"""How long the news of a step on the secure page is waited for."""
Press = Literal["open", "approve", "cancel", "finish"]


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "Sender"
    """The name in the channel profile, used when the device is first seen."""


class Say(_Action):
    """Write a text."""

    do: Literal["say"]
    text: str = Field(min_length=1)


class Many(_Action):
    """Write several texts without waiting for the reply to the one before."""

    do: Literal["many"]
    texts: tuple[str, ...] = Field(min_length=2, max_length=20)


class Choose(_Action):
    """Choose the newest option with this title."""

    do: Literal["choose"]
    title: str


class Media(_Action):
    """Send a file of a kind such as `image`."""

    do: Literal["media"]
    media: str = "image"
    caption: str = ""


class Contact(_Action):
    """Share a contact card."""

    do: Literal["contact"]
    contact: str
    phone: str


class Place(_Action):
    """Send a place."""

    do: Literal["place"]
    latitude: float = Field(14.63, ge=-90, le=90)
    longitude: float = Field(-90.51, ge=-180, le=180)


class Page(_Action):
    """Act on the secure page of the newest link."""

    do: Literal["page"]
    press: Press


Action = Annotated[Say | Many | Choose | Media | Contact | Place | Page, Field(discriminator="do")]


async def act(sender: SimulatedSender, action: Action, widget: WidgetBrowser) -> list[TurnReport]:
    """Do one action and return the turns it caused. Raises HarnessError when it cannot be done."""
    await sender.catch_up()
    device = sender.device
    match action:
        case Say():
            return [await sender.say(action.text)]
        case Many():
            posted = await asyncio.gather(*(device.say(text) for text in action.texts))
            return await sender.turns(posted)
        case Choose():
            return [await sender.choose(action.title)]
        case Media():
            return [await sender.turn(await device.send_media(action.media, action.caption))]
        case Contact():
            return [await sender.turn(await device.share_contact(action.contact, action.phone))]
        case Place():
            sent = await device.send_place(action.latitude, action.longitude)
            if sent is None:
                raise HarnessError("this channel has no places")
            return [await sender.turn(sent)]
        case Page():
            return await _press(sender, action.press, widget)


async def _press(sender: SimulatedSender, press: Press, widget: WidgetBrowser) -> list[TurnReport]:
    links = [seen.links[0][1] for seen in sender.last_seen if seen.links]
    if not links:
        raise HarnessError("no link was received to act on")
    match press:
        case "open":
            status = await widget.open(links[-1])
        case "finish":
            status = await widget.finish(links[-1])
        case _:
            status = await widget.press(links[-1], press)
    if status >= 400:
        raise HarnessError(f"the page answered {status}")
    if press != "open":
        with suppress(TimeoutError):
            async with asyncio.timeout(PAGE_SECONDS):
                return [await sender.event()]
    return []
