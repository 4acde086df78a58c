"""Judges what senders were told by the partner's records. It reads no log, no store, no clock.

A statement has to be true when it is made; a few seconds are allowed for its way to the sender.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from reliability.money.claims import NEWS, SENTENCES, WITH_AMOUNTS, Claim, Reader, reader_of
from reliability.money.transcripts import Record, Told, Transcript

Fault = Literal["false", "invited", "untold", "doubled", "amount", "unread"]

ON_ITS_WAY: Final = timedelta(seconds=5)
GONE: Final = frozenset({"", "failed", "cancelled"})
"""Statuses in which no money of the sender is with the partner."""
TRUE_IN: Final[dict[Claim, frozenset[str]]] = {
    "recorded": frozenset({"created", "processing", "on_hold", "completed", "failed", "cancelled"}),
    "completed": frozenset({"completed"}),
    "failed": frozenset({"failed"}),
    "cancelled": frozenset({"cancelled"}),
    "nothing": GONE,
    "waiting": frozenset({""}),
}
LAST: Final[dict[str, Claim]] = {
    "": "nothing",
    "created": "recorded",
    "processing": "recorded",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}
"""Status at the end → what the sender must have been told last."""
ONCE: Final = tuple(
    f"{NEWS}{name}"
    for name in ("approved", "settled", "operation_failed", "operation_cancelled", "cancelled",
                 "expired", "amount_differs")
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken promise to one sender."""

    fault: Fault
    sender: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of a run: what was judged, and every violation."""

    senders: int
    statements: int
    violations: tuple[Violation, ...]

    @property
    def counts(self) -> Counter[str]:
        """The number of violations by kind."""
        return Counter(violation.fault for violation in self.violations)


def judge(transcripts: Iterable[Transcript]) -> Verdict:
    """Compare every transcript with the partner's record of its sender."""
    senders = statements = 0
    found: list[Violation] = []
    for transcript in transcripts:
        senders += 1
        case = _Case(transcript, reader_of(transcript.language))
        found += case.violations()
        statements += case.statements
    return Verdict(senders=senders, statements=statements, violations=tuple(found))


class _Case:
    """One sender's transcript."""

    def __init__(self, transcript: Transcript, reader: Reader) -> None:
        self._transcript = transcript
        self._reader = reader
        self._record = transcript.record
        self._found: list[Violation] = []
        self.statements = 0

    def violations(self) -> list[Violation]:
        last: Claim | None = None
        seen: Counter[str] = Counter()
        for told in self._transcript.told:
            names = self._reader.sentences(told.text)
            seen.update(names)
            for name in names:
                self.statements += 1
                claim = SENTENCES[name]
                self._check(told, name, claim)
                is_news = name.startswith(NEWS) and claim != "amount"
                last = claim if is_news else last
            if self._reader.is_suspect(told.text):
                self._add("unread", told.text)
            self._check_invitation(told)
        self._check_end(last, seen)
        return self._found

    def _check(self, told: Told, name: str, claim: Claim) -> None:
        allowed = TRUE_IN.get(claim)
        if allowed is not None and not self._statuses(told) & allowed:
            self._add("false", f"{name} while the partner had {self._now(told) or 'nothing'}")
        record = self._record
        if record is None:
            return
        is_news = name.startswith(NEWS) and claim in {"recorded", "completed", "failed"}
        if is_news and record.id not in told.text:
            self._add("false", f"{name} names another operation")
        side = WITH_AMOUNTS.get(name)
        if side and getattr(record, side) not in told.text:
            self._add("amount", f"{name} says another amount than {getattr(record, side)}")

    def _check_invitation(self, told: Told) -> None:
        offers = {self._reader.renewal, self._reader.confirm} & set(told.options)
        if (offers or told.has_link) and not self._statuses(told) & GONE:
            self._add("invited", f"while the operation was {self._now(told)}")

    def _check_end(self, last: Claim | None, seen: Counter[str]) -> None:
        final = self._record.final if self._record else ""
        if last != LAST[final]:
            self._add("untold", f"the partner has {final or 'nothing'}, last told: {last}")
        for name in ONCE:
            if seen[name] > 1:
                self._add("doubled", f"{name} {seen[name]} times")
        record = self._record
        if record and final != "cancelled" and not self._was_told(record):
            self._add("amount", f"never told {record.send} and {record.receive}")

    def _was_told(self, record: Record) -> bool:
        texts = "\n".join(told.text for told in self._transcript.told)
        return record.receive in texts and record.send in texts

    def _statuses(self, told: Told) -> frozenset[str]:
        """Return the partner's statuses in the seconds before the message arrived."""
        record = self._record
        if record is None:
            return frozenset({""})
        changes = {at for at, _ in record.statuses if told.at - ON_ITS_WAY <= at <= told.at}
        return frozenset(map(record.at, {told.at - ON_ITS_WAY, told.at, *changes}))

    def _now(self, told: Told) -> str:
        return self._record.at(told.at) if self._record else ""

    def _add(self, fault: Fault, detail: str) -> None:
        sender = self._transcript.sender
        self._found.append(Violation(fault=fault, sender=sender, detail=detail))
