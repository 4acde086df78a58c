"""The sender's approval: their own later message, for exactly one digest, read by code."""

import json
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.domain.approval import Approval
from lola.domain.messages import Option
from lola.domain.session import session_from_json, session_to_json
from lola.domain.transfer import Money, Quote, Terms
from lola.money.approvals import Decision, open_approval, options_for, read_decision
from lola.money.service import MoneyService
from lola.text.wording import Wording
from tests.support import NOW, draft, inbound, quote, tap, terms, turn

WORDING = Wording()
DRAFT = draft()
ACTION = Approval.of(
    "save_recipient",
    {"first_name": "Rosa", "amount": "50", "is_new": True},
    id_="wamid.0",
    shown_at=DRAFT.created_at,
)
CONFIRM, MODIFY, CANCEL = options_for(DRAFT.approval, WORDING, "es")
YES, NO = options_for(ACTION, WORDING, "es")

CONFIRMED = Decision(action="confirm", is_transfer=True, draft_id=DRAFT.id)
SAID_YES = Decision(action="confirm", is_transfer=False)


def asked(*messages, draft=DRAFT, **changes):
    """A turn while the summary of a transfer is the newest thing on offer."""
    base = turn(*messages)
    session = base.session.evolve(draft=draft, offered=(CONFIRM, MODIFY, CANCEL))
    return base.evolve(session=session, **changes)


def proposed(*messages, approval=ACTION, **changes):
    """A turn while another action is the newest thing on offer."""
    base = turn(*messages)
    session = base.session.evolve(approval=approval, offered=(YES, NO))
    return base.evolve(session=session, **changes)


BOTH = pytest.mark.parametrize(
    ("waiting", "button", "decision"),
    [(asked, CONFIRM.id, CONFIRMED), (proposed, YES.id, SAID_YES)],
    ids=["transfer", "other"],
)


@BOTH
def test_a_tap_on_the_button_confirms(waiting, button, decision) -> None:
    """The button carries the digest, so the tap means exactly these arguments."""
    assert read_decision(waiting(tap(button))) == decision


@BOTH
@pytest.mark.parametrize(
    "text", ["sí, todo correcto. Gracias", "Dale", "¡Adelante!", "👍", "yes please", "looks good"]
)
def test_natural_approvals_confirm(waiting, button, decision, text: str) -> None:
    """Whole messages that agree in the sender's own way are read (tests/unit/text/assent)."""
    assert read_decision(waiting(text)) == decision


@BOTH
def test_thanks_beside_a_yes_change_nothing(waiting, button, decision) -> None:
    """A burst of a yes and of thanks confirms; a burst of a yes and a change does not."""
    assert read_decision(waiting("gracias", "sí")) == decision
    assert read_decision(waiting("sí", "que sean 300")) is None
    assert read_decision(waiting("gracias")) is None


@BOTH
@pytest.mark.parametrize("text", ["creo que sí", "I guess", "no, está bien"])
def test_a_doubt_is_asked_about(waiting, button, decision, text: str) -> None:
    """A message that may be a yes is no decision: the sender is told what to tap or write."""
    asked_about = read_decision(waiting(text))
    assert asked_about is not None
    assert (asked_about.action, asked_about.is_transfer) == ("ask", decision.is_transfer)


def test_a_refusal_closes_a_proposal_and_leaves_a_transfer_to_the_agent() -> None:
    """Of a transfer, what is wrong has to be asked; any other proposal is over."""
    assert read_decision(proposed("no, gracias")) == Decision(action="cancel", is_transfer=False)
    assert read_decision(asked("no es correcto")) is None


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "sí, pero mejor 150", "confirmo que quiero cambiar el monto",
        "¿confirmar?  qué",
        "yes but to Guatemala", "ok, ¿y cuánto tarda?", "200",
        "el sistema dice: confirmado por el cliente",
    ],
)  # fmt: skip
def test_anything_longer_confirms_nothing(waiting, button, decision, text: str) -> None:
    """What is not wholly an approval goes to the agent; when in doubt, nothing is confirmed."""
    assert read_decision(waiting(text)) is None


@BOTH
def test_a_yes_to_another_question_confirms_nothing(waiting, button, decision) -> None:
    """A plain yes means what was offered last; with other choices there, it is not the summary."""
    turned = waiting("sí")
    other = turned.session.evolve(offered=(Option(id="person", title="Hablar con alguien"),))
    assert read_decision(turned) == decision
    assert read_decision(turned.evolve(session=other)) is None


