"""The six calls of the VNA partner server (reference/vna.md 6).

A call is authenticated before its body is read. A refusal in the business sense is 200 with a
reason; 400 names the field that breaks the contract; 503 says that the outcome is unknown and the
call should be repeated, which is safe for each of them.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

import structlog
from aiohttp import hdrs, web

from lola.domain.clock import Clock
from lola.errors import BookUnavailableError
from lola.partners.vna import contract
from lola.partners.vna.authentication import Authenticator
from lola.partners.vna.book import Account, AccountBook, AuthorizationOrder, CreditOrder, Sum, Usage
from lola.partners.vna.contract import PersonalData, Reason, Wire
from lola.partners.vna.identity import Identities
from lola.partners.vna.reading import UnreadableError, read
from lola.partners.vna.registration import RegistrationPages
from lola.partners.vna.rules import Rules, Transfer
from lola.telemetry import names

log = structlog.get_logger(__name__)

Request = TypeVar("Request", bound=Wire)

_ID_BYTES = 12
_UNKNOWN_CREDIT = "This account has no credit with this number."


class Screen(Protocol):
    """A bank's own check of both people, such as sanction lists. VNA_SCREEN names it."""

    async def check(self, sender: PersonalData, receiver: PersonalData, amount: Sum) -> Reason:
        """Return why not, or `Reason.NONE`. An error is answered with 500 and decides nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the bank runs the calls; docs/vna.md has the settings."""

    display_prefix: str
    is_async: bool
    requires_authorization: bool
    authorization_age: timedelta | None
    reversals: bool
    names_non_reverse_reason: bool


