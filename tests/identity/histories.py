"""A small world of people with numbers and provider ids, and what the service makes of it.

A history is a list of small numbers. The world does what a provider does: an id is bound to one
number and changes with it, numbers are hidden or shown, abandoned numbers reach other people,
deliveries come late or twice, and notices of a change may be missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lola.domain.events import SENDER_CHANGED
from lola.domain.messages import Address, EventContent, Inbound, MessageId, TextContent
from lola.state.persons import QUARANTINE, Persons

Step = tuple[int, int, int]
PEOPLE, NUMBERS = 3, 4
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
SHOWN, HIDDEN, BY_NUMBER, PROVED = range(4)


@dataclass(slots=True, kw_only=True)
class Someone:
    """A person: `numbers` has the number of each of their ids, the newest last."""

    name: int
    numbers: list[int]

    def user_id(self, generation: int) -> str:
        return f"MX.{self.name}{generation:03}" if generation >= 0 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message of a person, as the provider delivers it."""

    message: Inbound
    person: int
    generation: int
    moves: bool = False


@dataclass(slots=True)
class World:
    """What is true. `waiting` are deliveries that are late; `done` those that came."""

    people: list[Someone] = field(
        default_factory=lambda: [Someone(name=n, numbers=[n]) for n in range(PEOPLE)]
    )
    now: datetime = BEGIN
    count: int = 0
    waiting: list[Delivery] = field(default_factory=list)
    done: list[Delivery] = field(default_factory=list)
    known: set[tuple[int, int]] = field(default_factory=set)
    held_before: set[int] = field(default_factory=lambda: set(range(PEOPLE)))

    def play(self, history: Iterable[Step]) -> Iterable[Delivery]:
        """Yield what is delivered, in the order of delivery."""
        for kind, who, how in history:
            self.now += timedelta(seconds=1)
            person = self.people[who % PEOPLE]
            match kind % 6:
                case 0 | 1 | 2:
                    yield from self._sent(self._writes(person, how % 4), is_late=how % 5 == 4)
                case 3:
                    yield from self._changes(person, how)
                case 4 if self.waiting:
                    yield self._came(self.waiting.pop(how % len(self.waiting)))
                case 5 if self.done:
                    yield self.done[how % len(self.done)]

    def _sent(self, delivery: Delivery, *, is_late: bool) -> Iterable[Delivery]:
        if is_late:
            self.waiting.append(delivery)
        else:
            yield self._came(delivery)

    def _came(self, delivery: Delivery) -> Delivery:
        address = delivery.message.address
        if address.user_id and address.phone and not delivery.moves:
            numbers = self.people[delivery.person].numbers
            if delivery.generation == len(numbers) - 1:
                self.known.add((delivery.person, numbers[-1]))
        self.done.append(delivery)
        return delivery

    def _writes(self, person: Someone, mode: int) -> Delivery:
        number = person.numbers[-1]
        if mode == BY_NUMBER and not self._may_write_by_number(person, number):
            mode = SHOWN
        generation = len(person.numbers) - 1
        address = _address(
            number if mode in {SHOWN, BY_NUMBER} else None,
            "" if mode == BY_NUMBER else person.user_id(generation),
            proved=number if mode == PROVED else None,
        )
        return self._delivery(person, generation, address, TextContent(text="hola"))

    def _may_write_by_number(self, person: Someone, number: int) -> bool:
        """Return whether a number alone says who it is: shown with an id, or never anybody's."""
        is_first = len(person.numbers) == 1 and number == person.name
        return (person.name, number) in self.known or is_first

    def _changes(self, person: Someone, how: int) -> Iterable[Delivery]:
        """Move to a number that nobody has, with a new id; the provider may say so."""
        taken = {someone.numbers[-1] for someone in self.people}
        free = [number for number in range(NUMBERS) if number not in taken]
        number, before = free[how % len(free)], person.numbers[-1]
        earlier = [one for one in self.people if number in one.numbers and one is not person]
        is_known = all((one.name, number) in self.known for one in earlier)
        if number in self.held_before and not (is_known and how % 2):
            # A carrier waits before it gives an abandoned number away; nothing is late that long.
            self.now += QUARANTINE + timedelta(days=1)
            self.waiting.clear()
        person.numbers.append(number)
        self.known.discard((person.name, number))
        self.held_before.add(number)
        generation = len(person.numbers) - 1
        notice = how // 2 % 4
        if notice == 0:
            return
        data = {"change": "user_changed_user_id", "user_id": person.user_id(generation)}
        if notice == 1:
            data |= {"change": "user_changed_number", "phone": _phone(number)}
        address = _address(before if notice == 1 else None, person.user_id(generation - 1))
        content = EventContent(name=SENDER_CHANGED, data=data)
        delivery = self._delivery(person, generation - 1, address, content, moves=True)
        yield from self._sent(delivery, is_late=notice == 3)

    def _delivery(
        self,
        person: Someone,
        generation: int,
        address: Address,
        content: TextContent | EventContent,
        *,
        moves: bool = False,
    ) -> Delivery:
        self.count += 1
        message = Inbound(
            id=MessageId(f"wamid.{self.count}"), address=address, content=content, sent_at=self.now
        )
        return Delivery(message=message, person=person.name, generation=generation, moves=moves)


async def problems(persons: Persons, history: Sequence[Step]) -> list[str]:
    """Return what went wrong in a history; an empty list when nobody became another."""
    world = World()
    found: list[str] = []
    people_in: dict[str, set[int]] = defaultdict(set)
    of_id: dict[tuple[int, int], set[str]] = defaultdict(set)
    of_message: dict[str, str] = {}
    moved: set[tuple[int, int]] = set()
    for delivery in world.play(history):
        (known,) = await persons.resolve([delivery.message])
        address = known.message.address
        name, conversation = delivery.message.id, address.conversation
        if of_message.setdefault(name, conversation) != conversation:
            found.append(f"{name} came again and went elsewhere")
        people_in[conversation].add(delivery.person)
        if delivery.moves:
            moved.add((delivery.person, delivery.generation + 1))
        if delivery.message.address.user_id:
            of_id[delivery.person, delivery.generation].add(conversation)
        numbers = world.people[delivery.person].numbers[delivery.generation :]
        if address.phone not in {None, *map(_phone, numbers)}:
            found.append(f"{name} got the number of another person")
    found += [
        f"{conversation} holds several people"
        for conversation, people in people_in.items()
        if len(people) > 1
    ]
    return found + [
        f"one id of {person} has several conversations"
        for (person, generation), places in of_id.items()
        if len(places) > 1 and (person, generation) not in moved
    ]


def _address(number: int | None, user_id: str, *, proved: int | None = None) -> Address:
    digits = "" if number is None else _phone(number).removeprefix("+")
    shown = number if number is not None else proved
    return Address(
        channel="whatsapp",
        account="700",
        sender=digits or user_id,
        phone=None if shown is None else _phone(shown),
        user_id=user_id,
    )


def _phone(number: int) -> str:
    return f"+52551234560{number}"
