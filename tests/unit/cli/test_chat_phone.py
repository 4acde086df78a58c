"""`lola chat` refuses what is no telephone number before anything starts."""

import pytest
from typer.testing import CliRunner

from lola.cli.main import app


@pytest.mark.parametrize("phone", ["abc", "", "12", "+"])
def test_what_is_no_number_is_refused_at_once(phone: str) -> None:
    """The message names the option and shows how a number is written."""
    result = CliRunner().invoke(app, ["chat", "--phone", phone])
    assert result.exit_code == 2
    assert "not a telephone number" in result.output
