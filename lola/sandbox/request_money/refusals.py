"""The refusals of the Request Money stand-in, each with its response and its error class.

Texts name fields and states, never values of the request (reference/request-api.md 6, 7.6 and 9).
"""

from collections.abc import Mapping

from lola.domain.messages import JsonObject


class RequestRefusal(Exception):  # noqa: N818 - a response, raised
    """A call that is refused. `error_class` is the `errorCode` of the event about it."""

    def __init__(
        self, status: int, error_class: str, message: str, extra: JsonObject | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_class = error_class
        self.body: JsonObject = {"message": message, **(extra or {})}


def invalid(fields: Mapping[str, str]) -> RequestRefusal:
    """Return the 422 that names each wrong field."""
    details = {name: [problem] for name, problem in sorted(fields.items())}
    return RequestRefusal(
        422, "UnprocessableEntityException", "Validation failed", {"details": details}
    )


def unreadable() -> RequestRefusal:
    """Return the 400 of a body that is no JSON object."""
    return RequestRefusal(400, "BadRequestException", "The body is not a JSON object")


def unauthorized() -> RequestRefusal:
    """Return the 401 of a wrong key or secret. No event follows: the caller is unknown."""
    return RequestRefusal(401, "UnauthorizedException", "Unauthorized")


def unknown() -> RequestRefusal:
    """Return the 404 of a reference that this partner has no operation for."""
    return RequestRefusal(
        404, "NotFoundException", "No operation has this reference", {"error": "not_found"}
    )


def screened() -> RequestRefusal:
    """Return the 403 of a screening hit."""
    return RequestRefusal(403, "OFAC_HIT", "The request was blocked", {"error": "OFAC_HIT"})


def outage() -> RequestRefusal:
    """Return the 503 of an identity validator that is down."""
    return RequestRefusal(
        503, "ServiceUnavailableException", "The identity validator is not available"
    )
