"""Which texts are a wish for no more messages, and which only look like one (`consent.reader`)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.consent.reader import read
from lola.consent.words import COURTESY, STOP

CONTROLS = Path(__file__).parents[2] / "data" / "guards" / "benign.jsonl"
PHRASES = (
    "ya no me escriban", "no me escriban más", "dejen de mandarme mensajes", "deja de escribirme",
    "no quiero recibir más mensajes", "ya no quiero sus mensajes", "no me manden más SMS",
    "quítenme de su lista", "borren mi número", "quiero darme de baja", "denme de baja",
    "cancelen mi suscripción", "no me molesten", "paren de textearme", "basta de mensajes",
    "stop texting me", "don't text me", "please do not contact me again", "no more messages",
    "take me off your list", "I want to opt out", "I don't want any more texts",
    "stop sending me messages", "I revoke my consent",
)  # fmt: skip


def wish(text):
    found = read(text)
    return (found.kind, found.sure) if found else None


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", "Alto", "ALTO!", "baja", "Baja, por favor", "cancelar sms", "Unsubscribe",
     "opt-out", "stop por favor", "ya, stop", "STOP ALL"],
)  # fmt: skip
def test_a_keyword_alone_is_a_clear_wish(text):
    """Case, accents, punctuation and courtesy change nothing (reference/channels.md 2.8)."""
    assert wish(text) == ("stop", True)


@pytest.mark.parametrize("text", PHRASES)
def test_free_wording_is_a_clear_wish(text):
    """Any reasonable means counts, in both languages (reference/channels.md 2.8)."""
    assert wish(text) == ("stop", True)
    assert wish(f"Hola, {text.upper()} por favor!!") == ("stop", True)


@pytest.mark.parametrize(
    ("text", "sure"),
    [("STOOOP", True), ("s t o p", True), ("s.t.o.p.", True), ("unsuscribe", True),
     ("unsubcribe", True), ("estop", True), ("baaaja", True), ("stpo", False), ("atlo", False)],
)  # fmt: skip
def test_misspelt_keywords_are_heard(text, sure):
    """Stretched or spaced words are clear; swapped letters are asked about."""
    assert wish(text) == ("stop", sure)


@pytest.mark.parametrize(
    "text",
    ["STOP SENDING ME THIS", "déjame de enviar mensajes", "Quiero que dejen de llegarme mensajes",
     "dejen de mandarme cosas", "quiero dejar de recibir mensajes", "ya no quiero recibir esto",
     "ya no quiero que me lleguen mensajes", "Dejar de recibir", "Detener promociones",
     "stop sending me these", "quit sending me stuff", "opt me out of this", "Stop promotions",
     "I want these messages to stop"],
)  # fmt: skip
def test_a_wish_in_ones_own_words_is_clear(text):
    """Orders that name the messages only as "this", and a template's quick reply, are clear."""
    assert wish(text) == ("stop", True)


@pytest.mark.parametrize(
    "text",
    ["me tienen harta con sus mensajes", "cómo hago para ya no recibir mensajes", "ya párenle",
     "no les di permiso de escribirme", "los voy a denunciar si me siguen escribiendo", "bórrenme",
     "eliminen mi contacto", "I'm tired of your messages", "enough with the texts",
     "remove my number", "I'm going to report you if you keep texting me"],
)  # fmt: skip
def test_a_complaint_is_asked_about(text):
    """A complaint about our messages is often a wish to stop, so the sender is asked once."""
    assert wish(text) == ("stop", False)


@pytest.mark.parametrize(
    "text",
    ["Número equivocado", "se equivocaron de número", "Wrong number!", "This isn't Maria's phone",
     "disculpe, este no es el número de Juan", "you have the wrong person, sorry"],
)  # fmt: skip
def test_a_wrong_number_is_a_case_of_its_own(text):
    """Somebody that we write to by mistake says so in a sentence of its own."""
    assert wish(text) == ("wrong_number", True)


@pytest.mark.parametrize(
    "text",
    ["wrong number, it should be 5512345678", "el número está equivocado", "puse mal el número",
     "me equivoqué de número", "the account number is wrong", "no soy cliente todavía"],
)  # fmt: skip
def test_a_wrong_number_of_a_recipient_is_the_agents(text):
    """A correction of an account or of a telephone number is about the transfer."""
    assert wish(text) is None


