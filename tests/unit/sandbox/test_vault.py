"""The card vault: its own origin, one card per visit, and nothing of a card but its token."""

import io
import re

import pytest

CARD = {"number": "4111 1111 1111 1111", "expiry": "08/29", "code": "987"}
RETURN = "http://127.0.0.1:9/widget/link_sol_a/m2m-basic/card"


@pytest.fixture
def visit(sandbox):
    def begin(language="es", owner="link_sol_a"):
        return sandbox.vault.begin(owner=owner, return_to=RETURN, language=language)

    return begin


@pytest.fixture
def post(http):
    async def post_(url, form):
        async with http.post(url, data=form, allow_redirects=False) as response:
            return response.status, await response.text(), response.headers

    return post_


@pytest.fixture
def get(http):
    async def get_(url):
        async with http.get(url) as response:
            return response.status, await response.text(), response.headers

    return get_


async def test_a_card_becomes_a_token(sandbox, visit, post):
    """The widget gets token, code token, brand and last four, once (reference/lola.md 18)."""
    status, _, headers = await post(visit(), CARD)
    back, _, key = headers["Location"].partition("?visit=")
    assert (status, back) == (303, RETURN)
    card = sandbox.vault.collect(key, owner="link_sol_a")
    assert re.fullmatch(r"tok_sandbox_[a-z0-9]{12}_1111", card.token)
    assert re.fullmatch(r"tok_sandbox_[a-z0-9]{12}", card.code_token)
    assert (card.brand, card.last4) == ("Visa", "1111")
    assert sandbox.vault.collect(key, owner="link_sol_a") is None


async def test_the_vault_has_an_origin_of_its_own(sandbox, visit, get):
    """No route of the sandbox takes a card, and no route of the vault knows a link."""
    url = visit()
    assert url.startswith(sandbox.vault.url + "/")
    assert sandbox.vault.url != sandbox.url
    assert (await get(url.replace(sandbox.vault.url, sandbox.url)))[0] == 404
    assert (await get(f"{sandbox.vault.url}/widget/link_sol_a/m2m-basic"))[0] == 404


async def test_one_senders_card_is_worth_nothing_to_another(sandbox, visit, post):
    """Only the link that began a visit can collect its card."""
    _, _, headers = await post(visit(), CARD)
    key = headers["Location"].partition("?visit=")[2]
    assert sandbox.vault.collect(key, owner="link_sol_b") is None
    assert sandbox.vault.collect("nothing", owner="link_sol_a") is None
    assert sandbox.vault.collect(key, owner="link_sol_a") is not None


async def test_what_was_typed_never_comes_back(visit, post):
    """A refused form is shown empty, with the reason beside the field."""
    url = visit()
    for typed in ({"number": "4111 1111 1111 1112"}, {"code": "98"}, {"expiry": "01/20"}):
        status, page, _ = await post(url, CARD | typed)
        assert status == 422
        assert 'aria-invalid="true"' in page
        shown = page.partition("<details")[0]
        assert not re.search(r"1111 1111|987|08/29|value=", shown)


async def test_a_card_is_entered_once(visit, post, get):
    """After a card, and after 15 minutes, the address responds 410."""
    url = visit()
    await post(url, CARD)
    assert (await post(url, CARD))[0] == 410
    assert (await get(url))[0] == 410


async def test_a_visit_runs_out(sandbox, visit, post, get):
    """Fifteen minutes later nothing can be entered and nothing collected."""
    url, done = visit(), visit()
    _, _, headers = await post(done, CARD)
    sandbox.clock.advance(15 * 60)
    assert (await get(url))[0] == 410
    assert (await post(url, CARD))[0] == 410
    key = headers["Location"].partition("?visit=")[2]
    assert sandbox.vault.collect(key, owner="link_sol_a") is None
    assert (await get(f"{sandbox.vault.url}/cards/nothing"))[0] == 410


async def test_the_form_may_end_at_the_widget_only(sandbox, visit, get):
    """The policy names the widget's origin and no other; nothing inline, nothing foreign."""
    _, page, headers = await get(visit("en"))
    policy = headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:9;" in policy
    assert "script-src 'self';" in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert '<html lang="en">' in page


async def test_the_language_can_be_switched(visit, get):
    """The page follows the widget's language and offers the other one."""
    url = visit("es")
    assert "Los datos de tu tarjeta" in (await get(url))[1]
    assert "Your card" in (await get(url + "?lang=en"))[1]
    assert "Your card" in (await get(url + "?lang=xx"))[1]


async def test_odd_bodies_are_refused_in_words(visit, http):
    """Files in place of texts, JSON, and a body over 4 KiB make no card."""
    url = visit()
    async with http.post(url, json=CARD) as response:
        assert response.status == 422
    async with http.post(url, data={"number": io.BytesIO(b"4111111111111111")}) as response:
        assert response.status == 422
    async with http.post(url, data={"number": "4" * 5000}) as response:
        assert response.status == 413
