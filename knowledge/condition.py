"""The condition of the documents and their index, for `lola doctor`. It repairs nothing."""

from dataclasses import dataclass

from knowledge.base import KnowledgeBase
from knowledge.documents import documents_path, load_library
from knowledge.index import Indexer
from lola.domain.clock import system_clock
from lola.errors import ConfigurationError
from lola.settings import Settings

BUILD = "lola knowledge build"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that an operator should know; `is_warning` asks for a step, `hint` says which."""

    detail: str
    hint: str = ""
    is_warning: bool = True


def examine(settings: Settings) -> tuple[Notice, ...]:
    """Return what is left out, how the last build ended and which index is in use."""
    try:
        library = load_library(documents_path(settings), system_clock().date())
    except ConfigurationError as error:
        return (Notice(detail=str(error), hint=error.hint),)
    notices = [
        Notice(detail=f"left out: {left}", hint="correct the file, or lola knowledge approve")
        for left in library.left_out
    ]
    indexer = KnowledgeBase.build(settings, system_clock).indexer
    if settings.lola_data.exists():
        notices += _builds(indexer)
        notices.append(_index(indexer, indexer.digest_of(library.documents)))
    return tuple(notices)


def _builds(indexer: Indexer) -> list[Notice]:
    folders = indexer.folders
    if folders.is_being_written():
        return [Notice(detail="a build is running", is_warning=False)]
    notices = []
    outcome = folders.last_outcome()
    if outcome is not None and outcome.problem:
        text = f"the build of {outcome.at[:16]} failed: {outcome.problem}"
        notices.append(Notice(detail=text, hint=f"remove the cause, then {BUILD}"))
    pointer = folders.current()
    if folders.others(pointer.folder if pointer else ""):
        text = "a build was interrupted; what it left behind goes with the next one"
        notices.append(Notice(detail=text, hint=BUILD))
    return notices


def _index(indexer: Indexer, digest: str) -> Notice:
    pointer = indexer.folders.current()
    if pointer is None:
        return Notice(detail="no index yet; the first start builds it", is_warning=False)
    index = indexer.last_good()
    if index is None:
        return Notice(detail="the index is damaged; the next start builds it again", hint=BUILD)
    index.vectors.close()
    if pointer.digest != digest:
        return Notice(detail="the index in use is of other documents than the folder", hint=BUILD)
    text = f"{len(index.headers)} documents, {len(index.parts)} passages, index whole"
    return Notice(detail=text, is_warning=False)
