"""What the commands of `lola knowledge` return, before it is printed."""

from datetime import date

from knowledge import commands
from lola.settings import Settings


async def test_build_reports_what_is_in_the_index(tmp_path):
    """Documents, passages, languages and the folder; progress counts up to the end."""
    steps: list[tuple[int, int]] = []
    settings = Settings(lola_data=tmp_path, project_name="a")
    report = await commands.build_index(settings, lambda done, total: steps.append((done, total)))
    assert report.documents == 38
    assert report.passages > 300
    assert report.languages == ("en", "es")
    assert report.folder.is_relative_to(tmp_path / "knowledge")
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1] >= report.passages


async def test_ask_uses_the_built_index(tmp_path):
    """`ask` uses the folder that `build` made, without a second build."""
    settings = Settings(lola_data=tmp_path)
    report = await commands.build_index(settings)
    passages = await commands.ask(settings, "What is the CLABE?", "en")
    assert passages[0].document.endswith(".en")
    assert "CLABE" in passages[0].text
    assert list((tmp_path / "knowledge").glob("index-*")) == [report.folder]


async def test_ask_builds_what_is_missing_and_may_be_unsure(tmp_path):
    """On a fresh clone `ask` works at once; an off-topic question gets nothing."""
    assert await commands.ask(Settings(lola_data=tmp_path), "¿Va a llover?", "es") == ()


def settings_of(tmp_path, documents) -> Settings:
    return Settings(lola_data=tmp_path, knowledge_documents=str(documents))


async def test_a_build_says_what_it_changed_and_left_out(tmp_path, write, documents):
    """New, changed and withdrawn documents are told apart, and so is a text without a version."""
    settings = settings_of(tmp_path, documents)
    write()
    write("help.md", id="help")
    write("old.md", id="old", valid_until="2025-02-01")
    report = await commands.build_index(settings)
    assert [(one.kind, one.document) for one in report.changes] == [
        ("new", "fees.es"),
        ("new", "help"),
    ]
    assert [left.file for left in report.left_out] == ["old.md"]
    write(version="4", body="\n## Costo\n\nCuesta 3.99 USD.\n")
    write("help.md", id="help", body="\n## Costo\n\nCuesta 9.99 USD.\n")
    write("new.md", id="new")
    report = await commands.build_index(settings)
    assert [(one.kind, one.document, one.version) for one in report.changes] == [
        ("changed", "fees.es", "4"),
        ("changed without a new version", "help", "3"),
        ("new", "new", "3"),
    ]
    (documents / "new.md").unlink()
    (gone,) = (await commands.build_index(settings)).changes
    assert (gone.kind, gone.document) == ("gone", "new")


def test_stale_lists_what_ends_soon_the_soonest_first(tmp_path, write, documents):
    """What has no end, or a far one, is not in the list; what is over is left out by name."""
    write("a.md", id="a", valid_until="2026-03-20")
    write("b.md", id="b", valid_until="2026-03-10")
    write("c.md", id="c", valid_until="2026-05-01")
    write("d.md", id="d")
    write("e.md", id="e", valid_until="2026-02-01")
    settings, today = settings_of(tmp_path, documents), date(2026, 3, 1)
    assert [header.id for header, _ in commands.stale(settings, 30, today)] == ["b", "a"]
    assert [left.file for left in commands.left_out(settings, today)] == ["e.md"]


def test_diff_names_the_passages_and_the_questions_that_change(tmp_path, write, documents):
    """Before a new version is approved its author sees what senders will hear otherwise."""
    body = (
        "\n## Costo\n<!-- ask: cuánto cuesta un envío -->\n\nUn envío cuesta {} USD.\n"
        "\n## Otro\n\nIgual.\n"
    )
    settings = settings_of(tmp_path, documents)
    write("other.md", id="other", body="\n## Otra cosa\n\nTexto.\n")
    old = write(body=body.format("2.99")).rename(tmp_path / "old.md")
    new = write(version="4", body=body.format("3.99")).rename(tmp_path / "new.md")
    found = commands.difference(settings, old, new)
    assert found.edited.removed == ("Comisiones > Costo\nUn envío cuesta 2.99 USD.",)
    assert found.edited.added == ("Comisiones > Costo\nUn envío cuesta 3.99 USD.",)
    changed = {question: (was, now) for question, was, now in found.questions}
    was, now = changed["cuánto cuesta un envío"]
    assert ("2.99" in was, "3.99" in now) == (True, True)


async def test_a_bank_measures_its_own_questions(tmp_path, write, documents):
    """The figures are of the bank's file, by kind and language."""
    write()
    questions = tmp_path / "own.yaml"
    questions.write_text(
        "ordinary:\n  es:\n    - {ask: '¿cuánto cuesta un envío?', documents: [fees]}\n"
        "none:\n  es:\n    - {ask: '¿va a llover?'}\n",
        encoding="utf-8",
    )
    measured = await commands.evaluate(settings_of(tmp_path, documents), questions)
    ordinary, none = measured["own"]
    assert (ordinary.first, ordinary.refused, ordinary.missed) == (1.0, 0.0, ())
    assert (none.refused, none.missed) == (1.0, ())
