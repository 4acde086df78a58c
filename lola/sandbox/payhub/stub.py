"""The routes of PayHub's stand-in, in RaaS shapes (reference/raas.md 3, 5, 7.1 and 8.5).

It serves the routes that `lola.partners.payhub` calls, with the documented error bodies. Like the
real one it holds card tokens and never a card number.
"""

import hmac
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.partners.bank_accounts import bank_code, check_account
from lola.partners.currency import minor_unit
from lola.partners.payhub.routes import ROUTES
from lola.sandbox.credentials import random_name
from lola.sandbox.payhub.pricing import Price, price_transfer
from lola.sandbox.payhub.records_stub import PAY, RecordsStub
from lola.sandbox.payhub.responses import PayhubHandler, PayhubRefusal, json_body, json_response
from lola.sandbox.payhub.sample_data import (
    COUNTRIES,
    FEES,
    MAXIMUM,
    MINIMUM,
    QUOTE_MINUTES,
    SOURCE_COUNTRY,
    SOURCE_CURRENCY,
)
from lola.sandbox.payhub.senders import SenderDirectory

CIP_STATES: Mapping[str, JsonObject] = {
    "passed": {"status": "Completed", "level2status": "Completed", "accountStatus": "Completed"},
    "pending": {
        "status": "UpgradeInProgress",
        "level2status": "UpgradeInProgress",
        "level2statusDetail": "ProvideAdditionalInfo",
        "accountStatus": "InProgress",
    },
    "blocked": {
        "status": "UpgradeFailed",
        "level2status": "UpgradeFailed",
        "level2statusDetail": "ComplianceBlocked",
        "accountStatus": "Blocked",
    },
}
PROFILE_FIELDS = ("id", "firstName", "lastName", "phoneNumber", "countryCode")
PROFILE_EXTRAS = ("middleName", "secondLastName", "dob", "address1", "city")


