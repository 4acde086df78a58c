"""The widget's pages: what a sender sees, what their taps do, and what a dead link does not do."""

import re

import pytest

from lola.partners.m2m import parse

PAGES = ("", "/data", "/scan", "/liveness", "/card", "/review")
TAPS = ("/data", "/scan", "/liveness", "/card", "/card/new", "/approve", "/cancel")


async def test_the_first_page_says_what_it_is_about(link, person):
    """The amount that arrives, and every step that is still to do, in the link's language."""
    made = await link(language="es")
    page = await person.get(made.url)
    assert page.status == 200
    assert '<html lang="es">' in page.text
    for text in ("Recibe Rosa Hernández", "1,725.00 MXN", "Tus datos", "Tu rostro", "Empezar"):
        assert text in page.text
    assert "Aprobar y enviar" not in page.text


async def test_the_review_shows_what_was_confirmed(ready, person):
    """Figures, fee, total, recipient and payout are the link's; the card is known by its end."""
    made = await ready(language="es")
    page = await person.get(made.url)
    for text in ("Rosa Hernández", "1,725.00 MXN", "100.00 USD", "3.99 USD", "103.99 USD", "17.25",
                 "Cuenta ••••5558", "Mastercard •••• 4444", "Aprobar y enviar"):  # fmt: skip
        assert text in page.text
    assert "Approve" not in page.text


@pytest.mark.parametrize(
    ("language", "labels"), [("es", ("Envía", "Recibe en")), ("en", ("From", "Paid out to"))]
)
async def test_the_review_shows_what_the_bank_gave(ready, person, language, labels):
    """Name and account came with the link (reference/m2m.md 5.1); the number shows its end only."""
    account = {"country": "MX", "accountNumber": "014027000005555558"}
    given = {
        "name": {"firstName": "Ana", "lastName": "Ruiz"},
        "paymentMethod": {"type": "bank_account", "bankAccount": account},
    }
    made = await ready(language=language, user_data=given)
    review = (await person.get(made.url)).text
    assert 'name="clabe"' not in review
    for text in (*labels, "Ana Ruiz", "•••• 5558"):
        assert text in review
    assert "014027000005555558" not in review


async def test_what_the_sender_typed_is_not_shown_as_given(ready, person):
    """Only the bank's own data is."""
    made = await ready(language="es")
    assert "Recibe en" not in (await person.get(made.url)).text


@pytest.mark.parametrize(
    ("language", "browser_language", "shown"),
    [
        ("en", "es-MX,es", "Start"),
        (None, "en-US,en", "Start"),
        (None, "es-MX", "Empezar"),
        (None, "fr-FR", "Empezar"),
        (None, "", "Empezar"),
    ],
)
async def test_the_language_of_the_page(link, person, language, browser_language, shown):
    """The link's language beats the browser's (reference/m2m.md 5.1); else Spanish."""
    made = await link(language=language)
    page = await person.get(made.url, headers={"Accept-Language": browser_language})
    assert f">{shown}</a>" in page.text


async def test_the_language_can_be_switched(link, person):
    """What the sender chooses beats the link's on every later page, and leaves the address."""
    made = await link(language="es")
    page = await person.get(made.url + "?lang=en")
    assert page.url == made.url
    assert '<html lang="en">' in page.text
    assert '<html lang="en">' in (await person.get(made.url + "/data")).text
    assert '<html lang="en">' in (await person.get(made.url + "/data?lang=xx")).text
    assert '<html lang="es">' in (await person.get(made.url + "/data?lang=es")).text


async def test_a_theme_is_kept_to(link, person):
    """A link may pin the dark scheme (reference/m2m.md 5.1); anything else follows the device."""
    assert 'data-theme="dark"' in (await person.get((await link(theme="dark")).url)).text
    assert "data-theme" not in (await person.get((await link("u2", theme="neon")).url)).text


