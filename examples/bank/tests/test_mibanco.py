"""What Mi Banco added to Lola, on the running service with its sandbox."""

import asyncio
import hmac
import json
from pathlib import Path

import aiohttp

from lola.testing import calls, load_scenarios, run_scenario, says

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PHONE = "+15550100001"


async def test_payroll_customers_get_opening_hours(lola_sender, lola_model) -> None:
    """The bank's agent answers with the bank's tool."""
    lola_model(
        calls(("get_opening_hours", {"city": "Houston"})),
        says("We open at 09:00 and close at 17:00."),
    )
    report = await lola_sender("verified").say("what time do you open in Houston?")
    assert (report.route, report.tools) == ("payroll", ("get_opening_hours",))
    assert "09:00" in report.replies[-1].text


async def test_a_card_is_blocked_after_the_senders_yes(lola_sender, lola_model) -> None:
    """What is shown is what is done."""
    lola_model(calls(("block_card", {"last_four": "4242"})), calls(("block_approved_card", {})))
    sender = lola_sender("verified")
    asked = await sender.say("please block my card 4242")
    assert asked.replies[-1].text == "Shall I block your card ending in 4242?"
    done = await sender.choose(asked.replies[-1].options[0][1])
    assert done.tools == ("block_approved_card",)
    assert done.replies[-1].text == "Done, I blocked your card ending in 4242."


async def test_a_card_is_not_blocked_without_a_yes(lola_sender, lola_model) -> None:
    """The model calls the second tool at once; it does not exist in that turn."""
    lola_model(
        calls(("block_card", {"last_four": "4242"})),
        calls(("block_approved_card", {})),
        says("Is there anything else?"),
    )
    sender = lola_sender("verified")
    await sender.say("please block my card 4242")
    report = await sender.say("wait, how long would that take?")
    assert "block_approved_card" not in [
        tool["name"] for tool in report.record["tools"] if tool["ok"]
    ]


async def test_the_banks_documents_are_found(lola_sender) -> None:
    """In both languages, from the bank's own folder."""
    for question, wanted in (
        ("¿qué es el convenio de nómina?", "payroll.es"),
        ("what is the payroll agreement?", "payroll.en"),
    ):
        report = await lola_sender().say(question)
        assert any(passage.startswith(wanted) for passage in report.passages)


async def test_a_page_is_answered_on_the_pager(lola_harness, lola_model, pagers) -> None:
    """A signed page comes in, the reply goes out through the provider."""
    lola_model(says("We are closed on Sundays."))
    body = json.dumps({"id": "p1", "from": PHONE, "text": "open on sunday?"}).encode()
    headers = {"X-Pager": hmac.digest(pagers.secret.encode(), body, "sha256").hex()}
    url = f"{lola_harness.service.url}/webhooks/pager"
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=body, headers=headers) as response,
    ):
        assert response.status == 200
    async with asyncio.timeout(60):
        page = await pagers.sent.get()
    assert page == {"to": PHONE, "text": "We are closed on Sundays."}


async def test_the_scenarios_pass(lola_harness) -> None:
    """Every scenario file, in its languages and on its channels."""
    for path in sorted(SCENARIOS.glob("*.yaml")):
        for scenario in load_scenarios(path):
            played = await run_scenario(lola_harness, scenario)
            assert (played.failures, played.wrong) == ([], []), scenario.name
