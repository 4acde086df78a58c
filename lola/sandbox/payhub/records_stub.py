"""The routes of PayHub's stand-in for saved people and limits (reference/raas.md 5.5, 5.6, 7.2).

People who are saved here are visible to the other routes too.
"""

from collections.abc import Iterable
from decimal import Decimal

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.sandbox.credentials import random_name
from lola.sandbox.payhub.access import user_of
from lola.sandbox.payhub.responses import PayhubHandler, PayhubRefusal, json_body, json_response
from lola.sandbox.payhub.sample_data import COUNTRIES
from lola.sandbox.payhub.sample_records import LEVEL_LIMIT, branches
from lola.sandbox.payhub.senders import SenderDirectory
from lola.text.phone_numbers import canonical


class RecordsStub:
    """The routes that read and write one sender's record."""

    def __init__(self, *, senders: SenderDirectory) -> None:
        self._senders = senders

    def handlers(self) -> dict[str, PayhubHandler]:
        """Return the handlers by route name."""
        return {
            "branches": self._branches,
            "limits": self._limits,
            "add_contact": self._add_contact,
            "update_contact": self._update_contact,
        }

    async def _branches(self, request: web.Request) -> web.Response:
        code = request.query.get("country", "")
        country = COUNTRIES.get(code)
        return json_response(branches(code, country.payers) if country else [])

    async def _limits(self, request: web.Request) -> web.Response:
        used = Decimal(str(user_of(request, self._senders)["used"]))
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
        sender, body = user_of(request, self._senders), await json_body(request)
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
        sender, body = user_of(request, self._senders), await json_body(request)
        contact = _contact(sender["contacts"], str(body.get("phone")))
        if contact is None:
            # Not a 404 (reference/raas.md 5.6).
            raise PayhubRefusal(
                500, "ERROR_INTERNAL_SERVER_ERROR", "An unhandled error has occurred"
            )
        contact.update(_contact_fields(body))
        self._senders.save(sender)
        return json_response({"reason": "Contact updated", "code": "OK"})


def _contact(contacts: Iterable[JsonObject], phone: str) -> JsonObject | None:
    return next((contact for contact in contacts if contact["phone"] == phone), None)


def _contact_fields(body: JsonObject) -> JsonObject:
    names = ("firstName", "lastName", "countryCode", "alias", "email")
    return {name: body[name] for name in names if body.get(name)}
