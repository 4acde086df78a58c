"""How channels want to be sent to: pace, retries, consent, reports; and what money is owed."""

import pytest

from lola.channel.contract import SendPolicy
from lola.delivery import Outbox
from lola.errors import (
    AmbiguousSendError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    StoreUnavailableError,
    WindowClosedError,
)
from tests.unit.delivery.workbench import address, answer, reply

ME = address().conversation
META = SendPolicy(pair_seconds=6.0, pair_burst=45, retry_base=4.0)


@pytest.fixture
def with_policy(bench):
    def make(policy=None, **hooks):
        policies = {"whatsapp": policy} if policy else None
        bench.outbox = Outbox(
            bench.connections, bench.keys, bench.clock, policies=policies, **hooks
        )
        return bench

    return make


async def drain(bench):
    """Send until nothing is ready any more."""
    sent = -1
    while sent != len(bench.courier.rows):
        sent = len(bench.courier.rows)
        await bench.send()


async def test_a_burst_passes_and_the_pair_limit_follows(with_policy):
    """45 at once to one user, then one per 6 seconds (reference/channels.md 1.8)."""
    bench = with_policy(META)
    await bench.committed(*(reply(str(number)) for number in range(48)))
    await drain(bench)
    assert len(bench.courier.rows) == 45
    await bench.later(5.9)
    await drain(bench)
    assert len(bench.courier.rows) == 45
    for expected in (46, 47, 48):
        await bench.later(6 if expected > 46 else 0.1)
        await drain(bench)
        assert len(bench.courier.rows) == expected
    assert bench.courier.texts == [str(number) for number in range(48)]
    assert await bench.leftovers() == []


async def test_a_pace_is_kept_per_recipient(with_policy):
    """What one user had too much of delays no other."""
    bench = with_policy(SendPolicy(pair_seconds=6.0))
    await bench.committed(reply("1"), reply("2"))
    await bench.say("hola", sender="+52999")
    work = await bench.next()
    await bench.inbox.commit(work, answer(work, reply("otro")))
    await drain(bench)
    assert sorted(bench.courier.texts) == ["1", "otro"]


async def test_a_quiet_recipient_costs_no_memory(with_policy):
    """The count of a pair ends by itself when its debt is paid."""
    bench = with_policy(META)
    await bench.committed(reply("1"))
    await bench.send()
    assert 0 < await bench.redis.pttl(bench.keys.pace(ME)) <= 6000


async def test_no_lease_is_held_while_a_row_waits_for_its_time(with_policy):
    """A paced row frees the worker for everybody else."""
    bench = with_policy(SendPolicy(pair_seconds=6.0))
    await bench.committed(reply("1"), reply("2"))
    await drain(bench)
    assert not await bench.redis.exists(bench.keys.box("outbox", ME).lease)
    assert await bench.redis.zscore(bench.keys.box("outbox", ME).waiting, ME) > 0


async def test_a_busy_channel_is_asked_again_ever_more_slowly(with_policy):
    """4 to the power of X, as Meta recommends: after 1, 4 and 16 seconds."""
    bench = with_policy(META)
    await bench.committed(reply("1"))
    bench.courier.fail = [RetryLaterError("busy")] * 3
    for wait in (1, 4, 16):
        await drain(bench)
        before = len(bench.courier.rows)
        await bench.later(wait - 0.1)
        await drain(bench)
        assert len(bench.courier.rows) == before
        await bench.later(0.1)
    await drain(bench)
    assert len(bench.courier.rows) == 4


async def test_who_opted_out_gets_nothing(with_policy, capsys):
    """The hook is asked for every row just before it would go; a no is logged with its reason."""

    async def may_send(row):
        return "opted out" if row.message.content == "1" else None

    bench = with_policy(may_send=may_send)
    await bench.committed(reply("1"), reply("2"))
    await bench.send()
    assert bench.courier.texts == ["2"]
    assert await bench.dead_letters.newest() == ()
    assert "opted out" in capsys.readouterr().out
    assert await bench.leftovers() == []


async def test_a_row_waits_while_may_send_cannot_tell(with_policy):
    """An outage of the opt-out list sends nothing and loses nothing, not even text about money."""
    answers = [StoreUnavailableError("gone"), TimeoutError(), None]

    async def may_send(row):
        if (answer := answers.pop(0)) is not None:
            raise answer

    bench = with_policy(may_send=may_send)
    await bench.committed(reply("enlace", money=True))
    for _ in range(2):
        await bench.send()
        assert bench.courier.texts == []
        await bench.later(1)
    await bench.send()
    assert bench.courier.texts == ["enlace"]


async def test_lost_text_about_money_is_reported_before_it_is_a_dead_letter(with_policy):
    """Never a second send by itself; if the call fails, it is made again (promise 5)."""
    calls = []

    async def on_lost(row, reason):
        calls.append((row.message.content, reason))
        if len(calls) == 1:
            raise StoreUnavailableError("gone")

    bench = with_policy(on_lost=on_lost)
    await bench.committed(reply("enlace", money=True), reply("fin"))
    bench.courier.fail = [AmbiguousSendError("cut")]
    await bench.send()
    await bench.later(60)
    with pytest.raises(StoreUnavailableError):
        await bench.send()
    assert await bench.dead_letters.newest() == ()
    (ready,) = await bench.outbox.mailbox.own_pending("w1")
    await bench.outbox.serve(ready, "w1", bench.courier)
    assert calls == [("enlace", "outcome unknown, about money")] * 2
    assert bench.courier.texts == ["enlace", "fin"]
    assert len(await bench.dead_letters.newest()) == 1


