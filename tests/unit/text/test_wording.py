"""The catalogues: complete in both languages, and a broken one is found at start."""

from pathlib import Path

import pytest

from lola.errors import ConfigurationError
from lola.text.wording import Wording


def test_every_sentence_of_the_engine_loads() -> None:
    """Loading checks that each sentence is complete, and there are sentences to load."""
    wording = Wording()
    keys = wording.keys()
    assert {"money.summary", "agent.trouble", "people.apology"} <= set(keys)


def test_usted_is_used_only_when_it_is_set() -> None:
    """The formality setting changes Spanish sentences that have a formal form, and nothing else."""
    informal, formal = Wording(), Wording(formality="usted")
    assert "¿Me lo escribes" in informal("notices.audio", "es")
    assert "¿Me lo escribe " in formal("notices.audio", "es")
    assert informal("notices.audio", "en") == formal("notices.audio", "en")


def test_an_unknown_language_falls_back_to_spanish() -> None:
    """Spanish is the default of the documented product (reference/lola.md 7)."""
    wording = Wording()
    assert wording("money.confirm", "pt") == "Confirmar"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[a]\nes = "hola"\n', "lacks en"),
        ('[a]\nes = "hola {name}"\nen = "hello"\n', "other placeholders"),
    ],
)
def test_a_broken_catalogue_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """A missing language or placeholder stops the start, naming the key."""
    (tmp_path / "broken.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=f"broken.a: .*{problem}"):
        Wording((tmp_path,))
