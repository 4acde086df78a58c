"""A conversation's page: what each message is, who the sender is, and what staff keep beside it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.channel.contract import Capabilities
from lola.console import build_console
from lola.console.desk import Desk
from lola.console.transcript import file_size, turn_view
from lola.conversation.history import record_of
from lola.conversation.result import no_reply
from lola.domain.events import CONSOLE_HANDBACK, CONSOLE_RESOLVE
from lola.domain.identity import ContextUser, PaymentMethod
from lola.domain.messages import (
    ContactsContent,
    EventContent,
    LocationContent,
    MediaContent,
    ReactionContent,
    SharedContact,
)
from lola.domain.session import Session
from lola.domain.work import Envelope
from lola.errors import PartnerUnavailableError
from lola.safety.input.hygiene import HIDDEN
from tests.support import NOW, inbound, turn
from tests.unit.console.conftest import Person
from tests.unit.console.test_live import Stream
from tests.unit.escalation.support import NOON, address


async def text_of(answering, status=200):
    async with answering as answer:
        assert answer.status == status
        return await answer.text()


def words_of(html):
    """Return the text between the tags, as somebody reads it."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def heard(content):
    """Return an inbound item of the history as the engine writes it."""
    about = turn(inbound(content), now=NOW)
    envelope = Envelope(seq=1, attempts=1, accepted_at=NOW, trace_id="t", inbound=about.last)
    work = replace(about.work, envelopes=(envelope,))
    return record_of(work, no_reply(about, "messages"), milliseconds=1)["inbound"][0]


async def page_with(bank, person, *contents):
    """Return the page of a conversation in which the sender sent these."""
    conversation = await bank.turn(inbound=[heard(content) for content in contents])
    return await text_of(person.get(f"conversations/{conversation}"))


async def test_a_picture_is_shown_as_one_with_its_words(ana, bank):
    """Kind, name, size and caption; the sign before them is not read aloud."""
    picture = MediaContent(
        media="image", caption="mi recibo", name="foto.jpg", mime="image/jpeg", size=120_000
    )
    words = words_of(await page_with(bank, ana, picture))
    assert "Picture foto.jpg · 120 kB mi recibo" in words
    assert "image/jpeg" not in words


async def test_a_pdf_a_doubtful_file_and_a_heard_voice_note_say_what_they_are(ana, bank):
    """A document is no picture, and what was heard is not what was written."""
    pdf = MediaContent(media="document", name="estado.pdf", mime="application/pdf", size=2_400_000)
    doubtful = MediaContent(media="document", name="x.exe", doubt=True)
    note = MediaContent(media="voice", caption="quiero ayuda", hearing="heard")
    words = words_of(await page_with(bank, ana, pdf, doubtful, note))
    assert "PDF document estado.pdf · 2.4 MB" in words
    assert "not what it claims to be" in words
    assert "Voice note What was understood of the voice note: quiero ayuda" in words


async def test_a_place_a_card_and_a_reaction_say_what_they_are(ana, bank):
    """Names and numbers as they were shared; an empty reaction is one taken back."""
    place = LocationContent(latitude=19.4326, longitude=-99.1332, name="Zócalo")
    card = ContactsContent(contacts=(SharedContact(name="Carmen", phones=("+525512345678",)),))
    words = words_of(
        await page_with(
            bank,
            ana,
            place,
            card,
            ReactionContent(emoji="❤️", message_id="m"),
            ReactionContent(emoji="", message_id="m"),
        )
    )
    assert "Location Zócalo 19.43260, -99.13320" in words
    assert "Contact Carmen +525512345678" in words
    assert "Reacted to a message ❤️" in words
    assert "Took back a reaction" in words


def test_a_record_of_an_older_version_shows_its_text():
    """Records without the shape of a file keep the line that described it."""
    record = {
        "at": NOON.isoformat(), "staff": "", "outbound": [], "route": "notice", "tools": [],
        "passages": [],
        "inbound": [{"id": "1", "kind": "media", "text": "📎 foto.jpg", "at": NOON.isoformat()}],
    }  # fmt: skip
    (bubble,) = turn_view(record).bubbles
    assert (bubble.text, bubble.shape) == ("📎 foto.jpg", None)


