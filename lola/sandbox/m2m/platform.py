"""The M2M platform's stand-in, put together: one database, one clock, every part of its domain.

It knows no HTTP. The API, the pages and the remote control all act through it, so that one set of
rules holds for all of them.
"""

from importlib import resources

from lola.domain.messages import JsonObject
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.m2m.activity import Activity
from lola.sandbox.m2m.cip import Cip
from lola.sandbox.m2m.customer import Customer
from lola.sandbox.m2m.data_requests import DataRequests
from lola.sandbox.m2m.deliveries import TIMEOUT_SECONDS, Deliveries
from lola.sandbox.m2m.errors import UnknownResourceError
from lola.sandbox.m2m.links import Links
from lola.sandbox.m2m.operations import Operations
from lola.sandbox.m2m.partners import Partners
from lola.sandbox.m2m.rows import Link, Partner
from lola.sandbox.m2m.users import Users
from lola.sandbox.m2m.views import link_details
from lola.sandbox.m2m.wallet import Wallet
from lola.sandbox.store import Database


class Platform:
    """Every part of the platform, under the names that the reference uses.

    `limits_requests` may be switched off where senders are played faster than people write.
    """

    def __init__(
        self, database: Database, clock: SandboxClock, *, webhook_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        database.create(resources.files(__package__).joinpath("schema.sql").read_text())
        self.database = database
        self.clock = clock
        self.limits_requests = True
        self.partners = Partners(database, clock)
        self.users = Users(database, clock)
        self.wallet = Wallet(database, self.users)
        self.activity = Activity(database, clock)
        self.deliveries = Deliveries(database, clock, self.partners, timeout=webhook_seconds)
        self.links = Links(database, clock, self.users, self.activity, self.deliveries)
        self.requests = DataRequests(
            database, clock, self.links, self.users, self.activity, self.deliveries
        )
        self.cip = Cip(database, clock, self.links, self.users, self.activity)
        self.operations = Operations(
            database, clock, self.links, self.users, self.activity, self.deliveries
        )
        self.customer = Customer(
            clock,
            self.links,
            self.users,
            self.wallet,
            self.cip,
            self.operations,
            self.requests,
        )

    def start(self, *, api_url: str, widget_url: str) -> None:
        """Say where the API and the pages are, and take up pending deliveries."""
        self.requests.api_url = api_url
        self.links.widget_url = widget_url
        self.deliveries.start()

    def now(self) -> str:
        """Answer the present instant as the platform writes it."""
        return iso(self.clock())

    def create_link(self, partner: Partner, body: JsonObject) -> Link:
        """Make a link from a checked body, with everything that follows from it (5.1)."""
        with self.database.step():
            link = self.links.create(partner, body)
            self.requests.consider(link, "creation")
        return link

    def find_link(self, link_id: str) -> Link | None:
        """Answer a link by id, whoever's it is, or None."""
        try:
            return self.links.get(link_id)
        except UnknownResourceError:
            return None

    def details(self, link: Link) -> JsonObject:
        """Answer all about a link as the API shows it, people masked (5.3)."""
        return link_details(
            link,
            self.links.url(link),
            self.users.data(link.user_id),
            self.users.get(link.user_id),
            self.operations.get(link.operation_id) if link.operation_id else None,
        )
