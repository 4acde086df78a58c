"""Whether the sender lets us speak: heard before anything else looks at their words.

It works from every agent, beside a person who owns the conversation, without a model and without
the identity service. A clear wish is recorded and confirmed once; a doubtful one is asked about,
once, with buttons. "Cancelar" in the middle of something is about that, never an opt-out
(reference/channels.md 2.8).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from lola.consent import Consent, ConsentStore, Mark, read
from lola.consent.store import How, State
from lola.consent.words import NO, YES
from lola.conversation.result import TurnResult, said, silence
from lola.delivery.model import Work
from lola.domain.messages import (
    ButtonsMessage,
    ChoiceContent,
    Inbound,
    MediaContent,
    Option,
    TextContent,
    TextMessage,
)
from lola.domain.turn import Turn, spoken
from lola.money.approvals import options_for
from lola.settings import Settings
from lola.text.folding import fold
from lola.text.wording import Wording

ROUTE = "consent"
STOP = "consent:stop"
KEEP = "consent:keep"
START = "consent:start"
STAY_OUT = "consent:stay_out"
# "Gracias" after our confirmation is no reason to write again; whoever blocked us got none, and is
# back when they write.
QUIET_AFTER_STOP = timedelta(hours=1)
_TAPS: dict[str, "Action"] = {STOP: "stop", KEEP: "keep", START: "start", STAY_OUT: "stay_out"}

Action = Literal["stop", "ask", "cancel", "keep", "start", "stay_out", "help"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one message of the burst asks for, and how it was said."""

    action: Action
    message: Inbound
    how: How = "keyword"
    language: str = ""


class ConsentGate:
    """The first gate of every turn."""

    def __init__(self, book: ConsentStore, wording: Wording, settings: Settings) -> None:
        self._book = book
        self._wording = wording
        self._names = {"brand": settings.brand_name, "assistant": settings.assistant_name}

    async def handle(self, turn: Turn, work: Work) -> TurnResult | Turn:
        """Answer how the turn ends here, or the turn that goes on. Raises StoreUnavailableError."""
        heard = [found for message in turn.inbound if (found := _hear(message, turn))]
        last = heard[-1] if heard else None
        for earlier in heard[:-1]:
            await self._record(turn, work, earlier)
        consent = await self._book.get(turn.address)
        if last is not None:
            turn = _in_its_language(turn, last)
        if last is not None and last.action == "stop":
            return await self._stop(turn, work, last)
        if consent.state == "out":
            return await self._while_out(turn, work, consent, last)
        if last is None or work.ownership.owner != "bot":
            return turn
        return self._while_in(turn, work, last)

    async def _record(self, turn: Turn, work: Work, heard: Heard) -> Mark:
        """Keep what one message asks for; the log has each of a burst, in order."""
        if heard.action not in {"stop", "start"}:
            return "same"
        state: State = "out" if heard.action == "stop" else "in"
        return await self._book.record(
            turn.address, state, how=heard.how, event=heard.message.id, token=work.token
        )

    async def _stop(self, turn: Turn, work: Work, heard: Heard) -> TurnResult:
        mark = await self._record(turn, work, heard)
        # The carrier has confirmed already, and takes nothing more for this line (channels.md 2.8).
        if heard.how == "carrier" or mark not in {"changed", "again"}:
            return silence(turn, ROUTE)
        return said(turn, ROUTE, self._text("stopped", turn), author="consent")

    async def _while_out(
        self, turn: Turn, work: Work, consent: Consent, heard: Heard | None
    ) -> TurnResult | Turn:
        """Let the sender back in, tell who we are, or ask once; nobody else may speak."""
        if heard is None and consent.how in {"carrier", "provider"} and fold(turn.text) == "yes":
            heard = Heard(action="start", message=turn.last, how="carrier")
        if heard is not None and heard.action == "start":
            await self._record(turn, work, heard)
            return self._back(turn, heard)
        if heard is not None and heard.action == "help" and heard.how != "carrier":
            return said(turn, ROUTE, self._text("help", turn), author="consent")
        since = consent.since if consent.how != "provider" else None
        is_fresh = since is not None and turn.now - since < QUIET_AFTER_STOP
        asked = turn.session.consent_resume_asked
        if heard or is_fresh or asked or not turn.text or work.ownership.owner == "human":
            return silence(turn, ROUTE)
        options = self._options(turn, (START, "yes_resume"), (STAY_OUT, "no_resume"))
        question = ButtonsMessage(content=self._say("resume", turn), options=options)
        return said(_noted(turn, consent_resume_asked=True), ROUTE, question, author="consent")

    def _back(self, turn: Turn, heard: Heard) -> TurnResult | Turn:
        """Answer what else was said in this burst; only a bare START gets a welcome."""
        rest = _besides(heard, turn)
        turn = _noted(turn, consent_resume_asked=False)
        if rest:
            return turn.evolve(inbound=rest)
        if heard.how == "carrier":
            return silence(turn, ROUTE)
        return said(turn, ROUTE, self._text("back", turn), author="code")

    def _while_in(self, turn: Turn, work: Work, heard: Heard) -> TurnResult | Turn:
        if heard.how == "carrier":
            rest = _besides(heard, turn)
            return turn.evolve(inbound=rest) if rest else silence(turn, ROUTE)
        match heard.action:
            case "help":
                return said(turn, ROUTE, self._beside_draft("help", "help", turn), author="code")
            case "keep":
                message = self._beside_draft("kept", "kept_draft", turn)
                return said(turn, ROUTE, message, author="code")
            case "cancel" if _is_underway(turn, work):
                return turn
            case "ask" | "cancel" if not turn.session.consent_asked:
                options = self._options(turn, (STOP, "yes_stop"), (KEEP, "no_keep"))
                question = ButtonsMessage(content=self._say("ask", turn), options=options)
                return said(_noted(turn, consent_asked=True), ROUTE, question, author="code")
            case _:
                return turn

    def _beside_draft(self, key: str, with_draft: str, turn: Turn) -> TextMessage | ButtonsMessage:
        """Say something without taking the choice away that the sender is in the middle of."""
        draft = turn.session.draft
        if draft is None:
            return self._text(key, turn)
        options = options_for(draft.approval, self._wording, turn.language)
        return ButtonsMessage(content=self._say(with_draft, turn), options=options)

    def _options(self, turn: Turn, *choices: tuple[str, str]) -> tuple[Option, ...]:
        return tuple(Option(id=id_, title=self._say(key, turn)) for id_, key in choices)

    def _text(self, key: str, turn: Turn) -> TextMessage:
        return TextMessage(content=self._say(key, turn))

    def _say(self, key: str, turn: Turn) -> str:
        return self._wording(f"consent.{key}", turn.language, **self._names)


