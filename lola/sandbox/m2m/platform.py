"""The M2M platform's domain: builds its parts on one database and one clock.

It knows no HTTP. The Partner API, the widget's pages and the control API all act through it, so
that the same rules hold for all of them.
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
    """The parts of the platform, named as in reference/m2m.md.

    `limits_requests` can be switched off for tests that write faster than people do.
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
        self.cip = Cip(database, clock, self.links, self.users, self.activity, self.deliveries)
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
        """Set the addresses of the API and the pages, and continue pending deliveries."""
        self.requests.api_url = api_url
        self.links.widget_url = widget_url
        self.deliveries.start()

    def now(self) -> str:
        """Return the current instant in the platform's format."""
        return iso(self.clock())

    def create_link(self, partner: Partner, body: JsonObject) -> Link:
        """Create a link from a checked body, and the data request that may follow (5.1)."""
        with self.database.step():
            link = self.links.create(partner, body)
            self.requests.consider(link, "creation")
        return link

    def find_link(self, link_id: str) -> Link | None:
        """Return a link of any partner by id, or None."""
        try:
            return self.links.get(link_id)
        except UnknownResourceError:
            return None

    def details(self, link: Link) -> JsonObject:
        """Return the API's details of a link, with user data masked (5.3)."""
        return link_details(
            link,
            self.links.url(link),
            self.users.data(link.user_id),
            self.users.get(link.user_id),
            self.operations.get(link.operation_id) if link.operation_id else None,
        )
