"""Twilio's Messages endpoint on loopback: the rules, the errors and a journal, no telephone.

A stand-in for development and tests; it never calls a status callback. What it refuses, Twilio
refuses too (reference/channels.md 2.4, 2.6 and 2.8).
"""

import hmac
import re
from email.utils import format_datetime
from itertools import count
from urllib.parse import urlsplit

from aiohttp import encode_basic_auth, web

from lola.clock import Clock
from lola.messages import JsonObject
from lola.sandbox.faults import HTML, Faults, html_page
from lola.sandbox.journal import Delivered, Journal

BODY_LIMIT = 1600
STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})

_ADDRESS = re.compile(r"(whatsapp:)?\+[1-9][0-9]{5,14}")
_STATUS_OF = {20003: 401, 20404: 404, 20429: 429, 20500: 500}


class TwilioStub:
    """Accepts messages as Twilio would, for one account."""

    def __init__(self, account_sid: str, auth_token: str, clock: Clock) -> None:
        self.journal = Journal(str.strip)
        self.faults = Faults()
        self._sid = account_sid
        self._authorization = encode_basic_auth(account_sid, auth_token).encode()
        self._clock = clock
        self._opted_out: set[str] = set()
        self._numbers = count(1)

    @property
    def sent(self) -> list[Delivered]:
        """Everything that was accepted, in order."""
        return self.journal.sent

    def messages_to(self, recipient: str) -> tuple[Delivered, ...]:
        """Answer what was accepted for one address (`+…` or `whatsapp:+…`)."""
        return self.journal.to(recipient)

    def note_inbound(self, sender: str, body: str) -> None:
        """Hear what a sender wrote: STOP blocks later messages to them, START lifts the block."""
        word = body.strip().upper()
        if word in STOP_WORDS:
            self._opted_out.add(sender)
        elif word in START_WORDS:
            self._opted_out.discard(sender)

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Serve `POST {prefix}/2010-04-01/Accounts/{sid}/Messages.json`."""
        app.router.add_post(f"{prefix}/2010-04-01/Accounts/{{sid}}/Messages.json", self._post)

    async def _post(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._authorization):
            return _error(20003, "Authenticate")
        if request.match_info["sid"] != self._sid:
            return _error(20404, "The requested resource was not found")
        fault = self.faults.next()
        if fault == HTML:
            return html_page()
        if fault.isdigit():
            return _error(int(fault), "scripted")
        form = {key: str(value) for key, value in (await request.post()).items()}
        if problem := self._problem(form):
            return _error(*problem)
        answer = await self._accept(form)
        await self.faults.strike(fault, request)
        return answer

    def _problem(self, form: dict[str, str]) -> tuple[int, str] | None:
        recipient = form.get("To", "")
        sender = form.get("From", "") or form.get("MessagingServiceSid", "")
        callback = urlsplit(form.get("StatusCallback", "https://none.example"))
        rules = (
            (not recipient, 21604, "A 'To' phone number is required"),
            (not sender, 21603, "A 'From' phone number is required"),
            (not _ADDRESS.fullmatch(recipient), 21211, "Invalid 'To' Phone Number"),
            (_differ(recipient, sender), 63007, "From and To are of different channels"),
            (not form.get("Body"), 21602, "Message body is required"),
            (len(form.get("Body", "")) > BODY_LIMIT, 21617, "The message body is too long"),
            (not callback.hostname or "_" in callback.hostname, 21609, "Invalid StatusCallback"),
            (recipient in self._opted_out, 21610, "Attempt to send to unsubscribed recipient"),
        )
        return next(((code, text) for broken, code, text in rules if broken), None)

    async def _accept(self, form: dict[str, str]) -> web.Response:
        sid = f"SM{next(self._numbers):032x}"
        now = self._clock()
        delivered = Delivered(
            id=sid, account=form.get("From", ""), recipient=form["To"], message=form, at=now
        )
        await self.journal.add(delivered)
        body: JsonObject = {
            "sid": sid,
            "account_sid": self._sid,
            "api_version": "2010-04-01",
            "status": "queued",
            "error_code": None,
            "error_message": None,
            "direction": "outbound-api",
            "to": form["To"],
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "body": form["Body"],
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "date_created": format_datetime(now),
            "date_updated": format_datetime(now),
            "date_sent": None,
            "uri": f"/2010-04-01/Accounts/{self._sid}/Messages/{sid}.json",
            "subresource_uris": {},
        }
        return web.json_response(body, status=201)


def _differ(recipient: str, sender: str) -> bool:
    return recipient.startswith("whatsapp:") != sender.startswith("whatsapp:")


def _error(code: int, text: str) -> web.Response:
    status = _STATUS_OF.get(code, 400)
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": text, "more_info": more, "status": status}
    return web.json_response(body, status=status)