@pytest.mark.parametrize(
    ("size", "shown"), [(0, ""), (1, "1 kB"), (999_999, "999 kB"), (1_000_000, "1.0 MB")]
)
def test_sizes_read_as_people_say_them(size, shown):
    """Whole kilobytes, then megabytes; an unknown size says nothing."""
    assert file_size(size) == shown


async def test_how_an_answer_came_about_is_there_on_demand(ana, bank):
    """Stages, tools with redacted arguments, documents, checks, tokens, cost and time."""
    call = {"id": "1", "name": "prepare_transfer"}
    arguments = {"amount": 200, "account": "tarjeta 4111 1111 1111 1111"}
    conversation = await bank.turn(
        tools=[{"name": "prepare_transfer", "ok": True}],
        messages=[{"role": "assistant", "calls": [{**call, "arguments": arguments}]}],
        stages=["Consent", "Agent"],
        findings=["numbers"],
        ms=1234,
        model={"models": ["offline"], "input_tokens": 30, "output_tokens": 12, "cost": "0.0021"},
    )
    words = words_of(await text_of(ana.get(f"conversations/{conversation}")))
    for shown in (
        "Stages Consent → Assistant",
        "Prepared the transfer Amount: 200 · Account: tarjeta",
        "fees (version 3)",
        "Gave a figure without a source",
        "Tokens 42",
        "Cost 0.0021 USD",
        "Took 1234 ms",
        "Models have cost 0.0021 USD",
    ):
        assert shown in words
    assert "4111 1111" not in words


HIDDEN_TEXT = "pague\u202e123\u200b aqui\U000e0041"


async def test_hidden_and_turning_characters_are_shown_as_a_mark(ana, bank):
    """They can neither be missed nor turn what stands beside them; emoji stay whole."""
    session = Session(address=address(), started_at=NOON, language="es", profile_name=HIDDEN_TEXT)
    conversation = await bank.turn(text=f"{HIDDEN_TEXT} 👩‍🚀 ❤️", session=session)
    for path in (f"conversations/{conversation}", ""):
        html = await text_of(ana.get(path))
        assert not set("\u202e\u200b\U000e0041") & set(html)
    html = await text_of(ana.get(f"conversations/{conversation}"))
    assert f"pague{HIDDEN}123{HIDDEN} aqui{HIDDEN} 👩‍🚀 ❤️" in html


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u2060", "\u202e\u202c", "\u2800", "\u3164"])
async def test_a_reply_that_cannot_be_seen_is_refused(ana, bank, text):
    """Spaces and hidden characters alone reach no sender."""
    conversation = await bank.turn()
    await text_of(ana.call(f"conversations/{conversation}/take-over"))
    reply = ana.call(f"conversations/{conversation}/reply", {"text": text})
    assert "empty" in await text_of(reply, status=422)


def put(person, path, body):
    """Put to the API with the token."""
    address_ = person.url.join(type(person.url)(f"api/{path}"))
    return person.session.put(address_, json=body, headers={"X-CSRF-Token": person.csrf})


async def test_a_draft_is_kept_for_its_author_alone_until_it_is_sent(ana, eva, bank):
    """It is there again after a reload, not for a colleague, and gone with the reply."""
    conversation = await bank.turn()
    await text_of(ana.call(f"conversations/{conversation}/take-over"))
    await text_of(put(ana, f"conversations/{conversation}/draft", {"text": "a medias"}))
    page = f"conversations/{conversation}"
    assert ">a medias</textarea>" in await text_of(ana.get(page))
    assert "a medias" not in await text_of(eva.get(page))
    await text_of(ana.call(f"{page}/reply", {"text": "a medias y más"}), status=202)
    assert "a medias</textarea>" not in await text_of(ana.get(page))


async def test_a_draft_ends_after_a_day_also_on_an_open_page(ana, bank):
    """Somebody who looks does not make the words of another last."""
    conversation = await bank.turn()
    await text_of(ana.call(f"conversations/{conversation}/take-over"))
    await text_of(put(ana, f"conversations/{conversation}/draft", {"text": "a medias"}))
    desk = Desk(bank.store, bank.clock)
    bank.clock.pass_(hours=23)
    await desk.seen(conversation, "eva")
    assert (await desk.beside(conversation)).drafts == {"ana": "a medias"}
    bank.clock.pass_(hours=1)
    assert (await desk.beside(conversation)).drafts == {}


