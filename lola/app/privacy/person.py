"""Finds everything that is stored about one sender, by telephone number or by conversation.

No index of telephone numbers is kept: the whole store is read, and every address in it compared.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from lola.app.privacy.scan import Stored, addresses_in, keys_of, objects_in, values_of, words_in
from lola.consent.store import sender_of
from lola.domain.clock import system_clock
from lola.domain.messages import Address, ConversationId
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.state.persons import Persons
from lola.text import phone_numbers

ROWS_OF_A_TURN = range(-1, 12)
_TURNS_BACK = 2_000
OF_STAFF = frozenset({"console_account", "console_accounts", "console_session"})
_TICKET_KEYS = frozenset({"link_id", "draft_id"})


@dataclass(slots=True, kw_only=True)
class Person:
    """What identifies one sender in the store.

    `phones` are canonical, `user_ids` are without the scheme of an address.
    """

    phones: set[str] = field(default_factory=set)
    user_ids: set[str] = field(default_factory=set)
    addresses: set[Address] = field(default_factory=set)
    conversations: set[ConversationId] = field(default_factory=set)
    tickets: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    """Links and operations of the tickets, and the partner's reference."""
    rows: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    """Names of the keys that link the person's ids."""

    def is_at(self, address: Address) -> bool:
        """Return whether an address is this person's.

        Only `phone` is compared: the sender of some channels is a number of another kind.
        """
        if address.conversation in self.conversations or _bare(address.user_id) in self.user_ids:
            return True
        return any(phone_numbers.same(address.phone or "", phone) for phone in self.phones)

    def has(self, text: str) -> bool:
        """Return whether a stored text is about this person: their address, or one of their ids."""
        marks = {*self.conversations, *self.tickets, *self.ids}
        return any(map(self.is_at, addresses_in(text))) or bool(words_in(text) & marks)

    @property
    def consents(self) -> set[str]:
        """The digests under which consent is kept: of the person, and of each id by itself."""
        return {sender_of(one) for address in self.addresses for one in each_id(address)}

    @property
    def accounts(self) -> set[str]:
        """The digests under which budgets are kept."""
        names = {*self.phones, *self.conversations}
        return {blake2b(name.encode(), digest_size=16).hexdigest() for name in names}


class Search:
    """Searches one store."""

    def __init__(self, connections: Connections, keys: Keys) -> None:
        self._connections = connections
        self._redis = connections.commands
        self._keys = keys
        self._persons = Persons(connections, keys, system_clock)

    async def person(self, *, phone: str = "", conversation: str = "") -> Person:
        """Return the sender with this number or user id, or of this conversation."""
        person = Person()
        if phone:
            (person.phones if phone.startswith("+") else person.user_ids).add(phone)
        if conversation:
            person.conversations.add(ConversationId(conversation))
        names: set[str] = set()
        places: set[tuple[str, str]] = set()
        async for stored in self.all(names):
            for address in addresses_in(stored.text):
                if _has_numbers(address):
                    places.add((address.channel, address.account))
                if person.is_at(address):
                    person.addresses.add(address)
                    person.conversations.add(address.conversation)
        await self._linked(person)
        self._guess(person, places, names)
        person.links = {key for one in person.addresses for key in self._persons.keys_of(one)}
        async for stored in self.all():
            if stored.kind == "st" and stored.last in person.conversations:
                _learn_tickets(person, stored.text)
        for name in person.conversations:
            newest = int(await self._redis.get(self._keys.counter(name)) or 0)
            turns = range(max(0, newest - _TURNS_BACK), newest + 1)
            person.rows |= {
                self._keys.row_id(name, seq, position)
                for seq in turns
                for position in ROWS_OF_A_TURN
            }
        return person

    async def all(self, names: set[str] | None = None) -> AsyncIterator[Stored]:
        """Yield every value of the store; `names` collects the names of the keys."""
        async for key in keys_of(self._connections, self._keys):
            if names is not None:
                names.add(key.rpartition(":")[2])
            for stored in await values_of(self._redis, key):
                yield stored

    async def about(self, person: Person) -> AsyncIterator[Stored]:
        """Yield every value that is about a person. The audit trail is left out."""
        async for stored in self.all():
            if is_about(person, stored):
                yield stored

    async def _linked(self, person: Person) -> None:
        """Add the ids that are linked to those asked for; no session need hold them any more."""
        async for stored in self.all():
            if stored.kind != "who" or not _is_asked_for(person, stored):
                continue
            link = {one.member: one.text for one in await values_of(self._redis, stored.key)}
            person.addresses.add(
                Address(
                    channel=stored.key.split(":")[3],
                    account="",
                    sender=link["key"],
                    phone=link.get("phone"),
                    user_id=link.get("id", ""),
                    person=link["key"],
                )
            )

    def _guess(self, person: Person, places: set[tuple[str, str]], names: set[str]) -> None:
        """Add conversations whose address is stored nowhere any more, but whose keys are there."""
        for linked in [one for one in person.addresses if not one.account]:
            for channel, account in places:
                name = replace(linked, account=account).conversation
                if channel == linked.channel and name in names:
                    person.conversations.add(name)
        for phone in tuple(person.phones):
            for channel, account in places:
                for sender in (phone, phone.removeprefix("+"), f"whatsapp:{phone}"):
                    address = Address(channel=channel, account=account, sender=sender, phone=phone)
                    if sender_of(address) in names:
                        person.addresses.add(address)
                    if address.conversation in names:
                        person.conversations.add(address.conversation)


def is_about(person: Person, stored: Stored) -> bool:
    """Return whether a stored value is about a person."""
    match stored.kind:
        case "con" | "conlog":
            return stored.last in person.consents
        case "who":
            return stored.key in person.links
        case "sp" | "rate":
            return any(part in person.accounts for part in stored.key.split(":"))
        case "rs":
            return stored.last in person.rows or any(
                part in person.rows for part in stored.key.split(":")
            )
        case "pid":
            return stored.text in person.rows
        case "aud" | "audh" | "auds" | "dd" | "bad" | "whom":
            return False
        case "tm" | "tb":
            return stored.member.partition(" ")[0] in person.conversations
        case "rec":
            kind = stored.key.split(":")[3]
            return kind not in OF_STAFF and (
                stored.last in person.conversations or person.has(stored.text)
            )
    if stored.last in person.conversations or stored.member in person.conversations:
        return True
    return stored.kind in {"dlq", "map", "ready", "oready"} and person.has(stored.text)


def _is_asked_for(person: Person, stored: Stored) -> bool:
    if stored.member == "id":
        return _bare(stored.text) in person.user_ids
    return stored.member == "phone" and any(
        phone_numbers.same(stored.text, phone) for phone in person.phones
    )


def _bare(user_id: str) -> str:
    return user_id.rpartition(":")[2]


def each_id(address: Address) -> tuple[Address, ...]:
    """Return an address under each of its ids: consent may be older than the link between them."""
    ids = dict.fromkeys(filter(None, (address.lasting, address.sender, address.user_id)))
    return tuple(replace(address, person=one) for one in ids)


def _has_numbers(address: Address) -> bool:
    """Return whether the senders of this channel are telephone numbers."""
    number = address.sender.rpartition(":")[2]
    return address.phone is not None and phone_numbers.same(number, address.phone)


def _learn_tickets(person: Person, text: str) -> None:
    for fields in objects_in(text):
        if fields.keys() >= _TICKET_KEYS:
            person.tickets.add(str(fields["id"]))
            person.ids |= {
                str(value)
                for name in ("link_id", "operation_id", "sender")
                if (value := fields.get(name))
            }
