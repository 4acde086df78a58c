"""Editing an agent while the service runs: taken over whole, or nothing changes and it says why."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from lola.agent.reload import AgentReloader
from lola.errors import ConfigurationError
from lola.telemetry import names


class Agents:
    """Agents that are just the texts of their files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.used: dict[str, str] = {}
        self.loads = 0

    def load(self) -> dict[str, str]:
        self.loads += 1
        texts = {path.parent.name: path.read_text() for path in self.folder.glob("*/agent.toml")}
        if "broken" in texts.values():
            raise ConfigurationError("helper/agent.toml", "is broken")
        return texts

    def use(self, agents) -> None:
        if not agents:
            raise ConfigurationError("AGENTS", "none is left")
        self.used = dict(agents)


@pytest.fixture
def agents(tmp_path: Path) -> Agents:
    (tmp_path / "helper").mkdir()
    (tmp_path / "helper" / "agent.toml").write_text("first")
    return Agents(tmp_path)


@pytest.fixture
def reloader(agents: Agents) -> AgentReloader[str]:
    return AgentReloader([agents.folder], load=agents.load, use=agents.use)


def edit(agents: Agents, text: str, *, file: str = "agent.toml") -> None:
    path = agents.folder / "helper" / file
    path.write_text(text)
    # A file system's clock may be too coarse to see two writes in one test.
    moment = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(moment, moment))


async def test_nothing_changed_means_nothing_loaded(agents, reloader) -> None:
    """Looking is cheap."""
    assert not await reloader.reload_changed()
    assert agents.loads == 0


async def test_an_edit_is_used_once_it_stands_still(agents, reloader) -> None:
    """A file that somebody is still saving is not read."""
    edit(agents, "second")
    assert not await reloader.reload_changed()
    edit(agents, "second and whole")
    assert not await reloader.reload_changed()
    assert await reloader.reload_changed()
    assert agents.used == {"helper": "second and whole"}
    assert not await reloader.reload_changed()
    assert agents.loads == 1


@pytest.mark.parametrize("file", ["prompt.es.md", "agent.toml"])
async def test_every_file_of_an_agent_counts(agents, reloader, file) -> None:
    """Prompts and fragments as well as `agent.toml`."""
    edit(agents, "second", file=file)
    await reloader.reload_changed()
    assert await reloader.reload_changed()


async def test_a_broken_edit_changes_nothing_and_says_why(agents, reloader) -> None:
    """The old agents stay in use; the log names file and problem once (reference/field.md A.2)."""
    edit(agents, "broken")
    with capture_logs() as logs:
        for _ in range(4):
            assert not await reloader.reload_changed()
    assert agents.used == {}
    (refused,) = logs
    assert refused["event"] == names.AGENTS_REFUSED
    assert refused["problem"] == "helper/agent.toml: is broken"
    edit(agents, "mended")
    await reloader.reload_changed()
    assert await reloader.reload_changed()
    assert agents.used == {"helper": "mended"}


async def test_agents_that_cannot_be_used_change_nothing(agents, reloader) -> None:
    """A folder that was deleted is refused as a whole."""
    (agents.folder / "helper" / "agent.toml").unlink()
    with capture_logs() as logs:
        await reloader.reload_changed()
        assert not await reloader.reload_changed()
    assert logs[0]["problem"] == "AGENTS: none is left"


async def test_the_watch_outlives_a_fault_of_ours(agents) -> None:
    """Something unforeseen is logged, and the next edit is seen all the same."""
    pauses = 0

    async def sleep(_: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses in {1, 3}:
            edit(agents, "fault" if pauses == 1 else "mended")
        if pauses == 6:
            raise KeyboardInterrupt

    def load() -> dict[str, str]:
        if (found := agents.load())["helper"] == "fault":
            raise RuntimeError
        return found

    reloader = AgentReloader([agents.folder], load=load, use=agents.use, sleep=sleep)
    with capture_logs() as logs, pytest.raises(KeyboardInterrupt):
        await reloader.watch(1.0)
    assert [item.get("error") for item in logs] == ["RuntimeError", None]
    assert agents.used == {"helper": "mended"}


async def test_the_watch_looks_at_its_pace(agents) -> None:
    """One look per pause, until it is cancelled."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            edit(agents, "second")
        if len(pauses) == 4:
            raise KeyboardInterrupt

    reloader = AgentReloader([agents.folder], load=agents.load, use=agents.use, sleep=sleep)
    with pytest.raises(KeyboardInterrupt):
        await reloader.watch(1.5)
    assert pauses == [1.5] * 4
    assert agents.used == {"helper": "second"}
