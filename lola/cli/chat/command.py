"""The command `lola chat`: its arguments, checked before anything starts."""

import json
from typing import Annotated

import typer

from lola.channel.names import ChannelName
from lola.text.languages import Language
from lola.text.phone_numbers import canonical

DEFAULT_NUMBER = "+15550109000"


def chat(
    phone: Annotated[
        str | None, typer.Option(help=f"the sender's telephone number; default: {DEFAULT_NUMBER}")
    ] = None,
    sender: Annotated[
        str, typer.Option("--as", help="a test sender by name, such as verified or Rosa")
    ] = "",
    language: Annotated[Language | None, typer.Option(help="begin in this language")] = None,
    channel: Annotated[ChannelName, typer.Option(help="channel to write on")] = "whatsapp",
    url: Annotated[
        str, typer.Option(help="a sandbox's address; default: this folder's running service")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object per turn")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="print the JSON schema of --json, and exit")
    ] = False,
) -> None:
    """Talk to the running service, at a terminal or with one line per message from a pipe."""
    from lola.cli.chat.run import run_chat

    if schema:
        _print_schema()
        return
    number, name = _sender(phone, sender)
    run_chat(phone=number, name=name, language=language, channel=channel, url=url, as_json=as_json)


def _sender(phone: str | None, name: str) -> tuple[str, str]:
    """Return the first sender's number and name. Raises BadParameter with the reason."""
    from lola.cli.chat.client import ChatError
    from lola.cli.chat.commands import number_of

    if phone is not None and name:
        raise typer.BadParameter("give --phone or --as, not both", param_hint="--as")
    if name:
        try:
            return number_of(name), name
        except ChatError as error:
            raise typer.BadParameter(str(error), param_hint="--as") from None
    number = canonical(DEFAULT_NUMBER if phone is None else phone)
    if number is None:
        raise typer.BadParameter(
            "not a telephone number; write it with its country code, such as +15550100001",
            param_hint="--phone",
        )
    return number, "Sender"


def _print_schema() -> None:
    """Print the JSON schema of one line of `lola chat --json`."""
    from lola.testing.turn_line import TurnLine

    typer.echo(json.dumps(TurnLine.model_json_schema(), indent=2))
