"""Chat models behind one protocol. Adapters are imported where the model is chosen, never here."""

from lola.models.chat import (
    AssistantMessage,
    ChatModel,
    DataMessage,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    Usage,
    UserMessage,
)

__all__ = [
    "AssistantMessage",
    "ChatModel",
    "DataMessage",
    "ModelMessage",
    "ModelReply",
    "ModelRequest",
    "ToolCall",
    "ToolMessage",
    "ToolSchema",
    "Usage",
    "UserMessage",
]
