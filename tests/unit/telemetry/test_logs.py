"""Nothing that could be a text, a number of a person or a secret leaves through the logs."""

import io
import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from lola.errors import ModelError
from lola.telemetry import logs, names

PLANTED = (
    "4111 1111 1111 1111", "4111111111111111", "+525512345678", "5512345678", "Bearer abc",
    "quiero mandar dinero", "AIzaSyPlanted", "EAAGplanted", "whsec_planted", "m2m_live_planted",
    "eyJhbGciOi",
)  # fmt: skip


@pytest.fixture
def stream():
    target = io.StringIO()
    logs.configure("DEBUG", stream=target)
    yield target
    structlog.reset_defaults()
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def fail(error):
    raise error


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_allowed_fields_come_through_as_json(stream):
    """An event with its codes and counts is one line of JSON with time and level."""
    structlog.get_logger().info(
        names.TURN_DONE, route="sender_home", milliseconds=12, trace_id="ab12", findings=("links",)
    )
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "turn.done",
        "level": "info",
        "route": "sender_home",
        "milliseconds": 12,
        "trace_id": "ab12",
        "findings": ["links"],
    }


@pytest.mark.parametrize("digits", ["014027000005555558", "4111111111111111"])
def test_a_link_of_the_audit_trail_is_logged_whole(stream, digits):
    """An anchor proves nothing without each of its digits (docs/audit.md)."""
    link = f"a{digits}".ljust(64, "f")
    structlog.get_logger().info(names.AUDIT_ANCHOR, link=link)
    (line,) = lines(stream)
    assert line["link"] == link


@pytest.mark.parametrize(
    ("event", "field", "words"),
    [
        (names.UNSAFE_ALLOWED, "allowed", ["phone_faker", "offline_model"]),
        (names.PREFILL_REFUSED, "fields", ["name", "paymentMethod"]),
    ],
)
def test_what_an_operator_has_to_act_on_is_named(stream, event, field, words):
    """A warning that drops the names it is about would help nobody."""
    structlog.get_logger().warning(event, **{field: words})
    (line,) = lines(stream)
    assert line[field] == words


@pytest.mark.parametrize("secret", PLANTED)
def test_planted_secrets_never_pass(stream, secret):
    """Not as an event, not under an allowed field, not under another, not inside an exception."""
    log = structlog.get_logger()
    log.warning(secret)
    log.warning(names.MODEL_FAILED, reason=secret, code=[secret], text=secret, phone=secret)
    structlog.contextvars.bind_contextvars(token=secret)
    try:
        fail(ModelError(secret))
    except ModelError:
        log.exception(names.MODEL_FAILED)
        logging.getLogger("some.library").exception("it said %s", secret)
    finally:
        structlog.contextvars.clear_contextvars()
    logging.getLogger("some.library").error(secret)
    assert secret not in stream.getvalue()
    assert len(lines(stream)) == 5


def test_card_numbers_in_numbers_never_pass(stream):
    """A card number as a whole number is dropped like one in a text."""
    structlog.get_logger().info(names.TURN_DONE, count=4111111111111111, seq=7)
    (line,) = lines(stream)
    assert "count" not in line
    assert line["seq"] == 7


def test_exceptions_leave_their_type_and_place(stream):
    """The class and the place in the code are logged, the text of the exception is not."""
    try:
        fail(ValueError("hola"))
    except ValueError:
        structlog.get_logger().exception(names.TURN_FAILED)
    (line,) = lines(stream)
    assert line["error"] == "ValueError"
    assert line["where"].startswith("test_logs.py:")
    assert "hola" not in stream.getvalue()


def test_libraries_are_heard_from_warnings_upwards(stream):
    """A library's record says who and where; what it says below a warning is not written."""
    logging.getLogger("aiohttp.access").info("GET /?token=x")
    logging.getLogger("aiohttp.server").warning("secret %s", "x")
    (line,) = lines(stream)
    assert line["event"] == names.LIBRARY
    assert line["logger"] == "aiohttp.server"


def test_levels_filter():
    """Below the threshold nothing is written; an unknown level is refused."""
    target = io.StringIO()
    logs.configure("WARNING", stream=target)
    structlog.get_logger().info(names.TURN_DONE)
    assert target.getvalue() == ""
    structlog.reset_defaults()
    with pytest.raises(KeyError):
        logs.configure("LOUD")


def test_every_declared_event_is_well_formed():
    """All names would pass the filter; none is declared twice."""
    declared = [value for key, value in vars(names).items() if key.isupper()]
    events = [
        value
        for key, value in vars(names).items()
        if key.isupper() and not key.startswith("METRIC_")
    ]
    assert len(set(declared)) == len(declared)
    for event in events:
        assert logs.only_allowed(None, "", {"event": event})["event"] == event


@given(st.dictionaries(st.sampled_from([*sorted(logs.FIELDS), "text", "token"]), st.text()))
def test_only_single_words_pass(fields):
    """No value with a space in it, and no field off the list, ever passes."""
    kept = logs.only_allowed(None, "info", {"event": names.TURN_DONE, **fields})
    assert kept.keys() <= logs.FIELDS | {"event"}
    assert not any(letter.isspace() for value in kept.values() for letter in value)


def test_what_is_wrong_with_an_operators_file_is_said_in_words() -> None:
    """In that one event: redacted, on one line, and never a secret."""
    refused = {"event": names.AGENTS_REFUSED, "problem": "helper/agent.toml: tools:\n not a list"}
    kept = logs.only_allowed(None, "error", refused)
    assert kept["problem"] == "helper/agent.toml: tools: not a list"
    secret = {"event": names.AGENTS_REFUSED, "problem": "key is AIzaSyPlanted"}
    assert "problem" not in logs.only_allowed(None, "error", secret)
    elsewhere = {"event": names.TURN_FAILED, "problem": "somebody said this"}
    assert "problem" not in logs.only_allowed(None, "error", elsewhere)
