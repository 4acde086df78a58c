"""No conversation shows a value of another one; what would is found."""

import structlog

from lola.conversation.router import ROUTES
from lola.domain.passages import Passage
from tests.isolation.run import isolate
from tests.isolation.values import Planted, foreign, owners_of


async def test_no_value_is_out_of_its_place():
    """Interleaved conversations, with requests cut off and model calls cancelled."""
    result = await isolate(turns=80, conversations=16, slow=0.1)
    assert result.kept, result
    assert result.turns >= 80
    assert result.replies >= result.turns * 3 // 4
    assert result.echoed > 40  # each reply repeats what its own conversation planted
    assert result.cut_off
    assert result.cancelled


class SharedCache:
    """A help search that answers with what was last asked by anybody."""

    def __init__(self):
        self.last = ""

    async def search(self, question, language, limit=3, **_):
        text, self.last = self.last, question
        return (Passage(id="p", document="d", version="1", language=language, heading="",
                        text=text, score=1.0),)  # fmt: skip


def careless(harness, _):
    """Share a cache between conversations, log what senders write and name keys after it."""
    service = harness.service
    cache = SharedCache()
    for route in ROUTES:
        agent = service.conversation.router.agent(route)
        agent._retriever = cache
        agent.model = Careless(agent.model, service.store._redis)


class Careless:
    """A model adapter that logs the sender's name and keeps a record under it."""

    name = "careless"

    def __init__(self, model, redis):
        self._model = model
        self._redis = redis

    async def complete(self, request):
        name = request.messages[-1].text.split()[-3]
        structlog.get_logger().info("model.asked", agent=name)
        await self._redis.set(f"lola:seen:{name}", "1")
        await self._redis.append("lola:all", name)
        return await self._model.complete(request)

    async def close(self): ...


async def test_careless_designs_are_found():
    """A shared cache, a log with senders' words, and keys that are named after them."""
    result = await isolate(turns=16, conversations=4, broken=careless)
    assert not result.kept
    assert result.mixed_requests
    assert result.foreign_replies
    assert result.in_logs
    assert result.in_key_names
    assert result.mixed_keys


def test_every_value_names_its_conversation():
    """Each planted value is found, wherever it is, and belongs to one conversation only."""
    planted = Planted(number=1907)
    values = (planted.first_name, planted.contact, planted.said, planted.profile)
    for value in (*values, planted.contact_phone):
        assert owners_of(f"x{value}y") == {1907}
    assert owners_of("hola, ¿qué tal?") == frozenset()
    assert foreign([planted.said, "hola"], 1907) == 0
    assert foreign([planted.said, "hola"], 7) == 1
