"""Finds the one person behind the ids that a channel tells of a sender: a lasting id of the
provider, and a telephone number that comes, goes and changes hands.

Each message is asked about before it is stored, so that a conversation, its drafts, its tickets and
its consent belong to a person and not to a spelling. Two persons never become one because of a
number; the rules are in docs/channels.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, cast

from lola.domain.clock import Clock
from lola.domain.events import SENDER_CHANGED
from lola.domain.messages import Address, EventContent, Inbound
from lola.errors import StoreUnavailableError
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.state.script import Script
from lola.text import phone_numbers

REMEMBERED: Final = timedelta(days=8)
"""As long as a provider may deliver a message again: it then goes to the same person."""
QUARANTINE: Final = timedelta(days=45)
"""The shortest time after which a carrier gives an abandoned number to another person."""
_AT_ONCE: Final = 250
_MOVES: Final = ("user_changed", "customer_changed")
_RESOLVE = Script(Path(__file__).with_suffix(".lua"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A message with its sender's person in its address.

    `joined` is the address of another record of theirs that ended with this message, if one did:
    an opt-out under it holds on.
    """

    message: Inbound
    joined: Address | None = None


class Persons:
    """The persons of all channels whose providers tell two ids of a sender."""

    def __init__(self, connections: Connections, keys: Keys, clock: Clock) -> None:
        self._connections = connections
        self._keys = keys
        self._clock = clock

    async def resolve(self, messages: Sequence[Inbound]) -> tuple[Known, ...]:
        """Return the messages, in order, with their persons; link the ids that they carry.

        Safe to repeat: a message that is delivered again gets the person it had. Raises
        StoreUnavailableError.
        """
        found: dict[int, Known] = {}
        for first in range(0, len(messages), _AT_ONCE):
            # One channel per call: its links are in one shard.
            batch = list(enumerate(messages))[first : first + _AT_ONCE]
            for channel in dict.fromkeys(message.address.channel for _, message in batch):
                chosen = [pair for pair in batch if pair[1].address.channel == channel]
                answers = await self._resolve(channel, [message for _, message in chosen])
                found |= zip((place for place, _ in chosen), answers, strict=True)
        return tuple(found[place] for place in range(len(messages)))

    async def known(self, address: Address) -> Address:
        """Return an address with the person whom its number or id is linked to, if there is one.

        It links nothing. Raises StoreUnavailableError.
        """
        links, _ = self._keys.persons(address.channel)
        number = _number(address.phone)
        redis = cast("Any", self._connections.commands)
        with store_errors():
            person = await redis.get(f"{links}i:{_id(address.user_id or address.sender)}")
            if person is None and number:
                past = await redis.hget(f"{links}n:{number}", "past")
                person = past and past.rpartition(" ")[2]
            key = person and await redis.hget(f"{links}p:{person}", "key")
        return replace(address, person=key) if key else address

    def keys_of(self, address: Address) -> tuple[str, ...]:
        """Return the names of every key that may hold a link of this sender."""
        links, _ = self._keys.persons(address.channel)
        ids = {_id(name) for name in (address.sender, address.user_id, address.person) if name}
        number = phone_numbers.match_key(address.phone) if address.phone else None
        found = [f"{links}{kind}:{digest}" for digest in sorted(ids) for kind in "ip"]
        return (*found, *([f"{links}n:{_digest(number)}"] if number else ()))

    async def _resolve(self, channel: str, messages: Sequence[Inbound]) -> list[Known]:
        arguments = [value for message in messages for value in self._arguments(message)]
        answers, is_replicated = await _RESOLVE.run_durably(
            self._connections,
            self._keys.persons(channel),
            int(REMEMBERED.total_seconds()),
            int(QUARANTINE.total_seconds() * 1000),
            *arguments,
        )
        if not is_replicated:
            raise StoreUnavailableError(
                "too few replicas have the sender's ids", hint="are the replicas of REDIS_URL up?"
            )
        return [_known(*pair) for pair in zip(messages, answers, strict=True)]

    def _arguments(self, message: Inbound) -> tuple[str | int, ...]:
        """Return what the script reads of a message, in the order of its FIELDS."""
        address = message.address
        name = _digest(f"{address.account}\x1f{message.id}")
        sent = min(message.sent_at or self._clock(), self._clock())
        own = "" if address.sender == address.user_id else address.sender
        # What is neither a number nor an id of a known form is an id of its own.
        user_id = address.user_id or ("" if address.phone else own)
        fresh = f"{address.sender}#{name[:12]}"
        change, new_id, new_phone = _change(message)
        return (
            name,
            int(sent.timestamp() * 1000),
            *_with_digest(user_id),
            address.phone or "",
            _number(address.phone),
            *_with_digest(own),
            *_with_digest(fresh),
            change,
            *_with_digest(new_id),
            new_phone,
            _number(new_phone),
        )


def _known(message: Inbound, answer: Sequence[str]) -> Known:
    key, user_id, phone, joined = answer
    address = message.address
    # The lasting id never reaches a stranger, as a number may that has changed hands.
    sender = user_id if address.user_id else address.sender
    known = replace(address, sender=sender, user_id=user_id, phone=phone or None, person=key)
    other = Address(channel=address.channel, account=address.account, sender=joined)
    return Known(message=replace(message, address=known), joined=other if joined else None)


def _change(message: Inbound) -> tuple[str, str, str]:
    """Return what a notice says: `move` or `doubt`, the new id and the new number."""
    content = message.content
    if not isinstance(content, EventContent) or content.name != SENDER_CHANGED:
        return "", "", ""
    kind = "move" if str(content.data["change"]).startswith(_MOVES) else "doubt"
    return kind, str(content.data.get("user_id", "")), str(content.data.get("phone", ""))


def _number(phone: str | None) -> str:
    key = phone_numbers.match_key(phone) if phone else None
    return _digest(key) if key else ""


def _with_digest(name: str) -> tuple[str, str]:
    return name, _id(name) if name else ""


def _id(name: str) -> str:
    """Return the digest of an id, with or without the scheme of its address."""
    return _digest(name.rpartition(":")[2])


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
