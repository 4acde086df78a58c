"""What staff and operators may change at the M2M partner, for the console and the commands.

Every action needs a reason and is recorded before the partner is asked and with its outcome
(`lola.state.staff_audit`). While the record cannot be written nothing is done. It moves no money,
and it returns no address of a link to the console.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar, Unpack

import structlog

from lola.errors import (
    LolaError,
    PartnerRefusedError,
    PartnerUnavailableError,
    StaffActionError,
    StoreUnavailableError,
)
from lola.partners.m2m import M2MClient, M2MEvent
from lola.partners.m2m.model import (
    Block,
    CipTicket,
    NewSecret,
    PartnerSettings,
    Revocation,
    SettingChanges,
    WebhookConfig,
)
from lola.partners.m2m.webhooks import delivered
from lola.safety.input.redaction import redact_stored
from lola.state.kept_events import KeptEvent, KeptEvents
from lola.state.staff_audit import StaffAudit
from lola.telemetry import names

LONGEST_REASON = 500
"""The limit of a block's reason (reference/m2m.md 5.11), used for every action."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class EventTaker(Protocol):
    """Takes events of the partner; `lola.gateway.partner_events.PartnerEvents`."""

    async def accept(self, event: M2MEvent, *, late: bool = False) -> str:
        """Enqueue or keep an event and return the outcome in one word."""
        ...

    async def retry(self, kept: KeptEvent) -> bool:
        """Try a kept event again; return whether its ticket was found."""
        ...

    async def tell_of_check(self, link_id: str, check: CipTicket) -> bool:
        """Have the sender told of an identity check; return whether the sender is known here."""
        ...

    def can_retry(self, kept: KeptEvent) -> bool:
        """Return whether this version knows the kind of a kept event."""
        ...


