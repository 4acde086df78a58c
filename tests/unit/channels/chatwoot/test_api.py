"""What Chatwoot's responses mean, and how our own messages are found again (reference/channels.md
4.2).
"""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.chatwoot import ChatwootConnector
from channels.chatwoot.api import GoneError, error_for
from lola.domain.clock import system_clock
from lola.domain.messages import (
    Address,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Option,
    TextMessage,
)
from lola.errors import (
    AmbiguousSendError,
    ChannelStoppedError,
    RejectedError,
    RetryLaterError,
)
from lola.sandbox.chatwoot.stub import ChatwootStub
from lola.settings import Settings

HELLO = TextMessage(content="**Hola**")


@pytest.fixture
async def line():
    stub = ChatwootStub("1", "key", system_clock)
    app = web.Application()
    stub.add_routes(app, "")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        settings = Settings(
            chatwoot_url=str(server.make_url("/")),
            chatwoot_access_key="key",
            chatwoot_account_id="1",
            chatwoot_webhook_secret="secret",
        )
        inbox = stub.add_inbox("WhatsApp", "Channel::Whatsapp")
        contact = stub.add_contact(name="Ana")
        opened = stub.open_conversation(inbox, contact, "5215512345678", "pending")
        address = Address(channel="chatwoot", account="1", sender=str(opened["id"]))
        yield ChatwootConnector.build(settings, http, system_clock), stub, opened, address


async def test_choices_are_native_and_links_are_written(line):
    """An inbox shows a list as its own; only the widget knows a link button."""
    connector, stub, _, address = line
    options = (Option(id="q:ok", title="Sí"),)
    await connector.send(address, ButtonsMessage(content="¿?", options=options), "1-a")
    link = LinkTarget(text="Pagar", url="https://pay.example.com/w")
    await connector.send(address, LinkMessage(content="Sigue", links=(link,)), "1-b")
    choice, written = (item.message for item in stub.sent)
    assert choice["content_type"] == "input_select"
    assert choice["content_attributes"]["items"] == [{"title": "Sí", "value": "q:ok"}]
    assert written["content"] == "Sigue\n\nPagar: https://pay.example.com/w"


async def test_a_lost_answer_is_found_by_our_own_id(line):
    """The message is there although the response was lost; another was never written."""
    connector, stub, opened, address = line
    stub.faults.add("drop")
    with pytest.raises(AmbiguousSendError):
        await connector.send(address, HELLO, "1-a")
    opened["messages"][-1]["source_id"] = "wamid.overwritten"
    (found,) = await connector.find(address, "1-a")
    assert found.provider_id == stub.sent[0].id
    assert await connector.find(address, "1-b") == ()


async def test_older_pages_are_read_too(line):
    """Twenty messages of others since then do not hide ours."""
    connector, stub, opened, address = line
    await connector.send(address, HELLO, "1-a")
    for _ in range(45):
        stub.add_message(opened, content="x")
    assert len(await connector.find(address, "1-a")) == 1


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (401, {}, ChannelStoppedError),
        (403, {}, ChannelStoppedError),
        (404, {}, GoneError),
        (422, {"message": "Too many messages"}, RetryLaterError),
        (422, {"message": "content is invalid"}, RejectedError),
        (429, {}, RetryLaterError),
        (500, {}, RetryLaterError),
        (502, {}, RetryLaterError),
        (504, {}, AmbiguousSendError),
    ],
)
def test_each_refusal_has_one_meaning(status, answer, kind):
    """Only the text of the error tells a busy conversation from a bad message."""
    assert type(error_for(status, answer, None)) is kind


async def test_the_stand_in_limits_a_conversations_pace(line):
    """More than 200 messages a minute are refused, which is worth a wait (reference/channels.md
    4.2).
    """
    connector, stub, opened, address = line
    for _ in range(200):
        stub.add_message(opened, content="x")
    with pytest.raises(RetryLaterError) as caught:
        await connector.send(address, HELLO, "1-a")
    assert caught.value.after == 60.0


async def test_without_an_address_it_is_off():
    """Nothing is sent, and the operator is told which setting it is."""
    async with aiohttp.ClientSession() as http:
        off = ChatwootConnector.build(Settings(), http, system_clock)
        with pytest.raises(ChannelStoppedError, match="CHATWOOT_URL"):
            await off.send(Address(channel="chatwoot", account="", sender="1"), HELLO, "1-a")
