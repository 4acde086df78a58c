"""What a message costs at its provider, by a price table that is data.

A channel without a table bills nothing. A price follows the category of a message and the
recipient's calling code; discounts and free allowances are not in it, so a sum is an upper bound.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from lola.errors import ConfigurationError

Unit = Literal["message", "segment"]
Category = Literal["", "service", "utility", "authentication", "marketing", "sms"]
"""What a provider bills a message as; empty where it bills nothing."""

OTHERS = "*"
"""The key of the price for every calling code that is not listed."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: str
    as_of: date
    source: str
    unit: Unit
    fee: Decimal = Decimal(0)
    rates: dict[str, dict[str, Decimal]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What was billed: messages, their segments, and the cost in the table's currency."""

    messages: int = 0
    segments: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: "Bill") -> "Bill":
        """Return the sum."""
        return Bill(
            messages=self.messages + other.messages,
            segments=self.segments + other.segments,
            cost=self.cost + other.cost,
        )

    def __sub__(self, other: "Bill") -> "Bill":
        """Return what was billed since `other`."""
        return Bill(
            messages=self.messages - other.messages,
            segments=self.segments - other.segments,
            cost=self.cost - other.cost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """One channel's prices, with the day they were valid and where they were read.

    `fee` is charged for each unit, whatever its category; `rates` come on top, by category and
    calling code.
    """

    currency: str
    as_of: date
    source: str
    unit: Unit
    fee: Decimal
    rates: Mapping[str, Mapping[str, Decimal]]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table from a file. Raises ConfigurationError."""
        return cls.of(tomllib.loads(path.read_text(encoding="utf-8")), path.name)

    @classmethod
    def of(cls, data: Mapping[str, Any], name: str) -> Self:
        """Check a table. Raises ConfigurationError that names it."""
        try:
            table = _Table.model_validate(data)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise ConfigurationError("MESSAGE_PRICES", f"{name}: {where} is wrong") from None
        return cls(**dict(table))

    def price(self, category: str, phone: str | None) -> Decimal:
        """Return the price of one unit to a number in E.164, or to an unknown one."""
        digits = (phone or "").lstrip("+")
        rates = self.rates.get(category, {})
        codes = (digits[:length] for length in range(4, 0, -1))
        rate = next((rates[code] for code in codes if code in rates), rates.get(OTHERS, Decimal(0)))
        return self.fee + rate


def read_prices(path: Path | None) -> dict[str, PriceTable]:
    """Read a deployment's own tables, a section per channel. Raises ConfigurationError."""
    if path is None:
        return {}
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            "MESSAGE_PRICES", f"cannot be read: {type(error).__name__}"
        ) from None
    return {name: PriceTable.of(data, name) for name, data in sections.items()}
