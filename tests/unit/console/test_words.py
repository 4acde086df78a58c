"""Staff read words and never codes: every code that can reach a page has them in both languages."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from agents.tools import TOOLS
from lola.app.loading import load
from lola.console.rendering import HERE, Pages
from lola.conversation import degrade
from lola.conversation.order import arrange
from lola.domain import events
from lola.domain.enrolment import EnrolmentStatus, Purpose
from lola.domain.messages import Content
from lola.domain.transfer import PayoutMethod, TicketStatus
from lola.domain.work import Owner
from lola.safety.output.findings import Guard
from lola.settings import DEFAULT_MIDDLEWARE

ROOT = Path(__file__).parents[3]
REASONS = (
    "asked", "complaint", "sent", "unclear", "loop", degrade.REASON, "help_desk", "unreadable",
    "transfer state unknown", "verification state unknown", "handler failed: TypeError LOLA-101",
)  # fmt: skip
ROUTE = re.compile(r"""(?:\bROUTE = |route=|_reply\([\w.]+, |reply_with\([\w.]+, )"(\w+)\"""")
PAGES = Pages("Bank", {})


def event_names():
    """Return the names of all events; a callback's begins with the prefix."""
    names = {
        value
        for name, value in vars(events).items()
        if name.isupper() and isinstance(value, str) and name != "CALLBACK_PREFIX"
    }
    return sorted(names - {events.RECONCILER, events.CONSOLE_REPLY} | {"callback.process"})


def routes():
    """Return the routes that code names, and the agents'."""
    files = [*(ROOT / "lola/conversation").rglob("*.py"), *(ROOT / "middleware").glob("*.py")]
    found = {name for path in files for name in ROUTE.findall(path.read_text(encoding="utf-8"))}
    return sorted(found | {path.parent.name for path in (ROOT / "agents").glob("*/agent.toml")})


def arguments():
    """Return the names of the arguments of all tools."""
    return sorted({name for tool in TOOLS for name in tool.schema.parameters["properties"]})


def stages():
    """Return the names of all stages."""
    return [one.name for one in arrange(DEFAULT_MIDDLEWARE, lambda name: load("MIDDLEWARE", name))]


def kinds():
    """Return the kinds of what a sender sends."""
    union = get_args(get_args(Content)[0])
    return sorted(one.__dataclass_fields__["type"].default for one in union if one is not events)


CODES = {
    "event": event_names(),
    "route": routes(),
    "tool": sorted(tool.name for tool in TOOLS),
    "argument": arguments(),
    "stage": stages(),
    "finding": [*get_args(Guard), "data", "link"],
    "status": get_args(TicketStatus),
    "enrolment": get_args(EnrolmentStatus),
    "purpose": get_args(Purpose),
    "owner": get_args(Owner),
    "payout": get_args(PayoutMethod),
    "kind": sorted(set(kinds()) - {"event"}),
    "about": ["identity", "link_timeline"],
    "activity": [
        "link.created", "link.opened", "link.revoked", "cip", "data_request",
        *(f"operation.{one}" for one in (
            "created", "processing", "completed", "failed", "cancelled", "on_hold"
        )),
    ],
    "delivery": ["sending", "sent", "delivered", "read", "failed"],
    "media": ["image", "video", "audio", "voice", "document", "sticker", "pdf"],
    "verdict": ["passed", "pending", "blocked"],
    "identity": ["identified", "unknown", "unavailable", "no_number"],
    "reason": REASONS,
}  # fmt: skip


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("kind", sorted(CODES))
def test_every_code_has_words_of_its_own(kind, language):
    """Neither the code itself nor the words for an unknown one."""
    label = PAGES._label(language)
    assert CODES[kind]
    for code in CODES[kind]:
        words = label(kind, code)
        assert words, code
        assert words != label(kind, "zz_unknown"), code
        assert words != code or code.isalpha(), code
        assert not re.search(r"\w[._]\w", words), words


@pytest.mark.parametrize("kind", sorted(set(CODES) - {"reason"}))
def test_a_code_that_is_new_is_never_shown_itself(kind):
    """A bank's own tool or a later version's event reads as something other, not as a code."""
    assert "zz_unknown" not in PAGES._label("es")(kind, "zz_unknown")


def test_what_a_model_noted_is_quoted_in_the_language_of_staff():
    """Its words stay as they are; whose words they are is said in the reader's language."""
    assert PAGES._label("es")("reason", "cannot log in") == "El bot lo anotó así: «cannot log in»"
    assert PAGES._label("en")("reason", "LOLA-304 131037") == "A message failed (LOLA-304 131037)"


def test_no_label_is_without_a_code():
    """What the code no longer says leaves the catalogue too."""
    known = {
        f"{kind}_{re.sub('[^a-z0-9]+', '_', code.lower())}"
        for kind, codes in CODES.items()
        for code in (*codes, "other")
    }
    words = set(tomllib.loads((HERE / "catalogue/words.toml").read_text(encoding="utf-8")))
    extra = {name for name in words - known if not name.startswith("event_by_")}
    assert extra == {
        "event_callback", "reason_handler_failed", "reason_technical", "reason_words",
        "tool_get_quote", "route_messages", "route_taken_over", "route_opted_out", "route_events",
    }  # fmt: skip
