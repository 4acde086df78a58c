"""Where the money is to arrive: bank and account agree, and the partner gets both."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from lola.errors import ConfigurationError
from lola.settings import RISKS, load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender, TurnReport
from tests.support import ManualClock

pytestmark = [pytest.mark.e2e]

SANTANDER = "014027000005555558"
STRANGE = "646180110400000007"
"""A valid CLABE whose bank is not in PayHub's list."""
WISH = {
    "es": "quiero enviar 100 dólares a Ana Paz en México a su cuenta de BBVA",
    "en": "I want to send 100 dollars to Ana Paz in Mexico, to her bank account at BBVA",
}
CONFIRM = {"es": "Confirmar", "en": "Confirm"}
WHICH = {"es": "¿Cuál de los dos es el correcto?", "en": "Which of the two is right?"}
NOT_RECOGNISED = {"es": "no reconozco de qué banco es", "en": "I do not recognise which bank"}
WRONG = {"es": "no parece correcto", "en": "does not look right"}
THE_ACCOUNT = {"es": "La cuenta", "en": "The account"}
NAMELESS = {"es": "banco que no reconozco por el número", "en": "bank not recognised"}

in_both_languages = pytest.mark.parametrize("language", ["es", "en"])


DEPOSIT = {
    "es": f"quiero enviar 100 dólares a Ana Paz en México a su cuenta, CLABE {SANTANDER}",
    "en": f"I want to send 100 dollars to Ana Paz in Mexico, bank deposit, CLABE {SANTANDER}",
}
CASH = {
    "es": "quiero enviar 100 dólares a Ana Paz en México en efectivo",
    "en": "I want to send 100 dollars to Ana Paz in Mexico for cash pickup",
}
NO_CASH = {
    "es": "Para México no tengo esa forma de entrega. Las opciones son cuenta de banco",
    "en": "That delivery method is not available for Mexico. You can choose from bank account",
}
METHOD_REFUSED = {
    "es": "no puedo hacer envíos a México con 💸 Retiro en efectivo. "
    "Sí puedo con: 🏦 Depósito a cuenta",
    "en": "cannot send to Mexico by 💸 Cash pickup. I can by: 🏦 Bank deposit",
}
RENEW = {"es": "Preparar otra vez", "en": "Prepare it again"}

Start = Callable[..., Awaitable[Harness]]


async def strange_name(phone: str, fields: Sequence[str]) -> Mapping[str, str]:
    """Return a name that the partner refuses, as a bank's own source might."""
    del phone
    return dict.fromkeys(fields, "R2-D2")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def start(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Start]:
    """Starts a service with its sandbox and some other settings."""
    async with AsyncExitStack() as stack:

        async def start_(**changes: Any) -> Harness:
            settings = load_settings(port=0, lola_data=tmp_path, retriever="", **changes)
            return await stack.enter_async_context(Harness(settings, clock=clock))

        yield start_


@pytest.fixture
async def harness(start: Start) -> Harness:
    return await start()


def known_sender(harness: Harness) -> SimulatedSender:
    """Return a sender whom the bank knows by name, with nobody saved."""
    phone = harness.new_number()
    eva = harness.sandbox.senders.register(phone=phone, first_name="Eva", last_name="Limaverde")
    harness.sandbox.senders.save({**eva, "middleName": "Luz", "dob": "1990-05-15"})
    return harness.sender(phone)


async def linked(sender: SimulatedSender, wish: str, language: str, *more: str) -> TurnReport:
    """Bring a sender to their link."""
    for line in (wish, *more):
        await sender.say(line)
    return await sender.choose(CONFIRM[language])


def given(harness: Harness) -> dict[str, Any]:
    """Return the fields of the newest link's sender that came with a link, by path."""
    link, users = harness.sandbox.m2m.links.list.all()[0], harness.sandbox.m2m.users
    fields, sources = users.fields(link.user_id), users.sources(link.user_id)
    return {path: value for path, value in fields.items() if sources[path] == "partner_api"}


def deposit(account: str) -> dict[str, Any]:
    return {"type": "bank_account", "bankAccount": {"country": "MX", "accountNumber": account}}