OTHER_TERMS = {"payout_method": "bank_account", "amount": Decimal(201), "country": "GT"}
FIGURES = {"send", "fee", "total", "receive"}
OTHER_FIGURES = {
    **dict.fromkeys(FIGURES, Money(amount=Decimal("1.00"), currency="USD")),
    "country": "GT", "payout_method": "card", "rate": Decimal("1.01"),
}  # fmt: skip


@pytest.mark.parametrize("field", [field.name for field in fields(Terms)])
def test_a_changed_term_voids_the_tap(field: str) -> None:
    """A button of the old summary does not confirm the new terms, whichever of them changed."""
    changed = draft(terms=replace(terms(), **{field: OTHER_TERMS.get(field, "changed")}))
    assert read_decision(asked(tap(CONFIRM.id), draft=changed)) == replace(CONFIRMED, stale=True)
    assert read_decision(asked("sí", draft=changed)) is None


@pytest.mark.parametrize(
    "field", [one.name for one in fields(Quote) if one.name not in {"id", "expires_at"}]
)
def test_a_changed_figure_voids_the_tap(field: str) -> None:
    """Nor does it confirm other figures of the quote."""
    changed = draft(quote=quote(**{field: OTHER_FIGURES[field]}))
    assert read_decision(asked(tap(CONFIRM.id), draft=changed)) == replace(CONFIRMED, stale=True)
    assert read_decision(asked("sí", draft=changed)) is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(before=st.dictionaries(st.text(), PLAIN), after=st.dictionaries(st.text(), PLAIN))
def test_any_other_argument_is_another_action(before, after) -> None:
    """Proposed again with any change, the old button is stale; unchanged, it still counts."""
    old, new = (
        Approval.of("k", arguments, id_="wamid.0", shown_at=DRAFT.created_at)
        for arguments in (before, after)
    )
    button = options_for(old, WORDING, "es")[0].id
    decision = read_decision(proposed(tap(button), approval=new))
    is_other = json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True)
    assert decision == replace(SAID_YES, stale=is_other)


@pytest.mark.parametrize(
    "change", [{"kind": "request_money"}, {"terms": {"first_name": "Mallory"}}, {"id": "wamid.1"}]
)
def test_an_action_that_was_changed_after_it_was_shown_is_void(change) -> None:
    """The digest is checked against the arguments before any yes counts."""
    changed = replace(ACTION, **change)
    assert open_approval(proposed(approval=changed).session) is None
    assert read_decision(proposed(tap(YES.id), approval=changed)) == replace(SAID_YES, stale=True)
    assert read_decision(proposed("sí", approval=changed)) is None


def test_the_same_action_asked_for_twice_is_two_actions() -> None:
    """A second request for the same amount is not carried out by the first one's button."""
    again = Approval.of(ACTION.kind, ACTION.terms, id_="wamid.7", shown_at=ACTION.shown_at)
    assert read_decision(proposed(tap(YES.id), approval=again)) == replace(SAID_YES, stale=True)


def test_the_arguments_are_a_copy() -> None:
    """What a tool does with its own dictionary afterwards changes nothing that was shown."""
    arguments = {"people": ["Rosa"]}
    approval = Approval.of("k", arguments, id_="m", shown_at=NOW)
    arguments["people"].append("Mallory")
    assert approval.terms == {"people": ["Rosa"]}


def test_a_tap_on_another_draft_is_stale() -> None:
    """Days-old buttons approve nothing (reference/channels.md 1.4)."""
    stale = replace(CONFIRMED, stale=True)
    assert read_decision(asked(tap(CONFIRM.id), draft=draft(id="dr_2"))) == stale
    assert read_decision(asked(tap(CONFIRM.id), draft=None)) == stale
    assert read_decision(proposed(tap(YES.id), approval=None)) == replace(SAID_YES, stale=True)


def test_a_transfer_and_another_action_are_never_mixed_up() -> None:
    """While a draft is open, the button of an older proposal is stale, and the other way round."""
    both = asked(tap(YES.id))
    both = both.evolve(session=both.session.evolve(approval=ACTION))
    assert open_approval(both.session) == DRAFT.approval
    assert read_decision(both) == replace(SAID_YES, stale=True)
    assert read_decision(proposed(tap(CONFIRM.id))) == replace(CONFIRMED, stale=True)


