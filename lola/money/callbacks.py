"""Callbacks: the addresses where the secure page reports, and the handlers that read the reports.

An address is sealed and valid for two hours and one operation of one ticket (reference/lola.md 12,
17). It names its handler, so any instance serves it after any restart. A handler may be a bank's
own code. It gets a report only after the report was claimed and stored, and returns which event
of the ticket the report means; it does not change the ticket itself.

    @callback(operation="send", action="send:approve")
    async def process_send_call_back(report: Callback, body: SendBody) -> Report:
        return Report(event="approved", operation_id=body.operation_id)
"""

import hmac
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from lola.domain.events import CALLBACK_PREFIX
from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError, TokenError, UnknownReportError
from lola.money.sealing import Sealer
from lola.money.tickets import TicketEvent
from lola.safety.input.redaction import redact_mapping

LIFETIME = timedelta(hours=2)
PURPOSE = "callback"
PATH = "/callbacks/"

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{0,64}$")]
"""An id of a partner: never free text, which could hold anything."""


class CallbackBody(BaseModel):
    """The fields of every report. Those that a handler does not name are dropped unread."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="ignore", strict=True
    )

    ticket_id: Annotated[str, Field(min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The content of an address: one handler, for one operation of one ticket."""

    handler: str
    operation: str
    ticket: str

    @property
    def claim(self) -> str:
        """The name under which the one report of this operation is stored.

        It is the same for success and failure and for every page that was opened for the ticket:
        only the first report of an operation counts.
        """
        return f"{CALLBACK_PREFIX}{self.ticket}:{self.operation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The event that a report means. The table in `lola.money.tickets` decides if it applies."""

    event: TicketEvent
    operation_id: str = ""


Read = Callable[[Callback, Any], Awaitable[Report]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """A declared handler. Only a page session that may do `action` can call it."""

    name: str
    operation: str
    action: str
    body: type[CallbackBody]
    read: Read


def callback(*, operation: str, action: str) -> Callable[[Read], Handler]:
    """Declare `async def name(callback, body) -> Report`; the body's type says what is accepted.

    Of all handlers of one `operation` a single report is accepted. The function runs inside a turn
    of the ticket's conversation and may run again for the same report after a crash: its outside
    effects must be safe to repeat, and each of its network calls needs a timeout.
    """

    def declare(read: Read) -> Handler:
        name = read.__name__
        body = next(
            (
                hint
                for hint in get_type_hints(read).values()
                if isinstance(hint, type) and issubclass(hint, CallbackBody)
            ),
            None,
        )
        if body is None:
            raise ConfigurationError(f"callback {name}", "takes no CallbackBody")
        return Handler(name=name, operation=operation, action=action, body=body, read=read)

    return declare


class Handlers:
    """The handlers of a deployment by name; a later one replaces an earlier one of that name."""

    def __init__(self, handlers: Iterable[Handler]) -> None:
        self._by_name = {handler.name: handler for handler in handlers}

    def __iter__(self) -> Iterator[Handler]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Handler:
        """Return a handler. Raises TokenError: a valid address may name one that was removed."""
        try:
            return self._by_name[name]
        except KeyError:
            raise TokenError from None

    async def read(self, name: str, ticket: str, body: JsonObject) -> Report:
        """Return what the handler makes of a stored report. Raises TokenError like `get`."""
        handler = self.get(name)
        report = Callback(handler=name, operation=handler.operation, ticket=ticket)
        return await handler.read(report, handler.body.model_validate(body))


def load_handlers(packages: Iterable[str]) -> Handlers:
    """Collect the `CALLBACKS` of the named modules. Raises ConfigurationError."""
    found: list[Handler] = []
    for package in packages:
        try:
            found.extend(import_module(package).CALLBACKS)
        except (ImportError, AttributeError) as error:
            raise ConfigurationError("CALLBACKS", f"{package}: {error}") from None
    return Handlers(found)


class CallbackAddresses:
    """Makes and opens callback addresses. Nothing is stored: the token holds everything."""

    def __init__(self, sealer: Sealer, handlers: Handlers, public_url: str) -> None:
        self._sealer = sealer
        self._handlers = handlers
        self._url = f"{public_url}{PATH}"

    def of_ticket(self, ticket: str, actions: Iterable[str], now: datetime) -> dict[str, str]:
        """Return new addresses by handler name, for the handlers that the actions allow."""
        allowed = frozenset(actions)
        expires = int((now + LIFETIME).timestamp())
        return {
            handler.name: self._url + self._seal(handler, ticket, expires)
            for handler in self._handlers
            if handler.action in allowed
        }

    def open(self, token: str, now: datetime) -> tuple[Handler, Callback]:
        """Return the content of an address. Raises TokenError when it is not ours or too old."""
        try:
            fields = json.loads(self._sealer.open(token))
            expires_at = datetime.fromtimestamp(fields["exp"], UTC)
            operation, ticket = fields["operation"], fields["ticket"]
        except (ValueError, KeyError, TypeError):
            raise TokenError from None
        handler = self._handlers.get(fields["handler"])
        if now >= expires_at or handler.operation != operation:
            raise TokenError
        return handler, Callback(handler=handler.name, operation=operation, ticket=ticket)

    def _seal(self, handler: Handler, ticket: str, expires: int) -> str:
        fields = {
            "handler": handler.name,
            "operation": handler.operation,
            "ticket": ticket,
            "exp": expires,
        }
        return self._sealer.seal(json.dumps(fields, separators=(",", ":")).encode())


def read_body(handler: Handler, report: Callback, body: object) -> JsonObject:
    """Return the fields that the handler names, and no others.

    Raises TokenError unless they are as declared, about this ticket and free of card data, for
    which the page has tokens (reference/lola.md 18). Raises UnknownReportError when only a word is
    not among those that the handler knows: that report must not be lost.
    """
    try:
        read = handler.body.model_validate(body)
    except ValidationError as error:
        if value := _unknown_word(error):
            raise UnknownReportError(value) from None
        raise TokenError from None
    fields: JsonObject = read.model_dump(mode="json")
    is_ours = hmac.compare_digest(read.ticket_id.encode(), report.ticket.encode())
    if not is_ours or redact_mapping(fields).found:
        raise TokenError
    return fields


def _unknown_word(error: ValidationError) -> str:
    """Return the word that is not among the declared ones, if nothing else is wrong."""
    problems = error.errors(include_url=False)
    if len(problems) != 1 or problems[0]["type"] not in {"literal_error", "enum"}:
        return ""
    value = problems[0]["input"]
    return value if isinstance(value, str) and WORD.fullmatch(value) else ""
