"""Field failure 12: slow answers make the platform retry, and replies repeat.

RasaHQ/rasa#3882, rasa_core#471, #770.
"""

from pydantic import SecretStr

from lola.settings import load_settings
from lola.testing.harness import Harness
from tests.field.edge import Sender, StalledModel


async def test_the_provider_is_answered_while_the_model_hangs(tmp_path):
    """200 while the model is silent, 200 for each retry, and in the end one turn and one reply."""
    async with StalledModel() as model:
        settings = load_settings(
            port=0,
            lola_data=tmp_path,
            lola_model="gemini:stalled",
            gemini_api_key=SecretStr("field"),
            google_gemini_base_url=model.url,
        )
        async with Harness(settings) as harness, Sender(harness, "+15550100001") as sender:
            posted = await sender.device.say("¿cuánto cuesta enviar 200 dólares?")
            assert posted.status == 200
            await model.asked.wait()
            for _ in range(3):
                assert await sender.provider.again() == 200
            assert not model.released.is_set()
            assert await sender.turns() == []
            model.released.set()
            assert await sender.answered(posted.message_id) == [[posted.message_id]]
            last = await sender.device.say("/info")
            await sender.answered(last.message_id)
            assert len(await sender.turns()) == 2
            texts = await sender.texts(2)
            assert len(texts) == 2
