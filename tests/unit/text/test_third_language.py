"""An answer in neither Spanish nor English is found; names and borrowed words are not (G11)."""

import json
from pathlib import Path

import pytest

from lola.safety.output.grounding import Sources
from lola.safety.output.guard import OutputGuard
from lola.text.third_language import is_third_language
from tests.claims_corpus import rows

BENIGN = Path(__file__).parents[2] / "data" / "guards" / "benign.jsonl"
OTHERS = (
    "Bonjour, votre argent a été envoyé.",
    "Je ne peux pas vous aider avec cela.",
    "Merci beaucoup !",
    "Qual é o país?",
    "Você pode abrir o link e aprovar.",
    "Não posso ajudar com isso.",
    "Vou mandar o link para aprovar.",
    "Te ajudo a enviar o dinheiro hoje.",
    "Claro. Vou enviar o dinheiro para a sua família agora.",
    "Hola, ¿en qué le ayudo? Je vais vous aider à envoyer de l'argent.",
    "Il denaro è stato inviato.",
    "Ihr Geld ist angekommen.",
    "Uw geld is verzonden.",
    "Twoje pieniądze zostały wysłane.",
    "Lajan an voye deja.",
    "Pesa yako imetumwa.",
    "Tiền của bạn đã được chuyển.",
    "Paranız gönderildi, teşekkürler.",
    "您好，您的汇款已经完成。",
    "あなたの送金は完了しました",
    "Ваш перевод отправлен.",
    "مرحبا، تم إرسال أموالك",
    "Hola. Ваш перевод отправлен и оплачен сегодня.",
)
OURS = (
    "El destinatario es Мария Иванова.",
    "Recipient: José da Silva dos Santos",
    "Hola João, ¿cuánto quiere enviar?",
    "Puede cobrar en Le Marché de Paris.",
    "Banco do Brasil, Elektra, Coppel",
    "Cuesta dos cincuenta.",
    "Me da igual.",
    "OK 👍",
    "María López",
    "200.00 USD",
    "",
)


@pytest.mark.parametrize("text", OTHERS)
def test_other_languages_are_found(text):
    """French, Portuguese, Chinese, Russian and more, whole replies or a sentence of one."""
    assert is_third_language(text)
    for language in ("es", "en"):
        assert "language" in OutputGuard().review(text, Sources(), language).findings


@pytest.mark.parametrize("text", OURS)
def test_names_and_borrowed_words_pass(text):
    """A name in another script or language is no answer in it."""
    assert not is_third_language(text)


def test_ordinary_spanish_and_english_pass():
    """No reply of the corpus and no ordinary message of a customer is taken for foreign."""
    texts = [row.reply for row in rows()]
    texts += [json.loads(line)["text"] for line in BENIGN.read_text("utf-8").splitlines()]
    assert [text for text in texts if is_third_language(text)] == []
