"""`lola knowledge build` and `lola knowledge ask`, as the command line calls them."""

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
