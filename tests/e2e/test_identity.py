"""One person under two ids, on the running service: the number shown, hidden, changed, recycled."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from lola.app.privacy.erase import Eraser
from lola.app.privacy.person import Search
from lola.domain.messages import Address
from lola.escalation.colleagues import APP
from lola.escalation.staff_actions import HandedBack, StaffActions
from lola.settings import load_settings
from lola.state import Keys
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender
from lola.testing.waiting import until
from tests.support import ShiftedClock

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

CHANNELS = ("whatsapp", "twilio_whatsapp")
TRANSFER = "quiero mandar 100 dólares a Guatemala en efectivo para Marta Xoc Choc"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    settings = load_settings(port=0, lola_data=tmp_path_factory.mktemp("identity"))
    async with Harness(settings) as running:
        yield running


def user_id(channel: str, phone: str, *, generation: int = 1) -> str:
    """Return the id that the provider has for a number, in the form in which it tells it."""
    bare = f"US.{generation}{phone.lstrip('+')}"
    return f"whatsapp:{bare}" if channel == "twilio_whatsapp" else bare


def person(
    harness: Harness, channel: str, phone: str, *, shown: bool = True, generation: int = 1
) -> SimulatedSender:
    """Return a sender whose provider tells an id with every message, the number if `shown`."""
    sender = harness.sender(phone, channel=channel)
    sender.device.user_id = user_id(channel, phone, generation=generation)
    sender.device.shows_number = shown
    if not shown:
        sender.address = replace(sender.address, sender=sender.device.user_id, phone=None)
    return sender


async def posts(sender: SimulatedSender, text: str) -> None:
    """Write without waiting for an answer."""
    assert (await sender.device.say(text)).status == 200


async def is_recorded(harness: Harness, sender: SimulatedSender, text: str) -> bool:
    stored = await harness.service.store.read(sender.conversation)
    return any(item["text"] == text for turn in stored.history for item in turn["inbound"])


async def recorded(harness: Harness, sender: SimulatedSender, text: str) -> None:
    """Wait until a message has had its turn in this conversation."""

    async def there() -> bool:
        return await is_recorded(harness, sender, text)

    assert await until(there)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_transfer_goes_on_while_the_number_comes_and_goes(harness, channel) -> None:
    """Shown, hidden, shown again: one conversation, one draft, one link, and no question for the
    number (reference/channels.md 1.11).
    """
    sender = person(harness, channel, harness.new_number("verified"))
    await sender.say(TRANSFER)
    sender.device.shows_number = False
    summary = await sender.choose("Banrural")
    assert "Revisa tu envío" in summary.replies[-1].text
    sender.device.shows_number = True
    link = await sender.choose("Confirmar")
    assert link.replies[-1].kind == "link"
    sender.device.shows_number = False
    assert (await sender.say("¿ya está lista mi liga?")).route != "number"
    assert len((await sender.say("gracias")).state["tickets"]) == 1


@pytest.mark.parametrize("channel", CHANNELS)
async def test_who_proves_a_number_and_is_shown_later_is_the_same(harness, channel) -> None:
    """Started with the id only, the number proved, a transfer begun; then the number comes with
    every message: the draft is still there.
    """
    sender = person(harness, channel, harness.new_number("verified"), shown=False)
    asked = await sender.say("hola")
    assert asked.route == "number"
    await sender.prove()
    await sender.say(TRANSFER)
    sender.device.shows_number = True
    summary = await sender.choose("Banrural")
    assert "Marta" in summary.replies[-1].text
    assert summary.state["draft"] is not None


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("shown", [True, False])
async def test_stop_under_one_id_holds_under_the_other(harness, channel, shown) -> None:
    """Nobody who opted out is greeted, or asked for a number, because the number is hidden now."""
    sender = person(harness, channel, harness.new_number())
    await sender.say("hola")
    sender.device.shows_number = shown
    await sender.say("STOP")
    seen = len(sender.last_seen)
    sender.device.shows_number = not shown
    await posts(sender, "hola de nuevo")
    await recorded(harness, sender, "hola de nuevo")
    assert len(sender.last_seen) == seen


async def test_stop_by_number_alone_holds_for_its_holder_with_an_id(harness) -> None:
    """An older message had no id; an opt-out is joined when Meta shows whose number it is."""
    phone = harness.new_number()
    by_number = harness.sender(phone)
    await by_number.say("STOP")
    hidden = person(harness, "whatsapp", phone, shown=False)
    await hidden.say("hola")
    hidden.device.shows_number = True
    await posts(hidden, "sigo aquí")
    await recorded(harness, hidden, "sigo aquí")
    assert await harness.service.consent.is_opted_out(hidden.address)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_recycled_number_gets_nothing_of_its_earlier_holder(harness, channel) -> None:
    """Neither the conversation nor the draft; and news for the first go to the first one's id."""
    phone = harness.new_number("verified")
    first = person(harness, channel, phone)
    await first.say(TRANSFER)
    second = person(harness, channel, phone, generation=2)
    second.address = replace(second.address, sender=second.device.user_id)
    answer = await second.say("hola")
    assert answer.state["draft"] is None
    assert second.conversation != first.conversation
    first.device.shows_number = False
    again = await first.say("¿y mi envío?")
    assert again.route == "number"
    assert again.state["address"]["sender"] == first.device.user_id


