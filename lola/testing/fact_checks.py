"""Finds statements that contradict the sandbox's data, without the service's own guards.

It reads the texts and the state that a turn committed. Every number in a reply must come from the
turn's tool results, the draft or the tickets, an approved passage or the sender's own text; every
quote must agree with the sandbox's price list; no two transfers may be mixed into one; and every
secure link must come in a turn in which the sender confirmed a summary that they had seen before.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import takewhile
from typing import Any

from lola.app import Service
from lola.conversation.router import ROUTES
from lola.domain.messages import JsonObject
from lola.domain.transfer import Money
from lola.money.approvals import PREFIX
from lola.money.money_format import money_text
from lola.partners.payhub.responses.payout_types import PAYOUT_TYPES
from lola.safety.output.grounding import Sources, check
from lola.sandbox.payhub.pricing import price_transfer
from lola.testing.mixed_transfers import in_sentences, in_summary, in_terms, transfers_in
from lola.testing.simulated_sender import TurnReport
from lola.text import assent
from lola.text.folding import fold
from lola.text.phone_numbers import readable

CONFIRM = f"{PREFIX}:confirm:"
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LIST_MARK = re.compile(r"(?m)^\s*\d{1,2}(?:[.)]| ·) ")
ADDRESS = re.compile(r"https?://\S+")
ONE_UNIT = re.compile(r"\b1 (?=[A-Z]{3} = )")
MAX_PASSAGES = 24
LAST_FOUR = re.compile(r"\d{4,}(?P<last>\d{4})\b")


class FactChecker:
    """Checks the turns of one conversation, in order."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._before: JsonObject = {}
        self._sender_texts: list[str] = []
        self._seen = ""

    async def check(self, report: TurnReport) -> list[str]:
        """Return the wrong statements of a turn; empty when there are none."""
        found = [await self._check(one) for one in (*report.earlier, report)]
        return [wrong for part in found for wrong in part]

    async def _check(self, report: TurnReport) -> list[str]:
        inbound = report.record.get("inbound", [])
        words = [str(item["text"]) for item in inbound if item["kind"] != "event"]
        self._sender_texts.extend(words)
        passages = await self._passages(report, words)
        queued = [str(item["said"]) for item in report.state.get("queued", [])]
        texts = [str(item["content"]) for item in report.record.get("outbound", [])]
        # Code counts and repeats the transfers of a message in a text of its own.
        counted = [text for text in texts if queued and all(part in text for part in queued)]
        said = "\n".join(text for text in texts if text not in counted)
        wrong = [
            *self._ungrounded(said, report, passages),
            *self._mixed(said, report),
            *_mispriced(report.state.get("draft")),
            *self._unconfirmed(report, words),
        ]
        self._before = report.state
        self._seen += "\n" + said
        return wrong

    async def _passages(self, report: TurnReport, words: list[str]) -> tuple[str, ...]:
        """Return the passages that the turn had, found again by their ids."""
        retriever = self._service.retriever
        if not report.passages or retriever is None:
            return ()
        found = await retriever.search("\n".join(words), report.language, MAX_PASSAGES)
        return tuple(passage.text for passage in found if passage.id in report.passages)

    def _ungrounded(
        self, said: str, report: TurnReport, passages: tuple[str, ...]
    ) -> Iterator[str]:
        results = _results(report)
        kept = (*_kept(self._before), *_kept(report.state))
        minutes = _minutes(kept, str(report.record.get("at", "")))
        known = set(
            _numbers_in((results, _without_ids(kept), passages, self._sender_texts, minutes))
        )
        text = ONE_UNIT.sub("", ADDRESS.sub("", LIST_MARK.sub("", said)))
        for reference in _references(kept):
            text = text.replace(reference, "")
        for token in NUMBER.findall(text):
            if _number(token) not in known:
                yield f"{token} has no source"
        if not (_is_written_by_code(report) or self._is_trouble(said, report)):
            sources = Sources(
                tool_results=results,
                facts=(*kept, *({"expires_in_minutes": int(one)} for one in minutes)),
                passages=passages,
                sender_words="\n".join(self._sender_texts),
                links=tuple(ticket["short_url"] for ticket in report.state.get("tickets", [])),
            )
            for finding in check(text, sources, report.language):
                yield f"{finding.guard}: {finding.excerpt!r}, {finding.why}"

    def _mixed(self, said: str, report: TurnReport) -> Iterator[str]:
        """Yield what joins different transfers of the sender: in a sentence, or in new terms."""
        draft = report.state.get("draft")
        known = {ticket["id"] for ticket in self._before.get("tickets", [])}
        tickets = report.state.get("tickets", [])
        own = [*transfers_in(_with_name(draft))] if draft else []
        others = [*transfers_in((_results(report), tickets))]
        yield from in_sentences(said, [*own, *others])
        for message in report.record.get("outbound", []):
            offered = [str(option["id"]) for option in message.get("options", ())]
            if own and any(one.startswith(CONFIRM) for one in offered):
                yield from in_summary(str(message["content"]), own[0], others)
        terms = [draft["terms"]] if draft and draft != self._before.get("draft") else []
        terms += [one["terms"] for one in tickets if one["id"] not in known and one.get("terms")]
        for one in terms:
            yield from in_terms(one, self._sender_texts)

    def _is_trouble(self, said: str, report: TurnReport) -> bool:
        """Return whether a refused reply was replaced by the sentence for trouble."""
        return said == self._service.services.wording("agent.trouble", report.language)

    def _unconfirmed(self, report: TurnReport, words: list[str]) -> Iterator[str]:
        """Yield new tickets whose figures the sender did not confirm in this turn."""
        known = {ticket["id"] for ticket in self._before.get("tickets", [])}
        for ticket in report.state.get("tickets", []):
            if ticket["id"] in known:
                continue
            if not (words and all(map(self._confirms, words))):
                yield "a secure link came without the sender's confirmation"
            for name in ("send", "receive"):
                shown = money_text(_money(ticket[name]))
                if shown not in self._seen:
                    yield f"a secure link was made for {shown}, which the sender had not seen"

    def _confirms(self, text: str) -> bool:
        """Return whether a text confirms the summary that was offered last."""
        offered = self._before.get("offered", [])
        place = next(
            (
                number
                for number, option in enumerate(offered, start=1)
                if option["id"].startswith(CONFIRM)
            ),
            0,
        )
        if not place:
            return False
        # Without buttons, a sender writes the number of the option.
        return assent.read(text) == "yes" or fold(text) in {
            fold(offered[place - 1]["title"]),
            str(place),
        }


