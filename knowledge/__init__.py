"""Approved knowledge: documents in Markdown, split into passages and found by words and vectors.

The composition root loads `knowledge.KnowledgeBase` by its dotted name and the command line loads
`knowledge.commands`. Importing this package must stay cheap: Chroma, numpy and the text splitters
are imported when an index is opened or built, never before.
"""

from knowledge import commands
from knowledge.base import KnowledgeBase

__all__ = ["KnowledgeBase", "commands"]
