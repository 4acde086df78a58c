"""A listener for health and metrics, which every process has where the operator wants it.

Workers have no other address. On a gateway it keeps the metrics off the public port.
"""

from aiohttp import web

from lola.errors import ConfigurationError
from lola.gateway.health import health_routes, metrics_route
from lola.settings import Settings
from lola.state.store import StateStore
from lola.telemetry.metrics import Metrics

_SHUTDOWN_SECONDS = 1.0


async def start_operations(
    settings: Settings, store: StateStore, metrics: Metrics
) -> web.AppRunner:
    """Listen on OPERATIONS_HOST and OPERATIONS_PORT; the caller cleans the runner up.

    Raises ConfigurationError when the address cannot be used.
    """
    app = web.Application()
    app.add_routes([*health_routes(store), metrics_route(metrics)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.operations_host, settings.operations_port).start()
    except OSError as error:
        await runner.cleanup()
        address = f"{settings.operations_host}:{settings.operations_port}"
        raise ConfigurationError("OPERATIONS_PORT", f"{address}: {error.strerror}") from None
    return runner