def _hear(message: Inbound, turn: Turn) -> Heard | None:
    if message.carrier:
        return Heard(action=message.carrier, message=message, how="carrier")
    match message.content:
        case ChoiceContent(id=id_) if id_ in _TAPS:
            return Heard(action=_TAPS[id_], message=message, how="button")
        case TextContent(text=text) | MediaContent(caption=text):
            return _answered(text, message, turn) or _read(text, message)
        case _:
            return None


def _answered(text: str, message: Inbound, turn: Turn) -> Heard | None:
    """Read a yes or no, or the doubtful word again, as the answer to our open question."""
    offered = tuple(option.id for option in turn.session.offered)
    if not offered or offered[0] not in {STOP, START}:
        return None
    folded = fold(text)
    wish = read(text)
    insists = offered[0] == STOP and wish is not None and wish.kind in {"stop", "cancel"}
    if folded in YES or insists:
        return Heard(action=_TAPS[offered[0]], message=message, how="button")
    return Heard(action=_TAPS[offered[1]], message=message, how="button") if folded in NO else None


def _read(text: str, message: Inbound) -> Heard | None:
    wish = read(text)
    if wish is None:
        return None
    action: Action = "ask" if wish.kind == "stop" and not wish.sure else wish.kind
    return Heard(action=action, message=message, how=wish.how, language=wish.language)


def _besides(heard: Heard, turn: Turn) -> tuple[Inbound, ...]:
    """Answer what else was said in this burst."""
    return tuple(item for item in turn.inbound if item is not heard.message and spoken(item))


def _in_its_language(turn: Turn, heard: Heard) -> Turn:
    """Answer in the wish's own language when the sender's is not known yet."""
    if turn.session.language or not heard.language:
        return turn
    return turn.evolve(language=heard.language)


def _is_underway(turn: Turn, work: Work) -> bool:
    """Whether there is something else that the sender may want to cancel."""
    session = turn.session
    return bool(session.draft or session.offered or work.history or len(turn.inbound) > 1)


def _noted(turn: Turn, **changes: bool) -> Turn:
    return turn.evolve(session=turn.session.evolve(**changes))
