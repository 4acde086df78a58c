"""What the catalogues' Spanish texts cost as SMS (`channels.sms.text`)."""

import tomllib

from channels.sms.text import is_gsm, normalise, segments
from lola.text.wording import HERE

SPANISH = {
    f"{path.stem}.{key}.{form}": text
    for path in sorted(HERE.glob("*.toml"))
    for key, entry in tomllib.loads(path.read_text("utf-8")).items()
    for form, text in entry.items()
    if form.startswith("es")
}


def test_a_spanish_text_costs_no_more_than_gsm_7():
    """The SMS of each text is GSM-7, or is one segment with its accents."""
    sent = {name: normalise(text) for name, text in SPANISH.items()}
    assert [name for name, text in sent.items() if not is_gsm(text) and segments(text) > 1] == []


def test_most_texts_would_cost_more_with_their_accents():
    """Of hundreds of Spanish texts most have a letter that GSM-7 lacks."""
    wide = [name for name, text in SPANISH.items() if not is_gsm(normalise(text, "keep"))]
    assert len(SPANISH) > 200
    assert len(wide) > len(SPANISH) / 2
