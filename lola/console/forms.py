"""Reads the forms of the console's pages."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

CONTENT_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 20


async def form_of(request: web.Request, *, most_fields: int = MOST_FIELDS) -> Mapping[str, str]:
    """Return the fields of a form, empty for any other content. Raises HTTPBadRequest.

    What is no UTF-8 is refused, so that no field holds a text that cannot be stored.
    """
    if request.content_type != CONTENT_TYPE:
        return {}
    body = await request.read()
    try:
        return dict(
            parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=most_fields,
            )
        )
    except ValueError:
        raise web.HTTPBadRequest from None
