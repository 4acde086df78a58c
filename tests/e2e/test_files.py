"""Pictures and documents in the running service: shown to staff, kept only by a setting."""

import re

import aiohttp
import pytest

from lola.app.privacy.erase import Eraser
from lola.console import StaffDirectory
from lola.domain.messages import JsonObject
from lola.sandbox.files import FileShelf
from lola.sandbox.telegram.stub import TelegramStub
from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender

pytestmark = [pytest.mark.e2e]

PICTURE = b"\xff\xd8\xff\xe0" + b"planted-picture" * 100
KEPT = {"files_kept_hours": 2, "vault_secret": "v" * 40}
PASSWORD = "correct horse battery"


def shelf(harness: Harness, kind: type = GraphStub) -> FileShelf:
    return harness.sandbox.channel(kind).files


async def line(sender: SimulatedSender, media: str, file, caption: str = "") -> JsonObject:
    """Send a file and return its line in the history."""
    turn = await sender.turn(await sender.device.send_media(media, caption, file=file))
    return turn.record["inbound"][0]


async def test_without_the_setting_staff_read_what_it_is(tmp_path):
    """Name, type and size are told as far as the channel tells them; nothing is fetched."""
    async with Harness(load_settings(port=0, lola_data=tmp_path / "data")) as harness:
        sender = harness.sender(harness.new_number())
        file = shelf(harness).put(PICTURE, "application/pdf", "recibo.pdf")
        told = await line(sender, "document", file, "mi recibo")
        assert told["text"] == "📎 recibo.pdf · application/pdf\nmi recibo"
        assert "file" not in told
        other = harness.sender(harness.new_number(), channel="telegram")
        await other.prove()
        file = shelf(harness, TelegramStub).put(PICTURE, "application/pdf", "recibo.pdf")
        told = await line(other, "document", file)
        assert told["text"] == "📎 recibo.pdf · application/pdf · 1 kB"
        assert shelf(harness).fetched == shelf(harness, TelegramStub).fetched == []


async def test_a_kept_file_is_for_staff_alone(tmp_path):
    """Signed-in staff download it with the type that was found; the store has no byte of it, and an
    erasure takes it away.
    """
    settings = load_settings(port=0, lola_data=tmp_path / "data", **KEPT)
    async with Harness(settings) as harness:
        phone = harness.new_number()
        sender = harness.sender(phone)
        file = shelf(harness).put(PICTURE, "image/jpeg")
        told = await line(sender, "image", file, "mi INE")
        assert told["text"] == "📎 image/jpeg · 1 kB\nmi INE"
        service = harness.service
        await StaffDirectory(service.store, service.clock, cost=16).add("ana", PASSWORD)
        page = f"{service.url}/console/conversations/{sender.conversation}"
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            address = f"{page}/files/{told['file']}"
            async with http.get(address, allow_redirects=False) as refused:
                assert refused.status == 303
            signed_in = {"name": "ana", "password": PASSWORD}
            async with http.post(f"{service.url}/console/api/login", json=signed_in) as answer:
                assert answer.status == 200
            async with http.get(page) as shown:
                assert f"/files/{told['file']}" in await shown.text()
            async with http.get(address) as given:
                assert await given.read() == PICTURE
                assert given.headers["Content-Type"] == "image/jpeg"
                assert re.match("attachment", given.headers["Content-Disposition"])
            state = service.state
            eraser = Eraser(
                state.inbox._connections,
                state.store._keys,
                state.store,
                state.audit_trail,
            )
            await eraser.erase(phone, operator="ana")
            async with http.get(address) as gone:
                assert gone.status == 404
    stored = b"".join(
        path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()
    )
    assert b"planted-picture" not in stored


async def test_a_file_that_is_not_what_it_claims_is_dropped(tmp_path):
    """A program under a picture's name is told to staff with a question mark, and not kept."""
    settings = load_settings(port=0, lola_data=tmp_path / "data", files_per_day=2, **KEPT)
    async with Harness(settings) as harness:
        sender = harness.sender(harness.new_number())
        program = shelf(harness).put(b"MZ" + bytes(3000), "image/jpeg", "foto.jpg")
        told = await line(sender, "document", program, "mi foto")
        assert told["text"] == "📎 foto.jpg · image/jpeg? · 3 kB\nmi foto"
        assert "file" not in told
        large = shelf(harness).put(PICTURE * 4000, "image/jpeg")
        assert "file" not in await line(sender, "image", large)
        over = shelf(harness).put(PICTURE, "image/jpeg")
        assert "file" not in await line(sender, "image", over)
        assert over.id not in shelf(harness).fetched


async def test_keeping_files_needs_the_secret(tmp_path):
    """Without a key to encrypt with the service does not start."""
    from lola.errors import ConfigurationError

    settings = load_settings(port=0, lola_data=tmp_path / "data", files_kept_hours=1)
    with pytest.raises(ConfigurationError, match="VAULT_SECRET"):
        async with Harness(settings):
            raise AssertionError("it started")
