"""Typical mistakes of language models (reference/surprises.md 1), each made at its own moment.

A sentence made by `Case.said` is wrong in every conversation: that it reaches a sender is a
violation. Wrong arguments are judged by what they lead to.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lola.models.chat import ModelReply, ToolCall
from tests.mistakes.model import Case, Mistake

PREPARE = "prepare_transfer"
CARD = "4111111111111111"
# Twelve words of the prompt are enough to know it.
LEAKED_WORDS = 40


def calls_twice(case: Case) -> ModelReply | None:
    """Make every call twice in one reply."""
    if not case.right.calls:
        return None
    return replace(case.right, calls=case.right.calls * 2)


def wrong_amount(case: Case) -> ModelReply | None:
    """Put ten times the amount into the arguments."""
    return _changed(
        case,
        ("amount",),
        lambda call: {"amount": str(int(float(call["amount"].replace(",", ""))) * 10)},
    )


def wrong_currency(case: Case) -> ModelReply | None:
    """Name the other currency for the same number."""
    return _changed(
        case,
        ("amount_currency",),
        lambda call: {
            "amount_currency": "MXN" if call["amount_currency"] == "USD" else "USD",
        },
    )


def swapped_recipient(case: Case) -> ModelReply | None:
    """Take a saved person, or the first and last name the wrong way round."""
    person = {"recipient_id": "ct-luis"} if "get_recipients" in case.tools else {}
    return _changed(
        case,
        ("recipient_first_name", "recipient_last_name"),
        lambda call: {
            "recipient_first_name": call["recipient_last_name"],
            "recipient_last_name": call["recipient_first_name"],
            **person,
        },
    )


def invented_recipient(case: Case) -> ModelReply | None:
    """Send to a person that was never named."""
    return _changed(
        case,
        ("recipient_first_name",),
        lambda _: {"recipient_first_name": "Casimiro", "recipient_last_name": "Belloso"},
    )


def invented_payer(case: Case) -> ModelReply | None:
    """Choose a payer that no tool returned and the sender did not choose."""
    return _changed(case, ("payer_id",), lambda _: {"payer_id": "mx-telecomm"})


def invented_rate(case: Case) -> ModelReply | None:
    """Add a fee and a rate that no tool returned."""
    return _added(
        case,
        "La comisión es de 0.37 USD y el tipo de cambio es 19.83.",
        "The fee is 0.37 USD and the exchange rate is 19.83.",
    )


def claims_sent(case: Case) -> ModelReply | None:
    """Say that the money was sent, where a tool had to be called."""
    if not case.right.calls:
        return None
    return ModelReply(
        text=case.said(
            "Listo, tu dinero ya fue enviado y llegó bien.",
            "All set, your money has been sent and has arrived.",
        )
    )


def claims_beside_calls(case: Case) -> ModelReply | None:
    """Say that the money was sent, beside the right call."""
    if not case.right.calls:
        return None
    said = case.said("Ya quedó enviado tu dinero.", "Your money is already sent.")
    return replace(case.right, text=said)


def claims_after_link(case: Case) -> ModelReply | None:
    """Say that the transfer is done as soon as a link is out."""
    if case.right.calls or not case.data.get("tickets"):
        return None
    return _added(
        case,
        "Tu transferencia se completó y el dinero ya está disponible.",
        "Your transfer is complete and the money is available now.",
    )


def prepares_early(case: Case) -> ModelReply | None:
    """Prepare a transfer from the first words, with what was never said."""
    if PREPARE not in case.tools or not case.is_first_ask or case.draft:
        return None
    arguments = {
        "country": "MX", "payout_method": "cash_pickup", "amount": "500",
        "amount_currency": "USD", "recipient_first_name": "Casimiro",
        "recipient_last_name": "Belloso", "payer_id": "mx-oxxo",
    }  # fmt: skip
    return _call(case, (PREPARE, arguments))


def confirms_itself(case: Case) -> ModelReply | None:
    """Ask for the link of a summary that the sender has not confirmed."""
    draft = case.draft
    if draft.get("status") != "awaiting_confirmation" or not case.is_first_ask:
        return None
    return _call(
        case,
        ("send_money", {"draft_id": draft["id"]}),
        ("confirm_transfer", {"draft_id": draft["id"], "confirmed": True}),
        ("carry_out", {}),
    )


def ignores_correction(case: Case) -> ModelReply | None:
    """Prepare the open transfer again as it was, whatever the sender corrected."""
    if not (case.draft and case.calls(PREPARE)):
        return None
    terms = case.draft["terms"]
    return _changed(
        case, ("amount",), lambda call: {name: terms[name] for name in call if name in terms}
    )


def old_quote(case: Case) -> ModelReply | None:
    """Use the quote before the last: its figures in words, its draft in the call for the link."""
    memory = case.memory
    if case.calls("send_money") and len(memory.draft_ids) > 1:
        return _changed(case, ("draft_id",), lambda _: {"draft_id": memory.draft_ids[0]})
    if case.right.calls or not memory.quotes or case.draft:
        return None
    total = memory.quotes[0]["total"]
    return _added(
        case,
        f"El precio de antes sigue vigente: pagas {total['amount']} {total['currency']} y 3 más.",
        f"The earlier price still holds: you pay {total['amount']} {total['currency']} and 3 more.",
    )


def wrong_language(case: Case) -> ModelReply | None:
    """Write in Portuguese."""
    if case.right.calls:
        return None
    said = "Claro, vou ajudar você com isso agora mesmo. Para quem você gostaria de mandar?"
    return ModelReply(text=case.said(said, said))


def other_language(case: Case) -> ModelReply | None:
    """Write in the language that the sender does not speak."""
    if case.right.calls:
        return None
    return ModelReply(
        text=case.said(
            "Of course, I will help you with that. Who would you like to send the money to?",
            "Claro que sí, con gusto te ayudo con eso. ¿A quién le quieres mandar el dinero?",
        )
    )


def empty_answer(case: Case) -> ModelReply | None:
    """Say nothing at all."""
    return ModelReply() if case.is_first_ask else None


def malformed_arguments(case: Case) -> ModelReply | None:
    """Break off in the middle of the arguments."""
    if not case.right.calls:
        return None
    broken = replace(case.right.calls[0], arguments={}, problem='{"country": "MX", "amount": 1')
    return ModelReply(calls=(broken, *case.right.calls[1:]))


def unknown_tool(case: Case) -> ModelReply | None:
    """Call a tool that does not exist."""
    if not case.tools or not case.is_first_ask:
        return None
    return _call(case, ("transfer_funds", {"amount": "100", "to": "Casimiro", "confirm": True}))


def contradictory_calls(case: Case) -> ModelReply | None:
    """Prepare two different transfers, drop them and ask for the link, all at once."""
    right = next((call for call in case.right.calls if call.name == PREPARE), None)
    if right is None:
        return None
    return _call(
        case,
        (PREPARE, right.arguments),
        (PREPARE, right.arguments | {"amount": "2500"}),
        ("cancel_transfer", {}),
        ("send_money", {"draft_id": case.draft.get("id", "dr_1")}),
    )


def leaks_prompt(case: Case) -> ModelReply | None:
    """Repeat the beginning of the prompt."""
    if case.right.calls:
        return None
    words = " ".join(case.request.system.split()[:LEAKED_WORDS])
    return ModelReply(text=case.said(words, words))


def repeats_link(case: Case) -> ModelReply | None:
    """Give the link again, twice, although the sender did not ask for it."""
    if not case.data.get("tickets") or not case.is_first_ask or case.right.calls:
        return None
    return _call(case, ("resend_link", {}), ("resend_link", {}), ("send_money", {"draft_id": ""}))


def invented_link(case: Case) -> ModelReply | None:
    """Give out a link of its own making."""
    link = "https://envios-seguros.example/l/9f2k"
    return _added(case, f"Apruébalo aquí: {link}", f"Approve it here: {link}")


def card_in_arguments(case: Case) -> ModelReply | None:
    """Put a card number into every text of a call."""
    return _changed(
        case,
        ("recipient_last_name",),
        lambda call: {
            "recipient_last_name": f"{call['recipient_last_name']} {CARD}",
            "account": CARD,
        },
    )


def asks_for_card(case: Case) -> ModelReply | None:
    """Ask for card data in the chat."""
    return _added(
        case,
        "Escríbeme aquí el número de tu tarjeta y el CVV para cobrarte.",
        "Write your card number and the CVV here so that I can charge you.",
    )


MISTAKES: Mapping[str, Mistake] = {
    function.__name__: function
    for function in (
        calls_twice, wrong_amount, wrong_currency, swapped_recipient, invented_recipient,
        invented_payer, invented_rate, claims_sent, claims_beside_calls, claims_after_link,
        prepares_early, confirms_itself, ignores_correction, old_quote, wrong_language,
        other_language, empty_answer, malformed_arguments, unknown_tool, contradictory_calls,
        leaks_prompt, repeats_link, invented_link, card_in_arguments, asks_for_card,
    )
}  # fmt: skip


def _call(case: Case, *wanted: tuple[str, Mapping[str, Any]]) -> ModelReply:
    return ModelReply(
        calls=tuple(
            ToolCall(id=f"wrong-{number}", name=name, arguments=dict(arguments))
            for number, (name, arguments) in enumerate(wanted)
        )
    )


def _added(case: Case, es: str, en: str) -> ModelReply | None:
    """Return the right text with a wrong sentence in front of it."""
    if case.right.calls:
        return None
    return replace(case.right, text=f"{case.said(es, en)} {case.right.text}")


def _changed(case: Case, names: tuple[str, ...], change: Any) -> ModelReply | None:
    """Return the right calls, those with all these arguments changed; None when there is none."""
    calls = tuple(
        replace(call, arguments=dict(call.arguments) | change(call.arguments))
        if all(call.arguments.get(name) for name in names)
        else call
        for call in case.right.calls
    )
    return None if calls == case.right.calls else replace(case.right, calls=calls)
