"""What the `lola m2m` commands work with: the partner's client, the recorded actions, the operator.

A command that only reads masked data needs the partner alone; every other one needs the store too.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import typer

from lola.app.local_secrets import with_local_secrets
from lola.app.partners import build_m2m
from lola.app.state import State, open_state
from lola.app.trace_ids import new_trace_id
from lola.cli.m2m.output import write_json
from lola.delivery.model import Effects, Work
from lola.domain.clock import system_clock
from lola.errors import (
    ConfigurationError,
    LolaError,
    PartnerRefusedError,
    PartnerUnavailableError,
    StaffActionError,
    StoreUnavailableError,
)
from lola.escalation.partner_actions import PartnerActions
from lola.gateway.partner_events import PartnerEvents
from lola.money.links import TicketIndex
from lola.money.reference import sender_reference
from lola.partners.m2m import M2MClient
from lola.safety.outgoing import open_session
from lola.safety.output.outgoing import NO_ORIGIN
from lola.settings import Settings, load_settings
from lola.telemetry.logs import configure
from lola.text.phone_numbers import canonical

REFUSED, WRONG_SETTING, UNAVAILABLE, NO_STORE = 1, 2, 3, 4
"""Exit codes (docs/m2m.md). 1 is also a check whose result is no."""

HINTS: dict[int, str] = {
    400: "the partner finds the values wrong",
    401: "check M2M_API_KEY: it is unknown to the partner, or was revoked",
    403: "the partner does not allow it: is the account suspended?",
    404: "is the id right? A list command shows it; for a route that is inferred see docs/m2m.md",
    409: "its present state does not allow this; the show command tells it",
    422: "the partner finds the values wrong",
}
UNKNOWN_OUTCOME = "a change may have happened: look at it before you repeat the command"
NO_ANSWER = "lola doctor says whether the partner can be reached"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What every command has. `unmask` is the reason for showing personal data, or empty."""

    who: str
    as_json: bool = False
    unmask: str = ""


def settings_with_partner() -> Settings:
    """Return the settings. Raises ConfigurationError when no partner can be asked."""
    settings = load_settings()
    if not settings.m2m_base_url and not settings.is_production:
        raise ConfigurationError(
            "M2M_BASE_URL",
            "is not set, so there is no partner to ask",
            hint="`lola sandbox` prints the settings of a stand-in",
        )
    return settings


@asynccontextmanager
async def open_client() -> AsyncIterator[M2MClient]:
    """Open the partner's client alone."""
    async with open_session() as http:
        yield build_m2m(settings_with_partner(), http)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The client, the recorded actions and the stores."""

    client: M2MClient
    actions: PartnerActions
    state: State


@asynccontextmanager
async def open_desk() -> AsyncIterator[Desk]:
    """Open the client and the store, with or without a running service."""
    async with AsyncExitStack() as stack:
        settings = with_local_secrets(settings_with_partner())
        http = await stack.enter_async_context(open_session())
        client = build_m2m(settings, http)
        state = await open_state(settings, system_clock, stack, not_here, NO_ORIGIN)
        events = PartnerEvents(
            inbox=state.inbox,
            tickets=TicketIndex(state.store),
            kept=state.kept_events,
            client=client,
            new_trace_id=new_trace_id,
        )
        actions = PartnerActions(
            client=client, audit=state.staff_audit, events=events, kept=state.kept_events
        )
        yield Desk(client=client, actions=actions, state=state)


@asynccontextmanager
async def open_reader(options: Options, subject: str) -> AsyncIterator[M2MClient]:
    """Open the client for reading; showing personal data is recorded first."""
    if not options.unmask:
        async with open_client() as client:
            yield client
        return
    async with open_desk() as desk:
        await desk.actions.unmask(options.who, subject, options.unmask)
        yield desk.client


def reference_of(reference: str, phone: str) -> str:
    """Return the partner's reference of a sender: as given, or of a telephone number."""
    if not phone:
        return reference
    number = canonical(phone)
    if number is None:
        raise ConfigurationError("--phone", "is not a telephone number")
    key = with_local_secrets(load_settings()).sender_reference_key
    return sender_reference(number, key.get_secret_value())


def run(options: Options, work: Callable[[], Awaitable[T]], *, changes: bool = False) -> T:
    """Run a command's work; a LolaError ends the process with its code, hint and exit code.

    `changes`: the work may change something, so no answer does not mean that nothing happened.
    """
    configure("critical")

    async def awaited() -> T:
        return await work()

    try:
        return asyncio.run(awaited())
    except LolaError as error:
        hint = error.hint or _hint(error, changes=changes)
        fail(error, hint, as_json=options.as_json)


def fail(error: LolaError, hint: str, *, as_json: bool) -> NoReturn:
    """Print an error on stderr and exit."""
    message = str(error.args[0])
    if as_json:
        write_json({"error": {"code": error.code, "message": message, "hint": hint}}, sys.stderr)
    else:
        note = f" ({hint})" if hint else ""
        sys.stderr.write(f"lola: [{error.code}] {message}{note}\n")
    raise typer.Exit(exit_code(error)) from None


def exit_code(error: LolaError) -> int:
    """Return the documented exit code of an error."""
    match error:
        case PartnerRefusedError() | StaffActionError():
            return REFUSED
        case PartnerUnavailableError():
            return UNAVAILABLE
        case StoreUnavailableError():
            return NO_STORE
        case ConfigurationError():
            return WRONG_SETTING
        case _:
            return REFUSED


def _hint(error: LolaError, *, changes: bool) -> str:
    match error:
        case PartnerRefusedError(status=status):
            return HINTS.get(status, "")
        case PartnerUnavailableError():
            return UNKNOWN_OUTCOME if changes else NO_ANSWER
        case StoreUnavailableError():
            return "check REDIS_URL; nothing was done"
        case _:
            return ""


def not_here(_work: Work, _reason: str) -> Effects:
    """Refuse a poisoned message: a command handles no turn."""
    raise AssertionError("a command handles no turn")
