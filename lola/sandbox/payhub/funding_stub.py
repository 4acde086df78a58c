"""The ways to be paid of PayHub's stand-in: cards by token and bank accounts (5.7-5.11)."""

from hashlib import sha256

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.partners.bank_accounts import check_account
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.payhub.access import KEY, is_own, user_of
from lola.sandbox.payhub.responses import PayhubHandler, PayhubRefusal, json_body, json_response
from lola.sandbox.payhub.rules import check_card
from lola.sandbox.payhub.senders import SenderDirectory

RECEIVER_TYPES = ("CreditCard", "DebitCard", "UBN")


class FundingStub:
    """The routes about a user's ways to be paid."""

    def __init__(self, *, senders: SenderDirectory, clock: SandboxClock) -> None:
        self._senders = senders
        self._clock = clock

    def handlers(self) -> dict[str, PayhubHandler]:
        """Return the handlers by route name."""
        return {
            "method_types": self._types,
            "receiving_methods": self._receiving,
            "add_card": self._add_card,
            "payment_method": self._one,
            "add_ubn": self._add_ubn,
        }

    async def _types(self, request: web.Request) -> web.Response:
        user_of(request, self._senders)
        return json_response(list(RECEIVER_TYPES))

    async def _receiving(self, request: web.Request) -> web.Response:
        wanted = request.query.get("destinationCountry")
        methods = methods_of(user_of(request, self._senders))
        return json_response([one for one in methods if wanted in {None, one.get("country")}])

    async def _one(self, request: web.Request) -> web.Response:
        wanted = request.query.get("id")
        for method in methods_of(user_of(request, self._senders)):
            if method["id"] == wanted:
                names = ("id", "name", "type", "isPrimary", "number")
                return json_response({name: method[name] for name in names if name in method})
        raise PayhubRefusal(404, "ERROR_PAYMENT_METHOD_NOT_FOUND", "Payment method not found")

    async def _add_card(self, request: web.Request) -> web.Response:
        sender, body = user_of(request, self._senders), await json_body(request)
        check_card(body, self._clock().date())
        return json_response(self.save_card(sender, body))

    def save_card(self, sender: JsonObject, body: JsonObject) -> JsonObject:
        """Return the card as a method of the user: the one with this number, or a new one."""
        for known in methods_of(sender):
            if known.get("number") == body["number"]:
                return known
        month, year = body["expirationDate"][:2], body["expirationDate"][2:]
        method: JsonObject = {
            "id": _id(body["number"]),
            "name": f"{body['cardNetwork'].upper()}-{body['number'][-4:]}",
            "type": body.get("type") or body["cardtype"],
            "isPrimary": bool(body.get("isPrimary", not methods_of(sender))),
            "number": body["number"],
            "nameOnCard": body["nameOnCard"],
            "expirationDate": body["expirationDate"],
            "expirationMonth": month,
            "expirationYear": year,
            "securityCode": "",
            "cardNetwork": body["cardNetwork"],
            "allowPushCrossBorder": True,
            "allowPushDomestic": True,
            "status": "ValidatedPush",
            "country": body["country"],
            "createdAt": None,
            "updatedAt": None,
        }
        return self._save(sender, method)

    async def _add_ubn(self, request: web.Request) -> web.Response:
        sender = self._senders.find_by_id(request.match_info["user"])
        if sender is None:
            raise PayhubRefusal(403, "USER_NOT_FOUND", "User not found")
        if not is_own(request[KEY], sender):
            raise PayhubRefusal(403, "INVALID_TENANT", "The user belongs to another tenant")
        body = await json_body(request)
        country, number = str(body.get("country") or "MX"), str(body.get("number") or "")
        checked = check_account(country, number)
        if not checked.valid:
            raise PayhubRefusal(400, "UBN_VALIDATION_ERROR", "The account number is not valid")
        if any(one.get("accountNumber") == checked.canonical for one in methods_of(sender)):
            raise PayhubRefusal(400, "UBN_ALREADY_ADDED", "The account was added already")
        method: JsonObject = {
            "id": _id(checked.canonical),
            "name": f"UBN-{checked.canonical[-4:]}",
            "type": "UBN",
            "isPrimary": bool(body.get("isPrimary", not methods_of(sender))),
            "number": checked.canonical,
            "accountNumber": checked.canonical,
            "currency": body.get("currency") or "MXN",
            "country": country,
            "status": "Validated",
            "createdAt": iso(self._clock()),
        }
        return json_response(self._save(sender, method))

    def _save(self, sender: JsonObject, method: JsonObject) -> JsonObject:
        receiving = [*sender.get("receiving", []), method]
        self._senders.save(sender | {"receiving": receiving})
        return method


def methods_of(sender: JsonObject) -> list[JsonObject]:
    """Return the methods by which a user can be paid."""
    return [*sender["sources"], *sender.get("receiving", [])]


def _id(number: str) -> str:
    return f"pm-{sha256(number.encode()).hexdigest()[:12]}"
