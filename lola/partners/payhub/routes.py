"""The routes of RaaS that we call, by our own names (reference/raas.md 5 and 7)."""

from collections.abc import Mapping
from types import MappingProxyType

from lola.partners.http import Route

ROUTES: Mapping[str, Route] = MappingProxyType(
    {
        "profile": Route(method="GET", path="/user/profile/{phone}"),
        "cip": Route(method="GET", path="/cip/process/{phone}"),
        "payment_methods": Route(method="GET", path="/user/funding/source/send-money/{user}"),
        "contacts": Route(method="GET", path="/user/contacts/{user}"),
        "contact_source": Route(method="GET", path="/user/funding/contact/source/{user}"),
        "corridors": Route(method="GET", path="/user/corridors"),
        "quote": Route(method="POST", path="/user/operations/operation-quote-lite"),
        "payers": Route(method="GET", path="/user/funding/cash/operators", inferred=True),
        "branches": Route(method="GET", path="/user/funding/cash/locations", inferred=True),
        "banks": Route(method="GET", path="/service/banks", inferred=True),
        "validate_account": Route(
            method="POST", path="/user/funding/source/ubn-account/validate", inferred=True
        ),
        "operations": Route(method="GET", path="/user/operations/{user}"),
        "operation": Route(method="GET", path="/user/operations/detail/{id}"),
        "limits": Route(method="POST", path="/cip/can-operate/{user}"),
        "add_contact": Route(method="POST", path="/user/contacts/{user}"),
        "update_contact": Route(method="PUT", path="/user/contacts/{user}"),
        "receiving_methods": Route(
            method="GET", path="/user/funding/source/get-receiving-methods/{user}"
        ),
        "request_money": Route(method="POST", path="/user/operations/request-money-v2/{user}"),
    }
)
