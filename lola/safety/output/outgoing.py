"""The last check of every outgoing message, by model, code, template and staff alike.

It runs before a message is committed and once more over what the history keeps of it. A foreign
address, card data or a repeated instruction is taken out of the text and the rest is sent: a report
about money must arrive, also when a partner's label holds an address. Pure, and it never raises.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lola.domain.messages import (
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Notice,
    Option,
    Outbound,
    SelectMessage,
    TextMessage,
)
from lola.safety.input.redaction import Redacted, redact_card_data, redact_stored
from lola.safety.output.leak import leaks
from lola.safety.output.links import canonical, foreign_links

TAKEN_OUT = "[…]"
LINK, LEAK = "link", "leak"
_TRAILING = ".,;:!?)]}>'\"*_~`|…»”’"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingCheck:
    """The check of one deployment. Addresses below `origin`, the service's own, may be sent.

    `canary` is a word of the system texts. `brand` may look like an address and stays.
    """

    origin: str = ""
    allowed_hosts: tuple[str, ...] = ()
    brand: str = ""
    canary: str = ""

    def __call__(self, message: Outbound) -> Outbound:
        """Return the message as it may leave; one without findings comes back as it is."""
        content = self._shown(message.content)
        match message:
            case LinkMessage(links=links):
                kept = tuple(
                    LinkTarget(text=self._shown(link.text), url=link.url)
                    for link in links
                    if self._is_allowed(link.url)
                )
                cleaned: Outbound = (
                    replace(message, content=content, links=kept)
                    if kept
                    else TextMessage(content=content)
                )
            case SelectMessage(options=options):
                cleaned = replace(
                    message,
                    content=content,
                    options=self._options(options),
                    list_title=self._shown(message.list_title),
                    button=self._shown(message.button),
                )
            case ButtonsMessage(options=options):
                cleaned = replace(message, content=content, options=self._options(options))
            case _:
                cleaned = replace(message, content=content)
        cleaned = replace(cleaned, notice=self._notice(message.notice))
        return message if cleaned == message else cleaned

    def staff(self, text: str) -> Redacted:
        """Return what staff typed as it may be stored and sent; `found` is for them to read."""
        stored = redact_stored(text)
        shown = self._without_links(stored)
        found = (*(("data",) if stored != text else ()), *((LINK,) if shown != stored else ()))
        return Redacted(text=shown, found=found)

    def _shown(self, text: str) -> str:
        if self.canary and leaks(text, (), self.canary):
            return TAKEN_OUT
        return self._without_links(redact_card_data(text).text)

    def _notice(self, notice: Notice | None) -> Notice | None:
        if notice is None:
            return None
        values = {name: self._shown(value) for name, value in notice.values.items()}
        return replace(notice, values=values)

    def _without_links(self, text: str) -> str:
        for link in foreign_links(text, (), self.allowed_hosts):
            if not self._is_allowed(link):
                text = text.replace(link.rstrip(_TRAILING) or link, TAKEN_OUT)
        return text

    def _is_allowed(self, link: str) -> bool:
        address = canonical(link.rstrip(_TRAILING))
        if link.rstrip(_TRAILING) in self.brand or (
            address and self.origin and f"{address}/".startswith(f"{self.origin}/")
        ):
            return True
        return bool(address) and not foreign_links(link, (), self.allowed_hosts)

    def _options(self, options: Iterable[Option]) -> tuple[Option, ...]:
        shown: dict[str, Option] = {}
        for option in options:
            title = self._shown(option.title)
            while title in shown:
                title = f"{TAKEN_OUT} {len(shown) + 1}"
            shown[title] = Option(id=option.id, title=title)
        return tuple(shown.values())


NO_ORIGIN = OutgoingCheck()