async def test_the_page_loads_nothing_from_elsewhere(link, person, sandbox):
    """A strict policy, nothing inline, our own style sheet, and metadata that is never markup."""
    evil = "<script>alert(1)</script>"
    made = await link(
        metadata={
            "sendAmount": "1",
            "sendCurrency": "USD",
            "receiveAmount": "1",
            "receiveCurrency": "USD",
            "recipient": evil,
        }
    )
    page = await person.get(made.url)
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert not re.search(
        r"<style|\son\w+=|\sstyle=|<script(?! src=)|https?://", page.text.replace("&lt;script", "")
    )
    assert "&lt;script&gt;" in page.text
    (sheet,) = re.findall(r'href="(/static/pages.css\?v=\w+)"', page.text)
    found = await person.get(sandbox.url + sheet)
    assert (found.status, found.headers["Content-Type"]) == (200, "text/css")
    assert "immutable" in found.headers["Cache-Control"]
    stale = await person.get(f"{sandbox.url}/static/pages.css?v=old")
    assert stale.headers["Cache-Control"] == "no-cache"
    assert (await person.get(f"{sandbox.url}/static/nothing.css")).status == 404


async def test_opening_is_told_once(link, person, receiver, m2m):
    """`link.opened` comes with the device and only the first time (10.82)."""
    made = await link()
    headers = {"User-Agent": "Mozilla/5.0 (iPhone; ...)", "Accept-Language": "en-US,en;q=0.9"}
    for _ in range(3):
        await person.get(made.url, headers=headers)
    event = parse((await receiver.next())[1])
    assert event.name == "link.opened"
    assert event.data["deviceInfo"] == {
        "userAgent": "Mozilla/5.0 (iPhone; ...)",
        "platform": "iOS",
        "language": "en-US",
    }
    assert event.data["metadata"]["ticketId"] == "tk_1"
    assert parse((await receiver.next())[1]).name == "user.data_request"
    await person.post(made.url + "/cancel")
    assert parse((await receiver.next())[1]).name == "operation.cancelled"
    assert (await m2m.get_link(made.link_id)).status == "opened"


async def test_a_head_request_opens_nothing(link, browser, sandbox):
    """Only a page that was really fetched counts as opened."""
    made = await link()
    async with browser.head(made.url) as response:
        assert response.status == 405
    assert sandbox.m2m.links.get(made.link_id).opened_at is None


async def test_approval_makes_the_operation(ready, person, receiver, m2m, sandbox, metadata):
    """`operation.created` carries the amounts of the metadata in the documented form (10.86)."""
    made = await ready()
    page = await person.post(made.url + "/approve")
    while (event := parse((await receiver.next())[1])).name != "operation.created":
        pass
    operation_id = event.data["operationId"]
    assert (page.status, page.place, operation_id in page.text) == (200, "done", True)
    assert event.data == {
        "operationId": operation_id,
        "userId": sandbox.m2m.links.get(made.link_id).user_id,
        "linkId": made.link_id,
        "referenceId": "user-1",
        "status": "created",
        "createdAt": "2026-02-10T12:00:00.000Z",
        "amount": {
            "send": 100,
            "receive": 1725,
            "rate": "17.25",
            "fee": "3.99",
            "currency": {"source": "USD", "destination": "MXN"},
        },
        "funding": {"type": "card", "last4": "4444", "provider": "Mastercard"},
        "payout": {"type": "cash", "provider": "Cuenta ••••5558"},
        "metadata": metadata,
    }
    assert (await m2m.get_link(made.link_id)).operation_id == operation_id


async def test_a_second_tap_changes_nothing(ready, person, sandbox):
    """After an approval the link is used: 410 for everything but the page that says so."""
    made = await ready()
    await person.post(made.url + "/approve")
    for page in PAGES:
        seen = await person.get(made.url + page)
        assert (seen.status, "ya se usó" in seen.text) == (410, True)
    for tap in TAPS:
        assert (await person.post(made.url + tap)).status == 410
    assert (await person.get(made.url + "/done")).status == 200
    assert len(sandbox.m2m.operations.list.all()) == 1


