"""Renders the widget's pages: chooses the template and its values. Changes nothing."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.partners.m2m import CIP_FIELDS
from lola.sandbox.m2m import Platform
from lola.sandbox.m2m.user_data import ID_TYPES, PAYMENT_METHOD
from lola.sandbox.pages import Pages
from lola.sandbox.vault.vault import Vault
from lola.sandbox.widget.forms import DOCUMENTS, FIELDS, PAYOUTS, PROVIDERS
from lola.sandbox.widget.steps import Step, plan
from lola.sandbox.widget.visit import Visit

CATALOGUES: Mapping[Step, str] = MappingProxyType(
    {
        "data": "data",
        "scan": "identity",
        "liveness": "identity",
        "payout": "payout",
        "card": "card",
        "review": "widget",
    }
)
"""Step → the catalogue with its texts."""
OUTCOMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "approved": ("good", "check"),
        "verified": ("good", "check"),
        "card_saved": ("good", "check"),
        "identity_pending": ("calm", "clock"),
        "expired": ("calm", "clock"),
    }
)
"""Outcome → mood and icon of its page; all others have a calm cross."""
GIVEN = "partner_api"
"""The source of what came with a link (reference/m2m.md 6.2)."""
NOTHING: Mapping[str, str] = MappingProxyType({})


class Views:
    """Renders the pages of a visit."""

    def __init__(self, platform: Platform, pages: Pages, vault: Vault) -> None:
        self._platform = platform
        self._pages = pages
        self._vault = vault

    def start(self, visit: Visit, left: tuple[Step, ...]) -> web.Response:
        """Render the first page: what the link is about, and the steps that are left."""
        return self._page(
            visit,
            "widget/start.html",
            details=visit.details,
            steps=left,
            given=self._given(visit),
        )

    def step(
        self,
        visit: Visit,
        step: Step,
        *,
        status: int = 200,
        errors: Mapping[str, str] = NOTHING,
        typed: Mapping[str, str] = NOTHING,
    ) -> web.Response:
        """Render a step; `errors` is field → text key, `typed` what the sender typed before."""
        texts = {
            field: self._pages.text(f"{CATALOGUES[step]}.{key}", visit.language)
            for field, key in errors.items()
        }
        return self._page(
            visit,
            f"widget/{step}.html",
            status=status,
            step=step,
            steps=plan(self._platform, visit.link),
            errors=texts,
            typed=typed,
            **self._values(visit, step),
        )

    def ended(
        self, visit: Visit, how: str, *, status: int = 200, reference: str = ""
    ) -> web.Response:
        """Render how the link ended, with a way back to the chat."""
        return self.outcome(
            how,
            visit.language,
            status=status,
            theme=visit.link.theme,
            reference=reference,
            again=visit.path if how == "identity_pending" else "",
            back=visit.return_url,
        )

    def outcome(self, how: str, language: str, *, status: int, **values: Any) -> web.Response:
        """Render an outcome, for a link or for an unknown one."""
        mood, mark = OUTCOMES.get(how, ("calm", "cross"))
        return self._pages.page(
            "widget/outcome.html",
            language,
            status=status,
            heading=self._pages.text(f"widget.{how}_heading", language),
            text=self._pages.text(f"widget.{how}", language),
            mood=mood,
            mark=mark,
            **{"reference": "", "again": "", "back": "", **values},
        )

    def _page(self, visit: Visit, template: str, **values: Any) -> web.Response:
        return self._pages.page(
            template,
            visit.language,
            theme=visit.link.theme,
            action=visit.path,
            purpose=visit.purpose,
            **values,
        )

    def _values(self, visit: Visit, step: Step) -> JsonObject:
        """Return the values of the step's template."""
        link = visit.link
        if step == "data":
            missing = self._platform.customer.missing(link)
            return {"fields": [FIELDS[path] for path in missing], "id_types": ID_TYPES}
        if step == "scan":
            return {"documents": self._choices(visit, "identity.document_", DOCUMENTS)}
        if step == "payout":
            return {
                "types": self._choices(visit, "payout.", PAYOUTS),
                "providers": PROVIDERS,
            }
        if step == "card":
            # The form for a new card leads to the vault.
            return {"posts_to": self._vault.url, **self._cards(visit)}
        if step == "review":
            return {"details": visit.details, "card": self._platform.wallet.card_of(link),
                    "payout": self._payout(visit), "given": self._given(visit)}  # fmt: skip
        return {}

    def _choices(self, visit: Visit, key: str, names: tuple[str, ...]) -> list[JsonObject]:
        return [
            {"value": name, "label": self._pages.text(key + name, visit.language), "badge": ""}
            for name in names
        ]

    def _cards(self, visit: Visit) -> JsonObject:
        # A link for a new card offers no other one.
        cards = [] if visit.purpose else self._platform.customer.cards(visit.link)
        chosen = visit.link.card_id or (cards[-1].card_id if cards else "")
        return {
            "chosen": chosen,
            "cards": [
                {
                    "value": card.card_id,
                    "badge": card.brand,
                    "label": self._pages.text("card.ending", visit.language, last4=card.last_four),
                }
                for card in cards
            ],
        }

    def _given(self, visit: Visit) -> JsonObject:
        """Return what the bank pre-filled, as the sender may see it: name and payout."""
        users, link = self._platform.users, visit.link
        known, sources = users.fields(link.user_id), users.sources(link.user_id)
        paths = [path for path in CIP_FIELDS[:4] if sources.get(path) == GIVEN]
        method = known.get(PAYMENT_METHOD) if sources.get(PAYMENT_METHOD) == GIVEN else None
        return {
            "name": " ".join(known[path] for path in paths if known[path]),
            "payout": method_text(method) if method else "",
        }

    def _payout(self, visit: Visit) -> str:
        """Return the payout as text: the chat's, else the one chosen here."""
        if visit.details and visit.details.payout:
            return visit.details.payout
        method = self._platform.wallet.payout_of(visit.link)
        if method is None:
            return ""
        return method_text(method.method)


def method_text(method: JsonObject) -> str:
    """Return a `paymentMethod` as a person reads it; of an account, the last four digits."""
    if account := method.get("bankAccount"):
        return f"•••• {account['accountNumber'][-4:]}"
    return str(method["cash"]["provider"])
