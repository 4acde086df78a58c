"""Delivery statuses form a lattice: whatever order reports come in, they only move up."""

from itertools import product

import pytest

from tests.unit.delivery.workbench import reply

REPORTS = ("sent", "delivered", "read", "failed")
RANKS = {"sending": 0, "sent": 1, "delivered": 2, "read": 3}


@pytest.mark.parametrize("first", REPORTS)
async def test_every_order_of_reports_ends_the_same(bench, first):
    """All sequences of four reports: the status is their maximum, failure is kept beside it.

    A report returns True exactly when it changes one of the two (reference/channels.md 1.5).
    """
    await bench.committed(reply("1"))
    await bench.send()
    row = bench.courier.rows[0].id
    key = bench.keys.row_status(row)
    for rest in product(REPORTS, repeat=3):
        await bench.redis.delete(key)
        await bench.redis.hset(key, mapping={"status": "sending"})
        highest, failed = "sending", False
        for report in (first, *rest):
            is_news = not failed if report == "failed" else RANKS[report] > RANKS[highest]
            assert await bench.statuses.record_status(row, report) is is_news
            if report == "failed":
                failed = True
            else:
                highest = max(highest, report, key=RANKS.__getitem__)
            stored = await bench.redis.hgetall(key)
            assert (stored["status"], "failed" in stored) == (highest, failed)
