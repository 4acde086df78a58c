"""The parts of the console that every handler uses, and the reads that pages and API share.

Nothing here knows HTML or JSON. The console reads conversations; it changes them only by
`StaffActions`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import structlog
from aiohttp import web

from lola.console.cases import Cases
from lola.console.desk import Desk
from lola.console.identity import FindSender
from lola.console.ports import ConsoleStore
from lola.console.rendering import Pages
from lola.console.reply_box import CannedReply, ReplyLimits
from lola.console.sessions import SignIn, SignIns
from lola.console.staff import StaffDirectory
from lola.console.throttle import LoginThrottle
from lola.console.transcript import rows_of, turn_view, with_deliveries
from lola.console.views import ConversationView, conversation_view
from lola.delivery.costs import ALARMS
from lola.delivery.row_statuses import RowStatuses
from lola.delivery.troubles import Trouble, Troubles
from lola.domain.clock import Clock
from lola.domain.messages import Address, ConversationId, JsonObject
from lola.domain.session import Session, session_from_json
from lola.escalation.ports import AuditPort
from lola.escalation.staff_actions import (
    BadText,
    Conflict,
    HandedBack,
    OptedOut,
    Queued,
    StaffActions,
    Taken,
    Unknown,
)
from lola.safety.input.redaction import Redacted
from lola.state.kept_files import KeptFiles

TURNS_SHOWN = 100
LONGEST_TEXT = 16_000
"""Characters that a draft or note is cut to before it is checked."""
COOKIE = "lola_console"
CONVERSATION = r"{conversation:[A-Za-z0-9_]+-[0-9a-f]{24}}"

ActionResult = Taken | Queued | HandedBack | Conflict | Unknown | BadText | OptedOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The parts, built once. `closing` is set when the service stops, and ends open streams."""

    actions: StaffActions
    cases: Cases
    store: ConsoleStore
    staff: StaffDirectory
    sign_ins: SignIns
    throttle: LoginThrottle
    pages: Pages
    clock: Clock
    secure: bool
    poll_seconds: float
    trail: AuditPort | None = None
    channel_names: tuple[str, ...] = ()
    files: KeptFiles | None = None
    desk: Desk
    limits: ReplyLimits
    canned: tuple[CannedReply, ...] = ()
    find_sender: FindSender | None = None
    deliveries: RowStatuses | None = None
    screen: Callable[[str], Redacted]
    is_opted_out: Callable[[Address], Awaitable[bool]]
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def troubles(self) -> tuple[Trouble, ...]:
        """Return the channels that send nothing until a person has acted."""
        return await Troubles(self.store, self.clock).of(self.channel_names)

    async def cost_alarms(self) -> tuple[JsonObject, ...]:
        """Return the conversations whose messages cost too much today, newest first."""
        return await self.store.list_records(ALARMS, self.clock().date().isoformat())

    async def view(self, conversation: ConversationId) -> ConversationView | None:
        """Return a conversation, or None when there is none or it has expired."""
        ownership = await self.actions.ownership(conversation)
        stored = await self.store.read(conversation, limit=TURNS_SHOWN)
        if stored.state is None and ownership.owner == "bot":
            return None
        view = conversation_view(
            conversation,
            ownership,
            stored.state,
            stored.version,
            stored.history,
            self.clock(),
            (await self.desk.beside(conversation)).notes,
        )
        rows = rows_of(view.turns)
        known = dict(zip(rows, await self._statuses(conversation, rows), strict=True))
        return replace(view, turns=with_deliveries(view.turns, known))

    async def _statuses(
        self, conversation: ConversationId, rows: tuple[tuple[int, int], ...]
    ) -> tuple[str, ...]:
        if self.deliveries is None:
            return ("",) * len(rows)
        return await self.deliveries.of(conversation, rows)

    async def session(self, conversation: ConversationId) -> Session | None:
        """Return what the conversation remembers, or None when there is none."""
        state = (await self.store.read(conversation, limit=1)).state
        return session_from_json(state) if state is not None else None

    async def record(
        self, kind: str, staff: str, conversation: ConversationId | None = None
    ) -> None:
        """Log and record what a staff member did; nothing is shown before this is stored."""
        log.info(kind, staff=staff, **({"conversation": conversation} if conversation else {}))
        if self.trail is not None:
            await self.trail.append(kind, {"staff": staff}, conversation=conversation)

    async def page_version(self, conversation: ConversationId) -> str:
        """Return `version.epoch`; when it changes, the conversation's page is out of date.

        A letter for each message of the newest turn that was delivered follows the version.
        """
        ownership = await self.actions.ownership(conversation)
        stored = await self.store.read(conversation, limit=1)
        rows = rows_of(map(turn_view, stored.history)) if self.deliveries else ()
        ticks = "".join(one[:1] for one in await self._statuses(conversation, rows))
        return f"{stored.version}{ticks}.{ownership.epoch}"


log = structlog.get_logger(__name__)

CONSOLE = web.AppKey("console", Console)
SIGN_IN = web.RequestKey("sign_in", SignIn)


def conversation_of(request: web.Request) -> ConversationId:
    """Return the conversation that the path names."""
    return ConversationId(request.match_info["conversation"])


def refusal(result: ActionResult) -> tuple[int, str] | None:
    """Return the HTTP status and a stable word for a refused action; None for a done one."""
    match result:
        case Conflict():
            return 409, "conflict"
        case OptedOut():
            return 409, "opted_out"
        case Unknown():
            return 404, "unknown"
        case BadText(reason=reason):
            return 422, reason
        case _:
            return None


def set_cookie(
    response: web.StreamResponse,
    request: web.Request,
    name: str,
    value: str,
    *,
    max_age: int | None = None,
) -> None:
    """Set a cookie that scripts cannot read and other sites cannot use.

    It ends with the browser, or after `max_age` seconds.
    """
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=str(request.app.router["queue"].url_for()),
        httponly=True,
        samesite="Strict",
        secure=request.app[CONSOLE].secure,
    )
