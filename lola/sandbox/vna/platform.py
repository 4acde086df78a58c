"""Plays the remittance platform towards a VNA partner server, by the documented rules.

`lola vna try` and the tests drive a server with it (reference/vna.md 3, 4, 8). The cents of an
amount make trouble on purpose: see `FAILS_LATER` and `LOSES_ANSWER`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

import aiohttp

from lola.partners.vna import contract
from lola.partners.vna.contract import PersonalData
from lola.sandbox.vna.calls import ContractViolationError, PartnerCalls, UnknownOutcomeError

FAILS_LATER: Final = Decimal("0.13")
"""An amount with these cents fails in the chain after the credit, so that it is reversed."""
LOSES_ANSWER: Final = Decimal("0.14")
"""The first answer to the credit of an amount with these cents is lost; it is sent again."""

_SECONDS: Final = 10.0

Outcome = Literal["credited", "refused", "reversed", "registering", "unknown", "violation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """The settings of the platform that change what it calls (reference/vna.md 3)."""

    account_creation: Literal["Dynamic", "OnDemand"] = "Dynamic"
    credit_response_type: Literal["Sync", "Async"] = "Sync"
    credit_status_query_repetitions_in_minutes: float = 1.0
    partner_prefix: str = "PRTN"
    most_polls: int = 10
    repeats: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Remittance:
    """Money on its way to a receiver."""

    sender: PersonalData
    receiver: PersonalData
    amount: Decimal
    currency: str = "USD"
    rate: Decimal = Decimal(1)


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of a remittance, and each call that was made for it."""

    outcome: Outcome = "unknown"
    words: str = ""
    account: str = ""
    display_name: str = ""
    credit: str = ""
    url: str = ""
    calls: list[str] = field(default_factory=list)


class VnaPlatform:
    """Sends remittances to one partner."""

    def __init__(
        self,
        calls: PartnerCalls,
        settings: PlatformSettings,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._calls = calls
        self._settings = settings
        self._sleep = sleep

    async def remit(self, remittance: Remittance) -> Result:
        """Run authorisation, credit and, where needed, polling and reversal."""
        result = Result()
        try:
            authorized = await self._authorize(remittance, result)
            if authorized is not None:
                await self._credit(remittance, authorized, result)
        except UnknownOutcomeError as error:
            result.outcome, result.words = "unknown", str(error)
        except ContractViolationError as error:
            result.outcome, result.words = "violation", str(error)
        return result

    async def _authorize(
        self, remittance: Remittance, result: Result
    ) -> contract.TxAuthorizationResponse | None:
        found = await self._ask(remittance, result)
        if not found.account_identifier:
            if not await self._register(remittance, result):
                return None
            found = await self._ask(remittance, result)
        result.account = found.account_identifier or ""
        result.display_name = found.display_name or self._fallback(result.account)
        if result.account and found.authorized:
            return found
        result.outcome = "refused"
        result.words = str(found.non_authorized_reason or "there is no account")
        return None

    async def _ask(
        self, remittance: Remittance, result: Result
    ) -> contract.TxAuthorizationResponse:
        result.calls.append("TxAuthorization")
        request = contract.TxAuthorizationRequest(
            sender_personal_data=remittance.sender,
            receiver_personal_data=remittance.receiver,
            amount=remittance.amount,
            currency=remittance.currency,
            exchange_rate=remittance.rate,
        )
        return await self._calls.call("TxAuthorization", request, contract.TxAuthorizationResponse)

    async def _register(self, remittance: Remittance, result: Result) -> bool:
        """Open the receiver's account; False when the receiver has to do it on a page."""
        if self._settings.account_creation == "OnDemand":
            result.calls.append("GetCreateAccountUrl")
            page = await self._calls.call(
                "GetCreateAccountUrl",
                contract.GetCreateAccountUrlRequest(personal_data=remittance.receiver),
                contract.GetCreateAccountUrlResponse,
            )
            result.outcome = "registering" if page.success else "refused"
            result.url, result.words = page.registration_url, page.response_description
            return False
        result.calls.append("CreateAccount")
        opened = await self._calls.call(
            "CreateAccount",
            contract.CreateAccountRequest(
                personal_data=remittance.receiver,
                amount=remittance.amount,
                currency=remittance.currency,
                exchange_rate=remittance.rate,
            ),
            contract.CreateAccountResponse,
        )
        if not opened.success:
            result.outcome, result.words = "refused", opened.response_description
        return opened.success

    async def _credit(
        self,
        remittance: Remittance,
        authorized: contract.TxAuthorizationResponse,
        result: Result,
    ) -> None:
        request = contract.CreditFundsRequest(
            account_identifier=result.account,
            auth_tracking_identifier=authorized.tracking_identifier,
        )
        answer = await self._sent_again(remittance, request, result)
        result.credit = answer.tracking_identifier
        if not answer.success:
            result.outcome, result.words = "refused", str(answer.non_credit_reason)
            return
        if not await self._is_final(result):
            return
        result.outcome = "credited"
        if remittance.amount % 1 == FAILS_LATER:
            await self._reverse(result)

    async def _sent_again(
        self, remittance: Remittance, request: contract.CreditFundsRequest, result: Result
    ) -> contract.CreditFundsResponse:
        """Send an authorised credit until there is an answer: the partner credits it once."""
        is_lost = remittance.amount % 1 == LOSES_ANSWER
        for attempt in range(1, self._settings.repeats + 1):
            result.calls.append("CreditFunds")
            try:
                answer = await self._calls.call(
                    "CreditFunds", request, contract.CreditFundsResponse
                )
            except UnknownOutcomeError:
                if attempt == self._settings.repeats:
                    raise
                continue
            if is_lost and attempt == 1:
                continue
            return answer
        raise UnknownOutcomeError("CreditFunds: no answer")

    async def _is_final(self, result: Result) -> bool:
        """Poll until an asynchronous credit has ended; False when it failed or is unknown."""
        if self._settings.credit_response_type == "Sync":
            return True
        reference = contract.GetCreditStatusRequest(
            account_identifier=result.account, credit_tracking_number=result.credit
        )
        for _ in range(self._settings.most_polls):
            await self._sleep(self._settings.credit_status_query_repetitions_in_minutes * 60)
            result.calls.append("GetCreditStatus")
            found = await self._calls.call(
                "GetCreditStatus", reference, contract.GetCreditStatusResponse
            )
            if found.credit_status == "Approved":
                return True
            if found.credit_status == "Failed":
                result.outcome, result.words = "refused", found.response_description or ""
                return False
        result.outcome, result.words = "unknown", "the credit is still in progress"
        return False

    async def _reverse(self, result: Result) -> None:
        result.calls.append("ReverseCreditFunds")
        answer = await self._calls.call(
            "ReverseCreditFunds",
            contract.ReverseCreditFundsRequest(
                account_identifier=result.account, credit_tracking_number=result.credit
            ),
            contract.ReverseCreditFundsResponse,
        )
        result.outcome = "reversed" if answer.success else "credited"
        result.words = answer.response_description or ""

    def _fallback(self, account: str) -> str:
        return f"{self._settings.partner_prefix}-{account[-4:]}" if account else ""


async def remit_once(
    url: str, headers: Mapping[str, str], settings: PlatformSettings, remittance: Remittance
) -> Result:
    """Send one remittance to the server at `url`."""
    async with aiohttp.ClientSession() as http:
        calls = PartnerCalls(http, url, headers, seconds=_SECONDS, reads_numbers=False)
        return await VnaPlatform(calls, settings).remit(remittance)
