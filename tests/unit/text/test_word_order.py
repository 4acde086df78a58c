"""The table of words and their order tells a sentence from its words in another order."""

import json

import pytest

from lola.text.word_order import TABLE, WordOrder, segments, word_order
from training.plain_language.counting import count

SENTENCES = (
    "El enlace llega en este chat y usted lo aprueba en la página del banco",
    "You approve the transfer on the page of the bank and the link comes in this chat",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_more_usual_than_its_words_backwards(sentence):
    """Above what chance gives; backwards it is below."""
    kinds = word_order().kinds(sentence.split())
    assert word_order().usual(kinds) > 0.4
    assert word_order().usual(kinds[::-1]) < 0


def test_marks_end_a_run_of_words_and_money_does_not():
    """A comma, a hyphen and the sign of a currency stand inside a sentence."""
    found = list(segments("Sí, cuesta $3.99. ¿Lo *envío* hoy?\nEx-socio"))
    assert found == [["Sí", "cuesta", "3.99"], ["Lo", "envío", "hoy"], ["Ex", "socio"]]


def test_words_of_ours_are_known_and_others_are_not():
    """Words of both languages and of money; a word in letters that were turned is none."""
    table = word_order()
    assert all(map(table.is_known, ("comision", "transfer", "the", "usted")))
    assert not any(map(table.is_known, ("genafsre", "nójad", "")))


def test_the_same_texts_give_the_same_table():
    """Whatever the texts are, and in one spelling: the file is what `make train-language` wrote."""
    texts = [sentence.lower() for sentence in SENTENCES for _ in range(3)]
    assert count(texts) == count(texts)
    small = WordOrder(count(texts))
    kinds = small.kinds(["the", "link", "comes", "in", "this", "chat"])
    assert small.usual(kinds) > small.usual(kinds[::-1])
    stored = json.loads(TABLE.read_text(encoding="utf-8"))
    assert stored.keys() == count(texts).keys()
    assert WordOrder(stored).is_known("banco")
