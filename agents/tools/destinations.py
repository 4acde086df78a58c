"""Where a transfer is paid out: payer, bank and account, checked against each other in code.

A bank that was chosen and an account number that names another one are never settled by a guess:
the tool refuses, and the sender says which is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from lola.agent.tools import ToolContext
from lola.domain.messages import JsonObject
from lola.domain.transfer import PayoutMethod
from lola.partners.bank_accounts import bank_code
from lola.partners.remittances import Bank, Corridor, Payer, SavedRecipient, Validation
from lola.text.folding import fold

Item = TypeVar("Item", Bank, Payer)


@dataclass(slots=True, kw_only=True)
class Destination:
    """The destination as far as it is known; `problem` is the first error found."""

    payer_id: str = ""
    payer_name: str = ""
    account: str = ""
    account_seal: str = ""
    recipient_id: str = ""
    missing: list[str] = field(default_factory=list)
    problem: JsonObject | None = None


def refusal(code: str, **facts: object) -> JsonObject:
    """Return the typed error of a tool."""
    return {"error": code.lower().replace("_", " "), "code": code, **facts}


async def destination_of(
    ctx: ToolContext,
    corridor: Corridor,
    method: PayoutMethod,
    *,
    payer_id: str,
    account: str,
    person: SavedRecipient | None,
) -> Destination:
    """Return where the money is to arrive, with what is missing or wrong about it."""
    found = Destination(recipient_id=person.id if person else "")
    on_file = person and (person.payout_method, person.country) == (method, corridor.country)
    if person and on_file and not (payer_id or account):
        found.payer_id, found.payer_name = person.payer_id, person.payer_name
        found.account = person.account_hint
        return found
    if method == "cash_pickup":
        payers = await ctx.services.remittances.payers(corridor.country)
        if _choose(found, payers, payer_id) is None and not found.problem:
            found.missing.append("payer_id")
    if method == "bank_account":
        await _bank_account(ctx, corridor.country, payer_id, account, found)
    return found


def bank_of(country: str, checked: Validation, banks: Sequence[Bank]) -> Bank | None:
    """Return the bank that a valid account is kept at, when its number or PayHub names it."""
    code = bank_code(country, checked.canonical)
    if code:
        return next((bank for bank in banks if _has_code(bank, code)), None)
    name = fold(checked.bank_name)
    return next((bank for bank in banks if name and fold(bank.name) == name), None)


async def _bank_account(
    ctx: ToolContext, country: str, payer_id: str, account: str, found: Destination
) -> None:
    remittances = ctx.services.remittances
    banks = await remittances.banks(country)
    chosen = _choose(found, banks, payer_id)
    if found.problem:
        return
    if not account:
        found.missing += ["account"] if chosen else ["payer_id", "account"]
        return
    accounts, session = ctx.services.accounts, ctx.turn.session
    checked = await remittances.validate_account(country, accounts.read(account, session))
    if not checked.valid:
        found.problem = refusal("INVALID_ACCOUNT", reason=checked.reason)
        return
    sealed = accounts.seal(checked.canonical, account, session)
    found.account, found.account_seal = sealed.hint, sealed.token
    own, name = bank_of(country, checked, banks), checked.bank_name
    code = bank_code(country, checked.canonical)
    if chosen is None:
        # A number that names its bank needs no choice, also when that bank is not in the list.
        found.missing += [] if own or code else ["payer_id"]
        found.payer_id, found.payer_name = own.id if own else "", own.name if own else name
    elif own not in {None, chosen} or (own is None and code and chosen.code):
        found.problem = refusal(
            "BANK_ACCOUNT_MISMATCH",
            chosen_bank=chosen.name,
            account_bank=own.name if own else name,
            ask="say that bank and account contradict each other, and ask which of them is right",
        )


def _choose(found: Destination, known: Sequence[Item], payer_id: str) -> Item | None:
    """Note the bank or payer with this id and return it; an unknown id is a problem."""
    if not payer_id:
        return None
    wanted = payer_id.rpartition(":")[2]
    item = next((one for one in known if one.id == wanted), None)
    if item is None:
        found.problem = refusal("UNKNOWN_PAYER", known=[one.name for one in known])
        return None
    found.payer_id, found.payer_name = item.id, item.name
    return item


def _has_code(bank: Bank, code: str) -> bool:
    """Return whether a bank has this CLABE code; a SPEI code has it as its last three digits."""
    return bank.code.isdigit() and bank.code.endswith(code)
