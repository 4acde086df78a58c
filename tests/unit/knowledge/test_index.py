"""The index is derived: opened when it fits, built aside when it does not, one writer at a time."""

import asyncio
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import chromadb
import pytest
from chromadb.config import Settings as ChromaSettings

from knowledge.folders import IndexFolders
from lola.errors import ConfigurationError

QUESTION = "¿Cuánto cuesta un envío?"
HOLD_LOCK = """
import sys
from pathlib import Path
from knowledge.folders import IndexFolders
with IndexFolders(Path(sys.argv[1])).writing(0.0):
    print("locked", flush=True)
    sys.stdin.read()
"""


def pointer(tmp_path: Path) -> dict[str, str]:
    return json.loads((tmp_path / "data" / "current.json").read_text())


def index_folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / pointer(tmp_path)["folder"]


async def opened_and_closed(base) -> None:
    await base.open()
    await base.close()


def wreck_database(folder: Path) -> None:
    (folder / "chroma.sqlite3").write_bytes(b"not a database" * 500)


def cut_database(folder: Path) -> None:
    path = folder / "chroma.sqlite3"
    path.write_bytes(path.read_bytes()[:40_000])


def remove_database(folder: Path) -> None:
    (folder / "chroma.sqlite3").unlink()


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def remove_parts(folder: Path) -> None:
    (folder / "parts.json").unlink()


def change_parts(folder: Path) -> None:
    path = folder / "parts.json"
    path.write_text(path.read_text().replace("2.99", "0.00"))


def wreck_pointer(folder: Path) -> None:
    (folder.parent / "current.json").write_text("{")


@contextmanager
def collection(folder: Path) -> Iterator[chromadb.Collection]:
    client = chromadb.PersistentClient(
        path=str(folder), settings=ChromaSettings(anonymized_telemetry=False)
    )
    yield client.get_collection("passages-es", embedding_function=None)
    client.close()


def lose_a_vector(folder: Path) -> None:
    with collection(folder) as rows:
        rows.delete(ids=["0~0"])


def swap_a_vector(folder: Path) -> None:
    """The count stays right: only reading the neighbours shows it."""
    with collection(folder) as rows:
        rows.update(ids=["0~0"], embeddings=[[1.0] + [0.0] * 255])


@pytest.mark.parametrize(
    "damage",
    [
        wreck_database,
        cut_database,
        remove_database,
        remove_folder,
        remove_parts,
        change_parts,
        wreck_pointer,
        lose_a_vector,
        swap_a_vector,
    ],
)
async def test_a_damaged_index_is_built_again(write, make_base, tmp_path, damage):
    """The next start works as before, whatever was broken (reference/dependencies.md 3)."""
    write()
    await opened_and_closed(make_base())
    before = index_folder(tmp_path)
    damage(before)

    base = make_base()
    await base.open()
    (passage,) = await base.search(QUESTION, "es")
    await base.close()
    assert passage.text == "Un envío cuesta 2.99 USD."
    assert index_folder(tmp_path) != before


async def test_an_index_that_fits_is_opened_and_not_built(write, make_base, tmp_path):
    """A second start leaves the folder and the pointer alone."""
    write()
    await opened_and_closed(make_base())
    before = pointer(tmp_path)
    await opened_and_closed(make_base())
    assert pointer(tmp_path) == before


async def test_a_changed_document_builds_a_new_folder(write, make_base, tmp_path):
    """The key covers the documents' bytes; of the index before nothing is left on the disk."""
    folders = []
    for fee in ("2.99", "3.49", "3.99"):
        write(body=f"\n## Costo\n\nUn envío cuesta {fee} USD.\n")
        await opened_and_closed(make_base())
        folders.append(index_folder(tmp_path))
    assert len(set(folders)) == 3
    assert [folder.exists() for folder in folders] == [False, False, True]


async def test_an_unfinished_build_is_never_used(write, make_base, tmp_path):
    """A folder that a killed build left behind is not pointed at and is swept away."""
    write()
    left = IndexFolders(tmp_path / "data").new_folder("0" * 32)
    (left / "chroma.sqlite3").write_bytes(b"half")
    base = make_base()
    await base.open()
    assert await base.search(QUESTION, "es")
    await base.close()
    assert not left.exists()


@contextmanager
def other_writer(data: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and a fixed program
        [sys.executable, "-c", HOLD_LOCK, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "locked\n"
        yield process


def test_a_second_process_cannot_write(tmp_path):
    """The lock holds between processes and is free again when its holder ends."""
    folders = IndexFolders(tmp_path)
    with other_writer(tmp_path) as process:
        with pytest.raises(ConfigurationError) as raised, folders.writing(0.0):
            pytest.fail("two writers at once")
        assert raised.value.setting == "LOLA_DATA"
        process.kill()
        process.wait(timeout=10)
    with folders.writing(0.0):
        assert (tmp_path / "index.lock").exists()


async def test_a_start_waits_for_the_writer_and_then_opens(write, make_base, tmp_path):
    """Two services that start together do not both build: one waits for the other."""
    write()
    base = make_base()
    with other_writer(tmp_path / "data") as process:
        await base.open()
        opening = asyncio.create_task(base.ready())
        done, _ = await asyncio.wait([opening], timeout=0.3)
        assert not done
        process.stdin.close()
        await asyncio.wait_for(opening, timeout=30)
    assert await base.search(QUESTION, "es")
    await base.close()


async def test_two_bases_that_open_at_once_share_one_build(write, make_base, tmp_path):
    """The second finds the first one's index when it gets the lock."""
    write()
    one, other = make_base(), make_base()
    await asyncio.gather(one.open(), other.open())
    await asyncio.gather(one.ready(), other.ready())
    folders = list((tmp_path / "data").glob("index-*"))
    assert folders == [index_folder(tmp_path)]
    for base in (one, other):
        assert await base.search(QUESTION, "es")
        await base.close()


async def test_a_second_build_while_searching_disturbs_nobody(write, make_base, tmp_path):
    """An open base keeps its folder when another process has built a newer one."""
    write()
    old = make_base()
    await old.open()
    await old.ready()
    write(version="4", body="\n## Costo\n\nUn envío cuesta 4.99 USD.\n")
    new = make_base()
    await new.open()
    assert [passage.version for passage in await old.search(QUESTION, "es")] == ["3"]
    assert [passage.version for passage in await new.search(QUESTION, "es")] == ["4"]
    await old.close()
    await new.close()


async def test_a_folder_that_cannot_be_written_is_named(write, make_base, tmp_path):
    """The error names the setting."""
    write()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "index.lock").mkdir()
    base = make_base()
    await base.open()
    with pytest.raises(ConfigurationError, match="LOLA_DATA"):
        await base.ready()
    assert await base.search(QUESTION, "es") == ()
    await base.close()


def test_threads_of_one_process_also_take_turns(tmp_path):
    """The lock is per opening of the file, so two threads exclude each other as well."""
    folders = IndexFolders(tmp_path)
    refused = []

    def try_to_write() -> None:
        try:
            with folders.writing(0.0):
                refused.append(False)
        except ConfigurationError:
            refused.append(True)

    with folders.writing(0.0):
        thread = threading.Thread(target=try_to_write)
        thread.start()
        thread.join(timeout=10)
    assert refused == [True]