@in_both_languages
async def test_a_bank_and_an_account_of_another_bank_are_not_settled_by_a_guess(
    harness: Harness, language: str
) -> None:
    """The sender reads both names, says which is right, and only then sees a summary."""
    sender = harness.sender(harness.new_number())
    await sender.say(WISH[language])
    asked = (await sender.say(SANTANDER)).replies[-1]
    assert WHICH[language] in asked.text
    assert [title for _, title in asked.options] == ["Santander México", "BBVA México"]
    summary = (await sender.choose("Santander México")).replies[-1]
    assert "Santander México · ••••5558" in summary.text
    assert CONFIRM[language] in [title for _, title in summary.options]


@in_both_languages
async def test_the_bank_may_be_right_and_the_account_wrong(harness: Harness, language: str) -> None:
    """The account is asked for again; the contradicting one never reaches a summary."""
    sender = harness.sender(harness.new_number())
    await sender.say(WISH[language])
    await sender.say(SANTANDER)
    again = (await sender.choose("BBVA México")).replies[-1]
    assert "CLABE" in again.text
    summary = (await sender.say("012180012345678909")).replies[-1]
    assert "BBVA México · ••••8909" in summary.text


@in_both_languages
async def test_a_valid_account_of_an_unknown_bank_is_not_called_wrong(
    harness: Harness, language: str
) -> None:
    """The check digit decides; that the bank has no known name is said, also in the summary."""
    sender = harness.sender(harness.new_number())
    await sender.say(WISH[language])
    asked = (await sender.say(STRANGE)).replies[-1]
    assert NOT_RECOGNISED[language] in asked.text
    assert WRONG[language] not in asked.text
    summary = (await sender.choose(THE_ACCOUNT[language])).replies[-1]
    assert NAMELESS[language] in summary.text
    assert "••••0007" in summary.text