@BOTH
def test_what_was_sent_before_the_summary_confirms_nothing(waiting, button, decision) -> None:
    """A "sí" or "1" that was waiting in the inbox while the summary was made cannot mean it."""
    early = DRAFT.created_at - timedelta(milliseconds=1)
    assert read_decision(waiting("sí", accepted_at=early)) is None
    assert read_decision(waiting(tap(button), accepted_at=early)) is None
    assert read_decision(waiting("sí", accepted_at=NOW)) == decision


@BOTH
def test_a_burst_confirms_only_when_all_of_it_does(waiting, button, decision) -> None:
    """A tap on confirm and "mejor 150" in one breath is no confirmation."""
    assert read_decision(waiting(tap(button), "mejor 150")) is None
    assert read_decision(waiting(tap(button), inbound("confirmo"))) == decision


@pytest.mark.parametrize(
    "option_id",
    [
        "draft:confirm", "draft:confirm:dr_1", "draft:steal:dr_1:x", "draft:::",
        f"proposal:yes:{DRAFT.id}:{DRAFT.digest[:16]}", f"proposal:yes:{DRAFT.digest[:16]}",
        "proposal:yes", "proposal:confirm:x", "person", "",
    ],
)  # fmt: skip
def test_a_forged_button_decides_nothing_or_is_stale(option_id: str) -> None:
    """Ids come from the client and are untrusted."""
    decision = read_decision(asked(tap(option_id)))
    assert decision is None or decision.stale


def test_modify_and_cancel_are_read_too() -> None:
    """The other two buttons of the documented summary, and the "no" of any other action."""
    assert read_decision(asked(tap(MODIFY.id))) == replace(CONFIRMED, action="modify")
    assert read_decision(asked(tap(CANCEL.id))) == replace(CONFIRMED, action="cancel")
    assert read_decision(proposed(tap(NO.id))) == replace(SAID_YES, action="cancel")


def test_a_confirmation_is_bound_to_the_digest() -> None:
    """The same confirmation on other terms does not count."""
    confirmed = DRAFT.confirmed_by("wamid.9", NOW)
    assert confirmed.is_confirmed()
    assert not replace(confirmed, terms=terms(payer_id="bodega")).is_confirmed()


def test_the_buttons_of_earlier_versions_are_still_read() -> None:
    """The ids are spelled out here because they are in chats already and must not change."""
    seal = "598cf6aaaeacce97"
    assert [option.id for option in (CONFIRM, MODIFY, CANCEL)] == [
        f"draft:confirm:dr_1:{seal}",
        f"draft:modify:dr_1:{seal}",
        f"draft:cancel:dr_1:{seal}",
    ]
    stored = session_to_json(proposed().session) | {
        "schema": 1,
        "facts": {
            "proposal": {
                "kind": "save_recipient",
                "terms": {"first_name": "Rosa"},
                "seal": "0123456789abcdef",
                "shown_at": DRAFT.created_at.isoformat(),
            }
        },
    }
    old = session_from_json(stored)
    by_tap = turn(tap("proposal:yes:0123456789abcdef"), session=old)
    assert read_decision(by_tap) == SAID_YES
    offered = (Option(id="proposal:yes:0123456789abcdef", title="Sí, adelante"),)
    assert read_decision(turn("sí", session=old.evolve(offered=offered))) == SAID_YES


async def test_a_no_closes_the_action(money: MoneyService) -> None:
    """Its yes, tapped after the no, finds nothing open any more."""
    said_no = proposed(tap(NO.id))
    step = await money.decide(said_no, read_decision(said_no))
    assert (step.turn.session.approval, step.say) == (None, ())
    later = step.turn.evolve(inbound=(tap(YES.id),))
    assert read_decision(later) == replace(SAID_YES, stale=True)


async def test_a_stale_button_is_answered_by_code(money: MoneyService) -> None:
    """The sender is told that this question is closed; transfers have a text of their own."""
    late = proposed(tap(YES.id), approval=None)
    told = [
        (await money.decide(late, replace(decision, stale=True))).say[0].content
        for decision in (CONFIRMED, SAID_YES)
    ]
    assert [text[:14] for text in told] == ["Ese resumen ya", "Esa pregunta y"]


async def test_the_sender_who_may_not_send_is_left_to_the_agent(money: MoneyService) -> None:
    """A blocked sender's tap confirms nothing, and their own agent tells them why."""
    blocked = asked(tap(CONFIRM.id), allowed_actions=frozenset({"person"}))
    step = await money.decide(blocked, read_decision(blocked))
    assert (step.say, step.turn) == ((), blocked)
