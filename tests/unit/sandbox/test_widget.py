"""The widget page: what a sender sees, what their taps do, and what a dead link does not do."""

import re

import pytest

from lola.money.reference import sender_reference
from lola.partners.m2m import parse

NEWCOMER = "+15550107777"


@pytest.fixture
def link(m2m, receiver, metadata):
    async def make(reference="user-1", **options):
        fields = options.pop("metadata", metadata)
        link = await m2m.create_link(reference, fields, callback_url=receiver.url, **options)
        await receiver.next()
        return link

    return make


@pytest.fixture
def browse(http):
    async def browse_(method, url, **request):
        async with http.request(method, url, **request) as response:
            return response.status, await response.text(), response.headers

    return browse_


async def test_the_page_shows_what_will_be_sent(link, browse):
    """Figures, fee, total and recipient come from the link's metadata, in the link's language."""
    made = await link(language="es")
    status, page, _ = await browse("GET", made.url)
    assert status == 200
    assert '<html lang="es">' in page
    for text in ("Rosa Hernández", "1,725.00 MXN", "100.00 USD", "3.99 USD", "103.99 USD", "17.25"):
        assert text in page
    assert "Aprobar" in page
    assert "Approve" not in page


@pytest.mark.parametrize(
    ("language", "browser", "shown"),
    [
        ("en", "es-MX,es", "Approve and send"),
        (None, "en-US,en", "Approve and send"),
        (None, "es-MX", "Aprobar y enviar"),
        (None, "fr-FR", "Aprobar y enviar"),
        (None, "", "Aprobar y enviar"),
    ],
)
async def test_the_language_of_the_page(link, browse, language, browser, shown):
    """The link's language beats the browser's (reference/m2m.md 5.1); else Spanish."""
    made = await link(language=language)
    _, page, _ = await browse("GET", made.url, headers={"Accept-Language": browser})
    assert f">{shown}</button>" in page


async def test_the_page_loads_nothing_from_elsewhere(link, browse, sandbox):
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
    _, page, headers = await browse("GET", made.url)
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert not re.search(r"<style|\son\w+=|\sstyle=|<script(?! src=)|https?://", page)
    assert "&lt;script&gt;" in page
    (sheet,) = re.findall(r'href="(/static/pages.css\?v=\w+)"', page)
    status, _, headers = await browse("GET", sandbox.url + sheet)
    assert (status, headers["Content-Type"]) == (200, "text/css")
    assert "immutable" in headers["Cache-Control"]
    assert (await browse("GET", f"{sandbox.url}/static/nothing.css"))[0] == 404


async def test_opening_is_told_once(link, browse, receiver, m2m):
    """`link.opened` comes with the device and only the first time (10.82)."""
    made = await link()
    headers = {"User-Agent": "Mozilla/5.0 (iPhone; ...)", "Accept-Language": "en-US,en;q=0.9"}
    for _ in range(3):
        await browse("GET", made.url, headers=headers)
    event = parse((await receiver.next())[1])
    assert event.name == "link.opened"
    assert event.data["deviceInfo"] == {
        "userAgent": "Mozilla/5.0 (iPhone; ...)",
        "platform": "iOS",
        "language": "en-US",
    }
    assert event.data["metadata"]["ticketId"] == "tk_1"
    assert parse((await receiver.next())[1]).name == "user.data_request"
    await browse("POST", made.url + "/cancel")
    assert parse((await receiver.next())[1]).name == "operation.cancelled"
    assert (await m2m.get_link(made.link_id)).status == "opened"


async def test_a_head_request_opens_nothing(link, browse, sandbox):
    """Only a page that was really fetched counts as opened."""
    made = await link()
    assert (await browse("HEAD", made.url))[0] == 405
    assert sandbox.m2m.links.get(made.link_id).opened_at is None


async def test_approval_makes_the_operation(link, browse, receiver, m2m, sandbox, metadata):
    """`operation.created` carries the amounts of the metadata in the documented form (10.86)."""
    made = await link()
    status, page, _ = await browse("POST", made.url + "/approve")
    event = parse((await receiver.next())[1])
    assert event.name == "operation.created"
    operation_id = event.data["operationId"]
    assert (status, operation_id in page) == (200, True)
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
        "funding": {"type": "card", "last4": "4242", "provider": "Visa"},
        "payout": {"type": "cash", "provider": "sandbox"},
        "metadata": metadata,
    }
    assert (await m2m.get_link(made.link_id)).operation_id == operation_id


