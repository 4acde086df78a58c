"""The OpenAPI document of the server, generated from the contract (reference/vna.md 5, 6)."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from lola.partners.vna.contract import CALLS

VERSION = "1.0"
_TEMPLATE = "#/components/schemas/{model}"


class _Schemas(GenerateJsonSchema):
    """Leaves null out: a field without a value is not there."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def document(path: str = "/vna") -> dict[str, Any]:
    """Return the document of a server below `path`."""
    wanted = [
        (model, mode)
        for request, response in CALLS.values()
        for model, mode in ((request, "validation"), (response, "serialization"))
    ]
    _, found = models_json_schema(
        wanted,  # type: ignore[arg-type] # the literals of a tuple are not kept
        by_alias=True,
        ref_template=_TEMPLATE,
        schema_generator=_Schemas,
    )
    schemas = dict(found["$defs"])
    schemas["PersonalData"]["anyOf"] = [{"required": ["PhoneNumber"]}, {"required": ["Email"]}]
    schemas["CreditFundsRequest"]["anyOf"] = [
        {"required": ["AuthTrackingIdentifier"]},
        {"required": ["Amount", "Currency", "ExchangeRate"]},
    ]
    schemas["Errors"] = _ERRORS
    return {
        "openapi": "3.1.0",
        "info": {"title": "VNA partner server", "version": VERSION},
        "servers": [{"url": path}],
        "security": [{"bearer": []}],
        "paths": {
            f"/{name}": {"post": _operation(name, request.__name__, response.__name__)}
            for name, (request, response) in CALLS.items()
        },
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


_ERRORS = {
    "type": "object",
    "required": ["Errors"],
    "properties": {
        "Errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["Field", "Problem"],
                "properties": {"Field": {"type": "string"}, "Problem": {"type": "string"}},
            },
        }
    },
}
_REFUSALS = {
    "400": "the body breaks the contract",
    "401": "the caller is not known",
    "503": "the outcome is unknown; the call may be repeated",
}


def _operation(name: str, request: str, response: str) -> dict[str, Any]:
    refusals = {
        status: {"description": words, "content": _content("Errors")}
        for status, words in _REFUSALS.items()
    }
    return {
        "operationId": f"{name[0].lower()}{name[1:]}ClientApi",
        "requestBody": {"required": True, "content": _content(request)},
        "responses": {"200": {"description": "Ok", "content": _content(response)}, **refusals},
    }


def _content(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _TEMPLATE.format(model=model)}}}
