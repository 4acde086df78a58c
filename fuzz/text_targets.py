"""The fuzzing targets that read one text: guards, redaction, tokens and keys.

Each is a function of a text that raises AssertionError where a guarantee does not hold. Used by the
tests in CI (Hypothesis) and by longer runs (`make fuzz`, Atheris).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from lola.errors import ConfigurationError, TokenError
from lola.money.keys import new_secret, new_signing_key, pem_blocks
from lola.money.page_sessions import Grant, SessionTokens
from lola.money.sealing import Sealer
from lola.safety.input.cards import find_cards
from lola.safety.input.hygiene import MESSAGE_LIMIT, clean
from lola.safety.input.redaction import redact
from lola.safety.output.grounding import Sources
from lola.safety.output.guard import OutputGuard, new_canary

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SYSTEM = "You help with transfers and never state what no result of a tool says in this turn."
CANARY = new_canary()
GUARD = OutputGuard(canary=CANARY, allowed_hosts=("bank.example",))
SEALER = Sealer((new_secret(),), purpose="fuzz", tenant="lola", setting="CALLBACK_SECRET")
SEALED = SEALER.seal(b"ticket")
KEY = new_signing_key()
SESSIONS = SessionTokens(KEY, issuer="i", tenant="lola", life=timedelta(minutes=15))
SESSION = SESSIONS.issue(
    Grant(ticket="t", subject="s", conversation="c", digest="d", actions=("send:approve",)), NOW
)


def guards(text: str) -> None:
    """Reach the same verdict each time, and stop the canary wherever it stands."""
    for language in ("es", "en"):
        verdict = GUARD.review(text, Sources(), language, system=SYSTEM)
        assert verdict == GUARD.review(text, Sources(), language, system=SYSTEM)
        assert verdict.ok == (not verdict.findings)
        assert not GUARD.review(f"{text} {CANARY}", Sources(), language, system=SYSTEM).ok


def redaction(text: str) -> None:
    """Leave no card, keep within the limit, and find nothing in what was redacted already."""
    seen = clean(text)
    assert len(seen) <= MESSAGE_LIMIT
    assert clean(seen) == seen
    done = redact(seen)
    assert not find_cards(done.text)
    assert redact(done.text).text == done.text


def tokens(text: str) -> None:
    """Accept nothing that was not issued here, and refuse it with one error only."""
    for valid, opened in ((SEALED, SEALER.open), (SESSION, lambda one: SESSIONS.read(one, NOW))):
        middle = len(text) % len(valid)
        for forged in (text, valid + text, text + valid, valid[:middle] + text + valid[middle:]):
            if forged != valid:
                _refused(opened, forged)


def keys(text: str) -> None:
    """Read any text as PEM blocks, and stop the start by name where they are no keys."""
    middle = len(text) % len(KEY)
    block = f"-----BEGIN EC PRIVATE KEY-----\n{text}\n-----END EC PRIVATE KEY-----"
    for given in (text, block, KEY[:middle] + text + KEY[middle:]):
        for found in pem_blocks(given):
            assert found.startswith("-----BEGIN ")
            assert found.endswith("-----")
        try:
            SessionTokens(given, issuer="i", tenant="lola", life=timedelta(minutes=15))
        except ConfigurationError as error:
            if error.setting != "JWT_PRIVATE_KEY":
                raise


def _refused(opened: Callable[[str], object], forged: str) -> None:
    try:
        opened(forged)
    except TokenError:
        return
    raise AssertionError("a forged token was accepted")


TARGETS: Mapping[str, Callable[[str], None]] = MappingProxyType(
    {"guards": guards, "redaction": redaction, "tokens": tokens, "keys": keys}
)
