"""People of the sandbox's platform: two senders, two receivers, and one who is refused."""

from datetime import date

from lola.partners.vna.contract import Address, PersonalData

_HOME = Address(
    address1="100 Main St", zip_code="90001", city="Los Angeles", country_code="US",
    state_code="US-CA",
)  # fmt: skip
_ABROAD = Address(
    address1="Av. Juárez 5", zip_code="06050", city="Ciudad de México", country_code="MX",
    state_code="MX-CMX",
)  # fmt: skip

SENDERS = (
    PersonalData(
        first_name="Marta", last_name="Lago", gender="Female", birth_date=date(1985, 4, 2),
        address=_HOME, phone_number="+15550100101",
    ),
    PersonalData(
        first_name="Julio", last_name="Prado", gender="Male", birth_date=date(1979, 11, 30),
        address=_HOME, email="julio@example.com",
    ),
)  # fmt: skip
RECEIVERS = (
    PersonalData(
        first_name="Rosa", last_name="Lago", last_name2="Vega", gender="Female",
        birth_date=date(1990, 1, 15), address=_ABROAD, phone_number="+525555550111",
    ),
    PersonalData(
        first_name="Tomás", last_name="Prado", gender="Male", birth_date=date(1960, 7, 8),
        address=_ABROAD, phone_number="+525555550112", email="tomas@example.com",
    ),
)  # fmt: skip
UNDERAGE = PersonalData(
    first_name="Leo", last_name="Chico", gender="Male", birth_date=date(2020, 5, 5),
    address=_HOME, phone_number="+15550100103",
)  # fmt: skip
"""A sender for whom a server must answer InvalidSenderData."""
