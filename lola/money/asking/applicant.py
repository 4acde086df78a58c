"""The applicant of a request for money: the sender, as the bank knows them.

Values go from the bank to the partner only. What the bank does not know is named, never made up.
"""

from collections.abc import Mapping

from pydantic import ValidationError

from lola.domain.identity import ContextUser
from lola.errors import PartnerUnavailableError
from lola.money.bank_data import BankData, BankUnavailableError
from lola.money.reference import sender_reference
from lola.partners.customer_records import CustomerRecords, ReceivingAccount
from lola.partners.request_money import Applicant

FIRST_NAME, LAST_NAME = "name.firstName", "name.lastName"
COUNTRY, LINE, CITY, STATE = (
    "address.country",
    "address.line1",
    "address.city",
    "address.stateCode",
)
BIRTHDAY = "dob"
FIELDS = (FIRST_NAME, LAST_NAME, COUNTRY, LINE, CITY, STATE, BIRTHDAY)
REQUIRED = (COUNTRY, LINE, BIRTHDAY)


class IncompleteApplicantError(Exception):
    """The bank lacks a value that the partner requires; `missing` has the names."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class Applicants:
    """Builds the applicant of a sender. `reference_key` keys the id by which they are known."""

    def __init__(self, *, bank: BankData, records: CustomerRecords, reference_key: str) -> None:
        self._bank = bank
        self._records = records
        self._reference_key = reference_key

    async def of(self, user: ContextUser) -> Applicant:
        """Return the sender as an applicant.

        Raises IncompleteApplicantError, and PartnerError when the bank cannot be asked.
        """
        account = await self._records.receiving_account(user.user_id)
        try:
            known = await self._bank.about(user.phone, FIELDS)
        except BankUnavailableError:
            raise PartnerUnavailableError("bank", "the sender's data cannot be read") from None
        missing = [name for name in REQUIRED if name not in known]
        if account is None:
            raise IncompleteApplicantError((*missing, "account"))
        if missing:
            raise IncompleteApplicantError(tuple(missing))
        try:
            return Applicant.model_validate(self._body(user, known, account))
        except ValidationError as error:
            wrong = {".".join(map(str, item["loc"])) for item in error.errors()}
            raise IncompleteApplicantError(tuple(sorted(wrong))) from None

    def _body(
        self, user: ContextUser, known: Mapping[str, str], account: ReceivingAccount
    ) -> dict[str, object]:
        return {
            "userReferenceId": sender_reference(user.phone, self._reference_key),
            "name": {
                "firstName": known.get(FIRST_NAME, user.first_name),
                "lastName": known.get(LAST_NAME, user.last_name),
            },
            "address": {
                "country": known[COUNTRY],
                "line1": known[LINE],
                "city": known.get(CITY),
                "stateCode": known.get(STATE),
            },
            "dob": known[BIRTHDAY],
            "payoutMethod": {
                "type": "bank_account",
                "bankAccount": {
                    "country": account.country,
                    "accountNumber": account.number,
                    "bankCode": account.bank_code or None,
                    "bankName": account.bank_name or None,
                },
            },
        }