@in_both_languages
async def test_name_and_account_reach_the_partner_and_its_page(
    harness: Harness, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are pre-filled (reference/m2m.md 3.1, 5.1); neither is in the metadata or a log."""
    turn = await linked(known_sender(harness), DEPOSIT[language], language)
    assert given(harness) == {
        "name.firstName": "Eva",
        "name.secondName": "Luz",
        "name.lastName": "Limaverde",
        "paymentMethod": deposit(SANTANDER),
    }
    (link,) = harness.sandbox.m2m.links.list.all()
    assert SANTANDER not in json.dumps(link.metadata)
    assert "Limaverde" not in json.dumps(link.metadata)
    cookies, address = aiohttp.CookieJar(unsafe=True), turn.replies[-1].links[0][1]
    async with aiohttp.ClientSession(cookie_jar=cookies) as http, http.get(address) as response:
        page = await response.text()
    assert "Eva Luz Limaverde" in page
    assert "•••• 5558" in page
    assert SANTANDER not in page
    logs = capsys.readouterr().out
    assert "turn.done" in logs
    assert SANTANDER not in logs
    assert "Limaverde" not in logs


async def test_the_account_of_a_saved_person_comes_from_the_banks_record(harness: Harness) -> None:
    """The chat knows its last four digits only; the partner gets the whole number."""
    sender = harness.sender(harness.new_number("verified"))
    await sender.say("quiero enviar 100 dólares a mi mamá")
    summary = await sender.choose("Confirmar")
    assert summary.replies[-1].links
    state = (await harness.service.store.read(sender.conversation)).state
    assert SANTANDER not in json.dumps(state)
    assert given(harness)["paymentMethod"] == deposit(SANTANDER)


@in_both_languages
async def test_a_cash_pickup_names_its_company(harness: Harness, language: str) -> None:
    """A sender whom the bank does not know has no name to give; the payout is pre-filled."""
    sender = harness.sender(harness.new_number())
    await linked(sender, CASH[language], language, "OXXO")
    (link,) = harness.sandbox.m2m.links.list.all()
    cash = {"provider": "OXXO", "reference": link.metadata["ticketId"]}
    assert given(harness) == {"paymentMethod": {"type": "cash", "cash": cash}}


@pytest.mark.parametrize(
    ("fields", "sent"),
    [((), set()), (("paymentMethod", "dob"), {"paymentMethod", "dob"})],
)
async def test_the_bank_says_which_fields_it_sends(start: Start, fields, sent) -> None:
    """An empty setting sends nothing, and then the page asks for everything."""
    harness = await start(m2m_prefill_fields=fields)
    await linked(known_sender(harness), DEPOSIT["es"], "es")
    assert set(given(harness)) == sent


async def test_data_that_the_partner_refuses_does_not_cost_the_link(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page asks the sender then; operators read which fields were refused, no value."""
    harness = await start(
        m2m_data_source="tests.e2e.test_destination.strange_name", allow_unsafe=tuple(RISKS)
    )
    turn = await linked(known_sender(harness), DEPOSIT["es"], "es")
    assert turn.replies[-1].links
    assert given(harness) == {}
    logs = capsys.readouterr().out
    refused = next(line for line in logs.splitlines() if "partner.prefill_refused" in line)
    assert "['name', 'paymentMethod']" in refused
    assert "R2-D2" not in logs


@pytest.mark.parametrize(
    ("setting", "changes"),
    [
        ("M2M_PREFILL_FIELDS", {"m2m_prefill_fields": ("name.firstName",)}),
        ("M2M_PREFILL_FIELDS", {"m2m_prefill_fields": ("paymentMethod", "shoeSize")}),
        ("M2M_PAYOUT_TYPES", {"m2m_payout_types": {"pigeon": "pigeon"}}),
    ],
)
async def test_what_the_partner_cannot_take_stops_the_start(start: Start, setting, changes) -> None:
    """It requires a payout with any other data (reference/m2m.md 3.1)."""
    with pytest.raises(ConfigurationError, match=setting):
        await start(**changes)


@in_both_languages
async def test_a_method_that_the_partner_does_not_allow_is_refused_before_the_summary(
    harness: Harness, language: str
) -> None:
    """The sender reads which methods there are instead."""
    await harness.service.m2m.update_settings(allowed_payment_methods=["bank_account"])
    sender = harness.sender(harness.new_number())
    told = (await sender.say(CASH[language])).replies[-1]
    assert NO_CASH[language] in told.text
    assert CONFIRM[language] not in [title for _, title in told.options]


@in_both_languages
async def test_a_method_that_is_withdrawn_while_the_sender_writes_is_refused(
    harness: Harness, clock: ManualClock, language: str
) -> None:
    """What was listed earlier in the conversation does not count any more."""
    sender = harness.sender(harness.new_number())
    await sender.say(CASH[language])
    await harness.service.m2m.update_settings(allowed_payment_methods=["bank_account"])
    clock.advance(minutes=6)
    told = (await sender.say("OXXO")).replies[-1]
    assert NO_CASH[language] in told.text
    assert CONFIRM[language] not in [title for _, title in told.options]
    await sender.say(SANTANDER)
    assert "Santander México · ••••5558" in sender.last_seen[-1].text


@in_both_languages
async def test_a_renewal_with_a_method_that_is_no_longer_allowed_is_refused(
    harness: Harness, clock: ManualClock, language: str
) -> None:
    """The same transfer is not put before the sender again; code says why and what there is."""
    sender = harness.sender(harness.new_number())
    await linked(sender, CASH[language], language, "OXXO")
    await harness.service.m2m.update_settings(allowed_payment_methods=["bank_account"])
    clock.advance(minutes=61)
    await sender.event("expired")
    told = (await sender.choose(RENEW[language])).replies[-1]
    assert METHOD_REFUSED[language] in told.text
    assert told.options == ()


async def test_while_the_partner_cannot_say_what_it_allows_nothing_is_refused(
    harness: Harness,
) -> None:
    """Its own check of the link follows; a sender does not pay for its outage."""
    harness.sandbox.faults.add("m2m", "500", 20)
    sender = harness.sender(harness.new_number())
    await sender.say(CASH["es"])
    summary = (await sender.say("OXXO")).replies[-1]
    assert "Confirmar" in [title for _, title in summary.options]
