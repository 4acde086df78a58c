"""The values of a transfer while one line is applied to them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lola.models.offline.dialogue.slots import Settled, State


@dataclass(slots=True, kw_only=True)
class Update:
    """Values while a line changes them, with those in effect before it."""

    values: dict[str, str]
    before: Settled
    changed: set[str]
    corrected: bool = False
    refused: str = ""
    unclear: tuple[str, ...] = ()
    offered_amounts: tuple[str, ...] = ()
    fresh_start: bool = False
    other_person: bool = False

    def put(self, name: str, value: str) -> bool:
        """Set a value. Return whether it is a change."""
        old = self.before.get(name)
        self.values[name] = value
        if old == value:
            return False
        self.changed.add(name)
        self.corrected = self.corrected or bool(old)
        return True

    def get(self, name: str) -> str:
        """Return the value said in this line, or else the one in effect before it."""
        return self.values.get(name) or self.before.get(name)

    def void(self, *names: str) -> None:
        """Remove values that no longer fit."""
        for name in names:
            self.values.pop(name, None)


def without(state: State, names: Iterable[str]) -> State:
    """Return the state without some values."""
    gone = set(names)
    return replace(
        state, values={name: value for name, value in state.values.items() if name not in gone}
    )
