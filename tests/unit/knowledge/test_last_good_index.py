"""Whatever happens to a build, the last good index serves on, and the doctor says what it was."""

import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import pytest

from knowledge import KnowledgeBase, commands
from knowledge.condition import examine
from knowledge.embedding import EmbeddingUnavailableError, HashedEmbedding
from knowledge.folders import IndexFolders
from lola.settings import Settings

QUESTION = "¿Cuánto cuesta un envío?"
BUILD = """
import sys
from datetime import date
from pathlib import Path
from knowledge import KnowledgeBase
from knowledge.documents import load_library
from lola.domain.clock import system_clock

documents, data = map(Path, sys.argv[1:3])
base = KnowledgeBase(documents=documents, data=data, project="test", clock=system_clock)
{before}
library = load_library(documents, date(2026, 3, 1))
base.indexer.build(library.documents, {progress})
"""
STOP_HALFWAY = """
def stopped(done, total):
    print("half", flush=True)
    sys.stdin.read()
"""
FULL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
"""


class Unavailable(HashedEmbedding):
    """An embedding service that is down."""

    def passages(self, texts, language):
        raise EmbeddingUnavailableError("the embedding service does not answer")

    def question(self, text, language):
        raise EmbeddingUnavailableError("the embedding service does not answer")


@pytest.fixture
def settings(documents, tmp_path):
    """The settings of a deployment whose index is in the folder that `make_base` uses."""
    (tmp_path / "knowledge").symlink_to(tmp_path / "data")
    return Settings(lola_data=tmp_path, knowledge_documents=str(documents), project_name="test")


async def answers(base) -> list[tuple[str, str]]:
    await base.open()
    found = await base.search(QUESTION, "es")
    await base.close()
    return [(passage.version, passage.text) for passage in found]


async def first_index(write, make_base) -> None:
    write()
    assert await answers(make_base()) == [("3", "Un envío cuesta 2.99 USD.")]


def next_version(write) -> None:
    write(version="4", body="\n## Costo\n\nUn envío cuesta 4.99 USD.\n")


def program(before: str, progress: str) -> str:
    return textwrap.dedent(BUILD).format(before=before, progress=progress)


@contextmanager
def halfway(documents: Path, data: Path) -> Iterator[None]:
    """Run a build that stops in the middle; kill it at the end of the block."""
    command = [sys.executable, "-c", program(STOP_HALFWAY, "stopped"), documents, data]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and a fixed program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "half\n"
        yield
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)


def built_on_a_full_disk(documents: Path, data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program(FULL_DISK, "None"), documents, data]
    return subprocess.run(  # noqa: S603 - our own interpreter and a fixed program
        command, capture_output=True, text=True, timeout=60, check=False
    )


def told(settings) -> str:
    return "\n".join(notice.detail for notice in examine(settings))


async def test_a_build_killed_halfway_changes_nothing(
    write, documents, make_base, tmp_path, settings
):
    """After kill -9 the old text is served; the doctor names the interrupted build."""
    await first_index(write, make_base)
    next_version(write)
    with halfway(documents, tmp_path / "data"):
        assert told(settings).startswith("a build is running")
    assert "a build was interrupted" in told(settings)
    write()
    assert await answers(make_base()) == [("3", "Un envío cuesta 2.99 USD.")]
    assert told(settings) == "1 documents, 1 passages, index whole"


async def test_a_full_disk_leaves_the_last_good_index(
    write, documents, make_base, tmp_path, settings
):
    """A build that cannot write ends with an error; nothing of it is left, the old one serves."""
    await first_index(write, make_base)
    before = (tmp_path / "data" / "current.json").read_text()
    next_version(write)
    run = built_on_a_full_disk(documents, tmp_path / "data")
    assert run.returncode != 0
    assert "ConfigurationError" in run.stderr
    assert (tmp_path / "data" / "current.json").read_text() == before
    assert len(list((tmp_path / "data").glob("index-*"))) == 1
    assert "cannot be built" in told(settings)
    assert "the index in use is of other documents" in told(settings)


async def test_a_missing_embedding_service_leaves_the_last_good_index(
    write, documents, make_base, tmp_path, clock, settings
):
    """A start that cannot embed the new version serves the old one, by words alone."""
    await first_index(write, make_base)
    next_version(write)
    base = KnowledgeBase(
        documents=documents,
        data=tmp_path / "data",
        project="test",
        clock=clock,
        embedding=Unavailable(),
    )
    assert await answers(base) == [("3", "Un envío cuesta 2.99 USD.")]
    assert "does not answer" in told(settings)


async def test_an_old_index_never_serves_what_was_taken_away(
    write, documents, make_base, tmp_path, clock
):
    """A document that is no longer in the folder is not served from the index before."""
    write("other.md", id="other", body="\n## Otra cosa\n\nTexto de otra cosa.\n")
    await first_index(write, make_base)
    (documents / "fees.es.md").unlink()
    base = KnowledgeBase(
        documents=documents,
        data=tmp_path / "data",
        project="test",
        clock=clock,
        embedding=Unavailable(),
    )
    assert await answers(base) == []


async def test_what_a_killed_build_left_is_removed_by_the_next_start(write, make_base, tmp_path):
    """Withdrawn text does not stay on the disk in a folder that nothing points to."""
    await first_index(write, make_base)
    left = IndexFolders(tmp_path / "data").new_folder("0" * 32)
    (left / "parts.json").write_text("half", encoding="utf-8")
    await answers(make_base())
    assert not left.exists()


async def test_a_running_service_takes_a_newer_index_over(write, documents, make_base, clock):
    """`lola knowledge build` beside a service changes what it says, without a restart."""
    write()
    running, builder = make_base(), make_base()
    await running.open()
    assert (await running.search(QUESTION, "es"))[0].version == "3"
    next_version(write)
    await builder.open()
    await builder.ready()
    await running.search(QUESTION, "es")
    await running._reloading
    assert (await running.search(QUESTION, "es"))[0].version == "4"
    await running.close()
    await builder.close()


async def test_an_index_of_an_earlier_release_is_built_again(
    write, documents, make_base, tmp_path, settings
):
    """Its parts have another shape; neither a start nor `lola knowledge build` fails on it."""
    write()
    folder = IndexFolders(tmp_path / "data").new_folder("0" * 32)
    raw = json.dumps([{"id": "fees.es@3#1", "text": "old"}]).encode()
    (folder / "parts.json").write_bytes(raw)
    checksum = blake2b(raw, digest_size=16).hexdigest()
    IndexFolders(tmp_path / "data").switch(folder, digest="0" * 32, checksum=checksum)
    report = await commands.build_index(settings)
    assert [change.kind for change in report.changes] == ["new"]
    assert await answers(make_base()) == [("3", "Un envío cuesta 2.99 USD.")]


async def test_the_doctor_tells_a_damaged_index(write, make_base, tmp_path, settings):
    """A folder whose files were changed is named before the next start builds it again."""
    await first_index(write, make_base)
    folder = json.loads((tmp_path / "data" / "current.json").read_text())["folder"]
    (tmp_path / "data" / folder / "parts.json").write_text("{}", encoding="utf-8")
    assert told(settings) == "the index is damaged; the next start builds it again"


async def test_the_doctor_names_what_is_left_out_and_a_wrong_folder(
    write, documents, tmp_path, settings
):
    """An expired document and a folder without documents are told with the way to correct them."""
    write(valid_until="2024-12-31", valid_from="2024-01-01", approved_on="2024-01-01")
    (notice, _) = examine(settings)
    assert notice.detail == ("left out: fees.es.md: valid_until the document expired on 2024-12-31")
    assert "lola knowledge approve" in notice.hint
    wrong = settings.model_copy(update={"knowledge_documents": str(tmp_path / "none")})
    assert "no Markdown files" in told(wrong)
