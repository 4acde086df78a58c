"""Builds the seals of what senders write, and the admission to the inbox that uses them."""

from lola.money.accounts import PURPOSE as ACCOUNTS
from lola.money.sealing import Sealer
from lola.safety.input.admission import Admission
from lola.settings import Settings

VAULT = "vault"


def account_sealer(settings: Settings) -> Sealer:
    """Return the seal of account numbers. Raises ConfigurationError without CALLBACK_SECRET."""
    return Sealer(
        settings.callback_secrets,
        purpose=ACCOUNTS,
        tenant=settings.project_name,
        setting="CALLBACK_SECRET",
    )


def vault_sealer(settings: Settings) -> Sealer | None:
    """Return the seal of the bank's vault; None without VAULT_SECRET."""
    if not settings.vault_secrets:
        return None
    return Sealer(
        settings.vault_secrets,
        purpose=VAULT,
        tenant=settings.project_name,
        setting="VAULT_SECRET",
    )


def build_admission(settings: Settings) -> Admission:
    """Return what every accepted message passes before it is stored."""
    return Admission(accounts=account_sealer(settings), vault=vault_sealer(settings))