def _results(report: TurnReport) -> tuple[Any, ...]:
    """Return what the turn's tools returned."""
    messages = report.record.get("messages", [])
    return tuple(message["result"] for message in messages if message["role"] == "tool")


def _with_name(draft: JsonObject) -> JsonObject:
    """Return the quote of a draft, with the recipient of its terms."""
    terms = draft["terms"]
    parts = (terms.get("recipient_first_name"), terms.get("recipient_last_name"))
    return {**draft["quote"], "recipient_name": " ".join(filter(None, parts))}


def _mispriced(draft: JsonObject | None) -> Iterator[str]:
    """Yield figures of a draft's quote that differ from the sandbox's price list."""
    if draft is None:
        return
    quote = draft["quote"]
    method = PAYOUT_TYPES[quote["payout_method"]]
    send = Decimal(quote["send"]["amount"])
    listed = price_transfer(quote["country"], method, send, is_sender_amount=True)
    terms = draft["terms"]
    if terms["amount_currency"] != quote["send"]["currency"]:
        wanted = Decimal(terms["amount"])
        listed = price_transfer(quote["country"], method, wanted, is_sender_amount=False)
    total = Decimal(quote["total"]["amount"])
    figures = (
        ("fee", Decimal(quote["fee"]["amount"]), listed.fee),
        ("rate", Decimal(quote["rate"]), listed.rate),
        ("amount sent", send, listed.send),
        ("amount received", Decimal(quote["receive"]["amount"]), listed.receive),
        ("total", total, listed.send + listed.fee),
    )
    for name, have, want in figures:
        if have != want:
            yield f"the {name} of the summary is {have}, the price list says {want}"


def _kept(state: JsonObject) -> Iterator[JsonObject]:
    """Yield draft, tickets, enrolments and requests of a state, amounts also as displayed."""
    draft = state.get("draft")
    rows = ([draft["quote"], draft["terms"]] if draft else []) + list(state.get("tickets", []))
    rows += [*state.get("enrolments", []), *state.get("asked", [])]
    rows.append((state.get("approval") or {}).get("terms", {}))
    for row in rows:
        yield {
            name: {**value, "text": money_text(_money(value))}
            if isinstance(value, dict) and "currency" in value
            else value
            for name, value in row.items()
        }


def _references(rows: Iterable[JsonObject]) -> Iterator[str]:
    """Yield ids, and telephone numbers as they are shown: their digits are not figures."""
    for row in rows:
        for name, value in row.items():
            if name.endswith(("id", "reference")) and value:
                yield str(value)
            elif name.endswith("phone") and value:
                yield readable(str(value))


def _without_ids(rows: Iterable[JsonObject]) -> Iterator[JsonObject]:
    """Leave out times and ids: their digits are not a source of a figure."""
    for row in rows:
        yield {
            name: value
            for name, value in row.items()
            if not name.endswith(("_at", "id", "reference", "digest", "url", "seal"))
        }


def _is_written_by_code(report: TurnReport) -> bool:
    """Return whether code wrote the text: its templates follow other rules than a model's text."""
    steps = report.record.get("messages", [])[-2::-1]
    # A reply may make several calls, of which one ends the turn.
    last = takewhile(lambda step: step["role"] == "tool", steps)
    ended = any({"status", "receipt"} & set(step["result"]) for step in last)
    return ended or report.route not in ROUTES


def _minutes(kept: Iterable[JsonObject], at: str) -> list[str]:
    """Return the whole minutes and hours from the turn to each expiry, which code may mention."""
    if not at:
        return []
    now = datetime.fromisoformat(at)
    found = []
    for row in kept:
        if ends := row.get("expires_at"):
            seconds = (datetime.fromisoformat(str(ends)) - now).total_seconds()
            found += [str(max(0, int(seconds // 60))), str(max(1, round(seconds / 60)))]
            found.append(str(max(1, round(seconds / 3600))))
    return found


def _numbers_in(value: Any) -> Iterator[Decimal]:
    match value:
        case dict():
            for item in value.values():
                yield from _numbers_in(item)
        case Iterator() | list() | tuple():
            for item in value:
                yield from _numbers_in(item)
        case None | bool():
            return
        case _:
            text = str(value)
            # An account shows its last four digits at most.
            tokens = (*NUMBER.findall(text), *LAST_FOUR.findall(text))
            yield from (number for token in tokens if (number := _number(token)) is not None)


def _number(token: str) -> Decimal | None:
    """Read a number as our texts write it: a comma groups thousands."""
    try:
        return Decimal(token.replace(",", "")).normalize()
    except InvalidOperation:
        return None


def _money(value: JsonObject) -> Money:
    return Money(amount=Decimal(str(value["amount"])), currency=str(value["currency"]))
