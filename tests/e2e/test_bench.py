"""`lola bench` in small: real processes, every measurement once."""

import pytest

from lola.testing.bench.run import Sizes, run

# A dozen processes are started, one after the other.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

TINY = Sizes(
    acknowledgements=5, burst_messages=4, workers=(2,), model_messages=4, cost_messages=3,
    cost_burst=3, paced_messages=4, dialogue_senders=2, dialogue_messages=3,
    transfer_channels=("whatsapp",), turn_time_senders=1,
)  # fmt: skip


async def test_every_measurement_counts_what_it_says(tmp_path) -> None:
    """All messages are answered, every bar reaches its end, and CPU time was really read."""
    reached: dict[str, tuple[int, int]] = {}

    def follow(name: str, total: int):
        def progress(done: int) -> None:
            reached[name] = (done, total)

        return progress

    report = await run(tmp_path, TINY, follow)
    assert len(reached) == 7
    assert all(done == total for done, total in reached.values())
    two, model = report.bursts
    assert (two.workers, two.messages, model.messages) == (2, 4, 4)
    # No two messages are of one sender, so each has a reply of its own.
    assert (two.replies, model.replies) == (4, 4)
    assert two.cpu.gateway > 0
    assert two.cpu.workers > 0
    assert [cost.name for cost in report.costs] == ["this version", "bare handler"]
    assert all(cost.burst_per_second > 0 and cost.resident_mib > 10 for cost in report.costs)
    assert report.dialogues.messages == 6
    (transfer,) = report.transfers
    assert transfer.passed
    assert (transfer.billed.messages, transfer.billed.cost > 0) == (6, True)
    assert report.acknowledgements.ours.p50 > 0
    assert report.turn_time.times_less > 1
    assert report.start.resident_mib > 10
