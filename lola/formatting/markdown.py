"""Removes Markdown from what models write; bold and simple lists stay.

Bold stays as `**text**`, the mark that connectors translate into their own. Nothing is added.
"""

import re
from collections.abc import Collection

_FENCE = re.compile(r"^[ \t]*```[^\n]*$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]{1,300})`")
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t](.+)$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)
_BULLET = re.compile(r"^([ \t]*)[*+•][ \t]+", re.MULTILINE)
_STRONG = re.compile(r"\*{3}(\S[^*\n]{0,300}?)\*{3}|__(\S[^_\n]{0,300}?)__")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\(\s*<?([^\s()<>]{1,2000})>?(?:\s+\"[^\"\n]*\")?\s*\)")
_REFERENCE = re.compile(r"\[([^\[\]\n]{1,200})\]\[[^\[\]\n]{0,80}\]")
_DEFINITION = re.compile(r"^[ \t]*\[[^\[\]\n]{1,80}\]:[ \t]*(\S{1,2000}).*$", re.MULTILINE)
_AUTOLINK = re.compile(r"<((?:https?|mailto):[^<>\s]{1,2000})>")
_BLANKS = re.compile(r"(?<![ \t])[ \t]++$", re.MULTILINE)
_GAPS = re.compile(r"\n{3,}")


def plain_markdown(text: str, shown_urls: Collection[str] = ()) -> str:
    """Return the text without Markdown except bold. Addresses in `shown_urls` are left out."""

    def link(match: re.Match[str]) -> str:
        label, url = match[1].strip(), match[2]
        if url in shown_urls:
            return label
        return url if label in {"", url} else f"{label}: {url}"

    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _FENCE.sub("", text)
    text = _CODE.sub(r"\1", text)
    text = _RULE.sub("", text)
    text = _HEADING.sub(_heading, text)
    text = _QUOTE.sub("", text)
    text = _BULLET.sub(r"\1- ", text)
    text = _STRONG.sub(lambda match: f"**{match[1] or match[2]}**", text)
    text = _LINK.sub(link, text)
    text = _DEFINITION.sub(r"\1", text)
    text = _REFERENCE.sub(r"\1", text)
    text = _AUTOLINK.sub(r"\1", text)
    return _GAPS.sub("\n\n", _BLANKS.sub("", text)).strip()


def _heading(match: re.Match[str]) -> str:
    """Return a heading without the number signs that may close it."""
    title = match[1].lstrip(" \t")
    return title.rstrip("#").rstrip(" \t") or title[:1]
