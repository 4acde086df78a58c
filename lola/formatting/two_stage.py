"""Shapes an answer in two model calls: its language, then a component (reference/lola.md 7).

The component is checked by the guard with the agent's answer as its only source, and every option,
figure and address of the answer must still be in it, in the sender's language. If a check fails,
the rules of `lola.formatting.answer` shape the answer instead. The component is requested as a
function call whose parameters are the documented JSON, which every adapter supports.
"""

import asyncio
import re
from dataclasses import replace
from importlib.resources import files
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from lola.channel.labels import label_options, plain, shorten
from lola.domain.messages import LIST_TITLE_LIMIT, LinkTarget, Option, Outbound, SelectMessage
from lola.errors import ModelError
from lola.formatting.answer import format_answer
from lola.formatting.enhancer import CodeEnhancer
from lola.models.chat import ChatModel, ModelReply, ModelRequest, ToolSchema, UserMessage
from lola.models.meter import Meter
from lola.safety.output.grounding import Sources
from lola.safety.output.guard import OutputGuard
from lola.telemetry import names
from lola.text.folding import fold
from lola.text.language import is_foreign
from lola.text.languages import DEFAULT_LANGUAGE
from lola.text.wording import Wording

_CODE_TOKENS = 16
_SHAPE_TOKENS = 1_200
_MIN_SECONDS = 0.5
_CODE = re.compile(r"\b[a-z]{2}\b")
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_ADDRESS = re.compile(r"https?://[^\s<>()\"']+[^\s<>()\"'.,;:!?]")

log = structlog.get_logger(__name__)


class _Link(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str
    url: str


class _Component(BaseModel):
    """One of the four components of reference/lola.md 7."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["text", "buttons", "select", "link"]
    content: str
    options: tuple[str, ...] = ()
    links: tuple[_Link, ...] = ()
    list_title: str = ""
    button: str = ""

    @property
    def shown(self) -> str:
        """Everything that a sender would see, line by line."""
        labels = (self.list_title, self.button, *(link.text for link in self.links))
        return "\n".join(filter(None, (self.content, *self.options, *labels)))


class _RefusedError(Exception):
    """The component must not be sent; the argument is the reason, in one word."""


class TwoStageEnhancer:
    """Asks `model` twice per answer. Both calls count in the turn's meter."""

    def __init__(self, model: ChatModel, guard: OutputGuard, wording: Wording) -> None:
        self._model = model
        self._guard = guard
        self._wording = wording
        self._by_rules = CodeEnhancer(wording)
        folder = files(__package__)
        self._language_prompt = folder.joinpath("language.md").read_text(encoding="utf-8")
        self._shape_prompt = folder.joinpath("shape.md").read_text(encoding="utf-8")

    async def shape(
        self,
        text: str,
        options: tuple[Option, ...],
        *,
        language: str,
        meter: Meter,
        seconds: float,
    ) -> tuple[Outbound, ...]:
        """Return the model's component if it passes every check, else the answer shaped
        by rules.
        """
        if seconds >= _MIN_SECONDS:
            try:
                return await self._shaped(text, options, language, meter, seconds)
            except (ModelError, TimeoutError, ValidationError, _RefusedError) as error:
                reason = str(error) if isinstance(error, _RefusedError) else type(error).__name__
                log.warning(names.ENHANCER_FELL_BACK, reason=reason)
        return await self._by_rules.shape(
            text, options, language=language, meter=meter, seconds=seconds
        )

    async def _shaped(
        self, text: str, options: tuple[Option, ...], language: str, meter: Meter, seconds: float
    ) -> tuple[Outbound, ...]:
        async with asyncio.timeout(seconds):
            spoken = await self._language(text, meter, seconds)
            component = await self._component(text, options, spoken, meter, seconds)
        self._check(component, text, options, language)
        return self._messages(component, options, language)

    async def _language(self, text: str, meter: Meter, seconds: float) -> str:
        """Return the two-letter code of the text's language; Spanish on failure, as documented."""
        request = ModelRequest(
            system=self._language_prompt,
            messages=(UserMessage(text=text),),
            max_output_tokens=_CODE_TOKENS,
            timeout=seconds / 2,
        )
        try:
            reply = await self._ask(request, meter)
        except ModelError:
            return DEFAULT_LANGUAGE
        code = _CODE.search(reply.text.casefold())
        return code.group() if code else DEFAULT_LANGUAGE

    async def _component(
        self, text: str, options: tuple[Option, ...], spoken: str, meter: Meter, seconds: float
    ) -> _Component:
        """Return the answer as a component in the language `spoken`."""
        titles = "\n".join(f"- {option.title}" for option in options)
        request = ModelRequest(
            system=self._shape_prompt.format(language=spoken),
            messages=(UserMessage(text=f"{text}\n\n{titles}".strip()),),
            tools=(_SHOW,),
            language=spoken,
            max_output_tokens=_SHAPE_TOKENS,
            timeout=seconds,
        )
        reply = await self._ask(request, meter)
        call = next((call for call in reply.calls if call.name == _SHOW.name), None)
        if call is None or call.problem:
            raise _RefusedError("shapeless")
        return _Component.model_validate(call.arguments)

    async def _ask(self, request: ModelRequest, meter: Meter) -> ModelReply:
        reply = await self._model.complete(request)
        meter.answered(reply)
        return reply

    def _check(
        self, component: _Component, text: str, options: tuple[Option, ...], language: str
    ) -> None:
        """Raise _RefusedError unless the component has the answer's content and nothing else."""
        shown = component.shown
        if is_foreign(shown, language):
            raise _RefusedError("language")
        titles = tuple(option.title for option in options)
        sources = Sources(passages=(text, *titles), links=tuple(_ADDRESS.findall(text)))
        addresses = "\n".join(link.url for link in component.links)
        verdict = self._guard.review(f"{shown}\n{addresses}", sources, language)
        if not verdict.ok:
            raise _RefusedError(verdict.findings[0])
        offered = {fold(title) for title in component.options}
        answer = fold(f"{text}\n{' '.join(titles)}")
        if not {fold(title) for title in titles} <= offered:
            raise _RefusedError("lost_option")
        if any(fold(title) not in answer for title in component.options):
            raise _RefusedError("new_option")
        for pattern in (_FIGURE, _ADDRESS):
            if not set(pattern.findall(text)) <= set(pattern.findall(f"{shown}\n{addresses}")):
                raise _RefusedError("lost_fact")

    def _messages(
        self, component: _Component, options: tuple[Option, ...], language: str
    ) -> tuple[Outbound, ...]:
        """Return the messages; limits, labels and emoji are applied by rules."""
        ids = {fold(option.title): option.id for option in options}
        chosen = label_options(
            (ids.get(fold(title), title), title) for title in component.options if plain(title)
        )
        links = tuple(LinkTarget(text=shorten(link.text), url=link.url) for link in component.links)
        messages = format_answer(component.content, chosen, links, language, self._wording)
        return tuple(_with_labels(message, component) for message in messages)


def _with_labels(message: Outbound, component: _Component) -> Outbound:
    if not isinstance(message, SelectMessage):
        return message
    title, button = plain(component.list_title), plain(component.button)
    return replace(
        message,
        list_title=shorten(title, LIST_TITLE_LIMIT) if title else message.list_title,
        button=shorten(button) if button else message.button,
    )


_SHOW = ToolSchema(
    name="show",
    description="Show the answer to the sender as one component.",
    parameters=_Component.model_json_schema(),
)
