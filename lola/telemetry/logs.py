"""Structured logs on stderr: JSON for machines, aligned text for a terminal.

Only fields on the allow list `FIELDS` are written, and of these no value that could be a text, a
telephone number or a secret. Message texts of exceptions and of library records are never written;
their place in the code is.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from functools import lru_cache
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO

import structlog

from lola.safety.input.redaction import redact_stored
from lola.telemetry import names

FIELDS = frozenset(
    {
        "action",
        "agent",
        "address",
        "after",
        "alert",
        "allowed",
        "attempts",
        "author",
        "chain",
        "channel",
        "code",
        "conversation",
        "cost",
        "count",
        "document",
        "epoch",
        "error",
        "event_id",
        "event_name",
        "fields",
        "findings",
        "guard",
        "host",
        "kind",
        "language",
        "level",
        "link",
        "logger",
        "method",
        "milliseconds",
        "model",
        "name",
        "outcome",
        "owner",
        "partner",
        "port",
        "position",
        "problem",
        "provider_code",
        "provider_status",
        "reason",
        "role",
        "route",
        "row",
        "seconds",
        "seq",
        "setting",
        "share",
        "sink",
        "staff",
        "stage",
        "state",
        "status",
        "store",
        "ticket",
        "timestamp",
        "tokens",
        "tool",
        "tools",
        "trace_id",
        "version",
        "where",
    }
)
# The one field that may hold a sentence, in the events about the operator's own files and our own
# hints, which no sender wrote.
SENTENCE = "problem"
OPERATORS = frozenset({names.AGENTS_REFUSED, names.CHANNEL_STOPPED})
UNNAMED = "unnamed"

_EVENT = re.compile(r"\A[a-z][a-z_]*+(?:\.[a-z][a-z_]*+)+")
_PHONE = re.compile(r"(?!\d{1,3}(?:\.\d{1,3}){3}\Z)\+?[\d().-]{8,20}")
_ERROR = re.compile(r"\A[A-Za-z]++ LOLA-\d{3}")
_SECRET = re.compile(r"AIza|EAA|sk[-_]|eyJ|whsec_|m2m_(?:live|test)_|ghp_")
# Links of the audit trail: digits in one can look like an account, and it must be logged whole.
_DIGEST = re.compile(r"(?=[0-9]{0,63}[a-f])[0-9a-f]{64}")
# A number of seven digits on its own is no account, card or telephone number.
_LARGEST_COUNT = 9_999_999
_VALUE_LIMIT = 100
_SENTENCE_LIMIT = 200
_FRAMES = 4

Event = MutableMapping[str, Any]
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(level: str = "INFO", *, stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (stderr by default) from `level` upwards.

    JSON is written when the stream is not a terminal. Raises KeyError for an unknown level.
    """
    target = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if target.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            place_of_exception,
            only_allowed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        handlers=[_LibraryHandler(level=max(threshold, logging.WARNING))],
        level=logging.WARNING,
        force=True,
    )


def place_of_exception(_logger: Any, _method: str, event: Event) -> Event:
    """Replace `exc_info` by the exception's type and the innermost places in the code."""
    info = _exception_info(event.pop("exc_info", None))
    if info is not None:
        event["error"] = info[0].__name__
        event["where"] = _where(info[2])
    return event


def only_allowed(_logger: Any, _method: str, event: Event) -> Event:
    """Keep the allowed fields and, of these, the values that cannot be text or secrets."""
    name = event.get("event")
    kept: Event = {
        "event": name if isinstance(name, str) and _EVENT.fullmatch(name) else UNNAMED,
    }
    for field in sorted(FIELDS & event.keys()):
        is_sentence = field == SENTENCE and name in OPERATORS
        value = _sentence(event[field]) if is_sentence else _safe(event[field])
        if value is not None:
            kept[field] = value
    return kept


def _safe(value: object) -> object:
    match value:
        case bool() | float():
            return value
        case int():
            is_short = abs(value) <= _LARGEST_COUNT
            return value if is_short or redact_stored(str(value)) == str(value) else None
        case str():
            return _safe_word(value)
        case tuple() | list():
            return [item for item in map(_safe, value) if item is not None]
        case _:
            return None


@lru_cache(maxsize=1024)
def _safe_word(value: str) -> str | None:
    """Return a single word; None for anything that could be a sentence or a telephone number."""
    if _ERROR.fullmatch(value) or _DIGEST.fullmatch(value):
        return value
    if len(value) > _VALUE_LIMIT or any(letter.isspace() for letter in value):
        return None
    if _PHONE.fullmatch(value) or _SECRET.match(value):
        return None
    return redact_stored(value)


def _sentence(value: object) -> str | None:
    words = redact_stored(str(value)).split()
    return None if any(map(_SECRET.match, words)) else " ".join(words)[:_SENTENCE_LIMIT]


def _exception_info(value: object) -> ExceptionInfo | None:
    if isinstance(value, BaseException):
        return type(value), value, value.__traceback__
    if isinstance(value, tuple):
        return value if value[0] is not None else None
    current = sys.exc_info() if value else (None, None, None)
    return current if current[0] is not None else None


def _where(trace: TracebackType | None) -> str:
    frames: Iterable[traceback.FrameSummary] = traceback.extract_tb(trace)[-_FRAMES:]
    return "<".join(f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)


class _LibraryHandler(logging.Handler):
    """Logs that a library logged something, and where, but never its text."""

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{PurePath(record.pathname).name}:{record.lineno}"
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        structlog.get_logger().log(
            record.levelno, names.LIBRARY, logger=record.name, where=place, error=error
        )
