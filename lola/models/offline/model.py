"""The offline model: a deterministic dialogue policy that implements the `ChatModel` protocol.

It runs the whole service without a key, from phrase tables and rules. Each reply is a pure function
of the request. It must never state a figure that is not in the request, claim that money moved, or
follow instructions found in data.
"""

from lola.models.chat import ModelReply, ModelRequest
from lola.models.offline.dialogue.checkpoints import Checkpoints
from lola.models.offline.dialogue.policy import decide
from lola.models.offline.dialogue.tracker import Played
from lola.models.offline.dialogue.view import View
from lola.models.offline.response_texts import RESPONSES, ResponseTexts
from lola.text.wording import Wording


class OfflineModel:
    """A chat model without a network. It keeps its catalogue, and earlier turns as it read them."""

    name = "offline"

    def __init__(self) -> None:
        self._wording = Wording((RESPONSES,))
        self._kept: Checkpoints[Played] = Checkpoints()

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the reply to one request, from its messages, tools and language. Never raise."""
        texts = ResponseTexts(self._wording, request.language)
        return decide(View(request, texts, self._kept))

    async def close(self) -> None:
        """Do nothing: there is nothing to release."""
