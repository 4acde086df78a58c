"""Chatwoot as the bank's console, on the real service: mirror, handoff, return, missed webhooks."""

import pytest

from lola.escalation.help_desk import APPLIED, LINK
from lola.sandbox.chatwoot.stub import ChatwootStub
from lola.settings import load_settings
from lola.testing.chatwoot import ChatwootStaffMember, ChatwootWebhooks
from lola.testing.harness import Harness
from lola.testing.waiting import until

pytestmark = [pytest.mark.e2e]

NUMBER = "+15550100001"


@pytest.fixture
async def desk(tmp_path):
    """A service that mirrors WhatsApp into Chatwoot, and a staff member there."""
    settings = load_settings(port=0, lola_data=tmp_path, chatwoot_inbox_name="Lola")
    async with Harness(settings) as harness:
        yield StaffActions(harness)


class StaffActions:
    """What the tests look at and do."""

    def __init__(self, harness):
        self.harness, self.service = harness, harness.service
        self.stub = harness.sandbox.channel(ChatwootStub)
        self.inbox = self.stub.add_inbox("Lola", "Channel::Api")
        settings = self.service.settings
        secret = settings.chatwoot_webhook_secret.get_secret_value()
        self.webhooks = ChatwootWebhooks(
            harness._http, self.service.url, secret, "1", self.service.clock
        )
        self.luis = ChatwootStaffMember(self.stub, self.webhooks, "Luis")

    async def mirror_of(self, sender):
        """Wait for the conversation's mirror, and answer it."""
        source = f"lola:{sender.conversation}"

        async def found():
            return next(
                (
                    item
                    for item in self.stub.conversations.values()
                    if item["contact_inbox"]["source_id"] == source
                ),
                None,
            )

        return await until(found)

    async def words(self, conversation, count):
        """Wait for this many public messages, and answer them as (kind, text)."""

        async def enough():
            said = [
                ("in" if item["message_type"] == 0 else "out", item["content"])
                for item in conversation["messages"]
                if not item["private"]
            ]
            return said if len(said) >= count else None

        return await until(enough)

    async def owner(self, sender, wanted):
        """Wait until `wanted` has the conversation, and answer the ownership."""

        async def it_is():
            ownership = await self.service.state.ownership.get(sender.conversation)
            return ownership if ownership.owner == wanted else None

        return await until(it_is)

    async def status(self, conversation, wanted):
        """Wait for a status in Chatwoot."""

        async def it_is():
            return conversation["status"] == wanted or None

        await until(it_is)


async def test_a_conversation_is_mirrored_in_order_and_once(desk):
    """Chatwoot has the messages of both sides and an E.164 contact, and nothing comes back."""
    sender = desk.harness.sender(NUMBER, name="Ana")
    first = await sender.say("hola")
    mirror = await desk.mirror_of(sender)
    await desk.words(mirror, 1 + len(first.replies))
    second = await sender.say("quiero mandar 100 dólares a México")
    words = await desk.words(mirror, 2 + len(first.replies) + len(second.replies))
    assert [kind for kind, _ in words][:2] == ["in", "out"]
    assert words[0] == ("in", "hola")
    assert words[1 + len(first.replies)] == ("in", "quiero mandar 100 dólares a México")
    contact = mirror["meta"]["sender"]
    assert (contact["name"], contact["phone_number"]) == ("Ana", NUMBER)
    assert mirror["status"] == "pending"
    for message in list(mirror["messages"]):
        assert await desk.webhooks.message("message_created", mirror, message) == 200
    assert len((await desk.service.store.read(sender.conversation, limit=50)).history) == 2


async def test_a_sender_who_wants_a_person_is_opened_for_people(desk):
    """The reason is a private note, and the sender's own "never mind" gives it back to the bot."""
    sender = desk.harness.sender(NUMBER)
    await sender.say("quiero hablar con una persona")
    mirror = await desk.mirror_of(sender)
    await desk.status(mirror, "open")
    assert [item["content"] for item in mirror["messages"] if item["private"]] == ["Lola → asked"]
    await sender.choose("Seguir con Lola")
    await desk.status(mirror, "pending")
    assert (await desk.service.state.ownership.get(sender.conversation)).owner == "bot"


async def test_a_colleagues_words_silence_the_bot_and_reach_the_sender(desk):
    """The reply is the takeover; a note stays inside; the same webhook again changes nothing."""
    sender = desk.harness.sender(NUMBER)
    await sender.say("hola")
    mirror = await desk.mirror_of(sender)
    await desk.luis.reply(mirror, "nota interna: verificado", private=True)
    reply = await desk.luis.reply(mirror, "Hola, soy Luis. ¿En qué le ayudo?")
    ownership = await desk.service.state.ownership.get(sender.conversation)
    assert (ownership.owner, ownership.staff) == ("human", "Luis (chatwoot)")
    heard = await sender.event()
    assert [item.text for item in heard.replies] == ["Hola, soy Luis. ¿En qué le ayudo?"]
    await desk.webhooks.message("message_created", mirror, reply)
    await desk.status(mirror, "open")
    silent = await sender.say("¿cuánto cobran?")
    assert (silent.route, silent.replies) == ("human", ())
    texts = [text for _, text in await desk.words(mirror, 4)]
    assert texts[-1] == "¿cuánto cobran?"
    assert texts.count("Hola, soy Luis. ¿En qué le ayudo?") == 1
    assert "nota interna" not in " ".join(item.text for item in sender.last_seen)


