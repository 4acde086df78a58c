"""The published calls of RaaS and of its session-link widget (reference/raas.md 5 and 6).

One method per call, with checked bodies both ways; it has no state and decides nothing. The ports
of the service are implemented in `lola.partners.payhub.client` and `records_client`.
"""

from collections.abc import Mapping

from lola.errors import PartnerRefusedError
from lola.partners.payhub import bodies
from lola.partners.payhub.errors import NO_OPERATION
from lola.partners.payhub.requests import PayhubRequests
from lola.partners.payhub.responses import funding, identity, operations

POLL_ATTEMPTS = 10
POLL_PAUSE = 1.0


class PayhubApi:
    """The calls of one bank's RaaS account. Every method raises PartnerError.

    `user` is the `userId` that the registration returns; RaaS calls it userToken in paths.
    """

    def __init__(self, requests: PayhubRequests) -> None:
        self._requests = requests

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scopes of the key; None when they are not known."""
        return self._requests.scopes

    async def user_token(
        self, *, phone: str = "", email: str = "", country: str = ""
    ) -> identity.UserTokenBody:
        """Return the id and the registration's status; of two aliases RaaS takes the e-mail."""
        given = {"phoneNumber": phone, "email": email, "countryCode": country}
        body = {name: value for name, value in given.items() if value}
        return await self._requests.send("user_token", identity.USER_TOKEN, body=body)

    async def register(self, person: bodies.Registration) -> identity.UserTokenBody:
        """Begin a registration; it goes on in the background (`settled`)."""
        body = person.to_json()
        return await self._requests.send("register", identity.USER_TOKEN, body=body)

    async def settled(
        self, *, phone: str, attempts: int = POLL_ATTEMPTS, pause: float = POLL_PAUSE
    ) -> identity.UserTokenBody:
        """Ask until a registration has ended; after the last attempt return it as it is."""
        found = await self.user_token(phone=phone)
        for _ in range(attempts - 1):
            if found.is_settled:
                break
            await self._requests.sleep(pause)
            found = await self.user_token(phone=phone)
        return found

    async def session_link(
        self, person: bodies.SessionLinkRequest
    ) -> identity.SessionLinkBody | None:
        """Return a link with a session of a new user, or None when there is nothing to open."""
        body = person.to_json()
        return await self._requests.send("session_link", identity.SESSION_LINK, body=body)

    async def session_link_of(self, user: str) -> identity.SessionLinkBody | None:
        """Return a link with a session of a known user, or None when there is nothing to open."""
        return await self._requests.send(
            "session_link_of", identity.SESSION_LINK, path={"user": user}
        )

    async def link_session(self, token: str) -> identity.LinkSessionBody:
        """Return the session of a link's token, as the widget's page does; it needs no key."""
        body = {"token": token}
        return await self._requests.send("link_session", identity.LINK_SESSION, body=body)

    async def profile(self, phone_or_email: str) -> identity.ProfileBody:
        """Return a user's profile."""
        path = {"alias": phone_or_email}
        return await self._requests.send("profile", identity.PROFILE, path=path)

    async def update_profile(self, phone_or_email: str, changes: bodies.ProfileChanges) -> None:
        """Change a user's profile."""
        path, body = {"alias": phone_or_email}, changes.to_json()
        await self._requests.send("update_profile", operations.ANYTHING, path=path, body=body)

    async def contacts(self, user: str) -> list[funding.ContactBody]:
        """Return the saved people of a user."""
        return await self._requests.send("contacts", funding.CONTACTS, path={"user": user})

    async def add_contact(self, user: str, contact: bodies.NewContact) -> None:
        """Save a person; a number that is saved already is refused."""
        path, body = {"user": user}, contact.to_json()
        await self._requests.send("add_contact", operations.ANYTHING, path=path, body=body)

    async def update_contact(self, user: str, changes: bodies.ContactChanges) -> None:
        """Change the person with this number; an unknown number is an outage, as RaaS says 500."""
        path, body = {"user": user}, changes.to_json()
        await self._requests.send("update_contact", operations.ANYTHING, path=path, body=body)

    async def frequent_contacts(self, user: str, limit: int) -> list[funding.ContactBody]:
        """Return the people of the user's newest operations. Raises ValueError for no limit."""
        if limit <= 0:
            raise ValueError("the limit must be above 0")
        path = {"user": user, "limit": str(limit)}
        return await self._requests.send("frequent_contacts", funding.CONTACTS, path=path)

    async def method_types(self, user: str) -> list[str]:
        """Return the types of methods by which the user can be paid."""
        return await self._requests.send("method_types", funding.METHOD_TYPES, path={"user": user})

    async def receiving_methods(
        self, user: str, *, source_country: str = "", destination_country: str = ""
    ) -> list[funding.PayoutBody]:
        """Return the user's methods to be paid by, of one corridor if it is given."""
        given = {"sourceCountry": source_country, "destinationCountry": destination_country}
        return await self._requests.send(
            "receiving_methods", funding.PAYOUTS, path={"user": user}, query=_given(given)
        )

    async def add_card(self, user: str, card: bodies.NewCard) -> funding.AddedMethodBody:
        """Add a card; a number that is known returns the method that is there."""
        path, body = {"user": user}, card.to_json()
        return await self._requests.send("add_card", funding.ADDED_METHOD, path=path, body=body)

    async def payment_method(self, user: str, method_id: str) -> funding.PayoutBody:
        """Return one payment method of a user."""
        path, query = {"user": user}, {"id": method_id}
        return await self._requests.send("payment_method", funding.PAYOUT, path=path, query=query)

    async def add_ubn(self, user: str, account: bodies.NewUbn) -> funding.AddedMethodBody:
        """Add a bank account by its universal number."""
        path, body = {"user": user}, account.to_json()
        return await self._requests.send("add_ubn", funding.ADDED_METHOD, path=path, body=body)

    async def request_money(
        self, user: str, request: bodies.MoneyRequestBody
    ) -> operations.OperationBody:
        """Ask a saved person for money on behalf of the user."""
        path, body = {"user": user}, request.to_json()
        return await self._requests.send(
            "request_money", operations.OPERATION, path=path, body=body
        )

    async def request_money_full(
        self, requester: bodies.Registration, request: bodies.FullRequest
    ) -> operations.AcceptedBody:
        """Register the requester and ask for money in one call; the outcome is a webhook."""
        body = {"requester": requester.to_json(), "request": request.to_json()}
        return await self._requests.send("request_money_full", operations.ACCEPTED, body=body)

    async def operation_status(self, user: str, correlation_id: str) -> str:
        """Return the status of an operation, also one that we do not know."""
        path = {"user": user, "id": correlation_id}
        return await self._requests.send("operation_status", operations.STATUS, path=path)

    async def operation(self, correlation_id: str) -> operations.OperationBody | None:
        """Return an operation, or None: RaaS answers 500 for it (reference/raas.md 5.15)."""
        path = {"id": correlation_id}
        try:
            return await self._requests.send("operation", operations.OPERATION, path=path)
        except PartnerRefusedError as error:
            if error.partner_code != NO_OPERATION:
                raise
            return None

    async def operations(self, user: str, *, to_phone: str = "") -> list[operations.OperationBody]:
        """Return a user's operations, with one person if a number is given."""
        query = _given({"toPhoneNumber": to_phone})
        return await self._requests.send(
            "operations", operations.OPERATIONS, path={"user": user}, query=query
        )


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
