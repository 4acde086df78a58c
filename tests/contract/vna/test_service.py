"""The server as a bank runs it: off by default, on by settings, with commands and audit trail."""

import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from lola.app import Service
from lola.cli.doctor import account_book
from lola.cli.main import app
from lola.errors import ConfigurationError, SeveralSettingsError
from lola.partners.vna.contract import CALLS
from lola.sandbox.vna.people import RECEIVERS, SENDERS
from lola.sandbox.vna.platform import PlatformSettings, Remittance, remit_once
from lola.settings import load_settings
from tests.contract.vna.bench import HEADERS, SECRET
from tests.unit.test_settings import PRODUCTION

ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path, valkey_url):
    values = {"port": 0, "lola_data": tmp_path, "redis_url": valkey_url, "retriever": ""}

    def make(**given):
        return load_settings(**values, **given)

    return make


async def test_it_is_off_by_default(settings):
    """No call exists, and no database is made."""
    service_settings = settings()
    async with (
        Service(service_settings, role="gateway") as service,
        aiohttp.ClientSession() as http,
    ):
        for name in CALLS:
            async with http.post(f"{service.url}/vna/{name}", json={}) as response:
                assert response.status == 404
    assert not (service_settings.lola_data / "vna.db").exists()


async def test_a_remittance_through_the_gateway_is_audited(settings):
    """The platform is served beside the webhooks, and the audit trail has each movement."""
    given = settings(vna=True, vna_secret=SECRET, project_name="vna-audited")
    async with Service(given, role="gateway") as service:
        from_platform = Remittance(sender=SENDERS[0], receiver=RECEIVERS[0], amount=100)
        result = await remit_once(f"{service.url}/vna", HEADERS, PlatformSettings(), from_platform)
        assert result.outcome == "credited"
        await service.vna.upkeep.run_once()
        trail = service.state.audit_trail
        records = [one async for one in trail.records() if one.kind.startswith("vna.")]
        assert [record.kind for record in records] == ["vna.account_opened", "vna.credit_approved"]
        assert records[1].body["number"] == result.credit
        assert records[1].body["minor"] == 10_000
        assert result.account not in str(records)


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        ({}, "VNA_SECRET"),
        ({"vna_secret": SECRET, "vna_database_url": "mysql://x"}, "VNA_DATABASE_URL"),
        ({"vna_secret": SECRET, "vna_path": "vna"}, "VNA_PATH"),
        ({"vna_secret": SECRET, "vna_max_amount": {"USD": 0}}, "VNA_MAX_AMOUNT"),
        ({"vna_secret": SECRET, "vna_registration_url": "http://x"}, "VNA_REGISTRATION_URL"),
    ],
)
def test_wrong_settings_are_named(given, setting):
    """Before anything starts."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(vna=True, **given)
    assert caught.value.setting == setting


def test_production_needs_a_real_database_and_a_strong_secret():
    """The embedded file and a guessable secret are for development."""
    with pytest.raises(SeveralSettingsError) as caught:
        load_settings(**PRODUCTION, vna=True, vna_secret="changeme-changeme")
    assert {problem.setting for problem in caught.value.problems} == {
        "VNA_SECRET", "VNA_DATABASE_URL",
    }  # fmt: skip


def test_the_commands_show_block_and_prove_an_account(tmp_path, monkeypatch):
    """`lola vna show`, `state` and `check`, without a running service."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VNA_SECRET", SECRET)

    def lola(*arguments):
        result = CliRunner().invoke(app, ["vna", *arguments])
        return result.exit_code, result.output or str(result.exception)

    assert lola("check") == (0, "the book is right\n")
    code, output = lola("show", "000000000000")
    assert code
    assert "there is no account 000000000000" in output
    code, output = lola("try", "http://127.0.0.1:1/vna", "--amount", "5")
    assert (code, output.split()[:2]) == (0, ["TxAuthorization", "unknown"])


async def test_the_doctor_reads_the_book(settings):
    """It says where the book is, or which setting to look at; off, it says nothing."""
    assert await account_book(settings()) == []
    (found,) = await account_book(settings(vna=True, vna_secret=SECRET))
    assert (found.name, found.ok) == ("vna", True)
    url = "postgresql://lola@/postgres?host=/missing"
    (found,) = await account_book(settings(vna=True, vna_secret=SECRET, vna_database_url=url))
    assert (found.ok, found.hint) == (False, "VNA_DATABASE_URL")


def test_without_the_extra_everything_else_works():
    """Neither the commands nor the service import SQLAlchemy before VNA is switched on."""
    code = "import sys, lola.cli.main, lola.app; sys.exit('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)  # noqa: S603
    assert done.returncode == 0