@pytest.mark.parametrize(
    "text",
    ["basta", "ya basta", "no más", "parar", "detener", "quit", "end", "déjenme en paz",
     "leave me alone", "¿qué hago para que ya no me escriban?", "no dejen de escribirme",
     "mi hermano dice que no me escriban a mí sino a él", "Espera. STOP. No quiero esto",
     "don't stop texting me"],
)  # fmt: skip
def test_a_doubtful_wish_is_asked_about(text):
    """A word that may mean it, or a wish with other text around it, decides nothing alone."""
    assert wish(text) == ("stop", False)


@pytest.mark.parametrize("text", ["cancelar", "Cancelar.", "cancel", "quiero cancelar"])
def test_cancel_is_a_kind_of_its_own(text):
    """It is about a transfer whenever there is one."""
    assert wish(text) == ("cancel", False)


@pytest.mark.parametrize(
    "text",
    ["el costo es muy alto", "el dólar va a la baja", "Baja California", "quiero parar el envío",
     "can you stop the payment?", "stop the transfer", "cancela mi envío", "no me molesta",
     "no me escriban en inglés", "no me manden el código por SMS", "ya no me mandes el enlace",
     "no me llegan mensajes", "no me llegó ningún mensaje", "no me han escrito",
     "nunca me escriben", "no quiero recibir el dinero en efectivo",
     "dar de baja mi cuenta", "caja", "shop", "step",
     "subscriber", "no me manden a otra sucursal", "don't send me the code here", "",
     "!!!", "por favor"],
)  # fmt: skip
def test_these_are_about_something_else(text):
    """Prices, transfers, languages, codes and complaints about silence are the agent's."""
    assert wish(text) is None


def test_no_ordinary_message_is_read_as_an_opt_out():
    """None of the control messages is a wish to stop, nor even a doubt about one."""
    texts = [json.loads(line)["text"] for line in CONTROLS.read_text("utf-8").splitlines()]
    assert len(texts) > 100
    assert [text for text in texts if read(text) is not None] == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [("START", "start"), ("Alta", "start"), ("quiero darme de alta", "start"),
     ("vuelvan a escribirme", "start"), ("quiero volver a recibir mensajes", "start"),
     ("AYUDA", "help"), ("help", "help")],
)  # fmt: skip
def test_the_way_back_and_help_have_words(text, kind):
    """START, ALTA and friends, HELP and AYUDA (reference/channels.md 2.8)."""
    assert wish(text) == (kind, True)


def test_alta_and_alto_are_never_confused():
    """One letter apart, and opposite."""
    assert wish("alta") == ("start", True)
    assert wish("alto") == ("stop", True)


@pytest.mark.parametrize(
    ("text", "language"),
    [("STOP", ""), ("stop por favor", ""), ("unsubscribe", "en"), ("baja", "es"),
     ("ya no me escriban", "es"), ("stop texting me", "en")],
)  # fmt: skip
def test_the_language_of_a_wish_is_known_unless_both_share_it(text, language):
    """STOP is said in both languages; the rest tells which one to reply in."""
    assert read(text).language == language


@given(
    keyword=st.sampled_from(sorted(STOP)),
    before=st.lists(st.sampled_from(sorted(COURTESY)), max_size=3),
    after=st.lists(st.sampled_from(sorted(COURTESY)), max_size=3),
    mark=st.sampled_from(("", ".", "!", " 🙏", "...")),
    upper=st.booleans(),
)
def test_courtesy_never_hides_a_keyword(keyword, before, after, mark, upper):
    """However politely and loudly it is said, it is the same clear wish."""
    text = f"{' '.join((*before, keyword, *after))}{mark}"
    assert wish(text.upper() if upper else text) == ("stop", True)


@given(st.text(max_size=800))
def test_any_text_is_read_without_trouble(text):
    """No text breaks the reading, and a sure wish is never found behind unread characters."""
    found = read(text)
    assert found is None or found.kind in {"stop", "cancel", "start", "help"}


@pytest.mark.parametrize("piece", ["nunca mas ", "sus ", "mas ", "no me escriban x ", "s t o p "])
def test_repetition_costs_no_time(piece):
    """Overlapping patterns do not search for ever."""
    read(piece * 400)
    read(piece * 400 + "x")
