"""The services that middleware and tools may use, built once by the composition root."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lola.domain.clock import Clock
from lola.partners.customer_records import CustomerRecords
from lola.partners.remittances import IdentityService, Remittances
from lola.settings import Settings
from lola.text.wording import Wording

if TYPE_CHECKING:
    from lola.domain.passages import Retriever
    from lola.money.service import MoneyService
    from lola.state.store import StateStore
    from lola.state.sync_list import SyncList


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a wing gets to work with. A component takes what it needs in its `build`."""

    settings: Settings
    clock: Clock
    store: "StateStore"
    identity: IdentityService
    remittances: Remittances
    money: "MoneyService"
    wording: Wording
    records: CustomerRecords
    watch: "SyncList"
    retriever: "Retriever | None" = None
