"""PayHub's error codes that the client acts on. All other codes are passed on to the caller."""

from collections.abc import Mapping
from typing import Any

from lola.errors import (
    PartnerAccessError,
    PartnerError,
    PartnerRefusedError,
    PartnerUnavailableError,
)
from lola.partners.http import Route

PARTNER = "payhub"

NO_SUCH_SENDER = frozenset({"ERROR_USER_NOT_FOUND", "USER_NOT_FOUND"})
NO_PAYMENT_METHOD = "ERROR_PAYMENT_METHOD_NOT_FOUND"
NO_OPERATION = "ERROR_OPERATION_NOT_FOUND"
"""Comes with status 500, also for an operation of another tenant (reference/raas.md 5.15)."""
ACCOUNT_REFUSED = frozenset({"UBN_VALIDATION_ERROR"})
CORRELATION_ID_USED = frozenset({"ERROR_CORRELATION_ID_ALREADY_USED"})
"""Inferred (reference/raas.md 15): the request exists already, and its detail has the link."""
ABOUT_THE_USER = NO_SUCH_SENDER | {"INVALID_TENANT", "ERROR_INVALID_TENANT"}
"""A 403 with one of these is about a user, not about the key (reference/raas.md 5.11)."""
WITHOUT_CODE = "WITHOUT_CODE"
"""Our own word for a refusal that names no code."""
FREE_FORM = frozenset({"/user/funding/source/card/add/{user}"})


def identity_outage(error: PartnerRefusedError) -> PartnerUnavailableError:
    """Return the outage that a refused identity request is treated as."""
    return PartnerUnavailableError(PARTNER, f"identity refused with {error.partner_code}")


def error_code(body: Any) -> object:
    """Return the `code` of an `ErrorResponse`, if it has one (reference/raas.md 3)."""
    return body.get("code") if isinstance(body, dict) else None


def read_problem(
    route: Route, status: int, body: Any, scopes: frozenset[str] = frozenset()
) -> PartnerError | None:
    """Read an error body where the status alone would mislead; None leaves it to common rules.

    `scopes` are those of which the call wants one.
    """
    code = error_code(body)
    if status == 401 or (status == 403 and code not in ABOUT_THE_USER):
        return _access(route, status, body, scopes)
    if status == 422 and isinstance(body, dict) and isinstance(body.get("fields"), dict):
        return _wrong_fields(route, body)
    if code is None and isinstance(body, dict) and _is_refusal(route, status, body):
        return PartnerRefusedError(
            PARTNER, f"{route} answered {status}", partner_code=WITHOUT_CODE, status=status
        )
    if status == 500 and code == NO_OPERATION:
        return PartnerRefusedError(
            PARTNER, f"{route} answered {status}", partner_code=NO_OPERATION, status=status
        )
    return None


def _is_refusal(route: Route, status: int, body: Mapping[str, Any]) -> bool:
    """Return whether an error without a code is the partner's and not of something in between.

    A few calls refuse with a reason alone, and a new card with an object of any form (5.9, 6.1).
    """
    has_reason = status in {400, 404} and isinstance(body.get("reason"), str)
    return has_reason or (status == 400 and route.path in FREE_FORM)


def _access(route: Route, status: int, body: Any, scopes: frozenset[str]) -> PartnerAccessError:
    """Return the refusal of a key. Scopes are refused with 401 and with 403 (14, 1)."""
    reason = str(body.get("reason", "")) if isinstance(body, dict) else ""
    is_scope = status == 403 or "scope" in reason.lower()
    wanted = " or ".join(sorted(scopes)) or "no scope"
    said = f"the key lacks a scope, it needs {wanted}" if is_scope else "the key is not accepted"
    return PartnerAccessError(
        PARTNER,
        f"{route} answered {status}: {said}",
        status=status,
        is_scope=is_scope,
        hint="ask for a key of another profile" if is_scope else "check RAAS_API_KEY",
    )


def _wrong_fields(route: Route, body: Mapping[str, Any]) -> PartnerRefusedError:
    """Return a `ValidateError` with its message for each field (reference/raas.md 3)."""
    fields = {
        str(name): str(item.get("message", "")) if isinstance(item, dict) else ""
        for name, item in body["fields"].items()
    }
    return PartnerRefusedError(
        PARTNER,
        f"{route} answered 422",
        partner_code="ValidateError",
        status=422,
        fields=fields,
    )
