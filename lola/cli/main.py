"""The command tree. A LolaError is printed with its code and hint on one line, with status 2."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

import lola
from lola.cli import qa, records
from lola.cli.chat.command import chat
from lola.cli.knowledge import knowledge
from lola.cli.m2m import m2m
from lola.cli.partners import partners
from lola.cli.vna import vna
from lola.errors import LolaError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Lola, a conversational remittance service. Settings: docs/settings.md.",
)
staff = typer.Typer(no_args_is_help=True, help="The accounts of the console.")
consent = typer.Typer(
    no_args_is_help=True, help="Whether senders may be written to, and since when."
)
vault = typer.Typer(no_args_is_help=True, help="What was taken out of messages and sealed.")
app.add_typer(vault, name="vault")
app.add_typer(knowledge, name="knowledge")
app.add_typer(staff, name="staff")
app.add_typer(consent, name="consent")
app.add_typer(qa.scenarios, name="scenarios")
app.command()(qa.simulate)
app.command()(qa.record)
app.command()(qa.replay)
app.add_typer(records.audit, name="audit")
app.add_typer(records.privacy, name="privacy")
keys = typer.Typer(no_args_is_help=True, help="The keys of callback addresses and page sessions.")
app.add_typer(keys, name="keys")
config = typer.Typer(no_args_is_help=True, help="Whether the settings are right, and an example.")
app.add_typer(config, name="config")
webhook = typer.Typer(no_args_is_help=True, help="The webhook address that a provider has.")
app.add_typer(webhook, name="webhook")
templates = typer.Typer(no_args_is_help=True, help="The texts that reach senders after 24 hours.")
app.add_typer(templates, name="templates")
app.add_typer(m2m, name="m2m")
app.add_typer(partners, name="partners")
app.command()(chat)
app.add_typer(vna, name="vna")
models = typer.Typer(invoke_without_command=True, help="What each model gets, and when it ends.")
app.add_typer(models, name="models")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lola {lola.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="print the version and exit"
        ),
    ] = False,
) -> None:
    """Lola, a conversational remittance service. Settings: docs/settings.md."""


def main() -> None:
    """Run the command line."""
    try:
        app()
    except LolaError as error:
        sys.stderr.write(f"lola: {error}\n")
        sys.exit(2)


@app.command()
def serve(
    role: Annotated[
        Literal["all", "gateway", "worker"],
        typer.Option(help="the part of the service that this process runs"),
    ] = "all",
    host: Annotated[
        str, typer.Option(help="address to listen on; default: HOST", show_default=False)
    ] = "",
    port: Annotated[
        int,
        typer.Option(
            help="port to listen on, 0 for any free one; default: PORT", show_default=False
        ),
    ] = -1,
) -> None:
    """Run the service. Without partner addresses it also starts the sandbox."""
    from lola.cli.serve import run_service

    run_service(role=role, host=host, port=port)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="port to listen on, 0 for any free one")] = 8090,
    folder: Annotated[
        Path | None, typer.Option(help="keep state and keys in this folder; default: discard them")
    ] = None,
) -> None:
    """Run only the sandbox: stand-ins of all outside systems. Prints addresses and keys."""
    from lola.cli.serve import run_sandbox

    run_sandbox(port, folder)


@app.command()
def demo() -> None:
    """Play complete conversations over signed webhooks, up to what the link leads to."""
    from lola.cli.demo import run_demo

    run_demo()


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the console's JSON API."""
    from lola.cli.show import show_openapi

    show_openapi()


@app.command()
def pipeline(
    *, as_json: Annotated[bool, typer.Option("--json", help="for other programs")] = False
) -> None:
    """Print every stage that a message passes, in order, with what it sees."""
    from lola.cli.show import show_pipeline

    show_pipeline(as_json=as_json)


@app.command()
def agents() -> None:
    """Print the agents, their tools and when each exists."""
    from lola.cli.show import show_agents

    show_agents()


@app.command()
def doctor() -> None:
    """Check configuration and every outside system; status 1 when something fails."""
    from lola.cli.doctor import run_doctor

    if not run_doctor():
        raise typer.Exit(1)


@models.callback()
def models_show(context: typer.Context) -> None:
    """Print what a turn sends to each model family, and when each model ends."""
    from lola.cli.models import show_models

    if context.invoked_subcommand is None:
        show_models()


@models.command("try")
def models_try() -> None:
    """Ask every configured model one turn with a tool; status 1 when one fails."""
    from lola.cli.models import try_models

    if not try_models():
        raise typer.Exit(1)


