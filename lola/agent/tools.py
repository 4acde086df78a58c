"""Tools: what an agent may do. Declared as functions; every call is validated.

    @tool(requires=(draft_confirmed,))
    async def send_money(ctx: ToolContext, draft_id: Annotated[str, "the draft"]) -> ToolResult:
        \"\"\"Make the secure link where the sender approves the transfer.\"\"\"

The JSON schema comes from the type hints, the description from the docstring. The subject comes
from `ctx`, never from an argument: a tool whose schema names a customer, phone or operation id is
refused at import (docs/safety.md G2). A tool whose `requires` do not all hold does not exist for
the model in that turn (docs/safety.md G3). `lola.agent.approvals` is for tools that need the
sender's yes.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from lola.agent.money_arguments import exact
from lola.domain.identity import ContextUser
from lola.domain.messages import JsonObject, Option, Outbound
from lola.domain.turn import Turn
from lola.errors import ConfigurationError, ToolError
from lola.models.chat import ToolSchema
from lola.services import Services

FORBIDDEN_ARGUMENTS = frozenset(
    {
        "customer_id",
        "user_id",
        "sender_id",
        "subject",
        "phone",
        "sender_phone",
        "operation_id",
        "user_token",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What a tool gets: this turn and the services. The subject is the turn's sender."""

    turn: Turn
    services: Services

    @property
    def user(self) -> ContextUser:
        """The identified sender. Raises ToolError when there is none."""
        if self.turn.identity.user is None:
            raise ToolError("the sender is not identified yet")
        return self.turn.identity.user


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a tool returns.

    `data` goes to the model. `turn` (with a changed session) replaces the turn from here on.
    `options` may be offered as buttons or a list with the model's next question. `say` is sent as
    it is and ends the turn: the model adds nothing. `money` marks these messages as never to be
    sent twice automatically. `escalate` hands the conversation to a person.
    """

    data: JsonObject
    turn: Turn | None = None
    options: tuple[Option, ...] = ()
    say: tuple[Outbound, ...] = ()
    money: bool = False
    escalate: str = ""


Limit = Literal["", "quotes", "links"]
Precondition = Callable[[ToolContext], bool]
ToolFunction = Callable[..., Awaitable[ToolResult]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A declared tool. `schema` is what a model sees; `arguments` validates what it sends.

    An `exclusive` tool changes the session and runs alone; the other tools that a reply calls run
    together. `again` names the sentence that the sender hears when one reply calls the tool more
    than once: only the first of such calls is run, and none is dropped without a word. `limit`
    names the limit per sender, hour and day that each call counts for.
    """

    schema: ToolSchema
    function: ToolFunction
    arguments: type[BaseModel]
    requires: tuple[Precondition, ...] = ()
    exclusive: bool = False
    again: str = ""
    limit: Limit = ""

    @property
    def name(self) -> str:
        """The tool's name, which is its function's."""
        return self.schema.name

    def is_available(self, ctx: ToolContext) -> bool:
        """Return whether every precondition holds now."""
        return all(holds(ctx) for holds in self.requires)

    async def call(self, ctx: ToolContext, arguments: Mapping[str, Any]) -> ToolResult:
        """Validate the arguments and run. Raises ToolError, worded for the model, for bad ones."""
        try:
            checked = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}"
                for item in error.errors(include_input=False, include_url=False)
            )
            raise ToolError(f"bad arguments for {self.name}: {problems}") from None
        values = {name: getattr(checked, name) for name in type(checked).model_fields}
        return await self.function(ctx, **values)


def tool(
    *,
    requires: Iterable[Precondition] = (),
    exclusive: bool = False,
    again: str = "",
    limit: Limit = "",
) -> Callable[[ToolFunction], Tool]:
    """Declare an async function as a tool. Raises ConfigurationError for a forbidden schema."""

    def declare(function: ToolFunction) -> Tool:
        name = function.__name__
        description = inspect.cleandoc(function.__doc__ or "")
        if not description:
            raise ConfigurationError(f"tool {name}", "has no docstring to describe it to the model")
        arguments = _arguments_of(function)
        return Tool(
            schema=_schema_of(name, description, arguments),
            function=function,
            arguments=arguments,
            requires=tuple(requires),
            exclusive=exclusive,
            again=again,
            limit=limit,
        )

    return declare


def _arguments_of(function: ToolFunction) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        if name in FORBIDDEN_ARGUMENTS:
            raise ConfigurationError(
                f"tool {function.__name__}", f"takes {name}: the subject is injected by code"
            )
        annotation = hints[name]
        description = next(
            (extra for extra in getattr(annotation, "__metadata__", ()) if isinstance(extra, str)),
            None,
        )
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (exact(annotation), Field(default, description=description))
    return create_model(
        f"{function.__name__}_arguments", __config__=ConfigDict(extra="forbid"), **fields
    )


def _schema_of(name: str, description: str, arguments: type[BaseModel]) -> ToolSchema:
    parameters = arguments.model_json_schema()
    parameters.pop("title", None)
    for schema in parameters.get("properties", {}).values():
        schema.pop("title", None)
    return ToolSchema(name=name, description=description, parameters=parameters)


class Toolbox:
    """All tools of a deployment by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for item in tools:
            if item.name in self._tools:
                raise ConfigurationError(f"tool {item.name}", "is declared twice")
            self._tools[item.name] = item

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def select(self, names: Iterable[str]) -> tuple[Tool, ...]:
        """Return the named tools. Raises ConfigurationError for a name that is not declared."""
        names = tuple(names)
        for name in names:
            if name not in self._tools:
                raise ConfigurationError(
                    f"tool {name}", "is not declared", hint=f"there are: {', '.join(self._tools)}"
                )
        return tuple(self._tools[name] for name in names)


def load_tools(packages: Iterable[str]) -> Toolbox:
    """Collect the `TOOLS` of the named packages. Raises ConfigurationError."""
    found: list[Tool] = []
    for package in packages:
        try:
            found.extend(import_module(package).TOOLS)
        except (ImportError, AttributeError) as error:
            raise ConfigurationError("TOOLS", f"{package}: {error}") from None
    return Toolbox(found)
