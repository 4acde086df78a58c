"""Each kind of expectation of a scenario file on the real service: it holds, and it can fail."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.runner import run_scenario
from lola.testing.scenario_result import ScenarioResult
from lola.testing.scenarios import Scenario, load_scenarios

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

Play = Callable[[str], Awaitable[ScenarioResult]]

TRANSFER = """\
name: transfer
sender: {kind: verified}
steps:
  - say: "quiero mandar 200 dólares a Rosa Hernández en México"
    expect:
      events: [turn.sender_home, tool.get_recipients, tool.prepare_transfer]
      no_events: [ticket.linked]
  - choose: "Confirmar"
    expect:
      events: [tool.send_money, ticket.confirmed, ticket.linked]
  - widget: approve
end:
  events: [tool.prepare_transfer, ticket.linked, ticket.approved]
  no_events: [owner.human, tool_failed.send_money]
  tickets:
    - {status: approved, send: "200.00 USD", recipient: "Rosa Hernández"}
  operations:
    - {status: created, country: MX, send: "200.00 USD", receive: "3450.00 MXN"}
  budget: {messages: 4, turns: 2, model_calls: 6, cost: "0.50"}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    folder = tmp_path_factory.mktemp("lola")
    async with Harness(load_settings(port=0, lola_data=folder, retriever="")) as running:
        yield running


def written(file: Path, text: str) -> list[Scenario]:
    file.write_text(text, encoding="utf-8")
    return load_scenarios(file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.yaml"


@pytest.fixture
def play(harness: Harness, file: Path) -> Play:
    async def _play(text: str) -> ScenarioResult:
        (scenario,) = written(file, text)
        return await run_scenario(harness, scenario)

    return _play


async def test_events_tickets_operations_and_budget_hold(play: Play) -> None:
    """A transfer to its approval, compared by what happened and by the partner's own records."""
    played = await play(TRANSFER)
    assert (played.failures, played.wrong) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "line", "worded"),
    [
        ("tool.prepare_transfer]\n      no", "tool.get_banks]\n      no", 6,
         "step 1: expected event tool.get_banks, got turn.sender_home, tool.get_recipients,"),
        ("no_events: [ticket.linked]", "no_events: [tool.get_recipients]", 7,
         "step 1: expected no event tool.get_recipients, got turn.sender_home"),
        ("[tool.send_money, ticket.confirmed, ticket.linked]",
         "[ticket.linked, tool.send_money]", 10,
         "step 2: expected event tool.send_money after ticket.linked, got turn.sender_home"),
        ("ticket.linked, ticket.approved", "ticket.linked, ticket.cancelled", 13,
         "end: expected event ticket.cancelled, got"),
        ("no_events: [owner", "no_events: [ticket.approved, owner", 14,
         "end: expected no event ticket.approved, got"),
        ("status: approved", "status: cancelled", 16,
         "end: expected ticket {send: 200.00 USD, recipient: Rosa Hernández, status: cancelled}"),
        ('status: created, country: MX, send: "200', 'status: created, country: MX, send: "900',
         18, "end: expected operation {status: created, country: MX, send: 900.00 USD"),
        ("turns: 2", "turns: 1", 19, "end: expected at most 1 turns, got 2"),
        ("messages: 4", "messages: 0", 19, "end: expected at most 0 messages, got 3"),
        ("model_calls: 6", "model_calls: 1", 19, "end: expected at most 1 model calls, got"),
        ('cost: "0.50"', 'cost: "0.0001"', 19, "end: expected at most 0.0001 cost, got 0."),
    ],
)  # fmt: skip
async def test_what_differs_is_named_with_its_place(
    old: str, new: str, line: int, worded: str, play: Play, file: Path
) -> None:
    """A missing or forbidden event, a wrong order, another end of the world, a budget that is over.

    Each failure says file and line, what was expected and what was got.
    """
    assert TRANSFER.count(old) == 1
    played = await play(TRANSFER.replace(old, new))
    (failure,) = played.failures
    assert failure.startswith(f"{file}:{line}: {worded}")


