"""The contract of `lola.channel.contract`: one class for every channel, over real sockets."""

import dataclasses

import pytest
from aiohttp.test_utils import unused_port

from lola.channel.contract import RawRequest
from lola.channel.rendering import parts_of
from lola.domain.messages import (
    LinkMessage,
    LinkTarget,
    MediaContent,
    Option,
    SelectMessage,
    TextContent,
)
from lola.errors import (
    AmbiguousSendError,
    ChannelError,
    ChannelStoppedError,
    MalformedPayloadError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    SignatureError,
    WindowClosedError,
)
from tests.contract.bench import MESSAGES, URL, WORDS, bench_of
from tests.contract.benches import CHANNELS

MEANINGS = {
    "stopped": ChannelStoppedError,
    "busy": RetryLaterError,
    "rejected": RejectedError,
    "window closed": WindowClosedError,
    "opted out": OptedOutError,
    "502": RetryLaterError,
    "drop": AmbiguousSendError,
}


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.name)
async def bench(request):
    async with bench_of(request.param) as running:
        yield running


class TestConnector:
    """What the gateway and the outbox rely on, for any channel."""

    async def test_it_says_what_it_is(self, bench):
        """Name, routes, body limit and capabilities are usable (reference/channels.md 0.1)."""
        connector = bench.connector
        assert connector.name == bench.channel.name
        assert connector.routes[0] == f"/webhooks/{connector.name}"
        assert connector.body_limit >= 64 * 1024
        assert connector.capabilities.text >= 1024
        assert ("window closed" in bench.channel.faults) == bool(
            connector.capabilities.reply_window
        )

    async def test_a_signed_webhook_becomes_a_message(self, bench):
        """The text, the verbatim address and the canonical number are parsed
        (reference/channels.md 7).
        """
        request = await bench.request()
        bench.connector.verify(request)
        (inbound,) = bench.connector.parse(request).messages
        assert inbound.content == TextContent(text=WORDS)
        assert inbound.address == dataclasses.replace(
            bench.address, phone=bench.channel.phone_number
        )

    async def test_a_missing_signature_is_refused(self, bench):
        """No header, no entry (reference/channels.md 0.3)."""
        request = await bench.request()
        kept = {k: v for k, v in request.headers.items() if k != bench.channel.signature}
        with pytest.raises(SignatureError):
            bench.connector.verify(dataclasses.replace(request, headers=kept))

    @pytest.mark.parametrize("wrong", ["", "x", "ñ", "\udcff", "sha256=", "=" * 28, "0" * 4096])
    async def test_a_wrong_signature_is_refused(self, bench, wrong):
        """Any other header is a SignatureError and never a crash (reference/channels.md 0.2)."""
        request = await bench.request()
        headers = {**request.headers, bench.channel.signature: wrong}
        with pytest.raises(SignatureError):
            bench.connector.verify(dataclasses.replace(request, headers=headers))

    async def test_an_altered_body_is_refused(self, bench):
        """One changed byte is found, where the provider signs its bytes at all."""
        request = await bench.request()
        altered = dataclasses.replace(request, body=request.body.replace(b"200", b"900"))
        if not bench.channel.signs_body:
            bench.connector.verify(altered)  # a shared secret vouches for who calls, and no more
            return
        with pytest.raises(SignatureError):
            bench.connector.verify(altered)

    async def test_without_its_secret_it_accepts_nothing(self, bench):
        """A missing secret refuses every webhook."""
        request = await bench.request()
        closed = bench.build(**bench.channel.without_secret)
        with pytest.raises(SignatureError):
            closed.verify(request)

    async def test_a_foreign_handshake_is_refused(self, bench):
        """A GET without our token is refused (reference/channels.md 1.1)."""
        request = RawRequest(
            method="GET", path=bench.connector.routes[0], headers={}, body=b"", query={}
        )
        with pytest.raises(SignatureError):
            bench.connector.handshake(request)

    async def test_an_unreadable_body_is_malformed(self, bench):
        """Noise is MalformedPayloadError, which becomes a 200 (reference/channels.md 0.3)."""
        request = dataclasses.replace(await bench.request(), body=b"\xff\xfe\x00")
        with pytest.raises(MalformedPayloadError) as caught:
            bench.connector.parse(request)
        assert caught.value.status == 200

    async def test_card_data_never_leaves_parse(self, bench):
        """A typed card number is taken out, and its kind is named (reference/lola.md 18)."""
        request = await bench.request("mi tarjeta es 4111 1111 1111 1111")
        (inbound,) = bench.connector.parse(request).messages
        assert "4111 1111" not in repr(inbound)
        assert "card" in inbound.redacted

    async def test_a_file_is_named_and_not_fetched(self, bench):
        """A picture is a kind and a caption (reference/lola.md 6)."""
        await bench.device.send_media("image", "mi INE")
        (inbound,) = bench.connector.parse(bench.requests[-1]).messages
        content = inbound.content
        assert isinstance(content, MediaContent)
        assert (content.media, content.caption) == ("image", "mi INE")

    async def test_acceptance_is_silent(self, bench):
        """The answer to an accepted webhook says nothing to the sender
        (reference/channels.md 2.2).
        """
        reply = bench.connector.accepted(await bench.request())
        assert reply.status == 200
        assert "Message" not in reply.body

    @pytest.mark.parametrize("shape", MESSAGES)
    async def test_each_shape_arrives(self, bench, shape):
        """The provider takes all four shapes, and the sender can read and choose."""
        message = MESSAGES[shape]
        receipts = await bench.send(message)
        assert [item.provider_id for item in receipts] == [item.id for item in bench.delivered]
        (seen,) = [bench.channel.received(item.message) for item in bench.delivered]
        assert seen.text.startswith(message.content)
        (part,) = parts_of(message, bench.connector.capabilities)
        alike = {"buttons", "select"}  # a short list may look like buttons
        assert seen.kind == shape or isinstance(part, str) or {seen.kind, shape} == alike
        titles = [title for _, title in seen.options]
        assert titles == [option.title for option in getattr(message, "options", ())]
        assert list(seen.links) == ([("Pagar", URL)] if shape == "link" else [])

    async def test_the_longest_message_arrives_whole(self, bench):
        """At the documented limits of a message every option is there to choose
        (reference/lola.md 7).
        """
        options = tuple(Option(id=f"o{n}" + "x" * 198, title=f"{n} ñ" + "x" * 17) for n in range(9))
        message = SelectMessage(
            content="ñ" * 1024, options=options, list_title="l" * 24, button="b" * 20
        )
        await bench.send(message)
        seen = [bench.channel.received(item.message) for item in bench.delivered]
        titles = [title for one in seen for _, title in one.options]
        assert titles == [option.title for option in options]
        assert sum(one.text.count("ñ") for one in seen) >= 1024

    async def test_every_link_of_a_message_arrives(self, bench):
        """No link is lost where only one fits a button (reference/lola.md 20.5)."""
        links = tuple(LinkTarget(text=f"Sitio {n}", url=f"{URL}{n}") for n in range(3))
        for content in ("Elige", "x" * 1020):
            before = len(bench.delivered)
            await bench.send(LinkMessage(content=content, links=links))
            new = [bench.channel.received(item.message) for item in bench.delivered[before:]]
            found = [link for seen in new for link in seen.links]
            assert found == [(link.text, link.url) for link in links]

    async def test_our_reference_travels_along(self, bench):
        """Every status can name the outbox row it is about (reference/channels.md 1.5 and 2.5)."""
        correlation = bench.connector.capabilities.sending.correlation
        assert (bench.channel.reference is not None) == (correlation in {"reference", "listing"})
        await bench.send(reference="out:7f3a")
        (delivered,) = bench.delivered
        if bench.channel.reference:
            assert bench.channel.reference(delivered.message) == "out:7f3a"

    async def test_failures_have_one_meaning(self, bench):
        """The error tables of reference/channels.md, over the wire, without a secret in them."""
        for meaning in (*bench.channel.faults, "502", "drop"):
            bench.fail(meaning)
            with pytest.raises(ChannelError) as caught:
                await bench.send()
            assert type(caught.value) is MEANINGS[meaning], meaning
            text = str(caught.value)
            for secret in (bench.channel.sender, "525512345678", "token-1", "Hola"):
                assert secret not in text
            assert len(await bench.send()) == 1

    async def test_a_dropped_connection_may_have_delivered(self, bench):
        """Ambiguous means exactly this: the provider has the message
        (reference/channels.md 1.9).
        """
        bench.fail("drop")
        with pytest.raises(AmbiguousSendError):
            await bench.send()
        assert len(bench.delivered) == 1

    async def test_silence_is_ambiguous(self, bench):
        """A provider that does not respond in time may have accepted the message."""
        bench.fail("hang")
        hasty = bench.channel.hasty(bench.http, bench.url, 0.2)
        with pytest.raises(AmbiguousSendError):
            await hasty.send(bench.address, MESSAGES["text"], "out-1")
        assert len(bench.delivered) == 1

    async def test_nobody_there_is_worth_a_retry(self, bench):
        """Nothing was sent before the connection was made, so a retry is safe."""
        nowhere = f"http://127.0.0.1:{unused_port()}"
        connector = bench.build(**bench.channel.settings(nowhere))
        with pytest.raises(RetryLaterError):
            await connector.send(bench.address, MESSAGES["text"], "out-1")

    async def test_a_wrong_credential_stops_the_channel(self, bench):
        """The provider's own 401 stops every send until a person acts."""
        connector = bench.build(**bench.channel.with_wrong_token)
        with pytest.raises(ChannelStoppedError):
            await connector.send(bench.address, MESSAGES["text"], "out-1")

    async def test_a_part_that_fails_is_not_repeated_blindly(self, bench):
        """Once a part was taken, "busy" no longer means that a retry is safe."""
        words = bench.connector.capabilities.text
        links = tuple(LinkTarget(text=f"Sitio {n}", url=URL + "x" * (words - 99)) for n in (0, 1))
        bench.fail("", "busy")
        with pytest.raises(AmbiguousSendError):
            await bench.send(LinkMessage(content="x" * 1000, links=links))
        assert len(bench.delivered) == 1

    async def test_an_invitation_needs_a_template(self, bench):
        """Without a template the sender is not asked to write again (reference/channels.md 1.7)."""
        if not bench.connector.capabilities.templates:
            with pytest.raises(RejectedError):
                await bench.connector.invite(bench.address, "es", "out-1")
            assert bench.delivered == ()
            return
        assert len(await bench.connector.invite(bench.address, "es", "out-1")) == 1

    async def test_seen_never_raises_a_channel_error(self, bench):
        """A read receipt is a courtesy: its failure stops nothing (reference/channels.md 1.6)."""
        (inbound,) = bench.connector.parse(await bench.request()).messages
        await bench.connector.seen(inbound)
        bench.fail("stopped")
        await bench.connector.seen(inbound)

    async def test_its_credentials_can_be_tried(self, bench):
        """`lola doctor` learns something, or a ChannelError with what to do (docs/channels.md)."""
        assert await bench.connector.check()

    async def test_closing_twice_is_safe(self, bench):
        """`close` may be called again, and the shared session stays the caller's."""
        await bench.connector.close()
        await bench.connector.close()
        assert len(await bench.send()) == 1
