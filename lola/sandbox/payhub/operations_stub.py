"""Operations and requests for money of PayHub's stand-in (reference/raas.md 5.12-5.17, 9).

A request makes an operation and a page that stands for its payment page; a tester moves it on
through the control API. The reason `sandbox:CODE` makes a request in one call fail with that code.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.partners.payhub.webhooks import OUTCOME
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.payhub.access import KEY, is_own, user_of
from lola.sandbox.payhub.accounts_stub import AccountsStub
from lola.sandbox.payhub.funding_stub import FundingStub, methods_of
from lola.sandbox.payhub.hooks import Hooks
from lola.sandbox.payhub.keys import Key
from lola.sandbox.payhub.responses import PayhubHandler, PayhubRefusal, json_body, json_response
from lola.sandbox.payhub.rules import check_card, check_method, check_person, check_phone
from lola.sandbox.payhub.sample_data import COUNTRIES, MAXIMUM, SOURCE_COUNTRY
from lola.sandbox.payhub.senders import SenderDirectory

CODE_LENGTH = 6
PAY = "/pay"
MAGIC = "sandbox:"
CURRENCIES: Mapping[str, str] = MappingProxyType(
    {SOURCE_COUNTRY: "USD"} | {code: country.currency for code, country in COUNTRIES.items()}
)
STATUSES = frozenset(
    {
        "Sent", "Funding", "Funded", "Accepted", "Rejected", "ReadyForPickup", "Completed",
        "Failed", "OnHold", "InTransit", "Cancelled",
    }
)  # fmt: skip
FINAL = frozenset({"Completed", "Failed", "Cancelled", "Rejected"})


class OperationsStub:
    """The routes about operations."""

    def __init__(
        self,
        *,
        senders: SenderDirectory,
        accounts: AccountsStub,
        funding: FundingStub,
        hooks: Hooks,
        clock: SandboxClock,
    ) -> None:
        self._senders = senders
        self._accounts = accounts
        self._funding = funding
        self.hooks = hooks
        self._clock = clock

    def handlers(self) -> dict[str, PayhubHandler]:
        """Return the handlers by route name."""
        return {
            "operations": self._operations,
            "operation": self._operation,
            "operation_status": self._status,
            "frequent_contacts": self._frequent,
            "request_money": self._request_money,
            "request_money_full": self._request_money_full,
        }

    async def pay_page(self, request: web.Request) -> web.Response:
        """Show a text in place of the payment page of a request for money."""
        code = request.match_info["code"]
        return web.Response(text=f"Sandbox: the payer would pay request {code} on this page.")

    def advance(self, correlation_id: str, status: str) -> JsonObject | None:
        """Move an operation to a status and send the webhook; None when it is unknown.

        Raises ValueError for an unknown status, and for one after the end.
        """
        found = self._find(correlation_id)
        if found is None:
            return None
        sender, operation = found
        if status not in STATUSES or operation["status"] in FINAL:
            raise ValueError(status)
        operation |= {"status": status, "updatedAt": iso(self._clock())}
        self._senders.save(sender)
        self.hooks.send(_update(operation), sender.get("countryCode", ""))
        return operation

    async def _operations(self, request: web.Request) -> web.Response:
        sender = self._senders.find_by_id(request.match_info["user"])
        if sender is not None and not is_own(request[KEY], sender):
            raise PayhubRefusal(400, "ERROR_INVALID_TENANT", "The user belongs to another tenant")
        rows = user_of(request, self._senders)["operations"]
        if phone := request.query.get("toPhoneNumber"):
            rows = [row for row in rows if phone in _phones(row)]
        return json_response(rows)

    async def _operation(self, request: web.Request) -> web.Response:
        found = self._find(request.match_info["id"])
        if found is None or not is_own(request[KEY], found[0]):
            # Not a 404 (reference/raas.md 5.15).
            raise PayhubRefusal(500, "ERROR_OPERATION_NOT_FOUND", "Operation not found")
        return json_response(found[1])

    async def _status(self, request: web.Request) -> web.Response:
        sender = user_of(request, self._senders)
        for operation in sender["operations"]:
            if operation["correlationId"] == request.match_info["id"]:
                return json_response(operation["status"])
        raise PayhubRefusal(400, "ERROR_OPERATION_NOT_FOUND", "Operation not found")

    async def _frequent(self, request: web.Request) -> web.Response:
        limit = request.match_info["limit"]
        if not (limit.isascii() and limit.isdigit() and int(limit) > 0):
            raise PayhubRefusal(400, "ERROR_INVALID_SCHEMA", "The limit must be above 0")
        sender = user_of(request, self._senders)
        found: dict[str, JsonObject] = {}
        for operation in reversed(sender["operations"]):
            for contact in sender["contacts"]:
                if contact["phone"] in _phones(operation) or _is_paid(contact, operation):
                    found.setdefault(contact["phone"], contact)
        rows = list(found.values())[: int(limit)]
        return json_response(
            [{name: row[name] for name in row if name != "sources"} for row in rows]
        )

    async def _request_money(self, request: web.Request) -> web.Response:
        key, sender, body = request[KEY], user_of(request, self._senders), await json_body(request)
        self._check_request(sender, body, key)
        if not body.get("destinationPaymentMethodId"):
            check_card(body["destinationPaymentMethod"], self._clock().date())
            method = self._funding.save_card(sender, body["destinationPaymentMethod"])
            sender = self._senders.find_by_id(sender["id"]) or sender
        else:
            (method,) = (
                one for one in methods_of(sender) if one["id"] == body["destinationPaymentMethodId"]
            )
        payer = _contact(sender, body["requestTo"]) or {}
        operation = self._add(sender, body, payer, method)
        # This one answer has the date of .NET, as in the documented example (5.12).
        moment = f"/Date({int(self._clock().timestamp() * 1000)})/"
        return json_response(operation | {"createdAt": moment})

    async def _request_money_full(self, request: web.Request) -> web.Response:
        key, body = request[KEY], await json_body(request)
        person, wanted = self._check_full(body, key)
        sender = self._accounts.ensure(person, key)
        payer = wanted["requestTo"]
        contact = {
            "id": f"ct-{random_name(12)}",
            "phone": payer["phoneNumber"],
            **{name: payer[name] for name in ("firstName", "lastName", "countryCode")},
            "sources": [],
        }
        reason = str(wanted.get("reason") or "")
        failure = reason.removeprefix(MAGIC) if reason.startswith(MAGIC) else ""
        link = f"{self._accounts.public_url}{PAY}/{random_name(CODE_LENGTH)}"
        correlation_id = str(wanted["correlationId"])
        if not failure:
            if _contact(sender, contact["phone"]) is None:
                sender = {**sender, "contacts": [*sender["contacts"], contact]}
            method = wanted["destinationPaymentMethod"]
            link = self._add(sender, wanted, contact, method)["attributionLink"]
        self.hooks.send(self._outcome(correlation_id, failure), key.country)
        return json_response(
            {
                "userId": sender["id"],
                "operationId": correlation_id,
                "status": "Accepted",
                "link": link,
            }
        )

    def _outcome(self, correlation_id: str, failure: str) -> JsonObject:
        event = {
            "eventType": OUTCOME,
            "correlationId": correlation_id,
            "status": "Failed" if failure else "Accepted",
            "date": iso(self._clock()),
        }
        if not failure:
            return event
        return event | {"errorCode": failure, "reason": "Sandbox", "phase": _phase(failure)}

    def _add(
        self, sender: JsonObject, body: JsonObject, payer: JsonObject, method: JsonObject
    ) -> JsonObject:
        code = random_name(CODE_LENGTH)
        names = ("firstName", "lastName")
        operation: JsonObject = {
            "id": random_name(24),
            "code": code,
            "correlationId": body["correlationId"],
            "type": "RequestFunds",
            "status": "Sent",
            "statusDetails": "RequestSent",
            "createdAt": iso(self._clock()),
            "updatedAt": iso(self._clock()),
            "amount": body["recipientAmount"],
            "currency": body["recipientCurrency"],
            "recipientAmout": body["recipientAmount"],
            "recipientCurrency": body["recipientCurrency"],
            "reason": body.get("reason"),
            "sourcePaymentMethod": {},
            "destinationPaymentMethod": {
                name: method[name] for name in ("isPrimary", "number", "type") if name in method
            },
            "fromUser": {
                **{name: payer.get(name) for name in names},
                "phoneNumber": payer.get("phone"),
                "country": payer.get("countryCode"),
                "userId": "0",
            },
            "toUser": {name: sender[name] for name in names} | {"userId": sender["id"]},
            "cancelable": True,
            "attributionLink": f"{self._accounts.public_url}{PAY}/{code}",
        }
        self._senders.save({**sender, "operations": [*sender["operations"], operation]})
        return operation

    def _find(self, correlation_id: str) -> tuple[JsonObject, JsonObject] | None:
        for sender in self._senders.all():
            for operation in sender["operations"]:
                if operation["correlationId"] == correlation_id:
                    return sender, operation
        return None

    def _check_request(self, sender: JsonObject, body: JsonObject, key: Key) -> None:
        """Refuse what `requestMoneyV2` refuses (reference/raas.md 5.12 and 15)."""
        self._check_correlation(body)
        payer = _contact(sender, str(body.get("requestTo")))
        if payer is None:
            raise PayhubRefusal(400, "ERROR_CONTACT_NOT_FOUND", "Contact not found")
        wanted = body.get("destinationPaymentMethodId")
        if not wanted and not isinstance(body.get("destinationPaymentMethod"), dict):
            raise PayhubRefusal(400, "ERROR_PAYMENT_METHOD_NOT_FOUND", "No payment method")
        if wanted and wanted not in {row["id"] for row in methods_of(sender)}:
            raise PayhubRefusal(400, "ERROR_PAYMENT_METHOD_NOT_FOUND", "Payment method not found")
        _check_money(body, CURRENCIES.get(key.country, ""))
        if payer["countryCode"] not in CURRENCIES:
            raise PayhubRefusal(
                400,
                "ERROR_DESTINATION_COUNTRY_NOT_SUPPORTED",
                "Destination or corridor not allowed for this user.",
            )

    def _check_full(self, body: JsonObject, key: Key) -> tuple[JsonObject, JsonObject]:
        """Refuse what `requestMoneyFull` refuses at once (reference/raas.md 5.13)."""
        wanted = body.get("request")
        person = check_person(
            body.get("requester"),
            country=key.country,
            today=self._clock().date(),
            extra=frozenset(),
        )
        if not isinstance(wanted, dict) or not isinstance(wanted.get("requestTo"), dict):
            raise PayhubRefusal(400, "ERROR_INVALID_SCHEMA", "request is not complete")
        self._check_correlation(wanted)
        payer = wanted["requestTo"]
        if not (payer.get("firstName") and payer.get("lastName")):
            raise PayhubRefusal(400, "INVALID_NAME", "The payer's name is required")
        check_phone(payer.get("phoneNumber"), str(payer.get("countryCode") or ""))
        method = check_method(wanted.get("destinationPaymentMethod"))
        _check_money(wanted, CURRENCIES.get(key.country, ""))
        if method.get("currency", wanted["recipientCurrency"]) != wanted["recipientCurrency"]:
            raise PayhubRefusal(400, "ERROR_INVALID_CURRENCY_CODE", "The currencies differ")
        if method.get("country") != key.country:
            raise PayhubRefusal(
                400, "ERROR_DESTINATION_COUNTRY_NOT_SUPPORTED", "The country is not supported"
            )
        return person, wanted

    def _check_correlation(self, body: JsonObject) -> None:
        if not body.get("correlationId"):
            raise PayhubRefusal(400, "ERROR_CORRELATION_ID_REQUIRED", "A correlation id is needed")
        if self._find(str(body["correlationId"])) is not None:
            raise PayhubRefusal(400, "ERROR_CORRELATION_ID_ALREADY_USED", "The id was used")


def _check_money(body: JsonObject, currency: str) -> None:
    if body.get("recipientCurrency") != currency:
        raise PayhubRefusal(400, "ERROR_INVALID_CURRENCY_CODE", "The currency is not supported")
    try:
        amount = Decimal(str(body.get("recipientAmount")))
    except InvalidOperation:
        amount = Decimal(0)
    if not 0 < amount <= MAXIMUM:
        raise PayhubRefusal(400, "ERROR_INVALID_AMOUNT_ERROR", "The amount is not valid")


def _contact(sender: JsonObject, phone: str) -> JsonObject | None:
    return next((contact for contact in sender["contacts"] if contact["phone"] == phone), None)


def _phones(operation: JsonObject) -> set[Any]:
    return {operation.get(side, {}).get("phoneNumber") for side in ("fromUser", "toUser")} - {None}


def _is_paid(contact: JsonObject, operation: JsonObject) -> bool:
    names = ("firstName", "lastName")
    return all(operation.get("toUser", {}).get(name) == contact.get(name) for name in names)


def _phase(code: str) -> str:
    """Derive the phase of a failure from its code, as RaaS does (reference/raas.md 9.3)."""
    for part, phase in (
        ("CIP", "cip"),
        ("LEVEL_ONE", "cip"),
        ("CONTACT", "contact"),
        ("CARD", "payment_method"),
        ("PAYMENT_METHOD", "payment_method"),
        ("UBN", "payment_method"),
        ("INTERNAL", "unknown"),
    ):
        if part in code:
            return phase
    return "request_money"


def _update(operation: JsonObject) -> JsonObject:
    """Return a status update: no `eventType`; its other fields are inferred (15)."""
    names = (
        "correlationId", "status", "code", "updatedAt", "amount", "currency", "recipientAmout",
        "recipientCurrency", "fromUser", "toUser",
    )  # fmt: skip
    return {name: operation[name] for name in names if operation.get(name) is not None}
