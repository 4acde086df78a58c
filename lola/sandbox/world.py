"""Who lives in the sandbox and what a transfer costs there.

The senders that PayHub knows, and the pricing behind its quotes. All figures are exact decimals in
the currency's own minor unit.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from hashlib import sha256
from typing import Literal, get_args

from lola.domain.messages import JsonObject
from lola.money.reference import sender_reference
from lola.partners.payhub.wire import minor_unit
from lola.sandbox.data import (
    COUNTRIES,
    FEES,
    MAXIMUM,
    MINIMUM,
    SENDERS,
    SOURCE_COUNTRY,
    SOURCE_CURRENCY,
)
from lola.sandbox.store import DocumentStore

Verdict = Literal["passed", "pending", "blocked", "broken"]
VERDICTS: tuple[str, ...] = get_args(Verdict)
KIND, USER, NEWCOMER = "sender", "sender_by_id", "newcomer"
REFERENCE = "sender_by_reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The figures of one transfer. `fee` is in the source currency, on top of `send`."""

    send: Decimal
    receive: Decimal
    rate: Decimal
    fee: Decimal
    currency: str

    @property
    def is_within_limits(self) -> bool:
        """Whether the corridor takes the amount."""
        return MINIMUM <= self.send <= MAXIMUM


class World:
    """The senders, kept in the sandbox's store.

    `reference_key` is the service's key for the references under which M2M knows its senders: both
    belong to the bank, so the bank's backend knows whom a reference means.
    """

    def __init__(self, store: DocumentStore, *, reference_key: str) -> None:
        self._store = store
        self._reference_key = reference_key
        for sender in SENDERS:
            if store.get(KIND, sender["phoneNumber"]) is None:
                self._add(sender)

    def find(self, phone: str) -> JsonObject | None:
        """Answer the sender with this E.164 number."""
        return self._store.get(KIND, phone)

    def note_unknown(self, phone: str) -> None:
        """Remember a number that somebody asked about and nobody has."""
        reference = sender_reference(phone, self._reference_key)
        self._store.put(NEWCOMER, reference, {"phone": phone})

    def newcomer(self, reference: str) -> str | None:
        """Answer the still unknown number behind a reference, if it was ever asked about."""
        found = self._store.get(NEWCOMER, reference)
        return found["phone"] if found and self.find(found["phone"]) is None else None

    def find_by_reference(self, reference: str) -> JsonObject | None:
        """Answer the sender whom M2M knows by this reference."""
        known = self._store.get(REFERENCE, reference)
        return self.find(known["phone"]) if known else None

    def find_by_id(self, user_id: str) -> JsonObject | None:
        """Answer the sender with this user id (RaaS calls it userToken)."""
        known = self._store.get(USER, user_id)
        return self.find(known["phone"]) if known else None

    def senders(self) -> list[JsonObject]:
        """Answer everyone."""
        return self._store.all(KIND)

    def register(
        self, *, phone: str, first_name: str, last_name: str, verdict: Verdict = "passed"
    ) -> JsonObject:
        """Make a sender known; one who already is stays as they are."""
        known = self.find(phone)
        return known or self._add(
            {
                "phoneNumber": phone,
                "firstName": first_name,
                "lastName": last_name,
                "verdict": verdict,
            }
        )

    def set_verdict(self, phone: str, verdict: Verdict) -> JsonObject | None:
        """Change what compliance says about a sender; None when nobody has the number."""
        sender = self.find(phone)
        if sender is not None:
            sender["verdict"] = verdict
            self._store.put(KIND, phone, sender)
        return sender

    def add_like(self, other: str, phone: str, verdict: Verdict) -> JsonObject:
        """Make a number known with everything that the sender at `other` has, the id apart."""
        twin = dict(self._store.get(KIND, other) or {})
        twin.pop("id", None)
        return self._add({**twin, "phoneNumber": phone, "verdict": verdict})

    def keep(self, sender: JsonObject) -> None:
        """Write a sender's changed record."""
        self._store.put(KIND, sender["phoneNumber"], sender)

    def forget(self, phone: str) -> None:
        """Make a number unknown again."""
        self._store.delete(KIND, phone)

    def _add(self, sender: JsonObject) -> JsonObject:
        digest = sha256(sender["phoneNumber"].encode()).hexdigest()
        whole = {
            "id": f"sbx{digest[:25]}",
            "countryCode": SOURCE_COUNTRY,
            "contacts": [],
            "sources": [],
            "operations": [],
            "used": 0,
            **sender,
        }
        self._store.put(KIND, sender["phoneNumber"], whole)
        phone = {"phone": sender["phoneNumber"]}
        self._store.put(USER, whole["id"], phone)
        reference = sender_reference(sender["phoneNumber"], self._reference_key)
        self._store.put(REFERENCE, reference, phone)
        return whole


def price(country: str, payout_type: str, amount: Decimal, *, is_sender_amount: bool) -> Price:
    """Price a transfer in either direction. Raises KeyError for what the corridor does not offer.

    Asked for what should arrive, the amount sent is rounded up: the recipient gets every cent.
    """
    there = COUNTRIES[country]
    if payout_type not in there.types:
        raise KeyError(payout_type)
    if is_sender_amount:
        send = amount
        receive = (amount * there.rate).quantize(minor_unit(there.currency), ROUND_HALF_UP)
    else:
        receive = amount
        send = (amount / there.rate).quantize(minor_unit(SOURCE_CURRENCY), ROUND_UP)
    return Price(
        send=send,
        receive=receive,
        rate=there.rate,
        fee=FEES[payout_type],
        currency=there.currency,
    )
