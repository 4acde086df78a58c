"""`lola sandbox`: settings that a shell can read, and with a folder the same keys next time."""

import asyncio
import os
import subprocess

import pytest
from pydantic import SecretStr

from lola.cli.serve import _kept, export_line
from lola.domain.clock import system_clock
from lola.sandbox import SandboxCredentials
from lola.sandbox.server import Sandbox
from lola.settings import Settings, load_settings


def test_keys_are_kept_unless_the_operator_sets_them(tmp_path):
    """Made-up credentials come back; what the operator sets beats what was kept."""
    first = _kept(SandboxCredentials(), {}, tmp_path)
    assert _kept(SandboxCredentials(), {}, tmp_path) == first
    given = {"m2m_api_key": "m2m_test_mine"}
    changed = _kept(SandboxCredentials(), given, tmp_path)
    assert changed.m2m_api_key == "m2m_test_mine"
    assert changed.raas_api_key == first.raas_api_key


def shell(script: str) -> str:
    """Return what a shell prints."""
    command = ["/bin/sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - written here


@pytest.mark.parametrize(
    "value", ['it\'s $HOME; "x" `y` \\ z', SecretStr("a b"), ("a", "b"), {"a": "b c"}]
)
def test_a_shell_reads_back_what_was_meant(value):
    """Quotes, blanks and tables survive the way through a shell."""
    read = shell(f"{export_line('name', value)}\nprintenv NAME")
    wanted = {SecretStr: "a b", tuple: "a,b", dict: '{"a":"b c"}'}.get(type(value), value)
    assert read.rstrip("\n") == wanted


async def test_the_service_takes_every_exported_setting(monkeypatch, tmp_path):
    """The lines, run by a shell, start a service on these stand-ins: none is refused."""
    stand_ins = Sandbox(SandboxCredentials(), system_clock)
    await stand_ins.start()
    try:
        wishes = stand_ins.settings_overrides(Settings())
    finally:
        await stand_ins.stop()
    script = "\n".join([*(export_line(*item) for item in wishes.items()), "env -0"])
    printed = await asyncio.to_thread(shell, script)
    for line in printed.split("\0"):
        name, _, value = line.partition("=")
        if name.lower() in wishes and name not in os.environ:
            monkeypatch.setenv(name, value)
    taken = load_settings(lola_data=tmp_path)
    assert {name: getattr(taken, name) for name in wishes} == wishes