async def test_a_new_user_id_moves_the_conversation_and_its_tickets(harness) -> None:
    """Meta's notice has no `from`; the link that is out is still known, and STOP still holds."""
    sender = person(harness, "whatsapp", harness.new_number("verified"))
    await sender.say(TRANSFER)
    await sender.choose("Banrural")
    await sender.choose("Confirmar")
    device = sender.device
    device.shows_number = False
    assert (await device.change_user_id(user_id("whatsapp", device.number, generation=3))).status
    asked = await sender.say("hola")
    assert asked.route == "number"
    assert len(asked.state["tickets"]) == 1
    assert asked.state["draft"] is None


async def test_groups_other_numbers_and_repeats_are_silent(harness) -> None:
    """A message in a group is not a private conversation; another number is another team's."""
    sender = person(harness, "whatsapp", harness.new_number())
    device = sender.device
    ids = {"from": device.number, "from_user_id": device.user_id}
    text = {"type": "text", "text": {"body": "hola grupo"}}
    group = {**text, "group_id": "120363000000000000@g.us"}
    assert (await device._send(group, ids)).status == 200
    account, device._account = device._account, "999999999999999"
    assert (await device.say("hola otro")).status == 200
    device._account = account
    report = await sender.say("hola")
    assert report.state["address"]["account"] == account
    history = (await harness.service.store.read(sender.conversation)).history
    assert [item["text"] for turn in history for item in turn["inbound"]] == ["hola"]
    other = Address(channel="whatsapp", account="999999999999999", sender=device.number)
    assert (await harness.service.store.read(other.conversation)).state is None


class Colleague:
    """What a test sees of a conversation in which a colleague writes with the business app."""

    def __init__(self, harness: Harness, sender: SimulatedSender) -> None:
        self._harness = harness
        self._sender = sender

    async def writes(self, text: str) -> None:
        assert (await self._sender.device.colleague_writes(text)).status == 200

        async def there() -> bool:
            stored = await self._harness.service.store.read(self._sender.conversation)
            return any(
                item["content"] == text and turn["staff"] == APP
                for turn in stored.history
                for item in turn["outbound"]
            )

        assert await until(there)

    async def owner(self) -> str:
        owned = await self._harness.service.state.ownership.get(self._sender.conversation)
        return owned.owner


@pytest.mark.parametrize("shown", [True, False])
async def test_a_colleagues_message_silences_the_bot_until_it_is_handed_back(harness, shown):
    """What was written in the app is in the history, is not sent again, and the bot waits."""
    sender = person(harness, "whatsapp", harness.new_number())
    colleague = Colleague(harness, sender)
    await sender.say("hola")
    sender.device.shows_number = shown
    seen = len(sender.last_seen)
    await colleague.writes("Buenas, le atiende Rosa de la sucursal")
    assert await colleague.owner() == "human"
    await posts(sender, "¿me ayuda con mi envío?")
    await recorded(harness, sender, "¿me ayuda con mi envío?")
    assert len(sender.last_seen) == seen
    state = harness.service.state
    actions = StaffActions(
        state.inbox,
        state.ownership,
        state.store,
        harness.service.clock,
        is_opted_out=state.consent.is_opted_out,
    )
    assert isinstance(await actions.hand_back(sender.conversation, "ana"), HandedBack)
    assert (await sender.say("hola otra vez")).replies


