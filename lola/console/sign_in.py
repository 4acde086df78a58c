"""Signs staff in and out: one procedure for the pages and the API, which only word the result."""

from dataclasses import dataclass, field
from math import ceil
from typing import Literal

import structlog
from aiohttp import web

from lola.console.context import CONSOLE, COOKIE, SIGN_IN, set_cookie
from lola.console.sessions import SignIn
from lola.console.throttle import DEVICE_SECONDS
from lola.safety.addresses import subscriber
from lola.telemetry import names

DEVICE_COOKIE = "lola_console_device"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The name and password were right; `grant` gives the browser its cookie."""

    sign_in: SignIn
    cookie: str
    device: str

    def grant(self, request: web.Request, response: web.StreamResponse) -> None:
        """Set the cookies of the sign-in and of the browser on the response."""
        set_cookie(response, request, COOKIE, self.cookie)
        set_cookie(response, request, DEVICE_COOKIE, self.device, max_age=DEVICE_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused:
    """The sign-in was refused, with the HTTP status, a stable word and headers of the answer."""

    status: int
    reason: Literal["wrong_password", "too_many"]
    headers: dict[str, str] = field(default_factory=dict)


async def sign_in(request: web.Request, name: str, password: str) -> SignedIn | SignInRefused:
    """Check name and password and open a sign-in; the attempt counts and is logged."""
    console = request.app[CONSOLE]
    address, device = subscriber(request.remote or ""), request.cookies.get(DEVICE_COOKIE, "")
    if wait := await console.throttle.attempt(name, address, device):
        log.warning(names.CONSOLE_SIGN_IN_REFUSED, reason="too_many", address=request.remote)
        headers = {"Retry-After": str(ceil(wait))}
        return SignInRefused(status=429, reason="too_many", headers=headers)
    account = await console.staff.check(name, password)
    if account is None:
        log.warning(names.CONSOLE_SIGN_IN_REFUSED, reason="wrong", address=request.remote)
        return SignInRefused(status=401, reason="wrong_password")
    device = await console.throttle.succeeded(account.name, address, device)
    cookie, opened = await console.sign_ins.open(account)
    await console.record(names.CONSOLE_SIGNED_IN, account.name)
    return SignedIn(sign_in=opened, cookie=cookie, device=device)


async def sign_out(request: web.Request, response: web.StreamResponse) -> None:
    """End the request's sign-in in the store, and delete its cookie on the response."""
    console = request.app[CONSOLE]
    await console.sign_ins.end(request.cookies.get(COOKIE, ""))
    await console.record(names.CONSOLE_SIGNED_OUT, request[SIGN_IN].name)
    response.del_cookie(COOKIE, path=str(request.app.router["queue"].url_for()))
