"""The routes of PayHub's stand-in for one sender's record (reference/raas.md 5.5-5.16, 7.2).

Contacts that are saved here are visible to the other routes too. A request for money makes an
operation and a page that stands for its payment page; it cannot be paid.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.payhub.responses import PayhubHandler, PayhubRefusal, json_body, json_response
from lola.sandbox.payhub.sample_data import COUNTRIES, MAXIMUM, SOURCE_CURRENCY
from lola.sandbox.payhub.sample_records import LEVEL_LIMIT, branches
from lola.sandbox.payhub.senders import SenderDirectory
from lola.text.phone_numbers import canonical

CODE_LENGTH = 6
PAY = "/pay"


class RecordsStub:
    """The routes that read and write one sender's record."""

    def __init__(self, *, senders: SenderDirectory, clock: SandboxClock) -> None:
        self._senders = senders
        self._clock = clock
        self.public_url = ""

    def handlers(self) -> dict[str, PayhubHandler]:
        """Return the handlers by route name."""
        return {
            "branches": self._branches,
            "operations": self._operations,
            "operation": self._operation,
            "limits": self._limits,
            "add_contact": self._add_contact,
            "update_contact": self._update_contact,
            "receiving_methods": self._receiving_methods,
            "request_money": self._request_money,
        }

    async def pay_page(self, request: web.Request) -> web.Response:
        """Show a text in place of the payment page of a request for money."""
        code = request.match_info["code"]
        return web.Response(text=f"Sandbox: the payer would pay request {code} on this page.")

    async def _branches(self, request: web.Request) -> web.Response:
        code = request.query.get("country", "")
        country = COUNTRIES.get(code)
        return json_response(branches(code, country.payers) if country else [])

    async def _operations(self, request: web.Request) -> web.Response:
        return json_response(self._sender(request)["operations"])

    async def _operation(self, request: web.Request) -> web.Response:
        wanted = request.match_info["id"]
        for sender in self._senders.all():
            for operation in sender["operations"]:
                if operation["correlationId"] == wanted:
                    return json_response(operation)
        # Not a 404 (reference/raas.md 5.15).
        raise PayhubRefusal(500, "ERROR_OPERATION_NOT_FOUND", "Operation not found")

    async def _limits(self, request: web.Request) -> web.Response:
        used = Decimal(str(self._sender(request)["used"]))
        return json_response(
            {
                "canOperate": True,
                "levelOne": True,
                "sendLevel1LimitAmount": LEVEL_LIMIT,
                "accumulated": used,
                "rest": LEVEL_LIMIT - used,
            }
        )

    async def _add_contact(self, request: web.Request) -> web.Response:
        sender, body = self._sender(request), await json_body(request)
        for name, code in (
            ("firstName", "ERROR_NAME_NOT_PROVIDED"),
            ("lastName", "ERROR_NAME_NOT_PROVIDED"),
            ("countryCode", "ERROR_COUNTRY_NOT_PROVIDED"),
        ):
            if not str(body.get(name) or "").strip():
                raise PayhubRefusal(400, code, f"{name} is missing")
        phone = canonical(str(body.get("phone") or ""))
        if phone is None or phone != body["phone"]:
            raise PayhubRefusal(400, "INVALID_PHONE_NUMBER", "The phone is not valid")
        if _contact(sender["contacts"], phone):
            raise PayhubRefusal(400, "ERROR_DUPLICATED_PHONE", "The phone is saved already")
        contact = {**_contact_fields(body), "phone": phone, "id": f"ct-{random_name(12)}"}
        self._senders.save(
            {**sender, "contacts": [*sender["contacts"], {**contact, "sources": []}]}
        )
        return json_response({"reason": "Contact created", "code": "OK"})

    async def _update_contact(self, request: web.Request) -> web.Response:
        sender, body = self._sender(request), await json_body(request)
        contact = _contact(sender["contacts"], str(body.get("phone")))
        if contact is None:
            # Not a 404 (reference/raas.md 5.6).
            raise PayhubRefusal(
                500, "ERROR_INTERNAL_SERVER_ERROR", "An unhandled error has occurred"
            )
        contact.update(_contact_fields(body))
        self._senders.save(sender)
        return json_response({"reason": "Contact updated", "code": "OK"})

    async def _receiving_methods(self, request: web.Request) -> web.Response:
        return json_response(self._sender(request)["sources"])

    async def _request_money(self, request: web.Request) -> web.Response:
        sender, body = self._sender(request), await json_body(request)
        _check_request(sender, body)
        payer = _contact(sender["contacts"], body["requestTo"]) or {}
        operation = {
            "code": random_name(CODE_LENGTH),
            "correlationId": body["correlationId"],
            "type": "RequestFunds",
            "status": "Sent",
            "createdAt": iso(self._clock()),
            "amount": body["recipientAmount"],
            "currency": body["recipientCurrency"],
            "fromUser": {name: payer.get(name) for name in ("firstName", "lastName")},
            "toUser": {name: sender[name] for name in ("firstName", "lastName")},
        }
        operation["attributionLink"] = f"{self.public_url}{PAY}/{operation['code']}"
        self._senders.save({**sender, "operations": [*sender["operations"], operation]})
        return json_response(operation)

    def _sender(self, request: web.Request) -> JsonObject:
        sender = self._senders.find_by_id(request.match_info["user"])
        if sender is None:
            raise PayhubRefusal(404, "ERROR_USER_NOT_FOUND", "User not found")
        return sender


def _contact(contacts: Iterable[JsonObject], phone: str) -> JsonObject | None:
    return next((contact for contact in contacts if contact["phone"] == phone), None)


def _contact_fields(body: JsonObject) -> JsonObject:
    names = ("firstName", "lastName", "countryCode", "alias", "email")
    return {name: body[name] for name in names if body.get(name)}


def _check_request(sender: JsonObject, body: JsonObject) -> None:
    """Refuse what `requestMoneyV2` refuses (reference/raas.md 5.12 and 15)."""
    if any(one["correlationId"] == body.get("correlationId") for one in sender["operations"]):
        raise PayhubRefusal(400, "ERROR_CORRELATION_ID_ALREADY_USED", "The correlation id was used")
    if not body.get("correlationId"):
        raise PayhubRefusal(400, "ERROR_CORRELATION_ID_REQUIRED", "A correlation id is required")
    if _contact(sender["contacts"], str(body.get("requestTo"))) is None:
        raise PayhubRefusal(400, "ERROR_CONTACT_NOT_FOUND", "Contact not found")
    if body.get("destinationPaymentMethodId") not in {row["id"] for row in sender["sources"]}:
        raise PayhubRefusal(400, "ERROR_PAYMENT_METHOD_NOT_FOUND", "Payment method not found")
    if body.get("recipientCurrency") != SOURCE_CURRENCY:
        raise PayhubRefusal(400, "ERROR_INVALID_CURRENCY_CODE", "The currency is not supported")
    try:
        amount = Decimal(str(body.get("recipientAmount")))
    except InvalidOperation:
        amount = Decimal(0)
    if not 0 < amount <= MAXIMUM:
        raise PayhubRefusal(400, "ERROR_INVALID_AMOUNT_ERROR", "The amount is not valid")
