"""Webhooks taken again from the partner's log, and kept events tried or discarded by hand."""

import asyncio
import json
from uuid import uuid4

import pytest

from lola.delivery import Inbox
from lola.domain.clock import system_clock
from lola.money.links import TicketIndex
from lola.state import Keys, connect
from lola.state.kept_events import KeptEvents
from lola.state.store import StateStore
from tests.support import ADDRESS, ticket
from tests.unit.cli.m2m.commands import words_of
from tests.unit.cli.m2m.conftest import REASON


class Stores:
    """The stores of the deployment that the commands work on."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._url = environment["REDIS_URL"]
        self._keys = Keys(environment["PROJECT_NAME"])

    def run(self, work):
        async def connected():
            connections = connect(self._url)
            try:
                return await work(connections)
            finally:
                await connections.close()

        return asyncio.run(connected())

    def remember(self, link_id: str) -> None:
        """Give a link a ticket in a conversation."""

        async def work(connections) -> None:
            inbox = Inbox(connections, self._keys, system_clock, on_poison=lambda *_: None)
            life = inbox.limits.state_ttl
            store = StateStore(connections.commands, self._keys, system_clock, life)
            now = system_clock()
            known = ticket(link_id=link_id, sender="r", created_at=now, expires_at=now)
            await TicketIndex(store).remember(known, ADDRESS, now=now)

        self.run(work)

    def keep(self, event: str, **ids: str) -> str:
        """Keep an event as a report without a time of its own does; return its id."""
        name = f"report-{uuid4().hex}"

        async def work(connections) -> None:
            kept = KeptEvents(connections.commands, self._keys, system_clock)
            body = {"event": event, "ids": ids, "ticket": "", "fields": []}
            await kept.keep(name, "no ticket", body, retry=True)

        self.run(work)
        return name

    def taken(self) -> list[tuple[str, dict]]:
        """Return name and data of every event in the conversation's inbox."""

        async def work(connections):
            inbox = Inbox(connections, self._keys, system_clock, on_poison=lambda *_: None)
            await inbox.mailbox.prepare()
            found = []
            for ready in await inbox.mailbox.take("test", 10):
                leased = await inbox.acquire(ready, "test")
                found += [item.inbound.content for item in leased.envelopes]
            return [(content.name, dict(content.data)) for content in found]

        return self.run(work)


@pytest.fixture
def stores(environment) -> Stores:
    return Stores(environment)


def outcome(done) -> str:
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["outcome"]


def test_a_lost_webhook_is_taken_from_the_partners_log_once(lola, ids, stores):
    """It reaches the sender's conversation marked as late, so the partner's present state counts.

    The partner documents no route for a replay (reference/m2m.md 7.4).
    """
    stores.remember(ids["used"])
    words = (*words_of("deliveries redeliver", ids), "--json")
    assert outcome(lola(*words)) == "accepted"
    assert outcome(lola(*words)) == "duplicate"
    ((name, data),) = stores.taken()
    assert name == "m2m.link.opened"
    assert data["late"] is True


@pytest.mark.parametrize(
    ("event", "result"), [("link.opened", "kept"), ("link.created", "ignored")]
)
def test_what_needs_a_ticket_waits_for_it(lola, partner, ids, event, result):
    """An event of an unknown link is kept, and one without an effect has none."""

    async def find() -> str:
        log = partner.sandbox.m2m.deliveries.list
        return next(iter(log.all(link=ids["used"], event=event))).delivery_id

    delivery = partner.do(find())
    done = lola("deliveries", "redeliver", delivery, "--reason", REASON, "--json")
    assert outcome(done) == result
    assert (event in lola("kept", "list").stdout) == (result == "kept")


def test_exact_amounts_survive_the_log(lola, partner, ids, stores):
    """A payload that is only the event's data is read too (reference/m2m.md 9.2 is inferred)."""
    stores.remember("link_9")
    data = {
        "linkId": "link_9",
        "operationId": "op_9",
        "status": "created",
        "amount": {"send": 100.1, "receive": 1725, "currency": {"source": "USD"}},
    }
    entry = {
        "deliveryId": "whd_9",
        "event": "operation.created",
        "createdAt": "2026-02-10T12:00:00.000Z",
        "payload": data,
    }
    partner.recorder.answers.append((200, {"success": True, "data": entry}))
    done = lola("deliveries", "redeliver", "whd_9", "--reason", REASON, "--json")
    assert outcome(done) == "accepted"
    ((_, taken),) = stores.taken()
    assert taken["amount"]["send"] == "100.1"


@pytest.mark.parametrize("payload", [None, {"event": "", "data": {}}, {"data": {}, "event": 3}])
def test_a_log_entry_that_cannot_be_read_says_so(lola, partner, payload):
    """Exit code 1; nothing is enqueued."""
    entry = {"deliveryId": "whd_9", "event": "", "payload": payload}
    partner.recorder.answers.append((200, {"success": True, "data": entry}))
    done = lola("deliveries", "redeliver", "whd_9", "--reason", REASON)
    assert done.exit_code == 1
    assert "[LOLA-402]" in done.stderr


def test_a_kept_event_is_used_as_soon_as_its_ticket_is_known(lola, ids, stores):
    """Before that: exit code 1, and it stays."""
    event = stores.keep("operation.created", operationId="op_unknown", linkId=ids["used"])
    words = ("kept", "retry", event, "--reason", REASON)
    assert lola(*words).exit_code == 1
    assert event in lola("kept", "list").stdout
    stores.remember(ids["used"])
    assert lola(*words).exit_code == 0
    assert lola("kept", "list").stdout == "none\n"
    ((name, data),) = stores.taken()
    assert (name, data["operation_id"]) == ("m2m.operation.created", "op_unknown")


def test_an_event_of_an_unknown_kind_can_only_be_discarded(lola, stores):
    """This version would not know what to tell the sender."""
    event = stores.keep("operation.reversed", operationId="op_1")
    refused = lola("kept", "retry", event, "--reason", REASON)
    assert refused.exit_code == 1
    assert "does not know" in refused.stderr
    assert lola("kept", "discard", event, "--reason", REASON).exit_code == 0
    again = lola("kept", "discard", event, "--reason", REASON)
    assert again.exit_code == 1
    assert "lola m2m kept list" in again.stderr
