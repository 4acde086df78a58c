"""The quality of the search on hand-written questions, and that the measures can fail."""

from collections import Counter

import pytest

from knowledge.evaluation import HALVES, NONE, measure, read_questions, share_refused
from lola.errors import ConfigurationError

ANSWERABLE = ("ordinary", "forms", "table")
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def halves():
    return {name: read_questions(path) for name, path in HALVES.items()}


async def measured(shipped, questions):
    rows = measure(await shipped.ready(), questions)
    return {(row.kind, row.language): row for row in rows}, rows


def topics(questions) -> Counter[str]:
    return Counter(
        question.documents[0]
        for by_language in questions.values()
        for asked in by_language.values()
        for question in asked
        if question.documents
    )


async def test_there_are_enough_questions_in_halves_that_share_no_topic(halves):
    """At least 300 questions, 60 of them without an answer; no topic is tuned on and reported."""
    asked = [
        (kind, len(questions))
        for half in halves.values()
        for kind, by_language in half.items()
        for questions in by_language.values()
    ]
    assert sum(count for _, count in asked) >= 300
    assert sum(count for kind, count in asked if kind == NONE) >= 60
    assert not topics(halves["tune"]).keys() & topics(halves["report"]).keys()


async def test_ordinary_questions_word_forms_and_rows_are_found(shipped, halves):
    """Recall@3 of ordinary questions and word forms is at least 0.95, the right row is first."""
    by_kind, _ = await measured(shipped, halves["report"])
    for language in ("es", "en"):
        for kind in ("ordinary", "forms"):
            row = by_kind[kind, language]
            assert row.among_three >= 0.95, row
        assert by_kind["table", language].first >= 0.97, by_kind["table", language]


@pytest.mark.parametrize("half", ["tune", "report"])
async def test_what_no_document_answers_is_refused_and_little_else(shipped, halves, half):
    """At least 0.9 of the questions without an answer get none, at most 0.05 of the others."""
    _, rows = await measured(shipped, halves[half])
    assert share_refused(rows, [NONE]) >= 0.9, rows
    assert share_refused(rows, ANSWERABLE) <= 0.05, rows


async def test_messages_as_people_write_them_find_their_passage(shipped, halves):
    """Greetings, typing slips and a story before the question do not hide what is asked."""
    for half in halves.values():
        _, rows = await measured(shipped, {"chat": half["chat"]})
        assert sum(row.among_three * row.asked for row in rows) >= 0.65 * sum(
            row.asked for row in rows
        ), rows


async def test_other_questions_fail_the_measures(shipped, halves):
    """Questions without an answer, given one, are not found; answerable ones are not refused."""
    off_topic = tuple(
        question.model_copy(update={"documents": ("fees",)})
        for question in halves["report"][NONE]["es"]
    )
    swapped = {"ordinary": {"es": off_topic}, NONE: {"es": halves["report"]["ordinary"]["es"]}}
    by_kind, _ = await measured(shipped, swapped)
    assert by_kind["ordinary", "es"].among_three < 0.1
    assert by_kind[NONE, "es"].refused < 0.1


async def test_a_right_document_with_the_wrong_row_is_missed(shipped, halves):
    """A row question counts as answered only by the passage that holds all its words."""
    table = halves["report"]["table"]["es"]
    other = tuple(question.model_copy(update={"row": ("Perú",)}) for question in table)
    by_kind, _ = await measured(shipped, {"table": {"es": other}})
    assert by_kind["table", "es"].among_three == 0
    assert len(by_kind["table", "es"].missed) == len(table)


async def test_documents_of_the_other_language_answer_by_meaning(shipped, halves):
    """With documents in one language only, most questions in the other find theirs."""
    by_kind, _ = await measured(shipped, {"cross": halves["report"]["cross"]})
    for row in by_kind.values():
        assert row.among_three >= 0.75, row


@pytest.mark.parametrize(
    ("text", "problem"),
    [("ordinary: [", "valid YAML"), ("ordinary: {fr: []}", "ordinary"), ("x: {es: [{}]}", "ask")],
)
async def test_a_file_of_questions_that_cannot_be_read_is_refused(tmp_path, text, problem):
    """A bank's own questions are checked, and the place that is wrong is named."""
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=problem):
        read_questions(path)
    with pytest.raises(ConfigurationError, match=r"none\.yaml"):
        read_questions(tmp_path / "none.yaml")
