"""Builds the seals of what senders write, and the admission to the inbox that uses them."""

from lola.money.accounts import PURPOSE as ACCOUNTS
from lola.money.sealing import LONGEST_TOKEN, Sealer
from lola.safety.input.admission import Admission
from lola.settings import Settings
from lola.state.kept_files import KeptFiles
from lola.state.store import StateStore

VAULT = "vault"
FILES = "files"


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


def build_kept_files(settings: Settings, store: StateStore) -> KeptFiles | None:
    """Return where files of senders are kept; None without FILES_KEPT_HOURS.

    Raises ConfigurationError without VAULT_SECRET, whose keys encrypt them.
    """
    if not settings.files_kept_hours:
        return None
    sealer = Sealer(
        settings.vault_secrets,
        purpose=FILES,
        tenant=settings.project_name,
        setting="VAULT_SECRET",
        # Base64 is a third longer, and the file's name is in the token too.
        longest=settings.file_bytes * 3 // 2 + LONGEST_TOKEN,
    )
    return KeptFiles(store, sealer, max(round(settings.files_kept_hours * 3600), 1))


def build_admission(settings: Settings) -> Admission:
    """Return what every accepted message passes before it is stored."""
    return Admission(accounts=account_sealer(settings), vault=vault_sealer(settings))
