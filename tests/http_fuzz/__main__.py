"""`python -m tests.http_fuzz`: every route of gateway, console and sandbox; exit 1 for a fault.

Starts a service with its sandbox, signs in to the console, and lets schemathesis generate requests
from the OpenAPI documents. The console's API has to respond as it is documented; no route may
respond with 5xx.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from lola.console import StaffDirectory
from lola.settings import Settings, load_settings
from lola.telemetry.logs import configure
from lola.testing.harness import Harness
from tests.http_fuzz.documents import described, generic

BINARY = Path(os.environ.get("LOLA_TEST_SCHEMATHESIS", "schemathesis"))
PASSWORD = "correct horse battery"
CONTROL = "/control/"
KNOWN_SENDER = "+15550100001"
SERVER_FAULTS = ("not_a_server_error",)
CONFORMANCE = (
    *SERVER_FAULTS, "status_code_conformance", "content_type_conformance",
    "response_schema_conformance",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One run of schemathesis: a document, where its paths are, and what is checked."""

    name: str
    document: Mapping[str, Any]
    url: str
    checks: tuple[str, ...] = SERVER_FAULTS
    headers: Mapping[str, str] = field(default_factory=dict)


async def targets(harness: Harness) -> tuple[Target, ...]:
    """Return the runs, those that change the sandbox's behaviour last."""
    service, sandbox = harness.service, harness.sandbox
    sender = harness.sender(KNOWN_SENDER)
    await sender.say("hola")
    staff = StaffDirectory(service.store, service.clock, cost=2**4)
    await staff.add("ana", PASSWORD, role="supervisor")
    signed_in = await _sign_in(service.url)
    own = described()
    _with_example(own, sender.conversation)
    gateway = generic(service.gateway, without="/console/api/")
    stand_ins = sandbox.application()
    return (
        Target(
            name="console API", document=own, url=service.url, headers=signed_in,
            checks=CONFORMANCE,
        ),
        Target(name="gateway and pages", document=gateway, url=service.url, headers=signed_in),
        Target(
            name="stand-ins", document=generic(stand_ins, without=CONTROL), url=sandbox.url,
            headers=_keys(service.settings),
        ),
        Target(name="control", document=generic(stand_ins, below=CONTROL), url=sandbox.url),
    )  # fmt: skip


async def _sign_in(url: str) -> dict[str, str]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(
            f"{url}/console/api/login", json={"name": "ana", "password": PASSWORD}
        ) as response,
    ):
        token = (await response.json())["csrf"]
        cookies = "; ".join(f"{name}={one.value}" for name, one in response.cookies.items())
    return {"Cookie": cookies, "X-CSRF-Token": token}


def _keys(settings: Settings) -> dict[str, str]:
    """Return the headers that the stand-ins ask for, each its own."""
    given = {
        "X-API-Key": settings.m2m_api_key,
        "api_key": settings.raas_api_key,
    }
    headers = {name: value.get_secret_value() for name, value in given.items()}
    headers["Authorization"] = f"Bearer {settings.token_whatsapp.get_secret_value()}"
    return {name: value for name, value in headers.items() if value}


def _with_example(document: Mapping[str, Any], conversation: str) -> None:
    """Let some requests be about a conversation that exists."""
    for operations in document["paths"].values():
        for parameter in operations.get("parameters", ()):
            if parameter["name"] == "conversation":
                parameter["example"] = conversation


async def run(target: Target, folder: Path, examples: int) -> bool:
    """Run schemathesis on one target; return whether nothing was wrong."""
    path = folder / f"{target.name.replace(' ', '-')}.json"
    path.write_text(json.dumps(target.document))
    headers = [part for name, value in target.headers.items() for part in ("-H", f"{name}:{value}")]
    process = await asyncio.create_subprocess_exec(
        str(BINARY), "run", str(path), "--url", target.url, "--checks", ",".join(target.checks),
        "--max-examples", str(examples), "--seed", "1", "--continue-on-failure",
        "--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all",
        "--warnings", "off", "--request-timeout", "20", "--max-redirects", "0", *headers,
        "--report", "har", "--report-har-path", str(path.with_suffix(".har")),
        cwd=folder, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    is_right = await process.wait() == 0
    statuses = _statuses(path.with_suffix(".har"))
    sys.stdout.write(f"statuses: {dict(sorted(statuses.items()))}\n")
    # Where nothing was accepted, nothing behind the sign-in was tried.
    return is_right and any(status < 300 for status in statuses)


def _statuses(report: Path) -> Counter[int]:
    entries = json.loads(report.read_text())["log"]["entries"]
    return Counter(entry["response"]["status"] for entry in entries)


async def fuzz(examples: int) -> bool:
    """Run every target; return whether nothing was wrong in any."""
    with tempfile.TemporaryDirectory(prefix="lh-") as folder:
        place = Path(folder)
        settings = load_settings(port=0, lola_data=place / "data", retriever="")
        async with Harness(settings) as harness:
            results = []
            for target in await targets(harness):
                sys.stdout.write(f"\n{target.name}\n")
                sys.stdout.flush()
                results.append(await run(target, place, examples))
    return all(results)


def main(
    examples: Annotated[int, typer.Option(help="generated requests per operation")] = 20,
) -> None:
    """Send generated requests to every route; exit 1 for a fault."""
    configure("critical")
    if not asyncio.run(fuzz(examples)):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