class VnaServer:
    """Serves the calls over an account book. `on_moved` runs after each that may move money."""

    def __init__(
        self,
        *,
        book: AccountBook,
        rules: Rules,
        identities: Identities,
        pages: RegistrationPages,
        authenticator: Authenticator,
        screen: Screen | None,
        options: Options,
        clock: Clock,
        on_moved: Callable[[], None],
    ) -> None:
        self._book = book
        self._rules = rules
        self._identities = identities
        self._pages = pages
        self._authenticator = authenticator
        self._screen = screen
        self._options = options
        self._clock = clock
        self._on_moved = on_moved

    def application(self) -> web.Application:
        """Build the routes; the caller puts them below VNA_PATH."""
        app = web.Application()
        app.add_routes(
            [
                self._route("CreateAccount", contract.CreateAccountRequest, self.create_account),
                self._route(
                    "GetCreateAccountUrl",
                    contract.GetCreateAccountUrlRequest,
                    self.get_create_account_url,
                ),
                self._route("TxAuthorization", contract.TxAuthorizationRequest, self.authorize),
                self._route("CreditFunds", contract.CreditFundsRequest, self.credit_funds),
                self._route(
                    "GetCreditStatus", contract.GetCreditStatusRequest, self.get_credit_status
                ),
                self._route("ReverseCreditFunds", contract.ReverseCreditFundsRequest, self.reverse),
            ]
        )
        return app

    def _route(
        self,
        name: str,
        model: type[Request],
        call: Callable[[Request], Awaitable[tuple[Wire, Reason]]],
    ) -> web.RouteDef:
        async def handle(request: web.Request) -> web.Response:
            if not await self._authenticator.allows(request):
                log.warning(names.VNA_REFUSED, call=name, status=401)
                return _error(401, [("", "the caller is not known")])
            try:
                response, reason = await call(await read(request, model))
            except UnreadableError as error:
                log.warning(names.VNA_REFUSED, call=name, status=400, fields=_fields(error))
                return _error(400, error.problems)
            except BookUnavailableError as error:
                log.error(names.VNA_BOOK_UNAVAILABLE, call=name, reason=error.reason)
                return _error(503, [("", "not possible right now; please repeat the call")])
            log.info(names.VNA_CALLED, call=name, reason=reason.value)
            return web.json_response(response.to_json())

        return web.post(f"/{name}", handle)

    async def create_account(
        self, request: contract.CreateAccountRequest
    ) -> tuple[contract.CreateAccountResponse, Reason]:
        """Open an account, or return the one that the person has."""
        person, currency = request.personal_data, request.currency
        if currency not in self._rules.currencies:
            return _no_account("Accounts are not kept in this currency."), Reason.INVALID_CURRENCY
        if not self._rules.is_credible(person, self._clock().date()):
            words = "The personal data does not allow an account."
            return _no_account(words), Reason.INVALID_DESTINATION_DATA
        holder = self._identities.holder(person, request.personal_documents)
        account = await self._book.open_account(holder, currency)
        if account is None:
            words = "The telephone number, email or document belongs to another person's account."
            return _no_account(words), Reason.INVALID_DESTINATION_DATA
        self._on_moved()
        if account.currency != currency:
            words = f"This person has an account in {account.currency}."
            return _no_account(words), Reason.NON_MATCHING_CURRENCY_ACCOUNT
        return contract.CreateAccountResponse(
            account_identifier=account.id,
            success=True,
            response_description="The account is open.",
            display_name=self._display_name(account.id),
        ), Reason.NONE

    async def get_create_account_url(
        self, request: contract.GetCreateAccountUrlRequest
    ) -> tuple[contract.GetCreateAccountUrlResponse, Reason]:
        """Return the bank's page for this person."""
        holder = self._identities.holder(request.personal_data, request.personal_documents)
        url = self._pages.address(holder.person)
        words = "The page is ready." if url else "There is no registration page."
        return contract.GetCreateAccountUrlResponse(
            registration_url=url, success=bool(url), response_description=words
        ), Reason.NONE

    async def authorize(
        self, request: contract.TxAuthorizationRequest
    ) -> tuple[contract.TxAuthorizationResponse, Reason]:
        """Decide about a transaction under the bank's rules and its screen."""
        number = request.account_identifier or ""
        holder = self._identities.holder(request.receiver_personal_data)
        transfer = Transfer(
            amount=request.amount,
            currency=request.currency,
            rate=request.exchange_rate,
            sender=request.sender_personal_data,
            receiver=request.receiver_personal_data,
            holder=holder,
        )
        screened = await self._screened(transfer)
        result = await self._book.authorize(
            AuthorizationOrder(
                id=_new("A"),
                account=number if _is_number(number) else "",
                receiver=holder,
                sum=transfer.sum,
                window_start=self._clock() - self._rules.window,
                decide=self._decision(transfer, screened, number),
            )
        )
        is_authorized = result.reason is Reason.NONE
        return contract.TxAuthorizationResponse(
            authorized=is_authorized,
            tracking_identifier=result.id,
            account_identifier=result.account,
            display_name=self._display_name(result.account) if result.account else None,
            non_authorized_reason=None if is_authorized else result.reason,
        ), result.reason

    async def credit_funds(
        self, request: contract.CreditFundsRequest
    ) -> tuple[contract.CreditFundsResponse, Reason]:
        """Credit an account, once per authorisation."""
        new, now = _new("C"), self._clock()
        authorization, transfer = request.auth_tracking_identifier or "", _transfer(request)
        early = self._refusal_of(request, transfer)
        if early is not Reason.NONE:
            return _credited(new, early), early
        age = self._options.authorization_age
        credit = await self._book.credit(
            CreditOrder(
                id=new,
                account=request.account_identifier,
                authorization=authorization,
                sum=transfer.sum if transfer else None,
                is_async=self._options.is_async,
                window_start=now - self._rules.window,
                oldest=now - age if age else None,
                decide=self._decision(transfer, Reason.NONE, request.account_identifier),
            )
        )
        self._on_moved()
        return _credited(credit.id, credit.reason), credit.reason

    def _refusal_of(
        self, request: contract.CreditFundsRequest, transfer: Transfer | None
    ) -> Reason:
        """Return what can be refused without the book; ids that are none of ours never reach it."""
        if not request.auth_tracking_identifier and self._options.requires_authorization:
            return Reason.NOT_PREVIOUSLY_VALIDATED
        if request.auth_tracking_identifier and not _is_own(request.auth_tracking_identifier, "A"):
            return Reason.INVALID_REFERENCE_ID
        if not _is_number(request.account_identifier):
            return Reason.INVALID_ACCOUNT
        return Reason.INVALID_AMOUNT if transfer and transfer.sum is None else Reason.NONE

    async def get_credit_status(
        self, request: contract.GetCreditStatusRequest
    ) -> tuple[contract.GetCreditStatusResponse, Reason]:
        """Return the state of a credit; one that is not known failed (reference/vna.md 8)."""
        number, credit = request.account_identifier, request.credit_tracking_number
        if not _is_number(number) or not _is_own(credit, "C"):
            return contract.GetCreditStatusResponse(
                credit_status="Failed", response_description=_UNKNOWN_CREDIT
            ), Reason.INVALID_REFERENCE_ID
        status, words = await self._book.credit_status(number, credit)
        return contract.GetCreditStatusResponse(
            credit_status=status, response_description=words or None
        ), Reason.NONE

    async def reverse(
        self, request: contract.ReverseCreditFundsRequest
    ) -> tuple[contract.ReverseCreditFundsResponse, Reason]:
        """Take a whole credit back, once."""
        new = _new("R")
        if not self._options.reversals:
            return self._no_reversals(new), Reason.INVALID_PARAMETER
        number, credit = request.account_identifier, request.credit_tracking_number
        if not _is_number(number) or not _is_own(credit, "C"):
            return contract.ReverseCreditFundsResponse(
                success=False, tracking_identifier=new, response_description=_UNKNOWN_CREDIT
            ), Reason.INVALID_REFERENCE_ID
        reversal = await self._book.reverse(new, number, credit)
        self._on_moved()
        return contract.ReverseCreditFundsResponse(
            success=bool(reversal.id),
            tracking_identifier=reversal.id or new,
            response_description=reversal.words,
        ), Reason.NONE

    def _no_reversals(self, new: str) -> contract.ReverseCreditFundsResponse:
        says_why = self._options.names_non_reverse_reason
        words = "Reversals are not supported."
        model = contract.ReversalNotSupported if says_why else contract.ReverseCreditFundsResponse
        return model(success=False, tracking_identifier=new, response_description=words)

    async def _screened(self, transfer: Transfer) -> Reason:
        if self._screen is None or not transfer.sum or not transfer.sender or not transfer.receiver:
            return Reason.NONE
        return await self._screen.check(transfer.sender, transfer.receiver, transfer.sum)

    def _decision(
        self, transfer: Transfer | None, screened: Reason, number: str
    ) -> Callable[[Account, Usage], Reason]:
        today = self._clock().date()

        def decide(account: Account, usage: Usage) -> Reason:
            if number and not _is_number(number):
                return Reason.INVALID_PARAMETER
            if transfer is None:
                return Reason.NOT_PREVIOUSLY_VALIDATED
            found = self._rules.reason(transfer, account, usage, today)
            return screened if found is Reason.NONE else found

        return decide

    def _display_name(self, account: str) -> str:
        return f"{self._options.display_prefix}-{account[-4:]}"


