"""No word or figure of a document is lost, fused with another or doubled on its way to passages."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.blocks import read_blocks
from knowledge.documents import APPROVED, Document, Header, load_library
from knowledge.splitting import split

TODAY = date(2026, 3, 1)
HEADER = Header(
    id="made.es",
    version=1,
    language="es",
    title="Hecho",
    approved_by="Prueba",
    approved_on=TODAY,
    valid_from=TODAY,
)
BLANKS = st.sampled_from([" ", "  ", "\t", "\u00a0", "\u202f", "\u2009", "\n"])
WORD = re.compile(r"\w+")


@dataclass
class Written:
    """A body, with the words that it states once, repeats by design, and hides."""

    body: str = "\n"
    once: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    count: int = 0

    def words(self, number: int, kept: list[str]) -> list[str]:
        made = []
        for _ in range(number):
            self.count += 1
            made.append(f"p{self.count}x" if self.count % 3 else f"{self.count}00")
        kept += made
        return made


@st.composite
def bodies(draw) -> Written:
    made = Written()
    for _ in range(draw(st.integers(1, 8))):
        part = draw(st.sampled_from(sorted(PARTS)))
        made.body += PARTS[part](made, draw) + "\n\n"
    return made


def heading(made: Written, draw) -> str:
    level, blank = draw(st.integers(1, 6)), draw(st.sampled_from([" ", "\t", "\u00a0"]))
    return "#" * level + " " + blank.join(made.words(2, made.repeated))


def label(made: Written, draw) -> str:
    text = " ".join(made.words(1, made.repeated))
    return draw(st.sampled_from([f"**{text}**", f"{text}:", f"**{text}:**"]))


def paragraph(made: Written, draw) -> str:
    words = made.words(draw(st.integers(1, 160)), made.once)
    blank = draw(BLANKS)
    return blank.join(words) + draw(st.sampled_from([".", "", "?"]))


def bullets(made: Written, draw) -> str:
    mark = draw(st.sampled_from(["- ", "* ", "1. ", "1) "]))
    items = range(draw(st.integers(1, 6)))
    return "\n".join(mark + " ".join(made.words(3, made.once)) for _ in items)


def table(made: Written, draw) -> str:
    columns, bar = draw(st.integers(2, 3)), draw(st.sampled_from(["|", ""]))
    lines = [made.words(columns, made.repeated), ["---"] * columns]
    lines += [made.words(columns, made.once) for _ in range(draw(st.integers(1, 4)))]
    named = "### " + " ".join(made.words(1, made.repeated)) + "\n\n"
    return named + "\n".join(f"{bar} {' | '.join(line)} {bar}" for line in lines)


def code(made: Written, draw) -> str:
    words = "# " + " ".join(made.words(4, made.once))
    return f"```\n{words}\n```" if draw(st.booleans()) else f"    {words}"


def comment(made: Written, draw) -> str:
    words = made.words(3, made.hidden)
    return f"<!-- {words[0]}\n\n# {words[1]}\n{words[2]} -->"


PARTS = {
    "heading": heading,
    "label": label,
    "paragraph": paragraph,
    "bullets": bullets,
    "table": table,
    "code": code,
    "comment": comment,
}


def passages_of(body: str) -> tuple[str, str]:
    """The texts and the headings of the passages of a body."""
    document = Document(header=HEADER, blocks=read_blocks(body), source=b"", path=Path("made.md"))
    parts = split(document)
    return "\n".join(part.text for part in parts), "\n".join(part.heading for part in parts)


def found_wrong(made: Written) -> dict[str, list[str]]:
    texts, headings = passages_of(made.body)
    said, shown = Counter(WORD.findall(texts)), set(WORD.findall(f"{texts}\n{headings}"))
    known = {*made.once, *made.repeated, *WORD.findall("Hecho")}
    return {
        "lost": [word for word in (*made.once, *made.repeated) if word not in shown],
        "doubled": [word for word in made.once if said[word] > 1],
        "served although hidden": [word for word in made.hidden if word in shown],
        "fused": sorted(shown - known - set(made.hidden) - {"1"}),
    }


@given(bodies())
@settings(max_examples=300, deadline=None)
def test_every_word_and_figure_arrives_once(made):
    """Whatever blocks a document has, with whatever blanks between its words."""
    wrong = {what: words for what, words in found_wrong(made).items() if words}
    assert wrong == {}, made.body


def test_a_splitter_that_fuses_or_drops_words_is_noticed():
    """The comparison above fails for a document whose words are not the ones it expects."""
    made = Written(body="\nuno dos\n", once=["uno", "tres"], repeated=[], hidden=["dos"])
    assert found_wrong(made) == {
        "lost": ["tres"],
        "doubled": [],
        "served although hidden": ["dos"],
        "fused": [],
    }
    assert found_wrong(Written(body="\nunodos\n", once=["uno"]))["fused"] == ["unodos"]


def test_no_word_of_the_shipped_documents_is_lost_or_made_up():
    """What is written below a header is in its passages, and nothing else is."""
    for document in load_library(APPROVED, TODAY).documents:
        parts = split(document)
        body = document.source.decode().partition("\n---\n")[2]
        kept = {word for part in parts for word in WORD.findall(f"{part.heading} {part.text}")}
        written = set(WORD.findall(re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)))
        title = set(WORD.findall(document.header.title))
        assert written - kept == set(), document.header.id
        assert kept - written - title == set(), document.header.id


def test_every_passage_knows_its_line():
    """The line that a passage names in the file holds its first words."""
    for document in load_library(APPROVED, TODAY).documents:
        lines = document.source.decode().splitlines()
        for part in split(document):
            written = lines[part.line - 1]
            first = part.text.splitlines()[-1].partition(": ")[2] if part.is_row else part.text[:20]
            assert first in written, (document.header.id, part.line)
