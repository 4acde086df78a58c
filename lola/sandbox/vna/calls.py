"""One call of the platform: what a partner answered, told apart from what is unknown."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import aiohttp
from pydantic import ValidationError

from lola.partners.vna.contract import Wire

Response = TypeVar("Response", bound=Wire)

_OK: Final = 200
_NUMBERS: Final[dict[object, str]] = {1: "InProgress", 2: "Approved", 3: "Failed"}
"""The older contract's numbers; their order is inferred (reference/vna.md 7)."""


class UnknownOutcomeError(Exception):
    """A timeout, a broken connection or any status but 200: neither success nor failure."""


class ContractViolationError(Exception):
    """A response that breaks the schema; `problems` name the fields."""

    def __init__(self, call: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"{call}: {'; '.join(problems)}")
        self.problems = problems


class PartnerCalls:
    """Calls the partner's six endpoints below its base address."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        headers: Mapping[str, str],
        *,
        seconds: float,
        reads_numbers: bool,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._reads_numbers = reads_numbers

    async def call(self, name: str, request: Wire, response: type[Response]) -> Response:
        """Return the response. Raises UnknownOutcomeError or ContractViolationError."""
        body = self._tolerated(name, await self._post(name, request.to_json()))
        try:
            return response.read(body)
        except ValidationError as error:
            found = tuple(f"{'.'.join(map(str, i['loc']))}: {i['msg']}" for i in error.errors())
            raise ContractViolationError(name, found) from None

    async def _post(self, name: str, body: Mapping[str, Any]) -> Any:
        url = f"{self._base_url}/{name}"
        try:
            async with self._http.post(
                url, json=body, headers=self._headers, timeout=self._timeout
            ) as answer:
                if answer.status != _OK:
                    raise UnknownOutcomeError(f"{name}: status {answer.status}")
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise UnknownOutcomeError(f"{name}: {type(error).__name__}") from None

    def _tolerated(self, name: str, body: Any) -> Any:
        """Leave out what the platform reads although the schema has it otherwise."""
        if not isinstance(body, dict):
            return body
        if name == "ReverseCreditFunds":
            return {key: value for key, value in body.items() if key != "NonReverseReason"}
        if name == "GetCreditStatus" and self._reads_numbers:
            status = body.get("CreditStatus")
            return {**body, "CreditStatus": _NUMBERS.get(status, status)}
        return body
