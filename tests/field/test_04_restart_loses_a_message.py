"""Field failure 4: a restart loses what was delivered once (chatwoot/chatwoot#15920).

Callbacks were tried once, and a restart lost the message. Here a delivery is answered 200 only
when it is stored, so what was answered survives, and what was not is the provider's to repeat.
"""

import os
import signal

import pytest

from lola.testing.waiting import until
from tests.e2e.process import Running
from tests.field.edge import StalledModel

pytestmark = pytest.mark.e2e


async def test_a_kill_after_the_acknowledgement_loses_nothing(tmp_path):
    """`kill -9` in the middle of the answer: the next start answers, before what comes later."""
    async with StalledModel() as model, Running(tmp_path, **stalled(model.url)) as lola:
        posted = await lola.whatsapp("+15550100001").device.say(
            "¿cuánto cuesta enviar 200 dólares?"
        )
        assert posted.status == 200
        await model.asked.wait()
        os.kill(lola.process.pid, signal.SIGKILL)
        await lola.process.wait()
        model.released.set()
        lola.url = ""
        await lola.start()
        sender = lola.whatsapp("+15550100001")
        assert await sender.told()
        assert "Ruta:" not in sender.last[0].text
        assert "Ruta:" in await sender.say("/info")


def stalled(url):
    """A model that hangs for longer than the test needs, however slowly its client loads."""
    return {
        "LOLA_MODEL": "gemini:stalled",
        "GEMINI_API_KEY": "field",
        "GOOGLE_GEMINI_BASE_URL": url,
    }


async def test_a_message_that_cannot_be_stored_is_asked_for_again(sender):
    """With Redis gone the answer is 503; the redelivery of the very same bytes is answered."""
    connection = sender.service.store._redis
    server = int((await connection.info("server"))["process_id"])
    os.kill(server, signal.SIGSTOP)
    try:
        refused = await sender.device.say("hola")
    finally:
        os.kill(server, signal.SIGCONT)
    assert refused.status == 503

    async def stored():
        return await sender.provider.again() == 200

    await until(stored)
    assert await sender.answered(refused.message_id) == [[refused.message_id]]
