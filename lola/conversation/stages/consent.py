"""Consent: reads whether the sender wants no more messages, before anything else sees the text.

It works from every agent, during a takeover, without a model and without the identity service. A
clear wish is recorded and confirmed once; a doubtful one is asked about, once, with buttons.
"Cancelar" in the middle of something is about that, never an opt-out (reference/channels.md 2.8).
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar, Self

from lola.consent import Consent, ConsentStore, Mark
from lola.consent.store import State
from lola.conversation.consent_requests import (
    KEEP,
    START,
    STAY_OUT,
    STOP,
    ConsentRequest,
    request_in,
)
from lola.conversation.history import without_words
from lola.conversation.pipeline import BuiltIn, Kind
from lola.conversation.result import no_reply, reply_with
from lola.conversation.stages.parts import EngineParts
from lola.domain.messages import (
    ButtonsMessage,
    Inbound,
    Option,
    TextMessage,
)
from lola.domain.session import Session
from lola.domain.turn import Answer, Turn, spoken
from lola.money.approvals import options_for
from lola.settings import Settings
from lola.text.folding import fold
from lola.text.wording import Wording

ROUTE = "consent"
# "Gracias" after our confirmation is no reason to write again. A sender who blocked us got no
# confirmation, and is back when they write.
QUIET_AFTER_STOP = timedelta(hours=1)


FIRST_EXCHANGES = 4
"""Entries of the history within which a stranger says that we have the wrong number."""
_STATES: Mapping[str, State] = MappingProxyType(
    {"stop": "out", "wrong_number": "out", "start": "in"}
)


class ConsentStage(BuiltIn):
    """Records the wish, and decides what may be said to a sender who opted out."""

    name = "Consent"
    summary = "STOP, START, HELP and doubtful wishes, in both languages; recorded at once"
    sees: ClassVar[frozenset[Kind]] = frozenset({"messages", "taken_over", "opted_out"})
    protects = "a wish for no more messages is read first, whatever else is down"
    ahead_of = frozenset({"*"})

    def __init__(self, store: ConsentStore, wording: Wording, settings: Settings) -> None:
        self._store = store
        self._wording = wording
        self._names = {"brand": settings.brand_name, "assistant": settings.assistant_name}

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.consent, parts.services.wording, parts.services.settings)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Read every message of the burst. Raises StoreUnavailableError.

        A turn of a sender who is opted out goes on with `consent_answer` set; OptedOut ends it.
        """
        requests = [found for message in turn.inbound if (found := request_in(message, turn))]
        last = requests[-1] if requests else None
        for earlier in requests[:-1]:
            await self._record(turn, earlier)
        consent = await self._store.get(turn.address)
        if last is not None:
            turn = _in_its_language(turn, last)
        if last is not None and last.action == "stop":
            return _opted_out(await self._stop(turn, last))
        if last is not None and last.action == "wrong_number" and not _has_business(turn):
            return _opted_out(await self._stop(_forgotten(turn), last, "wrong_number"))
        if consent.state == "out":
            return await self._while_out(turn, consent, last)
        if last is None or turn.ownership.owner != "bot":
            return turn
        return self._while_in(turn, last)

    async def _record(self, turn: Turn, request: ConsentRequest) -> Mark:
        """Record what one message asks for; the log has each of a burst, in order."""
        state: State | None = _STATES.get(request.action)
        if state is None:
            return "same"
        return await self._store.record(
            turn.address, state, how=request.how, event=request.message.id, token=turn.work.token
        )

    async def _stop(self, turn: Turn, request: ConsentRequest, said: str = "stopped") -> Answer:
        mark = await self._record(turn, request)
        # The carrier has confirmed already, and takes nothing more for this line
        # (reference/channels.md 2.8).
        if request.how == "carrier" or mark not in {"changed", "again"}:
            return no_reply(turn, ROUTE)
        return reply_with(turn, ROUTE, self._text(said, turn), author="consent")

    async def _while_out(
        self, turn: Turn, consent: Consent, request: ConsentRequest | None
    ) -> Turn | Answer:
        """Let the sender back in, or set the one thing that may be said to them."""
        if request is None and consent.how in {"carrier", "provider"} and fold(turn.text) == "yes":
            request = ConsentRequest(action="start", message=turn.last, how="carrier")
        if request is not None and request.action == "start":
            await self._record(turn, request)
            return self._back(turn, request)
        return _opted_out(self._answer_while_out(turn, consent, request))

    def _answer_while_out(
        self, turn: Turn, consent: Consent, request: ConsentRequest | None
    ) -> Answer:
        """Say who we are, or ask once; anything else is silence."""
        if request is not None and request.action == "help" and request.how != "carrier":
            return reply_with(turn, ROUTE, self._text("help", turn), author="consent")
        since = consent.since if consent.how != "provider" else None
        is_fresh = since is not None and turn.now - since < QUIET_AFTER_STOP
        asked = turn.session.consent_resume_asked
        if request or is_fresh or asked or not turn.text or turn.ownership.owner == "human":
            return no_reply(turn, ROUTE)
        options = self._options(turn, (START, "yes_resume"), (STAY_OUT, "no_resume"))
        question = ButtonsMessage(content=self._say("resume", turn), options=options)
        turn = _noted(turn, consent_resume_asked=True)
        return reply_with(turn, ROUTE, question, author="consent")

    def _back(self, turn: Turn, request: ConsentRequest) -> Turn | Answer:
        """Go on with the rest of the burst; only a bare START gets a welcome."""
        rest = _besides(request, turn)
        turn = _noted(turn, consent_resume_asked=False)
        if rest:
            return turn.evolve(inbound=rest)
        if request.how == "carrier":
            return no_reply(turn, ROUTE)
        return reply_with(turn, ROUTE, self._text("back", turn), author="code")

    def _while_in(self, turn: Turn, request: ConsentRequest) -> Turn | Answer:
        if request.how == "carrier":
            rest = _besides(request, turn)
            return turn.evolve(inbound=rest) if rest else no_reply(turn, ROUTE)
        match request.action:
            case "help":
                message = self._beside_draft("help", "help", turn)
                return reply_with(turn, ROUTE, message, author="code")
            case "keep":
                message = self._beside_draft("kept", "kept_draft", turn)
                return reply_with(turn, ROUTE, message, author="code")
            case "cancel" if _is_underway(turn):
                return turn
            case "ask" | "cancel" if not turn.session.consent_asked:
                options = self._options(turn, (STOP, "yes_stop"), (KEEP, "no_keep"))
                question = ButtonsMessage(content=self._say("ask", turn), options=options)
                turn = _noted(turn, consent_asked=True)
                return reply_with(turn, ROUTE, question, author="code")
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


