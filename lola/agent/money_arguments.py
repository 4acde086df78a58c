"""Amounts in the arguments of tools: declared as strings, read digit by digit.

pydantic declares a Decimal as number-or-string without digits and takes a float for one; vendors'
SDKs then refuse the schema or pass the float on (reference/surprises.md 1.6 to 1.8).
"""

import re
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BeforeValidator, WithJsonSchema

MONEY_PATTERN = r"^[0-9]+(\.[0-9]+)?$"


def exact(annotation: Any) -> Any:
    """Return a type hint in which every Decimal is declared and read as a string."""
    if annotation is Decimal:
        return Money
    parts, origin = get_args(annotation), get_origin(annotation)
    inner = parts[:1] if origin is Annotated else parts
    changed = tuple(map(exact, inner))
    if changed == inner:
        return annotation
    if origin is Annotated:
        return Annotated[(*changed, *parts[1:])]
    if origin in {Union, UnionType}:
        return Union[changed]  # noqa: UP007 - the members are known at run time only
    return origin[changed]


def _digits_only(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(MONEY_PATTERN, value, re.ASCII):
        return value
    raise ValueError('write a plain decimal number in a string, such as "200" or "200.50"')


Money = Annotated[
    Decimal,
    BeforeValidator(_digits_only),
    WithJsonSchema({"type": "string", "pattern": MONEY_PATTERN}),
]
