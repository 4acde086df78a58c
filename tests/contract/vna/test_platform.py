"""The sandbox's platform as a caller (reference/vna.md 9, items 31 to 40)."""

from decimal import Decimal

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.sandbox.vna.calls import PartnerCalls
from lola.sandbox.vna.people import RECEIVERS, SENDERS, UNDERAGE
from lola.sandbox.vna.platform import PlatformSettings, Remittance, VnaPlatform, remit_once
from tests.contract.vna.bench import HEADERS

AUTHORIZED = {
    "Authorized": True,
    "TrackingIdentifier": "A1",
    "AccountIdentifier": "11110141",
}
CREDITED = {"Success": True, "TrackingIdentifier": "C1"}
OPENED = {"AccountIdentifier": "11110141", "Success": True, "ResponseDescription": "ok"}


def remittance(amount="100", **changes):
    values = {"sender": SENDERS[0], "receiver": RECEIVERS[0], "amount": Decimal(amount)}
    return Remittance(**{**values, **changes})


class Partner:
    """A partner server with answers in a fixed order per call; the last one is repeated."""

    def __init__(self, answers):
        self.answers = {name: list(given) for name, given in answers.items()}
        self.bodies = []

    async def handle(self, request):
        name = request.match_info["name"]
        self.bodies.append((name, await request.json()))
        answers = self.answers[name]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.json_response(answer)


@pytest.fixture
async def play():
    """Run a remittance against a partner with these answers; returns result, partner, waits."""
    running = []

    async def play(what, settings, answers, *, reads_numbers=False, seconds=5.0):
        partner, waits = Partner(answers), []
        app = web.Application()
        app.router.add_post("/{name}", partner.handle)
        server = TestServer(app)
        await server.start_server()
        session = aiohttp.ClientSession()
        running.append((session, server))

        async def sleep(span):
            waits.append(span)

        calls = PartnerCalls(
            session, str(server.make_url("/")), {}, seconds=seconds, reads_numbers=reads_numbers
        )
        result = await VnaPlatform(calls, settings, sleep).remit(what)
        return result, partner, waits

    yield play
    for session, server in running:
        await session.close()
        await server.close()


@pytest.mark.item(31, 34)
async def test_a_remittance_opens_the_account_and_is_credited(bench):
    """`Dynamic` mode against our own server: authorise, open, authorise, credit."""
    result = await remit_once(bench.url, HEADERS, PlatformSettings(), remittance())
    assert result.calls == ["TxAuthorization", "CreateAccount", "TxAuthorization", "CreditFunds"]
    assert (result.outcome, result.display_name) == ("credited", f"LOLA-{result.account[-4:]}")
    assert await bench.book.balance(result.account) == 10_000


@pytest.mark.item(31)
async def test_on_demand_asks_for_a_page(start):
    """`OnDemand` mode ends with the address; the account opened, a new remittance is credited."""
    bench = await start(vna_registration_url="https://bank.example/open")
    settings = PlatformSettings(account_creation="OnDemand")
    result = await remit_once(bench.url, HEADERS, settings, remittance())
    assert result.calls == ["TxAuthorization", "GetCreateAccountUrl"]
    assert (result.outcome, result.url[:26]) == ("registering", "https://bank.example/open?")


async def test_a_child_cannot_send(bench):
    """The reason of our server reaches the platform."""
    await remit_once(bench.url, HEADERS, PlatformSettings(), remittance())
    result = await remit_once(bench.url, HEADERS, PlatformSettings(), remittance(sender=UNDERAGE))
    assert (result.outcome, result.words) == ("refused", "InvalidSenderData")


@pytest.mark.item(32)
async def test_authorised_without_an_account_means_nothing(play):
    """Null, empty and missing: the platform opens an account instead of crediting."""
    for account in ({"AccountIdentifier": None}, {"AccountIdentifier": ""}, {}):
        empty = {"Authorized": True, "TrackingIdentifier": "A0", **account}
        answers = {
            "TxAuthorization": [empty, AUTHORIZED],
            "CreateAccount": [OPENED],
            "CreditFunds": [CREDITED],
        }
        result, _, _ = await play(remittance(), PlatformSettings(), answers)
        assert result.calls[:2] == ["TxAuthorization", "CreateAccount"]


@pytest.mark.item(33, 34)
async def test_without_a_name_the_prefix_and_four_digits_are_shown(play):
    """`PRTN-0141`; and the credit has the authorisation's number and no amounts."""
    answers = {"TxAuthorization": [AUTHORIZED], "CreditFunds": [CREDITED]}
    result, partner, _ = await play(remittance(), PlatformSettings(), answers)
    assert (result.outcome, result.display_name) == ("credited", "PRTN-0141")
    expected = {"AccountIdentifier": "11110141", "AuthTrackingIdentifier": "A1"}
    assert partner.bodies[-1] == ("CreditFunds", expected)