def _besides(request: ConsentRequest, turn: Turn) -> tuple[Inbound, ...]:
    """Return what else was said in this burst."""
    return tuple(item for item in turn.inbound if item is not request.message and spoken(item))


def _in_its_language(turn: Turn, request: ConsentRequest) -> Turn:
    """Reply in the wish's own language when the sender's is not known yet."""
    if turn.session.language or not request.language:
        return turn
    return turn.evolve(language=request.language)


def _is_underway(turn: Turn) -> bool:
    """Return whether there is something else that the sender may want to cancel."""
    session = turn.session
    return bool(session.draft or session.offered or turn.work.history or len(turn.inbound) > 1)


def _has_business(turn: Turn) -> bool:
    """Return whether "wrong number" may be about a transfer of the sender's own."""
    session = turn.session
    is_open = session.draft or session.tickets or session.approval
    return bool(is_open) or len(turn.work.history) > FIRST_EXCHANGES


def _forgotten(turn: Turn) -> Turn:
    """Return the turn without what was noted about a person that we wrote to by mistake.

    The few turns before are emptied by the same commit: they hold words of two people, or ours to
    the wrong one.
    """
    session = turn.session
    return turn.evolve(
        rewritten=without_words(turn.work.history),
        session=Session(
            address=session.address, started_at=session.started_at, language=session.language
        ),
    )


def _opted_out(answer: Answer) -> Turn:
    """Return the turn that goes on with this answer as the only one allowed."""
    return answer.turn.evolve(consent_answer=answer)


def _noted(turn: Turn, **changes: bool) -> Turn:
    return turn.evolve(session=turn.session.evolve(**changes))
