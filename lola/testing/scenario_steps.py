"""The parts of a scenario file: the sender, what they do in a step, and what is expected of it.

`lola.testing.scenarios` reads the files; docs/scenarios.md describes them.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from lola.sandbox.partner_faults import Fault, Partner
from lola.testing.spans import seconds_of
from lola.text.languages import LANGUAGES

_TEXT: list[dict[str, Any]] = [
    {"type": "string"},
    {
        "type": "object",
        "properties": {language: {"type": "string"} for language in LANGUAGES},
        "minProperties": 1,
        "additionalProperties": False,
    },
]
Text = Annotated[str, WithJsonSchema({"anyOf": _TEXT})]
"""A text, or one for each of the scenario's `languages`."""

SenderKind = Literal["new", "verified", "pending", "blocked", "broken"]


class Strict(BaseModel):
    """A part of a scenario file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SenderSpec(Strict):
    """The sender. Without a `phone` the runner uses an unused number of this `kind`.

    `name` is the one in the channel profile.
    """

    phone: str = ""
    kind: SenderKind = "new"
    name: str = "Sender"


class Expectation(Strict):
    """What must hold for one turn. Texts are compared without regard to case.

    `events` happened in this order, others may lie between them; `no_events` did not happen.
    """

    route: str | None = None
    language: str | None = None
    says: tuple[Text, ...] = ()
    never_says: tuple[Text, ...] = ()
    options: tuple[Text, ...] = ()
    tools: tuple[str, ...] = ()
    no_tools: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    no_events: tuple[str, ...] = ()
    links: int | None = None
    passages: tuple[str, ...] = ()
    silent: bool = False


class TransferSpec(Strict):
    """What the newest ticket must be about; a field that is left out matches anything."""

    country: str | None = None
    payout_method: str | None = None
    send: str | None = None
    receive: str | None = None
    recipient: str | None = None
    payer: str | None = None


class Reach(Strict):
    """When a conversation has reached its goal: all of it, at the end of one turn.

    `says` must be in that turn's reply (`a|b`: one of them), `tools` were used by then,
    `transfer` is a secure link for exactly this; `never_says` and `no_link` hold to the end.
    """

    says: tuple[Text, ...] = ()
    tools: tuple[str, ...] = ()
    route: str | None = None
    language: str | None = None
    transfer: TransferSpec | None = None
    never_says: tuple[Text, ...] = ()
    no_link: bool = False


class ContactSpec(Strict):
    """A contact card that the sender shares."""

    name: str
    phone: str


class FaultSpec(Strict):
    """How a partner fails the next `times` calls."""

    partner: Partner
    fault: Fault
    times: int = Field(1, ge=1)


class PlaceSpec(Strict):
    """A place that the sender sends."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class StaffSpec(Strict):
    """What a staff member does with the conversation; only a reply has a `text`."""

    do: Literal["take_over", "reply", "hand_back"]
    name: str = "maria"
    text: Text = ""

    @model_validator(mode="after")
    def _text_of_a_reply(self) -> "StaffSpec":
        if (self.do == "reply") is not bool(self.text):
            raise ValueError("a reply has a text, and nothing else has one")
        return self


class ModelStep(Strict):
    """One reply of the scripted model: a text, or calls of tools with their arguments."""

    says: Text = ""
    choices: tuple[Text, ...] = ()
    calls: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> "ModelStep":
        if bool(self.says) is bool(self.calls):
            raise ValueError("a step of the model has either says or calls")
        return self


VERBS = (
    *("say", "many", "choose", "media", "contact", "place"),
    *("widget", "wait", "staff", "fault"),
)


class Step(Strict):
    """One action (exactly one of the verbs), and what is expected of its turn.

    A bare text is `say`; a bare text in square brackets is `choose`. With `model`, a scripted model
    replies in this step's turns, and each of its steps has to be used.
    """

    say: Text | None = None
    many: tuple[Text, ...] | None = Field(None, min_length=2, max_length=20)
    choose: Text | None = None
    media: str | None = None
    caption: Text = ""
    contact: ContactSpec | None = None
    place: PlaceSpec | None = None
    widget: Literal["open", "approve", "cancel", "finish", "pay", "decline"] | None = None
    wait: str | None = None
    staff: StaffSpec | None = None
    fault: FaultSpec | None = None
    model: tuple[ModelStep, ...] = ()
    expect: Expectation = Field(default_factory=Expectation)

    @property
    def expects(self) -> bool:
        """Return whether the file says what is expected of this step."""
        return "expect" in self.model_fields_set

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the published schema, in which a step may be a bare text."""
        return {"anyOf": [*_TEXT, handler(core_schema)]}

    @model_validator(mode="before")
    @classmethod
    def _bare_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.startswith("[") and value.endswith("]"):
            return {"choose": value[1:-1]}
        return {"say": value}

    @model_validator(mode="after")
    def _one_verb(self) -> "Step":
        if sum(getattr(self, verb) is not None for verb in VERBS) != 1:
            raise ValueError(f"a step has exactly one of {', '.join(VERBS)}")
        if self.caption and self.media is None:
            raise ValueError("only media has a caption")
        if self.wait is not None and not seconds_of(self.wait):
            raise ValueError("wait is a span of time such as 90s, 15m, 1h or 2d")
        return self


class OperationSpec(Strict):
    """One operation at the partner; a field that is left out matches anything."""

    status: str | None = None
    country: str | None = None
    send: str | None = None
    receive: str | None = None


class TicketSpec(TransferSpec):
    """One ticket of the sender; a field that is left out matches anything."""

    status: str | None = None


class Budget(Strict):
    """What the whole conversation may use at most.

    `messages` are those that the sender got, `turns` the sender's own; `cost` is what the channel's
    provider and the models charge, in dollars.
    """

    messages: int | None = Field(None, ge=0)
    turns: int | None = Field(None, ge=0)
    model_calls: int | None = Field(None, ge=0)
    cost: Decimal | None = Field(None, ge=0)


class Ending(Strict):
    """What must hold after the last step, of the whole conversation.

    `tickets` and `operations` are all that there are, oldest first.
    """

    events: tuple[str, ...] = ()
    no_events: tuple[str, ...] = ()
    tickets: tuple[TicketSpec, ...] | None = None
    operations: tuple[OperationSpec, ...] | None = None
    budget: Budget = Budget()