@pytest.mark.item(35)
async def test_only_async_credits_are_polled(play):
    """Every so many minutes until the end; a synchronous one never."""
    answers = {
        "TxAuthorization": [AUTHORIZED],
        "CreditFunds": [CREDITED],
        "GetCreditStatus": [
            {"CreditStatus": "InProgress"},
            {"CreditStatus": "InProgress"},
            {"CreditStatus": "Approved"},
        ],
    }
    settings = PlatformSettings(
        credit_response_type="Async", credit_status_query_repetitions_in_minutes=2
    )
    result, _, waits = await play(remittance(), settings, answers)
    assert (result.outcome, waits) == ("credited", [120, 120, 120])
    _, _, waits = await play(remittance(), PlatformSettings(), answers)
    assert waits == []
    never = {**answers, "GetCreditStatus": [{"CreditStatus": "InProgress"}]}
    result, _, waits = await play(remittance(), settings, never)
    assert (result.outcome, len(waits)) == ("unknown", 10)


@pytest.mark.item(35)
async def test_an_async_credit_of_our_server_is_followed(start):
    """The platform polls our server until the upkeep ended the credit."""
    bench = await start(vna_credit_response="async")
    settings = PlatformSettings(credit_response_type="Async")

    async def settle(_span):
        await bench.book.settle()

    calls = PartnerCalls(bench.http, bench.url, HEADERS, seconds=10, reads_numbers=False)
    result = await VnaPlatform(calls, settings, settle).remit(remittance())
    assert (result.outcome, result.calls[-1]) == ("credited", "GetCreditStatus")


@pytest.mark.item(36)
async def test_a_failure_after_the_credit_reverses_it(bench):
    """The magic amount: the whole credit is taken back."""
    result = await remit_once(bench.url, HEADERS, PlatformSettings(), remittance("50.13"))
    assert (result.outcome, result.calls[-1]) == ("reversed", "ReverseCreditFunds")
    assert await bench.book.balance(result.account) == 0


@pytest.mark.item(38)
async def test_a_lost_answer_is_asked_for_again_and_credited_once(bench):
    """The other magic amount, against our server."""
    result = await remit_once(bench.url, HEADERS, PlatformSettings(), remittance("50.14"))
    assert (result.outcome, result.calls.count("CreditFunds")) == ("credited", 2)
    assert await bench.book.balance(result.account) == 5_014


@pytest.mark.item(37)
@pytest.mark.parametrize(
    "wrong",
    [
        {**AUTHORIZED, "DisplayName": "longer-than-ten"},
        {**AUTHORIZED, "DisplayName": "with space"},
        {**AUTHORIZED, "NonAuthorizedReason": "Because"},
        {**AUTHORIZED, "Extra": 1},
        {**AUTHORIZED, "authorized": True},
        {"Authorized": True},
        [],
    ],
    ids=["long name", "characters", "reason", "field", "case", "missing", "no object"],
)
async def test_an_answer_that_breaks_the_schema_is_reported(play, wrong):
    """With the call, and nothing is credited."""
    result, _, _ = await play(remittance(), PlatformSettings(), {"TxAuthorization": [wrong]})
    assert result.outcome == "violation"
    assert result.words.startswith("TxAuthorization: ")


@pytest.mark.item(38)
@pytest.mark.parametrize("status", [500, 503, 400, 204])
async def test_any_other_status_is_unknown(play, status):
    """Neither credited nor refused, however often it is asked."""
    answers = {"TxAuthorization": [AUTHORIZED], "CreditFunds": [status]}
    result, _, _ = await play(remittance(), PlatformSettings(), answers)
    assert (result.outcome, result.calls.count("CreditFunds")) == ("unknown", 3)


@pytest.mark.item(38)
async def test_a_server_that_is_not_there_is_unknown():
    """The same for a connection that cannot be made."""
    result = await remit_once("http://127.0.0.1:1", {}, PlatformSettings(), remittance())
    assert result.outcome == "unknown"


@pytest.mark.item(39)
async def test_numbers_for_a_state_are_read_behind_a_switch(play):
    """The older contract's; without the switch they are a violation."""
    answers = {
        "TxAuthorization": [AUTHORIZED],
        "CreditFunds": [CREDITED],
        "GetCreditStatus": [{"CreditStatus": 1}, {"CreditStatus": 2}],
    }
    settings = PlatformSettings(credit_response_type="Async")
    result, _, _ = await play(remittance(), settings, answers, reads_numbers=True)
    assert result.outcome == "credited"
    result, _, _ = await play(remittance(), settings, answers)
    assert result.outcome == "violation"


@pytest.mark.item(40)
async def test_the_field_that_only_the_prose_has_is_tolerated(play):
    """A reversal that is not supported leaves the credit as it is."""
    refusal = {
        "Success": False,
        "TrackingIdentifier": "R1",
        "ResponseDescription": "no reversals",
        "NonReverseReason": "NotSupported",
    }
    answers = {
        "TxAuthorization": [AUTHORIZED],
        "CreditFunds": [CREDITED],
        "ReverseCreditFunds": [refusal],
    }
    result, _, _ = await play(remittance("50.13"), PlatformSettings(), answers)
    assert (result.outcome, result.words) == ("credited", "no reversals")
