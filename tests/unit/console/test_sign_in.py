"""Who gets into the console, and who is thrown out again."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.console import build_console
from lola.console.throttle import BUSY, MOST, TRIES, LoginThrottle
from lola.state import Rates, connect
from tests.unit.console.conftest import PASSWORD

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
        index=bank.index,
        rates=bank.rates,
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
    """After five attempts for one account from one address a new browser has to wait."""
    person = open_browser()
    for _ in range(TRIES.count):
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


@pytest.fixture
def throttle(bank) -> LoginThrottle:
    return LoginThrottle(bank.rates, bank.store)


async def test_an_address_that_tries_many_accounts_gets_one_attempt_for_each(throttle) -> None:
    """Spraying a few passwords over all accounts ends, and nobody else is locked out by it."""
    for number in range(BUSY.count):
        assert await throttle.attempt(f"name{number}", "10.0.0.1") == 0
    assert await throttle.attempt("ana", "10.0.0.1") == 0
    assert await throttle.attempt("ana", "10.0.0.1") > 0
    assert await throttle.attempt("name0", "10.0.0.2") == 0


async def test_a_flood_from_one_address_is_refused_before_any_password_is_checked(throttle) -> None:
    """Each check costs CPU time; a browser that signed in before is still served."""
    device = await throttle.succeeded("ana", "10.0.0.1")
    waits = [await throttle.attempt(f"name{n}", "10.0.0.1") for n in range(MOST.count + 1)]
    assert waits[:-1] == [0] * MOST.count
    assert waits[-1] > 0
    assert await throttle.attempt("ana", "10.0.0.1", device) == 0


async def test_a_right_password_never_waits_for_the_failures_of_others(open_browser, ana) -> None:
    """Thirty wrong passwords from one address lock out neither a colleague nor a known browser."""
    stranger = open_browser()
    for name in ["ana"] * 15 + [f"guess{number}" for number in range(15)]:
        assert (await stranger.sign_in(name, "wrong"))[0] in {401, 429}
    assert (await open_browser().sign_in("luis"))[0] == 200
    assert (await open_browser().sign_in("ana"))[0] == 429
    assert (await ana.sign_in("ana"))[0] == 200


async def test_a_known_browser_is_known_for_its_own_account_only(throttle) -> None:
    """The cookie of one person gives no further attempts for another one's account."""
    device = await throttle.succeeded("ana", "10.0.0.1")
    for _ in range(TRIES.count):
        assert await throttle.attempt("luis", "10.0.0.1", device) == 0
    assert await throttle.attempt("luis", "10.0.0.1", device) > 0


async def test_a_known_browser_has_no_endless_attempts(throttle) -> None:
    """A stolen browser guesses no faster than a new one."""
    device = await throttle.succeeded("ana", "10.0.0.1")
    for _ in range(TRIES.count):
        assert await throttle.attempt("ana", "10.0.0.1", device) == 0
    assert await throttle.attempt("ana", "10.0.0.9", device) > 0


async def test_two_processes_count_together(bank, valkey_url) -> None:
    """Five attempts for one account are five, however many gateways there are."""
    pool = connect(valkey_url)
    other = Rates(pool, bank.keys, bank.clock)
    both = [LoginThrottle(rates, bank.store) for rates in (bank.rates, other)]
    waits = [await both[n % 2].attempt("ana", "10.0.0.1") for n in range(TRIES.count + 1)]
    assert [bool(wait) for wait in waits] == [False] * TRIES.count + [True]
    await pool.close()


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
