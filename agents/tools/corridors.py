"""Destinations: countries, currencies, cash payers, banks. Nothing here is personal."""

from typing import Annotated

from agents.tools.preconditions import may
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.channel.labels import label_options
from lola.domain.transfer import Money
from lola.errors import ToolError
from lola.money.money_format import money_json
from lola.partners.remittances import Corridor
from lola.text.folding import fold

Country = Annotated[str, "ISO 3166-1 alpha-2 code of the destination, such as MX"]


async def corridor_to(ctx: ToolContext, country: str) -> Corridor:
    """Return the corridor to a country. Raises ToolError that lists the countries there are."""
    corridors = await ctx.services.money.corridors()
    for corridor in corridors:
        if corridor.country == country.upper():
            return corridor
    codes = ", ".join(corridor.country for corridor in corridors)
    raise ToolError(f"no transfers to {country[:30]!r}; there are: {codes}")


@tool(requires=(may("quote"),))
async def get_countries(ctx: ToolContext) -> ToolResult:
    """List the countries money can be sent to, with currency, payout methods and limits."""
    corridors = await ctx.services.money.corridors()
    language = ctx.turn.language
    countries = [
        {
            "code": corridor.country,
            "name": corridor.names.get(language, corridor.country),
            "currency": corridor.currency,
            "source_currency": corridor.source_currency,
            "payout_methods": list(corridor.payout_methods),
            "minimum": money_json(
                Money(amount=corridor.minimum, currency=corridor.source_currency)
            ),
            "maximum": money_json(
                Money(amount=corridor.maximum, currency=corridor.source_currency)
            ),
        }
        for corridor in corridors
    ]
    options = label_options((f"country:{item['code']}", str(item["name"])) for item in countries)
    return ToolResult(data={"countries": countries}, options=options)


@tool(requires=(may("quote"),))
async def get_currencies(ctx: ToolContext) -> ToolResult:
    """List the currencies of every corridor: what is sent and what arrives."""
    corridors = await ctx.services.money.corridors()
    return ToolResult(
        data={
            "currencies": [
                {
                    "country": corridor.country,
                    "source": corridor.source_currency,
                    "destination": corridor.currency,
                }
                for corridor in corridors
            ]
        }
    )


@tool(requires=(may("quote"),))
async def get_payers(ctx: ToolContext, country: Country) -> ToolResult:
    """List the companies that pay cash out in a country."""
    corridor = await corridor_to(ctx, country)
    payers = await ctx.services.remittances.payers(corridor.country)
    return ToolResult(
        data={"payers": [{"id": payer.id, "name": payer.name} for payer in payers]},
        options=label_options((f"payer:{payer.id}", payer.name) for payer in payers),
    )


@tool(requires=(may("quote"),))
async def get_banks(ctx: ToolContext, country: Country) -> ToolResult:
    """List the banks that take deposits in a country."""
    corridor = await corridor_to(ctx, country)
    banks = await ctx.services.remittances.banks(corridor.country)
    return ToolResult(
        data={"banks": [{"id": bank.id, "name": bank.name} for bank in banks]},
        options=label_options((f"bank:{bank.id}", bank.name) for bank in banks),
    )


@tool(requires=(may("quote"),))
async def find_payee(
    ctx: ToolContext, payee: Annotated[str, "the bank or company, as the sender wrote it"]
) -> ToolResult:
    """Find in which countries a bank or a company pays, for senders who name one without its
    country or with a country where it may not pay.
    """
    said = set(fold(payee).split())
    found = []
    for corridor in await ctx.services.money.corridors():
        for method, payees in await _payees(ctx, corridor):
            found += [
                {"name": name, "country": corridor.country, "payout_method": method}
                for name in payees
                if _telling_word(name) in said
            ]
    return ToolResult(data={"payees": found})


async def _payees(ctx: ToolContext, corridor: Corridor) -> tuple[tuple[str, list[str]], ...]:
    """Return the names of a country's payees by payout method."""
    remittances = ctx.services.remittances
    payers = await remittances.payers(corridor.country)
    banks = await remittances.banks(corridor.country)
    return (
        ("cash_pickup", [payer.name for payer in payers]),
        ("bank_account", [bank.name for bank in banks]),
    )


def _telling_word(name: str) -> str:
    """Return the first word of a name that tells it apart."""
    words = fold(name).split()
    return next((word for word in words if word not in _GENERIC), words[0])


_GENERIC = frozenset({"banco", "bank", "de", "del", "la", "el", "the", "of"})

TOOLS = (get_countries, get_currencies, get_payers, get_banks, find_payee)
