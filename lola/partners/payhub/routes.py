"""The routes of RaaS that we call, by our own names (reference/raas.md 5, 6 and 7)."""

from collections.abc import Mapping
from types import MappingProxyType

from lola.partners.http import Route

ROUTES: Mapping[str, Route] = MappingProxyType(
    {
        "user_token": Route(method="POST", path="/auth/get-user-token-v2"),
        "register": Route(method="POST", path="/auth/register-user-v2"),
        "session_link": Route(method="POST", path="/auth/sessionlink-v2"),
        "session_link_of": Route(method="GET", path="/auth/sessionlink-v4/{user}"),
        "link_session": Route(method="POST", path="/auth/auth-by-token-link", is_public=True),
        "profile": Route(method="GET", path="/user/profile/{alias}"),
        "update_profile": Route(method="PUT", path="/user/profile/{alias}"),
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
        "operation_status": Route(method="GET", path="/user/operations/status/{user}/{id}"),
        "frequent_contacts": Route(method="GET", path="/user/operations/frequent/{user}/{limit}"),
        "limits": Route(method="POST", path="/cip/can-operate/{user}"),
        "add_contact": Route(method="POST", path="/user/contacts/{user}"),
        "update_contact": Route(method="PUT", path="/user/contacts/{user}"),
        "method_types": Route(
            method="GET", path="/user/corridors/available-receiver-methodtypes/{user}"
        ),
        "receiving_methods": Route(
            method="GET", path="/user/funding/source/get-receiving-methods/{user}"
        ),
        "add_card": Route(method="POST", path="/user/funding/source/card/add/{user}"),
        "payment_method": Route(
            method="GET", path="/user/funding/source/get-payment-method-v2/{user}"
        ),
        "add_ubn": Route(method="POST", path="/user/funding/source/ubn-account/add/{user}"),
        "request_money": Route(method="POST", path="/user/operations/request-money-v2/{user}"),
        "request_money_full": Route(method="POST", path="/user/operations/request-money-full"),
        "quote_v2": Route(method="POST", path="/user/operations/operation-quote-v2/{user}"),
    }
)
