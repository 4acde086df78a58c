"""A sender who wants to be left alone, over HTTP only, on both channels."""

import pytest

from lola.testing.waiting import until
from tests.e2e.process import Conversation, Running

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def posts(sender: Conversation, text: str) -> None:
    """Write without waiting for an answer."""
    assert (await sender.device.say(text)).status == 200


async def test_an_opt_out_holds_for_the_partners_news_as_well(lola: Running) -> None:
    """Reports about a link are no longer sent to the sender; ALTA opts in again."""
    sender = lola.whatsapp("+15550105301", "Ana")
    await sender.say("quiero mandar 100 dólares a Guatemala en efectivo para Marta Xoc Choc")
    await sender.tap("Banrural")
    await sender.tap("Confirmar")
    (link,) = sender.links
    assert "ya no te escribe" in await sender.say("ya no me escriban")
    assert await lola.widget.press(link, "cancel") < 400

    async def kept_back() -> bool:
        return "send.dropped" in lola.logs()

    assert await until(kept_back)
    assert "de vuelta" in await sender.say("ALTA")
    assert "hola" in (await sender.say("hola")).casefold()


async def test_a_carriers_stop_is_kept_and_not_answered(lola: Running) -> None:
    """Twilio has confirmed it; the next message that arrives is the one after START."""
    sender = lola.sms("+15550105302")
    await sender.say("hola")
    for text in ("STOP", "quiero mandar 200", "START"):
        await posts(sender, text)
    await sender.say("hola")
    shown = await lola.command("consent", "log", "--phone", "+1 (555) 010-5302", COLUMNS="120")
    rows = [line.split("│") for line in shown.splitlines() if " carrier " in line]
    assert [row[3].strip() for row in rows] == ["out", "in"]
    assert "5105302" not in shown


async def test_an_operator_sees_who_may_be_written_to(lola: Running) -> None:
    """Channel by channel, beside the running service; a wrong number is named."""
    sender = lola.whatsapp("+15550105303", "Luis")
    await sender.say("STOP")
    shown = await lola.command("consent", "show", "--phone", "15550105303", COLUMNS="120")
    by_channel = {line.split("│")[1].strip(): line for line in shown.splitlines() if "│" in line}
    assert "NO" in by_channel["whatsapp"]
    assert "keyword" in by_channel["whatsapp"]
    assert "yes" in by_channel["sms"]


async def test_a_wrong_number_is_apologised_for_and_left_alone(lola: Running) -> None:
    """Somebody we wrote to by mistake is told so once, and counts as opted out."""
    sender = lola.whatsapp("+15550105304")
    assert "Disculpa la molestia" in await sender.say("se equivocaron de número")
    shown = await lola.command("consent", "show", "--phone", "15550105304", COLUMNS="120")
    assert "NO" in next(line for line in shown.splitlines() if "whatsapp" in line)


async def test_a_wrong_number_during_a_transfer_is_about_the_transfer(lola: Running) -> None:
    """With a summary open, the same words are the agent's and the sender stays opted in."""
    sender = lola.whatsapp("+15550105305")
    await sender.say("quiero mandar 100 dólares a Guatemala en efectivo para Marta Xoc Choc")
    await sender.tap("Banrural")
    assert "Disculpa la molestia" not in await sender.say("número equivocado")


async def test_a_templates_quick_reply_is_heard(lola: Running) -> None:
    """The button of a template has an id of its own, so its title is read."""
    sender = lola.whatsapp("+15550105306")
    await sender.say("hola")
    assert (await sender.device.tap("btn-7", "Dejar de recibir")).status == 200
    assert "ya no te escribe" in await sender.told()