async def test_other_lost_text_is_not_reported(with_policy):
    """Sent twice at most, then a dead letter; a person is called about money only."""

    async def on_lost(row, reason):
        raise AssertionError("no report was due")

    bench = with_policy(on_lost=on_lost)
    await bench.committed(reply("dato"))
    bench.courier.fail = [AmbiguousSendError("cut")] * 2
    for _ in range(3):
        await bench.send()
        await bench.later(60)
    assert [letter.reason for letter in await bench.dead_letters.newest()] == [
        "outcome unknown twice"
    ]


@pytest.mark.parametrize(
    ("trouble", "money", "called"),
    [
        (WindowClosedError("late", provider_code="131047"), False, True),
        (RejectedError("not on WhatsApp", provider_code="131026"), True, True),
        (RejectedError("not on WhatsApp", provider_code="131026"), False, False),
    ],
    ids=["window closed", "about money", "about nothing"],
)
async def test_a_row_that_will_never_be_taken_is_a_dead_letter(with_policy, trouble, money, called):
    """With its reason; a person is called where the sender must hear it some other way."""
    calls = []

    async def on_refused(row, reason):
        calls.append((row.message.content, reason))

    bench = with_policy(on_refused=on_refused)
    await bench.committed(reply("dato", money=money), reply("fin"))
    bench.courier.fail = [trouble]
    await bench.send()
    reason = f"{trouble.code} {trouble.provider_code}"
    assert [letter.reason for letter in await bench.dead_letters.newest()] == [reason]
    assert calls == ([("dato", reason)] if called else [])
    assert bench.courier.texts == ["dato", "fin"]


async def test_who_opted_out_at_the_provider_is_reported_and_the_row_dropped(with_policy, capsys):
    """The hook records the consent before the row is gone; no dead letter asks for a second try."""
    reports = []

    async def on_opted_out(row, code):
        reports.append((row.address.sender, code))
        if len(reports) == 1:
            raise StoreUnavailableError("gone")

    bench = with_policy(on_opted_out=on_opted_out)
    await bench.committed(reply("dato"))
    bench.courier.fail = [OptedOutError("stop", provider_code="21610")] * 2
    with pytest.raises(StoreUnavailableError):
        await bench.send()
    await bench.later(120)
    (ready,) = await bench.outbox.mailbox.own_pending("w1")
    await bench.outbox.serve(ready, "w1", bench.courier)
    assert reports == [(address().sender, "21610")] * 2
    assert await bench.dead_letters.newest() == ()
    assert "reason=opted_out" in capsys.readouterr().out
    assert await bench.leftovers() == []


@pytest.mark.parametrize(
    ("answer_", "sends"), [(("provider-1",), 1), ((), 2), (None, 2)], ids=["there", "not", "unsure"]
)
async def test_a_channel_that_can_be_asked_spares_the_second_send(with_policy, answer_, sends):
    """Before an unknown row goes again the channel is asked for it (docs/delivery.md)."""
    asked = []

    async def find(row):
        asked.append(row.id)
        return answer_

    bench = with_policy(find=find)
    await bench.committed(reply("dato"))
    bench.courier.fail = [AmbiguousSendError("cut")]
    await bench.send()
    assert asked == []
    await bench.later(60)
    await bench.send()
    assert len(asked) == 1
    assert len(bench.courier.rows) == sends
    assert await bench.leftovers() == []


async def test_text_about_money_that_was_found_is_not_reported(with_policy):
    """What the channel shows was not lost; when it cannot be asked, a person is called."""

    async def on_lost(row, reason):
        raise AssertionError("no report was due")

    async def find(row):
        return ("provider-1",)

    bench = with_policy(find=find, on_lost=on_lost)
    await bench.committed(reply("enlace", money=True))
    bench.courier.fail = [AmbiguousSendError("cut")]
    await bench.send()
    await bench.later(60)
    await bench.send()
    assert bench.courier.texts == ["enlace"]
    assert await bench.dead_letters.newest() == ()


async def test_a_channel_that_fails_when_asked_counts_as_unsure(with_policy):
    """Looking is a courtesy: its failure changes nothing about the row."""

    async def find(row):
        raise RetryLaterError("busy")

    bench = with_policy(find=find)
    await bench.committed(reply("dato"))
    bench.courier.fail = [AmbiguousSendError("cut")]
    await bench.send()
    await bench.later(60)
    await bench.send()
    assert bench.courier.texts == ["dato", "dato"]


async def test_a_late_report_about_a_lost_row_is_still_news(with_policy):
    """The person who was called can see that it did arrive."""
    bench = with_policy()
    await bench.committed(reply("enlace", money=True))
    bench.courier.fail = [AmbiguousSendError("cut")]
    await bench.send()
    await bench.later(60)
    await bench.send()
    assert await bench.statuses.record_status(bench.courier.rows[0].id, "delivered")


async def test_a_report_without_our_reference_finds_its_row(with_policy):
    """By the provider's own id, on channels that report that way."""
    bench = with_policy(SendPolicy(correlation="id"))
    await bench.committed(reply("1"))
    await bench.send()
    provider_id = f"provider-{bench.courier.rows[0].id}"
    report = {"channel": "whatsapp", "provider_id": provider_id}
    assert await bench.statuses.record_status("", "delivered", **report)
    assert not await bench.statuses.record_status("", "sent", **report)
    assert not await bench.statuses.record_status(
        "", "read", channel="sms", provider_id=provider_id
    )


async def test_other_channels_keep_no_provider_ids(with_policy):
    """A provider's id is stored only where reports need it."""
    bench = with_policy()
    await bench.committed(reply("1"))
    await bench.send()
    names = [name async for name in bench.redis.scan_iter(f"{bench.keys.project}:pid:*")]
    assert names == []
