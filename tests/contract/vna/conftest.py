"""A VNA server over a real account book: SQLite for every test, PostgreSQL where it matters."""

import os
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import text

from lola.app.vna import vna_over
from lola.gateway.hardening import hardened
from lola.partners.vna.sql.book import SqlAccountBook
from lola.partners.vna.sql.engine import open_engine
from lola.settings import load_settings
from tests.contract.vna import postgres
from tests.contract.vna.bench import SECRET, Bench
from tests.support import ManualClock


@pytest.fixture(scope="session")
def postgres_url():
    programs = postgres.binaries()
    if programs is None:
        assert not os.environ.get(postgres.REQUIRED), "PostgreSQL is not installed"
        pytest.skip("PostgreSQL is not installed: make test-book")
    with postgres.server(programs) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request, tmp_path):
    """The address of an empty database; the SQLite one is an empty text."""
    if request.param == "sqlite":
        return ""
    url = request.getfixturevalue("postgres_url")
    name = f"t{uuid4().hex[:12]}"
    admin = open_engine(url, tmp_path, connections=1)
    async with admin.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text(f"CREATE DATABASE {name}"))
    await admin.dispose()
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))


@pytest.fixture
async def make_book(tmp_path, clock):
    """Open a book; the same database again for the same address."""
    opened = []

    async def make(url=""):
        book = SqlAccountBook(open_engine(url, tmp_path / "vna.db"), clock)
        opened.append(book)
        await book.open()
        return book

    yield make
    for book in opened:
        await book.close()


@pytest.fixture
async def start(make_book, clock, tmp_path):
    """Start a server with these settings, over a new SQLite book or the one that is given."""
    running = []

    async def start(book=None, **given) -> Bench:
        values = {"vna": True, "vna_secret": SECRET, "vna_currencies": ("USD", "MXN"), **given}
        values.setdefault("sender_reference_key", "k" * 40)
        values.setdefault("callback_secret", "c" * 40)
        settings = load_settings(lola_data=tmp_path, **values)
        book = book or await make_book()
        moved = []
        server = vna_over(settings, clock, book, on_moved=lambda: moved.append(1))
        app = web.Application(middlewares=[hardened(settings.max_body_bytes)])
        app.add_subapp(settings.vna_path, server.application())
        http = TestServer(app)
        await http.start_server()
        session = aiohttp.ClientSession()
        running.append((session, http))
        return Bench(
            book=book, clock=clock, http=session, url=str(http.make_url(settings.vna_path))
        )

    yield start
    for session, http in running:
        await session.close()
        await http.close()


@pytest.fixture
async def bench(start):
    return await start()
