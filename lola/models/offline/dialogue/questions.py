"""The open question: what to ask for next, with the choices to offer.

One question at a time. Choices come from the tool that owns them, so that a tap keeps its meaning.
"""

from collections.abc import Iterable
from typing import NamedTuple

from lola.domain.messages import JsonObject
from lola.models.chat import ModelReply
from lola.models.offline.dialogue.people import person_choices
from lola.models.offline.dialogue.slots import BANK_OR_ACCOUNT
from lola.models.offline.dialogue.titles import recipient_titles, titles
from lola.models.offline.dialogue.view import View
from lola.models.offline.nlu.names import RELATIONS
from lola.models.offline.nlu.places import account_label

MAX_LINE = 160
PAYEE_TOOLS = {"bank_account": "get_banks", "cash_pickup": "get_payers"}
CHANGEABLE = ("amount", "recipient", "payout_method", "country")


class Question(NamedTuple):
    """What to ask, and the titles to offer with it."""

    text: str
    choices: tuple[str, ...] = ()


def gather(view: View) -> None:
    """Call the tools for the lists and checks that the transfer needs by now."""
    state, facts, settled = view.state, view.facts, view.settled
    view.need(
        *((("get_recipients", {}),) if facts.recipients is None and state.goal else ()),
        *((("get_countries", {}),) if facts.countries is None else ()),
    )
    country, method = settled.get("country"), settled.get("payout_method")
    if not country or settled.covered or not (state.goal or state.asked):
        return
    account, phone = settled.get("account"), settled.get("recipient_phone")
    known = {(tool, number) for tool, at, number in facts.checks if at == country}
    known |= {(tool, str(row.get("canonical", ""))) for (tool, _, _), row in facts.checks.items()}
    # Without a method, it may follow from a bank or payer that was named early.
    lists = [method] if method else [*PAYEE_TOOLS]
    check = method == "bank_account" and account and ("validate_bank", account) not in known
    call = phone and ("validate_phone", phone) not in known
    view.need(
        *((("validate_bank", {"country": country, "account": account}),) if check else ()),
        *((("validate_phone", {"recipient_phone": phone, "country": country}),) if call else ()),
        *_lists(view, country, lists),
    )


def gather_names(view: View) -> None:
    """Call the tools for the names of banks and payers, for words that nothing else explains."""
    country = view.settled.get("country")
    if country and any(meaning.words for meaning in view.state.meanings):
        view.need(*_lists(view, country, PAYEE_TOOLS))


def _lists(view: View, country: str, methods: Iterable[str]) -> list[tuple[str, JsonObject]]:
    allowed = view.facts.methods(country)
    return [
        (PAYEE_TOOLS[method], {"country": country})
        for method in methods
        if method in PAYEE_TOOLS
        and method in (allowed or methods)
        and view.facts.payees(country, method) is None
    ]


def joined(view: View, parts: Iterable[str], asked: Question) -> ModelReply:
    """Join the pieces to a reply: short ones on one line, answers in their own paragraph."""
    paragraphs: list[str] = []
    for part in filter(None, (*parts, asked.text)):
        last = paragraphs[-1] if paragraphs else ""
        if last and len(last) + len(part) < MAX_LINE and "\n" not in last + part:
            paragraphs[-1] = f"{last} {part}"
        else:
            paragraphs.append(part)
    choices = asked.choices
    if view.state.confused > 1:
        choices = (*choices, *person_choices(view)[:1])
    return ModelReply(text="\n\n".join(paragraphs), choices=tuple(dict.fromkeys(choices)))


def menu(view: View) -> tuple[str, ...]:
    """Return the titles to start with."""
    names = ["send", "cost", *(["status"] if "get_own_status" in view.offered else [])]
    return tuple(view.texts(f"choice.{name}") for name in names)


def start_offer(view: View) -> Question:
    """Offer to begin the transfer that a question was about."""
    choices = (view.texts("choice.start"), view.texts("choice.not_now"))
    return Question(view.texts("ask.start"), choices)


def open_question(view: View) -> Question:
    """Return the question that the sender is to answer now."""
    if not view.is_busy and not view.waits:
        return Question(view.texts("ask.help"), menu(view))
    gather(view)
    if view.slot:
        return question(view, view.slot)
    if view.is_current and view.draft is not None and view.draft.get("status") != "expired":
        return confirm(view)
    return Question(
        view.texts("ask.requote"), (view.texts("choice.again"), view.texts("choice.cancel"))
    )