async def test_more_or_fewer_operations_than_expected(play: Play, file: Path) -> None:
    """`operations` are all that there are, so an empty list says that no money moved."""
    start, _ = TRANSFER.split("  operations:")
    played = await play(start + "  operations: []\n")
    (failure,) = played.failures
    assert failure.startswith(f"{file}:17: end: expected 0 operations, got 1: {{status: created")


SCRIPTED = """\
name: scripted
sender: {kind: verified}
steps:
  - say: "hola"
    model:
      - calls: {get_recipients: {}}
      - says: "Puede enviar a Rosa o a Luis."
    expect: {tools: [get_recipients], says: ["Rosa o a Luis"]}
"""


async def test_a_scripted_model_replies_in_its_step(play: Play) -> None:
    """The guards and tools are the real ones; only the model's words are the file's."""
    played = await play(SCRIPTED)
    assert (played.failures, played.wrong) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "failures"),
    [
        ("    expect:", '      - says: "¿Algo más?"\n    expect:',
         ["8: step 1: expected 3 calls of the scripted model, got 2"]),
        ('      - says: "Puede enviar a Rosa o a Luis."\n', "",
         ["5: step 1: expected 1 calls of the scripted model, got 2",
          "7: step 1: expected to read 'Rosa o a Luis', got",
          "7: step 1: expected tool get_recipients, got none"]),
    ],
)  # fmt: skip
async def test_a_script_that_is_not_followed_fails(
    old: str, new: str, failures: list[str], play: Play, file: Path
) -> None:
    """An unused step of the model is named with its line; so is a call that the script lacks."""
    played = await play(SCRIPTED.replace(old, new))
    starts = [f"{file}:{one}" for one in failures]
    assert len(played.failures) == len(starts)
    assert all(map(str.startswith, played.failures, starts))


ACTIONS = """\
name: {es: "todo", en: "everything"}
languages: [es]
channels: [whatsapp]
steps:
  - many: [{es: "hola", en: "hello"}, {es: "quiero hablar con una persona", en: "a person please"}]
    expect: {events: [owner.waiting]}
  - wait: 16m
    expect: {says: ["Disculpa"]}
  - staff: {do: take_over, name: maria}
    expect: {silent: true, events: [owner.human]}
  - staff: {do: reply, name: maria, text: "Soy María, ¿en qué le ayudo?"}
    expect: {says: ["Soy María"]}
  - media: image
    caption: "mi recibo"
    expect: {silent: true}
  - place: {latitude: 14.63, longitude: -90.51}
    expect: {silent: true}
  - contact: {name: "Rosa", phone: "+50255501234"}
    expect: {silent: true}
  - staff: {do: hand_back, name: maria}
    expect: {events: [owner.bot]}
  - wait: 1h
    expect: {silent: true}
  - "gracias"
end:
  tickets: []
  operations: []
"""


async def test_every_action_of_sender_staff_and_clock(play: Play) -> None:
    """Several messages at once, silence, a takeover, a reply, a hand-back, picture, place, card."""
    played = await play(ACTIONS)
    assert (played.failures, played.wrong) == ([], [])
    assert {line.who for line in played.lines} == {"sender", "lola", "time", "staff"}


@pytest.mark.parametrize(
    ("old", "new", "worded"),
    [
        ('wait: 16m\n    expect: {says: ["Disculpa"]}', "wait: 16m\n    expect: {silent: true}",
         "8: step 2: expected silence, got '"),
        ("wait: 1h\n    expect: {silent: true}", "wait: 1h\n    expect: {links: 0}",
         "23: step 9: expected a reply, got none"),
        ("{do: hand_back, name: maria}", "{do: hand_back, name: jose}",
         "20: step 8: expected a turn, got"),
    ],
)  # fmt: skip
async def test_an_action_that_goes_otherwise_fails(
    old: str, new: str, worded: str, play: Play, file: Path
) -> None:
    """Words in a silence, silence instead of words, an action that the service refuses."""
    assert ACTIONS.count(old) == 1
    played = await play(ACTIONS.replace(old, new))
    assert played.failures[0].startswith(f"{file}:{worded}")
