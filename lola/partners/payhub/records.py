"""PayHub's record of one sender, in RaaS shapes (reference/raas.md 5.4-5.6, 5.8, 5.12-5.16).

Implements `CustomerRecords`. A request for money carries an id of ours as `correlationId`, so that
a turn that runs twice asks for the same one.
"""

from lola.domain.messages import JsonObject
from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.partners.payhub import records_wire as wire
from lola.partners.payhub import wire as raas
from lola.partners.payhub.calls import PARTNER, RaasCalls
from lola.partners.records import MoneyRequest, PastTransfer, Person, RequestLink, SendingLimits

ALREADY_USED = frozenset({"ERROR_CORRELATION_ID_ALREADY_USED"})
"""Inferred (reference/raas.md 15): the request exists, and its detail tells the link."""


class PayhubRecords:
    """The record of every sender of one bank."""

    def __init__(self, calls: RaasCalls, *, source_currency: str = "USD") -> None:
        self._calls = calls
        self._source_currency = source_currency

    async def transfers(self, user_id: str) -> tuple[PastTransfer, ...]:
        """Answer the sender's operations, newest first."""
        found = await self._calls.ask("operations", wire.OPERATIONS, path={"user": user_id})
        rows = (row.to_past_transfer(self._source_currency) for row in found)
        return tuple(sorted(rows, key=lambda row: row.created_at, reverse=True))

    async def limits(self, user_id: str) -> SendingLimits | None:
        """Answer the figures of the sender's level; None when the bank names none."""
        found = await self._calls.ask("limits", wire.LIMITS, path={"user": user_id}, body={})
        return found.to_limits(self._source_currency)

    async def save_recipient(self, user_id: str, person: Person, *, is_new: bool) -> None:
        """Create the contact, or update the one with this number."""
        body: JsonObject = {
            "firstName": person.first_name,
            "lastName": person.last_name,
            "phone": person.phone,
            "countryCode": person.country,
            **({"alias": person.alias} if person.alias else {}),
        }
        name = "add_contact" if is_new else "update_contact"
        await self._calls.ask(name, wire.ANYTHING, path={"user": user_id}, body=body)

    async def request_money(self, user_id: str, request: MoneyRequest) -> RequestLink:
        """Answer the link of the request; a repeated id is looked up, not asked for again."""
        body: JsonObject = {
            "requestTo": request.phone,
            "correlationId": request.request_id,
            "recipientAmount": request.amount.amount,
            "recipientCurrency": request.amount.currency,
            "destinationPaymentMethodId": await self._receiving_method(user_id),
        }
        try:
            found = await self._calls.ask(
                "request_money", wire.OPERATION, path={"user": user_id}, body=body
            )
        except PartnerRefusedError as error:
            if error.partner_code not in ALREADY_USED:
                raise
            found = await self._calls.ask(
                "operation", wire.OPERATION, path={"id": request.request_id}
            )
        link = found.to_link()
        if not link.url.startswith(("https://", "http://")):
            raise PartnerUnavailableError(PARTNER, "the request came without a link")
        return link

    async def _receiving_method(self, user_id: str) -> str:
        """Answer where the money lands: the primary of the sender's usable methods.

        Raises PartnerRefusedError when the sender has none.
        """
        found = await self._calls.ask("receiving_methods", raas.SOURCES, path={"user": user_id})
        usable = [row for row in found if row.is_usable and row.id]
        for row in sorted(usable, key=lambda row: row.is_primary is not True):
            return row.id or ""
        raise PartnerRefusedError(
            PARTNER,
            "the sender has no way to receive money",
            partner_code="ERROR_PAYMENT_METHOD_NOT_FOUND",
            status=404,
        )
