"""The middleware chain: order, early exit as a value, outbound pass in reverse."""

from lola.conversation.pipeline import Middleware, Pipeline, Stage
from lola.domain.messages import TextMessage
from lola.domain.turn import Answer, Turn
from tests.support import turn

HELLO = TextMessage(content="hola")


class Recorder(Stage):
    """Writes down when it is called; may end the turn."""

    summary = "records"

    def __init__(self, name: str, seen: list[str], *, ends: bool = False) -> None:
        self.name = name
        self._seen = seen
        self._ends = ends

    @classmethod
    def build(cls, _services) -> "Recorder":
        return cls("built", [])

    async def incoming(self, turn: Turn) -> Turn | Answer:
        self._seen.append(f"in {self.name}")
        if self._ends:
            return Answer(turn=turn, messages=(HELLO,), reason="ended")
        return turn.evolve(notes={**turn.notes, self.name: True})

    async def outgoing(self, turn, messages):
        self._seen.append(f"out {self.name}")
        return messages


async def test_stages_run_in_order_and_back_in_reverse() -> None:
    """Registration order is execution order (reference/lola.md 5); answers pass in reverse."""
    seen: list[str] = []
    chain = Pipeline([Recorder(name, seen) for name in "abc"])
    result, seen_by = await chain.incoming(turn())
    assert isinstance(result, Turn)
    assert result.notes == {"a": True, "b": True, "c": True}
    await chain.outgoing(result, (HELLO,), seen_by)
    assert seen == ["in a", "in b", "in c", "out c", "out b", "out a"]


async def test_an_early_answer_stops_the_chain() -> None:
    """Later stages do not see the turn, and the answer passes only the stages that did."""
    seen: list[str] = []
    chain = Pipeline([Recorder("a", seen), Recorder("b", seen, ends=True), Recorder("c", seen)])
    result, seen_by = await chain.incoming(turn())
    assert isinstance(result, Answer)
    assert result.messages == (HELLO,)
    await chain.outgoing(result.turn, result.messages, seen_by)
    assert seen == ["in a", "in b", "out b", "out a"]


def test_the_chain_prints_its_order() -> None:
    """The repr is the order of execution, and a stage fulfils the protocol."""
    stage = Recorder("first", [])
    assert isinstance(stage, Middleware)
    assert repr(Pipeline([stage, Recorder("second", [])])) == "first → second"
