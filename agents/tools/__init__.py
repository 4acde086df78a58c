"""The tool catalogue by domain. A tool that is not listed here does not exist (safety.md G1)."""

from agents.tools.corridors import get_banks, get_countries, get_currencies, get_payers
from agents.tools.people import talk_to_person
from agents.tools.quotes import pre_quote
from agents.tools.recipients import get_payment_methods, get_recipients, search_contact_by_name
from agents.tools.status import get_own_status
from agents.tools.transfers import cancel_transfer, prepare_transfer, send_money
from agents.tools.validation import validate_bank, validate_phone

TOOLS = (
    get_countries,
    get_currencies,
    get_payers,
    get_banks,
    pre_quote,
    validate_phone,
    validate_bank,
    get_recipients,
    search_contact_by_name,
    get_payment_methods,
    prepare_transfer,
    cancel_transfer,
    send_money,
    get_own_status,
    talk_to_person,
)
