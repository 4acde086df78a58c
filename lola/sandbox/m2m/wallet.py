"""Payout methods and cards: what a user has, and what a link uses.

A card is a token from a vault. A text that could be a card number is refused from every caller, so
that this database can never hold one.
"""

import json
import re

from lola.domain.messages import JsonObject
from lola.sandbox.credentials import random_name
from lola.sandbox.m2m.errors import InvalidRequestError, UnknownResourceError
from lola.sandbox.m2m.rows import Card, Link, PayoutMethod
from lola.sandbox.m2m.user_data import PAYMENT_METHOD
from lola.sandbox.m2m.users import Users
from lola.sandbox.store import Database

TOKEN = re.compile(r"tok_[A-Za-z0-9_]{8,120}")
LAST_FOUR = re.compile(r"[0-9]{4}")
BRAND = re.compile(r"[A-Za-z ]{2,30}")
CARD_DIGITS = re.compile(r"[0-9]{12,19}")


class Wallet:
    """The payout methods and cards of all users."""

    def __init__(self, database: Database, users: Users) -> None:
        self._database = database
        self._users = users

    def payouts(self, user_id: str) -> list[PayoutMethod]:
        """Return a user's payout methods, oldest first."""
        rows = self._database.all(
            "SELECT * FROM payout_methods WHERE user_id = ? ORDER BY rowid", user_id
        )
        return [PayoutMethod.of(row) for row in rows]

    def add_payout(self, user_id: str, method: JsonObject) -> PayoutMethod:
        """Save a checked `paymentMethod` and return it; a known one is returned as it is."""
        body = json.dumps(method, sort_keys=True)
        self._database.run(
            "INSERT INTO payout_methods VALUES (?, ?, ?) ON CONFLICT (user_id, method) DO NOTHING",
            f"pm_{random_name(12)}",
            user_id,
            body,
        )
        row = self._database.one(
            "SELECT * FROM payout_methods WHERE user_id = ? AND method = ?", user_id, body
        )
        if row is None:
            raise UnknownResourceError
        return PayoutMethod.of(row)

    def payout_of(self, link: Link) -> PayoutMethod | None:
        """Return the link's payout method: the partner's if it gave one, else the user's choice."""
        if self.is_payout_given(link):
            return self.add_payout(link.user_id, self._users.fields(link.user_id)[PAYMENT_METHOD])
        return next(
            (one for one in self.payouts(link.user_id) if one.payout_id == link.payout_id), None
        )

    def is_payout_given(self, link: Link) -> bool:
        """Return whether the partner gave the payout method; the user is not asked then (5.1)."""
        return PAYMENT_METHOD in self._users.sources(link.user_id)

    def choose_payout(self, link: Link, payout_id: str) -> None:
        """Use one of the user's payout methods. Raises UnknownResourceError for any other."""
        if payout_id not in {one.payout_id for one in self.payouts(link.user_id)}:
            raise UnknownResourceError
        self._database.run(
            "UPDATE links SET payout_id = ? WHERE link_id = ?", payout_id, link.link_id
        )

    def cards(self, user_id: str) -> list[Card]:
        """Return a user's cards, oldest first."""
        rows = self._database.all("SELECT * FROM cards WHERE user_id = ? ORDER BY rowid", user_id)
        return [Card.of(row) for row in rows]

    def add_card(self, user_id: str, *, token: str, brand: str, last_four: str) -> Card:
        """Save a card by its vault token. Raises InvalidRequestError for an invalid token."""
        if not TOKEN.fullmatch(token) or CARD_DIGITS.search(token):
            raise InvalidRequestError("The token field is invalid")
        if not (BRAND.fullmatch(brand) and LAST_FOUR.fullmatch(last_four)):
            raise InvalidRequestError("The card field is invalid")
        self._database.run(
            "INSERT INTO cards VALUES (?, ?, ?, ?, ?) ON CONFLICT (user_id, token) DO NOTHING",
            f"card_{random_name(12)}",
            user_id,
            token,
            brand,
            last_four,
        )
        return next(card for card in self.cards(user_id) if card.token == token)

    def card_of(self, link: Link) -> Card | None:
        """Return the card that pays for the link's transfer."""
        return next((one for one in self.cards(link.user_id) if one.card_id == link.card_id), None)

    def choose_card(self, link: Link, card_id: str) -> None:
        """Use one of the user's cards. Raises UnknownResourceError for any other."""
        if card_id not in {one.card_id for one in self.cards(link.user_id)}:
            raise UnknownResourceError
        self._database.run("UPDATE links SET card_id = ? WHERE link_id = ?", card_id, link.link_id)
