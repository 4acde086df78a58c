"""The state file by which `lola chat` finds the running service of a folder."""

import json
import os
import stat
from pathlib import Path

import pytest

from lola.app import Service
from lola.cli.running import Running, announced, read_running
from lola.settings import load_settings

GONE = 2**22 + 1


async def test_a_service_with_a_sandbox_is_announced_until_it_stops(tmp_path: Path) -> None:
    """Only the owner can read the file; it has addresses and no credential."""
    path = tmp_path / "running.json"
    async with Service(load_settings(port=0, lola_data=tmp_path, retriever="")) as service:
        with announced(service):
            found = read_running(tmp_path)
            assert service.sandbox is not None
            assert found == Running(
                pid=os.getpid(), service=service.url, sandbox=service.sandbox.url
            )
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert found.is_alive
            assert set(json.loads(path.read_text())) == {"pid", "service", "sandbox"}
        assert not path.exists()
        with announced(service):
            path.write_text(json.dumps({"pid": GONE, "service": "http://a", "sandbox": "http://b"}))
        assert path.exists(), "the file of the service that started since was removed"


def test_a_service_that_ended_without_removing_its_file_is_not_alive() -> None:
    """A process id above the kernel's largest belongs to no process."""
    assert not Running(pid=GONE, service="", sandbox="").is_alive


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1}'])
def test_a_file_that_says_nothing_is_no_service(text: str, tmp_path: Path) -> None:
    """The chat starts a private service then, as without a file."""
    (tmp_path / "running.json").write_text(text)
    assert read_running(tmp_path) is None
