"""The OpenAPI document of the console's API: whole, and true for what the API takes and returns."""

from aiohttp import web

from lola.console.openapi import document


def _api_paths(app: web.Application) -> set[tuple[str, str]]:
    return {
        (route.resource.canonical, route.method.lower())
        for route in app.router.routes()
        if route.resource and route.resource.canonical.startswith("/console/api/")
        if route.method != "HEAD"
    }


def test_every_route_of_the_api_is_described(server):
    """A route that is added without a description fails here, and in `lola openapi`."""
    described = {
        (path, method)
        for path, operations in document()["paths"].items()
        for method in operations.keys() - {"parameters"}
    }
    served = _api_paths(server.app)
    assert served
    assert served <= described


def test_what_changes_something_needs_the_token():
    """Only the sign-in is open; a GET needs the cookie, all others the token as well."""
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            if method == "parameters" or path.endswith("/login"):
                continue
            wanted = {"session"} if method == "get" else {"session", "csrf"}
            assert set(operation["security"][0]) == wanted, path


def test_bodies_are_described_by_the_models_that_read_them():
    """What a client builds from the document is what the API takes, and nothing else."""
    paths = document()["paths"]
    login = paths["/console/api/login"]["post"]["requestBody"]["content"]["application/json"]
    assert login["schema"]["required"] == ["name", "password"]
    assert login["schema"]["additionalProperties"] is False
    conversation = "/console/api/conversations/{conversation}"
    reply = paths[f"{conversation}/reply"]["post"]
    assert reply["requestBody"]["content"]["application/json"]["schema"]["required"] == ["text"]
    assert {"202", "409", "422"} <= reply["responses"].keys()


async def test_a_sign_in_returns_what_is_documented(open_browser):
    """The fields of the real response are those of the document."""
    _, given = await open_browser().sign_in("ana")
    (schema,) = [
        content["schema"]
        for content in document()["paths"]["/console/api/login"]["post"]["responses"]["200"][
            "content"
        ].values()
    ]
    assert given.keys() == set(schema["required"])
