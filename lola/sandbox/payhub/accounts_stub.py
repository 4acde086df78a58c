"""Registration, profiles and session links of PayHub's stand-in (reference/raas.md 5.1-5.3, 6).

A registration settles after a few seconds of the sandbox's clock. Magic family names decide how it
ends; they are in `OUTCOMES` and in docs/raas.md.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.partners.bank_accounts import check_account
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.payhub.access import KEY, is_own, user_of
from lola.sandbox.payhub.keys import Key
from lola.sandbox.payhub.responses import PayhubHandler, PayhubRefusal, json_body, json_response
from lola.sandbox.payhub.rules import check_email, check_person, check_phone, is_expired
from lola.sandbox.payhub.senders import SenderDirectory, Verdict
from lola.sandbox.store import DocumentStore

SETTLES_AFTER = timedelta(seconds=3)
LINK = "/link"
LINK_LENGTH = 5
TOKEN = "session_link"  # noqa: S105 - the kind of a document
OUTCOMES: Mapping[str, tuple[Verdict, str]] = MappingProxyType(
    {
        "Fallido": ("pending", "UpgradeFailed"),
        "Revision": ("pending", "UpgradeSoftFailed"),
        "Bloqueado": ("blocked", "UpgradeFailed"),
    }
)
"""Family name → how the registration ends, the sandbox's own magic values; else `Completed`."""
SESSION_FIELDS = frozenset({"paymentMethodType", "ubnParams", "addCardParams"})
LINK_METHODS = frozenset({"BankAccount", "DigitalWallet", "Card", "UBN"})
PROFILE_FIELDS = (
    "id", "firstName", "lastName", "middleName", "secondLastName", "email", "dob", "phoneNumber",
    "countryCode", "address1", "city", "state", "zipCode", "gender", "createdAt",
)  # fmt: skip