async def test_a_colleagues_silence_gives_the_conversation_back(tmp_path):
    """After the set time the bot answers again; each message of the colleague starts it anew."""
    clock = ShiftedClock()
    settings = load_settings(port=0, lola_data=tmp_path, colleague_minutes=30)
    async with Harness(settings, clock=clock) as harness:
        sender = person(harness, "whatsapp", harness.new_number())
        colleague = Colleague(harness, sender)
        await sender.say("hola")
        await colleague.writes("Le marco en un momento")
        clock.added = timedelta(minutes=20)
        await colleague.writes("Ya quedó")
        clock.added = timedelta(minutes=31)
        await posts(sender, "gracias")
        await recorded(harness, sender, "gracias")
        assert await colleague.owner() == "human"
        clock.added = timedelta(minutes=51)

        async def is_back() -> bool:
            return await colleague.owner() == "bot"

        assert await until(is_back)
        assert (await sender.say("hola")).replies


async def test_a_colleague_may_write_first(harness):
    """A chat that the bank began by hand is theirs until it is handed back."""
    sender = person(harness, "whatsapp", harness.new_number())
    colleague = Colleague(harness, sender)
    await colleague.writes("Buenos días, su envío quedó listo")
    await posts(sender, "gracias, muy amables")
    await recorded(harness, sender, "gracias, muy amables")
    assert sender.last_seen == []


async def test_an_erased_opt_out_still_holds_under_both_ids(harness) -> None:
    """What links the ids is erased; what stays is the opt-out under each of them."""
    phone = harness.new_number()
    sender = person(harness, "whatsapp", phone)
    await sender.say("hola")
    sender.device.shows_number = False
    await sender.say("STOP")
    state = harness.service.state
    connections = state.audit_trail._connections
    keys = Keys(harness.service.settings.project_name)
    eraser = Eraser(connections, keys, state.store, state.audit_trail)
    report = await eraser.erase(phone, operator="ana")
    assert report.removed["who"]
    links = [name async for name in connections.commands.scan_iter(f"{keys.project}:who:*")]
    stored = [str(await connections.commands.hgetall(name)) for name in links if ":i:" not in name]
    assert not [text for text in stored if phone in text]
    for one in ({"from_user_id": sender.device.user_id}, {"from": sender.device.number}):
        posted = await sender.device._send({"type": "text", "text": {"body": "hola"}}, one)
        assert posted.status == 200
    sent = len(sender.last_seen)
    bare = Address(channel="whatsapp", account="", sender=sender.device.user_id)
    assert await state.consent.is_opted_out(bare)
    assert await state.consent.is_opted_out(replace(bare, sender=sender.device.number))
    assert len(sender.last_seen) == sent


async def test_staff_find_the_conversation_by_number_while_it_is_hidden(harness) -> None:
    """The person is found although no message of the session showed the number."""
    phone = harness.new_number()
    sender = person(harness, "whatsapp", phone)
    await sender.say("hola")
    sender.device.shows_number = False
    await sender.say("sigo aquí")
    connections = harness.service.state.audit_trail._connections
    search = Search(connections, Keys(harness.service.settings.project_name))
    for found in (
        await search.person(phone=phone),
        await search.person(phone=sender.device.user_id),
        await search.person(conversation=sender.conversation),
    ):
        assert found.conversations == {sender.conversation}
        assert found.links


TELEGRAM_NOTES = {
    "pinned_message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}},
    "message_auto_delete_timer_changed": {"message_auto_delete_time": 86400},
    "chat_background_set": {"type": {"type": "fill"}},
    "write_access_allowed": {"from_request": True},
}


async def test_telegrams_own_notes_and_moves_of_a_live_location_are_silent(harness) -> None:
    """Only what the person said is in the history (Bot API: live locations are edited in place)."""
    sender = harness.sender(harness.new_number(), channel="telegram")
    await sender.say("hola")
    device, seen = sender.device, len(sender.last_seen)
    for name, value in TELEGRAM_NOTES.items():
        assert (await device._write({name: value})).status == 200
    place = {"latitude": 19.4, "longitude": -99.1, "live_period": 900}
    for step in range(3):
        moved = {"location": place | {"latitude": 19.4 + step / 100}, "edit_date": 1}
        edited = device._message({"from": device._person, **moved})
        assert (await device._send({"edited_message": edited})).status == 200
    assert len(sender.last_seen) == seen
    await sender.prove()
    history = (await harness.service.store.read(sender.conversation)).history
    assert [item["kind"] for turn in history for item in turn["inbound"]] == ["text", "contacts"]
