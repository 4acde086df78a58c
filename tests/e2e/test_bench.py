"""`lola bench` in small: real processes, every measurement once."""

import pytest

from lola.testing.bench.run import Sizes, run

# Seven processes are started, one after the other.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TINY = Sizes(
    acknowledgements=5, burst_messages=12, burst_senders=4, workers=(2,), model_messages=4,
    model_senders=4, paced_messages=4, dialogue_senders=2, dialogue_messages=3,
    turn_time_senders=1,
)  # fmt: skip


async def test_every_measurement_counts_what_it_says(tmp_path) -> None:
    """All messages are answered, every bar reaches its end, and CPU time was really read."""
    reached: dict[str, tuple[int, int]] = {}

    def follow(name: str, total: int):
        def progress(done: int) -> None:
            reached[name] = (done, total)

        return progress

    report = await run(tmp_path, TINY, follow)
    assert len(reached) == 5
    assert all(done == total for done, total in reached.values())
    two, model = report.bursts
    assert (two.workers, two.messages, model.messages) == (2, 12, 4)
    # What waited together is answered together, so there are at most as many replies as messages.
    assert 4 <= two.replies <= 12
    assert model.replies == 4
    assert two.cpu.gateway > 0
    assert two.cpu.workers > 0
    assert report.dialogues.messages == 6
    assert report.acknowledgements.ours.p50 > 0
    assert report.turn_time.times_less > 1
    assert report.start.resident_mib > 10
