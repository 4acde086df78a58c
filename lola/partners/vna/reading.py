"""Reads the body of a call exactly, and says which field is wrong without showing its value."""

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from aiohttp import web
from pydantic import ValidationError

from lola.partners.vna.contract import Wire

Request = TypeVar("Request", bound=Wire)

JSON = "application/json"
_LONGEST_NUMBER = 40


class UnreadableError(Exception):
    """A body that is not what the contract says; `problems` are field and words."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("the body breaks the contract")
        self.problems = tuple(problems)


async def read(request: web.Request, model: type[Request]) -> Request:
    """Return the body as `model`. Raises UnreadableError, or 415 for anything but JSON in UTF-8."""
    if request.content_type != JSON or (request.charset or "utf-8").lower() != "utf-8":
        raise web.HTTPUnsupportedMediaType
    try:
        text = (await request.read()).decode("utf-8")
        data = json.loads(
            text,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError):
        raise UnreadableError([("", "the body is no JSON object")]) from None
    try:
        return model.read(data)
    except ValidationError as error:
        raise UnreadableError([_problem(item) for item in error.errors()]) from None


def _problem(error: Any) -> tuple[str, str]:
    return ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")


def _number(text: str) -> Decimal:
    """Read a number with all of its digits (reference/surprises.md 9)."""
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("a number is too long")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number cannot be read") from None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a field that is there twice: readers disagree on which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is there twice")
    return found
