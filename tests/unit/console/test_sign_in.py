"""Who gets into the console, and who is thrown out again."""

import re

from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.console import build_console
from lola.console.throttle import TRIES_PER_ADDRESS, TRIES_PER_NAME, LoginThrottle
from tests.unit.console.conftest import PASSWORD
from tests.unit.escalation.support import TestClock

PAGES = ("", "open?conversation=x", f"conversations/whatsapp-{'0' * 24}")
API = ("api/queue", f"api/conversations/whatsapp-{'0' * 24}", "live/queue")


def token_of(html):
    return re.search(r'name="csrf" value="([^"]+)"', html).group(1)


async def test_without_a_sign_in_pages_lead_to_the_door_and_the_api_says_401(open_browser):
    """Everything is closed unless it is declared open."""
    stranger = open_browser()
    for path in PAGES:
        async with stranger.get(path) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/console/sign-in")
    for path in API:
        async with stranger.get(path) as answer:
            assert answer.status == 401
    async with stranger.call(f"conversations/whatsapp-{'0' * 24}/take-over") as answer:
        assert answer.status == 401


async def test_every_route_but_the_declared_ones_is_closed(server, open_browser):
    """A route that is added later is closed too."""
    stranger = open_browser()
    checked = 0
    for route in server.app.router.routes():
        path = route.resource.canonical.replace("{conversation}", f"whatsapp-{'0' * 24}")
        if path.startswith("/console/static") or path.endswith(("/sign-in", "/api/login")):
            continue
        async with stranger.session.request(
            route.method, server.make_url(path), allow_redirects=False
        ) as answer:
            assert answer.status in {303, 401}, (route.method, path)
        checked += 1
    assert checked >= 15


async def test_the_form_signs_in_and_out(open_browser):
    """The way of a browser without scripts: form, cookie, queue, out."""
    person = open_browser()
    async with person.get("sign-in") as answer:
        form = {"name": "ana", "password": PASSWORD, "csrf": token_of(await answer.text())}
    async with person.post("sign-in", data=form) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/console/")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Path=/console/" in cookie
        value = answer.cookies["lola_console"].value
    async with person.get("") as answer:
        assert answer.status == 200
        token = token_of(await answer.text())
    async with person.post("sign-out", data={"csrf": token}) as answer:
        assert answer.status == 303
    async with person.get("", headers={"Cookie": f"lola_console={value}"}) as answer:
        assert answer.headers["Location"] == "/console/sign-in"


async def test_signing_in_needs_the_forms_own_token(open_browser):
    """Another site cannot sign a person in."""
    person = open_browser()
    async with person.post("sign-in", data={"name": "ana", "password": PASSWORD}) as answer:
        assert answer.status == 403
    async with person.get("sign-in"):
        pass
    forged = {"name": "ana", "password": PASSWORD, "csrf": "guess"}
    async with person.post("sign-in", data=forged) as answer:
        assert answer.status == 403
    typed = f"name=ana&password={PASSWORD}"
    async with person.post("api/login", data=typed) as answer:
        assert answer.status == 422


async def test_cookies_are_secure_unless_that_is_switched_off(bank, staff, open_browser):
    """Over https the cookie never travels in the clear."""
    root = web.Application()
    console = build_console(
        inbox=bank.inbox,
        owners=bank.owners,
        store=bank.store,
        is_opted_out=bank.consent.is_opted_out,
        clock=bank.clock,
        secure=True,
    )
    root.add_subapp("/console/", console)
    async with TestServer(root) as running:
        person = open_browser()
        person.url = running.make_url("/console/")
        body = {"name": "ana", "password": PASSWORD}
        async with person.post("api/login", json=body) as answer:
            assert "Secure" in answer.headers["Set-Cookie"]


async def test_wrong_passwords_are_told_nothing_and_soon_have_to_wait(open_browser, bank):
    """After five attempts for one name even the right password is refused until time has passed."""
    person = open_browser()
    for _ in range(TRIES_PER_NAME):
        status, body = await person.sign_in("ana", "wrong")
        assert (status, body) == (401, {"error": "wrong_password"})
    assert (await person.sign_in("nobody", "wrong"))[1] == {"error": "wrong_password"}
    assert (await person.sign_in("ana"))[0] == 429
    async with person.post("api/login", json={"name": "ANA", "password": PASSWORD}) as answer:
        assert answer.status == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert (await person.sign_in("luis"))[0] == 200
    bank.clock.pass_(minutes=5)
    assert (await person.sign_in("ana"))[0] == 200


async def test_the_page_says_that_the_password_was_wrong_in_the_browsers_language(open_browser):
    """The name stays in the form, the password does not."""
    person = open_browser(**{"Accept-Language": "en"})
    async with person.get("sign-in") as answer:
        form = {
            "name": "ana<b>",
            "password": "hunter2hunter2",
            "csrf": token_of(await answer.text()),
        }
    async with person.post("sign-in", data=form) as answer:
        html = await answer.text()
        assert answer.status == 401
    assert "The user name or the password is not right." in html
    assert "ana&lt;b&gt;" in html
    assert "hunter2" not in html


def test_one_address_cannot_try_many_names():
    """Spraying one password over all names runs into the address's own limit."""
    throttle = LoginThrottle(TestClock())
    waits = [throttle.attempt(f"name{n}", "10.0.0.1") for n in range(TRIES_PER_ADDRESS + 1)]
    assert waits[:-1] == [0] * TRIES_PER_ADDRESS
    assert waits[-1] > 0
    assert throttle.attempt("name0", "10.0.0.2") == 0


async def test_a_disabled_person_is_out_with_the_next_request(ana, staff):
    """Sign-ins die with their account, and do not rise with a new password."""
    await staff.disable("ana")
    async with ana.get("") as answer:
        assert answer.headers["Location"] == "/console/sign-in"
    await staff.add("ana", "another long password")
    async with ana.get("api/queue") as answer:
        assert answer.status == 401


async def test_a_sign_in_ends_after_eight_hours(ana, bank):
    """The record on the server has an end of life, whatever the browser keeps."""
    bank.clock.pass_(hours=7, minutes=59)
    async with ana.get("api/queue") as answer:
        assert answer.status == 200
    bank.clock.pass_(minutes=1)
    async with ana.get("api/queue") as answer:
        assert answer.status == 401


async def test_a_made_up_cookie_is_nobody(open_browser):
    """Neither an empty nor a guessed cookie opens anything."""
    for value in ("", "guess", "é" * 40):
        async with open_browser().get("", headers={"Cookie": f"lola_console={value}"}) as answer:
            assert answer.status == 303