@app.command()
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="small sizes, for a first try")] = False,
    html: Annotated[
        Path | None, typer.Option(help="also write a page with charts to this file")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            help="the checkout of another version, measured in turn with this one",
            resolve_path=True,
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Measure load and latency of a deployment on this machine."""
    from lola.cli.bench import run_bench

    run_bench(quick=quick, html=html, against=against)


@config.command("check")
def config_check(
    production: Annotated[
        bool, typer.Option("--production", help="as if LOLA_ENV were production")
    ] = False,
) -> None:
    """Name every setting that is wrong or missing; connects to nothing."""
    from lola.cli.config import check_config

    check_config(is_production=production)


@config.command("example")
def config_example() -> None:
    """Print a lola.toml for production, to fill in."""
    from lola.cli.config import print_example

    print_example()


ChannelArgument = Annotated[str, typer.Argument(help="the name of the channel")]


@webhook.command("set")
def webhook_set(channel: ChannelArgument) -> None:
    """Make a channel's provider send webhooks to WEBHOOK_URL."""
    from lola.cli.webhook import set_webhook

    set_webhook(channel)


@webhook.command("show")
def webhook_show(channel: ChannelArgument) -> None:
    """Print the address that a channel's provider sends webhooks to."""
    from lola.cli.webhook import show_webhook

    show_webhook(channel)


AsJson = Annotated[bool, typer.Option("--json", help="print one JSON list")]
OfChannel = Annotated[str, typer.Option("--channel", help="one channel only; default: all")]


@templates.command("list")
def templates_list(as_json: AsJson = False) -> None:
    """Print every text, and what is known of its approval. Calls no provider."""
    from lola.cli.message_templates import list_templates

    list_templates(as_json=as_json)


@templates.command("apply")
def templates_apply(channel: OfChannel = "", as_json: AsJson = False) -> None:
    """Submit the templates that a provider does not have yet. Safe to repeat."""
    from lola.cli.message_templates import apply_templates

    apply_templates(channel=channel, as_json=as_json)


@templates.command("check")
def templates_check(channel: OfChannel = "", as_json: AsJson = False) -> None:
    """Ask the providers; exit with 1 unless all templates are approved."""
    from lola.cli.message_templates import check_templates

    if not check_templates(channel=channel, as_json=as_json):
        raise typer.Exit(1)


@keys.command("new")
def keys_new() -> None:
    """Print new values for CALLBACK_SECRET and JWT_PRIVATE_KEY."""
    from lola.cli.keys import print_new_keys

    print_new_keys()


@keys.command("rotate")
def keys_rotate(
    step: Annotated[
        Literal["publish", "promote", "retire"],
        typer.Argument(help="the step to take, in this order"),
    ],
    *,
    vault: Annotated[
        bool, typer.Option("--vault", help="of VAULT_SECRET, not of callbacks and sessions")
    ] = False,
) -> None:
    """Take one step of a key rotation. Valid tokens stay valid between the steps."""
    from lola.cli.keys import rotate_keys, rotate_vault_key

    (rotate_vault_key if vault else rotate_keys)(step)


StaffName = Annotated[str, typer.Argument(help="the name to sign in with")]


@staff.command("add")
def staff_add(
    name: StaffName,
    role: Annotated[
        str, typer.Option(help="role: staff, supervisor or auditor (reads only)")
    ] = "staff",
    password: Annotated[
        str,
        typer.Option(
            prompt=True,
            hide_input=True,
            envvar="LOLA_STAFF_PASSWORD",
            help="the password; asked for when it is not given",
        ),
    ] = "",
) -> None:
    """Add an account that may sign in to the console."""
    from lola.cli.data import add_staff

    add_staff(name, password, role)


@staff.command("list")
def staff_list() -> None:
    """Print all accounts."""
    from lola.cli.data import list_staff

    list_staff()


@staff.command("disable")
def staff_disable(name: StaffName) -> None:
    """Disable an account and end its open sessions."""
    from lola.cli.data import disable_staff

    disable_staff(name)


Phone = Annotated[str, typer.Option(help="the sender's telephone number, in any spelling")]
OnChannel = Annotated[str, typer.Option(help="only this channel, such as sms")]


@vault.command("open")
def vault_open(
    conversation: Annotated[str, typer.Option(help="the conversation's id, as logs have it")],
    turn: Annotated[str, typer.Option(help="the turn's number in the conversation's history")],
    reason: Annotated[str, typer.Option(help="why it is opened; kept in the audit trail")],
) -> None:
    """Print what was sealed of one turn. The opening is in the audit trail, with its reason."""
    from lola.cli.vault import open_vault

    open_vault(conversation, turn, reason)


@consent.command("show")
def consent_show(phone: Phone, channel: OnChannel = "") -> None:
    """Print whether a sender may be written to on each channel."""
    from lola.cli.consent import show_consent

    show_consent(phone, channel)


@consent.command("log")
def consent_log(phone: Phone, channel: OnChannel = "") -> None:
    """Print every change of a sender's consent: when, how and in which conversation."""
    from lola.cli.consent import show_changes

    show_changes(phone, channel)
