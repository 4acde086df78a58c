"""Values that must be nowhere, the fields they are planted in, and the search for them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from redis.asyncio import Redis

from lola.testing.chatwoot import ChatwootDevice
from lola.testing.device import Device
from lola.testing.sms import SmsDevice
from lola.testing.telegram import TelegramDevice
from lola.testing.whatsapp import WhatsAppDevice

# Published test numbers of the networks.
_NUMBERS = (
    "4111111111111111", "4012888888881881", "5555555555554444", "5105105105105100",
    "2223003122003222", "6011000990139424", "3530111333300000", "6200000000000005",
    "378282246310005", "371449635398431", "30569309025904",
)  # fmt: skip
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _spellings(number: str) -> Iterator[str]:
    groups = [number[at : at + 4] for at in range(0, len(number), 4)]
    yield number
    yield " ".join(groups)
    yield "-".join(groups)
    yield ".".join(groups)
    yield number.translate(_ARABIC)


CARDS = tuple(spelling for number in _NUMBERS for spelling in _spellings(number))
IDENTIFIERS = {
    "CURP HEGG560427MVZRRL04": "HEGG560427MVZRRL04",
    "rfc GODE561231GR8": "GODE561231GR8",
    "mi SSN es 078-05-1120": "078-05-1120",
    "seguro social 219099999": "219099999",
    "DUI 00016297-5": "00016297-5",
    "DPI 2345 67890 0101": "2345 67890 0101",
    "mi cédula es 1.020.345.678": "1.020.345.678",
    "cédula 001-1234567-8": "001-1234567-8",
    "0801-1990-12345": "0801-1990-12345",
    "pasaporte G12345678": "G12345678",
    "CLABE 014027000005555558": "014027000005555558",
    "cuenta 7351902846": "7351902846",
    "GT82TRAJ01020000001210029690": "GT82TRAJ01020000001210029690",
    "IBAN ES9121000418450200051332": "ES9121000418450200051332",
    "routing number 021000021": "021000021",
    "el código es 73918264": "73918264",
    "mi PIN es 58203917": "58203917",
    "mi contraseña es Gatito77Azul": "Gatito77Azul",
    "sk_live_9fK2mQ7xT4bW8zL1": "sk_live_9fK2mQ7xT4bW8zL1",
    "Bearer 7dh3kf93jd8s2kq0zz1": "7dh3kf93jd8s2kq0zz1",
    "código de atrás 987, vence 04/29": "987, vence",
}
"""What is written, and the part of it that must be gone."""
SAID = (*CARDS, *IDENTIFIERS)
HIDDEN = (*CARDS, *IDENTIFIERS.values())
_BETWEEN = " y luego "
_LABEL_CHARACTERS = 230


def labels() -> Iterator[str]:
    """Yield all values in texts that fit into a label, such as a name."""
    text = ""
    for value in SAID:
        if text and len(text) + len(_BETWEEN) + len(value) > _LABEL_CHARACTERS:
            yield text
            text = ""
        text = f"{text}{_BETWEEN}{value}" if text else value
    yield text


WHOLE = _BETWEEN.join(SAID)


async def plant(device: Device) -> None:
    """Send every value in every field of the device's channel."""
    await device.say(WHOLE)
    await device.send_media("image", WHOLE)
    for label in labels():
        for content in _contents(device, label):
            if isinstance(device, WhatsAppDevice | SmsDevice):
                await device._send(content)
            elif isinstance(device, TelegramDevice):
                event = content.pop("event", None)
                await (device._send(event(device)) if event else device._write(content))
            elif isinstance(device, ChatwootDevice):
                await device._write(**content)
        await device.share_contact(label, *label.split(_BETWEEN))


def _contents(device: Device, label: str) -> Iterable[dict[str, Any]]:
    match device:
        case WhatsAppDevice():
            reply = {"id": label, "title": label}
            yield {"type": "document", "document": {"id": "1", "filename": label, "caption": label}}
            yield {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": reply},
            }
            yield {
                "type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": reply},
            }
            yield {"type": "button", "button": {"payload": label, "text": label}}
            place = {"latitude": 1.0, "longitude": 2.0, "name": label, "address": label}
            yield {"type": "location", "location": place}
            yield {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": label}}
            yield {"type": "unsupported", "unsupported": {"type": label}}
            yield {"type": label}
        case TelegramDevice():
            place = {"latitude": 1.0, "longitude": 2.0}
            yield {"document": {"file_name": label}, "caption": label}
            yield {
                "venue": {"location": place, "title": label, "address": label},
                "location": place,
            }
            yield {label: {"question": label}}
            markup = {"inline_keyboard": [[{"text": label, "callback_data": label}]]}
            yield {
                "event": lambda phone: {
                    "callback_query": {
                        "id": "1", "from": phone._person, "data": label,
                        "message": phone._message({"text": label, "reply_markup": markup}),
                    }
                }
            }  # fmt: skip
        case SmsDevice():
            yield {"Body": "", "NumMedia": "0", "ButtonPayload": label, "ButtonText": label}
            yield {"Body": label, "NumMedia": "0", "ProfileName": label}
            yield {"Body": "", "Latitude": "1", "Longitude": "2", "Label": label}
        case ChatwootDevice():
            yield {"content": label}
            yield {"content": label, "attachments": [{"id": 1, "file_type": "file", "name": label}]}


async def store_dump(redis: Redis) -> str:
    """Return everything that a Redis holds, as one text."""
    parts: list[str] = []
    async for key in redis.scan_iter(count=1000):
        name = key.decode() if isinstance(key, bytes) else key
        kind = await redis.type(key)
        match kind.decode() if isinstance(kind, bytes) else kind:
            case "string":
                value: Any = await redis.get(key)
            case "list":
                value = await redis.lrange(key, 0, -1)
            case "hash":
                value = await redis.hgetall(key)
            case "set":
                value = await redis.smembers(key)
            case "zset":
                value = await redis.zrange(key, 0, -1)
            case "stream":
                value = await redis.xrange(key)
            case "none":
                # Sent, or expired, since the keys were listed.
                continue
            case other:
                raise AssertionError(f"{name} is a {other}")
        parts.append(f"{name} {value}")
    return "\n".join(parts)


def found_in(places: dict[str, str]) -> list[tuple[str, str]]:
    """Return (place, value) for each planted value in a text, also in JSON's escaped form."""
    return [
        (place, value)
        for place, text in places.items()
        for value in HIDDEN
        if value in text or json.dumps(value)[1:-1] in text
    ]
