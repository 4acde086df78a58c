"""The client of PayHub's record of one sender (reference/raas.md 5.4-5.6, 5.8, 5.12-5.16).

Implements `CustomerRecords`. A request for money carries an id of ours as `correlationId`, so that
a turn that runs twice makes one request.
"""

from lola.domain.messages import JsonObject
from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.partners.customer_records import (
    MoneyRequest,
    PastTransfer,
    Person,
    ReceivingAccount,
    RequestLink,
    SendingLimits,
)
from lola.partners.payhub.errors import (
    CORRELATION_ID_USED,
    NO_OPERATION,
    NO_PAYMENT_METHOD,
    PARTNER,
)
from lola.partners.payhub.requests import PayhubRequests
from lola.partners.payhub.responses.funding import SOURCES, SourceBody
from lola.partners.payhub.responses.operations import ANYTHING, LIMITS, OPERATION, OPERATIONS


class PayhubRecords:
    """The records of every sender of one bank."""

    def __init__(self, requests: PayhubRequests, *, source_currency: str = "USD") -> None:
        self._requests = requests
        self._source_currency = source_currency

    async def transfers(self, user_id: str) -> tuple[PastTransfer, ...]:
        """Return the sender's operations, newest first."""
        found = await self._requests.send("operations", OPERATIONS, path={"user": user_id})
        rows = (row.to_past_transfer(self._source_currency, user_id) for row in found)
        return tuple(sorted(rows, key=lambda row: row.created_at, reverse=True))

    async def limits(self, user_id: str) -> SendingLimits | None:
        """Return the figures of the sender's level; None when the bank names none."""
        found = await self._requests.send("limits", LIMITS, path={"user": user_id}, body={})
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
        await self._requests.send(name, ANYTHING, path={"user": user_id}, body=body)

    async def receiving_account(self, user_id: str) -> ReceivingAccount | None:
        """Return the primary one of the sender's usable accounts; a card is none."""
        found = await self._requests.send("receiving_methods", SOURCES, path={"user": user_id})
        accounts = [row.to_account() for row in sorted(found, key=_is_secondary) if row.is_usable]
        return next((account for account in accounts if account is not None), None)

    async def request_money(self, user_id: str, request: MoneyRequest) -> RequestLink:
        """Return the link of the request. A repeated id is looked up and makes no second one."""
        body: JsonObject = {
            "requestTo": request.phone,
            "correlationId": request.request_id,
            "recipientAmount": request.amount.amount,
            "recipientCurrency": request.amount.currency,
            "destinationPaymentMethodId": await self._receiving_method(user_id),
        }
        try:
            found = await self._requests.send(
                "request_money", OPERATION, path={"user": user_id}, body=body
            )
        except PartnerRefusedError as error:
            if error.partner_code not in CORRELATION_ID_USED:
                raise
            found = await self._requests.send(
                "operation", OPERATION, path={"id": request.request_id}
            )
        link = found.to_link()
        if not link.url.startswith(("https://", "http://")):
            raise PartnerUnavailableError(PARTNER, "the request came without a link")
        return link

    async def request(self, request_id: str) -> PastTransfer | None:
        """Return the operation of a request; RaaS answers 500 when there is none (5.15)."""
        try:
            found = await self._requests.send("operation", OPERATION, path={"id": request_id})
        except PartnerRefusedError as error:
            if error.partner_code != NO_OPERATION:
                raise
            return None
        return found.to_past_transfer(self._source_currency)

    async def _receiving_method(self, user_id: str) -> str:
        """Return the id of the primary one of the sender's usable receiving methods.

        Raises PartnerRefusedError when the sender has none.
        """
        found = await self._requests.send("receiving_methods", SOURCES, path={"user": user_id})
        usable = [row for row in found if row.is_usable and row.id]
        for row in sorted(usable, key=_is_secondary):
            return row.id or ""
        raise PartnerRefusedError(
            PARTNER,
            "the sender has no way to receive money",
            partner_code=NO_PAYMENT_METHOD,
            status=404,
        )


def _is_secondary(row: SourceBody) -> bool:
    return row.is_primary is not True
