"""Types of single settings, and how their values are read from text."""

import json
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

NO_SECRET = SecretStr("")

Key = TypeVar("Key")
Value = TypeVar("Value")


def split_commas(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated text, such as two secrets during a rotation."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def secrets_in(value: SecretStr) -> tuple[str, ...]:
    """Return the secrets of a setting that may hold two during a rotation; blanks are dropped."""
    return split_commas(value.get_secret_value())


def read_names(value: object) -> object:
    """Return comma-separated names as a tuple; any other value is left to the type's check."""
    return split_commas(value) if isinstance(value, str) else value


def _read_table(value: object) -> object:
    """Read a table that came as JSON text. An error shows nothing of it: it may hold tokens."""
    try:
        return json.loads(value or "{}") if isinstance(value, str) else value
    except ValueError:
        raise ValueError("is not a JSON object; docs/settings.md shows one") from None


Seconds = Annotated[float, Field(ge=0)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(read_names)]
"""Several names; comma-separated in the environment, a list in lola.toml."""
Table = Annotated[dict[Key, Value], NoDecode, BeforeValidator(_read_table)]
"""Values by name; a JSON object in the environment or a file, a table in lola.toml."""
Token = Annotated[SecretStr, Field(min_length=1)]
ChatUrl = Annotated[str, Field(pattern=r"^(https://|sms:|tg:)\S+$")]
"""Where a browser finds the chat again: `https://wa.me/…`, `sms:…`, `https://t.me/…`."""


class ModelPrice(BaseModel):
    """What a model costs per million tokens; `cached` is for input that a provider had cached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cached: Decimal | None = Field(None, ge=0)
