"""What the sandbox can do of what a persona wants.

A bank or country that it lacks is no mistake of the service.
"""

from lola.sandbox.payhub.sample_data import COUNTRIES
from lola.testing.personas.persona import Method, Persona
from lola.text.folding import fold

TYPES: dict[Method, str] = {"cash": "CashLoadLocation", "bank": "UBN", "wallet": "MobileWallet"}
METHODS: dict[Method, str] = {
    "cash": "cash_pickup",
    "bank": "bank_account",
    "wallet": "mobile_wallet",
}


def is_served(persona: Persona) -> bool:
    """Return whether money can be sent to this country in this way at all."""
    country = COUNTRIES.get(persona.country or "")
    return country is not None and (
        persona.method is None or TYPES[persona.method] in country.types
    )


def payees(persona: Persona) -> tuple[str, ...]:
    """Return the banks or payers that this country and method have."""
    country = COUNTRIES.get(persona.country or "")
    if country is None or persona.method not in {"bank", "cash"}:
        return ()
    return tuple((country.banks if persona.method == "bank" else country.payers).values())


def payee(persona: Persona) -> str:
    """Return the persona's bank or payer as the sandbox names it; empty when it has none."""
    wanted = set(fold(persona.payer or "").split())
    for name in payees(persona):
        known = set(fold(name).split())
        if wanted and (wanted <= known or known <= wanted):
            return name
    return ""


def is_possible(persona: Persona) -> bool:
    """Return whether the transfer can be made as wanted; cash may be collected at another payer."""
    return is_served(persona) and (persona.method != "bank" or bool(payee(persona)))
