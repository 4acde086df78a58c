"""Health and metrics. Live: the process responds. Ready: messages can be stored, or why not."""

from typing import TYPE_CHECKING

from aiohttp import web

from lola.errors import StoreUnavailableError
from lola.telemetry.metrics import CONTENT_TYPE, Metrics

if TYPE_CHECKING:
    from lola.state.store import StateStore


def health_routes(store: "StateStore") -> list[web.RouteDef]:
    """Build the routes that tell a supervisor or a load balancer about the process."""

    async def live(_: web.Request) -> web.Response:
        return web.json_response({"status": "live"})

    async def ready(_: web.Request) -> web.Response:
        try:
            await store.ping()
        except StoreUnavailableError as error:
            body = {"status": "unavailable", "code": error.code, "reason": str(error)}
            return web.json_response(body, status=503)
        return web.json_response({"status": "ready"})

    return [web.get("/health/live", live), web.get("/health/ready", ready)]


def metrics_route(metrics: Metrics) -> web.RouteDef:
    """Build the route that Prometheus reads."""

    async def scrape(_: web.Request) -> web.Response:
        return web.Response(body=metrics.render(), headers={"Content-Type": CONTENT_TYPE})

    return web.get("/metrics", scrape)
