"""What can be wanted beside a transfer, and which values each of these errands needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Something small beside a transfer: the tool that proposes it and what that tool needs.

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
