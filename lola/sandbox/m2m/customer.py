"""The steps that a person takes with a magic link; the pages and the control API act through it.

data → identity → payout → card → review. A link that is for no transfer ends after the identity, or
with a card. A step that the partner or an earlier visit completed is
skipped (reference/m2m.md 5.1, 6.2). No transfer is made before every step is done, and every method
that changes something first checks that the link is still open.
"""

from collections.abc import Mapping
from typing import Literal

from lola.domain.messages import JsonObject
from lola.partners.m2m.model import nested
from lola.sandbox.clock import SandboxClock
from lola.sandbox.m2m.cip import Cip
from lola.sandbox.m2m.data_requests import DataRequests
from lola.sandbox.m2m.errors import (
    FieldsError,
    InvalidRequestError,
    RefusedError,
    StepMissingError,
    StepName,
    UserBlockedError,
)
from lola.sandbox.m2m.links import Links
from lola.sandbox.m2m.operations import Operations
from lola.sandbox.m2m.rows import Card, CipTicket, Link, Operation, PayoutMethod
from lola.sandbox.m2m.user_data import problems, summary
from lola.sandbox.m2m.users import Users
from lola.sandbox.m2m.wallet import Wallet

Where = Literal["data", "identity", "payout", "card", "review", "done"]

SAMPLE_ANSWERS: Mapping[str, str] = {
    "name.firstName": "Cliente",
    "name.secondName": "",
    "name.lastName": "de Prueba",
    "name.secondLastName": "",
    "idNumber": "GAPA900515HDFRRL09",
    "idType": "CURP",
    "dob": "1990-05-15",
}
SAMPLE_PAYOUT: JsonObject = {"type": "cash", "cash": {"provider": "sandbox", "reference": "-"}}
SAMPLE_CARD = {"token": "tok_sandbox_invented", "brand": "Visa", "last_four": "4242"}


