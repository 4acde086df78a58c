"""Every route × every role × nobody: what the table says is what the routes do."""

import re

import pytest

from lola.console.roles import LEAST, MAY, NEEDS
from lola.console.security import OPEN

PARTS = {
    "conversation": "whatsapp-0123456789abcdef01234567",
    "file": "0" * 24,
    "filename": "console.css",
    "id": "lnk_1",
    "sender": "whatsapp-0123456789abcdef01234567",
}
REFUSED = 403


def routes(server):
    """Return name, method and path of every route of the console."""
    app = next(iter(server.app.router.resources()))._app
    found = []
    for resource in app.router.resources():
        info = resource.get_info()
        if "formatter" in info:
            names = re.findall(r"\{(\w+)\}", info["formatter"])
            path = info["formatter"].format(**{name: PARTS.get(name, "x1") for name in names})
        else:
            path = info.get("path", "")
        found += [
            (resource.name or "", route.method, path)
            for route in resource
            if route.method not in {"HEAD", "OPTIONS"} and path
        ]
    return found


async def test_every_route_is_in_the_table_and_nothing_else(server):
    """A new route is refused to everybody until somebody decides who may use it."""
    known = {name for name, _, _ in routes(server)} - {"static"}
    partner = {name for name in NEEDS if name.startswith("api_m2m_")}
    assert known - OPEN == NEEDS.keys() - partner


@pytest.mark.parametrize("role", MAY)
async def test_a_role_gets_what_the_table_says(server, staff, open_browser, role):
    """A refused route answers 403, whether or not the conversation exists; no other one does."""
    await staff.add(f"one-{role}", "correct horse battery", role)
    person = open_browser()
    assert (await person.sign_in(f"one-{role}"))[0] == 200
    for name, method, path in routes(server):
        if name in OPEN | {"static", "sign_out"} or name.startswith("live_"):
            continue
        headers = {"X-CSRF-Token": person.csrf}
        async with person.session.request(
            method, server.make_url(path), headers=headers, allow_redirects=False
        ) as answer:
            is_refused = answer.status == REFUSED
            if is_refused and "/api/" in path:
                assert await answer.json() == {"error": "role", "needs": LEAST[NEEDS[name]]}
        assert is_refused is (NEEDS[name] not in MAY[role]), (name, answer.status)


async def test_nobody_gets_anything(server, open_browser):
    """Without a sign-in pages lead to it, and the rest is 401; nothing is refused as if known."""
    person = open_browser()
    for name, method, path in routes(server):
        if name in OPEN | {"static"}:
            continue
        async with person.session.request(
            method, server.make_url(path), allow_redirects=False
        ) as answer:
            assert answer.status in {303, 401}, name


async def test_changes_need_the_token(server, open_browser, staff):
    """A request that changes something without the sign-in's token is refused on every route."""
    person = open_browser()
    await person.sign_in("eva")
    for name, method, path in routes(server):
        if name in OPEN | {"static"} or method == "GET":
            continue
        async with person.session.request(
            method, server.make_url(path), allow_redirects=False
        ) as answer:
            assert answer.status == REFUSED, name


async def test_an_auditor_reads_and_is_offered_no_action(server, staff, open_browser, bank):
    """The page of a conversation shows no form to somebody who may only look."""
    await staff.add("aud", "correct horse battery", "auditor")
    person = open_browser(**{"Accept-Language": "en"})
    await person.sign_in("aud")
    conversation = await bank.turn(text="hola")
    async with person.get(f"conversations/{conversation}") as answer:
        page = await answer.text()
    assert answer.status == 200
    assert "hola" in page
    assert "take-over" not in page
    async with person.get("?tab=all") as answer:
        assert "case:" not in await answer.text()
