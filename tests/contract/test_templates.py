"""The life of a message template at Meta and at Twilio: submitted, reviewed, watched, sent.

Over real sockets, against stand-ins that refuse what the providers refuse
(reference/channels.md 1.14 and 2.10).
"""

from dataclasses import replace
from uuid import uuid4

import pytest

from lola.channel.templates import TEMPLATES, FilledTemplate
from lola.delivery.model import OutboxRow
from lola.delivery.templates import check, submit_missing
from lola.domain.messages import Notice, TextMessage
from lola.errors import ChannelStoppedError, RejectedError, TemplateError
from lola.state import Keys
from lola.text.languages import LANGUAGES
from tests.contract.template_benches import CHANNELS, template_bench

ALL = len(TEMPLATES) * len(LANGUAGES)
VALUES = {"recipient": "Rosa", "receive": "3,450.00 MXN", "reference": "op_1"}
NOTICE = Notice(template="transfer_completed", values=VALUES)
SAID = "🎉 Your transfer to Rosa is complete: 3,450.00 MXN with the reference op_1."


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.name)
async def bench(request, connections):
    keys = Keys(f"t{uuid4().hex[:12]}")
    async with template_bench(request.param, connections, keys) as running:
        yield running


@pytest.fixture
async def approved(bench):
    """The bench with every template approved and seen."""
    await submit_missing(bench.connector, bench.book)
    bench.decide("approve")
    await check(bench.connector, bench.book)
    return bench


def row(bench, **changes):
    base = OutboxRow(
        id="r-1",
        conversation="c-1",
        address=bench.bench.address,
        message=TextMessage(content="news", notice=NOTICE),
        author="code",
        money=True,
        epoch=0,
        trace_id="t",
        language="en",
    )
    return replace(base, **changes)


async def chosen(bench) -> FilledTemplate:
    found = await bench.book.choose(bench.name, row(bench))
    assert found is not None
    return found


async def test_every_text_is_taken_into_review_once(bench):
    """All languages with samples; a second call submits nothing, and nothing is usable yet."""
    assert len(await submit_missing(bench.connector, bench.book)) == ALL
    assert await submit_missing(bench.connector, bench.book) == ()
    assert len(bench.there()) == ALL
    assert await bench.statuses() == {"pending"}
    assert await bench.book.choose(bench.name, row(bench)) is None


async def test_what_is_approved_is_sent_with_its_values(approved):
    """The recipient reads the approved text with this transfer's values."""
    filled = await chosen(approved)
    (receipt,) = await approved.connector.send_template(approved.bench.address, filled, "out-1")
    (sent,) = approved.bench.delivered
    read = approved.bench.channel.received
    assert receipt.provider_id == sent.id
    assert SAID in read(sent.message, shelf=approved.shelf).text
    assert getattr(approved.bench.stub, "failing", {}) == {}


async def test_a_list_in_pages_is_read_to_its_end(approved):
    """The cursor is followed, and credentials go to no address that an answer names."""
    approved.shelf.page = 7
    assert len(await approved.connector.list_templates()) == ALL


async def test_a_refused_one_says_why(bench):
    """Reason and status come with the next look; the others stay usable."""
    await submit_missing(bench.connector, bench.book)
    bench.decide("approve")
    bench.decide("reject", "TAG_CONTENT_MISMATCH", key="transfer_failed", language="es")
    await check(bench.connector, bench.book)
    refused = [
        one for one in (await bench.book.all(bench.name)).values() if one.status == "rejected"
    ]
    assert [(one.language, one.reason) for one in refused] == [("es", "TAG_CONTENT_MISMATCH")]
    assert (await chosen(bench)).provider.status == "approved"


@pytest.mark.parametrize("verb", ["pause", "reject"])
async def test_a_stopped_one_is_not_chosen(approved, verb):
    """A template that lost its approval is not tried again; approved anew, it is used."""
    approved.decide(verb, key="transfer_completed")
    await check(approved.connector, approved.book)
    assert await approved.book.choose(approved.name, row(approved)) is None
    approved.decide("approve", key="transfer_completed")
    await check(approved.connector, approved.book)
    await chosen(approved)


async def test_one_that_the_provider_forgot_is_submitted_again(approved):
    """What is gone there is not usable here, and the next call submits it."""
    shelf = approved.shelf
    rows = shelf.templates if approved.name == "whatsapp" else shelf.contents
    gone = next(iter(rows))
    del rows[gone]
    assert len(await submit_missing(approved.connector, approved.book)) == 1


async def test_a_refusal_at_sending_blames_the_template(approved):
    """Only the template is doubted, until the provider says something newer."""
    filled = await chosen(approved)
    await approved.book.refuse(approved.name, filled, "132015")
    assert await approved.book.choose(approved.name, row(approved)) is None
    await check(approved.connector, approved.book)
    await chosen(approved)


@pytest.mark.parametrize(
    "values",
    [
        {**VALUES, "recipient": "  "},
        {**VALUES, "reference": "x" * 61},
        {"recipient": "Rosa"},
    ],
    ids=["empty", "too long", "missing"],
)
async def test_values_that_no_provider_takes_are_not_sent(approved, values):
    """Such news waits as it did before there were templates."""
    message = TextMessage(content="x", notice=Notice(template="transfer_completed", values=values))
    assert await approved.book.choose(approved.name, row(approved, message=message)) is None


