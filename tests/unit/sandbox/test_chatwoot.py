"""Chatwoot's stand-in refuses what Chatwoot refuses (`lola.sandbox.chatwoot.stub`)."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.domain.clock import system_clock
from lola.sandbox.chatwoot.stub import ChatwootStub


@pytest.fixture
async def bench():
    stub = ChatwootStub("1", "key", system_clock)
    app = web.Application()
    stub.add_routes(app, "/chatwoot")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:

        async def call(method, path, account="1", key="key", **body):
            url = server.make_url(f"/chatwoot/api/v1/accounts/{account}{path}")
            headers = {"api_access_token": key}
            async with http.request(method, url, json=body, headers=headers) as response:
                return response.status, await response.json()

        yield stub, call


@pytest.fixture
def whatsapp(bench):
    stub, _ = bench
    inbox = stub.add_inbox("WhatsApp", "Channel::Whatsapp")
    return stub.open_conversation(inbox, stub.add_contact(name="Ana"), "525512345678", "pending")


async def test_key_and_account_are_checked(bench):
    """401 for a wrong key, 404 for another account (reference/channels.md 4.1)."""
    _, call = bench
    assert (await call("GET", "/inboxes", key="other"))[0] == 401
    assert (await call("GET", "/inboxes", account="2"))[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/messages", {"message_type": "incoming", "content": "x"}, 422),
        ("/messages", {"message_type": "activity", "content": "x"}, 422),
        ("/toggle_status", {}, 422),
        ("/toggle_status", {"status": "closed"}, 422),
        ("/toggle_typing_status", {"typing_status": "maybe"}, 422),
        ("/messages", {"content": "x"}, 200),
        ("/toggle_status", {"status": "open"}, 200),
    ],
)
async def test_the_rules_of_a_conversation(bench, whatsapp, path, body, status):
    """Incoming only in API inboxes; a status is always explicit (reference/channels.md 4.2)."""
    _, call = bench
    assert (await call("POST", f"/conversations/{whatsapp['id']}{path}", **body))[0] == status
    assert (await call("POST", f"/conversations/9{path}", **body))[0] == 404


async def test_contacts_are_unique_and_numbers_are_e164(bench):
    """A duplicate is 422, so a client searches first; a number needs its plus."""
    _, call = bench
    assert (await call("POST", "/contacts", name="Ana", phone_number="+525512345678"))[0] == 200
    assert (await call("POST", "/contacts", name="Ana", phone_number="+525512345678"))[0] == 422
    assert (await call("POST", "/contacts", name="Luz", phone_number="525512345678"))[0] == 422
    _, found = await call("GET", "/contacts/search?q=5512")
    assert [item["name"] for item in found["payload"]] == ["Ana"]


async def test_a_listing_has_pages_of_twenty(bench, whatsapp):
    """The newest come first, and `before` reads on."""
    stub, call = bench
    for number in range(45):
        stub.add_message(whatsapp, content=str(number))
    path = f"/conversations/{whatsapp['id']}/messages"
    _, newest = await call("GET", path)
    assert [item["content"] for item in newest["payload"]] == [str(n) for n in range(25, 45)]
    _, older = await call("GET", f"{path}?before={newest['payload'][0]['id']}")
    assert older["payload"][-1]["content"] == "24"


async def test_a_private_note_is_nobodys_message(bench, whatsapp):
    """It is in the conversation and reaches no sender."""
    stub, call = bench
    await call("POST", f"/conversations/{whatsapp['id']}/messages", content="nota", private=True)
    assert len(whatsapp["messages"]) == 1
    assert stub.sent == []
