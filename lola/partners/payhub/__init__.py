"""The client of PayHub (RaaS): sender identity, quotes, and the bank's records of a sender.

`client` and `records_client` implement the service's ports and `api` has every published call.
`requests`, `routes` and `bodies` send, `responses` reads what comes back, `errors` names the error
codes that matter, and `scopes` knows what a key may call.
"""

from lola.partners.payhub.api import PayhubApi
from lola.partners.payhub.client import PayhubClient
from lola.partners.payhub.records_client import PayhubRecords
from lola.partners.payhub.requests import PayhubRequests

__all__ = ["PayhubApi", "PayhubClient", "PayhubRecords", "PayhubRequests"]