async def test_line_breaks_and_long_names_are_made_to_fit(approved):
    """Blanks become one; a name is cut (reference/channels.md 1.14)."""
    values = {**VALUES, "recipient": "María\n\tde  los     Ángeles " + "x" * 60}
    message = TextMessage(content="x", notice=Notice(template="transfer_completed", values=values))
    filled = await approved.book.choose(approved.name, row(approved, message=message))
    assert filled.values["recipient"].startswith("María de los Ángeles x")
    assert len(filled.values["recipient"]) <= 60
    await approved.connector.send_template(approved.bench.address, filled, "out-1")
    assert getattr(approved.bench.stub, "failing", {}) == {}


async def test_another_text_is_another_template(approved):
    """A changed text is submitted by itself and does not stand in for the approved one."""
    known = next(iter(approved.book.templates))
    changed = replace(known, text=known.text + " Gracias por su confianza.")
    assert changed.name != known.name
    made = await approved.connector.submit_template(changed, None)
    assert (made.name, made.status) == (changed.name, "pending")


async def test_the_same_text_under_another_name_is_refused(approved):
    """A copy of an approved wording is rejected in review (reference/channels.md 1.14)."""
    known = next(iter(approved.book.templates))
    made = await approved.connector.submit_template(replace(known, key="copy"), None)
    await check(approved.connector, approved.book)
    found = (await approved.book.all(approved.name))[made.name, made.language]
    assert found.status == "rejected"
    assert "INVALID_FORMAT" in found.reason


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
async def test_wrong_credentials_stop_and_change_nothing(channel, connections):
    """The command says so; nothing is submitted, and what was known stays."""
    keys = Keys(f"t{uuid4().hex[:12]}")
    async with template_bench(channel, connections, keys, **channel.with_wrong_token) as bench:
        with pytest.raises(ChannelStoppedError):
            await submit_missing(bench.connector, bench.book)
        assert bench.there() == []


async def test_without_an_account_nothing_is_managed(bench):
    """No business account, or no WhatsApp number at Twilio: nothing is submitted or watched."""
    assert bench.connector.manages_templates
    bare = bench.bench.build(whatsapp_business_account_id="", twilio_whatsapp_from="")
    assert not bare.manages_templates


async def test_metas_refusals_at_sending_are_told_apart(connections):
    """132001, 132015 and 132000 blame the template; 131026 is about the recipient."""
    keys = Keys(f"t{uuid4().hex[:12]}")
    async with template_bench(CHANNELS[0], connections, keys) as bench:
        await submit_missing(bench.connector, bench.book)
        bench.decide("approve")
        await check(bench.connector, bench.book)
        filled = await chosen(bench)
        send = bench.connector.send_template
        for verb, code in (("reject", "132001"), ("pause", "132015")):
            bench.decide(verb)
            with pytest.raises(TemplateError) as refusal:
                await send(bench.bench.address, filled, "out-1")
            assert refusal.value.provider_code == code
        bench.decide("approve")
        with pytest.raises(TemplateError, match="132000"):
            await send(bench.bench.address, replace(filled, values={"recipient": "R"}), "out-1")
        bench.bench.fail("131026")
        with pytest.raises(RejectedError) as other:
            await send(bench.bench.address, filled, "out-1")
        assert not isinstance(other.value, TemplateError)
        assert bench.bench.delivered == ()


@pytest.mark.parametrize(
    ("word", "code"),
    [("rejected", "63040"), ("paused", "63041"), ("disabled", "63042"), ("pending", "")],
)
async def test_twilio_takes_a_stopped_template_and_fails_it_later(connections, word, code):
    """201 first, and the reason in the callback (reference/channels.md 2.10)."""
    keys = Keys(f"t{uuid4().hex[:12]}")
    async with template_bench(CHANNELS[1], connections, keys) as bench:
        await submit_missing(bench.connector, bench.book)
        bench.decide("approve")
        await check(bench.connector, bench.book)
        filled = await chosen(bench)
        bench.shelf.review(word)
        await bench.connector.send_template(bench.bench.address, filled, "out-1")
        assert list(bench.bench.stub.failing.values()) == ([code] if code else [])


async def test_a_half_created_content_is_submitted_and_not_made_twice(connections):
    """A command that broke off between the two calls goes on where it was."""
    keys = Keys(f"t{uuid4().hex[:12]}")
    async with template_bench(CHANNELS[1], connections, keys) as bench:
        template = next(iter(bench.book.templates))
        bench.shelf.create(
            {
                "friendly_name": template.name,
                "language": template.language,
                "variables": {str(n): one for n, one in enumerate(template.samples().values(), 1)},
                "types": {
                    "twilio/text": {
                        "body": template.body(
                            {name: f"{{{{{n}}}}}" for n, name in enumerate(template.variables, 1)}
                        )
                    }
                },
            }
        )
        assert len(await submit_missing(bench.connector, bench.book)) == ALL
        assert len(bench.there()) == ALL
        assert await bench.statuses() == {"pending"}
