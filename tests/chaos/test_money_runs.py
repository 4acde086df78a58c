"""Whole transfers with partners that lose, repeat or change what they report (docs/reliability.md).

`make test-money` runs the same with 500 transfers each. The checker is proved by transcripts with
one fault each.
"""

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lola.text.wording import Wording
from reliability.money.checker import judge
from reliability.money.command import table
from reliability.money.partners import PARTNERS
from reliability.money.run import play
from reliability.money.senders import plans
from reliability.money.transcripts import Record, Told, Transcript
from tests.support import NOW

TRANSFERS = 12
LINK, APPROVED, COMPLETED, LATER = (NOW + timedelta(minutes=minutes) for minutes in (0, 5, 30, 60))
WORDS = Wording()
FIGURES = {
    "recipient": "Rosa Hernández", "send": "200.00 USD", "receive": "3,450.00 MXN",
    "reference": "op_1", "minutes": 60, "confirmed_send": "200.00 USD",
    "confirmed_receive": "3,450.00 MXN",
}  # fmt: skip
RECORD = Record(
    id="op_1",
    statuses=((APPROVED, "created"), (COMPLETED, "completed")),
    send="200.00 USD",
    receive="3,450.00 MXN",
)
languages = pytest.mark.parametrize("language", ["es", "en"])


@pytest.mark.parametrize("partner", PARTNERS)
async def test_every_sender_is_told_the_truth(partner) -> None:
    """No false statement, no invitation to pay again, the end told once: in both languages."""
    with tempfile.TemporaryDirectory(prefix="lm-") as folder:
        result = await play(partner, TRANSFERS, Path(folder))
    assert result.verdict.violations == ()
    assert result.verdict.senders == TRANSFERS
    assert result.verdict.statements >= TRANSFERS
    assert result.operations > TRANSFERS / 2
    if partner == "lost":
        assert result.found >= result.operations / 2
    assert table([result]).columns[1].header == PARTNERS[partner]


async def test_a_service_without_a_reconciler_does_not_pass() -> None:
    """With all webhooks lost, what became of an approved transfer stays untold."""
    with tempfile.TemporaryDirectory(prefix="lm-") as folder:
        result = await play("lost", TRANSFERS, Path(folder), reconciles=False)
    assert result.found == 0
    assert set(result.verdict.counts) == {"untold"}


def test_a_run_mixes_what_senders_do() -> None:
    """Both languages, every use of the page, every end, questions, outages; the seed decides."""
    made = plans(200, 1, other_amounts=True)
    assert made == plans(200, 1, other_amounts=True)
    assert {plan.language for plan in made} == {"es", "en"}
    assert {plan.use for plan in made} == {"approve", "cancel", "open", "leave"}
    assert {plan.end for plan in made} >= {"completed", "failed", "cancelled", "created"}
    assert {plan.question for plan in made} == {"", "link", "where"}
    assert all(plan.booked() and plan.other != plan.amount for plan in made)
    assert sum(plan.meets_outage for plan in made) == 100


def says(key: str, at, language: str, **changes) -> Told:
    """Return a message with a sentence of the catalogue."""
    return Told(at=at, text=WORDS(f"money.{key}", language, **{**FIGURES, **changes}))


def honest(language: str) -> Transcript:
    """Return what a sender of a completed transfer should have been told."""
    return Transcript(
        sender="s-1",
        language=language,
        told=(
            replace(says("link", LINK, language), has_link=True),
            says("approved", APPROVED, language),
            says("settled", COMPLETED, language),
        ),
        record=RECORD,
    )


def faults(transcript: Transcript) -> set[str]:
    return {violation.fault for violation in judge([transcript]).violations}


def add(transcript: Transcript, *told: Told) -> Transcript:
    return replace(transcript, told=(*transcript.told, *told))


@languages
def test_the_checker_accepts_the_truth(language: str) -> None:
    """With and without an operation; "not known yet" is never false."""
    assert faults(honest(language)) == set()
    unused = replace(honest(language), record=None, told=(
        says("link", LINK, language), says("unsure", COMPLETED, language),
        replace(says("expired", LATER, language), options=(WORDS("money.renew", language),)),
    ))  # fmt: skip
    assert faults(unused) == set()


@languages
@pytest.mark.parametrize("sentence", ["expired", "payment_failed", "taken_back", "cancelled"])
def test_the_checker_finds_a_denied_operation(language: str, sentence: str) -> None:
    """No text may say "nothing was sent" beside an operation, whatever is told afterwards."""
    transcript = honest(language)
    told = (*transcript.told[:2], says(sentence, COMPLETED, language), transcript.told[2])
    assert "false" in faults(replace(transcript, told=told))


@languages
def test_the_checker_finds_a_claim_that_came_too_early(language: str) -> None:
    """Nothing may be called booked or completed before the partner has it."""
    early = replace(honest(language), told=(
        says("approved", LINK, language), says("settled", COMPLETED, language),
    ))  # fmt: skip
    assert "false" in faults(early)
    assert "false" in faults(replace(honest(language), record=None))


@languages
def test_the_checker_finds_an_invitation_beside_an_operation(language: str) -> None:
    """An offer, a summary to confirm, or a link."""
    for invitation in (
        Told(at=LATER, text="…", options=(WORDS("money.renew", language),)),
        Told(at=LATER, text="…", options=(WORDS("money.confirm", language),)),
        Told(at=LATER, text="…", has_link=True),
    ):
        assert faults(add(honest(language), invitation)) == {"invited"}


@languages
def test_the_checker_finds_an_end_that_was_not_told(language: str) -> None:
    """Silence, and an end that is only told as not known."""
    transcript = honest(language)
    assert faults(replace(transcript, told=transcript.told[:2])) == {"untold"}
    assert faults(add(transcript, says("unsure", LATER, language))) == {"untold"}
    assert "untold" in faults(replace(transcript, told=()))


@languages
def test_the_checker_finds_repetitions_and_wrong_figures(language: str) -> None:
    """Told twice; another amount; another reference; a status reply with another amount."""
    transcript = honest(language)
    assert faults(add(transcript, transcript.told[2])) == {"doubled"}
    other = says("approved", APPROVED, language, receive="8,625.00 MXN")
    told = (transcript.told[0], other, transcript.told[2])
    assert "amount" in faults(replace(transcript, told=told))
    other = says("settled", COMPLETED, language, reference="op_2")
    assert faults(replace(transcript, told=(*transcript.told[:2], other))) == {"false"}
    reply = {
        "es": "50.00 USD para Rosa Hernández: lo aprobaste y ya está registrado.",
        "en": "50.00 USD for Rosa Hernández: you approved it and it is on record.",
    }
    assert faults(add(transcript, Told(at=LATER, text=reply[language]))) == {"amount"}


@languages
def test_the_checker_finds_a_statement_in_other_words(language: str) -> None:
    """What no catalogue wrote cannot be judged, so it is a violation."""
    words = {"es": "Tranquila, no se envió nada.", "en": "Relax, nothing was sent."}
    assert faults(add(honest(language), Told(at=LATER, text=words[language]))) == {"unread"}
