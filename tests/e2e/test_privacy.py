"""Retention and erasure on a used store: nothing of one sender is left, and nobody else loses."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lola.app.evidence import collect
from lola.app.privacy.erase import Eraser
from lola.app.privacy.export import export_person
from lola.cli.audit import as_html
from lola.consent.store import sender_of
from lola.delivery.model import Ownership
from lola.domain.messages import Address, EventContent, Inbound, MessageId
from lola.errors import PrivacyError
from lola.escalation.help_desk import LINK
from lola.escalation.staff_actions import StaffActions
from lola.settings import load_settings
from lola.state.audit import verify
from lola.state.keys import Keys
from lola.state.retention import KINDS, kind_of
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender
from tests.e2e.store_dump import dump, endless
from tests.support import ManualClock

pytestmark = [pytest.mark.e2e]

PHONE, OTHER = "+15550109101", "+15550109202"
PLANTED = ("5550109101", "Zoraida", "Quetzalli", "Ignacia", "Tlapale", "zorro-azul", "pasaporte")
# Names of these keys hold the digest of a conversation; they hold numbers (the erasure says so).
KEPT = {"sq", "fn", "ofn"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def harness(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Harness]:
    settings = load_settings(port=0, lola_data=tmp_path, retriever="", vault_secret="v" * 40)
    async with Harness(settings, clock=clock) as running:
        yield running


@dataclass
class Store:
    """A service's store, as the tests read it."""

    harness: Harness

    @property
    def state(self):
        return self.harness.service.state

    @property
    def keys(self) -> Keys:
        return Keys(self.harness.service.settings.project_name)

    @property
    def connections(self):
        return self.state.audit_trail._connections

    async def dump(self) -> dict[str, str]:
        return await dump(self.connections.commands, self.keys.project)

    async def endless(self) -> set[str]:
        return await endless(self.connections.commands, self.keys.project)

    @property
    def eraser(self) -> Eraser:
        return Eraser(self.connections, self.keys, self.state.store, self.state.audit_trail)

    async def hits(self, *words: str) -> list[str]:
        """Return the keys in whose name or value one of the words is."""
        stored = await self.dump()
        return [name for name, text in stored.items() if any(word in name + text for word in words)]


async def used(harness: Harness, phone: str, first: str, recipient: str) -> SimulatedSender:
    """Leave traces of one sender in every store."""
    store = Store(harness)
    state, service = store.state, harness.service
    sender = harness.sender(phone, name=f"{first} Quetzalli" if first == "Zoraida" else first)
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    await sender.say(recipient)
    await sender.choose("OXXO")
    await sender.choose("Confirmar")
    sms = harness.sender(phone, channel="sms")
    await sms.say("quisiera saber de mi pasaporte zorro-azul" if phone == PHONE else "hola")
    # A colleague takes over, replies and keeps the conversation.
    actions = StaffActions(
        service.inbox, state.ownership, service.store, service.clock,
        is_opted_out=service.consent.is_opted_out, trail=state.audit_trail,
    )  # fmt: skip
    await actions.take_over(sms.conversation, "ana")
    await actions.reply(sms.conversation, "ana", f"Buenas tardes, {first}")
    await sms.event("console")
    await service.consent.record(sms.address, "out", how="keyword", event=f"e{phone}")
    await service.consent.record(sender.address, "out", how="keyword", event=f"a{phone}")
    await service.consent.record(sender.address, "in", how="keyword", event=f"b{phone}")
    await service.store.put_record(LINK, sender.conversation, {"thread": f"{first} 7"}, 1000)
    await service.store.set_hash_field("phone-faker", sender.conversation, phone)
    await service.sync_list.mark(sender.conversation)
    ticket = (await service.store.read(sender.conversation)).state["tickets"][0]["id"]
    body = {"event": "x", "ids": {"name": first}, "ticket": ticket, "fields": []}
    await state.kept_events.keep(f"kept-{phone}", "unknown", body, retry=False)
    later = Inbound(
        id=MessageId(f"later-{phone}"), address=sms.address,
        content=EventContent(name="later", data={"first": first}),
    )  # fmt: skip
    await state.timers.schedule(later, service.clock().replace(year=2027))
    await dead_letter(store, sender.address, first)
    return sender


async def dead_letter(store: Store, address: Address, first: str) -> None:
    """Give a message up, as the worker does after its last attempt."""
    text = json.dumps({"trace_id": "t", "inbound": {"address": {
        "channel": address.channel, "account": address.account, "sender": address.sender,
        "phone": address.phone}, "content": {"text": first}}})  # fmt: skip
    shard = store.keys.shard(address.conversation)
    fields = {"conversation": address.conversation, "kind": "inbox", "reason": "x",
              "attempts": "5", "body": text}  # fmt: skip
    redis = store.connections.commands
    await redis.xadd(store.keys.dead_letters(shard), fields)
    await redis.expire(store.keys.dead_letters(shard), 100)


