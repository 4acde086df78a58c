"""The sender's own saved people and payment methods, as display names and masked hints only."""

from typing import Annotated

from agents.tools.corridors import Country, corridor_to
from agents.tools.preconditions import may, no_draft
from lola.agent.approvals import carried_out, propose
from lola.agent.provenance import OwnValue
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.channel.labels import label_options
from lola.domain.approval import Approval
from lola.domain.messages import JsonObject, TextMessage
from lola.errors import ForeignReferenceError, PartnerRefusedError, ToolError
from lola.partners.customer_records import Person
from lola.partners.remittances import SavedRecipient
from lola.text.countries import country_name
from lola.text.folding import fold
from lola.text.person_names import is_person_name, person_name
from lola.text.phone_numbers import dictated

SAVE_RECIPIENT = "save_recipient"
NOT_A_NAME = "a name has letters only: ask the sender for it as on the person's ID"
ALREADY_SAVED = frozenset({"ERROR_DUPLICATED_PHONE"})

FirstName = Annotated[str, "first name or names as on the person's ID", OwnValue(kind="person")]
LastName = Annotated[str, "last name or names as on the person's ID", OwnValue(kind="person")]
Alias = Annotated[str, "what the sender calls the person, such as Mamá", OwnValue(kind="person")]


@tool(requires=(may("saved_data"),))
async def get_recipients(ctx: ToolContext) -> ToolResult:
    """List the people this sender has saved."""
    return _result(await ctx.services.remittances.recipients(ctx.user.user_id))


@tool(requires=(may("saved_data"),))
async def search_contact_by_name(
    ctx: ToolContext, name: Annotated[str, "a name or nickname, or part of one"]
) -> ToolResult:
    """Find people this sender has saved by name or nickname."""
    wanted = fold(name)
    recipients = await ctx.services.remittances.recipients(ctx.user.user_id)
    return _result(
        tuple(
            person
            for person in recipients
            if wanted in fold(f"{person.first_name} {person.last_name} {person.alias}")
        )
    )


@tool(requires=(may("saved_data"),))
async def get_payment_methods(ctx: ToolContext) -> ToolResult:
    """List the ways this sender can pay, as display names; card numbers never appear."""
    methods = await ctx.services.remittances.payment_methods(ctx.user.user_id)
    return ToolResult(
        data={"payment_methods": [{"id": item.id, "label": item.label} for item in methods]},
        options=label_options((f"pay:{item.id}", item.label) for item in methods),
    )


@tool(requires=(may("saved_data"), no_draft), exclusive=True)
async def add_recipient(
    ctx: ToolContext,
    first_name: FirstName,
    last_name: LastName,
    recipient_phone: Annotated[
        str, "the person's telephone number as written", OwnValue(kind="phone")
    ],
    country: Country,
    alias: Alias = "",
) -> ToolResult:
    """Save a person to this sender's list, once the sender approves. No account is saved."""
    corridor = await corridor_to(ctx, country)
    phone = dictated(recipient_phone, corridor.country)
    if phone is None:
        return ToolResult(data={"error": "not a telephone number", "code": "INVALID_PHONE"})
    terms = {
        "first_name": _name(first_name),
        "last_name": _name(last_name),
        "phone": phone,
        "country": corridor.country,
        "alias": person_name(alias),
    }
    if not (terms["first_name"] and terms["last_name"]):
        raise ToolError("a person is saved with first and last name")
    for person in await ctx.services.remittances.recipients(ctx.user.user_id):
        if person.phone == phone:
            return ToolResult(
                data={"error": "saved already", "code": "ALREADY_SAVED", "name": person.full_name}
            )
    summary = ctx.services.wording(
        "proposals.add_recipient",
        ctx.turn.language,
        name=f"{terms['first_name']} {terms['last_name']}",
        phone=phone,
        country=country_name(corridor.country, ctx.turn.language),
        alias=_alias_line(ctx, terms["alias"]),
    )
    return propose(ctx, SAVE_RECIPIENT, {**terms, "is_new": True}, summary)


@tool(requires=(may("saved_data"), no_draft), exclusive=True)
async def edit_recipient(
    ctx: ToolContext,
    recipient_id: Annotated[str, "id from get_recipients"],
    first_name: FirstName = "",
    last_name: LastName = "",
    alias: Alias = "",
) -> ToolResult:
    """Change the name or nickname of a saved person, once the sender approves. Where the money
    lands cannot be changed here.
    """
    person = await saved_recipient(ctx, recipient_id)
    terms = {
        "first_name": _name(first_name) or person.first_name,
        "last_name": _name(last_name) or person.last_name,
        "phone": person.phone,
        "country": person.country,
        "alias": person_name(alias) or person.alias,
    }
    summary = ctx.services.wording(
        "proposals.edit_recipient",
        ctx.turn.language,
        old=person.full_name,
        name=f"{terms['first_name']} {terms['last_name']}",
        alias=_alias_line(ctx, terms["alias"]),
    )
    return propose(ctx, SAVE_RECIPIENT, {**terms, "is_new": False}, summary)


async def saved_recipient(ctx: ToolContext, recipient_id: str) -> SavedRecipient:
    """Return one of the sender's own people. Raises ForeignReferenceError for any other id."""
    wanted = recipient_id.removeprefix("recipient:")
    for person in await ctx.services.remittances.recipients(ctx.user.user_id):
        if person.id == wanted:
            return person
    raise ForeignReferenceError("there is no such saved recipient")


async def carry_out_saving(ctx: ToolContext, approval: Approval) -> ToolResult:
    """Save the approved person. A number that is there was saved by this turn's first run."""
    terms = approval.terms
    is_new = bool(terms["is_new"])
    fields = ("first_name", "last_name", "phone", "country", "alias")
    person = Person(**{name: str(terms[name]) for name in fields})
    try:
        await ctx.services.records.save_recipient(ctx.user.user_id, person, is_new=is_new)
    except PartnerRefusedError as error:
        if not is_new or error.partner_code not in ALREADY_SAVED:
            raise
    name = f"{person.first_name} {person.last_name}"
    text = ctx.services.wording("proposals.saved", ctx.turn.language, name=name)
    return carried_out(ctx, {"status": "saved"}, TextMessage(content=text))


def _name(text: str) -> str:
    """Return a name that a model gave. Raises ToolError for what cannot be meant as one."""
    if text.strip() and not is_person_name(text):
        raise ToolError(NOT_A_NAME)
    return person_name(text)


def _alias_line(ctx: ToolContext, alias: str) -> str:
    return ctx.services.wording("proposals.alias", ctx.turn.language, alias=alias) if alias else ""


def _result(recipients: tuple[SavedRecipient, ...]) -> ToolResult:
    return ToolResult(
        data={"recipients": [_json(person) for person in recipients]},
        options=label_options(
            (f"recipient:{person.id}", person.full_name) for person in recipients
        ),
    )


def _json(person: SavedRecipient) -> JsonObject:
    return {
        "id": person.id,
        "name": person.full_name,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "alias": person.alias,
        "country": person.country,
        "payout_method": person.payout_method,
        "payer_id": person.payer_id,
        "payer_name": person.payer_name,
        "account_hint": person.account_hint,
    }


TOOLS = (get_recipients, search_contact_by_name, add_recipient, edit_recipient, get_payment_methods)
