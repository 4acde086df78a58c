"""What the partner is given with a new link: the sender's name and where the money goes.

The partner pre-fills it and skips those steps (reference/m2m.md 3.1, 5.1). M2M_PREFILL_FIELDS says
which fields the bank sends. No value is kept, logged or put into the metadata.
"""

from collections.abc import Sequence

from lola.domain.messages import JsonObject
from lola.domain.transfer import Terms
from lola.domain.turn import Turn
from lola.errors import ConfigurationError, PartnerError
from lola.money.accounts import Accounts
from lola.money.bank_data import BankData, BankUnavailableError
from lola.money.payouts import Payouts
from lola.partners.bank_accounts import check_account
from lola.partners.m2m import CIP_FIELDS
from lola.partners.m2m.model import nested
from lola.partners.remittances import Remittances

SETTING = "M2M_PREFILL_FIELDS"
PAYMENT_METHOD = "paymentMethod"


class Prefill:
    """Builds the `userData` of a link. `fields` are those that the bank sends; none sends nothing.

    Raises ConfigurationError for a field that a link does not have, and for fields without
    `paymentMethod`, which the partner requires with all others.
    """

    def __init__(
        self,
        *,
        bank: BankData,
        remittances: Remittances,
        payouts: Payouts,
        accounts: Accounts,
        fields: Sequence[str],
    ) -> None:
        known = (*CIP_FIELDS, PAYMENT_METHOD)
        if unknown := sorted(set(fields) - set(known)):
            raise ConfigurationError(
                SETTING, f"{unknown[0]} is no field", hint=f"of {', '.join(known)}"
            )
        if fields and PAYMENT_METHOD not in fields:
            raise ConfigurationError(
                SETTING,
                f"lacks {PAYMENT_METHOD}",
                hint="the partner refuses user data without it; empty sends nothing",
            )
        self._bank = bank
        self._remittances = remittances
        self._payouts = payouts
        self._accounts = accounts
        self._is_on = bool(fields)
        self._paths = tuple(path for path in CIP_FIELDS if path in fields)

    async def user_data(self, turn: Turn, terms: Terms, reference: str) -> JsonObject | None:
        """Return the `userData` of a link, or None when the payout has no form at the partner.

        `reference` names the payout of a cash pickup. While the bank cannot be asked, the name is
        left out: the page asks the sender, and a data request may follow.
        """
        if not self._is_on:
            return None
        method = await self._payment_method(turn, terms, reference)
        if method is None:
            return None
        try:
            known = await self._bank.about(turn.phone or turn.address.sender, self._paths)
        except BankUnavailableError:
            known = {}
        return nested(known) | {PAYMENT_METHOD: method}

    async def _payment_method(self, turn: Turn, terms: Terms, reference: str) -> JsonObject | None:
        """Return the payout (reference/m2m.md 3.2); other methods than these two have no form."""
        kind = self._payouts.type_of(terms.payout_method)
        if terms.payout_method == "cash_pickup" and terms.payer_name:
            return {"type": kind, "cash": {"provider": terms.payer_name, "reference": reference}}
        if terms.payout_method != "bank_account":
            return None
        account = check_account(terms.country, await self._account(turn, terms))
        if not account.valid:
            return None
        bank = {"country": terms.country, "accountNumber": account.canonical}
        return {"type": kind, "bankAccount": bank}

    async def _account(self, turn: Turn, terms: Terms) -> str:
        """Return the whole account number; a saved person's is only in the bank's own record."""
        user = turn.identity.user
        if terms.account_seal or not terms.recipient_id or not terms.account.startswith("•"):
            return self._accounts.whole(terms)
        if user is None:
            return ""
        try:
            return await self._remittances.account_on_file(user.user_id, terms.recipient_id)
        except PartnerError:
            return ""
