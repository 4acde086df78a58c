"""PayHub, the bank's own backend, spoken to in RaaS shapes (reference/raas.md 5, 7.1 and 8.5).

Implements both ports of `lola.partners.remittances`. What it answers is checked as if it were
hostile: figures that do not add up or do not fit the question are an outage, not a quote.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import aiohttp

from lola.domain.clock import Clock
from lola.domain.identity import ContextUser, PaymentMethod
from lola.domain.transfer import Money, PayoutMethod, Quote
from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.partners.accounts import check_account
from lola.partners.payhub import wire as raas
from lola.partners.payhub.calls import PARTNER, RaasCalls
from lola.partners.payhub.wire import NO_SUCH_SENDER, PAYOUT_TYPES, minor_unit
from lola.partners.remittances import (
    Bank,
    Branch,
    Corridor,
    Payer,
    SavedRecipient,
    Validation,
)

OPERATION = "SendFunds"
PARALLEL_LOOK_UPS = 5
NO_SUCH_SOURCE = frozenset({"ERROR_PAYMENT_METHOD_NOT_FOUND"})
ACCOUNT_REFUSED = frozenset({"UBN_VALIDATION_ERROR"})


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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._calls = RaasCalls(
            http, base_url=base_url, api_key=api_key, timeout=timeout, sleep=sleep
        )
        self._clock = clock
        self._source_country = source_country
        self._source_currency = source_currency
        self._look_ups = asyncio.Semaphore(PARALLEL_LOOK_UPS)

    async def find_sender(self, phone: str) -> ContextUser | None:
        """Answer the sender, or None for a 404 that says in so many words that there is none.

        Every other 404 comes from something in between and is an outage (reference/lola.md 20.3).
        """
        profile = await self._profile(phone)
        if profile is None:
            return None
        try:
            cip, methods = await _together(
                self._calls.ask("cip", raas.CIP, path={"phone": phone}),
                self.payment_methods(profile.id),
            )
        except PartnerRefusedError as error:
            raise _outage(error) from None
        if cip.verdict is None:
            raise PartnerUnavailableError(PARTNER, "the CIP process has no status")
        return ContextUser(
            user_id=profile.id,
            first_name=profile.first_name or "",
            last_name=profile.last_name or "",
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
        fields: Sequence[str],  # noqa: ARG002 - the profile is read whole; the caller takes its part
    ) -> Mapping[str, str] | None:
        """Answer what the bank's profile of a sender says, by the paths of reference/m2m.md 6.4."""
        profile = await self._profile(phone)
        return profile.to_user_data() if profile else None

    async def corridors(self) -> tuple[Corridor, ...]:
        """Answer every active corridor from the source country."""
        query = {"sourceCountry": self._source_country, "operationType": OPERATION}
        return raas.group_corridors(await self._calls.ask("corridors", raas.CORRIDORS, query=query))

    async def payers(self, country: str) -> tuple[Payer, ...]:
        """Answer the cash operators of a country."""
        found = await self._calls.ask("payers", raas.INSTITUTIONS, query={"country": country})
        return tuple(Payer(id=row.id, name=row.name, country=row.country) for row in found)

    async def branches(self, country: str) -> tuple[Branch, ...]:
        """Answer the counters where the cash operators of a country pay out."""
        found = await self._calls.ask("branches", raas.BRANCHES, query={"country": country})
        return tuple(row.to_branch() for row in found)

    async def banks(self, country: str) -> tuple[Bank, ...]:
        """Answer the banks of a country with their national codes."""
        found = await self._calls.ask("banks", raas.INSTITUTIONS, query={"country": country})
        return tuple(
            Bank(id=row.id, name=row.name, country=row.country, code=row.code or "")
            for row in found
        )

    async def quote(
        self, *, country: str, payout_method: PayoutMethod, amount: Decimal, currency: str
    ) -> Quote:
        """Price a transfer. Not executable: PartnerRefusedError with RaaS's own `reason`."""
        is_sent = currency == self._source_currency
        body = {
            "amount": amount,
            "currency": currency,
            "isSenderAmount": is_sent,
            "operationType": OPERATION,
            "sourceCountry": self._source_country,
            "sourceCurrency": self._source_currency,
            "destinationCountry": country,
            "destinationPaymentMethod": {"type": PAYOUT_TYPES[payout_method], "country": country},
        }
        found = await self._calls.ask("quote", raas.QUOTE, body=body)
        if not found.is_executable:
            raise PartnerRefusedError(
                PARTNER, "the quote is not executable", partner_code=found.reason, status=200
            )
        _check_figures(found, self._source_currency, currency, amount)
        return self._to_quote(found, country, payout_method)

    async def validate_account(self, country: str, account: str) -> Validation:
        """Check digits here first: a number that cannot be right never leaves the service."""
        checked = check_account(country, account)
        if not checked.valid:
            return checked
        body = {"number": checked.canonical, "country": country}
        try:
            found = await self._calls.ask("validate_account", raas.VALIDATION, body=body)
        except PartnerRefusedError as error:
            if error.partner_code not in ACCOUNT_REFUSED:
                raise
            return Validation(valid=False, reason="refused")
        if not found.valid:
            return Validation(valid=False, reason=found.reason or "refused")
        return Validation(valid=True, canonical=checked.canonical, bank_name=found.bank_name or "")

    async def recipients(self, user_id: str) -> tuple[SavedRecipient, ...]:
        """Answer the sender's contacts, each with where they were paid last."""
        contacts = await self._calls.ask("contacts", raas.CONTACTS, path={"user": user_id})
        sources = await _together(*(self._source_of(user_id, row.phone) for row in contacts))
        return tuple(
            contact.to_recipient(source) for contact, source in zip(contacts, sources, strict=True)
        )

    async def payment_methods(self, user_id: str) -> tuple[PaymentMethod, ...]:
        """Answer the usable ways to pay, as display names."""
        query = {"sourceCountry": self._source_country}
        found = await self._calls.ask(
            "payment_methods", raas.SOURCES, path={"user": user_id}, query=query
        )
        return tuple(row.to_payment_method() for row in found if row.is_usable)

    async def _profile(self, phone: str) -> raas.Profile | None:
        try:
            return await self._calls.ask("profile", raas.PROFILE, path={"phone": phone})
        except PartnerRefusedError as error:
            if error.status == 404 and error.partner_code in NO_SUCH_SENDER:
                return None
            raise _outage(error) from None

    async def _source_of(self, user_id: str, phone: str) -> raas.Source | None:
        try:
            async with self._look_ups:
                found = await self._calls.ask(
                    "contact_source",
                    raas.SOURCES,
                    path={"user": user_id},
                    query={"destinationPhone": phone},
                )
        except PartnerRefusedError as error:
            if error.partner_code in NO_SUCH_SOURCE:
                return None
            raise
        return next((row for row in found if row.is_usable), None)

    def _to_quote(self, found: raas.QuoteBody, country: str, payout_method: PayoutMethod) -> Quote:
        source = found.source_currency
        return Quote(
            id=found.id or "",
            country=country,
            payout_method=payout_method,
            send=_money(found.source_amount, source),
            fee=_money(found.fees, source),
            total=_money(found.source_amount + found.fees, source),
            receive=_money(found.destination_amount, found.destination_currency),
            rate=found.exchange_rate,
            expires_at=self._clock() + timedelta(minutes=float(found.valid_time_in_minutes)),
        )


