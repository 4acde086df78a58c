"""Money survives a process that is killed between any two statements; the check itself works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from lola.partners.vna.sql.engine import run
from lola.partners.vna.sql.tables import ENTRIES, MOVEMENTS

ROOT = Path(__file__).parents[3]
KILLS = 6


def test_a_few_kills_lose_double_and_unbalance_nothing(database):
    """On both databases; `make test-book` runs 200 on each."""
    where = ["--only", "url", "--url", database] if database else ["--only", "sqlite"]
    result = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "tests.contract.vna.kills", "--kills", str(KILLS), *where],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{KILLS} kills at {KILLS} points" in result.stdout


def lose_an_entry(account, credit):
    yield delete(ENTRIES).where(ENTRIES.c.ledger == f"account:{account}")


def change_an_entry(account, credit):
    yield update(ENTRIES).where(ENTRIES.c.ledger == f"account:{account}").values(minor=1)


def lose_all_entries(account, credit):
    yield delete(ENTRIES).where(ENTRIES.c.movement_id == credit)


def forget_the_credit(account, credit):
    yield update(MOVEMENTS).where(MOVEMENTS.c.id == credit).values(status="Failed")


def change_the_amount(account, credit):
    yield update(MOVEMENTS).where(MOVEMENTS.c.id == credit).values(minor=1)


def overdraw(account, credit):
    row = {"id": "D", "kind": "debit", "account_id": account, "minor": 10**6, "currency": "USD"}
    yield insert(MOVEMENTS).values(**row, status="Approved", reason="None", created_at=0)
    for ledger, minor in ((f"account:{account}", -(10**6)), ("settlement:USD", 10**6)):
        yield insert(ENTRIES).values(movement_id="D", ledger=ledger, minor=minor)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lose_an_entry, "do not balance"),
        (change_an_entry, "do not balance"),
        (lose_all_entries, "posted otherwise"),
        (forget_the_credit, "posted otherwise"),
        (change_the_amount, "posted otherwise"),
        (overdraw, "is overdrawn"),
    ],
)
async def test_each_kind_of_damage_is_found(bench, damage, words):
    """The check that `lola vna check` and the kills use is proved by broken books."""
    account, credit = await bench.credited()
    assert not await bench.book.faults()

    async def work(connection):
        for statement in damage(account, credit):
            await connection.execute(statement)

    await run(bench.book._engine, work)
    assert any(words in fault for fault in await bench.book.faults())
