"""`lola m2m settings` and `lola m2m webhook`: the partner account itself."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from lola.cli.m2m.arguments import (
    AsJson,
    Reason,
    options_of,
)

settings = typer.Typer(no_args_is_help=True, help="The account's settings.")
webhook = typer.Typer(no_args_is_help=True, help="The account's webhook address and secret.")


@settings.command("show")
def settings_show(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the settings."""
    from lola.cli.m2m import reads

    reads.one_of(options_of(context, as_json), "", lambda client: client.get_settings())


@settings.command("update")
def settings_update(
    context: typer.Context,
    reason: Reason,
    link_minutes: Annotated[
        int | None, typer.Option(min=5, max=10080, help="lifetime of a link by default")
    ] = None,
    theme: Annotated[str | None, typer.Option(help="theme of the widget")] = None,
    language: Annotated[Literal["en", "es"] | None, typer.Option()] = None,
    payment_method: Annotated[
        list[str] | None, typer.Option(help="an allowed payment method; repeat it for each")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change the settings that are named, and print all."""
    from lola.cli.m2m import changes
    from lola.partners.m2m.model import SettingChanges

    given = {
        "default_link_expiration_minutes": link_minutes,
        "theme": theme,
        "language": language,
        "allowed_payment_methods": payment_method or None,
    }
    named = SettingChanges(**{key: value for key, value in given.items() if value is not None})  # type: ignore[typeddict-item]
    changes.update_settings(options_of(context, as_json), reason, named)


@webhook.command("show")
def webhook_show(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the address, and the end of the secret."""
    from lola.cli.m2m import reads

    reads.show_webhook_config(options_of(context, as_json))


@webhook.command("set")
def webhook_set(
    context: typer.Context,
    reason: Reason,
    url: Annotated[str, typer.Argument(help="the https address; WEBHOOK_URL + /webhooks/m2m")] = "",
    off: Annotated[bool, typer.Option("--off", help="turn webhooks off")] = False,
    as_json: AsJson = False,
) -> None:
    """Set the address that the partner reports to."""
    from lola.cli.m2m import changes

    changes.set_webhook(options_of(context, as_json), url, off=off, reason=reason)


@webhook.command("rotate")
def webhook_rotate(
    context: typer.Context,
    reason: Reason,
    to: Annotated[
        Path | None, typer.Option(help="write the new secret to this new file, mode 0600")
    ] = None,
    print_it: Annotated[bool, typer.Option("--print", help="print the new secret once")] = False,
    as_json: AsJson = False,
) -> None:
    """Replace the webhook secret. The partner stops using the old one at once."""
    from lola.cli.m2m import changes

    changes.rotate_secret(options_of(context, as_json), reason, to=to, print_it=print_it)
