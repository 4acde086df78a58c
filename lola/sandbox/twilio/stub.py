"""Stand-in for Twilio's Messages endpoint: it checks and keeps messages.

It refuses what Twilio refuses (reference/channels.md 2.4 to 2.8). It posts no callbacks itself, but
signs the status callbacks that a test may post.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
from urllib.parse import urlencode

from aiohttp import encode_basic_auth, web

from lola.domain.clock import Clock
from lola.domain.messages import JsonObject
from lola.sandbox.channel_faults import HTML, ChannelFaults, html_error_page
from lola.sandbox.files import FileShelf
from lola.sandbox.message_log import MessageLog, SentMessage
from lola.sandbox.twilio.contents import ContentApi, ContentShelf
from lola.sandbox.twilio.rules import SHAPES, TEMPLATE_EN, TEMPLATE_ES, is_whatsapp, problem_with

STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
WINDOW = timedelta(hours=24)
WINDOW_CLOSED = "63016"
LATER = "later:"
"""The fault `later:30005` accepts the message; it fails with that code in its callback."""

_STATUS_OF = {20003: 401, 20404: 404, 20429: 429, 20500: 500}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A webhook as Twilio would post it."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class TwilioStub:
    """Accepts messages as Twilio would, for one account or several.

    A WhatsApp text outside the 24 hours after `note_inbound` is accepted and fails later, as most
    WhatsApp failures do; with `strict_window` also to who never wrote. `failing` has the code of
    each such message, `shelf` the contents that were created here.
    """

    def __init__(
        self, account_sid: str, auth_token: str, clock: Clock, *, strict_window: bool = False
    ) -> None:
        self.message_log = MessageLog(self._key)
        self.faults = ChannelFaults()
        self.shelf = ContentShelf()
        self.files = FileShelf()
        self.failing: dict[str, str] = {}
        self._tokens = {account_sid: auth_token}
        self._owners: dict[str, str] = {}
        self._clock = clock
        self._strict_window = strict_window
        self._opted_out: set[str] = set()
        self._heard: dict[str, datetime] = {}
        self._people: dict[str, str] = {}
        self._numbers = count(1)

    @property
    def sent(self) -> list[SentMessage]:
        """Every accepted message, in order."""
        return self.message_log.sent

    def add_account(self, account_sid: str, auth_token: str, *numbers: str) -> None:
        """Add another account, the only one that may send from these numbers."""
        self._tokens[account_sid] = auth_token
        self._owners |= dict.fromkeys(numbers, account_sid)

    def messages_to(self, recipient: str) -> tuple[SentMessage, ...]:
        """Return the accepted messages of one address (`+…` or `whatsapp:+…`)."""
        return self.message_log.to(recipient)

    def introduce(self, user_id: str, number: str) -> None:
        """Note which number a WhatsApp user id belongs to: both reach the same person."""
        self._people[user_id] = number

    def note_inbound(self, sender: str, body: str) -> None:
        """Note an inbound message: it opens the window, and on SMS STOP blocks until START."""
        self._heard[self._key(sender)] = self._clock()
        word = body.strip().upper()
        if is_whatsapp(sender):
            return
        if word in STOP_WORDS:
            self._opted_out.add(sender)
        elif word in START_WORDS:
            self._opted_out.discard(sender)

    def report(self, delivered: SentMessage, status: str, error_code: str = "") -> Signed:
        """Return the signed status callback of an accepted message (reference/channels.md 2.5)."""
        account = self._account_of(delivered)
        form = {
            "MessageSid": delivered.id,
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": account,
            "From": delivered.account,
            "To": delivered.recipient,
            "ApiVersion": "2010-04-01",
            **({"ErrorCode": error_code} if error_code else {}),
        }
        url = str(delivered.message["StatusCallback"])
        text = url + "".join(name + form[name] for name in sorted(form))
        digest = hmac.new(self._tokens[account].encode(), text.encode(), hashlib.sha1).digest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": base64.b64encode(digest).decode(),
        }
        return Signed(url=url, body=urlencode(form).encode(), headers=headers)

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Serve an account and its messages below `{prefix}/2010-04-01`."""
        accounts = f"{prefix}/2010-04-01/Accounts/{{sid}}"
        app.router.add_get(f"{accounts}.json", self._show_account)
        app.router.add_post(f"{accounts}/Messages.json", self._post)
        app.router.add_get(f"{accounts}/Messages/{{message}}/Media/{{file}}", self._show_file)
        app.router.add_get(f"{prefix}/media/{{file}}", self._download)
        ContentApi(self.shelf, self._tokens).add_routes(app, prefix)

    async def _show_account(self, request: web.Request) -> web.Response:
        if problem := self._not_allowed(request):
            return problem
        sid = request.match_info["sid"]
        return web.json_response(
            {"sid": sid, "friendly_name": "Sandbox", "status": "active", "type": "Full"}
        )

    async def _show_file(self, request: web.Request) -> web.Response:
        """Lead on to where a file is kept (reference/channels.md 2.1)."""
        prefix, _, _ = request.path.partition("/2010-04-01/")
        place = f"{prefix}/media/{request.match_info['file']}"
        return self._not_allowed(request) or web.Response(status=307, headers={"Location": place})

    async def _download(self, request: web.Request) -> web.Response:
        """Give a file's bytes; the store is another host, which must never see credentials."""
        if "Authorization" in request.headers:
            return web.Response(status=400)
        return self.files.serve(request.match_info["file"])

    def _not_allowed(self, request: web.Request) -> web.Response | None:
        """Return Twilio's answer to wrong credentials, None for the account's own."""
        sid = request.match_info["sid"]
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        known = {
            account: encode_basic_auth(account, token).encode()
            for account, token in self._tokens.items()
        }
        if not any(hmac.compare_digest(given, expected) for expected in known.values()):
            return _error(20003, "Authenticate")
        if not hmac.compare_digest(given, known.get(sid, b"")):
            return _error(20404, "The requested resource was not found")
        return None

    async def _post(self, request: web.Request) -> web.Response:
        if problem := self._not_allowed(request):
            return problem
        sid = request.match_info["sid"]
        fault = self.faults.take_next()
        if fault == HTML:
            return html_error_page()
        if fault.isdigit():
            return _error(int(fault), "scripted")
        form = {key: str(value) for key, value in (await request.post()).items()}
        if mistake := problem_with(form, self.shelf.contents):
            return _error(mistake.code, mistake.text)
        if self._owners.get(form.get("From", ""), sid) != sid:
            return _error(21606, "The 'From' number is not one of this account's")
        if form["To"] in self._opted_out:
            return _error(21610, "Attempt to send to unsubscribed recipient")
        answer = await self._accept(sid, form, fault)
        await self.faults.apply(fault, request)
        return answer

    async def _accept(self, account: str, form: dict[str, str], fault: str) -> web.Response:
        sid = f"SM{next(self._numbers):032x}"
        now = self._clock()
        delivered = SentMessage(
            id=sid, account=form.get("From", ""), recipient=form["To"], message=form, at=now
        )
        if code := self._fails_later(form, fault, now):
            self.failing[sid] = code
        await self.message_log.add(delivered)
        body: JsonObject = {
            "sid": sid,
            "account_sid": account,
            "api_version": "2010-04-01",
            "status": "queued",
            "error_code": None,
            "error_message": None,
            "direction": "outbound-api",
            "to": form["To"],
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "body": form.get("Body", ""),
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "date_created": format_datetime(now),
            "date_updated": format_datetime(now),
            "date_sent": None,
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
            "subresource_uris": {},
        }
        return web.json_response(body, status=201)

    def _fails_later(self, form: Mapping[str, str], fault: str, now: datetime) -> str:
        """Return the code of the callback with which an accepted message fails, or ""."""
        if fault.startswith(LATER):
            return fault.removeprefix(LATER)
        is_closed = self._window_is_closed(form, now)
        code = self.shelf.fails_later(form, is_closed=is_closed)
        if code is not None:
            return code
        return WINDOW_CLOSED if is_closed else ""

    def _window_is_closed(self, form: Mapping[str, str], now: datetime) -> bool:
        if not is_whatsapp(form["To"]):
            return False
        if SHAPES.get(form.get("ContentSid", "")) in {TEMPLATE_ES, TEMPLATE_EN}:
            return False
        heard = self._heard.get(self._key(form["To"]))
        return self._strict_window if heard is None else now - heard > WINDOW

    def _key(self, recipient: str) -> str:
        recipient = recipient.strip()
        return self._people.get(recipient, recipient)

    def _account_of(self, delivered: SentMessage) -> str:
        return self._owners.get(delivered.account, next(iter(self._tokens)))


def _error(code: int, text: str) -> web.Response:
    status = _STATUS_OF.get(code, 400)
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": text, "more_info": more, "status": status}
    return web.json_response(body, status=status)
