"""The services that middleware and tools may use, built once at the start."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lola.domain.clock import Clock
from lola.partners.customer_records import CustomerRecords
from lola.partners.remittances import IdentityService, Remittances
from lola.settings import Settings
from lola.text.wording import Wording

if TYPE_CHECKING:
    from lola.domain.passages import Retriever
    from lola.money.accounts import Accounts
    from lola.money.asking.service import MoneyRequests
    from lola.money.enrolment.service import EnrolmentService
    from lola.money.service import MoneyService
    from lola.partners.vna.statements import Statements
    from lola.state.rates import Rates
    from lola.state.store import StateStore
    from lola.state.sync_list import SyncList


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The shared services. A component takes what it needs in its `build`."""

    settings: Settings
    clock: Clock
    store: "StateStore"
    identity: IdentityService
    remittances: Remittances
    money: "MoneyService"
    enrolments: "EnrolmentService"
    accounts: "Accounts"
    wording: Wording
    records: CustomerRecords
    sync_list: "SyncList"
    rates: "Rates | None" = None
    retriever: "Retriever | None" = None
    statements: "Statements | None" = None
    money_requests: "MoneyRequests | None" = None
