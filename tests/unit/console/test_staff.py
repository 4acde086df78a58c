"""Accounts of the console, against the real store."""

import pytest

from lola.console import StaffDirectory
from lola.errors import ConfigurationError

PASSWORD = "correct horse battery"


@pytest.fixture
def directory(bank):
    return StaffDirectory(bank.store, bank.clock, cost=2**4)


async def test_the_right_password_answers_the_account_and_nothing_else_does(directory):
    """Names are matched without case; wrong names and wrong passwords look the same."""
    added = await directory.add("Ana", PASSWORD, "supervisor")
    assert (added.name, added.role) == ("ana", "supervisor")
    assert await directory.check(" ANA ", PASSWORD) == added
    assert await directory.check("ana", PASSWORD + "x") is None
    assert await directory.check("nobody", PASSWORD) is None
    assert await directory.check("", "") is None
    assert await directory.check("../ana", PASSWORD) is None


async def test_an_unknown_name_costs_one_hash_like_a_known_one(directory, monkeypatch):
    """Time must not tell which names exist."""
    import hashlib

    await directory.add("ana", PASSWORD)
    costs = []
    real = hashlib.scrypt

    def counted(*args, **options):
        costs.append((options["n"], options["r"], options["p"]))
        return real(*args, **options)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    await directory.check("ana", "wrong")
    await directory.check("nobody", "wrong")
    assert len(costs) == 2
    assert costs[0] == costs[1]


async def test_a_password_is_never_stored(directory, bank):
    """The store holds a salted hash, different for two people with one password."""
    await directory.add("ana", PASSWORD)
    await directory.add("luis", PASSWORD)
    ana = await bank.store.get_record("console_account", "ana")
    luis = await bank.store.get_record("console_account", "luis")
    assert PASSWORD not in str(ana)
    assert ana["hash"] != luis["hash"]


async def test_an_account_outlives_every_other_record(directory, bank):
    """Accounts have no end of life."""
    await directory.add("ana", PASSWORD)
    bank.clock.pass_(days=20 * 365)
    assert await directory.check("ana", PASSWORD) is not None
    assert [account.name for account in await directory.list()] == ["ana"]


async def test_a_disabled_account_is_listed_but_lets_nobody_in(directory):
    """Disabling keeps the name taken in the list, so that the audit stays readable."""
    await directory.add("ana", PASSWORD)
    await directory.add("luis", PASSWORD)
    await directory.disable("ana")
    assert await directory.check("ana", PASSWORD) is None
    assert await directory.find("ana") is None
    assert [(a.name, a.disabled) for a in await directory.list()] == [
        ("ana", True),
        ("luis", False),
    ]


async def test_a_disabled_account_can_be_given_a_new_password(directory):
    """It is a new generation: what was signed in under the old one stays out."""
    old = await directory.add("ana", PASSWORD)
    await directory.disable("ana")
    new = await directory.add("ana", "another long password")
    assert await directory.check("ana", PASSWORD) is None
    assert await directory.check("ana", "another long password") == new
    assert new.generation != old.generation
    assert len(await directory.list()) == 1


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [
        ("", PASSWORD, "staff"),
        ("ana maria", PASSWORD, "staff"),
        ("a" * 41, PASSWORD, "staff"),
        ("ana", "short", "staff"),
        ("ana", "x" * 257, "staff"),
        ("ana", PASSWORD, "owner"),
    ],
)
async def test_unfit_accounts_are_refused_with_a_reason(directory, name, password, role):
    """The message names what is wrong and never holds the password."""
    with pytest.raises(ConfigurationError) as refused:
        await directory.add(name, password, role)
    assert password not in str(refused.value)
    assert await directory.list() == ()


async def test_an_active_account_is_not_replaced_by_accident(directory):
    """`add` on a taken name is an error, and the old password still works."""
    await directory.add("ana", PASSWORD)
    with pytest.raises(ConfigurationError):
        await directory.add("ANA", "another long password")
    assert await directory.check("ana", PASSWORD) is not None


async def test_disabling_nobody_is_an_error(directory):
    """A typing mistake must not look like a closed account."""
    with pytest.raises(ConfigurationError):
        await directory.disable("nobody")
