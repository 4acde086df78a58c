"""The senders that the sandbox's PayHub knows, with their contacts, cards and past operations."""

from hashlib import sha256
from typing import Literal

from lola.domain.messages import JsonObject
from lola.money.reference import sender_reference
from lola.sandbox.payhub.sample_data import SENDERS, SOURCE_COUNTRY, SOURCE_CURRENCY
from lola.sandbox.store import DocumentStore

Verdict = Literal["passed", "pending", "blocked", "broken"]
KIND, USER, NEWCOMER = "sender", "sender_by_id", "newcomer"
EMAIL = "sender_by_email"
REFERENCE = "sender_by_reference"


class SenderDirectory:
    """The senders, kept in the sandbox's store.

    `reference_key` is the service's key for the references under which M2M knows its senders. The
    stand-in holds it too because PayHub and the service both belong to the bank.
    """

    def __init__(self, store: DocumentStore, *, reference_key: str) -> None:
        self._store = store
        self._reference_key = reference_key
        for sender in SENDERS:
            if store.get(KIND, sender["phoneNumber"]) is None:
                self.add(sender)

    def find(self, phone: str) -> JsonObject | None:
        """Return the sender with this E.164 number."""
        return self._store.get(KIND, phone)

    def note_unknown(self, phone: str) -> None:
        """Remember a number that was asked about and is unknown."""
        reference = sender_reference(phone, self._reference_key)
        self._store.put(NEWCOMER, reference, {"phone": phone})

    def newcomer(self, reference: str) -> str | None:
        """Return the still unknown number behind a reference, if it was ever asked about."""
        found = self._store.get(NEWCOMER, reference)
        return found["phone"] if found and self.find(found["phone"]) is None else None

    def find_by_reference(self, reference: str) -> JsonObject | None:
        """Return the sender that M2M knows by this reference."""
        known = self._store.get(REFERENCE, reference)
        return self.find(known["phone"]) if known else None

    def find_by_id(self, user_id: str) -> JsonObject | None:
        """Return the sender with this user id (RaaS calls it userToken)."""
        known = self._store.get(USER, user_id)
        return self.find(known["phone"]) if known else None

    def find_by_alias(self, alias: str) -> JsonObject | None:
        """Return the sender with this number or e-mail address."""
        found = self.find(alias)
        if found is None and (known := self._store.get(EMAIL, alias)) is not None:
            found = self.find(known["phone"])
            # The sender may have another address by now.
            found = found if found and found.get("email") == alias else None
        return found

    def all(self) -> list[JsonObject]:
        """Return every sender."""
        return self._store.all(KIND)

    def register(
        self, *, phone: str, first_name: str, last_name: str, verdict: Verdict = "passed"
    ) -> JsonObject:
        """Add a sender. A number that is known already keeps its record."""
        known = self.find(phone)
        return known or self.add(
            {
                "phoneNumber": phone,
                "firstName": first_name,
                "lastName": last_name,
                "verdict": verdict,
            }
        )

    def set_verdict(self, phone: str, verdict: Verdict) -> JsonObject | None:
        """Change a sender's compliance verdict; None when the number is unknown."""
        sender = self.find(phone)
        if sender is not None:
            sender["verdict"] = verdict
            self._store.put(KIND, phone, sender)
        return sender

    def add_card(self, sender: JsonObject, *, token: str, brand: str, last_four: str) -> None:
        """Save a card of a sender by its vault token, in the shape of reference/raas.md 8.3."""
        card: JsonObject = {
            "id": f"pm-{sha256(token.encode()).hexdigest()[:12]}",
            "type": "DebitCard",
            "name": f"{brand.upper()}-{last_four}",
            "number": token,
            "cardNetwork": brand,
            "status": "ValidatedPullAndPush",
            "isPrimary": not sender["sources"],
            "canOperate": True,
            "country": SOURCE_COUNTRY,
            "currency": SOURCE_CURRENCY,
        }
        self.save(sender | {"sources": [*sender["sources"], card]})

    def add_like(self, other: str, phone: str, verdict: Verdict) -> JsonObject:
        """Add a number with a copy of everything that the sender at `other` has, except the id."""
        copy = dict(self._store.get(KIND, other) or {})
        copy.pop("id", None)
        return self.add({**copy, "phoneNumber": phone, "verdict": verdict})

    def save(self, sender: JsonObject) -> None:
        """Write a sender's changed record."""
        self._store.put(KIND, sender["phoneNumber"], sender)
        if email := sender.get("email"):
            self._store.put(EMAIL, email, {"phone": sender["phoneNumber"]})

    def forget(self, phone: str) -> None:
        """Make a number unknown again."""
        self._store.delete(KIND, phone)

    def add(self, sender: JsonObject) -> JsonObject:
        """Add a sender and return the record, with its id; the phone must be unknown."""
        digest = sha256(sender["phoneNumber"].encode()).hexdigest()
        record = {
            "id": f"sbx{digest[:25]}",
            "countryCode": SOURCE_COUNTRY,
            "contacts": [],
            "sources": [],
            "operations": [],
            "used": 0,
            **sender,
        }
        self.save(record)
        phone = {"phone": sender["phoneNumber"]}
        self._store.put(USER, record["id"], phone)
        reference = sender_reference(sender["phoneNumber"], self._reference_key)
        self._store.put(REFERENCE, reference, phone)
        return record
