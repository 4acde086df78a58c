"""What Meta's errors mean for a message (`channels.whatsapp.graph`)."""

import pytest

from channels.whatsapp.graph import error_for, message_id
from lola.errors import (
    AmbiguousSendError,
    ChannelStoppedError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    WindowClosedError,
)

TABLE = [
    (
        ChannelStoppedError,
        [0, 190, 3, 10, 200, 299, 131005, 33, 368, 131031, 130497, 131037, 131042, 131045, 133010],
    ),
    (RetryLaterError, [1, 2, 4, 80007, 131000, 131016, 133004, 130429, 131048, 131056, 131057]),
    (RetryLaterError, [131064]),
    (
        RejectedError,
        [
            *(100, 130472, 131008, 131009, 131021, 131026, 131030, 131049, 131051),
            *(131062, 132000, 132001, 132016, 132069, 135000, 137000, 139100, 147001),
        ],
    ),
    (WindowClosedError, [131047]),
    (OptedOutError, [131050]),
]


@pytest.mark.parametrize("status", [400, 401, 429, 500])
@pytest.mark.parametrize(
    ("kind", "code"), [(kind, code) for kind, codes in TABLE for code in codes]
)
def test_the_code_decides(kind, code, status):
    """Every documented code has one meaning, whatever the status (reference/channels.md 1.9)."""
    error = error_for(status, {"error": {"code": code, "error_data": "a plain string"}}, None)
    assert type(error) is kind
    assert (error.provider_code, error.known) == (str(code), True)


@pytest.mark.parametrize(("status", "tries"), [(400, 3), (403, 3), (429, 0), (500, 0)])
def test_an_unknown_code_is_tried_again_and_is_told(status, tries):
    """It may be temporary, so it is not thrown away at once; a busy server is waited for."""
    error = error_for(status, {"error": {"code": 999999}}, None)
    assert isinstance(error, RetryLaterError)
    assert (error.tries, error.known) == (tries, False)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (502, RetryLaterError),
        (503, RetryLaterError),
        (429, RetryLaterError),
        (504, AmbiguousSendError),
        (401, ChannelStoppedError),
        (404, RejectedError),
    ],
)
def test_without_a_code_the_status_decides(status, kind):
    """An HTML page is survived (reference/channels.md 1.9); a gateway's timeout is ambiguous."""
    assert type(error_for(status, {}, None)) is kind


def test_advice_on_waiting_is_handed_on():
    """Retry-After wins over the documented pair rate of one message per six seconds (1.8)."""
    pair = {"error": {"code": 131056}}
    first, second = error_for(400, pair, 3.0), error_for(400, pair, None)
    assert isinstance(first, RetryLaterError)
    assert isinstance(second, RetryLaterError)
    assert (first.after, second.after) == (3.0, 6.0)


@pytest.mark.parametrize(
    "answer", [{}, {"messages": []}, {"messages": [5]}, {"messages": [{"id": 5}]}]
)
def test_an_acceptance_without_an_id_is_ambiguous(answer):
    """200 means accepted, so nothing may be repeated blindly (reference/channels.md 1.6)."""
    with pytest.raises(AmbiguousSendError):
        message_id(answer)
