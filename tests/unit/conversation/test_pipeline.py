"""The list of stages: order, early end as a value, who sees what, outbound pass in reverse."""

import pytest

from lola.conversation.pipeline import EVERYTHING, BuiltIn, Middleware, Pipeline, Stage, kind_of
from lola.conversation.result import no_reply, reply_with
from lola.domain.messages import EventContent, TextMessage
from lola.domain.turn import Answer, Turn
from lola.errors import PartnerRefusedError, PartnerUnavailableError
from tests.support import HUMAN, WAITING, inbound, turn

HELLO = TextMessage(content="hola")
OTHER = TextMessage(content="otra cosa")

PLAIN = turn()
EVENT = turn(inbound(EventContent(name="m2m.link.opened")))
TAKEN_OVER = turn(ownership=HUMAN)
OPTED_OUT = turn(consent_answer=no_reply(turn(), "consent"))


class Recorder(Stage):
    """Writes down when it is called; may end the turn."""

    summary = "records"

    def __init__(self, name: str, seen: list[str], *, ends: bool = False) -> None:
        self.name = name
        self._seen = seen
        self._ends = ends

    async def incoming(self, turn: Turn) -> Turn | Answer:
        self._seen.append(f"in {self.name}")
        if self._ends:
            return Answer(turn=turn, messages=(HELLO,), route="ended")
        return turn.evolve(notes={**turn.notes, self.name: True})

    async def outgoing(self, turn, messages):
        self._seen.append(f"out {self.name}")
        return messages


class Watcher(Recorder):
    """A bank's own stage that sees everything, and would speak if it could."""

    sees = EVERYTHING

    async def outgoing(self, turn, messages):
        self._seen.append(f"out {self.name}")
        return (*messages, OTHER)


class Gate(BuiltIn):
    """One of the engine's own: ends what is not a message to the bot."""

    name = "Gate"
    summary = "ends"
    sees = EVERYTHING

    async def incoming(self, turn: Turn) -> Turn | Answer:
        return turn if kind_of(turn) == "messages" else reply_with(turn, "gate", HELLO)


class Broken(Stage):
    """Meets an outage."""

    name = "Broken"
    summary = "breaks"

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def incoming(self, turn: Turn) -> Turn | Answer:
        raise self._error


async def test_stages_run_in_order_and_back_in_reverse() -> None:
    """Registration order is execution order (reference/lola.md 5); replies pass in reverse."""
    seen: list[str] = []
    stages = Pipeline([Recorder(name, seen) for name in "abc"])
    result, seen_by = await stages.incoming(turn())
    assert isinstance(result, Turn)
    assert result.notes == {"a": True, "b": True, "c": True}
    await stages.outgoing(result, (HELLO,), seen_by)
    assert seen == ["in a", "in b", "in c", "out c", "out b", "out a"]


async def test_an_early_answer_ends_the_turn() -> None:
    """Later stages do not see the turn, and the reply passes only the stages that did."""
    seen: list[str] = []
    stages = Pipeline([Recorder("a", seen), Recorder("b", seen, ends=True), Recorder("c", seen)])
    result, seen_by = await stages.incoming(turn())
    assert isinstance(result, Answer)
    assert result.messages == (HELLO,)
    await stages.outgoing(result.turn, result.messages, seen_by)
    assert seen == ["in a", "in b", "out b", "out a"]


def test_the_list_prints_its_order() -> None:
    """The repr is the order of execution, and a stage fulfils the protocol."""
    stage = Recorder("first", [])
    assert isinstance(stage, Middleware)
    assert repr(Pipeline([stage, Recorder("second", [])])) == "first → second"


@pytest.mark.parametrize(
    ("about", "kind"),
    [
        (turn(), "messages"),
        (turn(ownership=WAITING), "messages"),
        (TAKEN_OVER, "taken_over"),
        (OPTED_OUT, "opted_out"),
        (OPTED_OUT.evolve(work=TAKEN_OVER.work), "opted_out"),
        (EVENT, "events"),
        (EVENT.evolve(work=TAKEN_OVER.work), "events"),
    ],
)
def test_a_turn_is_of_exactly_one_kind(about: Turn, kind: str) -> None:
    """An event before an opt-out, an opt-out before a takeover; waiting is still the bot's."""
    assert kind_of(about) == kind


