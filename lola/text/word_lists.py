"""Word lists, written as one line of words. Nothing here knows what they are for."""


def words(text: str) -> tuple[str, ...]:
    """Answer the words of a text, in order."""
    return tuple(text.split())
