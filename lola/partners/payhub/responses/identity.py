"""Responses about a sender's identity: the profile and the CIP process."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, TypeAdapter

from lola.partners.payhub.responses.base import CamelBody, read_moment

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "Approved": "passed",
        "Completed": "passed",
        "Success": "passed",
        "Pending": "pending",
        "OnProcess": "pending",
        "UpgradePending": "pending",
        "UpgradeInProgress": "pending",
        "AccountUpgradeInProgress": "pending",
        "UpgradeSoftFailed": "pending",
        "UpgradeFailed": "pending",
        "Failed": "pending",
    }
)
"""CIP status → verdict. A failed check is pending: a person reviews it. Unknown ones are kept."""

NEXT_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "UnreadableDoc": "scan_id_again",
        "InvalidAddress": "correct_address",
        "InvalidEMail": "correct_email",
        "ProvideAdditionalInfo": "give_more_information",
        "InvalidPersonalData": "correct_personal_data",
        "OtpPrivacyMissing": "accept_terms",
        "OtpContractMissing": "accept_terms",
        "Compliance": "wait",
    }
)
"""`PlatLevelStatusDetail` → what the sender can do (reference/raas.md 8.1)."""

BLOCKING_DETAILS = frozenset({"ComplianceBlocked", "OfacFailed"})
BLOCKING_ACCOUNTS = frozenset({"Blocked", "Closed"})
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


class ProfileBody(CamelBody):
    """`UserProfile` (reference/raas.md 5.3). Only `id` is guaranteed."""

    id: str = Field(min_length=1)
    first_name: str | None = None
    last_name: str | None = None
    phone_number: str | None = None
    country_code: str | None = None
    middle_name: str | None = Field(None, repr=False)
    second_last_name: str | None = Field(None, repr=False)
    dob: str | None = Field(None, repr=False)
    email: str | None = Field(None, repr=False)
    address1: str | None = Field(None, repr=False)
    city: str | None = Field(None, repr=False)
    state: str | None = Field(None, repr=False)
    zip_code: str | None = Field(None, repr=False)
    gender: str | None = Field(None, repr=False)
    status: str | None = None
    created_at: Annotated[datetime | None, BeforeValidator(read_moment)] = None

    def to_user_data(self) -> dict[str, str]:
        """Return what an identity check asks for, by the paths of reference/m2m.md 6.4.

        The address has the paths of reference/request-api.md 4.1.

        The format of `dob` is not documented: a value that does not begin with a day is left out.
        """
        day = DAY.match(self.dob or "")
        known = {
            "name.firstName": self.first_name,
            "name.secondName": self.middle_name,
            "name.lastName": self.last_name,
            "name.secondLastName": self.second_last_name,
            "dob": day and day[0],
            "address.country": self.country_code,
            "address.line1": self.address1,
            "address.city": self.city,
        }
        return {path: text for path, text in known.items() if text}


class CipBody(CamelBody):
    """`CIPInfo` (reference/raas.md 8.5), the part that decides the verdict."""

    status: str | None = None
    level1status: str | None = Field(None, alias="level1status")
    level2status: str | None = Field(None, alias="level2status")
    level1status_detail: str | None = Field(None, alias="level1statusDetail")
    level2status_detail: str | None = Field(None, alias="level2statusDetail")
    account_status: str | None = None
    errors_process: dict[str, Any] | None = None

    @property
    def verdict(self) -> str | None:
        """`passed`, `pending`, `blocked`, an unknown status verbatim, or None without a status."""
        details = {self.level1status_detail, self.level2status_detail, self.status}
        if details & BLOCKING_DETAILS or self.account_status in BLOCKING_ACCOUNTS:
            return "blocked"
        if (self.errors_process or {}).get("ERROR_OFAC_NOT_VALID") is True:
            return "blocked"
        status = self.status or self.level2status or self.level1status
        return VERDICTS.get(status, status) if status else None

    @property
    def next_step(self) -> str:
        """What a pending verification waits for; empty when unknown or not to be disclosed."""
        if self.verdict != "pending":
            return ""
        detail = self.level2status_detail or self.level1status_detail or ""
        return NEXT_STEPS.get(detail, "")


UNSETTLED = frozenset(
    {"OnProcess", "Pending", "UpgradePending", "UpgradeInProgress", "AccountUpgradeInProgress"}
)


class UserTokenBody(CamelBody):
    """`UserTokenResponse` (reference/raas.md 5.1). The id is the `userToken` of every path."""

    user_id: str = Field(min_length=1)
    status: str | None = None
    status_detail: str | None = None

    @property
    def is_settled(self) -> bool:
        """Return whether the registration has ended; an unknown status counts as an end."""
        return self.status not in UNSETTLED


class SessionLinkBody(CamelBody):
    """`SessionLinkResponse` (reference/raas.md 6.1). The link opens the sender's session."""

    link: str = Field(min_length=1, repr=False)
    status: str | None = None
    status_detail: str | None = None
    cip_status: str | None = None
    cip_status_detail: str | None = None
    account_status: str | None = None
    payment_method_status: str | None = None
    user_id: str | None = None


class LinkSessionBody(CamelBody):
    """`PartnerTokenReponse`, spelled so by RaaS (reference/raas.md 6.3): the widget's session."""

    white_label: dict[str, Any] = Field(default_factory=dict)
    api_key: SecretStr
    operation_id: str | None = None
    user: dict[str, Any] | None = Field(None, repr=False)


USER_TOKEN = TypeAdapter(UserTokenBody)
SESSION_LINK: TypeAdapter[SessionLinkBody | None] = TypeAdapter(SessionLinkBody | None)
LINK_SESSION = TypeAdapter(LinkSessionBody)
PROFILE = TypeAdapter(ProfileBody)
CIP = TypeAdapter(CipBody)
