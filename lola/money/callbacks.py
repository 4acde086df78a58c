"""Callbacks: how the secure page reports back, and what a report may come to.

An address is sealed, good for two hours and for one operation of one ticket (reference/lola.md 12
and 17). It names its handler, so any instance serves it after any restart. A handler is a bank's
own code when the settings say so; it learns of a report only after the report was claimed and
stored, answers what became of the ticket, and moves nothing by itself.

    @callback(operation="send", action="send:approve")
    async def process_send_call_back(report: Callback, body: SendBody) -> Report:
        return Report(event="approved", operation_id=body.operation_id)
"""

import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from lola.domain.events import CALLBACK_PREFIX
from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError, TokenError
from lola.money.sealing import Sealer
from lola.money.tickets import TicketEvent
from lola.safety.input.redaction import redact_mapping

LIFE = timedelta(hours=2)
PURPOSE = "callback"
PATH = "/callbacks/"

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{0,64}$")]
"""An id of a partner: never a text, so that nothing else can hide in it."""


class CallbackBody(BaseModel):
    """What every report says. Fields that a handler does not name are dropped, unread."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="ignore", strict=True
    )

    ticket_id: Annotated[str, Field(min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What an address stands for: one handler, for one operation of one ticket."""

    handler: str
    operation: str
    ticket: str

    @property
    def claim(self) -> str:
        """The name under which this operation's one report is stored.

        It is the same for success and failure, and for every page that was opened for the ticket:
        the first report of an operation is its last.
        """
        return f"{CALLBACK_PREFIX}{self.ticket}:{self.operation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of the ticket. The state machine decides whether that is possible."""

    event: TicketEvent
    operation_id: str = ""


Read = Callable[[Callback, Any], Awaitable[Report]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """A declared handler. Only a page session that may do `action` can reach it."""

    name: str
    operation: str
    action: str
    body: type[CallbackBody]
    read: Read


def callback(*, operation: str, action: str) -> Callable[[Read], Handler]:
    """Declare `async def name(callback, body) -> Report`; the body's type says what is accepted.

    Handlers of one `operation` are its possible ends: one report of them is taken. The function
    runs inside a turn of the ticket's conversation and may be run again for the same report after
    a crash, so what it does outside must be safe to repeat; every call of its own needs a timeout.
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
    """The handlers of a deployment by name; a later one replaces an earlier of the same name."""

    def __init__(self, handlers: Iterable[Handler]) -> None:
        self._by_name = {handler.name: handler for handler in handlers}

    def __iter__(self) -> Iterator[Handler]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Handler:
        """Answer a handler. Raises TokenError: an address of ours may outlive its handler."""
        try:
            return self._by_name[name]
        except KeyError:
            raise TokenError from None

    async def read(self, name: str, ticket: str, body: JsonObject) -> Report:
        """Let a handler say what a stored report came to. Raises TokenError like `get`."""
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
    """Makes and opens callback addresses. It keeps nothing: the token is the record."""

    def __init__(self, sealer: Sealer, handlers: Handlers, public_url: str) -> None:
        self._sealer = sealer
        self._handlers = handlers
        self._url = f"{public_url}{PATH}"

    def of_ticket(self, ticket: str, actions: Iterable[str], now: datetime) -> dict[str, str]:
        """Answer a fresh address for every handler that the ticket's actions reach, by its name."""
        allowed = frozenset(actions)
        expires = int((now + LIFE).timestamp())
        return {
            handler.name: self._url + self._seal(handler, ticket, expires)
            for handler in self._handlers
            if handler.action in allowed
        }

    def open(self, token: str, now: datetime) -> tuple[Handler, Callback]:
        """Answer what an address stands for. Raises TokenError when it is not ours or too old."""
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
    """Answer the fields that the handler names, and no others.

    Raises TokenError unless they are as declared, about this ticket and free of card data: a page
    has tokens for that (reference/lola.md 18).
    """
    try:
        read = handler.body.model_validate(body)
    except ValidationError:
        raise TokenError from None
    fields: JsonObject = read.model_dump(mode="json")
    is_ours = hmac.compare_digest(read.ticket_id.encode(), report.ticket.encode())
    if not is_ours or redact_mapping(fields).found:
        raise TokenError
    return fields
