"""How many places know a shipped channel: its own folders, the settings, and few lists beside them.

Telegram is the example, because its name is spelled alike everywhere.
"""

from pathlib import Path

from lola.app import load
from lola.channel.names import CHANNEL_NAMES
from lola.sandbox.stand_ins import STAND_INS
from lola.settings import DEFAULT_CHANNELS, Settings
from lola.testing.simulated_channels import SIMULATED_CHANNELS

ROOT = Path(__file__).parents[2]
OWN = (
    "channels/telegram/",
    "lola/sandbox/telegram/",
    "lola/testing/telegram.py",
    "lola/settings/",
    # How a tester sees each channel, and a conversation on it to begin with.
    "lola/sandbox/static/phone.css",
    "lola/sandbox/phone_journeys.toml",
    # Words that people use about other services, not the channel of ours.
    "lola/safety/output/lures.toml",
    "lola/models/offline/lexicon/",
)
PRODUCT = ("lola", "channels", "agents", "middleware", "knowledge", "reliability", "fuzz", "deploy")
MOST_PLACES = 5


def mentions(word: str) -> dict[str, int]:
    """Return the number of mentions in each file of the product, in any spelling of the case."""
    files = [ROOT / "pyproject.toml", ROOT / "Makefile"]
    for package in PRODUCT:
        files += [path for path in (ROOT / package).rglob("*") if path.is_file()]
    found = {}
    for path in files:
        if "__pycache__" in path.parts or path.suffix in {".png", ".pyc"}:
            continue
        if count := path.read_text("utf-8", "replace").lower().count(word):
            found[str(path.relative_to(ROOT))] = count
    return found


def test_a_shipped_channel_is_declared_in_few_places() -> None:
    """Outside its folders, the settings, tests and documentation: at most five files."""
    everywhere = mentions("telegram")
    places = {name: count for name, count in everywhere.items() if not name.startswith(OWN)}
    assert len(everywhere) > len(places) + len(OWN), "the search found too little to prove this"
    assert len(places) <= MOST_PLACES, places


def test_every_list_of_channels_agrees() -> None:
    """The names, the default connectors and the simulated senders are the same channels."""
    connectors = [load("CHANNELS", name).name for name in DEFAULT_CHANNELS]
    assert sorted(connectors) == sorted(CHANNEL_NAMES)
    assert list(SIMULATED_CHANNELS) == list(CHANNEL_NAMES)


def test_what_a_stand_in_names_are_settings() -> None:
    """A stand-in points the service at itself by settings that exist, once each."""
    for stand_in in STAND_INS:
        credentials = {item.name: item.make() for item in stand_in.credentials}
        overrides = stand_in.overrides(Settings(), "http://127.0.0.1:1", credentials)
        assert overrides[stand_in.url] == f"http://127.0.0.1:1/{stand_in.name}"
        assert set(overrides) <= set(Settings.model_fields)
    names = [item.name for stand_in in STAND_INS for item in stand_in.credentials]
    assert len(names) == len(set(names))
