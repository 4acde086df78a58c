"""What a line of `lola chat` means, and why a wrong one is refused."""

from pathlib import Path

import pytest

from lola.cli.chat import commands
from lola.cli.chat.client import ChatError
from lola.cli.chat.recording import Recording
from lola.cli.chat.session import ChatSession
from lola.testing.scenario_steps import FaultSpec, PlaceSpec
from lola.testing.scenarios import load_scenarios
from lola.testing.turn_line import ReplyLine, TurnLine


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/aprove", "did you mean /approve?"),
        ("/xyzzy", "no command /xyzzy"),
        ("/contact", "write /contact NAME NUMBER"),
        ("/save", "write /save FILE"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused_with_the_reason(line: str, reason: str) -> None:
    """An unknown command names the nearest one, a command without its argument shows it."""
    with pytest.raises(ChatError, match=reason.replace("?", r"\?")):
        commands.split(line)


def test_a_line_without_a_slash_is_a_message() -> None:
    """Commands begin with a slash, everything else is what the sender writes."""
    assert commands.split("hola") == ("", "hola")
    assert commands.split("/as Rosa") == ("as", "Rosa")


def test_every_command_that_is_listed_exists() -> None:
    """The help and the session name the same commands; `quit` is the session's own."""
    session = ChatSession(None, None, phone="", name="", channel="")  # type: ignore[arg-type]
    assert {*session._commands(), "quit"} == set(commands.HELP)


@pytest.mark.parametrize(
    ("text", "seconds"), [("+1h", 3600), ("90s", 90), ("+15m", 900), ("2d", 172_800)]
)
def test_a_span_of_time(text: str, seconds: int) -> None:
    """A number and its unit."""
    assert commands.span(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "-1h", "+1y", "one hour"])
def test_what_is_no_span_is_refused(text: str) -> None:
    """Time moves forward, by a known unit."""
    with pytest.raises(ChatError, match="not a span"):
        commands.span(text)


def test_a_name_has_always_the_same_number() -> None:
    """A tester who comes back as Rosa continues Rosa's conversation."""
    assert commands.number_of("Rosa") == commands.number_of("rosa") != commands.number_of("Luis")
    assert commands.number_of("verified") == "+15550100001"
    assert commands.number_of("+1 555 010 0002") == "+15550100002"
    with pytest.raises(ChatError, match="not a telephone number"):
        commands.number_of("abc1")


def test_a_card_and_a_place() -> None:
    """Both are checked before anything is sent."""
    assert commands.contact("Rosa Pop +50255501234") == {
        "name": "Rosa Pop", "phone": "+50255501234",
    }  # fmt: skip
    assert commands.place("14.6, -90.5") == {"latitude": 14.6, "longitude": -90.5}
    for wrong in ("Rosa", "Rosa abc", "+50255501234"):
        with pytest.raises(ChatError, match="write /contact"):
            commands.contact(wrong)
    with pytest.raises(ChatError, match="write /place"):
        commands.place("here")


def test_a_chat_is_saved_as_a_scenario_file(tmp_path: Path) -> None:
    """The file can be read again; what no scenario can have is named, a file is not replaced."""
    recording = Recording(channel="sms", phone="+15550100001", name="Ana", left_out=["clock"])
    reply = ReplyLine(type="link", text="Listo", links=("https://a/b",))
    recording.add({"say": "hola"}, (TurnLine(route="money", tools=("a",), replies=(reply,)),))
    recording.add({"media": "image", "caption": "mi recibo"}, (TurnLine(route="human"),))
    recording.add({"fault": {"partner": "m2m", "fault": "500", "times": 2}})
    recording.add(
        {"many": ["hola", "gracias"]},
        (TurnLine(tools=("a",), replies=(reply,)), TurnLine(route="money", tools=("a", "b"))),
    )
    recording.add({"place": {"latitude": 14.6, "longitude": -90.5}})
    path = tmp_path / "ana_saluda.yaml"
    assert recording.save(path).endswith("left out: clock")
    (saved,) = load_scenarios(path)
    first, picture, fault, many, place = saved.steps
    assert (saved.name, saved.channel, saved.sender.phone) == ("ana saluda", "sms", "+15550100001")
    assert (first.say, first.expect.links, first.expect.tools) == ("hola", 1, ("a",))
    assert (picture.caption, picture.expect.silent) == ("mi recibo", True)
    assert (many.many, many.expect.tools) == (("hola", "gracias"), ("a", "b"))
    assert (many.expect.links, many.expect.silent) == (1, False)
    assert place.place == PlaceSpec(latitude=14.6, longitude=-90.5)
    assert fault.fault == FaultSpec(partner="m2m", fault="500", times=2)
    with pytest.raises(ChatError, match="cannot be written"):
        recording.save(path)
