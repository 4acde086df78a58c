"""The client of PayHub, the bank's backend, which speaks RaaS (reference/raas.md 5, 7.1 and 8.5).

Implements `IdentityService` and `Remittances` of `lola.partners.remittances`. Its responses are
checked as untrusted input: figures that do not add up are an outage, not a quote.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import aiohttp

from lola.domain.clock import Clock
from lola.domain.identity import ContextUser, PaymentMethod
from lola.domain.transfer import PayoutMethod, Quote
from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.partners.bank_accounts import check_account
from lola.partners.http import PLAIN, Transport
from lola.partners.payhub.errors import (
    ACCOUNT_REFUSED,
    NO_PAYMENT_METHOD,
    NO_SUCH_SENDER,
    PARTNER,
    identity_outage,
)
from lola.partners.payhub.requests import PayhubRequests
from lola.partners.payhub.responses.corridors import (
    ACCOUNT_CHECK,
    BRANCHES,
    CORRIDORS,
    INSTITUTIONS,
    group_corridors,
)
from lola.partners.payhub.responses.funding import CONTACTS, SOURCES, SourceBody
from lola.partners.payhub.responses.identity import CIP, PROFILE, ProfileBody
from lola.partners.payhub.responses.payout_types import PAYOUT_TYPES
from lola.partners.payhub.responses.quotes import QUOTE
from lola.partners.remittances import Bank, Branch, Corridor, Payer, SavedRecipient, Validation
from lola.text.person_names import person_name

OPERATION = "SendFunds"
UNKNOWN_BANK = "unknown_bank"
PARALLEL_LOOK_UPS = 5


class PayhubClient:
    """Identity and remittances of one bank. `timeout` is in seconds per call."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: str,
        timeout: float,
        clock: Clock,
        source_country: str = "US",
        source_currency: str = "USD",
        transport: Transport = PLAIN,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._requests = PayhubRequests(
            http,
            base_url=base_url,
            api_key=api_key,
            timeout=timeout,
            transport=transport,
            sleep=sleep,
        )
        self._clock = clock
        self._source_country = source_country
        self._source_currency = source_currency
        self._look_ups = asyncio.Semaphore(PARALLEL_LOOK_UPS)

    async def find_sender(self, phone: str) -> ContextUser | None:
        """Return the sender, or None for a 404 whose code says that there is none.

        Any other 404 comes from something in between and is an outage (reference/lola.md 20.3).
        """
        profile = await self._profile(phone)
        if profile is None:
            return None
        try:
            cip, methods = await _gather(
                self._requests.send("cip", CIP, path={"phone": phone}),
                self.payment_methods(profile.id),
            )
        except PartnerRefusedError as error:
            raise identity_outage(error) from None
        if cip.verdict is None:
            raise PartnerUnavailableError(PARTNER, "the CIP process has no status")
        return ContextUser(
            user_id=profile.id,
            first_name=person_name(profile.first_name or ""),
            last_name=person_name(profile.last_name or ""),
            phone=profile.phone_number or phone,
            verdict=cip.verdict,
            is_blocked=cip.verdict == "blocked",
            next_step=cip.next_step,
            country=profile.country_code or "",
            payment_methods=methods,
        )

    async def user_data(
        self,
        phone: str,
        fields: Sequence[str],  # noqa: ARG002 - the whole profile is read; the caller filters it
    ) -> Mapping[str, str] | None:
        """Return the bank's profile of a sender by the paths of reference/m2m.md 6.4."""
        profile = await self._profile(phone)
        return profile.to_user_data() if profile else None

    async def corridors(self) -> tuple[Corridor, ...]:
        """Return every active corridor from the source country."""
        query = {"sourceCountry": self._source_country, "operationType": OPERATION}
        return group_corridors(await self._requests.send("corridors", CORRIDORS, query=query))

    async def payers(self, country: str) -> tuple[Payer, ...]:
        """Return the cash payers of a country."""
        found = await self._requests.send("payers", INSTITUTIONS, query={"country": country})
        return tuple(row.to_payer() for row in found)

    async def branches(self, country: str) -> tuple[Branch, ...]:
        """Return the branches where the cash payers of a country pay out."""
        found = await self._requests.send("branches", BRANCHES, query={"country": country})
        return tuple(row.to_branch() for row in found)

    async def banks(self, country: str) -> tuple[Bank, ...]:
        """Return the banks of a country with their national codes."""
        found = await self._requests.send("banks", INSTITUTIONS, query={"country": country})
        return tuple(row.to_bank() for row in found)

    async def quote(
        self, *, country: str, payout_method: PayoutMethod, amount: Decimal, currency: str
    ) -> Quote:
        """Price a transfer. Raises PartnerRefusedError with RaaS's `reason` if not executable."""
        body = {
            "amount": amount,
            "currency": currency,
            "isSenderAmount": currency == self._source_currency,
            "operationType": OPERATION,
            "sourceCountry": self._source_country,
            "sourceCurrency": self._source_currency,
            "destinationCountry": country,
            "destinationPaymentMethod": {"type": PAYOUT_TYPES[payout_method], "country": country},
        }
        found = await self._requests.send("quote", QUOTE, body=body)
        if not found.is_executable:
            raise PartnerRefusedError(
                PARTNER, "the quote is not executable", partner_code=found.reason, status=200
            )
        found.check_figures(source_currency=self._source_currency, currency=currency, amount=amount)
        return found.to_quote(country=country, payout_method=payout_method, now=self._clock())

    async def validate_account(self, country: str, account: str) -> Validation:
        """Check an account, its check digits first: a wrong number never leaves the service."""
        checked = check_account(country, account)
        if not checked.valid:
            return checked
        body = {"number": checked.canonical, "country": country}
        try:
            found = await self._requests.send("validate_account", ACCOUNT_CHECK, body=body)
        except PartnerRefusedError as error:
            if error.partner_code not in ACCOUNT_REFUSED:
                raise
            return Validation(valid=False, reason="refused")
        # The check digit decides: a bank that the backend cannot name makes no number wrong.
        if not found.valid and found.reason != UNKNOWN_BANK:
            return Validation(valid=False, reason=found.reason or "refused")
        return Validation(valid=True, canonical=checked.canonical, bank_name=found.bank_name or "")

    async def recipients(self, user_id: str) -> tuple[SavedRecipient, ...]:
        """Return the sender's contacts, each with where they were paid last."""
        contacts = await self._requests.send("contacts", CONTACTS, path={"user": user_id})
        sources = await _gather(*(self._source_of(user_id, row.phone) for row in contacts))
        return tuple(
            contact.to_recipient(source) for contact, source in zip(contacts, sources, strict=True)
        )

    async def account_on_file(self, user_id: str, recipient_id: str) -> str:
        """Return the account that one of the sender's contacts was paid to last, or empty."""
        contacts = await self._requests.send("contacts", CONTACTS, path={"user": user_id})
        for contact in contacts:
            if recipient_id == (contact.id or contact.phone):
                source = await self._source_of(user_id, contact.phone)
                return (source and source.account_number) or ""
        return ""

    async def payment_methods(self, user_id: str) -> tuple[PaymentMethod, ...]:
        """Return the sender's usable ways to pay, as display names."""
        query = {"sourceCountry": self._source_country}
        found = await self._requests.send(
            "payment_methods", SOURCES, path={"user": user_id}, query=query
        )
        return tuple(row.to_payment_method() for row in found if row.is_usable)

    async def _profile(self, phone: str) -> ProfileBody | None:
        try:
            return await self._requests.send("profile", PROFILE, path={"phone": phone})
        except PartnerRefusedError as error:
            if error.status == 404 and error.partner_code in NO_SUCH_SENDER:
                return None
            raise identity_outage(error) from None

    async def _source_of(self, user_id: str, phone: str) -> SourceBody | None:
        try:
            async with self._look_ups:
                found = await self._requests.send(
                    "contact_source",
                    SOURCES,
                    path={"user": user_id},
                    query={"destinationPhone": phone},
                )
        except PartnerRefusedError as error:
            if error.partner_code == NO_PAYMENT_METHOD:
                return None
            raise
        return next((row for row in found if row.is_usable), None)


async def _gather(*calls: Awaitable[Any]) -> list[Any]:
    """Return all results. Every call has ended before the first error is raised."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
