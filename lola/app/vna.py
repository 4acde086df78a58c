"""Builds the VNA partner server from the settings, where the bank switches it on.

SQLAlchemy is imported only then; it comes with the extra `vna`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from lola.app.loading import load
from lola.domain.clock import Clock
from lola.errors import ConfigurationError
from lola.money.sealing import Sealer
from lola.partners.vna.authentication import Authenticator, ClientCertificate, Every, SharedSecret
from lola.partners.vna.book import AccountBook, AuditNote
from lola.partners.vna.identity import Identities
from lola.partners.vna.registration import PURPOSE, RegistrationPages
from lola.partners.vna.rules import Rules
from lola.partners.vna.server import Options, VnaServer
from lola.partners.vna.statements import BookStatements, Statements
from lola.partners.vna.upkeep import Upkeep
from lola.settings import Settings, secrets_in
from lola.state.audit import AuditTrail

if TYPE_CHECKING:
    from lola.partners.vna.sql.book import SqlAccountBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Vna:
    """The running server, its book and its upkeep."""

    server: VnaServer
    book: AccountBook
    upkeep: Upkeep
    statements: Statements | None

    async def close(self) -> None:
        """Release the database."""
        await self.book.close()


async def open_vna(settings: Settings, clock: Clock, trail: AuditTrail) -> Vna | None:
    """Open the book and build the server; None while VNA is off.

    Raises ConfigurationError or BookUnavailableError.
    """
    if not settings.vna:
        return None
    book = await open_book(settings, clock)

    async def append(note: AuditNote) -> None:
        facts = {
            "account": trail.lines.fingerprint(f"vna account {note.account}"),
            "number": note.movement,
            "minor": note.minor,
            "currency": note.currency,
        }
        await trail.append(note.kind, facts)

    upkeep = Upkeep(book, append)
    server = vna_over(settings, clock, book, on_moved=upkeep.wake)
    statements = BookStatements(book, _identities(settings)) if settings.vna_in_chat else None
    return Vna(server=server, book=book, upkeep=upkeep, statements=statements)


def vna_over(
    settings: Settings, clock: Clock, book: AccountBook, *, on_moved: Callable[[], None]
) -> VnaServer:
    """Build the server over any account book. Raises ConfigurationError."""
    screen = (
        load("VNA_SCREEN", settings.vna_screen).build(settings) if settings.vna_screen else None
    )
    return VnaServer(
        book=book,
        rules=_rules(settings),
        identities=_identities(settings),
        pages=_pages(settings, clock),
        authenticator=_authenticator(settings),
        screen=screen,
        options=_options(settings),
        clock=clock,
        on_moved=on_moved,
    )


async def open_book(settings: Settings, clock: Clock) -> "SqlAccountBook":
    """Open the reference account book. Raises ConfigurationError without the extra `vna`."""
    try:
        from lola.partners.vna.sql.book import SqlAccountBook
        from lola.partners.vna.sql.engine import open_engine
    except ImportError:
        hint = "install lola-remittance[vna]"
        raise ConfigurationError("VNA", "needs SQLAlchemy and its drivers", hint=hint) from None
    url = settings.vna_database_url.get_secret_value()
    file = settings.lola_data / "vna.db"
    engine = open_engine(url, file, connections=settings.vna_database_connections)
    book = SqlAccountBook(engine, clock)
    try:
        await book.open()
    except BaseException:
        await book.close()
        raise
    return book


def _identities(settings: Settings) -> Identities:
    return Identities(settings.sender_reference_key.get_secret_value())


def _rules(settings: Settings) -> Rules:
    return Rules(
        currencies=frozenset(settings.vna_currencies),
        max_amount=settings.vna_max_amount,
        max_total=settings.vna_max_total,
        max_count=settings.vna_max_count,
        window=timedelta(hours=settings.vna_window_hours),
        minimum_age=settings.vna_minimum_age,
    )


def _options(settings: Settings) -> Options:
    minutes = settings.vna_authorization_minutes
    return Options(
        display_prefix=settings.vna_display_prefix,
        is_async=settings.vna_credit_response == "async",
        requires_authorization=settings.vna_require_authorization,
        authorization_age=timedelta(minutes=minutes) if minutes else None,
        reversals=settings.vna_reversals,
        names_non_reverse_reason=settings.vna_non_reverse_reason,
    )


def _authenticator(settings: Settings) -> Authenticator:
    """Return every check that the settings ask for; a caller must pass all of them."""
    checks: list[Authenticator] = []
    if settings.vna_authenticator:
        checks.append(load("VNA_AUTHENTICATOR", settings.vna_authenticator).build(settings))
    if secrets := secrets_in(settings.vna_secret):
        checks.append(SharedSecret(secrets=secrets, header=settings.vna_secret_header))
    if settings.vna_client_certificates:
        checks.append(
            ClientCertificate(
                fingerprints=settings.vna_client_certificates,
                header=settings.vna_certificate_header,
            )
        )
    return Every(checks)


def _pages(settings: Settings, clock: Clock) -> RegistrationPages:
    sealer = Sealer(
        settings.callback_secrets,
        purpose=PURPOSE,
        tenant=settings.project_name,
        setting="CALLBACK_SECRET",
    )
    return RegistrationPages(
        url=settings.vna_registration_url,
        lifetime=timedelta(minutes=settings.vna_registration_minutes),
        sealer=sealer,
        clock=clock,
    )
