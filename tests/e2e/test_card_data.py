"""Card data is removed on arrival: it is in no store, log or model request afterwards."""

import pytest
from aiohttp.test_utils import TestServer

from tests.e2e.process import Running
from tests.unit.models.conftest import GeminiServer

pytestmark = [pytest.mark.e2e]

# A published test number of the networks, in three spellings.
NUMBERS = ("4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111")


async def test_a_card_number_is_nowhere_afterwards(tmp_path) -> None:
    """The sender is told why, and neither Redis' file, the logs nor the model saw the number."""
    from aiohttp import web

    gemini = GeminiServer()
    app = web.Application()
    app.router.add_post("/{path:.*}", gemini.handle)
    async with TestServer(app) as server:
        environment = {
            "LOLA_MODEL": "gemini:x",
            "GEMINI_API_KEY": "k",
            "GOOGLE_GEMINI_BASE_URL": str(server.make_url("")).rstrip("/"),
        }
        async with Running(tmp_path, **environment) as lola:
            sender = lola.whatsapp("+15550104901", "4111 1111 1111 1111")
            for number in NUMBERS:
                told = await sender.say(f"paga con mi tarjeta {number} cvv 987 vence 12/29")
                assert "borré los datos de tarjeta" in told
                assert "1111 1111" not in told
            gemini.says({"text": "¿A qué país quieres enviar?"})
            await sender.say("ok, entonces quiero enviar dinero")
            logs = lola.logs()
    stored = b"".join(
        path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()
    )
    assert b"borr" in stored
    # Three digits occur in any time stamp; with their neighbours they can only be the code.
    for trace in ("4111111111111111", "4111 1111 1111", "4111-1111", "cvv 987", "987 v", "12/29"):
        assert trace.encode() not in stored.replace(b"\r\n", b"")
        assert trace not in logs
        assert trace not in str(gemini.requests)
