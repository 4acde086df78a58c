"""Account numbers of recipients: sealed on arrival, opened for the partners only.

Texts, sessions and models have the last four characters; the number is in a token that only this
deployment can open (reference/lola.md 12).
"""

from dataclasses import dataclass

from lola.domain.messages import SealedValue
from lola.domain.session import Session
from lola.domain.transfer import Terms
from lola.errors import TokenError
from lola.money.sealing import Sealer
from lola.safety.input.accounts import ACCOUNT, last_four_of, masked

PURPOSE = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Opens what a sender's masked account number stands for, and seals new ones."""

    sealer: Sealer

    def read(self, written: str, session: Session) -> str:
        """Return the number behind a masked one of this conversation, else `written` as it is."""
        sealed = self._sealed(written, session)
        if sealed is None:
            return written
        try:
            return self.sealer.open(sealed.token).decode()
        except TokenError:
            # Sealed before the last change of keys: the sender is asked for it again.
            return written

    def whole(self, terms: Terms) -> str:
        """Return the whole account number of these terms, for the partner that pays it out.

        "" when it was sealed with a key that is gone. A saved person's is the hint that it was.
        """
        if not terms.account_seal:
            return terms.account
        try:
            return self.sealer.open(terms.account_seal).decode()
        except TokenError:
            return ""

    def seal(self, number: str, written: str, session: Session) -> SealedValue:
        """Return `number` sealed; the one that `written` stands for keeps its token."""
        known = self._sealed(written, session)
        if known is not None:
            return known
        token = self.sealer.seal(number.encode())
        return SealedValue(kind=ACCOUNT, hint=masked(number), token=token)

    def _sealed(self, written: str, session: Session) -> SealedValue | None:
        last_four = last_four_of(written)
        if not last_four:
            return None
        terms = session.draft.terms if session.draft else None
        if terms and terms.account_seal and last_four_of(terms.account) == last_four:
            return SealedValue(kind=ACCOUNT, hint=terms.account, token=terms.account_seal)
        return next(
            (one for one in reversed(session.accounts) if last_four_of(one.hint) == last_four), None
        )
