"""Who calls PayHub's stand-in, and about whom: the key of a request, and the user in its path."""

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.partners.payhub.scopes import ROUTE_SCOPES, allows
from lola.sandbox.payhub.keys import HOME_TENANT, Key, read_key
from lola.sandbox.payhub.responses import PayhubHandler, PayhubRefusal, json_response
from lola.sandbox.payhub.senders import SenderDirectory

KEY: web.RequestKey[Key] = web.RequestKey("payhub_key", Key)
BY_GATEWAY = frozenset({"contacts", "add_contact", "update_contact"})
"""Routes whose missing scope the gateway refuses with 403 instead of 401 (14, 1)."""


def guarded(name: str, handler: PayhubHandler, api_key: str) -> PayhubHandler:
    """Return the handler behind the checks of key and scope (reference/raas.md 2.2, 2.3)."""

    async def checked(request: web.Request) -> web.Response:
        wanted = ROUTE_SCOPES[name]
        if name != "link_session":
            key = read_key(api_key, request.headers.get("api_key", ""))
            if key is None:
                return json_response({"reason": "Missing or invalid API key"}, 401)
            if not allows(key.scopes, wanted):
                status = 403 if name in BY_GATEWAY else 401
                return json_response({"reason": "Partner does not have the required scope"}, status)
            request[KEY] = key
        try:
            return await handler(request)
        except PayhubRefusal as error:
            return json_response(error.body, error.status)

    return checked


def is_own(key: Key, sender: JsonObject) -> bool:
    """Return whether a user belongs to the key's tenant."""
    return bool(sender.get("tenant", HOME_TENANT) == key.tenant)


def user_of(request: web.Request, senders: SenderDirectory) -> JsonObject:
    """Return the user in the path. Raises PayhubRefusal, also for a user of another tenant."""
    sender = senders.find_by_id(request.match_info["user"])
    if sender is None or not is_own(request[KEY], sender):
        raise PayhubRefusal(404, "ERROR_USER_NOT_FOUND", "User not found")
    return sender
