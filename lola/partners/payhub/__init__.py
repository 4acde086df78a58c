"""The client of PayHub (RaaS): sender identity, quotes, and the bank's records of a sender.

`client` and `records_client` have the public methods, `requests` and `routes` send, `responses`
reads what comes back, `errors` names the error codes that matter.
"""

from lola.partners.payhub.client import PayhubClient
from lola.partners.payhub.records_client import PayhubRecords
from lola.partners.payhub.requests import PayhubRequests

__all__ = ["PayhubClient", "PayhubRecords", "PayhubRequests"]
