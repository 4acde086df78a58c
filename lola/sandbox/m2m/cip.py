"""Identity checks: missing data, ticket, document scan, liveness test, verdict.

The rules are reference/m2m.md 4.2, 5.16, 5.17 and 9.2; the check itself is simulated. Its verdict
is the one that a tester set (`Users.set_next_verdict`), else that of the test surnames below, else
`verified`.
"""

from collections.abc import Mapping

from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.m2m.activity import Activity
from lola.sandbox.m2m.deliveries import Deliveries
from lola.sandbox.m2m.errors import InvalidRequestError, LinkGoneError, RefusedError
from lola.sandbox.m2m.links import Links
from lola.sandbox.m2m.rows import CipTicket, Link, Verdict
from lola.sandbox.m2m.users import Users
from lola.sandbox.store import Database
from lola.text.folding import fold

TEST_SURNAMES: Mapping[str, Verdict] = {
    "rechazo": "failed",
    "reject": "failed",
    "espera": "pending",
    "wait": "pending",
}
"""First surname, in any case → the verdict of this person's identity check."""


class Cip:
    """The identity checks of all links. With `announces` a verdict is sent as an event, which no
    page documents (reference/m2m.md 7.5).
    """

    def __init__(
        self,
        database: Database,
        clock: SandboxClock,
        links: Links,
        users: Users,
        activity: Activity,
        deliveries: Deliveries,
    ) -> None:
        self._database = database
        self._clock = clock
        self._links = links
        self._users = users
        self._activity = activity
        self._deliveries = deliveries
        self.announces = False

    def missing(self, link: Link) -> tuple[str, ...]:
        """Return the fields that the link's user lacks for a check; changes nothing (5.16)."""
        return self._users.missing(self._users.get(link.user_id))

    def create_ticket(self, link: Link) -> CipTicket:
        """Begin a check. Raises RefusedError for missing data, a closed link, a verified user."""
        if self._links.is_expired(link) and link.status != "revoked":
            raise RefusedError(400, "LINK_EXPIRED", "The link has expired")
        if (state := self._links.state(link)) != "open":
            raise LinkGoneError(state)
        if self._users.get(link.user_id).state == "cip_verified":
            raise InvalidRequestError("The user is verified already", status=409)
        if missing := self.missing(link):
            raise InvalidRequestError(f"Missing data: {', '.join(missing)}")
        with self._database.step():
            ticket_id = f"cip_{random_name(16)}"
            self._database.run(
                "INSERT INTO cip_tickets VALUES (?, ?, 'pending', ?, NULL, NULL)",
                ticket_id,
                link.link_id,
                iso(self._clock()),
            )
            self._users.set_state(link.user_id, "cip_pending")
            self._activity.add(link.link_id, "cip.ticket_created", ticketId=ticket_id)
        return self._read(ticket_id)

    def newest(self, link: Link) -> CipTicket | None:
        """Return the link's newest ticket."""
        row = self._database.one(
            "SELECT * FROM cip_tickets WHERE link_id = ? ORDER BY rowid DESC", link.link_id
        )
        return CipTicket.of(row) if row else None

    def scan(self, ticket: CipTicket) -> CipTicket:
        """Note that the document was photographed."""
        return self._done(ticket, "scanned_at")

    def prove_liveness(self, ticket: CipTicket) -> CipTicket:
        """Note that the liveness test was done; together with the scan it gives a verdict."""
        return self._done(ticket, "liveness_at")

    def decide(self, ticket: CipTicket, verdict: Verdict) -> CipTicket:
        """Set the verdict. Raises InvalidRequestError when there is one already."""
        if ticket.status != "pending":
            raise InvalidRequestError("The verdict is given already", status=409)
        if verdict == "pending":
            return ticket
        link = self._links.get(ticket.link_id)
        user_id = link.user_id
        with self._database.step():
            self._database.run(
                "UPDATE cip_tickets SET status = ? WHERE ticket_id = ?", verdict, ticket.ticket_id
            )
            self._users.set_state(
                user_id, "cip_verified" if verdict == "verified" else "cip_failed"
            )
            self._users.set_next_verdict(user_id, None)
            self._activity.add(ticket.link_id, f"cip.{verdict}", ticketId=ticket.ticket_id)
            if self.announces:
                ids = {"linkId": link.link_id, "referenceId": link.reference_id}
                self._deliveries.send(f"cip.{verdict}", link, {**ids, "status": verdict})
        return self._read(ticket.ticket_id)

    def _done(self, ticket: CipTicket, column: str) -> CipTicket:
        if ticket.status != "pending":
            raise InvalidRequestError("The identity check is over", status=409)
        self._database.run(
            f"UPDATE cip_tickets SET {column} = ? WHERE ticket_id = ?",  # noqa: S608 - our names
            iso(self._clock()),
            ticket.ticket_id,
        )
        ticket = self._read(ticket.ticket_id)
        if ticket.scanned_at is None or ticket.liveness_at is None:
            return ticket
        return self.decide(ticket, self._finding(self._links.get(ticket.link_id)))

    def _finding(self, link: Link) -> Verdict:
        user = self._users.get(link.user_id)
        surname = str(self._users.fields(user.user_id).get("name.lastName", ""))
        return user.next_verdict or TEST_SURNAMES.get(fold(surname), "verified")

    def _read(self, ticket_id: str) -> CipTicket:
        row = self._database.one("SELECT * FROM cip_tickets WHERE ticket_id = ?", ticket_id)
        if row is None:
            raise LookupError(ticket_id)
        return CipTicket.of(row)
