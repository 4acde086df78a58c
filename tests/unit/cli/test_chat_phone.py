"""`lola chat` refuses what is no telephone number before anything starts."""

import json

import pytest
from typer.testing import CliRunner

from lola.cli.main import app


@pytest.mark.parametrize("phone", ["abc", "", "12", "+"])
def test_what_is_no_number_is_refused_at_once(phone: str) -> None:
    """The message names the option and shows how a number is written."""
    result = CliRunner().invoke(app, ["chat", "--phone", phone])
    assert result.exit_code == 2
    assert "not a telephone number" in result.output


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--as", "abc1"], "not a telephone number"),
        (["--as", "Rosa", "--phone", "+15550100001"], "not both"),
    ],
)
def test_a_test_sender_that_cannot_be_is_refused_at_once(arguments: list[str], reason: str) -> None:
    """Nothing was started: the reason is all there is."""
    result = CliRunner().invoke(app, ["chat", *arguments])
    assert result.exit_code == 2
    assert reason in result.output


def test_the_schema_of_a_line_is_printed() -> None:
    """It is closed: a field that it does not name is not printed by `--json`."""
    result = CliRunner().invoke(app, ["chat", "--schema"])
    schema = json.loads(result.output)
    assert schema["additionalProperties"] is False
    assert {"route", "tools", "replies", "trace"} <= set(schema["properties"])
