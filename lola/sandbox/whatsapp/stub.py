"""Stand-in for Meta's send endpoint: it checks and keeps messages, and posts no webhooks.

It refuses what Meta refuses (reference/channels.md 1.6 to 1.9).
"""

import hmac
import json
import re
from collections import defaultdict, deque
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import count
from types import MappingProxyType
from typing import Any

from aiohttp import web

from lola.channel.templates import PREFIX
from lola.domain.clock import Clock
from lola.sandbox.channel_faults import HTML, ChannelFaults, html_error_page
from lola.sandbox.files import FileShelf
from lola.sandbox.message_log import MessageLog, SentMessage
from lola.sandbox.whatsapp.rules import PARAMETERS, RuleError, check, template_of
from lola.sandbox.whatsapp.templates import TemplateApi, TemplateShelf

WINDOW = timedelta(hours=24)
PAIR_SPAN = timedelta(seconds=6)
PAIR_BURST = 45

TOKEN_INVALID = 190
NO_PERMISSION = 10
NO_TEMPLATE = 132001
WINDOW_CLOSED = 131047
PAIR_RATE = 131056


class GraphStub:
    """Accepts messages as the Cloud API would.

    The 24 hour window is checked for senders with a `note_inbound`; with `strict_window` it is
    closed for all others. `pair_rate` enables Meta's limit per recipient. `tokens` has the tokens
    of numbers with their own; a token is valid for its own number only. `templates` are the
    approved ones without variables as (name, language code); None approves all. `shelf` has those
    that were created here.
    """

    def __init__(
        self,
        token: str,
        clock: Clock,
        *,
        pair_rate: bool = False,
        strict_window: bool = False,
        tokens: Mapping[str, str] = MappingProxyType({}),
        templates: Collection[tuple[str, str]] | None = None,
    ) -> None:
        self.message_log = MessageLog(self._key)
        self.faults = ChannelFaults()
        self.shelf = TemplateShelf()
        self.files = FileShelf()
        self.receipts: list[dict[str, Any]] = []
        self._token = token
        self._tokens = tokens
        self._templates = templates
        self._clock = clock
        self._pair_rate = pair_rate
        self._strict_window = strict_window
        self._inbound: dict[str, datetime] = {}
        self._people: dict[str, str] = {}
        self._recent: dict[str, deque[datetime]] = defaultdict(deque)
        self._numbers = count(1)

    @property
    def sent(self) -> list[SentMessage]:
        """Every accepted message, in order."""
        return self.message_log.sent

    def messages_to(self, recipient: str) -> tuple[SentMessage, ...]:
        """Return the accepted messages of one number, in any spelling, or of one user id."""
        return self.message_log.to(recipient)

    def introduce(self, user_id: str, number: str) -> None:
        """Note which number a user id belongs to: a message to either reaches the same person."""
        self._people[user_id] = number

    def note_inbound(self, sender: str, at: datetime | None = None) -> None:
        """Open the window of a sender who has just written."""
        self._inbound[self._key(sender)] = at or self._clock()

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Serve messages and record of a number, and the templates of a business account."""
        app.router.add_get(f"{prefix}/{{version}}/{{account}}", self._show)
        app.router.add_get(f"{prefix}/media/{{file}}", self._download)
        app.router.add_post(f"{prefix}/{{version}}/{{account}}/messages", self._post)
        TemplateApi(self.shelf, self._unauthorised).add_routes(app, prefix)

    async def _post(self, request: web.Request) -> web.Response:
        if (refusal := self._unauthorised(request)) is not None:
            return refusal
        fault = self.faults.take_next()
        if fault == HTML:
            return html_error_page()
        if fault.isdigit():
            return _error(int(fault), "scripted", status=401 if fault == "190" else 400)
        try:
            payload = json.loads(await request.read())
        except ValueError:
            return _error(100, "the body is not JSON")
        if not isinstance(payload, dict):
            return _error(100, "the body is not an object")
        if payload.get("status") == "read":
            return self._receipt(payload)
        answer = await self._accept(request.match_info["account"], payload)
        if answer.status == 200:
            await self.faults.apply(fault, request)
        return answer

    async def _show(self, request: web.Request) -> web.Response:
        """Show a number, or a file with its address (reference/channels.md 1.6)."""
        node = request.match_info["account"]
        shown: dict[str, Any] = {"id": node}
        if file := self.files.get(node):
            path = request.path.removesuffix(f"/{request.match_info['version']}/{node}")
            shown |= {
                "messaging_product": "whatsapp",
                "url": str(request.url.origin().with_path(f"{path}/media/{node}")),
                "mime_type": file.mime,
                "sha256": file.digest,
                "file_size": len(file.data),
            }
        return self._unauthorised(request) or web.json_response(shown)

    async def _download(self, request: web.Request) -> web.Response:
        """Give a file's bytes, for a token only, like the messages."""
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        tokens = (self._token, *self._tokens.values())
        if not any(hmac.compare_digest(f"Bearer {one}".encode(), given) for one in tokens):
            return web.Response(status=401)
        return self.files.serve(request.match_info["file"])

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")

        def is_given(token: str) -> bool:
            return hmac.compare_digest(f"Bearer {token}".encode(), given)

        if is_given(self._tokens.get(request.match_info["account"], self._token)):
            return None
        if any(map(is_given, (self._token, *self._tokens.values()))):
            return _error(NO_PERMISSION, "the token is for another phone number", status=403)
        return _error(TOKEN_INVALID, "Invalid OAuth access token", status=401)

    def _receipt(self, payload: dict[str, Any]) -> web.Response:
        if not payload.get("message_id"):
            return _error(131008, "message_id")
        self.receipts.append(payload)
        return web.json_response({"success": True})

    async def _accept(self, account: str, payload: dict[str, Any]) -> web.Response:
        try:
            check(payload)
        except RuleError as error:
            return _error(error.code, str(error))
        recipient = str(payload.get("to") or payload["recipient"])
        now = self._clock()
        template = template_of(payload)
        try:
            is_shelved = bool(template) and self.shelf.check_send(payload["template"])
        except RuleError as error:
            return _error(error.code, str(error), status=404 if error.code == NO_TEMPLATE else 400)
        if template and not is_shelved and (refusal := self._refused(template, payload)):
            return refusal
        if not template and self._window_is_closed(recipient, now):
            return _error(WINDOW_CLOSED, "more than 24 hours since the customer last wrote")
        if self._pair_rate and self._is_too_fast(recipient, now):
            return _error(PAIR_RATE, "too many messages to this recipient")
        message_id = f"wamid.SANDBOX{next(self._numbers):08d}"
        delivered = SentMessage(
            id=message_id, account=account, recipient=recipient, message=payload, at=now
        )
        await self.message_log.add(delivered)
        contact = {"input": recipient}
        contact["wa_id" if "to" in payload else "user_id"] = recipient.lstrip("+")
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "contacts": [contact],
                "messages": [{"id": message_id}],
            }
        )

    def _refused(self, template: tuple[str, str], payload: dict[str, Any]) -> web.Response | None:
        """Refuse what is neither on the shelf nor approved without variables."""
        approves_all = self._templates is None and not template[0].startswith(PREFIX)
        if not approves_all and template not in (self._templates or ()):
            return _error(NO_TEMPLATE, "no such template in that language", status=404)
        if payload["template"].get("components"):
            return _error(PARAMETERS, "the template has no parameters")
        return None

    def _window_is_closed(self, recipient: str, now: datetime) -> bool:
        opened = self._inbound.get(self._key(recipient))
        return self._strict_window if opened is None else now - opened > WINDOW

    def _is_too_fast(self, recipient: str, now: datetime) -> bool:
        # One message per span on average; a burst uses later spans up (reference/channels.md 1.8).
        recent = self._recent[self._key(recipient)]
        while recent and now - recent[0] >= PAIR_SPAN * PAIR_BURST:
            recent.popleft()
        if len(recent) >= PAIR_BURST:
            return True
        recent.append(now)
        return False

    def _key(self, recipient: str) -> str:
        recipient = self._people.get(recipient, recipient)
        digits = re.sub(r"[\s()+-]", "", recipient)
        return digits if digits.isdigit() else recipient


def _error(code: int, details: str, *, status: int = 400) -> web.Response:
    error = {
        "message": f"(#{code}) {details}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": "sandbox",
    }
    return web.json_response({"error": error}, status=status)
