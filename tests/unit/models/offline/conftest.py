"""A tiny agent loop around the offline model: hand-written tools, drafts, and a transcript."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from lola.domain.messages import JsonObject
from lola.models.chat import (
    AssistantMessage,
    DataMessage,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolMessage,
    ToolSchema,
    UserMessage,
)
from lola.models.offline import OfflineModel
from lola.models.offline.dialogue.money import OPEN_LINK
from lola.safety.output.grounding import Sources
from lola.safety.output.guard import OutputGuard

GOOD_CLABE = "014027000005555558"
STRANGE_CLABE = "646180110400000007"
"""A valid number of a bank that is not in the list."""
ROUNDS = 8
GUARD = OutputGuard()


def schema(name: str, required: tuple[str, ...] = (), /, **properties: JsonObject) -> ToolSchema:
    return ToolSchema(
        name=name,
        description=f"{name}.",
        parameters={"type": "object", "properties": properties, "required": list(required)},
    )


TEXT: JsonObject = {"type": "string"}
OPTIONAL: JsonObject = {"type": "string", "default": ""}
METHOD: JsonObject = {
    "type": "string",
    "enum": ["bank_account", "cash_pickup", "card", "mobile_wallet"],
}
GOAL_REQUIRED = (
    "country", "payout_method", "amount", "amount_currency", "recipient_first_name",
    "recipient_last_name",
)  # fmt: skip
GOAL_PROPERTIES: JsonObject = {
    "country": TEXT, "payout_method": METHOD, "amount": TEXT, "amount_currency": TEXT,
    "recipient_first_name": TEXT, "recipient_last_name": TEXT, "payer_id": OPTIONAL,
    "account": OPTIONAL, "recipient_phone": OPTIONAL, "recipient_id": OPTIONAL,
    "payment_method_id": OPTIONAL,
}  # fmt: skip
PREPARE = schema("prepare_transfer", GOAL_REQUIRED, **GOAL_PROPERTIES)
PERSON = schema("talk_to_person", ("reason",), reason=TEXT)
STATUS = schema("get_own_status")
VERIFICATION = schema("get_verification")
ONBOARDING = (
    schema("get_countries"),
    schema("get_currencies"),
    schema("get_payers", ("country",), country=TEXT),
    schema("get_banks", ("country",), country=TEXT),
    schema(
        "pre_quote", ("country", "amount"), country=TEXT, amount=TEXT, currency=TEXT,
        payout_method=METHOD,
    ),
    schema("validate_phone", ("recipient_phone", "country"), recipient_phone=TEXT, country=TEXT),
    schema("validate_bank", ("country", "account"), country=TEXT, account=TEXT),
    schema("compare_payout_methods", ("country", "amount"), country=TEXT, amount=TEXT,
           currency=TEXT),
    schema("get_branches", ("country",), country=TEXT, place=OPTIONAL, payer_id=OPTIONAL),
    schema("get_limits", country=OPTIONAL),
    PREPARE,
    PERSON,
)  # fmt: skip
HOME = (
    *ONBOARDING,
    schema("get_recipients"),
    schema("search_contact_by_name", ("name",), name=TEXT),
    schema("get_payment_methods"),
    schema("add_recipient", ("first_name", "last_name", "recipient_phone", "country"),
           first_name=TEXT, last_name=TEXT, recipient_phone=TEXT, country=TEXT, alias=OPTIONAL),
    schema("edit_recipient", ("recipient_id",), recipient_id=TEXT, alias=OPTIONAL),
    schema("request_money", ("recipient_id", "amount"), recipient_id=TEXT, amount=TEXT),
    schema("get_transfers"),
    schema("get_receipt", reference=OPTIONAL),
    VERIFICATION,
    STATUS,
)  # fmt: skip
AGENTS = {
    "onboarding": ONBOARDING,
    "home": HOME,
    "restricted": (STATUS, VERIFICATION, PERSON),
    "unavailable": (),
}
SUMMARY_OPTIONS = {
    "es": ("Confirmar", "Modificar", "Cancelar"),
    "en": ("Confirm", "Change", "Cancel"),
}


PROPOSAL_OPTIONS = ("Sí, adelante", "No, gracias")


def money(amount: str | Decimal, currency: str) -> JsonObject:
    return {
        "amount": str(amount),
        "currency": currency,
        "text": f"{Decimal(amount):,.2f} {currency}",
    }


COUNTRIES = [
    {"code": code, "name": name, "currency": currency, "source_currency": "USD",
     "payout_methods": methods, "minimum": money("10", "USD"), "maximum": money("2999", "USD")}
    for code, name, currency, methods in (
        ("MX", "México", "MXN", ["bank_account", "cash_pickup"]),
        ("GT", "Guatemala", "GTQ", ["bank_account", "cash_pickup"]),
        ("HN", "Honduras", "HNL", ["bank_account", "cash_pickup", "mobile_wallet"]),
        ("SV", "El Salvador", "USD", ["cash_pickup"]),
    )
]  # fmt: skip
BANKS = {
    "MX": [{"id": "012", "name": "BBVA México"}, {"id": "014", "name": "Santander México"},
           {"id": "072", "name": "Banorte"}, {"id": "127", "name": "Banco Azteca"}],
    "GT": [{"id": "bi", "name": "Banco Industrial"}, {"id": "gyt", "name": "G&T Continental"}],
    "HN": [{"id": "ficohsa", "name": "Ficohsa"}],
}  # fmt: skip
PAYERS = {
    "MX": [{"id": "mx-elektra", "name": "Elektra"}, {"id": "mx-oxxo", "name": "OXXO"}],
    "GT": [{"id": "gt-banrural", "name": "Banrural"}, {"id": "gt-bi", "name": "Banco Industrial"}],
    "HN": [{"id": "hn-elektra", "name": "Elektra Honduras"}],
    "SV": [{"id": "sv-agricola", "name": "Banco Agrícola"}],
}
RATES = {"MX": "17.25", "GT": "7.68", "HN": "26.10", "SV": "1"}
ROSA = {
    "id": "ct-rosa", "name": "Rosa Hernández", "first_name": "Rosa", "last_name": "Hernández",
    "alias": "Mamá", "country": "MX", "payout_method": "bank_account", "payer_id": "014",
    "payer_name": "Santander México", "account_hint": "5558",
}  # fmt: skip
LUIS = {
    "id": "ct-luis", "name": "Luis Ruiz", "first_name": "Luis", "last_name": "Ruiz", "alias": "",
    "country": "GT", "payout_method": "cash_pickup", "payer_id": "gt-banrural",
    "payer_name": "Banrural", "account_hint": "",
}  # fmt: skip


def quote(country: str, amount: str, currency: str, **_: str) -> JsonObject:
    rate = Decimal(RATES[country])
    local = next(row["currency"] for row in COUNTRIES if row["code"] == country)
    value = Decimal(amount)
    send = value if currency == "USD" else (value / rate).quantize(Decimal("0.01"))
    return {
        "send": money(send, "USD"),
        "fee": money("2.99", "USD"),
        "total": money(send + Decimal("2.99"), "USD"),
        "receive": money(send * rate if currency == "USD" else value, local),
        "rate": RATES[country],
        "rate_text": f"1 USD = {RATES[country]} {local}",
        "expires_in_minutes": 10,
    }


PROPOSING = frozenset({"add_recipient", "edit_recipient", "request_money"})
BRANCHES = [
    {"payer": "Elektra", "city": "Guadalajara", "address": "Av. Juárez 340", "hours": "9:00-21:00"},
    {"payer": "OXXO", "city": "Monterrey", "address": "Av. Constitución 20", "hours": "6:00-23:00"},
]
RANGE = {
    "error": "out of range", "code": "AMOUNT_OUT_OF_RANGE", "minimum": money("10", "USD"),
    "maximum": money("2999", "USD"),
}  # fmt: skip


@dataclass
class Chat:
    """One conversation. `say` runs a turn and returns the last reply; `calls` are that turn's."""

    agent: str = "onboarding"
    language: str = "es"
    extra: JsonObject = field(default_factory=dict)
    tickets: list[JsonObject] = field(default_factory=list)
    recipients: list[JsonObject] = field(default_factory=lambda: [ROSA, LUIS])
    transfers: list[JsonObject] = field(default_factory=list)
    passages: list[JsonObject] = field(default_factory=list)
    verification: str = "passed"
    next_step: str = ""
    past: list[JsonObject] = field(default_factory=list)
    own_limits: JsonObject | None = None
    proposal: JsonObject | None = None
    approved: bool = False
    sender: JsonObject = field(default_factory=dict)
    overrides: dict[str, JsonObject] = field(default_factory=dict)
    model: OfflineModel = field(default_factory=OfflineModel)
    history: list[ModelMessage] = field(default_factory=list)
    draft: JsonObject | None = None
    calls: list[tuple[str, JsonObject]] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    reply: ModelReply = field(default_factory=ModelReply)
    refused: list[str] = field(default_factory=list)
    ended: bool = False

    async def say(self, text: str) -> ModelReply:
        if self.draft and text in {"Confirmar", "Confirm", "sí", "yes"}:
            self.draft = {**self.draft, "status": "confirmed"}
        if self.draft and text in {"Cancelar", "Cancel"}:
            self.draft, self.ended = None, True
            self._keep(UserMessage(text=text), AssistantMessage(text="Cancelado por código."))
            self.reply = ModelReply(text="Cancelado por código.")
            return self.reply
        self.approved = self.proposal is not None and text in {PROPOSAL_OPTIONS[0], "sí"}
        steps: list[ModelMessage] = [UserMessage(text=text)]
        self.calls = []
        self.ended = False
        for _ in range(ROUNDS):
            reply = await self._ask(steps)
            if not reply.calls:
                steps.append(AssistantMessage(text=reply.text, options=reply.choices))
                self._review(reply.text, steps)
                break
            steps.append(AssistantMessage(calls=reply.calls))
            said = self._run(reply, steps)
            if said is not None:
                steps.append(said)
                self.ended = True
                reply = ModelReply(text=said.text, choices=said.options)
                break
        else:
            pytest.fail("the model never came to words")
        self._keep(*steps)
        self.reply = reply
        return reply

    async def play(self, *lines: str) -> ModelReply:
        """Say several messages, one turn each. Return the last reply."""
        for line in lines:
            await self.say(line)
        return self.reply

    @property
    def prepared(self) -> JsonObject:
        """Return the arguments of this turn's call that prepares the transfer."""
        values = self.called("prepare_transfer")
        assert values is not None, self.reply.text
        return values

    def require(self, name: str, description: JsonObject) -> None:
        """Make the goal tool require one more property."""
        self.extra[name] = description

    def _with_extra(self, tool: ToolSchema) -> ToolSchema:
        if tool is not PREPARE or not self.extra:
            return tool
        return schema(tool.name, (*GOAL_REQUIRED, *self.extra), **{**GOAL_PROPERTIES, **self.extra})

    def called(self, name: str) -> JsonObject | None:
        """Return the arguments of this turn's call to a tool; None when it was not called."""
        return next((values for called, values in self.calls if called == name), None)

    def _review(self, text: str, steps: list[ModelMessage]) -> None:
        """Check each reply with the service's own output guard, as the agent loop does."""
        sources = Sources(
            tool_results=tuple(step.result for step in steps if isinstance(step, ToolMessage)),
            facts=({"draft": self.draft, "tickets": self.tickets},),
            passages=tuple(str(passage["text"]) for passage in self.passages),
            sender_words="\n".join(
                item.text for item in (*self.history, *steps) if isinstance(item, UserMessage)
            ),
        )
        verdict = GUARD.review(text, sources, self.language)
        self.refused += [f"{finding.excerpt}: {finding.why}" for finding in verdict.details]

    async def _ask(self, steps: list[ModelMessage]) -> ModelReply:
        data = DataMessage(
            marker="m",
            data={"draft": self.draft, "tickets": self.tickets, "passages": self.passages,
                  "sender": self.sender, "profile_country": "US"},
        )  # fmt: skip
        tools = tuple(self._with_extra(tool) for tool in AGENTS[self.agent])
        if self.draft and self.draft["status"] == "confirmed":
            tools = (*tools, schema("send_money", ("draft_id",), draft_id=TEXT))
        if self.draft or any(one["status"] in OPEN_LINK for one in self.tickets):
            tools = (*tools, schema("cancel_transfer"))
        if self.draft:
            tools = tuple(tool for tool in tools if tool.name not in PROPOSING)
        if self.approved and self.proposal is not None:
            tools = (*tools, schema("carry_out"))
        request = ModelRequest(
            system="",
            messages=(*self.history, data, *steps),
            tools=tools,
            language=self.language,
        )
        self.requests.append(request)
        reply = await self.model.complete(request)
        assert reply == await self.model.complete(request), "an answer must repeat"
        return reply

    def _run(self, reply: ModelReply, steps: list[ModelMessage]) -> AssistantMessage | None:
        said: AssistantMessage | None = None
        for call in reply.calls:
            assert call.name in {tool.name for tool in self.requests[-1].tools}, call.name
            self.calls.append((call.name, call.arguments))
            handler: Callable[..., Any] = getattr(self, f"_{call.name}")
            given = self.overrides.get(call.name)
            result = handler(**call.arguments) if given is None else given
            steps.append(ToolMessage(call_id=call.id, name=call.name, result=result))
            if "error" not in result:
                said = self._ending(call.name) or said
        return said

    def _ending(self, name: str) -> AssistantMessage | None:
        words = {
            "prepare_transfer": AssistantMessage(
                text="RESUMEN", options=SUMMARY_OPTIONS[self.language]
            ),
            "send_money": AssistantMessage(text="ENLACE"),
            "cancel_transfer": AssistantMessage(text="CANCELADO"),
            "talk_to_person": AssistantMessage(text="PERSONA"),
            "get_receipt": AssistantMessage(text="RECIBO"),
            "add_recipient": AssistantMessage(text="PROPUESTA", options=PROPOSAL_OPTIONS),
            "edit_recipient": AssistantMessage(text="PROPUESTA", options=PROPOSAL_OPTIONS),
            "request_money": AssistantMessage(text="PROPUESTA", options=PROPOSAL_OPTIONS),
            "carry_out": AssistantMessage(text="HECHO"),
        }
        return words.get(name)

    def _keep(self, *messages: ModelMessage) -> None:
        self.history.extend(messages)

    def _get_countries(self) -> JsonObject:
        return {"countries": COUNTRIES}

    def _get_banks(self, country: str) -> JsonObject:
        return {"banks": BANKS.get(country, [])}

    def _get_payers(self, country: str) -> JsonObject:
        return {"payers": PAYERS.get(country, [])}

    def _get_recipients(self) -> JsonObject:
        return {"recipients": self.recipients}

    def _get_payment_methods(self) -> JsonObject:
        return {"payment_methods": [{"id": "pm-visa", "label": "VISA ••4242"}]}

    def _get_verification(self) -> JsonObject:
        return {"verification": self.verification, "next_step": self.next_step}

    def _get_transfers(self) -> JsonObject:
        return {"transfers": self.past, "more": 0}

    def _get_receipt(self, reference: str) -> JsonObject:
        found = [row for row in self.past if row["reference"] == reference]
        return {"receipt": found[0]} if found else {"error": "no transfer with that reference"}

    def _get_limits(self, country: str = "") -> JsonObject:
        rows = [row for row in COUNTRIES if country in {"", row["code"]}]
        return {"per_transfer": rows, **({"own": self.own_limits} if self.own_limits else {})}

    def _get_branches(self, country: str, place: str = "", payer_id: str = "") -> JsonObject:
        rows = [row for row in BRANCHES if place in {"", row["city"]}] if country == "MX" else []
        return {"branches": rows, "more": 0}

    def _compare_payout_methods(self, country: str, amount: str, currency: str) -> JsonObject:
        methods = next(row["payout_methods"] for row in COUNTRIES if row["code"] == country)
        if currency == "USD" and not 10 <= Decimal(amount) <= 2999:
            return RANGE
        figures = quote(country, amount, currency)
        return {"quotes": [{**figures, "payout_method": method} for method in methods]}

    def _propose(self, **terms: str) -> JsonObject:
        self.proposal = terms
        return {"status": "waits_for_the_senders_approval"}

    _add_recipient = _edit_recipient = _request_money = _propose

    def _carry_out(self) -> JsonObject:
        self.proposal = None
        return {"status": "saved"}

    def _get_own_status(self) -> JsonObject:
        return {"verification": self.verification, "transfers": self.transfers}

    def _talk_to_person(self, reason: str) -> JsonObject:
        return {"status": "waiting"}

    def _cancel_transfer(self) -> JsonObject:
        self.draft = None
        return {"status": "cancelled"}

    def _send_money(self, draft_id: str) -> JsonObject:
        assert self.draft
        assert self.draft["id"] == draft_id
        self.draft = None
        return {"status": "link_sent"}

    def _validate_bank(self, country: str, account: str) -> JsonObject:
        digits = "".join(char for char in account if char.isdigit())
        if country == "MX" and digits not in {GOOD_CLABE, STRANGE_CLABE}:
            return {"valid": False, "canonical": "", "bank_name": "", "reason": "check_digit"}
        bank = "Santander México" if digits == GOOD_CLABE else ""
        return {
            "valid": True,
            "canonical": digits,
            "bank_name": bank,
            "bank_unknown": digits == STRANGE_CLABE,
            "reason": "",
        }

    def _validate_phone(self, recipient_phone: str, country: str) -> JsonObject:
        return {"valid": True, "canonical": f"+{recipient_phone.strip('+')}"}

    def _pre_quote(self, country: str, amount: str, **rest: str) -> JsonObject:
        if rest["currency"] == "USD" and not 10 <= Decimal(amount) <= 2999:
            return RANGE
        return {"quote": quote(country, amount, **rest)}

    def _prepare_transfer(self, **terms: str) -> JsonObject:
        assert set(terms) <= set(GOAL_PROPERTIES) | set(self.extra)
        missing = [name for name in GOAL_REQUIRED if not terms.get(name)]
        saved = bool(terms.get("recipient_id")) and not terms.get("account")
        if terms["payout_method"] in {"bank_account", "cash_pickup"} and not saved:
            missing += [] if terms.get("payer_id") else ["payer_id"]
        if terms["payout_method"] == "bank_account" and not saved:
            missing += [] if terms.get("account") else ["account"]
        if missing:
            return {"error": "missing", "code": "MISSING", "missing": missing}
        try:
            value = Decimal(terms["amount"])
        except InvalidOperation:
            return {"error": "amount is not a plain decimal number"}
        if terms["amount_currency"] == "USD" and not 10 <= value <= 2999:
            return RANGE
        number = 1 + sum(name == "prepare_transfer" for name, _ in self.calls)
        self.draft = {
            "id": f"dr_{len(self.history)}_{number}",
            "status": "awaiting_confirmation",
            "terms": terms,
            "quote": quote(terms["country"], terms["amount"], terms["amount_currency"]),
        }
        return {"status": "summary_shown"}


@pytest.fixture
def chat() -> Iterator[Callable[..., Chat]]:
    """Build conversations; at the end the output guard must have passed every reply."""
    made: list[Chat] = []

    def make(**values: Any) -> Chat:
        made.append(Chat(**values))
        return made[-1]

    yield make
    assert [finding for talk in made for finding in talk.refused] == []
