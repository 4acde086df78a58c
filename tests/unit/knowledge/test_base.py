"""The knowledge base as the agent loop uses it: thresholds, versions, languages, threads."""

import asyncio
import subprocess
import sys
import threading

import pytest

from knowledge import KnowledgeBase
from knowledge.ranking import FLOOR
from lola.errors import LolaError

ENGLISH = {
    "id": "fees.en",
    "version": "5",
    "language": "en",
    "title": "Fees",
    "body": "\n## Cost\n\nA transfer costs 2.99 USD.\n",
}


@pytest.mark.asyncio(loop_scope="module")
async def test_ids_and_versions_stand_in_the_results(shipped):
    """A passage says which document, version and part it is, for the answer's trace."""
    passages = await shipped.search("¿Cuánto dura el enlace?", "es")
    best = passages[0]
    assert best.id == f"{best.document}@{best.version}#2"
    assert (best.document, best.version, best.language) == ("secure-link.es", "1", "es")
    assert best.heading == "El enlace seguro > Cuánto dura el enlace"
    assert "60 minutos" in best.text
    assert all(FLOOR <= passage.score <= 1 for passage in passages)
    assert list(passages) == sorted(passages, key=lambda passage: -passage.score)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_row_of_the_fee_table_is_found_alone(shipped):
    """One country's fee comes without the other countries' (reference/lola.md 9)."""
    (best,) = await shipped.search("comisión retiro en efectivo Honduras", "es", limit=1)
    assert best.text == "País: Honduras\nForma de entrega: Retiro en efectivo\nComisión: 3.99 USD"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("question", ["", "   ", "¿?", "hola", "🙂", "x" * 5000, "' OR 1=1 --"])
async def test_what_is_no_question_gets_no_answer(shipped, question):
    """Empty, odd and huge inputs are simply not answered."""
    assert await shipped.search(question, "es") == ()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("question", "asked", "found"),
    [
        ("How long does the link last?", "es", "en"),
        ("¿Cuánto dura el enlace?", "en", "es"),
        ("¿Cuánto dura el enlace?", "es", "es"),
        ("How long does the link last?", "fr", "en"),
    ],
)
async def test_the_other_language_is_the_fallback(shipped, question, asked, found):
    """When the session's language has no answer the other one is tried, never mixed."""
    passages = await shipped.search(question, asked)
    assert {passage.language for passage in passages} == {found}
    assert passages[0].document == f"secure-link.{found}"


async def test_the_asked_language_comes_first(write, make_base):
    """When both languages could answer, the sender's own does."""
    write(body="\n## Costo\n\nMoneyGram costo 2.99 USD.\n")
    write("fees.en.md", **{**ENGLISH, "body": "\n## Cost\n\nMoneyGram cost 2.99 USD.\n"})
    base = make_base()
    await base.open()
    for language in ("es", "en"):
        passages = await base.search("moneygram 2.99 usd", language)
        assert [passage.language for passage in passages] == [language]
    await base.close()


async def test_a_document_disappears_when_its_validity_ends(write, make_base, clock):
    """A running service stops showing what has expired, without a restart (G11)."""
    write(valid_until="2026-03-02")
    base = make_base()
    await base.open()
    assert await base.search("¿Cuánto cuesta un envío?", "es")
    clock.move(days=1)
    assert await base.search("¿Cuánto cuesta un envío?", "es")
    clock.move(days=1)
    assert await base.search("¿Cuánto cuesta un envío?", "es") == ()
    await base.close()


async def test_a_document_appears_when_its_validity_begins(write, make_base, clock):
    """What is approved for next month is not shown today."""
    write(valid_from="2026-03-02")
    base = make_base()
    await base.open()
    assert await base.search("¿Cuánto cuesta un envío?", "es") == ()
    clock.move(days=1)
    assert await base.search("¿Cuánto cuesta un envío?", "es")
    await base.close()


