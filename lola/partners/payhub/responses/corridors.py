"""Responses about where money can be sent: corridors, cash payers, branches, banks, accounts."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from babel import Locale
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_pascal

from lola.partners.payhub.responses.base import CamelBody
from lola.partners.payhub.responses.payout_types import PAYOUT_METHODS
from lola.partners.remittances import Bank, Branch, Corridor, Payer

ACCOUNT_LABELS: Mapping[str, str] = MappingProxyType({"MX": "CLABE"})


class CorridorBody(BaseModel):
    """`CorridorDTO` (reference/raas.md 8.5): one payout type in one country."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore")

    source_country: str
    destination_country: str
    source_currency: str
    destination_currency: str
    destination_payment_method_type: str
    lower_limit: Decimal
    upper_limit: Decimal
    is_active: bool


class InstitutionBody(CamelBody):
    """A cash payer or a bank. The shape is inferred: no page of the documentation prints one."""

    id: str
    name: str
    code: str | None = None
    country: str

    def to_payer(self) -> Payer:
        """Return the institution as a cash payer."""
        return Payer(id=self.id, name=self.name, country=self.country)

    def to_bank(self) -> Bank:
        """Return the institution as a bank."""
        return Bank(id=self.id, name=self.name, country=self.country, code=self.code or "")


class BranchBody(CamelBody):
    """A branch of a cash payer. The shape is inferred: no page of the documentation prints one."""

    id: str
    operator_id: str
    operator_name: str
    country: str
    city: str
    address: str
    hours: str = ""

    def to_branch(self) -> Branch:
        """Return the branch."""
        return Branch(
            id=self.id,
            payer_id=self.operator_id,
            payer_name=self.operator_name,
            country=self.country,
            city=self.city,
            address=self.address,
            hours=self.hours,
        )


class AccountCheckBody(CamelBody):
    """The result of an account check. The shape is inferred: no page prints one."""

    valid: bool
    reason: str | None = None
    bank_name: str | None = None


def group_corridors(rows: list[CorridorBody]) -> tuple[Corridor, ...]:
    """Return one corridor per country, with its active payout methods and widest limits."""
    by_country: dict[str, list[CorridorBody]] = {}
    for row in rows:
        if row.is_active and row.destination_payment_method_type in PAYOUT_METHODS:
            by_country.setdefault(row.destination_country, []).append(row)
    return tuple(_corridor(country, rows) for country, rows in by_country.items())


def _corridor(country: str, rows: list[CorridorBody]) -> Corridor:
    methods = dict.fromkeys(PAYOUT_METHODS[row.destination_payment_method_type] for row in rows)
    return Corridor(
        country=country,
        names={
            language: Locale(language).territories.get(country, country)
            for language in ("es", "en")
        },
        currency=rows[0].destination_currency,
        source_currency=rows[0].source_currency,
        payout_methods=tuple(methods),
        minimum=min(row.lower_limit for row in rows),
        maximum=max(row.upper_limit for row in rows),
        account_label=ACCOUNT_LABELS.get(country, ""),
    )


CORRIDORS = TypeAdapter(list[CorridorBody])
INSTITUTIONS = TypeAdapter(list[InstitutionBody])
BRANCHES = TypeAdapter(list[BranchBody])
ACCOUNT_CHECK = TypeAdapter(AccountCheckBody)
