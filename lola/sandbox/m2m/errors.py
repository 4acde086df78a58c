"""The refusals of the M2M stand-in, each with the response that the API gives.

Texts name fields and states, never values of the request.
"""

from collections.abc import Mapping
from typing import Literal

LinkState = Literal["open", "used", "revoked", "expired"]
StepName = Literal["data", "identity", "payout", "card"]


class RefusedError(Exception):
    """A rule of the API forbids the request; `status`, `code` and the text are the response."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class InvalidRequestError(RefusedError):
    """The request has the wrong form, or the resource is in the wrong state."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(status, "INVALID_REQUEST", message)


class UnknownResourceError(RefusedError):
    """No resource has this id, or it belongs to another partner: both look the same."""

    def __init__(self) -> None:
        super().__init__(404, "RESOURCE_NOT_FOUND", "Resource not found")


class UserBlockedError(RefusedError):
    """The partner blocked this user: no new links, no completed transfers (5.11)."""

    def __init__(self) -> None:
        super().__init__(403, "USER_BLOCKED", "The user is blocked")


class LinkGoneError(RefusedError):
    """The link can no longer be used; `state` says why."""

    def __init__(self, state: LinkState) -> None:
        code = "LINK_EXPIRED" if state == "expired" else "INVALID_REQUEST"
        super().__init__(400, code, f"The link is {state}")
        self.state: LinkState = state


class StepMissingError(RefusedError):
    """An earlier step is not done yet; `step` is its name."""

    def __init__(self, step: StepName) -> None:
        super().__init__(409, "INVALID_REQUEST", f"The {step} step is not done")
        self.step: StepName = step


class FieldsError(RefusedError):
    """What the sender typed is not valid: dotted path → `required` or `invalid`."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(400, "INVALID_REQUEST", f"Check {', '.join(sorted(fields))}")
        self.fields = dict(fields)
