"""Measures the search on questions with known answers: `lola knowledge eval`.

The shipped questions come in two halves by topic: floors and weights were chosen on `tune`, and
`report` is only measured. A bank passes its own file in the same form. A question of the kind
`cross` sees only the documents of the other language.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from knowledge.index import Index
from knowledge.ranking import Query, rank
from lola.errors import ConfigurationError
from lola.text.front_matter import first_problem
from lola.text.languages import Language

HALVES = {name: Path(__file__).parent / "questions" / f"{name}.yaml" for name in ("tune", "report")}
DEPTH = 3
CROSS = "cross"
NONE = "none"


class Question(BaseModel):
    """A question. `documents` are ids without the language, `row` words of the first passage."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: str
    documents: tuple[str, ...] = ()
    row: tuple[str, ...] = ()


Questions = Mapping[str, Mapping[Language, tuple[Question, ...]]]
"""Kind → language → questions. The kind `none` holds what no document answers."""

_QUESTIONS: TypeAdapter[Questions] = TypeAdapter(dict[str, dict[Language, tuple[Question, ...]]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The figures of one kind in one language, each from 0 to 1. `missed` are the questions.

    For questions without an answer, `refused` is what has to be high and the others are 0.
    """

    kind: str
    language: str
    asked: int
    first: float
    among_three: float
    reciprocal_rank: float
    refused: float
    missed: tuple[str, ...]


def read_questions(path: Path) -> Questions:
    """Return the questions of a file. Raises ConfigurationError."""
    try:
        return _QUESTIONS.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError("questions", f"{path.name}: {error.strerror}") from None
    except yaml.YAMLError:
        raise ConfigurationError("questions", f"{path.name} is not valid YAML") from None
    except ValidationError as error:
        field, problem = first_problem(error)
        raise ConfigurationError("questions", f"{path.name}: {field}: {problem}") from None


def measure(
    index: Index, questions: Questions, is_served: Callable[[int], bool] = lambda _: True
) -> tuple[Measured, ...]:
    """Ask every question and return one row per kind and language."""
    return tuple(
        _measured(_seen(index, kind, language), kind, language, asked, is_served)
        for kind, by_language in questions.items()
        for language, asked in by_language.items()
    )


def share_refused(rows: Iterable[Measured], kinds: Sequence[str]) -> float:
    """Return the share of the questions of some kinds that got no passage."""
    chosen = [row for row in rows if row.kind in kinds]
    asked = sum(row.asked for row in chosen)
    return sum(row.refused * row.asked for row in chosen) / asked if asked else 0.0


def _seen(index: Index, kind: str, language: str) -> Index:
    if kind != CROSS:
        return index
    others = {name: held for name, held in index.lexical.items() if name != language}
    return replace(index, lexical=others)


def _measured(
    index: Index,
    kind: str,
    language: str,
    questions: Sequence[Question],
    is_served: Callable[[int], bool],
) -> Measured:
    places: list[int] = []
    refused = 0
    missed: list[str] = []
    for question in questions:
        found = rank(index, Query.read(question.ask), language, is_served, DEPTH)
        place = _place(index, question, [number for number, _ in found])
        refused += not found
        places.append(place)
        is_right = not found if kind == NONE else place == 1 or (place and not question.row)
        if not is_right:
            missed.append(question.ask)
    count = max(1, len(questions))
    return Measured(
        kind=kind,
        language=language,
        asked=len(questions),
        first=sum(place == 1 for place in places) / count,
        among_three=sum(place > 0 for place in places) / count,
        reciprocal_rank=sum(1 / place for place in places if place) / count,
        refused=refused / count,
        missed=tuple(missed),
    )


def _place(index: Index, question: Question, numbers: Sequence[int]) -> int:
    """Return the place of the first right passage, from 1; 0 when there is none."""
    for place, number in enumerate(numbers, start=1):
        part = index.parts[number]
        is_document = part.document.rpartition(".")[0] in question.documents
        if is_document and all(word in part.text for word in question.row):
            return place
    return 0