async def test_cancelling_is_possible_from_the_first_page(link, person, receiver):
    """`operation.cancelled` names link, reference, status and time (10.87)."""
    made = await link(language="en")
    page = await person.post(made.url + "/cancel")
    event = parse((await receiver.next())[1])
    assert (page.status, event.name) == (200, "operation.cancelled")
    assert "You cancelled the transfer" in page.text
    assert event.data["status"] == "cancelled"
    assert event.data["linkId"] == made.link_id
    assert event.data["cancelledAt"] == "2026-02-10T12:00:00.000Z"


async def test_a_revoked_link_is_dead(link, person, m2m, sandbox):
    """A revoked link can neither be seen nor used (10.45)."""
    made = await link()
    await m2m.revoke_link(made.link_id)
    for page in (*PAGES, "/done"):
        seen = await person.get(made.url + page)
        assert (seen.status, "anulado" in seen.text) == (410, True)
    for tap in TAPS:
        assert (await person.post(made.url + tap)).status == 410
    assert sandbox.m2m.operations.list.all() == []


async def test_an_expired_link_is_dead(link, person, sandbox):
    """An expired link responds 410 to everything, at every step."""
    made = await link()
    await person.identify(made.url)
    sandbox.clock.advance(3600)
    for page in (*PAGES, "/done"):
        seen = await person.get(made.url + page)
        assert (seen.status, "venció" in seen.text) == (410, True)
    for tap in TAPS:
        assert (await person.post(made.url + tap)).status == 410
    assert sandbox.m2m.operations.list.all() == []


async def test_an_unknown_link(person, sandbox):
    """A link that never was is 404, in the browser's language."""
    url = f"{sandbox.url}/widget/link_sol_none/m2m-basic"
    page = await person.get(url, headers={"Accept-Language": "en"})
    assert (page.status, "cannot find this link" in page.text) == (404, True)
    assert (await person.post(url + "/approve")).status == 404


@pytest.mark.parametrize(
    "change",
    [
        {"sendAmount": None},
        {"sendAmount": "-5"},
        {"sendAmount": "0"},
        {"sendAmount": "NaN"},
        {"receiveAmount": "Infinity"},
        {"feeAmount": "-1"},
        {"rate": "free"},
    ],
)
async def test_a_link_without_figures_cannot_be_approved(link, person, metadata, change, sandbox):
    """Without usable amounts there is no approve button and approving makes nothing."""
    fields = {name: value for name, value in (metadata | change).items() if value is not None}
    made = await link(metadata=fields)
    page = await person.get(made.url)
    assert "no trae los datos de un envío" in page.text
    assert "Aprobar y enviar</button>" not in page.text
    assert (await person.post(made.url + "/approve")).status == 422
    assert sandbox.m2m.operations.list.all() == []


async def test_a_rate_is_worked_out_when_it_is_not_given(ready, person, metadata):
    """Amounts alone are enough; without a fee none is claimed."""
    fields = {name: metadata[name] for name in metadata if name not in {"rate", "feeAmount"}}
    page = await person.get((await ready(metadata=fields)).url)
    assert "1 USD = 17.25 MXN" in page.text
    assert "Comisión" not in page.text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://wa.me/15550199001", True),
        ("sms:+15550199001", True),
        ("javascript:alert(1)", False),
        ("http://elsewhere.example", False),
        ("", False),
    ],
)
async def test_the_way_back_to_the_chat(link, person, metadata, address, shown):
    """The last page leads back to the chat by an address that a browser may safely follow."""
    made = await link(metadata=metadata | {"returnUrl": address})
    page = await person.post(made.url + "/cancel")
    assert ("Volver al chat" in page.text) is shown
