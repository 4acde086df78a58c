"""What staff see: escaped, masked, in their language, in the right order."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from lola.console.rendering import Pages, duration, language_of
from lola.delivery.costs import ALARMS
from lola.delivery.troubles import Troubles
from lola.domain.messages import (
    ButtonsMessage,
    EventContent,
    Inbound,
    LinkMessage,
    LinkTarget,
    MessageId,
    Option,
)
from lola.domain.session import Session
from lola.domain.transfer import Draft, Money, Quote, Terms, Ticket
from tests.unit.escalation.support import NOON, address

MARKUP = '<script>alert(1)</script>"\' onmouseover="x" &amp; <img src=x onerror=y>{{ 7*7 }}'


class Tags(HTMLParser):
    """Every element with its attributes, as a browser would build them."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def tags_of(html):
    parser = Tags()
    parser.feed(html)
    return parser.found


async def text_of(answering, status=200):
    async with answering as answer:
        assert answer.status == status
        return await answer.text()


def assert_harmless(html):
    """No element or attribute that our templates do not make, and no inline code."""
    for tag, attributes in tags_of(html):
        assert tag != "img" or attributes["src"].startswith("/console/static/")
        assert tag != "script" or attributes["src"].startswith("/console/static/")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_the_checker_of_harmlessness_bites():
    """It refuses what an unescaped page would hold."""
    for bad in ("<script>alert(1)</script>", "<p onclick='x'>", "<img src=x>"):
        with pytest.raises((AssertionError, KeyError)):
            assert_harmless(bad)


async def test_markup_from_a_sender_is_shown_and_never_run(ana, bank):
    """Text, profile name, reason, route, tool and choice titles all come from outside."""
    session = Session(
        address=address(), started_at=bank.clock(), language=MARKUP[:9], profile_name=MARKUP
    )
    answer = ButtonsMessage(content=MARKUP, options=(Option(id="1", title="<b>sí</b>"),))
    conversation = await bank.turn(
        text=MARKUP,
        answer=answer,
        session=session,
        route=MARKUP,
        tools=[{"name": MARKUP, "ok": False}],
        passages=[MARKUP],
    )
    await bank.wait_for_person(conversation, reason=MARKUP)
    for path in ("", f"conversations/{conversation}"):
        html = await text_of(ana.get(path))
        assert_harmless(html)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;b&gt;sí&lt;/b&gt;" in html
    assert "{{ 7*7 }}" in html


async def test_the_browser_is_told_to_load_nothing_but_our_own_files(ana, open_browser):
    """Strict policy on pages, API, redirects and errors; nothing that staff saw is cached."""
    for person, path in (
        (ana, ""),
        (ana, "api/queue"),
        (ana, "nowhere"),
        (open_browser(), ""),
        (open_browser(), "sign-in"),
    ):
        async with person.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_pages_load_only_files_that_are_there(ana, bank):
    """Every script, style and picture of a page is our own and answers 200; none is elsewhere."""
    conversation = await bank.turn()
    html = await text_of(ana.get(f"conversations/{conversation}"))
    sources = [
        attributes.get("src") or attributes.get("href")
        for tag, attributes in tags_of(html)
        if tag in {"script", "link", "img"}
    ]
    assert len(sources) == 3
    for source in sources:
        assert source.startswith("/console/static/")
        assert (await text_of(ana.get(source))).strip()
    everything = html + "".join([await text_of(ana.get(source)) for source in sources])
    assert not re.search(r"https?://(?!www\.w3\.org/)", everything)


async def test_the_queue_counts_orders_and_masks(ana, bank):
    """Longest wait first, people's conversations after, numbers only by their last digits."""
    taken = await bank.turn(address("0001", channel="sms"))
    await bank.actions.take_over(taken, "luis")
    early = await bank.turn(address("0002"))
    await bank.wait_for_person(early)
    bank.clock.pass_(minutes=65)
    late = await bank.turn(address("0003"))
    await bank.wait_for_person(late)
    bank.clock.pass_(seconds=30)
    html = await text_of(ana.get(""))
    links = [
        attributes["href"].rpartition("/")[2]
        for tag, attributes in tags_of(html)
        if tag == "a" and "case" in attributes.get("class", "").split()
    ]
    assert links == [early, late, taken]
    assert '<li class="urgent"><strong>2</strong> waiting' in html
    assert "<strong>1</strong> with a person" in html
    assert "1 h 05 min" in html
    assert "&lt; 1 min" in html
    assert "with luis" in html
    assert "Asked for a person" in html
    async with ana.get("api/queue") as answer:
        body = await answer.json()
    assert (body["waiting"], body["human"]) == (2, 1)
    assert [case["conversation"] for case in body["cases"]] == [early, late, taken]
    first = body["cases"][0]
    assert first["waited_seconds"] == 65 * 60 + 30
    assert (first["channel"], first["language"], first["phone"]) == ("whatsapp", "es", "…02")
    for shown in (html, str(body)):
        assert "1555010" not in shown


