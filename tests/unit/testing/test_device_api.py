"""Simulated devices of a running service over HTTP, and the chat that uses them."""

import json
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from lola.app import Service
from lola.cli.chat.client import ChatError, DeviceClient
from lola.cli.chat.display import Display
from lola.cli.chat.session import ChatSession
from lola.settings import load_settings
from lola.testing.device_api import simulated_devices
from lola.testing.scenarios import load_scenarios
from lola.testing.turn_line import TurnLine

pytestmark = pytest.mark.asyncio(loop_scope="module")
VERIFIED = "+15550100001"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The sandbox's address of one service for the module; each test has senders of its own."""
    settings = load_settings(port=0, lola_data=tmp_path_factory.mktemp("devices"))
    async with Service(settings) as service, simulated_devices(service):
        assert service.sandbox is not None
        yield service.sandbox.url


@pytest_asyncio.fixture(loop_scope="module")
async def client(address: str) -> AsyncIterator[DeviceClient]:
    async with aiohttp.ClientSession() as http:
        yield DeviceClient(http, address)


def chat(client: DeviceClient, out: StringIO, phone: str, channel: str = "whatsapp") -> ChatSession:
    """Return a chat that prints JSON lines."""
    display = Display(out, as_json=True)
    return ChatSession(client, display, phone=phone, name="Ana", channel=channel)


@pytest.fixture
def out() -> StringIO:
    """Where a test's chats print; the service's log goes elsewhere."""
    return StringIO()


async def play(session: ChatSession, *lines: str) -> None:
    await session.begin()
    for line in lines:
        assert await session.handle(line)


def printed(out: StringIO) -> list[TurnLine]:
    """Return what was printed since the last call; a line that breaks the schema raises."""
    lines = out.getvalue().splitlines()
    out.seek(0)
    out.truncate()
    return [TurnLine.model_validate_json(line) for line in lines]


async def test_a_transfer_from_the_first_text_to_the_approval(
    client: DeviceClient, tmp_path: Path, out: StringIO
) -> None:
    """Options are chosen by number, the page is approved, and the file of it can be read."""
    session = chat(client, out, VERIFIED)
    await play(session, "quiero mandar 200 dólares a Rosa Hernández en México")
    (summary,) = printed(out)
    number = summary.replies[-1].options.index("Confirmar") + 1
    await play(session, str(number), "/approve", f"/save {tmp_path / 'transfer.yaml'}")
    linked, approved = printed(out)
    assert linked.replies[-1].links
    assert (approved.route, "Aprobaste" in approved.replies[-1].text) == ("event", True)
    assert approved.trace is not None
    assert summary.trace is not None
    called = [call["name"] for one in summary.trace.messages for call in one.get("calls", ())]
    assert "prepare_transfer" in called
    (saved,) = load_scenarios(tmp_path / "transfer.yaml")
    assert [(step.say, step.choose, step.widget) for step in saved.steps[1:]] == [
        (None, "Confirmar", None), (None, None, "approve"),
    ]  # fmt: skip


async def test_a_conversation_goes_on_in_the_next_chat(client: DeviceClient, out: StringIO) -> None:
    """The device belongs to the service: a second chat sees nothing twice and goes on."""
    phone = "+15550107101"
    await play(chat(client, out, phone), "hola")
    (greeting,) = printed(out)
    await play(chat(client, out, phone), "/wait 0")
    assert printed(out) == []
    await play(chat(client, out, phone), "gracias")
    (later,) = printed(out)
    assert greeting.trace is not None
    assert later.trace is not None
    assert (greeting.trace.turn, later.trace.turn) == ("1", "2")


@pytest.mark.parametrize("channel", ["whatsapp", "sms", "twilio_whatsapp", "telegram", "chatwoot"])
async def test_everything_that_a_sender_can_send(
    channel: str, client: DeviceClient, out: StringIO
) -> None:
    """A text, a picture with a caption, a card, a place and several messages at once."""
    session = chat(client, out, "+15550107202", channel)
    await play(session, "hola", "/image mi recibo", "/contact Rosa +50255501234")
    if channel == "sms":
        with pytest.raises(ChatError, match="no places"):
            await session.handle("/place")
    else:
        await play(session, "/place 14.63 -90.51")
    await play(session, "/many hola | gracias")
    turns = printed(out)
    assert len(turns) >= (4 if channel == "sms" else 5)
    assert all(turn.trace is not None and turn.replies for turn in turns)


async def test_what_arrives_by_itself_is_shown_once(client: DeviceClient, out: StringIO) -> None:
    """A message that another chat caused is printed before the next turn, without a trace."""
    phone = "+15550107303"
    first, second = chat(client, out, phone), chat(client, out, phone)
    await play(first, "hola")
    await second.begin()
    await play(first, "gracias")
    printed(out)
    await play(second, "/wait 0", "adiós")
    arrived, own = printed(out)
    assert arrived.trace is None
    assert arrived.replies
    assert own.trace is not None


async def test_the_sandbox_is_told_what_to_do(client: DeviceClient, out: StringIO) -> None:
    """Verdict, fault and clock reach the control API; a blocked sender is told so."""
    session = chat(client, out, "+15550107404")
    await play(session, "/verdict blocked", "/clock +1s", "/as blocked", "hola")
    (turn,) = printed(out)
    assert turn.route == "blocked"
    with pytest.raises(ChatError, match="fault"):
        await session.handle("/fault m2m exploded")
    with pytest.raises(ChatError, match="no channel 'pigeon'"):
        await session.handle("/channel pigeon")
    with pytest.raises(ChatError, match="no link was received"):
        await session.handle("/approve")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("whatsapp/abc", {"do": "say", "text": "hola"}, 409),
        ("pigeon/+15550107505", {"do": "say", "text": "hola"}, 409),
        ("whatsapp/+15550107505", {"do": "jump"}, 400),
        ("whatsapp/+15550107505", {"do": "say", "text": "hola", "loud": True}, 400),
        ("whatsapp", {"do": "say", "text": "hola"}, 404),
    ],
)
async def test_a_wrong_request_is_refused(
    path: str, body: dict[str, object], status: int, address: str
) -> None:
    """Before anything is sent to the service."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{address}/control/devices/{path}", json=body) as response,
    ):
        assert response.status == status


async def test_another_origin_cannot_let_a_device_write(address: str) -> None:
    """A page may post text without asking first, so only JSON's own type is taken."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(
            f"{address}/control/devices/whatsapp/{VERIFIED}",
            data=json.dumps({"do": "say", "text": "hola"}),
            headers={"Content-Type": "text/plain"},
        ) as response,
    ):
        assert response.status == 415