@pytest.mark.parametrize("status", ["pending", "resolved"])
async def test_a_conversation_goes_back_to_the_bot(desk, status):
    """By `pending` or by closing the case; the sender is told that Lola is back."""
    sender = desk.harness.sender(NUMBER)
    await sender.say("hola")
    mirror = await desk.mirror_of(sender)
    await desk.luis.assign(mirror)
    await desk.owner(sender, "human")
    await desk.status(mirror, "open")
    await desk.luis.set_status(mirror, status)
    await desk.owner(sender, "bot")
    back = await sender.event()
    assert "Lola otra vez" in back.replies[0].text
    again = await sender.say("¿cuánto cobran por mandar 100 dólares?")
    assert again.replies
    await desk.status(mirror, "pending")


async def test_what_no_webhook_told_is_found_by_listing(desk):
    """A reply and an assignment whose webhooks were lost (reference/field.md B.1, row 4)."""
    sender = desk.harness.sender(NUMBER)
    await sender.say("hola")
    mirror = await desk.mirror_of(sender)
    await desk.words(mirror, 2)
    await desk.luis.reply(mirror, "¿Sigue ahí?", deliver=False)
    await desk.luis.assign(mirror, deliver=False)
    await desk.service.sync_list.mark(sender.conversation)
    heard = await sender.event()
    assert [item.text for item in heard.replies] == ["¿Sigue ahí?"]
    assert (await desk.service.state.ownership.get(sender.conversation)).owner == "human"


async def test_a_mirror_that_was_forgotten_is_found_again(desk):
    """Nothing in it is posted twice, and no old staff reply is sent again."""
    sender = desk.harness.sender(NUMBER)
    first = await sender.say("hola")
    mirror = await desk.mirror_of(sender)
    await desk.words(mirror, 1 + len(first.replies))
    await desk.luis.reply(mirror, "Buenas tardes")
    await sender.event()
    await desk.status(mirror, "open")
    await desk.luis.set_status(mirror, "pending")
    await sender.event()
    before = await desk.words(mirror, 3 + len(first.replies))
    await desk.service.store.delete_record(LINK, sender.conversation)
    said = [key async for key in desk.service.store._redis.scan_iter(f"*{APPLIED}*")]
    await desk.service.store._redis.delete(*said)
    second = await sender.say("gracias")
    words = await desk.words(mirror, len(before) + 1 + len(second.replies))
    assert words[: len(before)] == before
    assert words[len(before)] == ("in", "gracias")
    seen = [item.text for item in sender.last_seen]
    assert seen.count("Buenas tardes") == 1


async def test_a_made_up_contact_speaks_for_nobody(desk):
    """A conversation that only claims to be a mirror is dropped (reference/field.md B.1, row 6)."""
    sender = desk.harness.sender(NUMBER)
    await sender.say("hola")
    mirror = await desk.mirror_of(sender)
    contact = desk.stub.add_contact(name="Mallory")
    false = desk.stub.open_conversation(
        desk.inbox, contact, mirror["contact_inbox"]["source_id"], "pending"
    )
    await desk.luis.reply(false, "envíe el dinero aquí")
    assert (await desk.service.state.ownership.get(sender.conversation)).owner == "bot"
    await sender.say("gracias")
    assert "envíe el dinero" not in " ".join(item.text for item in sender.last_seen)


async def test_an_outage_of_chatwoot_never_touches_a_turn(desk):
    """Senders are answered meanwhile, and the mirror catches up in order."""
    sender = desk.harness.sender(NUMBER)
    desk.stub.faults.add(*["502"] * 3)
    first = await sender.say("hola")
    second = await sender.say("gracias")
    assert first.replies
    assert second.replies
    mirror = await desk.mirror_of(sender)
    words = await desk.words(mirror, 2 + len(first.replies) + len(second.replies))
    assert [text for kind, text in words if kind == "in"] == ["hola", "gracias"]


async def test_in_an_inbox_of_chatwoots_own_people_and_bot_take_turns(desk):
    """The owner is read before each turn and written after it, without a webhook in between."""
    sender = desk.harness.sender(NUMBER, channel="chatwoot")
    assert (await sender.say("hola")).replies
    own = sender.device.conversation
    await desk.luis.assign(own, deliver=False)
    silent = await sender.say("¿cuánto cobran?")
    assert (silent.route, silent.replies) == ("human", ())
    await desk.luis.set_status(own, "pending", deliver=False)
    await desk.service.sync_list.mark(sender.conversation)
    await desk.owner(sender, "bot")
    assert "Lola otra vez" in (await sender.event()).replies[0].text
    await sender.say("quiero hablar con una persona")
    await desk.status(own, "open")


async def test_what_a_sender_wrote_and_no_webhook_told_is_answered(desk):
    """The sync fetches it; the late webhook is then a duplicate (reference/channels.md 4.6)."""
    sender = desk.harness.sender(NUMBER, channel="chatwoot")
    await sender.say("hola")
    own = sender.device.conversation
    message = desk.stub.add_message(
        own, message_type=0, content="¿cuánto cobran?", sender=own["meta"]["sender"]
    )
    (chatwoot,) = desk.service.help_desks.values()
    await chatwoot.fetch_missed()
    await chatwoot.fetch_missed()

    async def answered():
        stored = await desk.service.store.read(sender.conversation, limit=50)
        ids = [item["id"] for record in stored.history for item in record["inbound"]]
        return ids if str(message["id"]) in ids else None

    ids = await until(answered)
    await desk.webhooks.message("message_created", own, message)
    assert ids.count(str(message["id"])) == 1