@pytest.mark.parametrize("about", [EVENT, TAKEN_OVER, OPTED_OUT])
async def test_a_stage_sees_messages_to_the_bot_unless_it_declares_more(about: Turn) -> None:
    """What a stage does not declare passes it by, in both directions."""
    seen: list[str] = []
    stages = Pipeline([Recorder("plain", seen), Watcher("watcher", seen)])
    result, seen_by = await stages.incoming(about)
    assert result.notes == {"watcher": True}
    await stages.outgoing(result, (), seen_by)
    assert seen == ["in watcher", "out watcher"]


@pytest.mark.parametrize("about", [EVENT, TAKEN_OVER, OPTED_OUT])
async def test_a_banks_stage_watches_and_never_speaks_there(about: Turn) -> None:
    """Its answer and its changes are dropped; the built-in stage decides what is said."""
    stages = Pipeline([Watcher("w", [], ends=True), Gate()])
    result, seen_by = await stages.incoming(about)
    assert isinstance(result, Answer)
    assert result.route == "gate"
    assert await stages.outgoing(result.turn, result.messages, seen_by) == (HELLO,)


async def test_a_banks_stage_speaks_where_the_bot_does() -> None:
    """On a message to the bot it may end the turn, and change what is said."""
    stages = Pipeline([Watcher("w", [], ends=True), Gate()])
    result, seen_by = await stages.incoming(turn())
    assert result.route == "ended"
    assert await stages.outgoing(result.turn, result.messages, seen_by) == (HELLO, OTHER)


async def test_a_banks_stage_cannot_change_of_which_kind_a_turn_is() -> None:
    """Taking a takeover out of the turn does not let the bot speak."""

    class Eraser(Watcher):
        async def incoming(self, turn: Turn) -> Turn:
            return turn.evolve(work=PLAIN.work)

    seen: list[str] = []
    stages = Pipeline([Eraser("e", seen), Gate(), Recorder("agent", seen, ends=True)])
    result, seen_by = await stages.incoming(TAKEN_OVER)
    assert result.route == "gate"
    assert result.turn.ownership == HUMAN
    assert await stages.outgoing(result.turn, result.messages, seen_by) == (HELLO,)


async def test_a_built_in_stage_decides_of_which_kind_a_turn_is() -> None:
    """From the stage that finds an opt-out on, only stages that declare it see the turn."""

    class Finder(Gate):
        async def incoming(self, turn: Turn) -> Turn:
            return turn.evolve(consent_answer=no_reply(turn, "consent"))

    seen: list[str] = []
    stages = Pipeline([Finder(), Recorder("plain", seen), Watcher("watcher", seen)])
    await stages.incoming(turn())
    assert seen == ["in watcher"]


OUTAGE = PartnerUnavailableError("payhub", "down")


async def stand_in(turn: Turn, error: PartnerUnavailableError) -> Answer:
    return Answer(turn=turn, messages=(HELLO,), route=f"without {error.partner}")


async def test_an_outage_on_the_way_of_a_message_is_answered() -> None:
    """With what the stages before it found; the sender is not left waiting for a retry."""
    stages = Pipeline([Recorder("a", []), Broken(OUTAGE)], on_outage=stand_in)
    result, _ = await stages.incoming(turn())
    assert isinstance(result, Answer)
    assert result.route == "without payhub"
    assert result.turn.notes == {"a": True}


@pytest.mark.parametrize(
    ("about", "error"),
    [(turn(), PartnerRefusedError("payhub", "no", partner_code="X", status=422)), (EVENT, OUTAGE)],
)
async def test_everything_else_is_tried_again(about: Turn, error: Exception) -> None:
    """A refusal is no outage, and a report about money is not answered by an agent."""

    class BrokenEverywhere(Broken):
        sees = EVERYTHING

    with pytest.raises(type(error)):
        await Pipeline([BrokenEverywhere(error)], on_outage=stand_in).incoming(about)