async def test_a_second_tap_changes_nothing(link, browse, sandbox, receiver):
    """After an approval, approving again and cancelling answer 410 and make nothing."""
    made = await link()
    await browse("POST", made.url + "/approve")
    await receiver.next()
    for action in ("/approve", "/cancel", ""):
        status, page, _ = await browse("GET" if not action else "POST", made.url + action)
        assert status == 410
        assert "ya se usó" in page
    assert len(sandbox.m2m.operations.list.all()) == 1


async def test_cancelling(link, browse, receiver, sandbox):
    """`operation.cancelled` names link, reference, status and time (10.87)."""
    made = await link(language="en")
    status, page, _ = await browse("POST", made.url + "/cancel")
    event = parse((await receiver.next())[1])
    assert (status, event.name) == (200, "operation.cancelled")
    assert "You cancelled the transfer" in page
    assert event.data["status"] == "cancelled"
    assert event.data["linkId"] == made.link_id
    assert event.data["cancelledAt"] == "2026-02-10T12:00:00.000Z"


async def test_a_revoked_link_is_dead(link, browse, m2m, sandbox):
    """A revoked link can neither be seen nor used (10.45)."""
    made = await link()
    await m2m.revoke_link(made.link_id)
    for method, action in (("GET", ""), ("POST", "/approve"), ("POST", "/cancel")):
        status, page, _ = await browse(method, made.url + action)
        assert status == 410
        assert "anulado" in page
    assert sandbox.m2m.operations.list.all() == []


async def test_an_expired_link_is_dead(link, browse, sandbox):
    """An expired link answers 410 for everything."""
    made = await link()
    sandbox.clock.advance(3600)
    for method, action in (("GET", ""), ("POST", "/approve"), ("POST", "/cancel")):
        status, page, _ = await browse(method, made.url + action)
        assert status == 410
        assert "venció" in page
    assert sandbox.m2m.operations.list.all() == []


async def test_an_unknown_link(browse, sandbox):
    """A link that never was is 404."""
    for method, action in (("GET", ""), ("POST", "/approve"), ("POST", "/cancel")):
        url = f"{sandbox.url}/widget/link_sol_none/m2m-basic{action}"
        assert (await browse(method, url))[0] == 404


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
async def test_a_link_without_figures_cannot_be_approved(link, browse, metadata, change, sandbox):
    """Without usable amounts there is no approve button and approving makes nothing."""
    fields = {name: value for name, value in (metadata | change).items() if value is not None}
    made = await link(metadata=fields)
    _, page, _ = await browse("GET", made.url)
    assert "Aprobar y enviar</button>" not in page
    assert (await browse("POST", made.url + "/approve"))[0] == 422
    assert sandbox.m2m.operations.list.all() == []


async def test_a_rate_is_worked_out_when_it_is_not_given(link, browse, metadata):
    """Amounts alone are enough; without a fee none is claimed."""
    fields = {name: metadata[name] for name in metadata if name not in {"rate", "feeAmount"}}
    made = await link(metadata=fields)
    _, page, _ = await browse("GET", made.url)
    assert "1 USD = 17.25 MXN" in page
    assert "Comisión" not in page


async def test_a_new_sender_becomes_a_verified_one(link, browse, payhub, credentials):
    """Whoever PayHub did not know is asked for a name and is known once they approve."""
    assert await payhub.find_sender(NEWCOMER) is None
    made = await link(sender_reference(NEWCOMER, credentials.sender_reference_key))
    _, page, _ = await browse("GET", made.url)
    assert 'name="first_name"' in page
    form = {"first_name": " Luis ", "last_name": "Vega" * 40}
    await browse("POST", made.url + "/approve", data=form)
    user = await payhub.find_sender(NEWCOMER)
    assert user is not None
    assert (user.first_name, len(user.last_name), user.is_verified) == ("Luis", 60, True)
    again = await link(sender_reference(NEWCOMER, credentials.sender_reference_key))
    assert 'name="first_name"' not in (await browse("GET", again.url))[1]


async def test_a_cancelled_first_transfer_makes_nobody_known(link, browse, payhub, credentials):
    """Cancelling leaves a new sender unknown; approving without a name makes one up."""
    await payhub.find_sender(NEWCOMER)
    reference = sender_reference(NEWCOMER, credentials.sender_reference_key)
    await browse("POST", (await link(reference)).url + "/cancel")
    assert await payhub.find_sender(NEWCOMER) is None
    await browse("POST", (await link(reference)).url + "/approve")
    assert (await payhub.find_sender(NEWCOMER)).first_name == "Cliente"
