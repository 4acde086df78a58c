"""The connection to Gemini: the developer service by key, or Vertex by project and location.

Everything is passed to the SDK explicitly: it would take keys, projects and the location `global`
from the environment, and a bank's data must go where a setting says (reference/channels.md 5.6).
"""

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import aiohttp

from lola.errors import ConfigurationError, ModelError
from lola.models.boundary import model_boundary
from lola.safety.outgoing import no_redirects, open_session
from lola.settings import Settings

if TYPE_CHECKING:
    from google import genai

API_VERSION = "v1beta"
VERTEX_API_VERSION = "v1beta1"

_GRANTING = "google's token service"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# What one request to the token endpoint may take; a turn waits no longer than its own deadline.
_TOKEN_SECONDS = 10.0


class GeminiClient:
    """Opens the SDK's client at first need, because its session belongs to the running loop."""

    def __init__(self, *, api_key: str, project: str, location: str, base_url: str) -> None:
        self._api_key = api_key
        self._project = project
        self._location = location
        self._base_url = base_url
        self._credentials = None if api_key else VertexCredentials()
        self._session: aiohttp.ClientSession | None = None
        self._client: genai.Client | None = None

    async def opened(self) -> "genai.Client":
        """Return the client, on Vertex with a token that is valid now. Raises ModelError."""
        if self._credentials is not None:
            await self._credentials.refresh()
        if self._client is None:
            self._client = self._open()
        return self._client

    async def close(self) -> None:
        """Release connections. Safe to call twice; the next request opens anew."""
        session, client = self._session, self._client
        self._session = self._client = None
        if self._credentials is not None:
            self._credentials.close()
        if client is not None:
            await client.aio.aclose()
            client.close()
        if session is not None:
            await session.close()

    def _open(self) -> "genai.Client":
        from google import genai
        from google.genai import types

        self._session = open_session(trace_configs=[no_redirects()])
        options = types.HttpOptions(
            api_version=API_VERSION if self._api_key else VERTEX_API_VERSION,
            base_url=self._base_url or None,
            # One attempt, stated: else the SDK repeats a broken connection after 1 to 10 s.
            retry_options=types.HttpRetryOptions(attempts=1),
            aiohttp_client=self._session,
        )
        if self._credentials is None:
            return genai.Client(vertexai=False, api_key=self._api_key, http_options=options)
        return genai.Client(
            vertexai=True,
            project=self._project,
            location=self._location,
            credentials=self._credentials.held,
            http_options=options,
        )


def client_from(settings: Settings, setting: str) -> GeminiClient:
    """Return a client with the access that the settings give to Gemini models.

    Raises ConfigurationError that names `setting`, which needs it, where there is none.
    """
    vertex = settings.uses_vertex
    key = "" if vertex else settings.gemini_api_key.get_secret_value()
    if not (key or (settings.google_cloud_project and settings.google_cloud_location)):
        raise ConfigurationError(setting, "needs GEMINI_API_KEY or a project and region of Vertex")
    return GeminiClient(
        api_key=key,
        project="" if key else settings.google_cloud_project,
        location="" if key else settings.google_cloud_location,
        base_url=settings.google_gemini_base_url,
    )


class VertexCredentials:
    """Google's application default credentials, loaded and refreshed in one thread at a time.

    The SDK would use a thread for each turn that waits for a token, and a token endpoint that hangs
    would then take every thread of the process.
    """

    def __init__(self) -> None:
        from google.oauth2.credentials import Credentials

        # What the SDK sees: a token that never expires by its own reckoning, because this class
        # renews it in time.
        self.held: Any = Credentials(token=None)  # type: ignore[no-untyped-call]
        self._source: Any = None
        self._refreshing: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Make sure that the token is valid. Raises ModelError."""
        if self._source is not None and self._source.valid:
            return
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(asyncio.to_thread(self._renew))
            self._refreshing.add_done_callback(_seen)
        with model_boundary(_GRANTING, _page_error):
            # Shielded: the token is still of use to the next turn when this one has run out.
            await asyncio.shield(self._refreshing)

    def close(self) -> None:
        """Stop waiting for a token that is on its way. The next request asks for another."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        self._refreshing = None

    def _renew(self) -> None:
        import google.auth

        source, self._source = self._source, None
        if source is None:
            source, _ = google.auth.default(scopes=[_SCOPE])
        source.refresh(_bounded_request())
        self.held.token = source.token
        self.held._quota_project_id = source.quota_project_id  # noqa: SLF001 - it has no setter
        # Only now: a source that failed is loaded anew, because its file may have been replaced.
        self._source = source


def _page_error(error: Exception) -> ModelError | None:
    """Return "broken" for an HTML page in place of a token, which google-auth calls a refusal."""
    page = error.args[0] if type(error).__name__ == "RefreshError" and error.args else ""
    if not str(page).lstrip().startswith("<"):
        return None
    return ModelError(f"{_GRANTING} answered a page", reason="broken", retryable=True)


def _seen(task: "asyncio.Task[None]") -> None:
    """Mark the outcome as seen: the turn that waited for it may be gone."""
    if not task.cancelled():
        task.exception()


def _bounded_request() -> Callable[..., Any]:
    """Return google-auth's transport with a time-out; its own is two minutes."""
    from google.auth.transport.requests import Request

    class Bounded(Request):
        def __call__(self, *arguments: Any, **options: Any) -> Any:
            # Of the variables for an authority, requests reads only REQUESTS_CA_BUNDLE itself.
            trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
            limited = {"timeout": _TOKEN_SECONDS, "verify": trusted or True, **options}
            return super().__call__(*arguments, **limited)  # type: ignore[no-untyped-call]

    return Bounded()
