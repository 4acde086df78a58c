"""Keeps what staff write and do beside a conversation: notes, drafts, takeovers, assignments.

The policy of what may be stored sees every text first.
"""

from typing import Literal

from lola.console.context import LONGEST_TEXT, Console
from lola.console.desk import NOTE_LIMIT
from lola.console.sessions import SignIn
from lola.domain.messages import ConversationId
from lola.escalation.staff_actions import Conflict, Taken, Unknown
from lola.safety.input.hygiene import clean
from lola.safety.input.redaction import redact_stored
from lola.telemetry import names
from lola.text.language import detect

NoteRefused = Literal["", "empty", "too_long", "unknown"]


async def add_note(
    console: Console, conversation: ConversationId, staff: str, text: str
) -> NoteRefused:
    """Keep a note of staff and record that there is one; return why not, or an empty word."""
    text = clean(text, LONGEST_TEXT).strip()
    if not text:
        return "empty"
    if len(text) > NOTE_LIMIT:
        return "too_long"
    if await console.view(conversation) is None:
        return "unknown"
    await console.record(names.CONSOLE_NOTED, staff, conversation)
    colleagues = [one.name for one in await console.staff.list() if not one.disabled]
    await console.desk.add_note(conversation, staff, redact_stored(text), colleagues)
    return ""


async def keep_draft(
    console: Console, conversation: ConversationId, staff: str, text: str
) -> tuple[tuple[str, ...], str]:
    """Keep what somebody has typed so far.

    Returns what would be taken out of it, and the language it is in if that is not the sender's.
    """
    text = clean(text, LONGEST_TEXT)
    session = await console.session(conversation)
    if session is None:
        return (), ""
    screened = console.screen(text)
    await console.desk.keep_draft(conversation, staff, redact_stored(text))
    language = detect(text) or ""
    return screened.found, language if language != session.language else ""


async def take_over(
    console: Console, conversation: ConversationId, staff: str
) -> Taken | Conflict | Unknown:
    """Take the conversation over, and keep for the transcript who did."""
    before = await console.actions.ownership(conversation)
    result = await console.actions.take_over(conversation, staff)
    if isinstance(result, Taken) and result.ownership.epoch != before.epoch:
        await console.desk.add_move(conversation, staff, "taken")
    return result


async def assign(
    console: Console, conversation: ConversationId, sign_in: SignIn, to: str
) -> Taken | Conflict | Unknown:
    """Assign the conversation, and keep for the transcript who did it and to whom."""
    result = await console.actions.assign(
        conversation, sign_in.name, to, supervisor=sign_in.is_supervisor
    )
    if isinstance(result, Taken):
        await console.desk.add_move(conversation, sign_in.name, "assigned", to)
    return result
