"""Field failure 19: an approval that was not given counts as given, or counts twice.

pydantic/pydantic-ai#3350, #5536, PR #6862. Here there are two: the sender confirms one draft in the
chat, and approves one link on the secure page; each is good once, and for nothing else.
"""

import asyncio

import pytest

from lola.testing.waiting import until
from lola.testing.widget_browser import WidgetError
from tests.field.stage import TRANSFER, call

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def drafted(stage, line, **changes):
    """Bring the sender to a summary; answers the draft's id."""
    terms = {**TRANSFER, **changes}
    stage.model.says(call("prepare_transfer", **terms))
    await line.say(f"manda {terms['amount']} dólares a Rosa Paz")
    return (await stage.state(line))["draft"]["id"]


async def linked(stage, line):
    """Bring the sender to a link; answers its address."""
    stage.model.says(call("send_money", draft_id=await drafted(stage, line)))
    report = await line.choose("Confirmar")
    ((_, url),) = report.replies[-1].links
    return url


async def answered(stage, line, posted):
    """Return whether a turn took this message."""
    stored = await stage.harness.service.store.read(line.conversation, limit=8)
    return posted.message_id in str([record["inbound"] for record in stored.history])


async def registered(line):
    """Return what the sender was told about an approved transfer."""
    return [received.text for received in line.last_seen if "registrado" in received.text]


async def test_two_taps_on_one_button_are_one_link(stage):
    """A finger that trembles, and a channel that delivers both."""
    line, before = stage.line("new"), len(stage.links())
    draft = await drafted(stage, line)
    button = next(item for item in line.last_seen[-1].options if item[1] == "Confirmar")
    stage.model.says(call("send_money", draft_id=draft))
    first, second = await asyncio.gather(line.device.tap(*button), line.device.tap(*button))
    await line.turn(first)
    await until(lambda: answered(stage, line, second))
    assert len(stage.links()) == before + 1


async def test_a_confirmation_is_good_for_the_draft_it_was_given_to(stage):
    """The button of the old summary, tapped after the amount changed, makes no link."""
    line, before = stage.line("new"), len(stage.links())
    await drafted(stage, line)
    old = next(item for item in line.last_seen[-1].options if item[1] == "Confirmar")
    await drafted(stage, line, amount="900")
    report = await line.turn(await line.device.tap(*old))
    assert report.replies[-1].links == ()
    assert len(stage.links()) == before


async def test_a_page_that_nobody_approved_moves_nothing(stage):
    """Opening it is no approval, and leaving it by "cancel" is none either."""
    line, before = stage.line("new"), stage.operations()
    url = await linked(stage, line)
    assert await stage.harness.widget.open(url) == 200
    await stage.harness.widget.press(url, "cancel")
    assert stage.operations() == sorted([*before, "cancelled"])


async def test_an_approval_is_spent_once(stage):
    """Pressed by two windows at once and again later: one transfer, and one sentence about it."""
    line, before = stage.line("new"), stage.operations()
    url = await linked(stage, line)
    await asyncio.gather(
        *(stage.harness.widget.press(url, "approve") for _ in range(2)), return_exceptions=True
    )
    with pytest.raises(WidgetError):
        await stage.harness.widget.press(url, "approve")
    assert stage.operations() == sorted([*before, "created"])
    told = await until(lambda: registered(line))
    assert len(told) == 1
