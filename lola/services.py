"""The services that middleware and tools may use, built once by the composition root."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lola.clock import Clock
from lola.partners.records import CustomerRecords
from lola.partners.remittances import IdentityService, Remittances
from lola.settings import Settings
from lola.wording import Wording

if TYPE_CHECKING:
    from lola.money.service import MoneyService
    from lola.passages import Retriever
    from lola.state.store import StateStore
    from lola.state.watch import WatchList


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
    watch: "WatchList"
    retriever: "Retriever | None" = None
