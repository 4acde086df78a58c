"""Calls of the platform as raw JSON, each with one fact changed at a time."""

from dataclasses import dataclass
from typing import Any

import aiohttp
import jsonschema

from lola.partners.vna.openapi import document
from lola.partners.vna.sql.book import SqlAccountBook
from tests.support import ManualClock

SECRET = "vna-9f3b6c1e7a2d4850"
HEADERS = {"Authorization": f"Bearer {SECRET}"}
DOCUMENT = document()


def person(**changes: Any) -> dict[str, Any]:
    found = {
        "FirstName": "Rosa",
        "LastName": "Lago",
        "Gender": "Female",
        "BirthDate": "1990-01-15",
        "Address": {
            "Address1": "Av. Juárez 5",
            "ZipCode": "06050",
            "City": "México",
            "CountryCode": "MX",
            "StateCode": "MX-CMX",
        },
        "PhoneNumber": "+525555550111",
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


SENDER = person(FirstName="Marta", BirthDate="1985-04-02", PhoneNumber="+15550100101")
AMOUNT = {"Amount": 100.5, "Currency": "USD", "ExchangeRate": 18.2}


def violations(name: str, body: object) -> list[str]:
    """Return what a response breaks of the published document."""
    path = DOCUMENT["paths"][f"/{name}"]["post"]["responses"]["200"]
    schema = {**path["content"]["application/json"]["schema"], "components": DOCUMENT["components"]}
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(body)]


@dataclass(kw_only=True)
class Bench:
    """A running server and what is behind it."""

    book: SqlAccountBook
    clock: ManualClock
    http: aiohttp.ClientSession
    url: str

    async def post(self, name: str, body: Any, headers: Any = HEADERS) -> tuple[int, Any]:
        """Call and return status and JSON; each 200 is checked against the document."""
        async with self.http.post(f"{self.url}/{name}", json=body, headers=headers) as response:
            data = await response.json()
            if response.status == 200:
                data_seen = {k: v for k, v in data.items() if k != "NonReverseReason"}
                assert violations(name, data_seen) == []
            return response.status, data

    async def ok(self, name: str, body: Any) -> Any:
        status, data = await self.post(name, body)
        assert status == 200, data
        return data

    async def open(self, **changes: Any) -> str:
        body = {"PersonalData": person(**changes), **AMOUNT}
        return (await self.ok("CreateAccount", body))["AccountIdentifier"]

    async def authorize(self, **changes: Any) -> Any:
        body = {
            "SenderPersonalData": SENDER,
            "ReceiverPersonalData": person(),
            **AMOUNT,
            **changes,
        }
        return await self.ok("TxAuthorization", body)

    async def credit(self, account: str, authorization: str | None, **changes: Any) -> Any:
        body = {"AccountIdentifier": account, **changes}
        if authorization is not None:
            body["AuthTrackingIdentifier"] = authorization
        return await self.ok("CreditFunds", body)

    async def credited(self) -> tuple[str, str]:
        """Open an account, credit it, and return the numbers of both."""
        account = await self.open()
        authorized = await self.authorize()
        credit = await self.credit(account, authorized["TrackingIdentifier"])
        return account, credit["TrackingIdentifier"]

    async def reference(self, name: str, account: str, credit: str) -> Any:
        body = {"AccountIdentifier": account, "CreditTrackingNumber": credit}
        return await self.ok(name, body)
