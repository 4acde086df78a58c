"""The table of what is kept: complete, and the same in the documentation."""

import re
from pathlib import Path

from lola.settings import Settings
from lola.state import keys
from lola.state.retention import KINDS, kind_of, table

DOCS = Path(__file__).parents[3] / "docs"
SOURCE = Path(keys.__file__).read_text(encoding="utf-8")


def kinds_in(source: str) -> set[str]:
    """Return every kind of key that a source spells."""
    named = set(re.findall(r'self\._(?:key|of)\(\s*"([a-z]+)"', source))
    boxes = re.findall(r'"(?:inbox|outbox)": \(([^)]*)\)', source)
    return named | {name for box in boxes for name in re.findall(r'"([a-z]+)"', box)}


def test_every_kind_of_key_is_in_the_table_and_nothing_else_is():
    """A new kind of key needs a row: how long it lives, and what an erasure does to it."""
    assert kinds_in(SOURCE) == {kind.name for kind in KINDS}
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_a_new_kind_would_be_missed():
    """The reader of the source finds a kind of each spelling."""
    added = 'self._key("new", 0)\nself._of("other", conversation)\n"inbox": ("mb", "third"),'
    assert kinds_in(added) == {"new", "other", "mb", "third"}


def test_the_documentation_has_the_same_table():
    """docs/privacy.md is printed from the code (`lola.state.retention.table`)."""
    assert table() in (DOCS / "privacy.md").read_text(encoding="utf-8")


def test_each_setting_of_the_table_exists():
    """A retention that can be changed names the setting that changes it."""
    named = {name for kind in KINDS for name in kind.setting.split(", ") if name}
    assert named
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_a_kind_is_the_word_behind_the_project():
    """Also for a key with many parts."""
    assert kind_of("lola:rec:{3}:ticket:tk_1") == "rec"