async def test_a_case_whose_session_was_forgotten_is_still_in_the_queue(ana, bank, valkey_url):
    """A session expires after a day; a conversation of staff is listed until it is handed back."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    await bank.store._redis.delete(bank.store._keys.state(conversation))
    assert "Session expired" in await text_of(ana.get(""))
    await text_of(ana.get(f"conversations/{conversation}"))
    reply = {"text": "hola"}
    await text_of(ana.call(f"conversations/{conversation}/reply", reply), status=404)
    await text_of(ana.call(f"conversations/{conversation}/hand-back"))
    assert await bank.index.open() == ()


async def test_a_conversation_shows_who_spoke_and_how_the_answer_came_about(ana, bank):
    """Bubbles by speaker, staff by name, route, tools and passages; staff events only once."""
    conversation = await bank.turn(text="Cuánto cuesta")
    await bank.turn(text="otra", tools=[{"name": "send_money", "ok": False}], boundary=True)
    await bank.actions.take_over(conversation, "ana")
    await bank.actions.reply(conversation, "ana", "Le ayudo yo")
    await bank.commit_next(
        address(), answer="Le ayudo yo", author="staff", staff="ana", route="human", tools=[]
    )
    async with ana.get(f"api/conversations/{conversation}") as answer:
        body = await answer.json()
    turns = body["turns"]
    spoken = [[(b["speaker"], b["text"]) for b in turn["bubbles"]] for turn in turns]
    assert spoken == [
        [("sender", "Cuánto cuesta"), ("bot", "¿En qué te ayudo?")],
        [("sender", "otra"), ("bot", "¿En qué te ayudo?")],
        [("staff", "Le ayudo yo")],
    ]
    assert turns[0]["tools"] == [{"name": "get_quote", "ok": True, "arguments": []}]
    assert turns[0]["passages"] == [{"document": "fees", "version": "3"}]
    assert turns[1]["boundary"] is True
    html = await text_of(ana.get(f"conversations/{conversation}"))
    assert html.count("Le ayudo yo") == 1
    assert "Staff · ana" in html
    assert "Made the widget link: failed" in html
    assert "fees (version 3)" in html
    assert "From here the bot starts without memory" in html


async def test_what_only_the_model_may_see_reaches_neither_page_nor_api(ana, bank):
    """The model's view of a turn lies in the record and stays there."""
    conversation = await bank.turn()
    stored = await bank.store.read(conversation)
    assert "only the model sees this" in str(stored.history)
    for path in (f"conversations/{conversation}", f"api/conversations/{conversation}"):
        assert "only the model sees this" not in await text_of(ana.get(path))


def transfer():
    """A draft and its ticket, with everything that staff must not see in full."""
    quote = Quote(
        id="q1",
        country="MX",
        payout_method="bank_account",
        send=Money(amount=Decimal("200.00"), currency="USD"),
        fee=Money(amount=Decimal("3.99"), currency="USD"),
        total=Money(amount=Decimal("203.99"), currency="USD"),
        receive=Money(amount=Decimal("3450.00"), currency="MXN"),
        rate=Decimal("17.25"),
        expires_at=NOON + timedelta(minutes=10),
    )
    terms = Terms(
        country="MX",
        payout_method="bank_account",
        amount=Decimal(200),
        amount_currency="USD",
        recipient_first_name="Carmen",
        recipient_last_name="Ruiz",
        payer_name="BBVA",
        account="012180001234567897",
    )
    draft = Draft(id="d1", terms=terms, quote=quote, created_at=NOON)
    ticket = Ticket(
        id="t1",
        draft_id="d1",
        digest=draft.digest,
        status="link_sent",
        created_at=NOON,
        expires_at=NOON + timedelta(hours=1),
        send=quote.send,
        receive=quote.receive,
        recipient_name="Carmen Ruiz",
        link_id="link-secret",
        short_url="https://bank.example/l/short-secret",
    )
    return draft, ticket


async def test_the_transfer_is_summed_up_with_the_account_masked(ana, bank):
    """Recipient, figures and state of the draft and its tickets, in the browser's language."""
    draft, ticket = transfer()
    session = Session(address=address(), started_at=NOON, draft=draft, tickets=(ticket,))
    conversation = await bank.turn(session=session)
    html = await text_of(ana.get(f"conversations/{conversation}"))
    for shown in ("Carmen Ruiz", "Mexico", "BBVA", "••••7897", "203.99 USD", "3,450.00 MXN"):
        assert shown in html
    assert "Not confirmed" in html
    assert "Link sent" in html
    assert "01218000" not in html
    confirmed = replace(session, draft=draft.confirmed_by("wamid.1", NOON))
    await bank.turn(session=confirmed)
    assert "Confirmed by the sender" in await text_of(ana.get(f"conversations/{conversation}"))


