"""Documents written for one test, a clock that a test moves, and the shipped base, opened once."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from knowledge import KnowledgeBase
from knowledge.documents import APPROVED

HEADER = {
    "id": "fees.es",
    "version": "3",
    "language": "es",
    "title": "Comisiones",
    "approved_by": "Cumplimiento",
    "approved_on": "2025-01-15",
    "valid_from": "2025-01-15",
}
BODY = "\n## Costo\n\nUn envío cuesta 2.99 USD.\n"


class MovableClock:
    """Return the instant that the test set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: int) -> None:
        self.now += timedelta(**delta)


WriteDocument = Callable[..., Path]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder


@pytest.fixture
def write(documents: Path) -> WriteDocument:
    """Write a good document with some header fields changed; a field set to None is left out."""

    def write_document(name: str = "fees.es.md", body: str = BODY, **changes: str | None) -> Path:
        fields = {**HEADER, **changes}
        lines = [f"{field}: {value}" for field, value in fields.items() if value is not None]
        path = documents / name
        path.write_text("\n".join(["---", *lines, "---", body]), encoding="utf-8")
        return path

    return write_document


@pytest.fixture
def make_base(documents: Path, tmp_path: Path, clock: MovableClock) -> Callable[[], KnowledgeBase]:
    """Return a new base over the same documents and the same data folder each time."""

    def make() -> KnowledgeBase:
        return KnowledgeBase(
            documents=documents, data=tmp_path / "data", project="test", clock=clock
        )

    return make


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shipped(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KnowledgeBase]:
    """The approved documents of this repository in a fresh index."""
    base = KnowledgeBase(
        documents=APPROVED,
        data=tmp_path_factory.mktemp("shipped"),
        project="shipped",
        clock=MovableClock(),
    )
    await base.open()
    yield base
    await base.close()