async def test_an_erased_sender_is_in_no_key_and_another_loses_nothing(harness: Harness) -> None:
    """0 hits of what was planted; the second sender's keys and entries are as before."""
    store = Store(harness)
    await used(harness, PHONE, "Zoraida", "Ignacia Tlapale")
    other = await used(harness, OTHER, "Bertha", "Rosa Hernández")
    assert {kind_of(name) for name in await store.hits(*PLANTED)} >= {
        *("st", "hi", "rec", "dlq", "tb", "rs", "map"),
    }
    sms = Address(channel="sms", account="x", sender=PHONE, phone=PHONE)
    others = {
        name: text for name, text in (await store.dump()).items() if other.conversation in name
    }
    marks = len(await store.hits("Bertha", "5550109202"))
    with pytest.raises(PrivacyError):
        await store.eraser.erase(PHONE, operator="op")
    assert await store.hits(*PLANTED)
    report = await store.eraser.erase(PHONE, operator="op", force="court order 7")
    assert await store.hits(*PLANTED) == []
    assert report.conversations == 2
    assert {"conversation", "dlq", "rec", "map", "con", "conlog", "sp"} <= report.removed.keys()
    assert {what for what, _ in report.stays} >= {"opt-out", "audit trail", "message ids"}
    after = await store.dump()
    assert {name: after.get(name) for name in others} == others
    assert len(await store.hits("Bertha", "5550109202")) == marks
    # The opt-out of the text messages holds, that of WhatsApp was taken back and is gone.
    assert await harness.service.consent.is_opted_out(sms)
    assert await store.hits(sender_of(sms)) == [store.keys.consent(sender_of(sms))[0]]
    names = await store.hits(harness.sender(PHONE).conversation)
    assert {kind_of(name) for name in names} <= KEPT
    again = await store.eraser.erase(PHONE, operator="op")
    assert (again.removed, await store.hits(*PLANTED)) == ({}, [])


async def test_the_audit_trail_outlives_the_sender_and_stays_whole(harness: Harness) -> None:
    """Every chain verifies after the erasure, names nobody, and has the erasure with its reason."""
    store = Store(harness)
    await used(harness, PHONE, "Zoraida", "Ignacia Tlapale")
    await store.eraser.erase(PHONE, operator="op", force="court order 7")
    trail = store.state.audit_trail
    heads = await trail.heads()
    entries = [entry for head in heads async for entry in trail.entries(head.chain)]
    found = verify(
        entries,
        starts={head.chain: head.start for head in heads},
        anchors=[(head.chain, head.seq, head.link) for head in heads],
    )
    assert (found.faults, found.entries > 5) == ([], True)
    records = [record async for record in trail.records()]
    kinds = {record.kind for record in records}
    assert kinds >= {
        "service.started",
        "turn",
        "ticket",
        "owner",
        "privacy.erase",
        "privacy.erased",
    }
    (erased,) = [record for record in records if record.kind == "privacy.erased"]
    assert (erased.body["operator"], erased.body["force"]) == ("op", "court order 7")
    theirs = [record for record in records if record.sender == trail.lines.person(PHONE)]
    assert {"turn", "ticket"} <= {record.kind for record in theirs}
    tools = [tool for record in theirs for tool in record.body.get("tools", ())]
    assert tools
    assert all(len(tool["arguments"]) == 32 for tool in tools)


async def test_a_turn_that_runs_during_the_erasure_writes_nothing_back(harness: Harness) -> None:
    """Its lease is gone, so its commit is refused."""
    service, store = harness.service, Store(harness)
    sender = harness.sender(PHONE, name="Zoraida")
    await sender.say("hola")
    await service.state.ownership.set_owner(sender.conversation, Ownership(owner="waiting"), 0)
    lease = store.keys.box("inbox", sender.conversation).lease
    await store.connections.commands.set(lease, "12345:w9")
    await store.eraser.erase(PHONE, operator="op")
    assert not await store.connections.commands.exists(lease)
    assert await service.state.ownership.handoff_queue() == ()


async def test_an_export_has_everything_of_one_sender_and_nothing_of_another(
    harness: Harness,
) -> None:
    """What the search of an erasure finds is what is handed out."""
    store = Store(harness)
    sender = await used(harness, PHONE, "Zoraida", "Ignacia Tlapale")
    await used(harness, OTHER, "Bertha", "Rosa Hernández")
    export = await export_person(
        store.connections, store.keys, store.state.audit_trail,
        now=harness.service.clock(), phone=PHONE,
    )  # fmt: skip
    text = json.dumps(export, ensure_ascii=False)
    assert all(word in text for word in PLANTED)
    assert all(word not in text for word in ("Bertha", "5550109202", "Rosa Hernández"))
    assert sender.conversation in export["conversations"]
    assert {kind["kind"] for kind in export["stored"]} >= {
        "st",
        "hi",
        "dlq",
        "rec",
        "con",
        "conlog",
    }
    assert {record.get("kind", "ticket") for record in export["audit"]} >= {"turn", "ticket"}


