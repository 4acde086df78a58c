"""A message that was taken and failed later gets the reaction of one that was never taken."""

import pytest

from lola.channel.contract import SendPolicy, Status
from lola.delivery import Outbox, Reply, Reports
from lola.domain.messages import Notice, TextMessage
from lola.errors import RetryLaterError, StoreUnavailableError
from tests.unit.delivery.workbench import reply

ECHOED = SendPolicy(correlation="reference")


class Hooks:
    """Notes what is reported; `trouble` is raised first."""

    def __init__(self):
        self.refused = []
        self.opted_out = []
        self.waiting = []
        self.repeated = []
        self.told = []
        self.trouble = []

    async def on_refused(self, row, reason, *, again=False, waits=False):
        if self.trouble:
            raise self.trouble.pop()
        if waits:
            self.waiting.append(row.message.content)
        self.refused.append((row.message.content, reason, again))

    async def on_repeat(self, row, reason, *, seconds):
        self.repeated.append((row.message.content, reason, seconds))

    async def stopped(self, channel, reason, hint):
        self.told.append((channel, reason, hint))

    def met_unknown(self, channel, code, row=""):
        self.told.append((channel, code))

    async def on_opted_out(self, row, code):
        self.opted_out.append((row.address.sender, code))


@pytest.fixture
def hooks():
    return Hooks()


@pytest.fixture
def reported(bench, hooks):
    """Sends one reply and answers a function that delivers a report about it."""
    reports = Reports(
        bench.statuses,
        on_refused=hooks.on_refused,
        on_repeat=hooks.on_repeat,
        on_opted_out=hooks.on_opted_out,
        operators=hooks,
    )

    async def send(one, policy=ECHOED):
        bench.outbox = Outbox(
            bench.connections, bench.keys, bench.clock, policies={"whatsapp": policy}
        )
        await bench.committed(one)
        await bench.send()
        row_id = bench.courier.rows[-1].id

        async def report(status="failed", code="", failure="rejected", **more):
            reference = "" if policy.reports_by_id else row_id
            await reports.take(
                "whatsapp",
                Status(
                    provider_id=f"provider-{row_id}",
                    status=status,
                    reference=reference,
                    error_code=code,
                    failure=failure,
                    **more,
                ),
            )

        return report

    return send


async def letters(bench):
    return [letter.reason for letter in await bench.dead_letters.newest()]


@pytest.mark.parametrize("policy", [ECHOED, SendPolicy(correlation="id")], ids=["ours", "theirs"])
async def test_a_failure_is_a_dead_letter_with_its_words(bench, hooks, reported, policy):
    """Reason and body are there for a person; reported twice, it is one dead letter."""
    report = await reported(reply("dato"), policy)
    for _ in range(2):
        await report(code="131026")
    (letter,) = await bench.dead_letters.newest()
    assert letter.reason == "failed 131026"
    assert letter.body["message"]["content"] == "dato"
    assert letter.conversation == bench.courier.rows[-1].conversation
    assert hooks.refused == []


@pytest.mark.parametrize(
    ("one", "failure", "called", "dead_letters"),
    [
        (reply("dato"), "rejected", [], 1),
        (reply("enlace", money=True), "rejected", [("enlace", "failed 7", False)], 1),
        (reply("dato"), "window_closed", [("dato", "failed 7", False)], 1),
        (reply("aviso", author="code"), "window_closed", [("aviso", "failed 7", True)], 0),
    ],
    ids=["nothing", "money", "a reply too late", "a notice too late"],
)
async def test_who_is_told_depends_on_the_words(
    bench, hooks, reported, one, failure, called, dead_letters
):
    """A person about money or a closed window; a notice may be sent once more instead."""
    report = await reported(one)
    await report(code="7", failure=failure)
    assert hooks.refused == called
    assert await letters(bench) == ["failed 7"] * dead_letters


@pytest.mark.parametrize("failure", ["rejected", "window_closed"])
async def test_news_that_failed_later_waits_for_the_sender(bench, hooks, reported, failure):
    """Also when it is no text about money: nobody else would tell it."""
    news = TextMessage(content="novedad", notice=Notice(template="verification_done"))
    report = await reported(Reply(message=news, author="code"))
    await report(code="63040", failure=failure)
    assert hooks.waiting == ["novedad"]
    assert hooks.refused == [("novedad", "failed 63040", failure == "window_closed")]


