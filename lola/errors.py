"""Every error that Lola raises on purpose, in one tree.

    LolaError
    ├── ConfigurationError          a setting is missing, unsafe or contradicts another
    │   └── SeveralSettingsError    more than one of them
    ├── MessageLimitError           an outgoing message breaks a documented limit
    ├── StaffActionError            an action of staff is refused before anything is done
    ├── StoreUnavailableError       Redis cannot take or give what was asked
    ├── ChannelError                a channel did not take our message
    │   ├── RetryLaterError         transient; may say how long to wait
    │   ├── AmbiguousSendError      the outcome of the call is unknown
    │   ├── RejectedError           permanent: our bug, or a recipient who cannot be reached
    │   │   ├── WindowClosedError   only a template may be sent until the sender writes again
    │   │   ├── OptedOutError       the recipient wants nothing more from us on this channel
    │   │   └── TemplateError       the template is refused: not approved, paused, badly filled
    │   └── ChannelStoppedError     credentials or policy; nothing goes out until a person acts
    ├── WebhookError                an incoming request is refused
    │   ├── SignatureError          missing, wrong or too old a signature: 401
    │   ├── MalformedPayloadError   well signed, unreadable: 200, kept, alarmed
    │   ├── UnknownReportError      a page's report that this version does not know: 503, kept
    │   └── TokenError              a callback or session token is not good for this: 401
    ├── PartnerError                an outside system answered with an error
    │   ├── PartnerUnavailableError timeouts, 5xx, broken answers
    │   │   └── PartnerAccessError  our key is wrong, or may not make this call
    │   └── PartnerRefusedError     a definite no, with the partner's own code
    ├── ModelError                  the chat model failed, was blocked or ran out of time
    ├── ToolError                   a tool cannot do what was asked; worded for the model
    ├── BookUnavailableError        the account book's database gave no usable answer
    ├── MoneyError                  a draft, confirmation or ticket forbids the step
    └── PrivacyError                an export or erasure must not be made now

Codes are stable and meant for operators: they are in logs, in `lola doctor` and in
docs/errors.md with a hint each. What a sender reads never comes from here but from
the message catalogues.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar


class LolaError(Exception):
    """The root. `code` is stable over releases; `hint` tells an operator what to do next."""

    code: ClassVar[str] = "LOLA-000"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        text = f"[{self.code}] {super().__str__()}"
        return f"{text} ({self.hint})" if self.hint else text


class ConfigurationError(LolaError):
    """A setting is missing, unsafe or contradicts another; `setting` is its documented name."""

    code = "LOLA-100"

    def __init__(self, setting: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{setting}: {message}", hint=hint)
        self.setting = setting


class SeveralSettingsError(ConfigurationError):
    """More than one setting is wrong; `problems` are all of them, so that one start names all."""

    def __init__(self, problems: Sequence[ConfigurationError]) -> None:
        lines = "".join(f"\n  {_line(problem)}" for problem in problems)
        super().__init__(problems[0].setting, f"{len(problems)} settings are wrong:{lines}")
        self.problems = tuple(problems)


class MessageLimitError(LolaError):
    """An outgoing message breaks a documented limit (reference/lola.md 7)."""

    code = "LOLA-110"


class StaffActionError(LolaError):
    """An action of staff or of an operator is refused; `word` is stable, for programs."""

    code = "LOLA-120"

    def __init__(self, word: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.word = word


class StoreUnavailableError(LolaError):
    """Redis is unreachable or refused a write; a webhook answers 503 so that it is sent again."""

    code = "LOLA-200"


class ChannelError(LolaError):
    """A channel did not take our message. `provider_code` is the provider's own.

    `known` is False for a code that is in no table: operators are told.
    """

    code = "LOLA-300"
    known = True

    def __init__(self, message: str, *, provider_code: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.provider_code = provider_code


class RetryLaterError(ChannelError):
    """The channel is busy or down; `after` is its own advice in seconds, if it gave any.

    After `tries` attempts it counts as rejected; 0 is no limit.
    """

    code = "LOLA-301"

    def __init__(
        self,
        message: str,
        *,
        provider_code: str = "",
        after: float | None = None,
        tries: int = 0,
        hint: str = "",
    ) -> None:
        super().__init__(message, provider_code=provider_code, hint=hint)
        self.after = after
        self.tries = tries


class AmbiguousSendError(ChannelError):
    """The connection broke after the request went out: the message may or may not have arrived."""

    code = "LOLA-302"


class RejectedError(ChannelError):
    """The channel will never take this message for this recipient."""

    code = "LOLA-303"


class WindowClosedError(RejectedError):
    """The time for free answers is over; until the sender writes again only a template may go."""

    code = "LOLA-305"


class OptedOutError(RejectedError):
    """The recipient blocked us or unsubscribed; nothing may be sent until they ask for it."""

    code = "LOLA-306"


class TemplateError(RejectedError):
    """The provider does not take a template as it is; its news has to wait.

    `is_stopped`: not for any recipient; else the values of this one are the reason.
    """

    code = "LOLA-307"

    def __init__(
        self, message: str, *, provider_code: str = "", hint: str = "", is_stopped: bool = True
    ) -> None:
        super().__init__(message, provider_code=provider_code, hint=hint)
        self.is_stopped = is_stopped


class ChannelStoppedError(ChannelError):
    """Credentials, permission or policy: every send of this channel waits for a person."""

    code = "LOLA-304"


class WebhookError(LolaError):
    """An incoming request is refused with `status` (reference/channels.md 0.3)."""

    code = "LOLA-400"
    status: ClassVar[int] = 400


class SignatureError(WebhookError):
    """The signature is missing, wrong or too old. Nothing of the request is stored."""

    code = "LOLA-401"
    status = 401


class MalformedPayloadError(WebhookError):
    """The signature is good but the body cannot be read; a redelivery would not mend it."""

    code = "LOLA-402"
    status = 200


class UnknownReportError(WebhookError):
    """A page reports a value that its handler does not know, for instance a new verdict.

    The page is asked to report again, and operators see what came. `value` is an id-like word.
    """

    code = "LOLA-404"
    status = 503

    def __init__(self, value: str) -> None:
        super().__init__("a report has a value that its handler does not know")
        self.value = value


class TokenError(WebhookError):
    """A callback or session token is forged, used, too old or meant for something else.

    It never says which, so that a refusal tells nothing to the client that presented one.
    """

    code = "LOLA-403"
    status = 401

    def __init__(self) -> None:
        super().__init__("the token is not good for this")


class PartnerError(LolaError):
    """An outside system failed us. `partner` names it."""

    code = "LOLA-500"

    def __init__(self, partner: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{partner}: {message}", hint=hint)
        self.partner = partner


class PartnerUnavailableError(PartnerError):
    """No usable answer: timeout, broken connection, 5xx, 429 or a body that is not as promised."""

    code = "LOLA-501"


class PartnerAccessError(PartnerUnavailableError):
    """The partner does not accept our key, or not for this call; for senders it is an outage.

    `is_scope`: the key is known, and lacks the scope of the call.
    """

    code = "LOLA-503"

    def __init__(
        self, partner: str, message: str, *, status: int, is_scope: bool, hint: str = ""
    ) -> None:
        super().__init__(partner, message, hint=hint)
        self.status = status
        self.is_scope = is_scope


class PartnerRefusedError(PartnerError):
    """A definite no. `partner_code` and `status` are the partner's own; unknown codes are kept.

    `fields` has the partner's message for each wrong field, where it names fields; it may repeat
    what was sent and never reaches a log.
    """

    code = "LOLA-502"

    def __init__(
        self,
        partner: str,
        message: str,
        *,
        partner_code: str,
        status: int,
        fields: Mapping[str, str] = MappingProxyType({}),
        hint: str = "",
    ) -> None:
        super().__init__(partner, f"{partner_code}: {message}", hint=hint)
        self.partner_code = partner_code
        self.status = status
        self.fields = fields


class ModelError(LolaError):
    """The chat model failed, was blocked or ran out of time; `retryable`: another try may help.

    `reason` is one word of a closed set, fit for labels: `timeout`, `unreachable`, `busy`,
    `broken`, `denied`, `refused`, `blocked`, `empty`, `unreadable`, or `failed` for the rest.
    `after` is the provider's own advice in seconds, if it gave any. `failed` lists the models that
    were tried, with the reason of each.
    """

    code = "LOLA-600"

    def __init__(
        self,
        message: str,
        *,
        reason: str = "failed",
        retryable: bool = False,
        after: float | None = None,
        failed: tuple[tuple[str, str], ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.retryable = retryable
        self.after = after
        self.failed = failed


class ToolError(LolaError):
    """A tool cannot do what was asked. The message is worded for the model and holds no secret."""

    code = "LOLA-700"


class ForeignReferenceError(ToolError):
    """An id that is none of the sender's own; the same for one that does not exist."""


class MoneyError(LolaError):
    """A draft, confirmation or ticket forbids the step that was asked for."""

    code = "LOLA-800"


class BookUnavailableError(LolaError):
    """The account book's database failed; `reason` is its SQLSTATE. The outcome is unknown."""

    code = "LOLA-820"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the account book is not available: {reason}", hint="VNA_DATABASE_URL")
        self.reason = reason


class PrivacyError(LolaError):
    """An export or erasure of a sender's data must not be made now."""

    code = "LOLA-810"


def _line(problem: ConfigurationError) -> str:
    """Return a problem without its code, which is the same for all settings."""
    return str(problem).removeprefix(f"[{problem.code}] ")
