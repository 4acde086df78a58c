"""Every field that a sender or a colleague fills, with strings that break pages."""

import json
from pathlib import Path

import pytest

from lola.domain.messages import (
    CONTENT_LIMIT,
    LABEL_LIMIT,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Option,
    outbound_to_json,
)
from lola.domain.session import Session
from lola.safety.input.hygiene import clean
from tests.unit.console.test_conversation import put, text_of
from tests.unit.console.test_pages import assert_harmless, tags_of, transfer
from tests.unit.escalation.support import NOON, address

STRINGS = json.loads(
    (Path(__file__).parents[2] / "data/strings/blns.json").read_text(encoding="utf-8")
)
BATCH = 52


def batches():
    return [STRINGS[start : start + BATCH] for start in range(0, len(STRINGS), BATCH)]


def label(text):
    """Return a text that fits on a button."""
    return " ".join(clean(text).split())[:LABEL_LIMIT].strip() or "x"


def shape(text):
    """Return inbound items of every kind with the string in each of their fields."""
    facts = (
        ("text", {}),
        ("media", {"media": text, "caption": text, "name": text, "mime": text, "size": 5}),
        ("location", {"name": text, "latitude": 1.0, "longitude": 2.0}),
        ("contacts", {"contacts": [{"name": text, "phones": [text]}]}),
        ("reaction", {}),
        ("event", {"by": text}),
        (text, {}),
    )
    for kind, fields in facts:
        yield {"id": "i", "kind": kind, "text": text, "at": NOON.isoformat(), "shape": fields}


async def fill(bank, strings):
    """Commit turns with the strings in every field that a record and a session have."""
    draft, ticket = transfer()
    for text in strings:
        session = Session(
            address=address(), started_at=NOON, language=text, profile_name=text, draft=draft,
            tickets=(ticket,),
        )  # fmt: skip
        words = (clean(text) or "x")[:CONTENT_LIMIT]
        title = Option(id="1", title=label(text))
        target = LinkTarget(text=label(text), url="https://bank.example")
        sent = (
            ButtonsMessage(content=words if words.strip() else "x", options=(title,)),
            LinkMessage(content="x", links=(target,)),
        )
        conversation = await bank.turn(
            session=session, outbound=list(map(outbound_to_json, sent)),
            inbound=list(shape(text)), route=text, staff=text,
            tools=[{"name": text, "ok": False}], passages=[text], stages=[text],
            findings=[text], agent=text, model={"models": [text]},
            messages=[{"role": "assistant", "calls": [
                {"id": "1", "name": text, "arguments": {text: text, "list": [text]}}
            ]}],
        )  # fmt: skip
    return conversation


@pytest.mark.parametrize("strings", batches(), ids=lambda batch: str(STRINGS.index(batch[0])))
async def test_naughty_strings_change_no_page(ana, bank, strings):
    """The same elements as for harmless words, no attribute that runs, nothing that is hidden."""
    conversation = await fill(bank, strings)
    page = f"conversations/{conversation}"
    await text_of(ana.call(f"{page}/take-over"))
    for text in strings[:9]:
        await text_of(put(ana, f"{page}/draft", {"text": text}))
        async with ana.call(f"{page}/notes", {"text": text}) as answer:
            assert answer.status in {201, 422}
    await bank.actions.hand_back(conversation, "ana", note=strings[0][:400])
    await bank.wait_for_person(conversation, reason=strings[-1])
    for path in (page, "", "mentions"):
        html = await text_of(ana.get(path))
        assert_harmless(html)
        # A joiner is kept within an emoji only.
        assert not {letter for letter in set(html) if clean(f"a{letter}") == "a"} - set(
            "\n\u200d\ufe0f"
        )
        assert {tag for tag, _ in tags_of(html)} <= {
            "html", "head", "meta", "title", "link", "script", "body", "a", "header", "p", "span",
            "form", "input", "button", "main", "nav", "div", "h1", "h2", "section", "aside", "ol",
            "ul", "li", "details", "summary", "dl", "dt", "dd", "time", "label", "textarea",
            "select", "option", "strong",
        }  # fmt: skip