class AccountsStub:
    """The routes about who a user is."""

    def __init__(
        self, *, senders: SenderDirectory, store: DocumentStore, clock: SandboxClock
    ) -> None:
        self._senders = senders
        self._store = store
        self._clock = clock
        self.public_url = ""

    def handlers(self) -> dict[str, PayhubHandler]:
        """Return the handlers by route name."""
        return {
            "user_token": self._user_token,
            "register": self._register,
            "session_link": self._session_link,
            "session_link_of": self._session_link_of,
            "link_session": self._link_session,
            "update_profile": self._update_profile,
        }

    def settle(self, sender: JsonObject) -> JsonObject:
        """Return a user, with the end of a registration whose time has come."""
        due = sender.get("settlesAt")
        if due and self._clock() >= datetime.fromisoformat(due):
            verdict, status = OUTCOMES.get(sender["lastName"], ("passed", "Completed"))
            sender = {**sender, "verdict": verdict, "status": status, "settlesAt": None}
            self._senders.save(sender)
        return sender

    def by_alias(self, alias: str, key: Key) -> JsonObject | None:
        """Return the tenant's user with a number or an e-mail address, settled."""
        found = self._senders.find_by_alias(alias)
        return self.settle(found) if found and is_own(key, found) else None

    async def link_page(self, request: web.Request) -> web.Response:
        """Show a text in place of the widget that a session link opens."""
        known = self._store.get(TOKEN, request.match_info["token"])
        text = "Sandbox: the widget would open here." if known else "Sandbox: unknown link."
        return web.Response(text=text, status=200 if known else 404)

    def ensure(self, person: JsonObject, key: Key) -> JsonObject:
        """Register a person, or return the user that has the number or the e-mail already."""
        aliases = [person["phoneNumber"], *([person["email"]] if "email" in person else [])]
        known = [found for alias in aliases if (found := self.by_alias(alias, key))]
        return known[0] if known else self._add(person, key)

    async def _user_token(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        email, phone = body.get("email"), body.get("phoneNumber")
        if not (email or phone):
            raise PayhubRefusal(400, "ERROR_INVALID_SCHEMA", "phoneNumber or email is required")
        if email:
            alias = check_email(email)
        else:
            alias = check_phone(phone, str(body.get("countryCode") or ""))
        sender = self.by_alias(alias, request[KEY])
        if sender is None:
            if not email:
                self._senders.note_unknown(alias)
            raise PayhubRefusal(404, "ERROR_USER_NOT_FOUND", "User not found for the given alias.")
        return json_response(_token(sender))

    async def _register(self, request: web.Request) -> web.Response:
        key, body = request[KEY], await json_body(request)
        person = self._checked(body, key, frozenset())
        aliases = {person["phoneNumber"], person.get("email") or person["phoneNumber"]}
        if any(self.by_alias(alias, key) for alias in aliases):
            raise PayhubRefusal(400, "ERROR_USER_ALREADY_ENROLLED", "The user is enrolled already")
        return json_response(_token(self._add(person, key)))

    async def _update_profile(self, request: web.Request) -> web.Response:
        sender = self.by_alias(request.match_info["alias"], request[KEY])
        if sender is None:
            raise PayhubRefusal(404, "ERROR_USER_NOT_FOUND", "User not found")
        body = await json_body(request)
        changes = {name: value for name, value in body.items() if name in PROFILE_FIELDS[1:]}
        self._senders.save(sender | changes)
        return json_response("Updated")

    async def _session_link(self, request: web.Request) -> web.Response:
        key, body = request[KEY], await json_body(request)
        try:
            person = self._checked(body, key, SESSION_FIELDS)
        except PayhubRefusal:
            person = {}
        if person.get("paymentMethodType", "Card") not in LINK_METHODS or not person:
            raise PayhubRefusal(400, "", "Validation failed on session link payload.")
        own = {name: value for name, value in person.items() if name not in SESSION_FIELDS}
        return self._link(self.ensure(own, key), self._method_status(person))

    async def _session_link_of(self, request: web.Request) -> web.Response:
        try:
            sender = user_of(request, self._senders)
        except PayhubRefusal:
            raise PayhubRefusal(400, "", "Invalid userToken or request body.") from None
        return self._link(self.settle(sender), None)

    async def _link_session(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        known = self._store.get(TOKEN, str(body.get("token")))
        sender = known and self._senders.find_by_id(known["user"])
        if not sender:
            raise PayhubRefusal(404, "ERROR_USER_NOT_FOUND", "The token is unknown")
        look = {"widgetType": "ask", "widgetPrimaryColor": "#b4451f", "widgetFont": "Inter"}
        user = {name: sender[name] for name in ("id", "firstName", "lastName")}
        return json_response(
            {"whiteLabel": look, "apiKey": f"widget-{random_name(24)}", "user": user}
        )

    def _link(self, sender: JsonObject, method_status: str | None) -> web.Response:
        if sender["verdict"] == "blocked":
            # Nothing can be opened for this user (reference/raas.md 15).
            return web.Response(status=204)
        token = random_name(LINK_LENGTH)
        self._store.put(TOKEN, token, {"user": sender["id"]})
        answer = {
            "link": f"{self.public_url}{LINK}/{token}",
            "userId": sender["id"],
            "status": sender.get("status", "Completed"),
            "statusDetail": "None",
        }
        return json_response(
            answer | ({"paymentMethodStatus": method_status} if method_status else {})
        )

    def _method_status(self, person: JsonObject) -> str | None:
        if card := person.get("addCardParams"):
            is_bad = is_expired(str(card.get("expirationDate")), self._clock().date())
            return "InvalidCard" if is_bad else "ValidCard"
        if account := person.get("ubnParams"):
            country = str(account.get("country") or person["countryCode"])
            is_good = check_account(country, str(account.get("number"))).valid
            return "Validated" if is_good else "ValidationNotApproved"
        return None

    def _checked(self, body: JsonObject, key: Key, extra: frozenset[str]) -> JsonObject:
        today = self._clock().date()
        return check_person(body, country=key.country, today=today, extra=extra)

    def _add(self, person: JsonObject, key: Key) -> JsonObject:
        now = self._clock()
        renamed = {"secondLastName": person["lastName2"]} if "lastName2" in person else {}
        known = {name: person[name] for name in PROFILE_FIELDS if name in person}
        return self._senders.add(
            {
                **known,
                **renamed,
                "tenant": key.tenant,
                "verdict": "pending",
                "status": "OnProcess",
                "settlesAt": iso(now + SETTLES_AFTER),
                "createdAt": iso(now),
            }
        )


def _token(sender: JsonObject) -> JsonObject:
    status = sender.get("status", "Completed")
    return {"userId": sender["id"], "status": status, "statusDetail": "None"}
