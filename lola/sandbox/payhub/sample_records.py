"""Sample branches of cash payers and past operations: invented, the same at every start."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from lola.domain.messages import JsonObject

LEVEL_LIMIT = Decimal(5000)
USED = Decimal(850)

_BRANCHES: Mapping[str, tuple[tuple[str, str, str, str], ...]] = MappingProxyType(
    {
        "MX": (
            ("mx-elektra", "Guadalajara", "Av. Juárez 340, Centro", "9:00-21:00"),
            ("mx-elektra", "Puebla", "Calle 5 de Mayo 12, Centro", "9:00-21:00"),
            ("mx-oxxo", "Ciudad de México", "Av. Insurgentes Sur 1602", "6:00-23:00"),
            ("mx-oxxo", "Guadalajara", "Calz. Independencia 88", "6:00-23:00"),
            ("mx-oxxo", "Monterrey", "Av. Constitución 2050", "6:00-23:00"),
            ("mx-coppel", "Morelia", "Av. Madero Poniente 455", "10:00-21:00"),
        ),
        "GT": (
            ("gt-banrural", "Ciudad de Guatemala", "6a. Avenida 9-25, Zona 1", "9:00-17:00"),
            ("gt-banrural", "Quetzaltenango", "4a. Calle 18-02, Zona 3", "9:00-17:00"),
            ("gt-industrial", "Huehuetenango", "3a. Avenida 5-10, Zona 1", "9:00-18:00"),
        ),
        "SV": (
            ("sv-agricola", "San Salvador", "Alameda Juan Pablo II 120", "8:30-16:30"),
            ("sv-fedecredito", "Santa Ana", "2a. Avenida Norte 14", "8:00-16:00"),
        ),
        "HN": (
            ("hn-atlantida", "Tegucigalpa", "Boulevard Morazán 301", "9:00-16:00"),
            ("hn-elektra", "San Pedro Sula", "Avenida Circunvalación 77", "9:00-19:00"),
        ),
        "CO": (
            ("co-efecty", "Bogotá", "Carrera 7 # 45-10", "8:00-18:00"),
            ("co-sured", "Medellín", "Calle 50 # 49-21", "8:00-18:00"),
        ),
        "DO": (
            ("do-caribe", "Santo Domingo", "Av. 27 de Febrero 215", "8:00-19:00"),
            ("do-vimenca", "Santiago de los Caballeros", "Calle del Sol 90", "8:30-17:30"),
        ),
    }
)


def branches(country: str, payers: Mapping[str, str]) -> list[JsonObject]:
    """Return the branches of a country's payers; `payers` is payer id → name."""
    return [
        {
            "id": f"{payer}-{number}",
            "operatorId": payer,
            "operatorName": payers[payer],
            "country": country,
            "city": city,
            "address": address,
            "hours": hours,
        }
        for number, (payer, city, address, hours) in enumerate(_BRANCHES.get(country, ()), start=1)
    ]


OPERATIONS: tuple[JsonObject, ...] = (
    {
        "code": "Kd82Qa",
        "correlationId": "5a0c7e1e-3f3b-4f6e-9a51-0a2f6c1d9b01",
        "type": "SendFunds",
        "status": "Completed",
        "createdAt": "2026-10-28T16:20:11.000Z",
        "amount": "300.00",
        "currency": "USD",
        "senderAmount": "300.00",
        "senderCurrency": "USD",
        "recipientAmout": "5160.00",
        "recipientCurrency": "MXN",
        "sourceFee": "2.99",
        "exchangeRate": "17.20",
        "toUser": {"firstName": "Rosa", "lastName": "Hernández", "country": "MX"},
        "destinationPaymentMethod": {
            "type": "CLABE",
            "accountNumber": "014027000005555558",
            "paymentMethodOwner": "Santander México",
        },
    },
    {
        "code": "Tz41Mb",
        "correlationId": "0f1f2b63-8a6c-4b2c-8d0b-6a1b7f0e2c02",
        "type": "SendFunds",
        "status": "ReadyForPickup",
        "createdAt": "2026-11-20T14:05:40.000Z",
        "amount": "150.00",
        "currency": "USD",
        "senderAmount": "150.00",
        "senderCurrency": "USD",
        "recipientAmout": "1152.00",
        "recipientCurrency": "GTQ",
        "sourceFee": "3.99",
        "exchangeRate": "7.68",
        "toUser": {"firstName": "Luis", "lastName": "Ruiz", "country": "GT"},
        "destinationPaymentMethod": {
            "type": "CashLoadLocation",
            "paymentMethodOwner": "Banrural",
        },
    },
)
"""The past operations of Ana Ruiz: to her mother, and to her brother, who has yet to pick it up."""
