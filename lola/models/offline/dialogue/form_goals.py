"""The forms beside a transfer: which values each one needs and which tool it calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A small action beside a transfer: the tool that proposes it and the values it needs.

    `arguments` maps our names to the tool's own where they differ.
    """

    tool: str
    needs: tuple[str, ...]
    optional: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)


FORMS: Mapping[str, Form] = {
    "save_person": Form(
        tool="add_recipient",
        needs=("recipient_first_name", "recipient_last_name", "country", "recipient_phone"),
        optional=("alias",),
        arguments={"recipient_first_name": "first_name", "recipient_last_name": "last_name"},
    ),
    "edit_person": Form(tool="edit_recipient", needs=("recipient_id", "alias")),
    "request_money": Form(tool="request_money", needs=("recipient_id", "amount")),
}