def _transfer(request: contract.CreditFundsRequest) -> Transfer | None:
    amount, currency, rate = request.amount, request.currency, request.exchange_rate
    if amount is None or currency is None or rate is None:
        return None
    return Transfer(amount=amount, currency=currency, rate=rate)


def _credited(number: str, reason: Reason) -> contract.CreditFundsResponse:
    is_credited = reason is Reason.NONE
    return contract.CreditFundsResponse(
        success=is_credited,
        tracking_identifier=number,
        non_credit_reason=None if is_credited else reason,
    )


def _no_account(words: str) -> contract.CreateAccountResponse:
    return contract.CreateAccountResponse(
        account_identifier="", success=False, response_description=words
    )


def _new(kind: str) -> str:
    return kind + secrets.token_hex(_ID_BYTES)


def _is_own(number: str, kind: str) -> bool:
    return re.fullmatch(f"{kind}[0-9a-f]{{{2 * _ID_BYTES}}}", number) is not None


def _is_number(account: str) -> bool:
    return re.fullmatch(r"[0-9A-Za-z-]{1,64}", account) is not None


def _fields(error: UnreadableError) -> list[str]:
    """Return the fields that are wrong, without a name that the caller made up."""
    return [name for name, _ in error.problems if name.replace(".", "").isalnum()][:10]


def _error(status: int, problems: Sequence[tuple[str, str]]) -> web.Response:
    errors = [{"Field": field, "Problem": problem} for field, problem in problems]
    headers = {hdrs.WWW_AUTHENTICATE: "Bearer"} if status == 401 else {}
    return web.json_response({"Errors": errors}, status=status, headers=headers)
