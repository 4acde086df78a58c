"""Price tables (`lola.channel.cost`)."""

from decimal import Decimal

import pytest

from channels.sms import SmsConnector
from channels.sms.whatsapp import PRICES as TWILIO_WHATSAPP
from channels.whatsapp.connector import WhatsAppConnector
from lola.channel.cost import Bill, read_prices
from lola.errors import ConfigurationError

META = WhatsAppConnector.capabilities.prices
SMS = SmsConnector.capabilities.prices
OWN = """
[whatsapp]
currency = "USD"
as_of = 2026-12-01
source = "our contract"
unit = "message"
fee = "0.001"
rates = {service = {"1" = "0.003", "1787" = "0.004", "*" = "0.01"}}
"""


@pytest.mark.parametrize(
    ("category", "phone", "price"),
    [
        ("service", "+15550100001", "0.004"),
        ("service", "+17875550100", "0.005"),
        ("service", "+525512345678", "0.011"),
        ("service", None, "0.011"),
        ("other", "+15550100001", "0.001"),
    ],
)
def test_the_longest_calling_code_decides(tmp_path, category, phone, price):
    """The fee is charged for every unit, the rate by category and recipient."""
    file = tmp_path / "prices.toml"
    file.write_text(OWN)
    assert read_prices(file)["whatsapp"].price(category, phone) == Decimal(price)


@pytest.mark.parametrize("table", [META, SMS, TWILIO_WHATSAPP], ids=["meta", "sms", "twilio"])
def test_a_shipped_table_has_a_date_and_a_source(table):
    """Prices change; an operator must see how old they are and where they were read."""
    assert table.as_of.year == 2026
    assert table.source
    assert table.currency == "USD"


def test_service_messages_are_charged_as_utility_templates():
    """So it is since October 2026 at Meta, and Twilio passes it on with its own fee."""
    assert META.rates["service"] == META.rates["utility"]
    assert TWILIO_WHATSAPP.rates == META.rates
    assert TWILIO_WHATSAPP.price("service", "+1555") - META.price("service", "+1555") == Decimal(
        "0.005"
    )


def test_bills_add_up():
    """Sums and differences are exact."""
    one = Bill(messages=1, segments=2, cost=Decimal("0.0166"))
    assert one + one - one == one


@pytest.mark.parametrize(
    "text", ["[whatsapp]\ncurrency = 'USD'", OWN.replace('"message"', '"letter"'), "not toml"]
)
def test_a_table_that_cannot_be_read_is_refused_at_the_start(tmp_path, text):
    """The setting is named."""
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match="MESSAGE_PRICES"):
        read_prices(file)


def test_a_file_that_is_missing_is_refused(tmp_path):
    """No deployment runs with other prices than its operator named."""
    with pytest.raises(ConfigurationError, match="MESSAGE_PRICES"):
        read_prices(tmp_path / "none.toml")
    assert read_prices(None) == {}