class Customer:
    """The person in front of the widget."""

    def __init__(
        self,
        clock: SandboxClock,
        links: Links,
        users: Users,
        wallet: Wallet,
        cip: Cip,
        operations: Operations,
        requests: DataRequests,
    ) -> None:
        self._clock = clock
        self._links = links
        self._users = users
        self._wallet = wallet
        self._cip = cip
        self._operations = operations
        self._requests = requests

    def open(self, link: Link, device: JsonObject) -> Link:
        """Open the link. The first opening is announced, and the partner asked for missing data."""
        link = self._links.open(link, device)
        self._requests.consider(link, "open")
        return link

    def where(self, link: Link) -> Where:
        """Return the step that the person has to take next."""
        user = self._users.get(link.user_id)
        if self._users.missing(user):
            return "data"
        if user.state != "cip_verified":
            return "identity"
        if link.purpose:
            needs_card = link.purpose == "add_card" and self._wallet.card_of(link) is None
            return "card" if needs_card else "done"
        if self._wallet.payout_of(link) is None:
            return "payout"
        return "card" if self._wallet.card_of(link) is None else "review"

    def missing(self, link: Link) -> tuple[str, ...]:
        """Return the dotted paths that no source has given, which the person must type (6.2)."""
        return self._users.missing(self._users.get(link.user_id))

    def submit(self, link: Link, fields: Mapping[str, str]) -> None:
        """Save what the person typed for missing fields, all or nothing. Raises FieldsError.

        `fields` is dotted path → text. Fields that are known already do not change.
        """
        self._links.check_open(link)
        wanted = self.missing(link)
        typed = {path: fields.get(path, "").strip() for path in wanted}
        if found := problems(typed, self._clock().date()):
            raise FieldsError(found)
        self._users.merge(link.user_id, nested(typed), "widget")
        self._users.evaluate(link.user_id)
        self._users.touch(link.user_id)

    def identify(self, link: Link) -> CipTicket:
        """Return the running identity check, or begin one; a failed one may be repeated.

        Raises StepMissingError while data is missing.
        """
        self._links.check_open(link)
        if self.missing(link):
            raise StepMissingError("data")
        ticket = self._cip.newest(link)
        return ticket if ticket and ticket.status == "pending" else self._cip.create_ticket(link)

    def scan(self, link: Link) -> CipTicket:
        """Note that the document was photographed."""
        return self._cip.scan(self.identify(link))

    def prove_liveness(self, link: Link) -> CipTicket:
        """Note that the liveness test was done; after the scan it gives the verdict."""
        return self._cip.prove_liveness(self.identify(link))

    def payouts(self, link: Link) -> list[PayoutMethod]:
        """Return the payout methods to choose from: the one that the partner gave, else all."""
        given = self._wallet.payout_of(link) if self._wallet.is_payout_given(link) else None
        return [given] if given else self._wallet.payouts(link.user_id)

    def add_payout(self, link: Link, method: JsonObject) -> PayoutMethod:
        """Save and use a checked `paymentMethod`. Raises InvalidRequestError if it is given."""
        self._links.check_open(link)
        self._check_payout_is_open(link)
        added = self._wallet.add_payout(link.user_id, method)
        self._wallet.choose_payout(link, added.payout_id)
        return added

    def choose_payout(self, link: Link, payout_id: str) -> None:
        """Use one of the person's payout methods."""
        self._links.check_open(link)
        self._check_payout_is_open(link)
        self._wallet.choose_payout(link, payout_id)

    def cards(self, link: Link) -> list[Card]:
        """Return the cards that the person can pay with."""
        return self._wallet.cards(link.user_id)

    def add_card(self, link: Link, *, token: str, brand: str, last_four: str) -> Card:
        """Save and use a card by its vault token. Raises InvalidRequestError for a wrong token."""
        self._links.check_open(link)
        card = self._wallet.add_card(link.user_id, token=token, brand=brand, last_four=last_four)
        self._wallet.choose_card(link, card.card_id)
        return card

    def choose_card(self, link: Link, card_id: str) -> None:
        """Pay with one of the person's cards."""
        self._links.check_open(link)
        self._wallet.choose_card(link, card_id)

    def approve(self, link: Link, amount: JsonObject) -> Operation:
        """Make the transfer; `amount` as in reference/m2m.md 3.3.

        Raises LinkGoneError, UserBlockedError, or StepMissingError for a step that is not done.
        """
        link = self._links.get(link.link_id)
        self._links.check_open(link)
        _check_is_transfer(link)
        if self._users.get(link.user_id).blocked:
            raise UserBlockedError
        step = self.where(link)
        payout, card = self._wallet.payout_of(link), self._wallet.card_of(link)
        if step != "review" or payout is None or card is None:
            raise StepMissingError(_as_step(step))
        return self._operations.create(
            link,
            amount=amount,
            funding={"type": "card", "last4": card.last_four, "provider": card.brand},
            payout=summary(payout.method),
        )

    def cancel(self, link: Link, amount: JsonObject | None, reason: str = "") -> Operation:
        """Cancel, before the approval or until money moves. Raises RefusedError."""
        link = self._links.get(link.link_id)
        _check_is_transfer(link)
        return self._operations.cancel(link, amount=amount, reason=reason or None)

    def hurry(self, link: Link, typed: Mapping[str, str] = SAMPLE_ANSWERS) -> None:
        """Take every step up to the review with sample answers, for scripts.

        `typed` replaces some of the answers. Raises RefusedError when a check does not pass.
        """
        if self.missing(link):
            self.submit(link, {**SAMPLE_ANSWERS, **typed})
        if self.where(link) == "identity":
            self.scan(link)
            ticket = self.prove_liveness(link)
            if ticket.status != "verified":
                raise RefusedError(409, "INVALID_REQUEST", f"The identity check is {ticket.status}")
        if self.where(link) == "payout":
            self.add_payout(link, SAMPLE_PAYOUT)
        if self.where(self._links.get(link.link_id)) == "card":
            self.add_card(link, **SAMPLE_CARD)

    def _check_payout_is_open(self, link: Link) -> None:
        if self._wallet.is_payout_given(link):
            raise InvalidRequestError("The partner chose the payout method", status=409)


def _check_is_transfer(link: Link) -> None:
    if link.purpose:
        raise InvalidRequestError("The link is for no transfer", status=409)


def _as_step(where: Where) -> StepName:
    return "card" if where == "review" or where == "done" else where
