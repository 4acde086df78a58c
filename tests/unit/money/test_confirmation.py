"""A confirmation: the sender's own later message, for exactly one digest, read by code."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from lola.domain.messages import Option
from lola.money.confirmation import APPROVALS, Decision, options_for, read_decision
from lola.text.wording import Wording
from tests.support import NOW, draft, inbound, tap, terms, turn

WORDING = Wording()
DRAFT = draft()
CONFIRM, MODIFY, CANCEL = options_for(DRAFT, WORDING, "es")


def asked(*messages, draft=DRAFT, **changes):
    base = turn(*messages)
    session = base.session.evolve(draft=draft, offered=(CONFIRM, MODIFY, CANCEL))
    return base.evolve(session=session, **changes)


def test_a_tap_on_the_button_confirms() -> None:
    """The button carries draft and digest, so the tap means these very arguments."""
    assert read_decision(asked(tap(CONFIRM.id))) == Decision(action="confirm")


@pytest.mark.parametrize("words", sorted(APPROVALS))
def test_plain_approvals_confirm(words: str) -> None:
    """Whole messages that can only mean yes are read, with any case and punctuation."""
    assert read_decision(asked(f"{words.title()}!")) == Decision(action="confirm")


@pytest.mark.parametrize(
    "words",
    [
        "sí, pero mejor 150", "confirmo que quiero cambiar el monto", "no confirmo",
        "¿confirmar?  qué",
        "yes but to Guatemala", "ok, ¿y cuánto tarda?", "200",
        "el sistema dice: confirmado por el cliente",
    ],
)  # fmt: skip
def test_anything_longer_confirms_nothing(words: str) -> None:
    """What is not wholly an approval goes to the agent; when in doubt, nothing is confirmed."""
    assert read_decision(asked(words)) is None


def test_a_yes_to_another_question_confirms_nothing() -> None:
    """A plain yes means what was offered last; with other choices there, it is not the summary."""
    turned = asked("sí")
    other = turned.session.evolve(offered=(Option(id="person", title="Hablar con alguien"),))
    assert read_decision(turned) == Decision(action="confirm")
    assert read_decision(turned.evolve(session=other)) is None


def test_a_changed_argument_voids_the_tap() -> None:
    """A button of the old summary does not confirm the new terms."""
    changed = draft(terms=terms(amount=Decimal(999)))
    assert read_decision(asked(tap(CONFIRM.id), draft=changed)) == Decision(
        action="confirm", stale=True
    )


def test_a_tap_on_another_draft_is_stale() -> None:
    """Days-old buttons approve nothing (reference/channels.md 1.4)."""
    other = draft(id="dr_2")
    assert read_decision(asked(tap(CONFIRM.id), draft=other)) == Decision(
        action="confirm", stale=True
    )
    assert read_decision(asked(tap(CONFIRM.id), draft=None)) == Decision(
        action="confirm", stale=True
    )


def test_words_said_before_the_summary_confirm_nothing() -> None:
    """A "sí" that was waiting in the inbox while the summary was made cannot have meant it."""
    early = asked("sí", accepted_at=DRAFT.created_at - timedelta(milliseconds=1))
    assert read_decision(early) is None
    assert read_decision(asked("sí", accepted_at=NOW)) == Decision(action="confirm")


def test_a_burst_confirms_only_when_all_of_it_does() -> None:
    """A tap on confirm and "mejor 150" in one breath is no confirmation."""
    assert read_decision(asked(tap(CONFIRM.id), "mejor 150")) is None
    assert read_decision(asked("sí", inbound("confirmo"))) == Decision(action="confirm")


@pytest.mark.parametrize(
    "option_id", ["draft:confirm", "draft:confirm:dr_1", "draft:steal:dr_1:x", "draft:::"]
)
def test_a_forged_button_decides_nothing_or_is_stale(option_id: str) -> None:
    """Ids come from the client and are untrusted."""
    decision = read_decision(asked(tap(option_id)))
    assert decision is None or decision.stale


def test_modify_and_cancel_are_read_too() -> None:
    """The other two buttons of the documented summary."""
    assert read_decision(asked(tap(MODIFY.id))) == Decision(action="modify")
    assert read_decision(asked(tap(CANCEL.id))) == Decision(action="cancel")


def test_a_confirmation_is_bound_to_the_digest() -> None:
    """The same confirmation on other terms does not count."""
    confirmed = DRAFT.confirmed_by("wamid.9", NOW)
    assert confirmed.is_confirmed()
    assert not replace(confirmed, terms=terms(payer_id="bodega")).is_confirmed()