async def test_no_page_and_no_api_gives_away_a_widget_link(ana, bank):
    """Anyone with the link can act as the sender, so staff see its label only."""
    draft, ticket = transfer()
    session = Session(address=address(), started_at=NOON, draft=draft, tickets=(ticket,))
    link = LinkMessage(
        content="Aquí está tu enlace", links=(LinkTarget(text="Pagar", url=ticket.short_url),)
    )
    conversation = await bank.turn(answer=link, session=session)
    for path in (f"conversations/{conversation}", f"api/conversations/{conversation}"):
        shown = await text_of(ana.get(path))
        assert "Pagar" in shown
        assert "secret" not in shown


async def test_an_event_with_a_name_is_a_note_between_the_bubbles(ana, bank):
    """Partner events are messages of neither the sender nor the bot."""
    where = address()
    conversation = await bank.turn(where)
    event = Inbound(
        id=MessageId("event-1"), address=where, content=EventContent(name="m2m.link.opened")
    )
    await bank.inbox.enqueue(event, "trace")
    heard = {"id": "event-1", "kind": "event", "text": "m2m.link.opened", "at": NOON.isoformat()}
    await bank.commit_next(where, inbound=[heard])
    html = await text_of(ana.get(f"conversations/{conversation}"))
    assert '<p class="event">Opened the link</p>' in html
    assert "m2m.link" not in html


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "es"),
        ("en", "en"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr-FR,en-GB;q=0.7,es;q=0.3", "en"),
        ("de", "es"),
        ("en;q=x,es", "es"),
        ("*", "es"),
    ],
)
def test_pages_speak_the_browsers_first_language_that_they_know(accepted, language):
    """Spanish is the language when the browser asks for none of ours."""
    assert language_of(accepted) == language


async def test_pages_say_which_language_they_speak(ana, luis):
    """The same page, twice; screen readers are told by `lang`."""
    assert '<html lang="en">' in await text_of(ana.get(""))
    spanish = await text_of(luis.get(""))
    assert '<html lang="es">' in spanish
    assert "Nadie espera a una persona en este momento." in spanish


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "< 1 min"),
        (59, "< 1 min"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 00 min"),
        (86399, "23 h 59 min"),
        (86400, "1 d"),
    ],
)
def test_waiting_times_are_short_and_never_wrong_by_a_unit(seconds, words):
    """Both sides of every border."""
    assert duration(seconds) == words


def test_every_word_that_a_template_asks_for_is_in_the_catalogue():
    """A missing key would be a broken page for staff."""
    pages = Pages("Lola", {})
    asked = set()
    for name in pages._environment.list_templates():
        source = pages._environment.loader.get_source(pages._environment, name)[0]
        asked |= set(re.findall(r'\bt\("(\w+)"', source))
    assert len(asked) > 30
    assert {f"console.{key}" for key in asked} <= pages._keys


async def test_staff_read_a_channels_title(ana, bank):
    """Its connector declares it; a channel without one, or no longer configured, has its name."""
    for number, channel in enumerate(("whatsapp", "pager", "gone")):
        conversation = await bank.turn(address(f"010{number}", channel))
        await bank.wait_for_person(conversation)
    queue = await text_of(ana.get(""))
    shown = re.findall(r"<span>(WhatsApp|pager|gone)</span>", queue)
    assert sorted(shown) == ["WhatsApp", "gone", "pager"]


async def test_staff_read_which_channel_sends_nothing_and_what_to_do(ana, bank):
    """A channel that waits for a person is at the top of the queue until it works again."""
    troubles = Troubles(bank.store, bank.clock)
    await troubles.note("whatsapp", "LOLA-304 131037", "have the <name> approved")
    queue = await text_of(ana.get(""))
    assert "WhatsApp" in queue
    assert "have the &lt;name&gt; approved (LOLA-304 131037" in queue
    await troubles.over("whatsapp")
    assert "LOLA-304" not in await text_of(ana.get(""))


async def test_staff_read_whose_messages_cost_too_much_today(ana, bank):
    """The notice leads to the conversation; yesterday's is gone."""
    conversation = await bank.turn(address("0100"))
    today = bank.clock().date().isoformat()
    alarm = {"conversation": conversation, "channel": "whatsapp"}
    await bank.store.push_record(ALARMS, today, alarm, keep=9, ttl_seconds=9)
    queue = await text_of(ana.get(""))
    assert "messages of today are above the expected cost: 1" in queue
    assert f'{conversation}">WhatsApp</a>' in queue