async def test_a_draft_says_what_would_be_taken_out_and_which_language_it_is_in(ana, bank):
    """The hint comes before anything is sent, and card data is not kept in the draft."""
    conversation = await bank.turn()
    await text_of(ana.call(f"conversations/{conversation}/take-over"))
    typed = {"text": "Hello, your card 4111 1111 1111 1111 was declined, please see evil.example"}
    async with put(ana, f"conversations/{conversation}/draft", typed) as answer:
        assert await answer.json() == {"removed": ["data", "link"], "language": "en"}
    assert "4111 1111" not in await text_of(ana.get(f"conversations/{conversation}"))
    fine = {"text": "Hola, enseguida le ayudo con su envío"}
    async with put(ana, f"conversations/{conversation}/draft", fine) as answer:
        assert await answer.json() == {"removed": [], "language": ""}


async def test_a_hand_back_by_a_supervisor_keeps_the_words_of_the_owner(ana, eva, bank):
    """The owner still reads what they were writing, and who ended it."""
    conversation = await bank.turn()
    page = f"conversations/{conversation}"
    await text_of(ana.call(f"{page}/take-over"))
    await text_of(put(ana, f"{page}/draft", {"text": "Le explico"}))
    await text_of(eva.call(f"{page}/hand-back"))
    event = {"id": "e", "kind": "event", "text": CONSOLE_HANDBACK, "at": NOON.isoformat()}
    shape = {"by": "eva", "note": "Mañana a las 10"}
    await bank.commit_next(address(), inbound=[{**event, "shape": shape}])
    words = words_of(await text_of(ana.get(page)))
    assert "What you were writing, kept and not sent: Le explico" in words
    assert words.count("eva handed the conversation back to the bot") == 2
    assert "What was agreed: Mañana a las 10" in words
    await text_of(ana.call(f"{page}/take-over"))
    assert ">Le explico</textarea>" in await text_of(ana.get(page))


async def test_why_a_case_was_resolved_is_in_the_transcript(ana, bank):
    """In words of the reader's language, beside who resolved it."""
    event = {"id": "e", "kind": "event", "text": CONSOLE_RESOLVE, "at": NOON.isoformat()}
    conversation = await bank.turn(
        inbound=[{**event, "shape": {"by": "eva", "reason": "answered"}}]
    )
    words = words_of(await text_of(ana.get(f"conversations/{conversation}")))
    assert "eva marked the case as resolved: Question answered" in words


def test_the_record_of_a_hand_back_names_who_did_it():
    """The page tells it from there; of other events nothing is added."""
    back = heard(EventContent(name=CONSOLE_HANDBACK, data={"staff": "eva", "note": "mañana"}))
    assert back["shape"] == {"by": "eva", "note": "mañana"}
    assert "shape" not in heard(EventContent(name="m2m.link.opened", data={"ticket": "t"}))


@pytest.fixture
async def desk(bank, staff):
    """A console that knows a channel with a window, and a bank that knows one customer."""
    users = {
        "+15550100101": ContextUser(
            user_id="u1", first_name="Rosa", last_name="<Díaz>", phone="+15550100101",
            verdict="passed", is_blocked=False, country="US",
            payment_methods=(PaymentMethod(id="p", label="Visa 1234", kind="card"),),
        )
    }  # fmt: skip

    async def find(phone):
        if phone.endswith("0109"):
            raise PartnerUnavailableError("payhub", "away")
        return users.get(phone)

    root = web.Application()
    console = build_console(
        inbox=bank.inbox, owners=bank.owners, store=bank.store, index=bank.index, rates=bank.rates,
        is_opted_out=bank.consent.is_opted_out, clock=bank.clock, secure=False, trail=bank.trail,
        poll_seconds=0.01, deliveries=bank.statuses, find_sender=find,
        channel_titles={"whatsapp": "WhatsApp"},
        capabilities={
            "whatsapp": Capabilities(text=4096, reply_window=timedelta(hours=24), templates=True),
            "sms": Capabilities(text=600),
        },
    )  # fmt: skip
    root.add_subapp("/console/", console)
    async with TestServer(root) as running:
        yield running


@pytest.fixture
async def follow_live():
    answers = []

    async def follow(person, path):
        answers.append(await person.get(path))
        return Stream(answers[-1])

    yield follow
    for answer in answers:
        answer.close()


