"""Replies from the sender's own records: people, payment methods, transfers, verification."""

from lola.models.offline.dialogue.facts import Entry, rows_of
from lola.models.offline.dialogue.pricing import failed, money
from lola.models.offline.dialogue.slots import is_meant
from lola.models.offline.dialogue.titles import person_name
from lola.models.offline.dialogue.view import View
from lola.models.offline.nlu.references import find_reference
from lola.models.offline.nlu.text import keys_of

MAX_TRANSFERS = 3


def recipients(view: View) -> str:
    """Say which people the sender has saved."""
    people = rows_of(view.call("get_recipients"), "recipients")
    if "get_recipients" not in view.offered:
        return view.texts("answer.unsure")
    if not people:
        return view.texts("answer.recipients_none")
    return view.texts("answer.recipients", names=view.texts.listing(map(person_name, people)))


def payment_methods(view: View) -> str:
    """Say how the sender can pay."""
    rows = rows_of(view.call("get_payment_methods"), "payment_methods")
    if not rows:
        return view.texts("answer.payment_methods_none")
    names = view.texts.listing(str(row["label"]) for row in rows)
    return view.texts("answer.payment_methods", names=names)


def status(view: View) -> str:
    """Say the status of this chat's transfers; without any, of those the bank has on record."""
    if "get_own_status" not in view.offered:
        return transfers(view, view.tickets) if view.tickets else view.texts("status.none")
    result = view.call("get_own_status")
    if "error" in result:
        return failed(view)
    rows = rows_of(result, "transfers")
    if not rows and "get_transfers" in view.offered:
        return history(view)
    return transfers(view, rows)


def history(view: View) -> str:
    """List the sender's past transfers, only those to a person when one is named."""
    if "get_transfers" not in view.offered:
        return status(view)
    rows = _past(view)
    if not rows:
        return view.texts("status.none")
    return "\n".join(
        (view.texts("status.intro"), *(_past_line(view, row) for row in rows[:MAX_TRANSFERS]))
    )


def receipt(view: View) -> str:
    """Have code write a receipt: by reference, by person, or the newest."""
    if "get_receipt" not in view.offered:
        return view.texts("answer.unsure")
    said = (find_reference(meaning.text) for meaning in view.state.meanings)
    reference = next(filter(None, said), "")
    if not reference:
        sent = [row for row in _past(view) if row.get("kind") == "sent"]
        if not sent:
            return view.texts("status.none")
        reference = str(sent[0]["reference"])
    result = view.call("get_receipt", reference=reference)
    return view.texts("status.no_receipt" if "error" in result else "answer.wait")


def verification(view: View) -> str:
    """Say the status of the identity check and the next step."""
    if "get_verification" not in view.offered:
        return ""
    result = view.call("get_verification")
    key = f"status.{result.get('verification', 'unknown')}"
    said = [view.texts(key if view.texts.knows(key) else "status.unknown")]
    step = f"status.step_{result.get('next_step', '')}"
    if view.texts.knows(step):
        said.append(view.texts(step))
    return " ".join(said)


def transfers(view: View, rows: list[Entry]) -> str:
    """List the newest transfers, one line each."""
    if not rows:
        return view.texts("status.none")
    lines = [view.texts("status.intro")]
    for row in rows[-MAX_TRANSFERS:]:
        key = f"status.{row.get('status')}"
        lines.append(
            view.texts(
                key if view.texts.knows(key) else "status.other",
                send=money(row["send"]),
                recipient=row.get("recipient", ""),
            )
        )
    return "\n".join(lines)


def _past(view: View) -> list[Entry]:
    """Return past transfers; only those to a person when the newest message names one."""
    rows = rows_of(view.call("get_transfers"), "transfers")
    said = {word.key for meaning in view.state.meanings for word in meaning.words}
    if named := [row for row in rows if said & set(keys_of(str(row.get("recipient", ""))))]:
        return named
    relation = next((meaning.relation for meaning in view.state.meanings if meaning.relation), "")
    if not relation:
        return [] if any(meaning.name for meaning in view.state.meanings) else rows
    people = rows_of(view.call("get_recipients"), "recipients")
    meant = {person_name(person) for person in people if is_meant(relation, {}, person)}
    return [row for row in rows if row.get("recipient") in meant]


def _past_line(view: View, row: Entry) -> str:
    state = f"status.past_{row.get('status')}"
    key = "status.requested" if row.get("kind") == "requested" else "status.past"
    return view.texts(
        key,
        send=money(row["send"]),
        recipient=row.get("recipient", ""),
        date=row.get("date", ""),
        reference=row.get("reference", ""),
        state=view.texts(state if view.texts.knows(state) else "status.past_in_progress"),
    )
