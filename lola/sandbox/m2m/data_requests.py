"""Data requests to the partner for fields that identification lacks (reference/m2m.md 6.1).

At most one per link, and only to a partner with a webhook address. The user never waits for it: the
pages ask for whatever the partner does not send.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal

from lola.domain.messages import JsonObject
from lola.partners.m2m.model import nested
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.m2m.activity import Activity
from lola.sandbox.m2m.deliveries import Deliveries
from lola.sandbox.m2m.errors import InvalidRequestError, RefusedError, UnknownResourceError
from lola.sandbox.m2m.links import Links
from lola.sandbox.m2m.rows import DataRequest, Link, Partner
from lola.sandbox.m2m.user_data import flatten
from lola.sandbox.m2m.users import Users
from lola.sandbox.store import Database

Moment = Literal["open", "creation"]


class DataRequests:
    """The data requests of all links. `api_url` receives the replies; `moment` is when to ask.

    The two guides disagree about the moment (reference/m2m.md 6.1), so it can be switched.
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
        self.api_url = ""
        self.moment: Moment = "open"

    def consider(self, link: Link, moment: Moment) -> None:
        """Ask the partner for missing data, if this is the moment and it has a webhook address."""
        if moment != self.moment:
            return
        user = self._users.evaluate(link.user_id)
        missing = self._users.missing(user)
        if not missing or self._deliveries.target(link) is None or self._of(link):
            return
        slug = link.link_id.split("_")[1]
        request_id = f"dr_{slug}_{random_name(12)}"
        self._database.run(
            "INSERT INTO data_requests VALUES (?, ?, ?, ?, NULL)",
            request_id,
            link.link_id,
            json.dumps(missing),
            iso(self._clock()),
        )
        self._activity.add(link.link_id, "data_request.sent", dataRequestId=request_id)
        data: JsonObject = {
            "dataRequestId": request_id,
            "referenceId": link.reference_id,
            "linkId": link.link_id,
            "requiredFields": list(missing),
            "replyEndpoint": f"{self.api_url}/partner/data-requests/{request_id}",
            "expiresAt": link.expires_at,
        }
        self._deliveries.send("user.data_request", link, data)

    def fulfill(
        self, partner: Partner, request_id: str, reference: str, data: Mapping[str, Any]
    ) -> DataRequest:
        """Accept the partner's reply. Raises RefusedError as reference/m2m.md 5.15 and 9.3 say.

        Only fields that were asked for, a payout method and an image of the id are saved.
        """
        row = self._database.one("SELECT * FROM data_requests WHERE request_id = ?", request_id)
        if row is None:
            raise UnknownResourceError
        request = DataRequest.of(row)
        link = self._links.get_of(partner, request.link_id)
        if reference != link.reference_id:
            raise RefusedError(400, "REFERENCE_ID_MISMATCH", "The referenceId does not match")
        if request.fulfilled_at is not None:
            raise InvalidRequestError("The data request is fulfilled already", status=409)
        if self._links.is_expired(link):
            raise RefusedError(400, "LINK_EXPIRED", "The link has expired")
        return self._keep(request, link, data)

    def _keep(self, request: DataRequest, link: Link, data: Mapping[str, Any]) -> DataRequest:
        wanted = {*request.required, "paymentMethod", "idImage"}
        answer = nested({path: value for path, value in flatten(data).items() if path in wanted})
        now = iso(self._clock())
        with self._database.step():
            self._users.merge(link.user_id, answer, "partner_webhook")
            self._users.evaluate(link.user_id)
            self._users.touch(link.user_id)
            self._database.run(
                "UPDATE data_requests SET fulfilled_at = ? WHERE request_id = ?",
                now,
                request.request_id,
            )
            self._activity.add(
                link.link_id, "data_request.fulfilled", dataRequestId=request.request_id
            )
        return DataRequest(
            request_id=request.request_id,
            link_id=request.link_id,
            required=request.required,
            created_at=request.created_at,
            fulfilled_at=now,
        )

    def _of(self, link: Link) -> bool:
        query = "SELECT 1 FROM data_requests WHERE link_id = ?"
        return self._database.one(query, link.link_id) is not None
