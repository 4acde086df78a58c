"""Turns people into keyed digests: the account book finds a holder and holds no personal data."""

import hmac
import unicodedata
from collections.abc import Sequence

from lola.partners.vna.book import Holder
from lola.partners.vna.contract import PersonalData, PersonalDocument
from lola.text import phone_numbers

_PURPOSE = b"lola vna holders"
_LENGTH = 40


class Identities:
    """Makes digests. `secret` is SENDER_REFERENCE_KEY; another one finds no account any more."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), _PURPOSE, "sha256")

    def holder(
        self, person: PersonalData, documents: Sequence[PersonalDocument] | None = None
    ) -> Holder:
        """Return who a person is, and what leads to the account: telephone, email, documents.

        A person is first name, last name and birth date, without what platforms send only at times.
        Two people can have these in common: what leads to their accounts tells them apart.
        """
        names = (person.first_name, person.last_name)
        born = person.birth_date.isoformat()
        aliases = [f"email {person.email.strip().casefold()}"] if person.email else []
        phone = [self.phone(person.phone_number)] if person.phone_number else []
        aliases += [
            f"document {item.document_type} {_plain(item.number)}"
            for item in documents or ()
            if item.document_type != "None"
        ]
        return Holder(
            person=self._digest(f"person {born} {' '.join(map(_plain, names))}"),
            aliases=(*phone, *(self._digest(alias) for alias in aliases)),
        )

    def phone(self, number: str) -> str:
        """Return what a telephone number leads to an account by, in any spelling."""
        return self._digest(f"phone {phone_numbers.match_key(number) or number.strip()}")

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()[:_LENGTH]


def _plain(text: str) -> str:
    """Return a name or number without accents, case, blanks and marks."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum())
