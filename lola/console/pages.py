"""The pages of signing in and out. They work without scripts: every action is a form.

A refused form shows the page again with the reason and what was typed; a successful one redirects,
so that reloading the page repeats nothing.
"""

import secrets

from aiohttp import web

from lola.console import sign_in as signing
from lola.console.context import (
    CONSOLE,
    SIGN_IN,
    set_cookie,
)
from lola.console.forms import form_of
from lola.console.queue_pages import to_queue
from lola.console.security import same
from lola.safety.input.redaction import redact_stored

_SIGN_IN_COOKIE = "lola_console_sign_in"


def add_pages(app: web.Application) -> None:
    """Register the pages."""
    router = app.router
    router.add_get("/sign-in", sign_in_page, name="sign_in")
    router.add_post("/sign-in", sign_in, name="sign_in")
    router.add_post("/sign-out", sign_out, name="sign_out")


async def sign_in_page(request: web.Request) -> web.StreamResponse:
    """Show the form for name and password."""
    if SIGN_IN in request:
        return await to_queue(request)
    return _sign_in_form(request)


def _sign_in_form(
    request: web.Request, *, status: int = 200, notice: str = "", name: str = ""
) -> web.Response:
    # There is no sign-in yet, so the form's token is bound to a cookie of its own.
    token = secrets.token_urlsafe(16)
    response = request.app[CONSOLE].pages.page(
        request, "sign_in.html", status=status, notice=notice, name=name, token=token
    )
    set_cookie(response, request, _SIGN_IN_COOKIE, token)
    return response


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Sign in with the form's name and password."""
    form = await form_of(request)
    if not same(form.get("csrf", ""), request.cookies.get(_SIGN_IN_COOKIE, "")):
        raise web.HTTPForbidden
    name = form.get("name", "")
    result = await signing.sign_in(request, name, form.get("password", ""))
    if isinstance(result, signing.SignInRefused):
        response = _sign_in_form(
            request, status=result.status, notice=result.reason, name=redact_stored(name)
        )
        response.headers.update(result.headers)
        return response
    response = _redirect(request, "queue")
    result.grant(request, response)
    return response


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the sign-in."""
    response = _redirect(request, "sign_in")
    await signing.sign_out(request, response)
    return response


def _redirect(request: web.Request, route: str) -> web.Response:
    return web.Response(status=303, headers={"Location": str(request.app.router[route].url_for())})
