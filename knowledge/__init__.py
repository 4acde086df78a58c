"""Approved knowledge: Markdown documents, split into passages, found by word and vector search.

`lola.app` loads `knowledge.KnowledgeBase` by its dotted name and the command line loads
`knowledge.commands`. Importing this package must stay cheap: Chroma, numpy and the text splitters
are imported when an index is opened or built, never before.
"""

from knowledge import commands
from knowledge.base import KnowledgeBase

__all__ = ["KnowledgeBase", "commands"]
