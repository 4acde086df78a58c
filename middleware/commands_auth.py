"""CommandsAuth under its documented name; it is kept beside the commands themselves."""

from lola.conversation.stages.commands import CommandsAuth as CommandsAuthMiddleware

__all__ = ["CommandsAuthMiddleware"]
