"""The tool catalogue by domain. A tool that is not listed here does not exist (safety.md G1)."""

from agents.tools.approved import carry_out
from agents.tools.branches import get_branches
from agents.tools.corridors import get_banks, get_countries, get_currencies, get_payers
from agents.tools.help import search_help
from agents.tools.history import get_receipt, get_transfers
from agents.tools.limits import get_limits
from agents.tools.people import talk_to_person
from agents.tools.quotes import compare_payout_methods, pre_quote
from agents.tools.recipients import (
    add_recipient,
    edit_recipient,
    get_payment_methods,
    get_recipients,
    search_contact_by_name,
)
from agents.tools.requests import request_money
from agents.tools.status import get_own_status
from agents.tools.transfers import cancel_transfer, prepare_transfer, resend_link, send_money
from agents.tools.validation import validate_bank, validate_phone
from agents.tools.verification import get_verification

TOOLS = (
    get_countries,
    get_currencies,
    get_payers,
    get_branches,
    get_banks,
    pre_quote,
    compare_payout_methods,
    get_limits,
    validate_phone,
    validate_bank,
    get_recipients,
    search_contact_by_name,
    add_recipient,
    edit_recipient,
    get_payment_methods,
    prepare_transfer,
    cancel_transfer,
    send_money,
    resend_link,
    request_money,
    carry_out,
    get_own_status,
    get_verification,
    get_transfers,
    get_receipt,
    search_help,
    talk_to_person,
)