class PartnerActions:
    """The actions of one deployment. `who` is the person, `reason` what they say about it.

    Every method raises PartnerError, StaffActionError for a reason that is missing or too long,
    and StoreUnavailableError.
    """

    def __init__(
        self, *, client: M2MClient, audit: StaffAudit, events: EventTaker, kept: KeptEvents
    ) -> None:
        self._client = client
        self._audit = audit
        self._events = events
        self._kept = kept

    async def block(self, who: str, user_id: str, reason: str) -> Block:
        """Block a user: no new link, no completed transfer."""
        reason = checked_reason(reason)
        return await self._do(
            who, "user.block", user_id, reason, lambda: self._client.block_user(user_id, reason)
        )

    async def unblock(self, who: str, user_id: str, reason: str) -> Block:
        """Lift a block. The partner takes no reason for it; it is in our record only."""
        return await self._do(
            who, "user.unblock", user_id, reason, lambda: self._client.unblock_user(user_id)
        )

    async def revoke(self, who: str, link_id: str, reason: str) -> Revocation:
        """Revoke a link, unless it was used: that could stop what the sender approved."""
        reason = checked_reason(reason)

        async def revoke() -> Revocation:
            link = await self._client.get_link(link_id)
            if link.operation_id or link.operation:
                raise StaffActionError(
                    "used",
                    "the link has an operation",
                    hint="lola m2m operations list --link shows it",
                )
            return await self._client.revoke_link(link_id, reason)

        return await self._do(who, "link.revoke", link_id, reason, revoke)

    async def request_verification(
        self, who: str, link_id: str, reason: str
    ) -> tuple[CipTicket, bool]:
        """Begin an identity check of a link's user, and have the sender told with a link.

        Also return whether the sender is told: a link that was not made here has no conversation.
        """

        async def begin() -> tuple[CipTicket, bool]:
            check = await self._client.create_cip_ticket(link_id)
            try:
                return check, await self._events.tell_of_check(link_id, check)
            except StoreUnavailableError as error:
                # The check is begun, so it is no failure of the action.
                log.error(names.STORE_UNAVAILABLE, code=error.code, action="cip.create", staff=who)
                return check, False

        return await self._do(who, "cip.create", link_id, reason, begin)

    async def redeliver(self, who: str, delivery_id: str, reason: str) -> str:
        """Take an event from the partner's delivery log as if it came now; return the outcome.

        The partner documents no route for a replay (reference/m2m.md 7.4). An event that was
        handled counts once. It is taken as late, so the partner's present state decides.
        """

        async def take() -> str:
            event = delivered(await self._client.get_delivery(delivery_id))
            return await self._events.accept(event, late=True)

        return await self._do(who, "delivery.redeliver", delivery_id, reason, take)

    async def update_settings(
        self, who: str, reason: str, **changes: Unpack[SettingChanges]
    ) -> PartnerSettings:
        """Change the account's settings."""
        return await self._do(
            who,
            "settings.update",
            " ".join(sorted(changes)),
            reason,
            lambda: self._client.update_settings(**changes),
        )

    async def set_webhook(self, who: str, url: str | None, reason: str) -> WebhookConfig:
        """Set the account's webhook address; None turns deliveries off."""
        return await self._do(
            who,
            "webhook.set" if url else "webhook.off",
            "",
            reason,
            lambda: self._client.update_webhook_url(url),
        )

    async def rotate_secret(self, who: str, reason: str) -> NewSecret:
        """Replace the webhook secret. The caller must be ready to keep the new one."""
        return await self._do(who, "webhook.rotate", "", reason, self._client.regenerate_secret)

    async def unmask(self, who: str, subject: str, reason: str) -> None:
        """Record that personal data is shown to somebody."""

        async def nothing() -> None:
            return None

        await self._do(who, "unmask", subject, reason, nothing)

    async def retry_kept(self, who: str, event_id: str, reason: str) -> bool:
        """Try a kept event now; return whether its ticket was found."""
        kept = await self._find_kept(event_id)
        if not self._events.can_retry(kept):
            raise StaffActionError(
                "not_retriable",
                "this version does not know what to do with such an event",
                hint="look at it in the partner's delivery log, then discard it",
            )
        return await self._do(who, "kept.retry", event_id, reason, lambda: self._events.retry(kept))

    async def discard_kept(self, who: str, event_id: str, reason: str) -> None:
        """Forget a kept event for good."""
        await self._find_kept(event_id)
        await self._do(who, "kept.discard", event_id, reason, lambda: self._kept.forget(event_id))

    async def _find_kept(self, event_id: str) -> KeptEvent:
        for event in await self._kept.all():
            if event.id == event_id:
                return event
        raise StaffActionError(
            "unknown", "there is no such kept event", hint="lola m2m kept list shows them"
        )

    async def _do(
        self, who: str, action: str, subject: str, reason: str, work: Callable[[], Awaitable[T]]
    ) -> T:
        reason = checked_reason(reason)

        async def note(outcome: str) -> None:
            await self._audit.append(
                who=who, action=action, subject=subject, reason=reason, outcome=outcome
            )
            log.info(names.STAFF_AT_PARTNER, staff=who, action=action, outcome=outcome)

        async def note_end(outcome: str) -> None:
            # What was done is done: a new secret, for instance, must not be lost over this.
            try:
                await note(outcome)
            except StoreUnavailableError as error:
                log.error(names.STORE_UNAVAILABLE, code=error.code, action=action, staff=who)

        await note("asked")
        try:
            result = await work()
        except LolaError as error:
            await note_end(_outcome(error))
            raise
        await note_end(f"done: {result}" if isinstance(result, str) else "done")
        return result


def checked_reason(reason: str) -> str:
    """Return a reason on one line without card data. Raises StaffActionError."""
    reason = redact_stored(" ".join(reason.split()))
    if not reason:
        raise StaffActionError("reason_missing", "a reason is needed")
    if len(reason) > LONGEST_REASON:
        raise StaffActionError(
            "reason_too_long", f"a reason has at most {LONGEST_REASON} characters"
        )
    return reason


def _outcome(error: LolaError) -> str:
    match error:
        case PartnerRefusedError(partner_code=code):
            return f"refused: {code}"
        case PartnerUnavailableError():
            return "unknown"
        case StaffActionError(word=word):
            return f"refused: {word}"
        case _:
            return f"failed: {error.code}"