@pytest.fixture
async def clerk(desk, open_browser):
    person = open_browser(**{"Accept-Language": "en"})
    person = Person(desk, person.session)
    assert (await person.sign_in("ana"))[0] == 200
    return person


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("0101", "Customer of the bank Name at the bank Rosa &lt;Díaz&gt; Compliance Verified"),
        ("0102", "Not a customer of the bank yet"),
        ("0109", "The identity service does not answer now"),
    ],
)
async def test_who_the_sender_is_comes_from_the_bank_when_staff_ask(clerk, bank, digits, shown):
    """Name, compliance and payment methods, read afresh; an outage is said as one."""
    conversation = await bank.turn(address(digits))
    page = await text_of(clerk.get(f"conversations/{conversation}"))
    assert "Look up their identity at the bank" in page
    for path in ("identity", "identity?part"):
        html = await text_of(clerk.get(f"conversations/{conversation}/{path}"))
        assert shown in words_of(html)
    kinds = [record.kind for record in await bank.trail.newest()]
    assert kinds.count("console.identity_read") == 2


async def test_the_window_and_the_limit_are_shown_before_sending(clerk, bank):
    """An open window has an end, a closed one says what will arrive; each channel its length."""
    heard_at = bank.clock()
    session = Session(address=address(), started_at=heard_at, language="es", heard_at=heard_at)
    conversation = await bank.turn(session=session)
    page = f"conversations/{conversation}"
    await text_of(clerk.call(f"{page}/take-over"))
    assert "You can write freely until" in await text_of(clerk.get(page))
    bank.clock.pass_(hours=24)
    assert (await clerk.sign_in("ana"))[0] == 200
    words = words_of(await text_of(clerk.get(page)))
    assert "24 hours have passed" in words
    assert "They will get an invitation to write" in words
    assert "Keep and notify" in words
    other = await bank.turn(address("0103", channel="sms"))
    await text_of(clerk.call(f"conversations/{other}/take-over"))
    html = await text_of(clerk.get(f"conversations/{other}"))
    assert 'maxlength="600"' in html
    assert "Up to 600 characters" in html


async def test_a_ready_reply_is_filled_in_the_senders_language(clerk, bank):
    """Staff read English titles, the sender gets Spanish with their name in it."""
    conversation = await bank.turn()
    await text_of(clerk.call(f"conversations/{conversation}/take-over"))
    html = await text_of(clerk.get(f"conversations/{conversation}?canned=greeting"))
    assert ">Hola Rosa, le atiende ana, de Lola." in html
    assert ">Greeting</option>" in html


async def test_what_became_of_a_message_is_beside_it(bank, clerk, follow_live):
    """Sent, delivered, read or lost, as the channel reports; the open page learns of it."""
    rows = {"rows": {"announced": 0, "ahead": 0}}
    conversation = await bank.turn(**rows)
    page = f"conversations/{conversation}"
    row_id = bank.keys.row_id(conversation, 1, 0)
    key = bank.keys.row_status(row_id)
    assert "✓" not in await text_of(clerk.get(page))
    mark = re.search(r"\?since=([\w.]+)", await text_of(clerk.get(page)))[1]
    stream = await follow_live(clerk, f"live/{conversation}?since={mark}")
    await bank.store._redis.hset(key, "status", "sent")
    event, html, _ = await stream.next()
    assert (event, "✓ sent" in html) == ("transcript", True)
    for status, shown in (("delivered", "✓✓ delivered"), ("read", "✓✓ read")):
        assert await bank.statuses.record_status(row_id, status)
        assert shown in await text_of(clerk.get(page))
    await bank.store._redis.hset(key, "failed", "1")
    assert "✗ did not arrive" in await text_of(clerk.get(page))


def test_the_rows_of_a_turn_begin_behind_older_replies_and_without_announcements():
    """A record says where its rows are; one of an older version has none."""
    said = [{"type": "text", "content": "x"}, {"type": "text", "content": "y"}]
    record = {
        "at": NOON.isoformat(), "staff": "", "route": "r", "tools": [], "passages": [],
        "inbound": [], "outbound": said, "turn": "7",
    }  # fmt: skip
    assert [one.row for one in turn_view(record).bubbles] == [None, None]
    record["rows"] = {"announced": 1, "ahead": 2}
    assert [one.row for one in turn_view(record).bubbles] == [None, (7, 2)]