@pytest.mark.parametrize(
    ("one", "repeated", "refused", "dead_letters"),
    [
        (reply("dato"), [("dato", "failed 30003", 600.0)], [], 0),
        (reply("enlace", money=True), [], [("enlace", "failed 30003", False)], 1),
    ],
    ids=["a reply", "money"],
)
async def test_a_failure_for_now_is_repeated_unless_it_is_about_money(
    bench, hooks, reported, one, repeated, refused, dead_letters
):
    """An unreachable handset may be on later (reference/channels.md 2.6); about money a person."""
    report = await reported(one)
    await report(code="30003", failure="temporary", after=600.0)
    assert (hooks.repeated, hooks.refused) == (repeated, refused)
    assert len(await letters(bench)) == dead_letters


async def test_a_failure_that_stops_the_channel_is_told_with_what_can_be_done(
    bench, hooks, reported
):
    """Operators get code and hint, and a person the conversation; nothing is thrown away unseen."""
    report = await reported(reply("dato"))
    await report(code="131037", failure="stopped", hint="approve the name")
    assert hooks.told == [("whatsapp", "failed 131037", "approve the name")]
    assert hooks.refused == [("dato", "failed 131037", False)]
    assert await letters(bench) == ["failed 131037"]


async def test_an_unknown_code_is_told(bench, hooks, reported):
    """It is a dead letter as any rejection, and operators hear of the code."""
    report = await reported(reply("dato"))
    await report(code="999999", known=False)
    assert hooks.told == [("whatsapp", "999999")]
    assert await letters(bench) == ["failed 999999"]


async def test_a_block_is_recorded_as_their_wish(bench, hooks, reported):
    """The consent hook hears of it, and no letter asks anybody to try again."""
    report = await reported(reply("dato", money=True))
    await report(code="131050", failure="opted_out")
    assert hooks.opted_out == [(bench.courier.rows[-1].address.sender, "131050")]
    assert (hooks.refused, await letters(bench)) == ([], [])


@pytest.mark.parametrize("first", ["delivered", "read"])
async def test_a_failure_on_a_second_device_is_none(bench, hooks, reported, first):
    """Delivered once is delivered; nothing is said again (reference/channels.md 1.5)."""
    report = await reported(reply("enlace", money=True))
    await report(first)
    await report(code="131026")
    assert (hooks.refused, await letters(bench)) == ([], [])


async def test_a_report_that_could_not_be_passed_on_is_taken_again(bench, hooks, reported):
    """The webhook answers 503, and its redelivery finds the row still there."""
    report = await reported(reply("enlace", money=True))
    hooks.trouble = [StoreUnavailableError("gone")]
    with pytest.raises(StoreUnavailableError):
        await report(code="131026")
    assert await letters(bench) == []
    await report(code="131026")
    assert hooks.refused == [("enlace", "failed 131026", False)]
    assert await letters(bench) == ["failed 131026"]


async def test_nothing_is_kept_where_no_report_comes(bench, hooks, reported):
    """A channel without reports leaves no copy of what it sent; nor does a row that never went."""
    report = await reported(reply("dato"), SendPolicy())
    await report(code="1")
    names = [name async for name in bench.redis.scan_iter(f"{bench.keys.project}:rs:*:sent")]
    assert (names, await letters(bench)) == ([], [])
    bench.courier.fail = [RetryLaterError("busy")]
    await reported(reply("otro"))
    names = [name async for name in bench.redis.scan_iter(f"{bench.keys.project}:rs:*:sent")]
    assert names == []


async def test_what_is_kept_ends_by_itself(bench, reported):
    """Half a day, then the copy is gone whether or not a report came."""
    await reported(reply("dato"))
    (name,) = [name async for name in bench.redis.scan_iter(f"{bench.keys.project}:rs:*:sent")]
    assert 0 < await bench.redis.ttl(name) <= 12 * 3600
