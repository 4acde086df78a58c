"""The parts that the built-in stages are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lola.agent.loop import Agent
from lola.consent import ConsentStore
from lola.conversation.file_keeping import FileKeeping
from lola.conversation.handoff import Handoff
from lola.conversation.router import LogicRouter
from lola.conversation.voice_notes import VoiceNotes
from lola.delivery.inbox import Inbox
from lola.formatting import Enhancer
from lola.models.budgets import Budgets
from lola.money.callbacks import Handlers
from lola.money.data_requests import DataRequests
from lola.services import Services
from lola.state.rates import Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """What `from_parts` of a built-in stage takes its parts from.

    `proving_channels` are the channels that may not tell a telephone number, and whether they have
    a button that proves it. Without `voice_notes` none is heard, without `file_keeping`
    no file is fetched.
    """

    services: Services
    handoff: Handoff
    router: LogicRouter[Agent]
    handlers: Handlers
    data_requests: DataRequests
    consent: ConsentStore
    budgets: Budgets
    inbox: Inbox
    enhancer: Enhancer
    rates: Rates
    voice_notes: VoiceNotes | None = None
    file_keeping: FileKeeping | None = None
    proving_channels: Mapping[str, bool] = field(default_factory=dict)