class PayhubStub:
    """The bank's backend, on the senders of one directory."""

    def __init__(self, *, senders: SenderDirectory, records: RecordsStub, api_key: str) -> None:
        self._senders = senders
        self._records = records
        self._api_key = api_key

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Add the routes below `prefix`."""
        for name, handler in (
            ("profile", self._profile),
            ("cip", self._cip),
            ("payment_methods", self._payment_methods),
            ("contacts", self._contacts),
            ("contact_source", self._contact_source),
            ("corridors", self._corridors),
            ("quote", self._quote),
            ("payers", self._payers),
            ("banks", self._banks),
            ("validate_account", self._validate_account),
            *self._records.handlers().items(),
        ):
            route = ROUTES[name]
            app.router.add_route(route.method, prefix + route.path, self._guard(handler))
        app.router.add_get(f"{PAY}/{{code}}", self._records.pay_page)

    def _guard(self, handler: PayhubHandler) -> PayhubHandler:
        async def guarded(request: web.Request) -> web.Response:
            given = request.headers.get("api_key", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(given, self._api_key.encode()):
                return json_response({"reason": "Missing or invalid API key"}, 401)
            try:
                return await handler(request)
            except PayhubRefusal as error:
                return json_response(error.body, error.status)

        return guarded

    async def _profile(self, request: web.Request) -> web.Response:
        sender = self._by_phone(request)
        status = CIP_STATES[sender["verdict"]]["status"]
        known = {name: sender[name] for name in PROFILE_EXTRAS if name in sender}
        return json_response(
            {name: sender[name] for name in PROFILE_FIELDS} | known | {"status": status}
        )

    async def _cip(self, request: web.Request) -> web.Response:
        return json_response(CIP_STATES[self._by_phone(request)["verdict"]])

    async def _payment_methods(self, request: web.Request) -> web.Response:
        return json_response(self._by_token(request)["sources"])

    async def _contacts(self, request: web.Request) -> web.Response:
        contacts = self._by_token(request)["contacts"]
        return json_response([_without(contact, "sources") for contact in contacts])

    async def _contact_source(self, request: web.Request) -> web.Response:
        phone = request.query.get("destinationPhone")
        for contact in self._by_token(request)["contacts"]:
            if contact["phone"] == phone:
                return json_response(contact["sources"])
        raise PayhubRefusal(404, "ERROR_PAYMENT_METHOD_NOT_FOUND", "Payment method not found")

    async def _corridors(self, request: web.Request) -> web.Response:
        if request.query.get("sourceCountry", SOURCE_COUNTRY) != SOURCE_COUNTRY:
            return json_response([])
        wanted = request.query.get("destinationCountry")
        return json_response(
            [
                {
                    "Id": f"{SOURCE_COUNTRY}-{country.code}-{payout_type}",
                    "SourcePaymentMethodType": "DebitCard",
                    "DestinationPaymentMethodType": payout_type,
                    "LowerLimit": MINIMUM,
                    "UpperLimit": MAXIMUM,
                    "Fees": [{"SourceFee": FEES[payout_type]}],
                    "CorridorRequirements": [],
                    "IsActive": True,
                    "SourceCountry": SOURCE_COUNTRY,
                    "DestinationCountry": country.code,
                    "SourceCurrency": SOURCE_CURRENCY,
                    "DestinationCurrency": country.currency,
                }
                for country in COUNTRIES.values()
                for payout_type in country.types
                if wanted in {None, country.code}
            ]
        )

    async def _payers(self, request: web.Request) -> web.Response:
        country = COUNTRIES.get(request.query.get("country", ""))
        rows = country.payers.items() if country else ()
        return json_response(
            [
                {"id": row_id, "name": name, "country": request.query["country"]}
                for row_id, name in rows
            ]
        )

    async def _banks(self, request: web.Request) -> web.Response:
        country = COUNTRIES.get(request.query.get("country", ""))
        rows = country.banks.items() if country else ()
        return json_response(
            [
                {"id": code, "code": code, "name": name, "country": request.query["country"]}
                for code, name in rows
            ]
        )

    async def _validate_account(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        country, number = str(body.get("country", "")), str(body.get("number", ""))
        checked = check_account(country, number)
        if not checked.valid:
            raise PayhubRefusal(400, "UBN_VALIDATION_ERROR", "The account number is not valid")
        bank = COUNTRIES["MX"].banks.get(bank_code(country, checked.canonical))
        return json_response({"valid": True, "bankName": bank})

    async def _quote(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        try:
            amount = Decimal(str(body["amount"]))
            method = body["destinationPaymentMethod"]["type"]
            is_sent = body["isSenderAmount"] is True
            country = COUNTRIES[body["destinationCountry"]]
            currency = SOURCE_CURRENCY if is_sent else country.currency
            if amount <= 0 or body["currency"] != currency:
                raise _bad_quote()
            if amount != amount.quantize(minor_unit(currency)):
                raise _bad_quote()
            figures = price_transfer(country.code, method, amount, is_sender_amount=is_sent)
        except (KeyError, TypeError, InvalidOperation):
            raise _bad_quote() from None
        return json_response(_quote_body(figures))

    def _by_phone(self, request: web.Request) -> JsonObject:
        phone = request.match_info["phone"]
        sender = self._senders.find(phone)
        if sender is None:
            self._senders.note_unknown(phone)
            raise PayhubRefusal(404, "USER_NOT_FOUND", "User not found")
        if sender["verdict"] == "broken":
            raise PayhubRefusal(
                500, "ERROR_INTERNAL_SERVER_ERROR", "An unhandled error has occurred"
            )
        return sender

    def _by_token(self, request: web.Request) -> JsonObject:
        sender = self._senders.find_by_id(request.match_info["user"])
        if sender is None:
            raise PayhubRefusal(404, "ERROR_USER_NOT_FOUND", "User not found")
        return sender


def _quote_body(figures: Price) -> JsonObject:
    nothing = Decimal(0)
    return {
        "id": f"q_{random_name(16)}",
        "sourceCurrency": SOURCE_CURRENCY,
        "destinationCurrency": figures.currency,
        "reason": "None" if figures.is_within_limits else "LimitsValidation",
        "reasonDetail": "None" if figures.is_within_limits else "LimitsValidation",
        "sourceAmount": figures.send,
        "amount": figures.send,
        "destinationAmount": figures.receive,
        "exchangeRate": figures.rate,
        "tax": nothing,
        "sourceFee": figures.fee,
        "destinationFee": nothing,
        "transactionFee": nothing,
        "partnerFee": nothing,
        "tenantFee": nothing,
        "senderChargeBack": nothing,
        "recipientChargeBack": nothing,
        "isExecutable": figures.is_within_limits,
        "validTimeInMinutes": QUOTE_MINUTES,
        "operationType": "SendFunds",
        "totalAmount": figures.send + figures.fee,
    }


def _bad_quote() -> PayhubRefusal:
    return PayhubRefusal(400, "ERROR_INVALID_QUOTATION_REQUEST_DATA", "The quotation is not valid")


def _without(document: JsonObject, name: str) -> JsonObject:
    return {key: value for key, value in document.items() if key != name}