async def test_keys_without_an_end_are_those_that_the_table_gives_a_reason_for(
    harness: Harness,
) -> None:
    """After journeys, a takeover, an opt-out, dead letters, timers and kept events."""
    store = Store(harness)
    await used(harness, PHONE, "Zoraida", "Ignacia Tlapale")
    await used(harness, OTHER, "Bertha", "Rosa Hernández")
    known = {kind.name: kind for kind in KINDS}
    kinds = {kind_of(name) for name in await store.dump()}
    assert kinds <= known.keys()
    assert {"st", "aud", "con", "tm", "dlq", "sp", "rs"} <= kinds
    endless = {kind_of(name) for name in await store.endless()}
    assert {name for name in endless if not known[name].endless} == set()
    assert "con" in endless


async def test_the_evidence_pack_proves_each_turn_and_masks_persons(harness: Harness) -> None:
    """Each turn has its entry; names and numbers are masked unless they are asked for."""
    state, service = harness.service.state, harness.service
    sender = harness.sender(PHONE, name="Zoraida <script>alert(1)</script>")
    await sender.say(
        "hola, soy <b>Zoraida</b>, mi número es 55 1234 5678; envío 200 dólares a México"
    )
    await sender.say("para Ignacia Tlapale")
    for unmasked in (False, True):
        pack = await collect(
            sender.conversation,
            await service.store.read(sender.conversation, limit=200),
            state.audit_trail,
            now=service.clock(),
            unmasked=unmasked,
        )
        assert [turn["proved_by"]["seq"] > 0 for turn in pack.turns] == [True, True]
        assert all(turn["prompt"] for turn in pack.turns if turn["tools"])
        page = as_html(pack)
        assert "<script" not in page
        assert "<b>Zoraida" not in page
        text = json.dumps(pack.to_json(), ensure_ascii=False)
        assert ("55 1234 5678" in text) == unmasked
        assert ("Zoraida" in text) == unmasked
        assert "viewport" in page


async def test_what_was_sealed_of_a_sender_is_erased_with_them(harness: Harness) -> None:
    """Values in the bank's vault, and account numbers that only this service can open."""
    service, store = harness.service, Store(harness)
    sender = harness.sender(PHONE)
    await sender.say("mi CURP es HEGG560427MVZRRL04")
    await sender.say("quiero enviar 100 dólares a México a la CLABE 014027000005555558")
    kept = await service.store.read(sender.conversation, limit=9)
    (curp,) = kept.history[0]["inbound"][0]["sealed"]
    (account,) = kept.state["accounts"]
    for sealed in (curp, account):
        assert await store.hits(sealed["token"])
    await store.eraser.erase(PHONE, operator="op", force="case 7, card 4111 1111 1111 1111")
    assert await store.hits(curp["token"], account["token"], "4111 1111") == []


async def test_a_turn_out_of_which_a_part_of_a_card_was_taken_is_still_proved(
    harness: Harness,
) -> None:
    """The later turn records the fingerprint of the earlier one as it is now."""
    service = harness.service
    sender = harness.sender(PHONE)
    await sender.say("anota 4012 8888")
    await sender.say("8888 1881")
    pack = await collect(
        sender.conversation,
        await service.store.read(sender.conversation, limit=200),
        service.state.audit_trail,
        now=service.clock(),
        unmasked=True,
    )
    first, second = (turn["proved_by"] for turn in pack.turns)
    assert first == second
    assert first["seq"] > 0
    assert "8888" not in str(pack.turns)
    assert "[card part ••••]" in pack.turns[0]["sender"][0]["text"]


async def test_a_changed_history_is_not_proved(harness: Harness) -> None:
    """The fingerprint of a turn whose words were changed is in no entry of the trail."""
    service, store = harness.service, Store(harness)
    sender = harness.sender(PHONE)
    await sender.say("hola")
    key = store.keys.history(sender.conversation)
    line = await store.connections.commands.lindex(key, 0)
    await store.connections.commands.lset(key, 0, line.replace("hola", "adiós"))
    pack = await collect(
        sender.conversation,
        await service.store.read(sender.conversation, limit=200),
        service.state.audit_trail,
        now=service.clock(),
        unmasked=False,
    )
    assert [turn["proved_by"] for turn in pack.turns] == [None]


async def test_a_wrong_number_leaves_no_words_of_the_person_before(harness: Harness) -> None:
    """Who has the number now says so: what was said with it before is in no store."""
    store = Store(harness)
    sender = harness.sender("+15550109303", name="Xochiquetzal")
    await sender.say("hola, soy Xochiquetzal y busco al zorro-morado")
    before = await store.dump()
    assert any("zorro-morado" in value for value in before.values())
    await sender.say("se equivocaron de número")
    after = await store.dump()
    for word in ("zorro-morado", "Xochiquetzal"):
        assert not [key for key, value in after.items() if word in value]
    stored = await harness.service.store.read(sender.conversation)
    assert [record["outbound"] for record in stored.history[:-1]] == [[]]
