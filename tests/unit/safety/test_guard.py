"""The output guard: all guards in order, verdicts fit for records (docs/safety.md 1.2)."""

import pytest

from lola.safety.output.grounding import Sources
from lola.safety.output.guard import OutputGuard, Verdict, new_canary

SYSTEM = (
    "You are Lola, the assistant of a bank. You never state a figure that no tool gave you, and "
    "you hand over to a person whenever the sender asks for one."
)


@pytest.fixture
def canary():
    return new_canary()


@pytest.fixture
def guard(canary):
    return OutputGuard(canary=canary, allowed_hosts=("help.bank.example",))


def review(guard, text, **sources):
    """Review a reply with the system text given."""
    return guard.review(text, Sources(**sources), "es", system=SYSTEM)


def test_ordinary_words_pass(guard):
    """A reply without facts has nothing to be found."""
    verdict = review(guard, "Hola, soy Lola. ¿A quién quieres enviar dinero?")
    assert verdict.ok
    assert verdict == Verdict()
    assert verdict.advice == ""


def test_the_canary_is_never_sent(guard, canary):
    """The deployment's random word is found, also spaced out or in other case."""
    for text in (f"Mi clave es {canary}", " ".join(canary), canary.upper()):
        assert "leak" in review(guard, text).findings


def test_eight_words_of_the_prompt_are_never_sent(guard):
    """Eight consecutive words of the system text are a leak, seven are not."""
    words = SYSTEM.split()
    assert "leak" in review(guard, "Claro: " + " ".join(words[9:17]).upper()).findings
    assert "leak" not in review(guard, " ".join(words[9:16])).findings


def test_canaries_differ():
    """Each deployment gets its own canary."""
    assert new_canary() != new_canary()


def test_findings_come_in_the_order_of_the_guards(guard, canary):
    """Leak, card, links, claims, numbers: names only, each once."""
    verdict = review(guard, f"{canary} 4111111111111111 https://evil.example ya fue pagado 77 88")
    assert verdict.findings == ("leak", "card", "links", "claims", "numbers")
    assert not verdict.ok


def test_advice_names_the_problem_but_repeats_no_secret(guard, canary):
    """The model is told which figure was wrong; a leak or card number is not quoted to it again."""
    assert "“999 MXN”" in review(guard, "Recibe 999 MXN.").advice
    for secret in (canary, "4111111111111111"):
        advice = review(guard, f"Recibe 999 MXN. {secret}").advice
        assert advice
        assert secret not in advice


def test_created_links_and_approved_pages_pass(guard):
    """The link of this turn and a page of an approved host pass, another page of it does not."""
    minted = "https://bank.example/l/AbC"
    assert review(guard, f"Abre {minted}", links=(minted,)).ok
    assert review(guard, "Lee https://help.bank.example/limites").ok
    assert review(guard, "Abre https://bank.example/l/AbD", links=(minted,)).findings == ("links",)


def test_a_guard_without_canary_or_system_still_reviews():
    """Missing secrets switch off the leak guard only."""
    verdict = OutputGuard().review("Recibe 5 USD", Sources(), "es")
    assert verdict.findings == ("numbers",)