def question(view: View, slot: str) -> Question:
    """Return how to ask for a property."""
    asks = {
        "modify": _what_to_change,
        "country": _country,
        "amount": _amount,
        "recipient_first_name": _recipient,
        "recipient_last_name": _last_name,
        "payout_method": _method,
        "payer_id": _payer,
        "account": _account,
        BANK_OR_ACCOUNT: _bank_or_account,
        "recipient_phone": _phone,
        "payment_method_id": _payment_method,
    }
    return asks[slot](view) if slot in asks else _own_property(view, slot)


def confirm(view: View) -> Question:
    """Return the question that goes with the summary on the screen."""
    known = [item for item in view.options_before if item]
    own = tuple(view.texts(f"choice.{name}") for name in ("confirm", "modify", "cancel"))
    shown = tuple(known) if set(own) <= set(known) else own
    return Question(view.texts("ask.confirm"), shown)


def _what_to_change(view: View) -> Question:
    return Question(
        view.texts("ask.modify"), tuple(view.texts(f"choice.{name}") for name in CHANGEABLE)
    )


def _country(view: View) -> Question:
    names = [str(row.get("name", code)) for code, row in (view.facts.countries or {}).items()]
    return Question(view.texts("ask.country"), titles(names))


def _amount(view: View) -> Question:
    name = view.settled.get("recipient_first_name")
    if view.state.unclear:
        return Question(view.texts("ask.which_amount"), view.state.unclear)
    if view.state.wants:
        return Question(view.texts("ask.amount_quote"))
    return Question(view.texts("ask.amount_to", name=name) if name else view.texts("ask.amount"))


def _recipient(view: View) -> Question:
    several = view.settled.candidates
    if several:
        shown = [title for title, person in _people(view) if person in several]
        return Question(
            view.texts("ask.which_recipient"), (*shown, view.texts("choice.someone_else"))
        )
    relation = RELATIONS.get(view.state.relation, {})
    if relation:
        words = relation["en" if view.texts.language == "en" else "es"]
        return Question(view.texts("ask.recipient_relation", relation=words))
    if view.facts.recipients and not view.state.new_recipient:
        shown = [title for title, _ in _people(view)]
        return Question(
            view.texts("ask.recipient_saved"), (*shown, view.texts("choice.someone_else"))
        )
    return Question(view.texts("ask.recipient"))


def _people(view: View) -> tuple[tuple[str, object], ...]:
    return recipient_titles(view.facts.recipients or ())


def _last_name(view: View) -> Question:
    return Question(view.texts("ask.last_name", name=view.settled.get("recipient_first_name")))


def _method(view: View) -> Question:
    methods = view.facts.methods(view.settled.get("country"))
    name = view.settled.get("recipient_first_name")
    text = view.texts("ask.method_of", name=name) if name else view.texts("ask.method")
    return Question(text, tuple(view.texts.method(method) for method in methods))


def _payer(view: View) -> Question:
    method = view.settled.get("payout_method")
    rows = view.facts.payees(view.settled.get("country"), method) or []
    key = "ask.bank" if method == "bank_account" else "ask.payer"
    return Question(
        view.texts(key, country=view.country()), titles(str(row["name"]) for row in rows)
    )


def _account(view: View) -> Question:
    label = account_label(view.settled.get("country"), view.texts.language)
    name = view.settled.get("recipient_first_name") or view.texts("ask.the_recipient")
    if label:
        return Question(view.texts("ask.account_called", label=label, name=name))
    return Question(view.texts("ask.account", name=name))


def _bank_or_account(view: View) -> Question:
    """Say that bank and account contradict each other, and ask which of them is right."""
    clash = view.settled.clash
    if clash is None:
        return _account(view)
    if clash.proven:
        text = view.texts("ask.bank_or_account", bank=clash.chosen, other=clash.proven)
        return Question(text, titles((clash.proven, clash.chosen)))
    text = view.texts("ask.bank_or_account_unknown", bank=clash.chosen)
    return Question(text, (view.texts("choice.the_account"), *titles((clash.chosen,))))


def _phone(view: View) -> Question:
    name = view.settled.get("recipient_first_name") or view.texts("ask.the_recipient")
    return Question(view.texts("ask.phone", name=name))


def _payment_method(view: View) -> Question:
    view.need(("get_payment_methods", {}))
    labels = [str(row["label"]) for row in view.facts.payment_methods or ()]
    return Question(view.texts("ask.payment_method"), titles(labels))


def _own_property(view: View, slot: str) -> Question:
    """Ask for a property that a bank added, by the description in its schema."""
    schema = view.goal.properties.get(slot, {}) if view.goal else {}
    described = str(schema.get("description") or slot.replace("_", " "))
    return Question(
        view.texts("ask.own_property", what=described), titles(map(str, schema.get("enum", ())))
    )