async def test_the_loop_keeps_running_during_a_search(write, documents, tmp_path, clock):
    """A search that is stuck in its thread is released by the loop, so it does not hold it."""
    write()
    loop, stuck, released = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    freed: list[bool] = []

    def slow_clock():
        if base_is_open:
            loop.call_soon_threadsafe(stuck.set)
            freed.append(released.wait(timeout=10))
        return clock()

    base_is_open = False
    base = KnowledgeBase(
        documents=documents, data=tmp_path / "data", project="test", clock=slow_clock
    )
    await base.open()
    await base.ready()
    base_is_open = True
    search = asyncio.create_task(base.search("¿Cuánto cuesta un envío?", "es"))
    await asyncio.wait_for(stuck.wait(), timeout=10)
    for _ in range(100):
        await asyncio.sleep(0)
    assert not search.done()
    released.set()
    assert await search
    assert freed == [True]
    await base.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_many_searches_at_once_answer_as_one(shipped):
    """Stems, words and vectors are shared by threads without mixing up results."""
    questions = ["¿Cuánto dura el enlace?", "¿Qué es la CLABE?", "quiero poner una queja"]
    alone = [await shipped.search(question, "es") for question in questions]
    together = await asyncio.gather(*(shipped.search(q, "es") for q in questions * 10))
    assert together == alone * 10


async def test_words_alone_answer_when_the_vectors_fail(write, make_base, tmp_path):
    """A disk that breaks under a running service costs quality, not the answer (G13)."""
    write()
    base = make_base()
    await base.open()
    (await base.ready()).vectors.close()
    (passage,) = await base.search("¿Cuánto cuesta un envío?", "es")
    assert passage.document == "fees.es"
    await base.close()


async def test_a_greeting_reaches_no_index(write, make_base):
    """What holds no word to look for is answered at once, before the index is even there."""
    write()
    base = make_base()
    await base.open()
    assert await base.search("hola, buenas tardes", "es") == ()
    assert not base._opening.done()
    await base.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("topic", "first"),
    [
        ("¿cuánto cobran de comisión a Guatemala?", "fees.es"),
        ("¿con qué identificación cobran en Guatemala?", "pickup-documents.es"),
        ("¿en qué moneda reciben en Guatemala?", "exchange-rates.es"),
        ("¿cuál es el límite para Guatemala?", "limits.es"),
    ],
)
async def test_a_follow_up_goes_on_from_the_topic(shipped, topic, first):
    """`¿y a Honduras?` asks what was asked before, of another country."""
    best = (await shipped.search("¿y a Honduras?", "es", topic=topic))[0]
    assert best.document == first
    assert "Honduras" in best.text


@pytest.mark.asyncio(loop_scope="module")
async def test_a_topic_alone_finds_nothing(shipped):
    """What was asked before never turns an off-topic question into an answered one."""
    asked = "¿Me recomiendas una película de terror?"
    assert await shipped.search(asked, "es", topic="¿cuánto cobran de comisión?") == ()


async def test_a_document_of_another_corridor_is_not_told(write, make_base):
    """A rule that is only for Honduras is left out while a transfer to Mexico is open."""
    write(corridors="[HN]", body="\n## Costo a Honduras\n\nUn envío cuesta 2.99 USD.\n")
    base = make_base()
    await base.open()
    for corridor, count in (("", 1), ("HN", 1), ("MX", 0)):
        found = await base.search("¿Cuánto cuesta un envío?", "es", corridor=corridor)
        assert len(found) == count
    assert await base.search("¿Cuánto cuesta un envío a Honduras?", "es", corridor="MX")
    await base.close()


async def test_a_closed_base_refuses_and_closes_again(write, make_base):
    """Searching before `open` or after `close` raises an error; closing twice does not."""
    write()
    base = make_base()
    with pytest.raises(LolaError, match="not open"):
        await base.search("x", "es")
    await base.open()
    await base.open()
    await base.close()
    await base.close()
    with pytest.raises(LolaError, match="not open"):
        await base.search("x", "es")


def test_importing_the_package_is_cheap():
    """Chroma, numpy, the splitters and the stemmer come in only when an index is opened."""
    code = (
        "import sys, knowledge;"
        "heavy = {'chromadb', 'numpy', 'langchain_text_splitters', 'snowballstemmer'};"
        "print(sorted(heavy & set(sys.modules)), sorted(knowledge.__all__))"
    )
    run = subprocess.run(  # noqa: S603 - our own interpreter and a fixed program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[] ['KnowledgeBase', 'commands']"
