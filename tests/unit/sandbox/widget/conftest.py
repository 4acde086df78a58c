"""A link, a browser that keeps cookies, and a person who takes the steps before the review."""

import aiohttp
import pytest

from tests.unit.sandbox.widget.person import Person


@pytest.fixture
def link(m2m, receiver, metadata):
    async def make(reference="user-1", **options):
        fields = options.pop("metadata", metadata)
        link = await m2m.create_link(reference, fields, callback_url=receiver.url, **options)
        await receiver.next()
        return link

    return make


@pytest.fixture
async def browser():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@pytest.fixture
def person(browser):
    return Person(browser)


@pytest.fixture
def ready(link, person):
    """Make a link and take every step before the review."""

    async def ready_(*arguments, **options):
        made = await link(*arguments, **options)
        await person.reach_review(made.url)
        return made

    return ready_
