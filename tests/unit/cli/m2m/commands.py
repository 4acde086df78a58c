"""Every `lola m2m` command with words that work; `{name}` stands for an id of the fixture `ids`.

`test_every_command.py` refuses a command that is missing here.
"""

from tests.unit.cli.m2m.conftest import REASON

WHY = ("--reason", REASON)

COMMANDS: dict[str, tuple[str, ...]] = {
    "profile": (),
    "audit": (),
    "settings show": (),
    "settings update": ("--theme", "dark", "--link-minutes", "45", *WHY),
    "users list": ("--reference", "{reference}"),
    "users show": ("{user}",),
    "users block": ("{user}", *WHY),
    "users unblock": ("{user}", *WHY),
    "link list": ("--reference", "{reference}"),
    "link show": ("{link}",),
    "link activity": ("{link}",),
    "link revoke": ("{link}", *WHY),
    "operations list": ("--link", "{used}"),
    "operations show": ("{operation}",),
    "cip readiness": ("{link}",),
    "cip list": ("{used}",),
    "cip show": ("{used}", "{ticket}"),
    "cip create": ("{link}", *WHY),
    "deliveries list": ("--link", "{used}"),
    "deliveries show": ("{delivery}",),
    "deliveries redeliver": ("{delivery}", *WHY),
    "webhook show": (),
    "webhook set": ("https://lola.bank.example/webhooks/m2m", *WHY),
    "webhook rotate": ("--print", *WHY),
    "reconcile": (),
    "kept list": (),
    "kept retry": ("{kept}", *WHY),
    "kept discard": ("{kept}", *WHY),
}
LOCAL = {"audit", "kept list", "kept retry", "kept discard", "reconcile"}
"""Commands that do not need the partner, and the one whose report says how it answered."""
BY_ID = {name for name, words in COMMANDS.items() if words and words[0].startswith("{")}
CHANGES = {name for name, words in COMMANDS.items() if "--reason" in words}


def words_of(name: str, ids: dict[str, str]) -> list[str]:
    """Return the words of a command with ids filled in."""
    return [*name.split(), *(word.format(**ids) for word in COMMANDS[name])]
