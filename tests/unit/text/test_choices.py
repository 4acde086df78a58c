"""The shared reader of typed choices: titles, numbers, ordinals and number words."""

import pytest

from lola.text.choices import chosen_index
from lola.text.folding import fold

TITLES = ("Confirmar", "Modificar", "Cancelar")


def index_of(text: str, titles: tuple[str, ...] = TITLES) -> int | None:
    return chosen_index(fold(text).split(), [fold(title).split() for title in titles])


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("modificar", 1), ("MODIFICAR.", 1), ("2", 1), ("dos", 1), ("uno", 0), ("three", 2),
        ("la segunda", 1), ("el tercero, por favor", 2), ("the second one", 1), ("1ra", 0),
        ("la última", 2), ("the last", 2), ("quiero la 3", 2), ("ok, opción 1", 0),
    ],
)  # fmt: skip
def test_a_whole_message_that_means_one_title(text: str, index: int) -> None:
    """A title, a number or a position is read, with the words that people put around it."""
    assert index_of(text) == index


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍",
        "0",
        "4",
        "200",
        "cuarta",
        "la 2 no",
        "no, la segunda",
        "2 dólares",
        "modifica",
        "si",
    ],
)
def test_anything_else_means_no_title(text: str) -> None:
    """A position that was not offered, a denial or a similar word chooses nothing."""
    assert index_of(text) is None


@pytest.mark.parametrize("text", ["una", "de una", "si, una", "un"])
def test_an_article_is_no_number(text: str) -> None:
    """In Colombia "de una" is "right away"; it must not tap the button that confirms."""
    assert index_of(text) is None


def test_a_title_that_is_a_number_wins_over_a_position() -> None:
    """With "2" and "1" offered in this order, a typed 1 is the title, not the first."""
    assert index_of("1", ("2", "1")) == 1


def test_nothing_offered() -> None:
    """Without titles nothing is chosen, not even the last one."""
    assert index_of("la última", ()) is None