def _money(amount: Decimal, currency: str) -> Money:
    """Write an amount in the currency's minor unit; one that has finer parts is no amount."""
    exact = amount.quantize(minor_unit(currency))
    if exact != amount:
        raise PartnerUnavailableError(PARTNER, "the figures of a quote are finer than money")
    return Money(amount=exact, currency=currency)


async def _together(*calls: Awaitable[Any]) -> list[Any]:
    """Answer all results; every call is over before the first error is raised."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def _outage(error: PartnerRefusedError) -> PartnerUnavailableError:
    return PartnerUnavailableError(PARTNER, f"identity refused with {error.partner_code}")


def _check_figures(found: raas.QuoteBody, source: str, currency: str, amount: Decimal) -> None:
    """Raise PartnerUnavailableError unless the figures fit the question and each other."""
    asked = found.source_amount if currency == source else found.destination_amount
    asked_currency = source if currency == source else found.destination_currency
    fits = (
        found.source_currency == source
        and asked_currency == currency
        and asked == amount
        and found.source_amount > 0
        and found.destination_amount > 0
        and found.exchange_rate > 0
        and found.fees >= 0
        and found.total_amount in {None, found.source_amount + found.fees}
    )
    if not fits:
        raise PartnerUnavailableError(PARTNER, "the figures of a quote do not fit")
